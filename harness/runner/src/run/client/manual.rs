//! Clients that somebody starts by hand: the harness says what it waits for, and goes on when nobody comes.

use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::timeout;

use super::mapping::{Listening, Mapping};
use super::{let_in, placeholders};
use crate::engine::{ClientUnderTest, Door, Ended, Instance, LaunchProblem, LaunchRequest, Launching, Waiting};
use crate::scenario::meant::Scenario;
use crate::span::Span;
use crate::target::{Account, PLACEHOLDERS};
use crate::terminal::say;

/// Where clients are waited for, and what is said about each.
pub(super) struct Manual {
    /// With port 0, the system chooses one for each client.
    address: SocketAddr,
    /// How long somebody may take to start the client.
    within: Duration,
    account: Option<Account>,
}

impl Manual {
    /// Waits there, or on the loopback on ports that the system chooses.
    ///
    /// # Errors
    /// The address, when it can't be listened on, and the operating system's words.
    pub(super) fn at(address: Option<&str>, within: Duration, account: Option<&Account>) -> Result<Self, String> {
        let address = match address {
            // Found now rather than at the first scenario.
            Some(wanted) => std::net::TcpListener::bind(wanted)
                .and_then(|listener| listener.local_addr())
                .map_err(|error| format!("can't listen on {wanted}: {error}"))?,
            None => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        };
        Ok(Self { address, within, account: account.cloned() })
    }

    /// The address that the target file chose.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        Some(self.address).filter(|address| address.port() != 0)
    }

    /// What somebody starts for one scenario.
    pub(super) fn for_scenario(&self, scenario: &Scenario, mapping: Mapping) -> Rc<dyn ClientUnderTest> {
        Rc::new(Awaited {
            mapping,
            next: Cell::new(self.address),
            within: self.within,
            account: self.account.clone(),
            scenario: scenario.id.clone(),
            title: scenario.title.clone(),
        })
    }
}

/// The clients that are waited for in one scenario.
struct Awaited {
    mapping: Mapping,
    /// Where the next one is waited for: an instance is known by its port.
    next: Cell<SocketAddr>,
    within: Duration,
    account: Option<Account>,
    scenario: String,
    title: String,
}

impl Awaited {
    async fn listen(&self) -> std::io::Result<(TcpListener, SocketAddr)> {
        let wanted = self.next.replace(SocketAddr::new(self.next.get().ip(), 0));
        let listener = TcpListener::bind(wanted).await?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    }

    /// What is wanted, where and within what time. An empty `printer` is the print server itself.
    fn call_for(&self, request: &LaunchRequest, address: SocketAddr, mapper: Option<SocketAddr>) {
        let values = placeholders(request, address, mapper, self.account.as_ref());
        let told = |name: &&str| {
            let value = values.get(*name)?;
            (!value.is_empty() || *name == "printer").then(|| format!("{name}={value}"))
        };
        let words: Vec<String> = PLACEHOLDERS.iter().filter_map(told).collect();
        let (client, within) = (&request.client, Span(self.within));
        say(format!("{}: {}", self.scenario, self.title));
        say(format!("  start the client `{client}` within {within}: {}", words.join(" ")));
    }
}

impl ClientUnderTest for Awaited {
    fn launch(&self, request: LaunchRequest, door: Door) -> Launching<'_> {
        Box::pin(async move {
            let problem = |error: std::io::Error| LaunchProblem::Error(format!("can't listen: {error}"));
            let (listener, address) = self.listen().await.map_err(problem)?;
            let mapper = self.mapping.listen().await?;
            self.call_for(&request, address, mapper.as_ref().map(Listening::address));
            let come = timeout(self.within, door.somebody());
            let serving = tokio::task::spawn_local(let_in(listener, door.clone()));
            let mapping = mapper.map(|mapper| mapper.serve(&door, address.port()));
            match come.await {
                Ok(()) => Ok(Box::new(ByHand(request.client)) as Box<dyn Instance>),
                Err(_) => {
                    serving.abort();
                    if let Some(mapping) = mapping {
                        mapping.abort();
                    }
                    let why = format!("nobody connected to {address} within {}", Span(self.within));
                    self.tell(&why);
                    Err(LaunchProblem::Inconclusive(why))
                }
            }
        })
    }

    fn is_manual(&self) -> bool {
        true
    }

    fn tell(&self, words: &str) {
        say(format!("  {words}"));
    }
}

/// An instance that nobody here can end.
struct ByHand(String);

impl Instance for ByHand {
    fn wait(&mut self) -> Waiting<'_> {
        Box::pin(std::future::ready(Ended::Unseen))
    }

    fn ended(&mut self) -> Option<Ended> {
        None
    }

    fn kill(&mut self) {}
}

impl Drop for ByHand {
    fn drop(&mut self) {
        say(format!("  the client `{}` is not needed any more", self.0));
    }
}
