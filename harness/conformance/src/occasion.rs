//! At what a rule looks: there are hundreds of rules and millions of events, and to most events most rules have nothing to say.

use mspan::Method;

use crate::event::{Event, Kind};
use crate::model::{Due, Model};

/// Kinds of events at which a rule may have something to say. A rule is not asked about others; where debug assertions are on it
/// is, and must say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occasions(u64);

/// Places of the methods, and one for calls that are of none.
const METHODS: usize = Method::ALL.len() + 1;
/// Where calls that come back stand; before them stand those that start.
const FIRST_FINISHED: usize = METHODS;
/// Where what is no call stands.
const FIRST_OTHER: usize = 2 * METHODS;

impl Occasions {
    /// How many kinds of events are told apart.
    pub(crate) const KINDS: usize = FIRST_OTHER + 19;
    /// All events.
    pub const ALL: Self = Self((1 << Self::KINDS) - 1);
    /// Calls that start.
    pub const STARTED: Self = Self((1 << METHODS) - 1);
    /// Calls that come back.
    pub const FINISHED: Self = Self(Self::STARTED.0 << FIRST_FINISHED);
    /// A server should have answered by now.
    pub const DUE_OF_CALLS: Self = Self::other(0);
    /// Something of a channel is due.
    pub const DUE_OF_CHANNELS: Self = Self::other(1);
    /// Something of a client is due.
    pub const DUE_OF_CLIENTS: Self = Self::other(2);
    /// All that can be due.
    pub const DUE: Self = Self::DUE_OF_CALLS.or(Self::DUE_OF_CHANNELS).or(Self::DUE_OF_CLIENTS);
    /// Connections that open.
    pub const OPENED: Self = Self::other(3);
    /// Connections that end.
    pub const CLOSED: Self = Self::other(4);
    /// Associations that end.
    pub const ASSOCIATION_ENDED: Self = Self::other(5);
    /// PDUs.
    pub const PDU: Self = Self::other(6);
    /// Answers to presentation contexts.
    pub const NEGOTIATED: Self = Self::other(7);
    /// Refusals of binds.
    pub const REFUSED: Self = Self::other(8);
    /// Answers of endpoint mappers.
    pub const MAPPER_ANSWERED: Self = Self::other(9);
    /// What could not be read.
    pub const GAP: Self = Self::other(10);
    /// Answers of notification sources.
    pub const STIMULUS_ANSWERED: Self = Self::other(11);
    /// What our own side saw.
    pub const LOCAL: Self = Self::other(12);

    const fn other(place: usize) -> Self {
        Self(1 << (FIRST_OTHER + place))
    }

    /// These and others.
    #[must_use]
    pub const fn or(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Of the calls among these, only those of a method.
    #[must_use]
    pub const fn of(self, methods: &[Method]) -> Self {
        let mut calls = 0;
        let mut rest = methods;
        while let [method, others @ ..] = rest {
            calls |= 1 << *method as usize | 1 << (FIRST_FINISHED + *method as usize);
            rest = others;
        }
        Self(self.0 & (calls | !(Self::STARTED.0 | Self::FINISHED.0)))
    }

    /// Whether an event of that kind is among these.
    pub(crate) const fn has(self, kind: usize) -> bool {
        self.0 >> kind & 1 == 1
    }

    /// Of what kind an event is.
    pub(crate) fn kind(model: &Model, event: &Event) -> usize {
        let of_method = |method: Option<Method>| method.map_or(METHODS - 1, |method| method as usize);
        let other = match &event.kind {
            Kind::CallStarted(started) => return of_method(started.method),
            Kind::CallFinished(finished) => return FIRST_FINISHED + of_method(finished.method),
            Kind::Deadline(number) => match model.due(*number) {
                Some(Due::Channel(_)) => 1,
                Some(Due::Client(_)) => 2,
                _ => 0,
            },
            Kind::Opened(_) => 3,
            Kind::Closed { .. } => 4,
            Kind::AssociationEnded(_) => 5,
            Kind::Pdu(_) => 6,
            Kind::Negotiated(_) => 7,
            Kind::Refused(_) => 8,
            Kind::MapperAnswered(_) => 9,
            Kind::Gap(_) => 10,
            Kind::StimulusAnswered { .. } => 11,
            Kind::Local(_) => 12,
            Kind::StimulusAsked { .. } => 13,
            Kind::Mark(_) => 14,
            Kind::End(_) => 15,
            Kind::Joined { .. } => 16,
            Kind::Secured(_) => 17,
            Kind::MapperAsked(_) => 18,
        };
        FIRST_OTHER + other
    }
}
