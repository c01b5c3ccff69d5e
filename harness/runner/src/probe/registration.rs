//! Registrations, in good order: what was made is unmade, whatever came in between.

use std::sync::Arc;

use dcerpc::connection::{PacketLevel, client};
use dcerpc::ndr::WideString;
use dcerpc::{ContextHandle, TransferSyntax};
use mspan::method::{CreateIn, DeleteIn, In, Out, RegisterClientIn, UnregisterClientIn};
use mspan::{ConversationStyle, Method, NotificationType, UserFilter};
use peer::Tap;
use peer::client::{Association, Call, Choice, Options, Outcome, Security};
use uuid::{Uuid, uuid};

use super::line::{Port, Silence};
use super::offer::{Fact, Reply, Step};

/// The notification type that is registered for and notified of: nobody else's.
pub(super) const TYPE: Uuid = uuid!("b7a0c3f2-6d51-4e0e-9d3c-0f5b8e21a947");

/// The names of the connections.
const FIRST: &str = "first";
const SECOND: &str = "second";

/// Registrations of one user, one after the other: Create, RegisterClient, UnregisterClient, Delete.
pub(super) struct Registration<'a> {
    port: &'a Port,
    association: Association,
    steps: Vec<Step>,
}

/// What is registered for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The queue as `\\SERVER\QUEUE`; the print server itself when none.
    pub(super) queue: Option<String>,
    /// Whose notifications.
    pub(super) filter: UserFilter,
}

/// What came of a registration.
pub(super) struct Tried {
    /// Call by call, as far as it went.
    pub(super) steps: Vec<Step>,
    /// Whether RegisterClient was let through, as the server said.
    pub(super) registered: Fact<Reply>,
    /// Whether Create was.
    pub(super) created: bool,
}

/// What a call left behind.
enum Left {
    Success(Out),
    Failure,
    /// It was not made.
    Unasked,
    /// Nobody knows what the server did.
    Unknown,
}

impl<'a> Registration<'a> {
    /// With a server that speaks that syntax, by a user who authenticates like that; by nobody when none.
    pub(super) fn new(port: &'a Port, syntax: TransferSyntax, security: Option<Secured>) -> Self {
        let association = Association::new(Arc::clone(&port.connector), Tap::off(), options(syntax, security));
        Self { port, association, steps: Vec::new() }
    }

    /// Makes the calls: those of IRPCAsyncNotify on a second connection where the server lets it join.
    pub(super) async fn tried(&mut self, joins: bool, wanted: &Wanted) -> Tried {
        let second = if joins { SECOND } else { FIRST };
        let created = self.call(FIRST, In::Create(CreateIn)).await;
        let registered = match &created {
            Left::Success(Out::Create(created)) => {
                let object = created.remote_obj;
                let left = self.call(second, In::RegisterClient(register(object, wanted))).await;
                let registered = self.reply(&left, "");
                if !matches!(left, Left::Failure | Left::Unasked) {
                    self.call(second, In::UnregisterClient(UnregisterClientIn { registration_obj: object })).await;
                }
                self.call(FIRST, In::Delete(DeleteIn { remote_obj: object })).await;
                registered
            }
            left => self.reply(left, "Create: "),
        };
        let created = matches!(created, Left::Success(_));
        Tried { steps: std::mem::take(&mut self.steps), registered, created }
    }

    /// What the last call says of the permission to register.
    fn reply(&self, left: &Left, before: &str) -> Fact<Reply> {
        let words = self.steps.last().map(|step| format!("{before}{}", step.outcome)).unwrap_or_default();
        match left {
            Left::Success(_) => Fact::Known(Reply { accepted: true, words }),
            Left::Failure => Fact::Known(Reply { accepted: false, words }),
            Left::Unknown | Left::Unasked => Fact::Unknown(words),
        }
    }

    /// Closes the connections.
    pub(super) async fn close(self) {
        // Whoever does not let go of a connection is left to the end of this runtime.
        tokio::time::timeout(self.port.limit, self.association.close_all()).await.ok();
    }

    async fn call(&mut self, connection: &str, input: In) -> Left {
        let method = input.method();
        let Some(limit) = self.port.limit_now() else {
            return self.told(method, connection, Err((Silence::Late.to_string(), Left::Unasked)));
        };
        let choice = Choice::Named(connection.to_owned());
        let call = Call { connection: choice, limit, ..Call::method(method, input) };
        let outcome = self.association.call(&call).await;
        let result = match outcome {
            Outcome::Returned { stub, format } => match Out::decode(method, stub, format) {
                Err(error) => Err((format!("a response that can't be read: {error}"), Left::Unknown)),
                Ok(read) => match read.defects.first() {
                    None => Ok(read.value),
                    Some(defect) => Err((format!("a response that breaks {}", defect.rule), Left::Unknown)),
                },
            },
            Outcome::TimedOut => Err((Silence::Nothing(limit).to_string(), Left::Unknown)),
            outcome @ (Outcome::Fault { .. } | Outcome::BindRefused(_) | Outcome::Unreachable { .. }) => {
                Err((outcome.to_string(), Left::Failure))
            }
            outcome => Err((outcome.to_string(), Left::Unknown)),
        };
        self.told(method, connection, result)
    }

    /// Notes how a call came back.
    fn told(&mut self, method: Method, connection: &str, result: Result<Out, (String, Left)>) -> Left {
        let (outcome, left) = match result {
            Err(failed) => failed,
            Ok(out) => match words(&out) {
                Ok(words) => (words, Left::Success(out)),
                Err(words) => (words, Left::Failure),
            },
        };
        let succeeded = matches!(left, Left::Success(_));
        let (method, connection) = (method.name().to_owned(), connection.to_owned());
        self.steps.push(Step { method, connection, succeeded, outcome });
        left
    }
}

/// How a user authenticates, and what is sent and taken at packet level.
#[derive(Clone, Debug)]
pub(super) struct Secured {
    pub(super) security: Security,
    pub(super) packet_level: PacketLevel,
}

/// An association with whoever answers, be it with a wrong call_id.
pub(super) fn options(syntax: TransferSyntax, secured: Option<Secured>) -> Options {
    let packet_level = secured.as_ref().map(|secured| secured.packet_level).unwrap_or_default();
    let connection = client::Options { accepts_foreign_call_id: true, packet_level, ..client::Options::default() };
    let security = secured.map(|secured| secured.security);
    Options { transfer_syntaxes: vec![syntax], connection, security, ..Options::default() }
}

/// One way.
fn register(object: ContextHandle, wanted: &Wanted) -> RegisterClientIn {
    RegisterClientIn {
        registration_obj: object,
        name: wanted.queue.as_deref().map(WideString::new),
        notification_type: NotificationType(TYPE),
        filter: wanted.filter,
        style: ConversationStyle::UNIDIRECTIONAL,
    }
}

/// The return value in words, or the failure that it is. Delete has none, but sets the handle to NULL.
fn words(out: &Out) -> Result<String, String> {
    let status = match out {
        Out::Delete(out) if out.remote_obj.is_null() => return Ok("the NULL handle".to_owned()),
        Out::Delete(_) => return Err("a handle that is not NULL".to_owned()),
        Out::Create(out) if out.status.is_success() && out.remote_obj.is_null() => {
            return Err(format!("{} with the NULL handle", out.status));
        }
        Out::Create(out) => out.status,
        Out::RegisterClient(out) => out.status,
        Out::UnregisterClient(out) => out.status,
        Out::GetNewChannel(out) => out.status,
        Out::GetNotificationSendResponse(out) => out.status,
        Out::GetNotification(out) => out.status,
        Out::CloseChannel(out) => out.status,
    };
    if status.is_success() { Ok(status.to_string()) } else { Err(status.to_string()) }
}
