//! At what a rule looks: there are hundreds of rules and millions of events, and to most events most rules have nothing to say.

use mspan::Method;
use trace::Direction;

use crate::event::{Event, Kind};
use crate::fact::Facts;
use crate::model::{ChannelDue, ClientDue, Due, Model};

/// Kinds of events at which a rule may have something to say, and what has to be found of them. A rule is not asked about
/// others; where debug assertions are on it is, and must say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occasions {
    kinds: u64,
    facts: Facts,
}

/// Places of the methods, and one for calls that are of none.
const METHODS: usize = Method::ALL.len() + 1;
/// Where calls that come back stand; before them stand those that start.
const FIRST_FINISHED: usize = METHODS;
/// Where stands that T_PROMPT has passed since the answer to a client's call.
const FIRST_PROMPT: usize = 2 * METHODS;
/// Where what is no call stands.
const FIRST_OTHER: usize = 3 * METHODS;

impl Occasions {
    /// How many kinds of events are told apart.
    pub(crate) const KINDS: usize = FIRST_OTHER + SILENT + 1;
    /// All events.
    pub const ALL: Self = Self::kinds((1 << Self::KINDS) - 1);
    /// Calls that start.
    pub const STARTED: Self = Self::kinds((1 << METHODS) - 1);
    /// Calls that come back.
    pub const FINISHED: Self = Self::kinds(Self::STARTED.kinds << FIRST_FINISHED);
    /// T_PROMPT has passed since the answer to a client's call.
    pub const PROMPT: Self = Self::kinds(Self::STARTED.kinds << FIRST_PROMPT);
    /// A client has not repeated what must not be repeated.
    pub const QUIET: Self = Self::other(0);
    /// A client should have tried again.
    pub const RETRIED: Self = Self::other(1);
    /// A method that never waits should have come back.
    pub const ANSWERED: Self = Self::other(2);
    /// A GetNotification counts as blocked.
    pub const BLOCKED: Self = Self::other(3);
    /// A call on an object that isn't registered should have failed.
    pub const FAILED: Self = Self::other(4);
    /// One of two calls should have been refused, or have come back.
    pub const CONTENDED: Self = Self::other(5);
    /// A call should have come back, for its registration has ended or its printer is deleted.
    pub const TERMINATED: Self = Self::other(6);
    /// A call should have brought its notification.
    pub const DELIVERED: Self = Self::other(7);
    /// A call on a channel should have come back.
    pub const OVER: Self = Self::other(8);
    /// A call on a channel counts as blocked.
    pub const BLOCKED_ON_CHANNEL: Self = Self::other(9);
    /// Connections that open.
    pub const OPENED: Self = Self::other(10);
    /// Connections that end.
    pub const CLOSED: Self = Self::other(11);
    /// Associations that end.
    pub const ASSOCIATION_ENDED: Self = Self::other(12);
    /// Fragments of requests.
    pub const REQUEST: Self = Self::other(13);
    /// Fragments of responses.
    pub const RESPONSE: Self = Self::other(14);
    /// Other PDUs.
    pub const OTHER_PDU: Self = Self::other(15);
    /// Answers to presentation contexts.
    pub const NEGOTIATED: Self = Self::other(16);
    /// Refusals of binds.
    pub const REFUSED: Self = Self::other(17);
    /// Answers of endpoint mappers.
    pub const MAPPER_ANSWERED: Self = Self::other(18);
    /// What could not be read.
    pub const GAP: Self = Self::other(19);
    /// Answers of notification sources.
    pub const STIMULUS_ANSWERED: Self = Self::other(20);
    /// What our own side saw.
    pub const LOCAL: Self = Self::other(21);

    /// A GetNewChannel counts as blocked.
    pub const BLOCKED_FOR_CHANNELS: Self = Self::other(22);

    const fn kinds(kinds: u64) -> Self {
        Self { kinds, facts: Facts::NONE }
    }

    const fn other(place: usize) -> Self {
        Self::kinds(1 << (FIRST_OTHER + place))
    }

    /// These and others; what has to be found of both.
    #[must_use]
    pub const fn or(self, others: Self) -> Self {
        Self { kinds: self.kinds | others.kinds, facts: self.facts.common(others.facts) }
    }

    /// Of the calls among these, only those of a method.
    #[must_use]
    pub const fn of(self, methods: &[Method]) -> Self {
        let mut calls = 0;
        let mut rest = methods;
        while let [method, others @ ..] = rest {
            let place = *method as usize;
            calls |= 1 << place | 1 << (FIRST_FINISHED + place) | 1 << (FIRST_PROMPT + place);
            rest = others;
        }
        let all = Self::STARTED.kinds | Self::FINISHED.kinds | Self::PROMPT.kinds;
        Self { kinds: self.kinds & (calls | !all), ..self }
    }

    /// Of the calls among these, only those of no method.
    #[must_use]
    pub const fn of_none(self) -> Self {
        let place = METHODS - 1;
        let calls = 1 << place | 1 << (FIRST_FINISHED + place) | 1 << (FIRST_PROMPT + place);
        Self { kinds: self.kinds & calls, ..self }
    }

    /// Of these only where that is found.
    #[must_use]
    pub const fn given(self, facts: Facts) -> Self {
        Self { facts: self.facts.and(facts), ..self }
    }

    /// What has to be found of an event of that kind, when it is among these.
    pub(crate) const fn at(self, kind: usize) -> Option<Facts> {
        if self.kinds >> kind & 1 == 1 { Some(self.facts) } else { None }
    }

    /// Of what kind an event is.
    pub(crate) fn kind(model: &Model, event: &Event) -> usize {
        let of_method = |method: Option<Method>| method.map_or(METHODS - 1, |method| method as usize);
        let other = match &event.kind {
            Kind::CallStarted(started) => return of_method(started.method),
            Kind::CallFinished(finished) => return FIRST_FINISHED + of_method(finished.method),
            Kind::Deadline(number) => match model.due(*number) {
                Some(Due::Client(ClientDue::Prompt(call))) => {
                    let method = model.clients.call(*call).and_then(|call| call.method);
                    return FIRST_PROMPT + of_method(method);
                }
                Some(Due::Client(ClientDue::Quiet(_))) => 0,
                Some(Due::Client(ClientDue::Retried(_))) => 1,
                Some(Due::Answered(_)) => 2,
                Some(Due::Blocked(call)) => match model.call(*call) {
                    Some(call) if call.is(Method::GetNotification) => 3,
                    Some(_) => 22,
                    None => SILENT,
                },
                Some(Due::Failed(_)) => 4,
                Some(Due::OneRefused { .. } | Due::Overtaken { .. }) => 5,
                Some(Due::Terminated(_) | Due::PrinterGone(_)) => 6,
                Some(Due::Delivered { .. }) => 7,
                Some(Due::Channel(ChannelDue::Over(_))) => 8,
                Some(Due::Channel(ChannelDue::Blocked(_))) => 9,
                None => SILENT,
            },
            Kind::Opened(_) => 10,
            Kind::Closed { .. } => 11,
            Kind::AssociationEnded(_) => 12,
            Kind::Pdu(pdu) => match (pdu.direction, pdu.ptype) {
                (Direction::ToServer, PTYPE_REQUEST) => 13,
                (Direction::ToClient, PTYPE_RESPONSE) => 14,
                _ => 15,
            },
            Kind::Negotiated(_) => 16,
            Kind::Refused(_) => 17,
            Kind::MapperAnswered(_) => 18,
            Kind::Gap(_) => 19,
            Kind::StimulusAnswered { .. } => 20,
            Kind::Local(_) => 21,
            Kind::StimulusAsked { .. }
            | Kind::Mark(_)
            | Kind::End(_)
            | Kind::Joined { .. }
            | Kind::Secured(_)
            | Kind::MapperAsked(_) => SILENT,
        };
        FIRST_OTHER + other
    }
}

/// Where events stand of which no rule has anything to say.
const SILENT: usize = 23;
/// PTYPE of a request PDU ([C706] 12.6.4.9).
const PTYPE_REQUEST: u8 = 0;
/// PTYPE of a response PDU ([C706] 12.6.4.10).
const PTYPE_RESPONSE: u8 = 2;
