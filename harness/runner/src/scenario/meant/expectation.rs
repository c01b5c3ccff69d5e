//! What is expected, with every value resolved.

use super::{Term, Via};

/// How a call has to come back.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// In any way.
    Any,
    /// In a way that has no parameters.
    Outcome(Outcomes),
    /// With a response.
    Returned {
        /// The return value; none where the method has none.
        status: Option<Test>,
        /// [out] parameters by name.
        out: Vec<(&'static str, Test)>,
    },
    /// With a fault of such a status.
    Fault(Test),
    /// With a failure.
    Failure {
        /// How it comes.
        via: Via,
        /// The return value or the fault's status.
        status: Test,
    },
    /// In one of these ways, each with the reason why it is allowed.
    AnyOf(Vec<(String, Self)>),
}

impl Expectation {
    /// Whether some way of it satisfies `test`.
    pub fn some(&self, test: &dyn Fn(&Self) -> bool) -> bool {
        match self {
            Self::AnyOf(ways) => ways.iter().any(|(_, way)| way.some(test)),
            way => test(way),
        }
    }
}

/// Ways of coming back that have no parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcomes {
    /// The connection ended, in whichever way.
    Lost,
    /// The connection was closed in order.
    Closed,
    /// The connection was reset.
    Reset,
    /// The bind was refused.
    Refused,
    /// Nothing came within the limit.
    TimedOut,
    /// It has not come back (of a race).
    Pending,
}

impl Outcomes {
    /// The words for them.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("lost", Self::Lost),
        ("closed", Self::Closed),
        ("reset", Self::Reset),
        ("refused", Self::Refused),
        ("timed_out", Self::TimedOut),
        ("pending", Self::Pending),
    ];
}

/// What a value has to be. NULL satisfies no test of numbers or sizes and no negated one.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Anything.
    Any,
    /// NULL.
    Null,
    /// Not NULL.
    NotNull,
    /// A status that is a success.
    Success,
    /// A status that is a failure.
    Failure,
    /// Equal.
    Equals(Term),
    /// Not NULL and not this.
    Not(Box<Self>),
    /// At least one of these.
    OneOf(Vec<Self>),
    /// All of these.
    AllOf(Vec<Self>),
    /// So many octets or characters.
    Size(Box<Self>),
    /// So many elements.
    Count(Box<Self>),
    /// At least one element is so.
    Element(Box<Self>),
    /// Each element is so.
    Each(Box<Self>),
    /// These octets or this text occur.
    Contains(Term),
    /// A number from, to.
    Range(Option<Term>, Option<Term>),
}

/// What a notification source has to answer.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerExpectation {
    /// Anything but silence.
    Any,
    /// That it is done.
    Done,
    /// That it refuses, for whatever reason.
    Refused,
    /// That it can't do such a thing.
    Unsupported,
    /// A log.
    Log(LogExpectation),
}

/// What the source of a channel has to have seen. What is none is not compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogExpectation {
    /// Types and octets of all notification responses.
    pub responses: Option<Vec<(Test, Test)>>,
    /// Whether a client has acquired the channel.
    pub acquired: Option<bool>,
    /// Who closed it.
    pub closed_by: Option<Option<trace::stimulus::ClosedBy>>,
}

/// What a question to the endpoint mapper has to come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapExpectation {
    /// Anything: the rules judge it.
    Any,
    /// Towers.
    Towers,
    /// ept_s_not_registered.
    NotRegistered,
}

/// What a bind has to come to.
#[derive(Clone, Debug, PartialEq)]
pub enum BindExpectation {
    /// Anything.
    Any,
    /// All contexts are accepted.
    Accepted,
    /// No context is accepted, or bind_nak, or the connection ends.
    Refused,
    /// bind_nak.
    BindNak,
    /// A result for each context (0 acceptance, 1 user_rejection, 2 provider_rejection); none for any.
    Results(Vec<Option<u16>>),
}
