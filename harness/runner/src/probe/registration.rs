//! One registration, in good order: what was made is unmade, whatever came in between.

use std::sync::Arc;

use dcerpc::connection::client;
use dcerpc::{ContextHandle, TransferSyntax};
use mspan::method::{CreateIn, DeleteIn, In, Out, RegisterClientIn, UnregisterClientIn};
use mspan::{ConversationStyle, Method, NotificationType, UserFilter};
use peer::Tap;
use peer::client::{Association, Call, Choice, Options, Outcome};
use tokio::time::Instant;
use uuid::{Uuid, uuid};

use super::line::{Port, Silence};
use super::offer::Step;

/// The notification type that is registered for and notified of: nobody else's.
pub(super) const TYPE: Uuid = uuid!("b7a0c3f2-6d51-4e0e-9d3c-0f5b8e21a947");

/// The names of the connections.
const FIRST: &str = "first";
const SECOND: &str = "second";

/// One registration: Create, RegisterClient, UnregisterClient, Delete.
pub(super) struct Registration<'a> {
    port: &'a Port,
    association: Association,
    steps: Vec<Step>,
}

/// What a call left behind.
enum Left {
    Success(Out),
    Failure,
    /// Nobody knows what the server did.
    Unknown,
}

impl<'a> Registration<'a> {
    /// With a server that speaks that syntax.
    pub(super) fn new(port: &'a Port, syntax: TransferSyntax) -> Self {
        let connection = client::Options { accepts_foreign_call_id: true, ..client::Options::default() };
        let options = Options { transfer_syntaxes: vec![syntax], connection, ..Options::default() };
        let association = Association::new(Arc::clone(&port.connector), Tap::off(), options);
        Self { port, association, steps: Vec::new() }
    }

    /// Makes the calls: those of IRPCAsyncNotify on a second connection where the server lets it join.
    pub(super) async fn tried(mut self, joins: bool) -> Vec<Step> {
        let second = if joins { SECOND } else { FIRST };
        if let Left::Success(Out::Create(created)) = self.call(FIRST, In::Create(CreateIn)).await {
            let object = created.remote_obj;
            let registered = self.call(second, In::RegisterClient(register(object))).await;
            if !matches!(registered, Left::Failure) {
                self.call(second, In::UnregisterClient(UnregisterClientIn { registration_obj: object })).await;
            }
            self.call(FIRST, In::Delete(DeleteIn { remote_obj: object })).await;
        }
        // Whoever does not let go of a connection is left to the end of this runtime.
        tokio::time::timeout(self.port.limit, self.association.close_all()).await.ok();
        self.steps
    }

    async fn call(&mut self, connection: &str, input: In) -> Left {
        let method = input.method();
        let limit = self.port.limit.min(self.port.end.saturating_duration_since(Instant::now()));
        let choice = Choice::Named(connection.to_owned());
        let call = Call { connection: choice, limit, ..Call::method(method, input) };
        let outcome = match limit.is_zero() {
            true => return self.told(method, connection, Err((Silence::Late.to_string(), Left::Failure))),
            false => self.association.call(&call).await,
        };
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

/// For the print server, notifications of the user's own, one way.
fn register(object: ContextHandle) -> RegisterClientIn {
    RegisterClientIn {
        registration_obj: object,
        name: None,
        notification_type: NotificationType(TYPE),
        filter: UserFilter::PER_USER,
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
