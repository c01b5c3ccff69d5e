//! A server under test outside of this process.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use conformance::{Config, Party, Report, Severity, Source as SourceKnowledge};
use peer::Tap;
use peer::client::Dial;
use peer::transport::TcpConnector;
use tokio::runtime::{Builder, Runtime};
use trace::stimulus::{Answer, Request};
use trace::{Entry, Seen, Vantage};

use super::drive::{Place, drive};
use super::health::{self, Examination};
use super::interrupt::Interrupt;
use super::launch::{Launched, reach};
use super::need::Means;
use super::resolve;
use super::selection::ENDS_TARGET;
use super::stage::{Stage, shown, waived, waived_ids};
use super::trial::stop_of;
use super::way::{Way, asked_or, protections_or, unlisted};
use crate::arguments;
use crate::engine::{MapperWay, Played};
use crate::judge::{Judge, Ran, Stop};
use crate::principal::{Initiators, Principals};
use crate::report::{self, Folder};
use crate::scenario::meant::{self, Actor, Need, Scenario};
use crate::stimulus::Source;
use crate::target::{Target, Users};

/// T_BLOCK of the catalogue.
const BLOCK: Duration = Duration::from_secs(10);

/// The notification types that are not a scenario's own: whoever uses them needs the target for itself.
const FIXED_TYPES: [&str; 3] = [
    "f6853f92-eb31-4e23-b6e7-fd69056153f0",
    "2abad223-b994-4aca-82fd-4571b1b585ac",
    "2abad223-b994-4aca-82fc-4571b1b585ac",
];

/// A server that is reached over TCP, shared by all scenarios.
pub(super) struct Outside {
    target: Target,
    shown: report::Target,
    /// HOST:PORT; where the target file names no port, the host alone until the endpoint mapper was asked.
    address: Mutex<String>,
    judge: Judge,
    means: Means,
    log: PathBuf,
    time_scale: f64,
    ways: Vec<Way>,
    /// Who calls; why nobody can, when the environment lacks something.
    principals: Result<Principals, String>,
    /// What begins their contexts, once somebody has needed it.
    initiators: OnceLock<Result<Option<Initiators>, String>>,
    state: Mutex<State>,
    fixed_types: Mutex<()>,
    /// Whether the notification source can be believed when it says that it can't do something; asked once.
    believed: OnceLock<Result<(), String>>,
    /// Whether the target takes tickets that our side makes; asked once.
    takes_tickets: OnceLock<Result<(), Stop>>,
}

/// How the target is.
#[derive(Debug, Default)]
struct State {
    launched: Option<Launched>,
    /// Why it can't be judged any more.
    gone: Option<String>,
    /// It was not well, was stopped, and is to be looked at when it has been launched anew.
    ailing: bool,
    reached: bool,
}

impl Outside {
    pub(super) fn new(arguments: &arguments::Run, target: Target, folder: Option<&Folder>) -> Result<Self, String> {
        let mut target = target;
        if arguments.thorough {
            target.limits.still_pending = BLOCK;
        }
        let waivers = waived(Some(&target), Users::of(&target), arguments.no_waivers);
        let protection = target.authentication.protection();
        let config = Config {
            vantage: Vantage::Client,
            prompt: target.limits.call,
            still_pending: target.limits.still_pending,
            source: match (&target.stimulus, target.exclusive) {
                (None, _) => SourceKnowledge::Unseen,
                (Some(_), true) => SourceKnowledge::Exclusive,
                (Some(_), false) => SourceKnowledge::Shared,
            },
            server_name: target.principal.clone(),
            packet_level: target.authentication.expected_at_packet_level(),
            readings: target.readings.clone(),
            overlay: arguments.overlay,
            ..Config::default()
        };
        Ok(Self {
            shown: report::Target {
                id: target.id.clone(),
                party: "server".to_owned(),
                address: target.binding.to_string(),
                name: target.name.clone(),
                waivers: shown(&waivers),
                readings: target.readings.clone(),
            },
            address: Mutex::new(target.binding.socket().unwrap_or_else(|| target.binding.host.clone())),
            judge: Judge::new(config, arguments.rules.as_deref(), waived_ids(&waivers), arguments.strict)?
                .of(Party::Server),
            means: Means::outside(&target, arguments.thorough),
            log: folder.map(|folder| folder.root().join("target.log")).unwrap_or_default(),
            time_scale: arguments.time_scale,
            ways: Way::all(asked_or(arguments, &target.transfer_syntaxes), &protections_or(arguments, &[protection])),
            principals: Principals::of_file(&target.authentication, target.limits.call),
            initiators: OnceLock::new(),
            state: Mutex::default(),
            fixed_types: Mutex::default(),
            believed: OnceLock::new(),
            takes_tickets: OnceLock::new(),
            target,
        })
    }

    /// Sees to it that the target is there.
    ///
    /// # Errors
    /// Why it is not, with the address and the operating system's words.
    fn prepare(&self, runtime: &Runtime) -> Result<(), String> {
        let mut state = self.state.lock().map_err(|_| "the harness itself failed before".to_owned())?;
        if let Some(why) = &state.gone {
            return Err(why.clone());
        }
        let ended = state.launched.as_mut().and_then(Launched::ended);
        if let Some(launch) = &self.target.launch
            && (state.launched.is_none() || ended.is_some())
        {
            state.launched = None;
            match Launched::start(launch, &self.address(), &self.log) {
                Ok(launched) => state.launched = Some(launched),
                Err(why) => return self.give_up(&mut state, why),
            }
        }
        if !state.reached
            && let Err(why) = runtime.block_on(self.resolve())
        {
            return self.give_up(&mut state, why);
        }
        if !state.reached
            && let Err(why) = reach(&self.address(), self.target.limits.call)
        {
            return self.give_up(&mut state, format!("the target can't be reached: {why}"));
        }
        if !state.reached
            && let Err(why) = runtime.block_on(self.log_in())
        {
            return self.give_up(&mut state, why);
        }
        state.reached = true;
        if std::mem::take(&mut state.ailing)
            && let Some(why) = runtime.block_on(self.examination(Duration::ZERO).ailment())
        {
            return self.give_up(&mut state, format!("launched anew, it is no better: {why}"));
        }
        Ok(())
    }

    fn address(&self) -> String {
        self.address.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the endpoint mapper for the port, when the target file names none.
    ///
    /// # Errors
    /// In words, when it gives none.
    async fn resolve(&self) -> Result<(), String> {
        let Target { binding, endpoint_mapper, limits, .. } = &self.target;
        let (None, Some(mapper)) = (binding.port, endpoint_mapper) else { return Ok(()) };
        let port = resolve::port(mapper, limits.call).await?;
        *self.address.lock().unwrap_or_else(PoisonError::into_inner) = binding.at(port);
        Ok(())
    }

    /// How actors reach the endpoint mapper, and the ports that it names on the target's host.
    fn mapper_way(&self) -> Option<MapperWay> {
        let mapper = self.target.endpoint_mapper.as_ref()?;
        let binding = self.target.binding.clone();
        let dial: Dial = Arc::new(move |port| Arc::new(TcpConnector::new(binding.at(port))) as _);
        Some(MapperWay { connector: Arc::new(TcpConnector::new(mapper.clone())), dial })
    }

    fn give_up(&self, state: &mut State, why: String) -> Result<(), String> {
        state.gone = Some(why.clone());
        Err(why)
    }

    /// Looks whether the target outlived a scenario, and says so once when it did not.
    fn look_after(&self, scenario: &Scenario, ran: &Ran) -> Option<String> {
        let mut state = self.state.lock().ok()?;
        let why = self.end_of(&mut state, ran)?;
        if self.target.launch.is_some() {
            state.launched = None;
            state.reached = false;
        } else {
            state.gone.get_or_insert_with(|| format!("the target is gone since {}: {why}", scenario.id));
        }
        (!scenario.has_tag(ENDS_TARGET)).then_some(why)
    }

    /// How the target ended; none when it is still there.
    fn end_of(&self, state: &mut State, ran: &Ran) -> Option<String> {
        if was_shut_down(ran) {
            return Some("its notification source was asked to shut the target down".to_owned());
        }
        if let Some(status) = state.launched.as_mut().and_then(Launched::ended) {
            return Some(format!("the target ended with {status}"));
        }
        let unreachable = reach(&self.address(), self.target.limits.call).err()?;
        Some(format!("the target can't be reached any more: {unreachable}"))
    }

    /// Looks, when something went wrong in a scenario, what may be wrong with the target as a whole: words for the report.
    fn examine(&self, scenario: &Scenario, ran: &Ran, runtime: &Runtime, interrupt: &Interrupt) -> Option<String> {
        let report = self.judge.report(&ran.entries);
        if !went_wrong(ran, &report) {
            return None;
        }
        let age = health::age_of_unknown_handles(&report).min(self.target.limits.scenario);
        let examination = self.examination(age);
        let ailment = runtime.block_on(async {
            tokio::select! {
                ailment = examination.ailment() => ailment,
                () = interrupt.told() => None,
            }
        });
        let Some(why) = ailment else {
            let words = format!(
                "the target at {} ended a connection, nothing came on the others that were open then, and it answers new \
                 ones: was it restarted?",
                self.address()
            );
            return health::was_cut_off(&ran.entries).then_some(words);
        };
        let mut state = self.state.lock().ok()?;
        if self.target.launch.is_some() {
            *state = State { ailing: true, ..State::default() };
        } else {
            state
                .gone
                .get_or_insert_with(|| format!("the target can't be judged any more since {}: {why}", scenario.id));
        }
        Some(why)
    }

    fn examination(&self, age: Duration) -> Examination {
        Examination {
            connector: Arc::new(TcpConnector::new(self.address())),
            transfer_syntaxes: self.target.transfer_syntaxes.clone(),
            security: self.usual_security(),
            packet_level: self.principals.as_ref().map(Principals::packet_level).unwrap_or_default(),
            limit: stretched(self.target.limits.call, self.time_scale),
            age,
        }
    }

    /// How the first of the users authenticates.
    fn usual_security(&self) -> Option<peer::client::Security> {
        let initiators = self.initiators.get()?.as_ref().ok()?.as_ref()?;
        self.principals.as_ref().ok()?.security_of(initiators, 0, self.target.authentication.protection()?)
    }

    /// Asks the notification source, once, for something that no source can know.
    ///
    /// # Errors
    /// Why it can't be believed.
    fn believed(&self, runtime: &Runtime) -> Result<(), String> {
        let probe = || match &self.target.stimulus {
            Some(means) => runtime.block_on(Source::outside(means, self.target.limits.call).probe()),
            None => Ok(()),
        };
        self.believed.get_or_init(probe).clone()
    }

    /// How an actor reaches the target.
    fn played(&self, actor: &Actor, way: Way) -> Played {
        let principals = self.principals.as_ref().ok().zip(way.protection);
        let initiators = self.initiators.get().and_then(|made| made.as_ref().ok()).and_then(Option::as_ref);
        let security = principals
            .zip(initiators)
            .and_then(|((principals, usual), initiators)| principals.security(initiators, actor, usual));
        let principal = principals.and_then(|(principals, _)| principals.of(actor)).filter(|_| security.is_some());
        Played {
            connector: Arc::new(TcpConnector::new(self.address())),
            user: principal.map(|principal| principal.user.clone()),
            administrator: principal.is_some_and(|principal| principal.administrator),
            vouched_for: false,
            security,
            packet_level: principals.map(|(principals, _)| principals.packet_level()).unwrap_or_default(),
            transfer_syntaxes: vec![way.syntax],
            mapper: self.mapper_way(),
        }
    }

    /// What begins the security contexts of the users; none where nothing is protected. A key distribution centre is asked once.
    ///
    /// # Errors
    /// Why there is none, in words.
    fn initiators(&self) -> Result<Option<&Initiators>, String> {
        let make = || {
            let Some(protection) = self.target.authentication.protection() else { return Ok(None) };
            let principals = self.principals.as_ref().map_err(Clone::clone)?;
            principals.initiators(protection.provider, &self.target.server_name).map(Some)
        };
        self.initiators.get_or_init(make).as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    /// Whether the target lets each of the users in.
    ///
    /// # Errors
    /// Whom it does not, and what it did, in words.
    async fn log_in(&self) -> Result<(), String> {
        let (Some(initiators), Some(protection)) = (self.initiators()?, self.target.authentication.protection()) else {
            return Ok(());
        };
        let principals = self.principals.as_ref().map_err(Clone::clone)?;
        for place in 0..initiators.count() {
            let security = principals.security_of(initiators, place, protection);
            let examination = Examination { security, ..self.examination(Duration::ZERO) };
            if let Some(why) = examination.refusal().await {
                let (who, address) = (principals.name(place), self.address());
                return Err(format!("login refused for {who} by the target at {address} ({protection}): {why}"));
            }
        }
        Ok(())
    }

    /// Whether the target takes a ticket that our side makes with the target's key and that is as it should be. One that does not
    /// may want more in it, as Windows wants a PAC: that it refuses others then tells nothing.
    ///
    /// # Errors
    /// Why nothing can be told of tickets.
    fn takes_tickets(&self, runtime: &Runtime) -> Result<(), Stop> {
        let ask = || {
            let (Some(initiators), Some(protection)) =
                (self.initiators().map_err(Stop::Error)?, self.target.authentication.protection())
            else {
                return Ok(());
            };
            let principals = self.principals.as_ref().map_err(|why| Stop::Error(why.clone()))?;
            let security = Some(principals.security_by_ticket(initiators, protection).map_err(Stop::Error)?);
            let examination = Examination { security, ..self.examination(Duration::ZERO) };
            let refusal = runtime.block_on(examination.refusal());
            let words = "the target refuses a ticket that was made with the `keytab` and is as RFC 4120 has it; it may want more in it, \
                         such as a PAC, so that nothing is told by its refusing others";
            refusal.map_or(Ok(()), |why| Err(Stop::Unsupported(format!("{words}: {why}"))))
        };
        self.takes_tickets.get_or_init(ask).clone()
    }

    async fn drive(&self, scenario: &Scenario, way: Way, seed: u64, interrupt: &Interrupt) -> Option<Ran> {
        let source = self.target.stimulus.as_ref().map(|means| Source::outside(means, self.target.limits.call));
        let place = Place {
            actors: scenario.actors.iter().map(|actor| (actor.name.clone(), self.played(actor, way))).collect(),
            source,
            exclusive_source: self.target.exclusive,
            server_name: self.target.server_name.clone(),
            printer: self.target.printer.clone(),
            limits: self.target.limits,
            time_scale: self.time_scale,
            seed,
            variant: way.variant(),
            client: None,
            host: None,
            tap: Tap::new(),
        };
        drive(scenario, place, interrupt).await
    }
}

impl Stage for Outside {
    fn asks_people(&self) -> bool {
        self.target.stimulus == Some(crate::target::Means::Manual)
    }

    fn target(&self) -> &report::Target {
        &self.shown
    }

    fn judge(&self) -> &Judge {
        &self.judge
    }

    fn takes(&self, scenario: &Scenario) -> bool {
        scenario.party == meant::Party::Server
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
        NonZeroUsize::MIN
    }

    fn rises_again(&self) -> bool {
        self.target.launch.is_some()
    }

    fn attempt(&self, scenario: &Scenario, way: Way, seed: u64, interrupt: &Interrupt) -> Option<Ran> {
        // A panic of another scenario while it held the lock leaves nothing half done here.
        let _alone =
            uses_fixed_types(scenario).then(|| self.fixed_types.lock().unwrap_or_else(PoisonError::into_inner));
        let runtime = match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return Some(stop_of(&error.to_string())),
        };
        if let Err(why) = self.prepare(&runtime) {
            return Some(stop_of(&why));
        }
        if scenario.needs.contains(&Need::Keytab)
            && let Err(stop) = self.takes_tickets(&runtime)
        {
            return Some(Ran { stop: Some(stop), ..Ran::default() });
        }
        let mut ran = runtime.block_on(self.drive(scenario, way, seed, interrupt))?;
        if claims_unsupported(&ran)
            && let Err(why) = self.believed(&runtime)
        {
            ran.stop = Some(Stop::Error(why));
        }
        match self.look_after(scenario, &ran) {
            Some(why) => ran.stop = Some(Stop::Error(why)),
            None if scenario.has_tag(ENDS_TARGET) => {}
            None => ran.about_target = self.examine(scenario, &ran, &runtime, interrupt),
        }
        Some(ran)
    }
}

/// A limit, longer by the time scale but never shorter.
fn stretched(limit: Duration, time_scale: f64) -> Duration {
    Duration::try_from_secs_f64(limit.as_secs_f64() * time_scale).map_or(limit, |stretched| stretched.max(limit))
}

/// Whether something in a scenario was not as it should be.
fn went_wrong(ran: &Ran, report: &Report) -> bool {
    let mut findings = report.findings.iter();
    !ran.complaints.is_empty()
        || matches!(ran.stop, Some(Stop::Error(_)))
        || findings.any(|finding| finding.party == Party::Server && finding.verdict == Severity::Fail)
}

/// Whether the source agreed to shut the target down: it goes away then, at a moment of its own.
fn was_shut_down(ran: &Ran) -> bool {
    let asked = ran.entries.iter().find_map(|entry| match &entry.seen {
        Seen::StimulusAsked { number, request } if matches!(**request, Request::Shutdown) => Some(*number),
        _ => None,
    });
    let agreed = |entry: &Entry| match &entry.seen {
        Seen::StimulusAnswered { number, answer } => Some(*number) == asked && *answer == Answer::Done,
        _ => false,
    };
    ran.entries.iter().any(agreed)
}

/// Whether it ended because the notification source said that it can't do something.
fn claims_unsupported(ran: &Ran) -> bool {
    let claim = |entry: &Entry| {
        matches!(&entry.seen, Seen::StimulusAnswered { answer: Answer::Refused { unsupported: true, .. }, .. })
    };
    matches!(ran.stop, Some(Stop::Unsupported(_))) && ran.entries.iter().any(claim)
}

/// Whether a scenario uses a type that is not its own. The printed form of its steps names every type in them.
fn uses_fixed_types(scenario: &Scenario) -> bool {
    let steps = format!("{:?}{:?}", scenario.steps, scenario.finally).to_lowercase();
    FIXED_TYPES.iter().any(|fixed| steps.contains(fixed))
}
