//! A client under test: the reference server is on our side, anew for each scenario.

pub(crate) mod embedded;
mod log;
mod manual;
mod mapping;
mod process;
mod refused;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use conformance::{Config, Party, Source as SourceKnowledge};
use dcerpc::TransferSyntax;
use peer::server::{Authentication, Server, ServerOptions};
use peer::{Misbehaviour, Tap, Variant};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use trace::Vantage;

use super::drive::{Place, drive};
use super::interrupt::Interrupt;
use super::need::Means;
use super::stage::{Stage, shown, waived_ids};
use super::trial::stop_of;
use super::way::{Way, asked_or, protections_or, unlisted};
use crate::arguments;
use crate::engine::{ClientUnderTest, Door, Host, LaunchRequest};
use crate::judge::{Judge, Ran, Stop};
use crate::principal::Principals;
use crate::report::{self, Folder, scenario_folder};
use crate::scenario::meant::{self, Scenario};
use crate::stimulus::Source;
use crate::target::{self, Limits, Start, Waiver, client_waivers};

use manual::Manual;
use mapping::Mapping;
use process::Launcher;
use refused::Refused;

/// T_BLOCK of the catalogue.
const BLOCK: Duration = Duration::from_secs(10);

/// A client outside of this process, launched for each scenario or started by hand.
pub(super) struct Outside {
    target: target::Client,
    shown: report::Target,
    judge: Judge,
    means: Means,
    /// The folder of the report; none when nothing is to run.
    folder: Option<PathBuf>,
    time_scale: f64,
    ways: Vec<Way>,
    manual: Option<Manual>,
}

impl Outside {
    /// A stage for the client of a target file.
    ///
    /// # Errors
    /// In words: no such rules, or a port that can't be listened on.
    pub(super) fn new(
        arguments: &arguments::Run,
        target: target::Client,
        folder: Option<&Folder>,
    ) -> Result<Self, String> {
        let mut target = target;
        if arguments.thorough {
            target.limits.still_pending = BLOCK;
        }
        let protection = target.authentication.protection();
        let waivers = if arguments.no_waivers { Vec::new() } else { waived(&target) };
        let manual = match (&target.start, folder) {
            (Start::Manual(address), Some(_)) => {
                Some(Manual::at(address.as_deref(), target.limits.scenario, target.authentication.identities.first())?)
            }
            _ => None,
        };
        let address = match (&target.start, &manual) {
            (Start::Command { program, .. }, _) => program.display().to_string(),
            (Start::Manual(_), manual) => match manual.as_ref().and_then(Manual::address) {
                Some(address) => format!("started by hand, for {address}"),
                None => "started by hand".to_owned(),
            },
        };
        let config = Config {
            server_name: target.principal.clone(),
            packet_level: target.authentication.expected_at_packet_level(),
            readings: target.readings.clone(),
            overlay: arguments.overlay,
            ..config(target.limits)
        };
        Ok(Self {
            shown: report::Target {
                id: target.id.clone(),
                party: Party::Client.name().to_owned(),
                address,
                name: target.name.clone(),
                waivers: shown(&waivers),
                readings: target.readings.clone(),
            },
            judge: Judge::new(config, arguments.rules.as_deref(), waived_ids(&waivers), arguments.strict)?
                .of(Party::Client),
            means: {
                let ndr64 = target.transfer_syntaxes.contains(&TransferSyntax::Ndr64);
                Means::of_client(arguments.thorough, ndr64, target.knows_mapper()).with_security(protection.is_some())
            },
            folder: folder.map(|folder| folder.root().to_owned()),
            time_scale: arguments.time_scale,
            ways: Way::all(asked_or(arguments, &target.transfer_syntaxes), &protections_or(arguments, &[protection])),
            manual,
            target,
        })
    }

    /// Whom our server takes in: the accounts that the target file lists.
    ///
    /// # Errors
    /// In words, when a password or a keytab is missing.
    fn authentication(&self, way: Way) -> Result<Option<Authentication>, String> {
        if way.protection.is_none() {
            return Ok(None);
        }
        Ok(Some(Principals::of_file(&self.target.authentication, self.target.limits.call)?.authentication(None)))
    }

    async fn drive(&self, scenario: &Scenario, way: Way, seed: u64, interrupt: &Interrupt) -> Option<Ran> {
        let log = self
            .folder
            .as_ref()
            .map(|root| root.join(scenario_folder(&scenario.id, &way.variant_of(scenario))).join("target.log"));
        let launcher = match &self.manual {
            Some(manual) => Ok(manual.for_scenario(scenario, Mapping::of(&self.target))),
            None => match Launcher::new(&self.target, log) {
                Ok(launcher) => Ok(Rc::new(launcher) as Rc<dyn ClientUnderTest>),
                Err(why) => Err(why),
            },
        };
        let client = match launcher {
            Ok(client) => client,
            Err(why) => return Some(stop_of(&why)),
        };
        let mut authentication = match self.authentication(way) {
            Ok(authentication) => authentication,
            Err(why) => return Some(stop_of(&why)),
        };
        let refused = Refused::default();
        if let Some(authentication) = &mut authentication {
            authentication.on_refusal = Some(refused.hook());
        }
        let mut limits = self.target.limits;
        if self.manual.is_some() {
            // First somebody has to start it.
            limits.scenario *= 2;
        }
        let setting = Setting {
            way,
            authentication,
            limits,
            time_scale: self.time_scale,
            server_name: &self.target.server_name,
            printer: &self.target.printer,
        };
        let ran = play(scenario, seed, client, setting, interrupt).await?;
        Some(match way.protection.and_then(|protection| refused.instead_of(&ran, protection)) {
            // What the scenario misses, it misses for that.
            Some(why) => Ran { stop: Some(Stop::Error(why)), complaints: Vec::new(), ..ran },
            None => ran,
        })
    }
}

pub(crate) fn waived(target: &target::Client) -> Vec<Waiver> {
    let is_secured = target.authentication.security.is_some();
    client_waivers(is_secured, target.transfer_syntaxes.len(), target.knows_mapper())
}

/// How a client is judged.
pub(super) fn config(limits: Limits) -> Config {
    Config {
        vantage: Vantage::Server,
        prompt: limits.call,
        still_pending: limits.still_pending,
        source: SourceKnowledge::Exclusive,
        ..Config::default()
    }
}

/// What scenarios find besides the client.
pub(super) struct Setting<'a> {
    pub(super) way: Way,
    /// Whom our server takes in; nobody can authenticate when none.
    pub(super) authentication: Option<Authentication>,
    pub(super) limits: Limits,
    pub(super) time_scale: f64,
    pub(super) server_name: &'a str,
    pub(super) printer: &'a str,
}

/// Plays the server of a scenario. None when the run was interrupted meanwhile.
pub(super) async fn play(
    scenario: &Scenario,
    seed: u64,
    client: Rc<dyn ClientUnderTest>,
    setting: Setting<'_>,
    interrupt: &Interrupt,
) -> Option<Ran> {
    let mut options = options(scenario, setting.way, seed);
    options.authentication = setting.authentication;
    let (server, tap) = (Server::new(options), Tap::new());
    let asked = server.clone();
    let ask = move |request| {
        let answer = asked.source(request);
        Box::pin(std::future::ready(answer)) as std::pin::Pin<Box<dyn Future<Output = _>>>
    };
    let place = Place {
        actors: BTreeMap::new(),
        source: Some(Source::embedded(Rc::new(ask), setting.limits.call)),
        exclusive_source: true,
        server_name: setting.server_name.to_owned(),
        printer: Some(setting.printer.to_owned()),
        limits: setting.limits,
        time_scale: setting.time_scale,
        seed,
        variant: setting.way.variant(),
        client: Some(client),
        host: Some(Host::new(server, tap.clone())),
        tap,
    };
    drive(scenario, place, interrupt).await
}

/// The server that a scenario wants: of what clients offer it accepts what belongs to the way, or what it prefers when the scenario
/// is about that choice.
fn options(scenario: &Scenario, way: Way, seed: u64) -> ServerOptions {
    let usual = ServerOptions::default();
    let misbehaviour = scenario.misbehave.as_deref();
    let variant = scenario.server_variant.as_deref();
    ServerOptions {
        seed: Some(seed),
        misbehaviour: misbehaviour
            .and_then(|name| Misbehaviour::ALL.iter().copied().find(|known| known.name() == name)),
        variant: variant.and_then(|name| Variant::ALL.iter().copied().find(|known| known.name() == name)),
        transfer_syntaxes: if scenario.chooses_syntax() { usual.transfer_syntaxes } else { vec![way.syntax] },
        ..usual
    }
}

/// What the placeholders of a target file stand for.
fn placeholders(
    request: &LaunchRequest,
    address: std::net::SocketAddr,
    mapper: Option<std::net::SocketAddr>,
    account: Option<&target::Account>,
) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("host", address.ip().to_string()),
        ("port", address.port().to_string()),
        ("epm_port", mapper.map_or_else(String::new, |mapper| mapper.port().to_string())),
        ("mode", request.mode.clone()),
        ("type", request.notification_type.0.hyphenated().to_string()),
        ("document", request.document.clone()),
        ("printer", request.printer.clone().unwrap_or_default()),
        ("count", request.count.to_string()),
        ("user", account.map(|account| account.user.clone()).unwrap_or_default()),
        ("domain", account.map(|account| account.domain.clone()).unwrap_or_default()),
    ])
}

/// Lets a client in until its door is shut.
async fn let_in(listener: TcpListener, door: Door) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = door.shut() => return,
        };
        let Ok((stream, client)) = accepted else {
            // An error of one connection, or of all: a moment later it may be over.
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let server = stream.local_addr().map_or_else(|_| String::new(), |address| address.to_string());
        // An answer that waits to be joined by more is only late.
        stream.set_nodelay(true).ok();
        let door = door.clone();
        tokio::task::spawn_local(async move {
            let reset = |stream: &tokio::net::TcpStream| {
                // Without it the end is orderly, which the trace then says wrongly; there is nothing else to be done.
                stream.set_zero_linger().ok();
            };
            door.serve(stream, &client.to_string(), &server, reset).await;
        });
    }
}

impl Stage for Outside {
    fn asks_people(&self) -> bool {
        self.manual.is_some()
    }

    fn target(&self) -> &report::Target {
        &self.shown
    }

    fn judge(&self) -> &Judge {
        &self.judge
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

    fn lack(&self, scenario: &Scenario, way: Way) -> Option<String> {
        self.means
            .lack(scenario)
            .or_else(|| unlisted(way, &self.target.transfer_syntaxes, self.target.authentication.protection()))
    }

    fn usual_jobs(&self) -> NonZeroUsize {
        match self.manual {
            Some(_) => NonZeroUsize::MIN,
            None => std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        }
    }

    fn most_jobs(&self) -> Option<NonZeroUsize> {
        // A person, or one endpoint mapper for all.
        (self.manual.is_some() || self.target.endpoint_mapper.is_some()).then_some(NonZeroUsize::MIN)
    }

    fn rises_again(&self) -> bool {
        true
    }

    fn attempt(&self, scenario: &Scenario, way: Way, seed: u64, interrupt: &Interrupt) -> Option<Ran> {
        let runtime = match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return Some(stop_of(&error.to_string())),
        };
        runtime.block_on(self.drive(scenario, way, seed, interrupt))
    }
}
