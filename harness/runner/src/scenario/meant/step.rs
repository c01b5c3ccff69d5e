//! Steps with every reference resolved.

use std::fmt;
use std::time::Duration;

use dcerpc::SyntaxId;
use mspan::{Interface, Method};
use peer::client::Tampering;
use uuid::Uuid;

use super::{
    AnswerExpectation, BindExpectation, DropKind, Expectation, MapExpectation, Term, Test, Then, Trailer, Transport,
};

/// A step and where it stands.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands.
    pub place: Place,
    /// What happens.
    pub action: Action,
}

/// Where a step stands: in the scenario's file, and when it came from a fragment, where in that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// File and line of the step, then of each `use` that led to it; the last is the scenario's own.
    pub frames: Vec<(String, usize)>,
}

impl Place {
    /// The line of the scenario's own file, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.frames.last().and_then(|(_, line)| u32::try_from(*line).ok()).unwrap_or_default()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (file, line)) in self.frames.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", used at " };
            write!(f, "{separator}{file}:{line}")?;
        }
        Ok(())
    }
}

/// What happens.
#[derive(Clone, Debug)]
pub enum Action {
    /// A call and its answer.
    Call {
        /// The call.
        call: CallSpec,
        /// How it has to come back.
        expect: Expectation,
        /// What is kept of the answer.
        save: Vec<Save>,
        /// How long to wait.
        within: Option<Duration>,
    },
    /// A call whose answer is waited for later.
    Start {
        /// Its name.
        name: String,
        /// The call.
        call: CallSpec,
    },
    /// The answer of a started call.
    Finish {
        /// The call.
        call: CallRef,
        /// How it has to come back.
        expect: Expectation,
        /// What is kept of the answer.
        save: Vec<Save>,
        /// How long to wait.
        within: Option<Duration>,
    },
    /// Calls that must not have come back.
    StillPending {
        /// The calls.
        calls: Vec<CallRef>,
        /// How long to wait before looking.
        window: Option<Duration>,
        /// Whether a later call's answer is awaited as well.
        fence: bool,
    },
    /// Branches at the same time.
    Parallel(Vec<(String, Vec<Step>)>),
    /// A meeting point of branches.
    Barrier {
        /// Its name.
        name: String,
        /// How many branches meet.
        parties: usize,
    },
    /// Several answers in whichever order.
    Unordered(Unordered),
    /// Several calls of which so many win.
    Race(Race),
    /// A question to the notification source.
    Stimulus {
        /// The question.
        verb: StimulusVerb,
        /// The answer.
        expect: AnswerExpectation,
    },
    /// Octets on a connection.
    Raw(RawSpec),
    /// A bind on a connection of its own.
    Bind(BindSpec),
    /// A question to the endpoint mapper.
    Map(MapSpec),
    /// A call that the server is asked to give up.
    Cancel {
        /// The call.
        call: CallRef,
        /// By orphaned in place of co_cancel.
        orphan: bool,
    },
    /// Connections that we end.
    Drop {
        /// Whose.
        actor: ActorRef,
        /// Which; all when none.
        connection: Option<Connection>,
        /// How.
        how: DropKind,
    },
    /// Steps, several times.
    Repeat {
        /// How often.
        times: u32,
        /// The name of the round's number.
        counter: Option<String>,
        /// The steps.
        steps: Vec<Step>,
        /// What happens at the end of each round, whatever came before.
        finally: Vec<Step>,
    },
    /// A window in which nothing has to happen.
    Idle {
        /// How long.
        window: Duration,
        /// Which window it is.
        because: String,
    },
    /// The client under test is started.
    Launch(Launch),
    /// The client under test does something.
    Await(Await),
    /// The client under test exits.
    Exit {
        /// Which instance.
        client: String,
        /// With which status.
        status: Test,
        /// How long to wait.
        within: Option<Duration>,
    },
    /// The next call of the client under test that fits is answered so.
    Answer(Box<Reply>),
    /// The connections of the client under test are ended by our side.
    HangUp {
        /// Which instance's.
        client: String,
        /// How.
        how: DropKind,
    },
}

/// A connection by the scenario's name for it.
pub type Connection = String;

/// Someone who takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActorRef {
    /// By name.
    Named(String),
    /// Whoever a name stands for.
    Chosen(String),
}

impl ActorRef {
    /// Calls `visit` with the name that it refers to, if any.
    pub fn names(&self, visit: &mut dyn FnMut(&str)) {
        if let Self::Chosen(name) = self {
            visit(name);
        }
    }
}

impl fmt::Display for ActorRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Chosen(name) => write!(f, "${{{name}}}"),
        }
    }
}

/// A call that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallRef {
    /// By name.
    Named(String),
    /// Whichever a name stands for.
    Chosen(String),
}

impl fmt::Display for CallRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Chosen(name) => write!(f, "${{{name}}}"),
        }
    }
}

/// A call.
#[derive(Clone, Debug)]
pub struct CallSpec {
    /// Who calls.
    pub actor: ActorRef,
    /// What.
    pub operation: Operation,
    /// On which connection; one on which no call is waiting when none.
    pub connection: Option<Connection>,
    /// Whether handles may be closed or another actor's.
    pub stale: bool,
    /// Requirements that it breaks on purpose.
    pub violates: Vec<String>,
    /// What is changed in the request.
    pub alteration: Option<Alteration>,
}

/// What is called.
#[derive(Clone, Debug)]
pub enum Operation {
    /// A method with its [in] parameters.
    Method(Method, Vec<(&'static str, Term)>),
    /// An operation number with its stub.
    Number(Interface, u16, Term),
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(method, _) => method.fmt(f),
            Self::Number(interface, opnum, _) => write!(f, "{} opnum {opnum}", interface.name()),
        }
    }
}

/// What is changed in a request.
#[derive(Clone, Debug, Default)]
pub struct Alteration {
    /// Octets put over the stub.
    pub patch: Option<(usize, Term)>,
    /// Octets cut off the end of the stub.
    pub truncate: usize,
    /// Octets put at the end of the stub.
    pub append: Option<Term>,
    /// Object UUID.
    pub object: Option<Uuid>,
    /// A verification trailer behind the stub.
    pub trailer: Option<Trailer>,
    /// What is spoilt in what protects the PDUs.
    pub tampering: Option<Tampering>,
    /// Stub octets in one fragment.
    pub fragment: Option<usize>,
    /// rpc_vers.
    pub version: Option<u8>,
    /// pfc_flags.
    pub flags: Option<u8>,
    /// frag_length.
    pub frag_length: Option<u16>,
    /// auth_length.
    pub auth_length: Option<u16>,
    /// call_id.
    pub call_id: Option<u32>,
    /// p_cont_id.
    pub context_id: Option<u16>,
    /// alloc_hint.
    pub alloc_hint: Option<u32>,
    /// Octets put over the first PDU once it is made.
    pub header: Option<(usize, Term)>,
    /// How many octets are sent, and what follows them.
    pub cut: Option<(usize, Then)>,
}

/// A bind.
#[derive(Clone, Debug)]
pub struct BindSpec {
    /// Whose association.
    pub actor: ActorRef,
    /// A name for the connection.
    pub connection: Option<Connection>,
    /// Abstract syntax and transfer syntaxes of each context; those that the actor speaks when there are none.
    pub contexts: Vec<(SyntaxId, Vec<SyntaxId>)>,
    /// What is changed in the PDU.
    pub alteration: Option<Alteration>,
    /// What it has to come to.
    pub expect: BindExpectation,
    /// How long to wait.
    pub within: Option<Duration>,
}

/// Something kept of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Save {
    /// The name that it gets.
    pub name: String,
    /// The [out] parameter, or `return`.
    pub parameter: &'static str,
}

/// Several answers in whichever order.
#[derive(Clone, Debug)]
pub struct Unordered {
    /// Whose answers.
    pub calls: UnorderedCalls,
    /// Each is met by another answer.
    pub expect: Vec<Expectation>,
    /// One deadline for all.
    pub within: Option<Duration>,
}

/// Whose answers come in whichever order.
#[derive(Clone, Debug)]
pub enum UnorderedCalls {
    /// Started calls.
    Started(Vec<CallRef>),
    /// One call, made again and again.
    Again(Box<CallSpec>),
}

/// Several calls of which so many win.
#[derive(Clone, Debug)]
pub struct Race {
    /// The calls.
    pub calls: Vec<CallRef>,
    /// How many win.
    pub winners: usize,
    /// What a winner sees.
    pub won: Expectation,
    /// What a loser sees.
    pub lost: Expectation,
    /// Names that get the value which belongs to the winner, in the order of `calls`.
    pub choose: Vec<(String, Vec<Term>)>,
    /// What is kept of the winner's answer.
    pub save: Vec<Save>,
    /// One deadline for all.
    pub within: Option<Duration>,
}

/// A question to the notification source.
#[derive(Clone, Debug)]
pub enum StimulusVerb {
    /// One unidirectional notification.
    Notify(Audience, Term),
    /// A bidirectional channel.
    OpenChannel(Term, Audience, Option<Term>),
    /// The next notification on a channel.
    ChannelNotify(Term, Term),
    /// The source closes a channel.
    ChannelClose(Term),
    /// What the source of a channel has seen.
    ChannelLog(Term),
    /// A print queue is deleted.
    DeletePrinter(Term),
    /// The server shuts down.
    Shutdown,
    /// A verb that no source can know.
    Nonsense(String),
}

/// Whom a notification is for.
#[derive(Clone, Debug)]
pub struct Audience {
    /// Its type.
    pub notification_type: Term,
    /// kPerUser or kAllUsers.
    pub filter: Term,
    /// The user.
    pub user: Option<Term>,
    /// The print queue.
    pub printer: Option<Term>,
}

/// A question to the endpoint mapper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapSpec {
    /// Who asks.
    pub actor: ActorRef,
    /// The interface.
    pub interface: SyntaxId,
    /// Towers of that transport are asked for by ept_map; all of them by ept_lookup when none.
    pub transport: Option<Transport>,
    /// Whether each port that was given is bound.
    pub bind: bool,
    /// What it has to come to.
    pub expect: MapExpectation,
    /// Requirements that it breaks on purpose.
    pub violates: Vec<String>,
    /// How long to wait for each answer.
    pub within: Option<Duration>,
}

/// Octets on a connection.
#[derive(Clone, Debug)]
pub struct RawSpec {
    /// Whose connection.
    pub actor: ActorRef,
    /// Which; a new one when none.
    pub connection: Option<Connection>,
    /// Whether a new one is bound first.
    pub bound: bool,
    /// The octets.
    pub octets: Term,
    /// Only so many.
    pub prefix: Option<usize>,
    /// What follows them.
    pub then: Then,
    /// What the server has to do.
    pub expect: Expectation,
    /// Requirements that they break on purpose.
    pub violates: Vec<String>,
    /// How long to wait.
    pub within: Option<Duration>,
}

/// The client under test is started.
#[derive(Clone, Debug)]
pub struct Launch {
    /// A name for the instance.
    pub client: String,
    /// `unidirectional`, `bidirectional` or `printer-configuration`.
    pub mode: String,
    /// The type to register for.
    pub notification_type: Term,
    /// What it will be sent.
    pub document: String,
    /// The print queue.
    pub printer: Option<Term>,
    /// How many notifications it will be sent.
    pub count: Term,
}

/// The client under test does something.
#[derive(Clone, Debug)]
pub struct Await {
    /// Which instance.
    pub client: String,
    /// What it does.
    pub what: Awaited,
    /// What is kept of it.
    pub save: Vec<Save>,
    /// How long to wait.
    pub within: Option<Duration>,
    /// Whether it must not happen.
    pub never: bool,
    /// Whether it says nothing when it does not happen.
    pub or_inconclusive: bool,
}

/// What the client under test does.
#[derive(Clone, Debug)]
pub enum Awaited {
    /// A call arrives.
    Call(Method, Vec<(&'static str, Test)>),
    /// A call is answered.
    Answer(Method, Vec<(&'static str, Test)>, Test),
    /// Its last connection ends.
    Disconnect,
}

/// How the next call of the client under test that fits is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Which instance's.
    pub client: String,
    /// The method.
    pub method: Method,
    /// Which of its calls.
    pub fits: Vec<(&'static str, Test)>,
    /// How many; all that come when none.
    pub times: Option<u32>,
    /// Whether the server processes it before.
    pub processed: bool,
    /// How much later than at once.
    pub late: Duration,
    /// With what.
    pub with: ReplyWith,
    /// What is changed in the response.
    pub alteration: Option<Alteration>,
    /// Requirements that the answer breaks on purpose.
    pub violates: Vec<String>,
}

/// What a call of the client under test is answered with.
#[derive(Clone, Debug)]
pub enum ReplyWith {
    /// What the server says.
    Own,
    /// A response with these [out] parameters; `return` is the return value.
    Returned(Vec<(&'static str, Term)>),
    /// A fault.
    Fault(Term),
    /// Octets in place of a PDU.
    Octets(Term),
    /// Nothing.
    Nothing,
    /// The end of its connection.
    End(DropKind),
}
