//! Times at which something is due of a client.

use core::time::Duration;

use mspan::Method;

use super::Clients;
use crate::event::{CallId, Event, Kind};
use crate::model::{Due, Model, Moment};

/// What is due of a client, or was not to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientDue {
    /// What follows an answer has begun: T_PROMPT after the answer.
    Prompt(CallId),
    /// What must not be repeated after a failure has not been: `Config::no_retry` after the answer; `Config::no_reuse`
    /// for Create, UnregisterClient and CloseChannel, whose failures are fatal.
    Quiet(CallId),
    /// What should be repeated after a failure has been: the longest interval after the answer, with some slack.
    Retried(CallId),
}

/// The full windows within which nothing is repeated that must not be: T_NORETRY, and that of calls with a handle.
pub const QUIET: [Duration; 2] = [Duration::from_secs(180), Duration::from_secs(120)];

/// The longest interval between retries (3.1.1.4.1), with a tenth of slack, and T_PROMPT for the call before it.
const LONGEST_WAIT: Duration = Duration::from_secs(66);

impl Model {
    /// What is due of a client, at the event of a deadline.
    #[must_use]
    pub fn client_due(&self, event: &Event) -> Option<ClientDue> {
        match event.kind {
            Kind::Deadline(number) => match self.due(number)? {
                Due::Client(due) => Some(*due),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Clients {
    /// Names the times at which something is due after an answer.
    pub(super) fn set_alarms(&mut self, model: &Model, id: CallId, at: Moment) {
        let Some(call) = self.calls.get(id) else { return };
        let config = model.config();
        let mut alarm = |after: Duration, due| self.alarms.push((at.time + after, due));
        match call.succeeded() {
            Some(true) if call.may_wait() || call.is(Method::RegisterClient) || call.is(Method::CloseChannel) => {
                alarm(config.prompt, ClientDue::Prompt(call.id));
            }
            Some(false) => {
                let fatal = [Method::Create, Method::UnregisterClient, Method::CloseChannel];
                let fatal = fatal.into_iter().any(|method| call.is(method));
                let window = if fatal { config.no_reuse } else { config.no_retry };
                alarm(config.prompt, ClientDue::Prompt(call.id));
                alarm(LONGEST_WAIT + config.prompt, ClientDue::Retried(call.id));
                alarm(window, ClientDue::Quiet(call.id));
            }
            Some(true) | None => {}
        }
    }
}
