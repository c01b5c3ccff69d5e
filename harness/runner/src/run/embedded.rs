//! The reference server within this process: in memory and in virtual time, or over TCP on the loopback.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use conformance::{Config, Overlay, Party, Source as SourceKnowledge};
use dcerpc::TransferSyntax;
use dcerpc::security::{Level, Provider};
use peer::Tap;
use peer::client::Dial;
use peer::server::{Accepted, Authentication, Identity, Server, ServerOptions};
use peer::transport::{Connector, DuplexConnector, Refusing, TcpConnector};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use trace::Vantage;

use super::drive::{Place, drive};
use super::interrupt::Interrupt;
use super::need::Means;
use super::stage::{Stage, shown, waived, waived_ids};
use super::trial::stop_of;
use super::way::{Way, protections_or};
use crate::arguments;
use crate::engine::{MapperWay, Played};
use crate::judge::{Judge, Ran};
use crate::principal::{Initiators, Principals};
use crate::protection::Protection;
use crate::report;
use crate::scenario::meant::{self, Actor, Scenario};
use crate::stimulus::Source;
use crate::target::{Limits, Users};

/// Its name in UNC names.
const SERVER_NAME: &str = "PRINTSRV";
/// Its id when it is reached in memory.
const MEMORY: &str = "embedded-server";
/// The transfer syntaxes of the reference server and client.
pub(super) const BOTH: [TransferSyntax; 2] = [TransferSyntax::Ndr, TransferSyntax::Ndr64];
/// How calls to and of them are protected: NTLM in SPNEGO, for [MS-PAN] 2.1 wants a provider that has that.
pub(super) fn usual_protections() -> [Option<Protection>; 3] {
    let negotiate = |level| Some(Protection { provider: Provider::NEGOTIATE, level });
    [None, negotiate(Level::PKT), negotiate(Level::PRIVACY)]
}

/// T_BLOCK of the catalogue.
const BLOCK: Duration = Duration::from_secs(10);

/// The reference server, anew for each scenario.
pub(crate) struct Embedded {
    target: report::Target,
    judge: Judge,
    means: Means,
    limits: Limits,
    time_scale: f64,
    over_tcp: bool,
    ways: Vec<Way>,
    /// What judges what is not authenticated.
    open_judge: Judge,
    principals: Principals,
    options: ServerOptions,
}

/// On which terms it is judged.
struct Terms<'a> {
    thorough: bool,
    no_waivers: bool,
    rules: Option<&'a str>,
    strict: bool,
    overlay: Option<&'static Overlay>,
    time_scale: f64,
    transfer_syntaxes: &'a [TransferSyntax],
    protections: Vec<Option<Protection>>,
}

impl<'a> From<&'a arguments::Run> for Terms<'a> {
    fn from(run: &'a arguments::Run) -> Self {
        Self {
            thorough: run.thorough,
            no_waivers: run.no_waivers,
            rules: run.rules.as_deref(),
            strict: run.strict,
            overlay: run.overlay,
            time_scale: run.time_scale,
            transfer_syntaxes: if run.transfer_syntaxes.is_empty() { &BOTH } else { &run.transfer_syntaxes },
            protections: protections_or(run, &usual_protections()),
        }
    }
}

impl Embedded {
    /// In memory, in virtual time: there full windows cost nothing.
    pub(super) fn in_memory(arguments: &arguments::Run) -> Result<Self, String> {
        Self::new(&Terms { thorough: true, ..arguments.into() }, MEMORY, "in memory", false)
    }

    /// Over TCP on the loopback, in real time: for the scenarios that are tagged so.
    pub(super) fn over_tcp(arguments: &arguments::Run) -> Result<Self, String> {
        Self::new(&arguments.into(), report::OVER_TCP, "ncacn_ip_tcp:127.0.0.1, a port chosen by the system", true)
    }

    /// In memory, in virtual time, made with something of its own, and judged as in memory.
    pub(crate) fn conducted(options: ServerOptions, overlay: Option<&'static Overlay>) -> Result<Self, String> {
        let has_both = options.transfer_syntaxes.contains(&TransferSyntax::Ndr64);
        // NDR64 has no big-endian form ([MS-RPCE] 2.2.5).
        let speaks_both = has_both && options.variant != Some(peer::Variant::BigEndian);
        let terms = Terms {
            thorough: true,
            no_waivers: false,
            rules: None,
            strict: false,
            overlay,
            time_scale: 1.0,
            transfer_syntaxes: if speaks_both { &BOTH } else { &[TransferSyntax::Ndr] },
            protections: usual_protections().to_vec(),
        };
        let mut embedded = Self::new(&terms, MEMORY, "in memory", false)?;
        if !has_both {
            embedded.means = embedded.means.without_ndr64();
        }
        Ok(Self { options, ..embedded })
    }

    fn new(terms: &Terms<'_>, id: &str, address: &str, over_tcp: bool) -> Result<Self, String> {
        let mut limits = Limits::default();
        if terms.thorough {
            limits.still_pending = BLOCK;
        }
        let principals = Principals::invented(&USERS, SERVER_NAME);
        let is_secured = terms.protections.iter().any(Option::is_some);
        // In memory the server is told who calls.
        let count = if is_secured || !over_tcp { principals.count() } else { 0 };
        let not_administrator = count > 0 && principals.has_other_than_administrators();
        let users = Users { are_secured: is_secured, count, not_administrator };
        let waivers = waived(None, users, terms.no_waivers);
        let open_count = if over_tcp { 0 } else { count };
        let open = Users { are_secured: false, count: open_count, not_administrator: open_count > 0 };
        let open = waived(None, open, terms.no_waivers);
        let config = Config {
            vantage: Vantage::Client,
            prompt: limits.call,
            still_pending: limits.still_pending,
            source: SourceKnowledge::Exclusive,
            server_name: Some(SERVER_NAME.to_owned()),
            overlay: terms.overlay,
            ..Config::default()
        };
        Ok(Self {
            target: report::Target {
                id: id.to_owned(),
                party: "server".to_owned(),
                address: address.to_owned(),
                name: "the reference server".to_owned(),
                waivers: shown(&waivers),
                readings: BTreeMap::new(),
            },
            open_judge: Judge::new(config.clone(), terms.rules, waived_ids(&open), terms.strict)?.of(Party::Server),
            judge: Judge::new(config, terms.rules, waived_ids(&waivers), terms.strict)?.of(Party::Server),
            means: Means::embedded(principals.count(), terms.thorough).with_security(is_secured),
            principals,
            limits,
            time_scale: terms.time_scale,
            over_tcp,
            ways: Way::all(terms.transfer_syntaxes, &terms.protections),
            options: ServerOptions::default(),
        })
    }

    fn runtime(&self) -> std::io::Result<Runtime> {
        let mut builder = Builder::new_current_thread();
        if self.over_tcp { builder.enable_all().build() } else { builder.enable_time().start_paused(true).build() }
    }

    /// What clients and server authenticate with, in that way.
    fn authenticated(&self, way: Way) -> Result<(Option<Initiators>, Option<Authentication>), String> {
        let Some(protection) = way.protection else { return Ok((None, None)) };
        let initiators = self.principals.initiators(protection.provider, SERVER_NAME)?;
        Ok((Some(initiators), Some(self.principals.authentication(self.options.misbehaviour))))
    }

    async fn reach(&self, server: &Server) -> std::io::Result<Reach> {
        if !self.over_tcp {
            return Ok(Reach::Memory(server.clone()));
        }
        let (listener, mapper) = (TcpListener::bind(LOOPBACK).await?, TcpListener::bind(LOOPBACK).await?);
        let (address, mapper_address) = (listener.local_addr()?, mapper.local_addr()?);
        let (host, port) = (server.clone(), address.port());
        tokio::spawn(async move { host.listen_as_mapper(mapper, port).await });
        let server = server.clone();
        tokio::spawn(async move { server.listen(listener).await });
        Ok(Reach::Tcp { address: address.to_string(), mapper: mapper_address.to_string() })
    }

    /// How an actor reaches the server. In memory the server takes its calls in the name of its identity, unless they
    /// authenticate.
    fn played(&self, actor: &Actor, way: Way, initiators: Option<&Initiators>, reach: &Reach) -> Played {
        let principal = self.principals.of(actor);
        let told = principal.map(|principal| Identity::user(&principal.user, principal.administrator));
        let (identity, vouched_for) = match (reach, way.protection) {
            (Reach::Memory(_), None) => (told.clone(), told.is_some()),
            _ => (None, false),
        };
        let initiators = initiators.zip(way.protection);
        let security = initiators.and_then(|(initiators, usual)| self.principals.security(initiators, actor, usual));
        let user = told.filter(|_| vouched_for || security.is_some());
        let (connector, mapper) = match reach {
            Reach::Memory(server) => {
                let (server, identity) = (server.clone(), identity.clone());
                let dial: Dial = Arc::new(move |port| in_memory(&server, identity.as_ref(), port));
                (dial(PORT), MapperWay { connector: dial(MAPPER_PORT), dial })
            }
            Reach::Tcp { address, mapper } => {
                let dial: Dial = Arc::new(|port| Arc::new(TcpConnector::new(format!("127.0.0.1:{port}"))) as _);
                let connector: Arc<dyn Connector> = Arc::new(TcpConnector::new(mapper.clone()));
                (Arc::new(TcpConnector::new(address.clone())) as _, MapperWay { connector, dial })
            }
        };
        Played {
            connector,
            administrator: user.as_ref().is_some_and(|identity| identity.administrator),
            vouched_for,
            user: user.and_then(|identity| identity.user),
            security,
            packet_level: self.principals.packet_level(),
            transfer_syntaxes: vec![way.syntax],
            mapper: Some(mapper),
        }
    }
}

/// Where a listener gets a port of the system's choice.
const LOOPBACK: &str = "127.0.0.1:0";
/// The port that the server has in memory.
const PORT: u16 = 1;
/// The port that its endpoint mapper has there.
const MAPPER_PORT: u16 = 135;

/// Where the server is.
enum Reach {
    Memory(Server),
    Tcp {
        /// Where the server listens.
        address: String,
        /// Where its endpoint mapper does.
        mapper: String,
    },
}

/// What opens connections to a port in memory: nobody listens on others than the server's and its mapper's.
fn in_memory(server: &Server, identity: Option<&Identity>, port: u16) -> Arc<dyn Connector> {
    let name = format!("embedded-server:{port}");
    if port != PORT && port != MAPPER_PORT {
        return Arc::new(Refusing::new(name));
    }
    let (server, identity) = (server.clone(), identity.cloned());
    Arc::new(DuplexConnector::new(name, move |link| {
        let (server, identity) = (server.clone(), identity.clone());
        tokio::spawn(async move {
            let (client, name) = (link.client.clone(), link.server.clone());
            let (stream, accepted) = (link.into_stream(), Accepted { client, server: name, identity, script: None });
            match port {
                PORT => server.serve_connection(stream, accepted).await,
                _ => server.serve_mapper_connection(stream, accepted, PORT).await,
            }
        });
    }))
}

/// The users of the embedded server, and whether they are administrators.
const USERS: [(&str, bool); 3] = [("alice", true), ("bob", true), ("guest", false)];

impl Stage for Embedded {
    fn target(&self) -> &report::Target {
        &self.target
    }

    fn judge(&self) -> &Judge {
        &self.judge
    }

    fn judge_in(&self, way: Way) -> &Judge {
        if way.protection.is_some() { &self.judge } else { &self.open_judge }
    }

    fn takes(&self, scenario: &Scenario) -> bool {
        scenario.party == meant::Party::Server
            && (!self.over_tcp || scenario.has_tag("smoke") || scenario.id.starts_with("smoke/"))
    }

    fn ways(&self) -> &[Way] {
        &self.ways
    }

    fn lack(&self, scenario: &Scenario, way: Way) -> Option<String> {
        // Over TCP nobody tells the server who calls.
        let is_named = way.protection.is_some() || !self.over_tcp;
        let means = if is_named { self.means } else { self.means.without_identities() };
        means.lack(scenario)
    }

    fn usual_jobs(&self) -> NonZeroUsize {
        std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
    }

    fn rises_again(&self) -> bool {
        true
    }

    fn attempt(&self, scenario: &Scenario, way: Way, seed: u64, interrupt: &Interrupt) -> Option<Ran> {
        let runtime = match self.runtime() {
            Ok(runtime) => runtime,
            Err(error) => return Some(stop_of(&error.to_string())),
        };
        let (initiators, authentication) = match self.authenticated(way) {
            Ok(made) => made,
            Err(why) => return Some(stop_of(&why)),
        };
        runtime.block_on(async {
            let mut options = ServerOptions { seed: Some(seed), ..self.options.clone() };
            options.authentication = authentication;
            let server = Server::new(options);
            let reach = match self.reach(&server).await {
                Ok(reach) => reach,
                Err(error) => return Some(stop_of(&format!("can't listen on the loopback: {error}"))),
            };
            let ask = move |request| {
                let answer = server.source(request);
                Box::pin(std::future::ready(answer)) as std::pin::Pin<Box<dyn Future<Output = _>>>
            };
            let place = Place {
                actors: scenario
                    .actors
                    .iter()
                    .map(|actor| (actor.name.clone(), self.played(actor, way, initiators.as_ref(), &reach)))
                    .collect(),
                source: Some(Source::embedded(Rc::new(ask), self.limits.call)),
                exclusive_source: true,
                server_name: SERVER_NAME.to_owned(),
                printer: Some("office-laser".to_owned()),
                limits: self.limits,
                time_scale: self.time_scale,
                seed,
                variant: way.variant(),
                client: None,
                host: None,
                tap: Tap::new(),
            };
            drive(scenario, place, interrupt).await
        })
    }
}
