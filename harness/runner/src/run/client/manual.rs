//! Clients that somebody starts by hand: the harness says what it waits for, and goes on when nobody comes.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::timeout;

use super::{let_in, placeholders};
use crate::engine::{ClientUnderTest, Door, Ended, Instance, LaunchProblem, LaunchRequest, Launching, Waiting};
use crate::scenario::meant::Scenario;
use crate::span::Span;

/// The listener of a whole run.
pub(super) struct Manual {
    listener: std::net::TcpListener,
    address: SocketAddr,
    /// How long somebody may take to start the client.
    within: Duration,
}

impl Manual {
    /// Listens there, or on the loopback on a port that the system chooses.
    ///
    /// # Errors
    /// The address and the operating system's words.
    pub(super) fn listen(address: Option<&str>, within: Duration) -> Result<Self, String> {
        let wanted = address.unwrap_or("127.0.0.1:0");
        let said = |error: std::io::Error| format!("can't listen on {wanted}: {error}");
        let listener = std::net::TcpListener::bind(wanted).map_err(said)?;
        listener.set_nonblocking(true).map_err(said)?;
        let address = listener.local_addr().map_err(said)?;
        Ok(Self { listener, address, within })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What somebody starts for one scenario.
    ///
    /// # Errors
    /// The operating system's words.
    pub(super) fn for_scenario(&self, scenario: &Scenario) -> Result<Rc<dyn ClientUnderTest>, String> {
        let listener = self.listener.try_clone().map_err(|error| error.to_string())?;
        Ok(Rc::new(Awaited {
            listener,
            address: self.address,
            within: self.within,
            scenario: scenario.id.clone(),
            title: scenario.title.clone(),
        }))
    }
}

/// A client that is waited for in one scenario.
struct Awaited {
    listener: std::net::TcpListener,
    address: SocketAddr,
    within: Duration,
    scenario: String,
    title: String,
}

impl ClientUnderTest for Awaited {
    fn launch(&self, request: LaunchRequest, door: Door) -> Launching<'_> {
        Box::pin(async move {
            let problem = |error: std::io::Error| LaunchProblem::Error(format!("can't listen: {error}"));
            let listener = TcpListener::from_std(self.listener.try_clone().map_err(problem)?).map_err(problem)?;
            let values = placeholders(&request, self.address, None);
            let words: Vec<String> = values.iter().map(|(name, value)| format!("{name}={value}")).collect();
            anstream::eprintln!("{}: {}", self.scenario, self.title);
            anstream::eprintln!(
                "  start the client `{}` within {}: {}",
                request.client,
                Span(self.within),
                words.join(" ")
            );
            let come = timeout(self.within, door.somebody());
            let serving = tokio::task::spawn_local(let_in(listener, door.clone()));
            match come.await {
                Ok(()) => Ok(Box::new(ByHand) as Box<dyn Instance>),
                Err(_) => {
                    serving.abort();
                    let why = format!("nobody connected to {} within {}", self.address, Span(self.within));
                    anstream::eprintln!("  {why}");
                    Err(LaunchProblem::Inconclusive(why))
                }
            }
        })
    }

    fn is_manual(&self) -> bool {
        true
    }

    fn tell(&self, words: &str) {
        anstream::eprintln!("  {words}");
    }
}

/// An instance that nobody here can end.
struct ByHand;

impl Instance for ByHand {
    fn wait(&mut self) -> Waiting<'_> {
        Box::pin(std::future::ready(Ended::Unseen))
    }

    fn ended(&mut self) -> Option<Ended> {
        None
    }

    fn kill(&mut self) {}
}
