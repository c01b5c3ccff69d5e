//! The reference server within this process: in memory and in virtual time, or over TCP on the loopback.

use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use conformance::{Config, Source as SourceKnowledge};
use dcerpc::TransferSyntax;
use peer::server::{Accepted, Server, ServerOptions};
use peer::transport::{Connector, DuplexConnector, TcpConnector};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use trace::Vantage;

use super::drive::{Place, drive};
use super::interrupt::Interrupt;
use super::need::Means;
use super::stage::{Stage, shown, waived, waived_ids};
use super::trial::stop_of;
use crate::arguments;
use crate::judge::{Judge, Ran};
use crate::report;
use crate::scenario::meant::Scenario;
use crate::stimulus::Source;
use crate::target::Limits;

/// Its id when it is reached in memory.
const MEMORY: &str = "embedded-server";
/// Its id when it is reached over TCP.
pub(super) const TCP: &str = "embedded-server-tcp";
/// T_BLOCK of the catalogue.
const BLOCK: Duration = Duration::from_secs(10);

/// The reference server, anew for each scenario.
pub(super) struct Embedded {
    target: report::Target,
    judge: Judge,
    means: Means,
    limits: Limits,
    time_scale: f64,
    over_tcp: bool,
}

impl Embedded {
    /// In memory, in virtual time.
    pub(super) fn in_memory(arguments: &arguments::Run) -> Result<Self, String> {
        Self::new(arguments, MEMORY, "in memory", false)
    }

    /// Over TCP on the loopback, in real time: for the scenarios that are tagged so.
    pub(super) fn over_tcp(arguments: &arguments::Run) -> Result<Self, String> {
        Self::new(arguments, TCP, "ncacn_ip_tcp:127.0.0.1, a port chosen by the system", true)
    }

    fn new(arguments: &arguments::Run, id: &str, address: &str, over_tcp: bool) -> Result<Self, String> {
        let mut limits = Limits::default();
        if arguments.thorough {
            limits.still_pending = BLOCK;
        }
        let waivers = waived(None, arguments.no_waivers);
        let config = Config {
            vantage: Vantage::Client,
            prompt: limits.call,
            still_pending: limits.still_pending,
            source: SourceKnowledge::Exclusive,
            ..Config::default()
        };
        Ok(Self {
            target: report::Target {
                id: id.to_owned(),
                party: "server".to_owned(),
                address: address.to_owned(),
                name: "the reference server".to_owned(),
                waivers: shown(&waivers),
            },
            judge: Judge::new(config, arguments.rules.as_deref(), waived_ids(&waivers), arguments.strict)?,
            means: Means::embedded(arguments.thorough),
            limits,
            time_scale: arguments.time_scale,
            over_tcp,
        })
    }

    fn runtime(&self) -> std::io::Result<Runtime> {
        let mut builder = Builder::new_current_thread();
        if self.over_tcp { builder.enable_all().build() } else { builder.enable_time().start_paused(true).build() }
    }

    async fn connector(&self, server: &Server) -> std::io::Result<Arc<dyn Connector>> {
        if self.over_tcp {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let address = listener.local_addr()?.to_string();
            let server = server.clone();
            tokio::spawn(async move { server.listen(listener).await });
            return Ok(Arc::new(TcpConnector::new(address)));
        }
        let server = server.clone();
        Ok(Arc::new(DuplexConnector::new("embedded-server:1", move |link| {
            let server = server.clone();
            tokio::spawn(async move {
                let accepted = Accepted { client: link.client, server: link.server, identity: None };
                server.serve_connection(tokio::io::join(link.reading, link.writing), accepted).await
            });
        })))
    }
}

impl Stage for Embedded {
    fn target(&self) -> &report::Target {
        &self.target
    }

    fn judge(&self) -> &Judge {
        &self.judge
    }

    fn takes(&self, scenario: &Scenario) -> bool {
        !self.over_tcp || scenario.has_tag("smoke") || scenario.id.starts_with("smoke/")
    }

    fn lack(&self, scenario: &Scenario) -> Option<String> {
        self.means.lack(scenario)
    }

    fn usual_syntax(&self) -> TransferSyntax {
        TransferSyntax::Ndr
    }

    fn usual_jobs(&self) -> NonZeroUsize {
        std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
    }

    fn rises_again(&self) -> bool {
        true
    }

    fn attempt(&self, scenario: &Scenario, seed: u64, interrupt: &Interrupt) -> Option<Ran> {
        let runtime = match self.runtime() {
            Ok(runtime) => runtime,
            Err(error) => return Some(stop_of(&error.to_string())),
        };
        runtime.block_on(async {
            let server = Server::new(ServerOptions { seed: Some(seed), ..ServerOptions::default() });
            let connector = match self.connector(&server).await {
                Ok(connector) => connector,
                Err(error) => return Some(stop_of(&format!("can't listen on the loopback: {error}"))),
            };
            let ask = move |request| {
                let answer = server.source(request);
                Box::pin(std::future::ready(answer)) as std::pin::Pin<Box<dyn Future<Output = _>>>
            };
            let place = Place {
                connector,
                source: Some(Source::embedded(Rc::new(ask), self.limits.call)),
                exclusive_source: true,
                server_name: "PRINTSRV".to_owned(),
                printer: Some("office-laser".to_owned()),
                transfer_syntaxes: vec![TransferSyntax::Ndr],
                limits: self.limits,
                time_scale: self.time_scale,
                seed,
            };
            drive(scenario, place, interrupt).await
        })
    }
}
