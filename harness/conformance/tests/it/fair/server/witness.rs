//! Who sees what of a conversation.

use conformance::event::{Event, Kind};
use proptest::prelude::*;

/// What is seen of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Witness {
    /// All of it, with what the sources were told.
    Everything,
    /// What crosses the wire.
    Wire,
    /// What crosses the wire from an event on.
    WireFrom(u64),
}

impl Witness {
    pub(super) fn events(self, events: Vec<Event>) -> Vec<Event> {
        let from = match self {
            Self::Everything => return events,
            Self::Wire => 0,
            Self::WireFrom(from) => from,
        };
        let mut known = Vec::new();
        let mut seen = |event: &Event| match &event.kind {
            Kind::StimulusAsked { .. } | Kind::StimulusAnswered { .. } => false,
            Kind::CallStarted(started) => {
                known.push(started.call);
                true
            }
            Kind::CallFinished(finished) => known.contains(&finished.call),
            _ => true,
        };
        let events = events.into_iter().filter(|event| event.number >= from).map(|mut event| {
            if let Kind::Negotiated(negotiated) = &mut event.kind {
                // Only who sees an association's first bind knows that there was nothing before.
                negotiated.begins = from == 0;
            }
            event
        });
        events.filter(|event| seen(event)).collect()
    }
}

pub(super) fn witness() -> impl Strategy<Value = Witness> {
    prop_oneof![
        4 => Just(Witness::Everything),
        1 => Just(Witness::Wire),
        1 => (20_u64..200).prop_map(Witness::WireFrom),
    ]
}
