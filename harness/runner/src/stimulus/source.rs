//! A notification source as a scenario sees it: asked, and waited for no longer than the limit.

use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use trace::stimulus::{Answer, Request};

use super::command::Program;
use super::manual;
use super::tcp::Client;
use crate::target::Means;

/// A source within this process: a question in, its answer later.
pub type Ask = Rc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Answer>>>>;

/// A notification source that can be asked, by whatever means.
pub struct Source {
    way: Way,
    limit: Duration,
}

enum Way {
    Embedded(Ask),
    Tcp(Client),
    Command(Program),
    Manual,
}

impl Source {
    /// A source within this process.
    #[must_use]
    pub fn embedded(ask: Ask, limit: Duration) -> Self {
        Self { way: Way::Embedded(ask), limit }
    }

    /// A source of an outside target. Nothing is connected or started yet.
    #[must_use]
    pub fn outside(means: &Means, limit: Duration) -> Self {
        let way = match means {
            Means::Tcp(address) => Way::Tcp(Client::new(address.clone())),
            Means::Command { program, arguments, folder } => {
                Way::Command(Program::new(program.clone(), arguments.clone(), folder.clone()))
            }
            Means::Manual => Way::Manual,
        };
        Self { way, limit }
    }

    /// Asks, and waits for the answer up to the limit (people at a terminal take their time). Several may ask at once;
    /// answers come in the order of the questions.
    pub async fn ask(&self, request: Request) -> Answer {
        match &self.way {
            Way::Manual => manual::ask(&request).await,
            way => tokio::time::timeout(self.limit, way.ask(request)).await.unwrap_or_else(|_| Answer::Silent {
                why: format!("no answer within {}", crate::span::Span(self.limit)),
            }),
        }
    }

    /// Whether a source that says "unsupported" can be believed: it must say so of a nonsense verb, too.
    ///
    /// # Errors
    /// What it answered instead.
    pub async fn probe(&self) -> Result<(), String> {
        match self.ask(probe_verb()).await {
            Answer::Refused { unsupported: true, .. } => Ok(()),
            Answer::Done | Answer::Log(_) => {
                Err("the notification source answers a verb that does not exist with success".to_owned())
            }
            Answer::Refused { unsupported: false, error } => {
                Err(format!("the notification source does not call a verb that does not exist unsupported: {error}"))
            }
            Answer::Silent { why } => Err(format!("the notification source does not answer: {why}")),
        }
    }
}

impl Way {
    async fn ask(&self, request: Request) -> Answer {
        match self {
            Self::Embedded(ask) => ask(request).await,
            Self::Tcp(client) => client.ask(&request).await,
            Self::Command(program) => program.ask(&request).await,
            Self::Manual => manual::ask(&request).await,
        }
    }
}

/// The verb that no source can know.
#[must_use]
pub fn probe_verb() -> Request {
    Request::Nonsense { verb: "no_such_verb_7f3a".to_owned() }
}
