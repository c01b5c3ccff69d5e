//! What an endpoint mapper was asked, and what it answered ([C706] appendix O).

use alloc::vec::Vec;

use dcerpc::epm::{LookupRequest, LookupResponse, MapRequest, MapResponse, Tower};
use dcerpc::{Defect, SyntaxId};
use trace::ConnectionId;

use super::CallId;

/// An endpoint mapper was asked. The start of the call, which is of no method of ours, comes right before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapperAsked {
    /// The call.
    pub call: CallId,
    /// The connection.
    pub connection: ConnectionId,
    /// What was asked.
    pub question: Question,
    /// What is wrong with how it was written.
    pub defects: Vec<Defect>,
}

/// A question to an endpoint mapper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// ept_map: where an interface is.
    Map(MapRequest),
    /// ept_lookup: what is in the map.
    Lookup(LookupRequest),
}

/// An endpoint mapper answered. The end of the call comes right after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapperAnswered {
    /// The call.
    pub call: CallId,
    /// The connection.
    pub connection: ConnectionId,
    /// What was answered.
    pub answer: MapperAnswer,
    /// What is wrong with how it was written.
    pub defects: Vec<Defect>,
}

/// The answer of an endpoint mapper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapperAnswer {
    /// Of ept_map.
    Map(MapResponse),
    /// Of ept_lookup.
    Lookup(LookupResponse),
}

impl Question {
    /// The tower of an ept_map that asks anew, and not for the rest of an earlier answer.
    #[must_use]
    pub fn wanted(&self) -> Option<&Tower> {
        match self {
            Self::Map(request) if request.entry_handle.is_null() => request.map_tower.as_ref(),
            Self::Map(_) | Self::Lookup(_) => None,
        }
    }

    /// The interface that is asked for; none when it is for any.
    #[must_use]
    pub fn interface(&self) -> Option<SyntaxId> {
        match self {
            Self::Map(request) => request.map_tower.as_ref()?.interface(),
            Self::Lookup(request) => request.interface,
        }
    }
}

impl MapperAnswer {
    /// The towers in it.
    pub fn towers(&self) -> impl Iterator<Item = &Tower> {
        let (map, lookup) = match self {
            Self::Map(response) => (Some(response.towers.elements.iter().flatten()), None),
            Self::Lookup(response) => {
                (None, Some(response.entries.elements.iter().filter_map(|entry| entry.tower.as_ref())))
            }
        };
        map.into_iter().flatten().chain(lookup.into_iter().flatten())
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> u32 {
        match self {
            Self::Map(response) => response.status,
            Self::Lookup(response) => response.status,
        }
    }
}
