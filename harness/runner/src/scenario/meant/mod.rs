//! Scenarios as they are meant: checked, flat, with every reference resolved. What the engine runs.

mod expectation;
mod step;
mod term;

use std::time::Duration;

use dcerpc::security::Provider;
use security::TicketFlaw;

pub use expectation::{
    AnswerExpectation, BindExpectation, Expectation, LogExpectation, MapExpectation, Outcomes, Test,
};
pub use step::{
    Action, ActorRef, Alteration, Audience, Await, Awaited, BindSpec, CallRef, CallSpec, Connection, Launch, MapSpec,
    Operation, Place, Race, RawSpec, Reply, ReplyWith, Save, Step, StimulusVerb, Unordered, UnorderedCalls,
};
pub use term::{Kind, Term};

pub use super::written::{DropKind, Party, Then, Trailer, Transport, Via};

/// A scenario, or one instance of a family.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its id: the family's, and for an instance `/key:value` for each value.
    pub id: String,
    /// Id of the file.
    pub family: String,
    /// Path of the file below the folder of the scenarios, with `scenarios/`.
    pub file: String,
    /// What it shows.
    pub title: String,
    /// More about it.
    pub about: Option<String>,
    /// What the target is.
    pub party: Party,
    /// Words to select it by.
    pub tags: Vec<String>,
    /// Requirements that it exercises.
    pub covers: Vec<String>,
    /// What it needs of the target.
    pub needs: Vec<Need>,
    /// Family or id of the positive scenario without which a failure says nothing.
    pub control: Option<String>,
    /// The values that make it this instance.
    pub variant: Vec<(String, String)>,
    /// Who takes part on our side.
    pub actors: Vec<Actor>,
    /// The embedded server's misbehaviour, when the target is a client.
    pub misbehave: Option<String>,
    /// The embedded server's variant, when the target is a client.
    pub server_variant: Option<String>,
    /// How long it may take.
    pub within: Option<Duration>,
    /// What happens.
    pub steps: Vec<Step>,
    /// What happens at the end, whatever came before.
    pub finally: Vec<Step>,
}

impl Scenario {
    /// Whether it carries that tag.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }

    /// Whether it says itself which transfer syntaxes are proposed, so that there is nothing to choose for a run.
    #[must_use]
    pub fn chooses_syntax(&self) -> bool {
        let all_say = self.actors.iter().all(|actor| actor.transfer_syntax.is_some());
        self.has_tag(OWN_SYNTAX) || (all_say && !self.actors.is_empty())
    }

    /// Whether it says itself how calls are protected.
    #[must_use]
    pub fn chooses_security(&self) -> bool {
        let says = |actor: &Actor| actor.level.is_some() || actor.identity == Identity::Anonymous;
        self.has_tag(OWN_SECURITY) || (!self.actors.is_empty() && self.actors.iter().all(says))
    }
}

/// The tag of scenarios that say themselves how calls are protected.
const OWN_SECURITY: &str = "own-security";

/// The tag of scenarios that say themselves which transfer syntaxes are proposed.
const OWN_SYNTAX: &str = "own-syntax";

/// Something that a scenario needs of its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A notification source that can be asked.
    Stimulus,
    /// A target that does not notify on its own.
    ExclusiveSource,
    /// So many identities.
    Identities(u32),
    /// An identity that is no administrator.
    NotAdministrator,
    /// Authentication.
    Security,
    /// NDR64.
    Ndr64,
    /// A target that the harness can start.
    Launch,
    /// A long window or a mass.
    Thorough,
    /// An endpoint mapper.
    EndpointMapper,
    /// A print queue.
    Printer,
    /// The keys of the target's service, to make tickets with.
    Keytab,
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self, Self::WORDS.iter().find(|(_, need)| need == self)) {
            (Self::Identities(count), _) => write!(f, "identities: {count}"),
            (_, word) => f.write_str(word.map_or("", |(word, _)| word)),
        }
    }
}

impl Need {
    /// The words for them; `identities` takes a number.
    pub const WORDS: [(&'static str, Self); 10] = [
        ("stimulus", Self::Stimulus),
        ("exclusive-source", Self::ExclusiveSource),
        ("not-administrator", Self::NotAdministrator),
        ("security", Self::Security),
        ("ndr64", Self::Ndr64),
        ("launch", Self::Launch),
        ("thorough", Self::Thorough),
        ("endpoint-mapper", Self::EndpointMapper),
        ("printer", Self::Printer),
        ("keytab", Self::Keytab),
    ];
}

/// Who takes part on our side: a client with an association of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Its name.
    pub name: String,
    /// In whose name it calls.
    pub identity: Identity,
    /// What it proposes; the target's settings when none.
    pub transfer_syntax: Option<Syntaxes>,
    /// Whether its numbers are big-endian.
    pub big_endian: bool,
    /// Whether it offers several calls at a time on one connection.
    pub multiplex: bool,
    /// The largest fragment that it sends and takes, in octets.
    pub fragment: Option<u16>,
    /// How its fragments are protected; the target's settings when none.
    pub level: Option<Level>,
    /// By which security provider it authenticates; the target's settings when none.
    pub provider: Option<Provider>,
    /// The ticket that our side makes for it; by what the target's settings say when none.
    pub ticket: Option<Ticket>,
}

/// A ticket that our side makes with the key of the target's service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ticket {
    /// As a key distribution centre would make it.
    Valid,
    /// One that the target has to refuse.
    Flawed(TicketFlaw),
}

impl Ticket {
    /// The words for them.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("valid", Self::Valid),
        ("expired", Self::Flawed(TicketFlaw::Expired)),
        ("not-yet-valid", Self::Flawed(TicketFlaw::NotYetValid)),
        ("wrong-key", Self::Flawed(TicketFlaw::WrongKey)),
        ("other-service", Self::Flawed(TicketFlaw::OtherService)),
        ("clock-skew", Self::Flawed(TicketFlaw::ClockSkew)),
    ];
}

/// In whose name an actor calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    /// The first identity of the target file; anonymous when it has none.
    #[default]
    Default,
    /// An identity of the target file, from 1.
    Number(u32),
    /// None.
    Anonymous,
    /// The first one's, with a password that is wrong.
    WrongPassword,
    /// That of a user whom nobody knows.
    UnknownUser,
    /// The first that is no administrator.
    NotAdministrator,
}

/// Transfer syntaxes that an actor proposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntaxes {
    /// NDR.
    Ndr,
    /// NDR64.
    Ndr64,
    /// Both.
    Both,
}

/// How fragments are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// No authentication.
    None,
    /// The peer is authenticated once.
    Connect,
    /// Each fragment is authenticated.
    Packet,
    /// Each fragment is signed.
    Integrity,
    /// Each fragment is sealed.
    Privacy,
}
