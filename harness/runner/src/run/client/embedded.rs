//! The reference client within this process, in memory and in virtual time.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use conformance::{Config, Party};
use dcerpc::TransferSyntax;
use dcerpc::security::{Level, Provider};
use mspan::Interface;
use peer::client::Security;
use peer::client::{Call, Dial, MappedConnector, Mapper};
use peer::print_client::{ClientOptions, Exit, Mode, PrintClient};
use peer::server::Authentication;
use peer::transport::{Connector, DuplexConnector};
use peer::{ClientMisbehaviour, ClientVariant, Tap};
use tokio::runtime::Builder;
use tokio::task::{JoinError, JoinHandle};

use super::{BLOCK, Setting, config, play};
use crate::arguments;
use crate::engine::{ClientUnderTest, Door, Ended, Instance, LaunchProblem, LaunchRequest, Launching, Waiting};
use crate::judge::{Judge, Ran};
use crate::principal::Principals;
use crate::protection::Protection;
use crate::report;
use crate::run::embedded::{BOTH, usual_protections};
use crate::run::interrupt::Interrupt;
use crate::run::need::Means;
use crate::run::stage::{Stage, shown, waived_ids};
use crate::run::trial::stop_of;
use crate::run::way::{Way, asked_or, protections_or};
use crate::scenario::meant::{self, Scenario};
use crate::target::{Limits, client_waivers};

/// Who it is, with the rights of an administrator.
const USERS: [(&str, bool); 1] = [("alice", true)];
/// The name of our server.
const SERVER_NAME: &str = "PRINTSRV";
/// Its id in reports.
const ID: &str = "embedded-client";

/// The reference client, anew for each instance of a scenario.
pub(crate) struct EmbeddedClient {
    target: report::Target,
    judge: Judge,
    means: Means,
    limits: Limits,
    time_scale: f64,
    ways: Vec<Way>,
    /// What judges a client that does not authenticate.
    open_judge: Judge,
    principals: Principals,
    conduct: Conduct,
}

/// What the reference client does wrong on purpose, or in another way that is allowed as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conduct {
    pub(crate) misbehaviour: Option<ClientMisbehaviour>,
    pub(crate) variant: Option<ClientVariant>,
}

impl EmbeddedClient {
    /// Judged as the arguments have it. In memory full windows cost nothing.
    pub(in crate::run) fn new(arguments: &arguments::Run) -> Result<Self, String> {
        let rules = arguments.rules.as_deref();
        let protections = protections_or(arguments, &usual_protections());
        let (strict, scale) = (arguments.strict, arguments.time_scale);
        let mut client = Self::judged(true, arguments.no_waivers, rules, strict, scale, &protections)?;
        let config = Config { overlay: arguments.overlay, ..client.judge.config().clone() };
        client.judge = client.judge.with_config(config.clone());
        client.open_judge = client.open_judge.with_config(config);
        client.ways = Way::all(asked_or(arguments, &BOTH), &protections);
        Ok(client)
    }

    /// One that behaves otherwise, and is judged as in memory.
    ///
    /// # Errors
    /// In words, when nothing can judge it.
    pub(crate) fn conducted(conduct: Conduct) -> Result<Self, String> {
        let client = Self::judged(true, false, None, false, 1.0, &usual_protections())?;
        Ok(match conduct.variant {
            // NDR64 has no big-endian form ([MS-RPCE] 2.2.5).
            Some(ClientVariant::BigEndian) => {
                Self { conduct, ways: Way::all(&[TransferSyntax::Ndr], &usual_protections()), ..client }
            }
            _ => Self { conduct, ..client },
        })
    }

    fn judged(
        thorough: bool,
        no_waivers: bool,
        rules: Option<&str>,
        strict: bool,
        time_scale: f64,
        protections: &[Option<Protection>],
    ) -> Result<Self, String> {
        let mut limits = Limits::default();
        if thorough {
            limits.still_pending = BLOCK;
        }
        let waived = |is_secured| if no_waivers { Vec::new() } else { client_waivers(is_secured, 2, true) };
        let is_secured = protections.iter().any(Option::is_some);
        let waivers = waived(is_secured);
        let config = Config { server_name: Some(SERVER_NAME.to_owned()), ..config(limits) };
        let open_judge = Judge::new(config.clone(), rules, waived_ids(&waived(false)), strict)?.of(Party::Client);
        Ok(Self {
            target: report::Target {
                id: ID.to_owned(),
                party: Party::Client.name().to_owned(),
                address: "in memory".to_owned(),
                name: "the reference client".to_owned(),
                readings: BTreeMap::new(),
                waivers: shown(&waivers),
            },
            judge: Judge::new(config, rules, waived_ids(&waivers), strict)?.of(Party::Client),
            means: Means::of_client(thorough, true, true),
            limits,
            time_scale,
            ways: Way::all(&BOTH, protections),
            open_judge,
            principals: Principals::invented(&USERS, SERVER_NAME),
            conduct: Conduct::default(),
        })
    }
}

impl EmbeddedClient {
    /// What client and server authenticate with, in that way.
    fn authenticated(&self, way: Way) -> Result<(Option<Security>, Option<Authentication>), String> {
        let Some(usual) = way.protection else { return Ok((None, None)) };
        let authentication = Some(self.principals.authentication(None));
        let (protection, service) = match self.conduct.misbehaviour {
            Some(ClientMisbehaviour::DoesNotAuthenticate) => return Ok((None, authentication)),
            Some(ClientMisbehaviour::NtlmAlone) => (Protection { provider: Provider::NTLM, ..usual }, "host"),
            Some(ClientMisbehaviour::CallsAtConnectLevel) => (Protection { level: Level::CONNECT, ..usual }, "host"),
            Some(ClientMisbehaviour::AsksForAnotherService) => (usual, "cifs"),
            _ => (usual, "host"),
        };
        let initiators = self.principals.initiators(protection.provider, SERVER_NAME)?;
        let initiators = initiators.asking_for(&format!("{service}/{SERVER_NAME}"));
        Ok((self.principals.security_of(&initiators, 0, protection), authentication))
    }
}

impl Stage for EmbeddedClient {
    fn target(&self) -> &report::Target {
        &self.target
    }

    fn judge(&self) -> &Judge {
        &self.judge
    }

    fn judge_in(&self, way: Way) -> &Judge {
        if way.protection.is_some() { &self.judge } else { &self.open_judge }
    }

    fn party(&self) -> Party {
        Party::Client
    }

    fn takes(&self, scenario: &Scenario) -> bool {
        scenario.party == meant::Party::Client
    }

    fn ways(&self) -> &[Way] {
        &self.ways
    }

    fn lack(&self, scenario: &Scenario, _: Way) -> Option<String> {
        self.means.lack(scenario)
    }

    fn usual_jobs(&self) -> NonZeroUsize {
        std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
    }

    fn rises_again(&self) -> bool {
        true
    }

    fn attempt(&self, scenario: &Scenario, way: Way, seed: u64, interrupt: &Interrupt) -> Option<Ran> {
        let runtime = match Builder::new_current_thread().enable_time().start_paused(true).build() {
            Ok(runtime) => runtime,
            Err(error) => return Some(stop_of(&error.to_string())),
        };
        let (security, authentication) = match self.authenticated(way) {
            Ok(made) => made,
            Err(why) => return Some(stop_of(&why)),
        };
        let setting = Setting {
            way,
            authentication,
            limits: self.limits,
            time_scale: self.time_scale,
            server_name: SERVER_NAME,
            printer: "office-laser",
        };
        runtime.block_on(play(scenario, seed, Rc::new(Starter(self.conduct, security)), setting, interrupt))
    }
}

/// Starts instances of the reference client.
struct Starter(Conduct, Option<Security>);

impl ClientUnderTest for Starter {
    fn launch(&self, request: LaunchRequest, door: Door) -> Launching<'_> {
        let started = match Mode::from_name(&request.mode) {
            Some(mode) => {
                let client = client(self.0, self.1.clone(), mode, &request, door);
                let task = tokio::task::spawn_local(async move { client.run().await });
                Ok(Box::new(Running { task, ended: None }) as Box<dyn Instance>)
            }
            None => Err(LaunchProblem::Unsupported(format!("the reference client has no mode {}", request.mode))),
        };
        Box::pin(std::future::ready(started))
    }
}

fn client(
    conduct: Conduct,
    security: Option<Security>,
    mode: Mode,
    request: &LaunchRequest,
    door: Door,
) -> PrintClient {
    door.offer_mapper(&server(MAPPER_PORT));
    let dial: Dial = Arc::new(move |port| in_memory(&door, port));
    let mapper = Mapper::new(dial(MAPPER_PORT), Tap::off(), peer::client::Options::default(), Call::USUAL_LIMIT);
    let connector: Arc<dyn Connector> = match conduct.misbehaviour {
        Some(ClientMisbehaviour::NeverAsksTheMapper) => dial(PORT),
        Some(ClientMisbehaviour::UsesCachedPort) => {
            let remembered = dial.clone();
            let dial: Dial = Arc::new(move |port| remembered(port.saturating_add(1)));
            Arc::new(MappedConnector::new(mapper, Interface::AsyncNotify.id(), dial))
        }
        _ => Arc::new(MappedConnector::new(mapper, Interface::AsyncNotify.id(), dial)),
    };
    // A client offers both ([MS-PAN] 2.2).
    let transfer_syntaxes = BOTH.to_vec();
    let options = ClientOptions {
        mode,
        association: peer::client::Options { transfer_syntaxes, security, ..peer::client::Options::default() },
        notification_type: Some(request.notification_type),
        printer: request.printer.clone(),
        count: Some(request.count),
        variant: conduct.variant,
        misbehaviour: conduct.misbehaviour,
        ..ClientOptions::default()
    };
    PrintClient::new(options, connector, Tap::off(), |_| {})
}

/// The port that the server has in memory.
const PORT: u16 = 1;
/// The port that its endpoint mapper has there.
const MAPPER_PORT: u16 = 135;

/// What opens connections to a port of our side: the server answers on every one, whatever the mapper says.
fn in_memory(door: &Door, port: u16) -> Arc<dyn Connector> {
    let door = door.clone();
    Arc::new(DuplexConnector::new(server(port), move |link| {
        let door = door.clone();
        let (client, server) = (link.client.clone(), link.server.clone());
        tokio::spawn(async move {
            match port {
                MAPPER_PORT => door.serve_mapper(link.into_stream(), &client, &server, PORT).await,
                _ => door.serve(link.into_stream(), &client, &server, |_| {}).await,
            }
        });
    }))
}

fn server(port: u16) -> String {
    format!("reference-server:{port}")
}

/// An instance under way.
struct Running {
    task: JoinHandle<Exit>,
    ended: Option<Ended>,
}

impl Instance for Running {
    fn wait(&mut self) -> Waiting<'_> {
        Box::pin(async {
            if let Some(ended) = &self.ended {
                return ended.clone();
            }
            let ended = ended((&mut self.task).await);
            self.ended.insert(ended).clone()
        })
    }

    fn ended(&mut self) -> Option<Ended> {
        if self.ended.is_none() {
            let mut context = Context::from_waker(Waker::noop());
            if let Poll::Ready(exit) = Pin::new(&mut self.task).poll(&mut context) {
                self.ended = Some(ended(exit));
            }
        }
        self.ended.clone()
    }

    fn kill(&mut self) {
        self.task.abort();
    }
}

fn ended(exit: Result<Exit, JoinError>) -> Ended {
    match exit {
        Ok(exit) => Ended::Status(exit.code().into()),
        Err(error) => Ended::Signal(error.to_string()),
    }
}
