//! What a user says about recorded traffic besides the traffic: whose it is, and secrets that open it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use conformance::{Config, Party};
use security::Keytab;
use security::witness::Secrets;

use crate::judge::{Judge, Known};
use crate::principal::secret;
use crate::report::{Target as Shown, Waiver as ShownWaiver};
use crate::run::client::waived as client_waivers;
use crate::run::stage::{shown, waived_ids};
use crate::target::{self, Authentication, Limits, Loaded, Users, Waiver, waivers};

/// What is known of the traffic's parties.
#[derive(Default)]
pub(crate) struct Means {
    secrets: Option<(Arc<Secrets>, Vec<Known>)>,
    target: Option<About>,
}

/// What a target file says of captures.
struct About {
    party: Party,
    name: String,
    server_name: Option<String>,
    packet_level: conformance::PacketLevel,
    readings: BTreeMap<String, String>,
    limits: Limits,
    waivers: Vec<Waiver>,
}

impl Means {
    /// Reads the files that are named.
    ///
    /// # Errors
    /// In words, what is wrong with them.
    pub(crate) fn of(target: Option<&str>, keytab: Option<&Path>) -> Result<Self, String> {
        Self::with(target, keytab, None)
    }

    /// The same, with the keytab that lies beside a recording.
    ///
    /// # Errors
    /// In words, what is wrong with them.
    pub(super) fn with(target: Option<&str>, keytab: Option<&Path>, beside: Option<&Path>) -> Result<Self, String> {
        let keytab = keytab.map(|path| Keytab::open(path).map_err(|error| format!("--keytab: {error}")));
        let beside = beside.map(|path| Keytab::open(path).map_err(|error| error.to_string()));
        let mut keytabs: Vec<Keytab> = keytab.transpose()?.into_iter().chain(beside.transpose()?).collect();
        let loaded = target.map(load).transpose()?;
        let mut users = Vec::new();
        if let Some(authentication) = loaded.as_ref().map(Loaded::authentication) {
            users.clone_from(&authentication.identities);
            keytabs.extend(keytab_of(authentication)?);
        }
        let known =
            users.iter().map(|one| Known { user: one.user.clone(), administrator: one.administrator }).collect();
        let is_given = !keytabs.is_empty() || !users.is_empty();
        let secrets = is_given.then(|| Arc::new(Secrets::new(users.iter().map(secret).collect(), keytabs)));
        Ok(Self { secrets: secrets.map(|secrets| (secrets, known)), target: loaded.map(About::of) })
    }

    /// Whether there are secrets that may open what is sealed.
    pub(super) fn has_secrets(&self) -> bool {
        self.secrets.is_some()
    }

    /// A judge who knows the secrets.
    pub(crate) fn equip(&self, judge: Judge) -> Judge {
        match &self.secrets {
            Some((secrets, users)) => judge.with_secrets(secrets.clone(), users.iter().cloned()),
            None => judge,
        }
    }

    /// How captures are judged.
    pub(crate) fn config(&self, config: Config) -> Config {
        let Some(about) = &self.target else { return config };
        Config {
            prompt: about.limits.call,
            still_pending: about.limits.still_pending,
            server_name: about.server_name.clone(),
            packet_level: about.packet_level,
            readings: about.readings.clone(),
            ..config
        }
    }

    /// The party that captures are to show, when it is said.
    pub(super) fn party(&self) -> Option<Party> {
        self.target.as_ref().map(|about| about.party)
    }

    /// What is not held against it.
    pub(crate) fn waived(&self) -> BTreeSet<String> {
        self.target.as_ref().map(|about| waived_ids(&about.waivers)).unwrap_or_default()
    }

    /// How reports show it.
    pub(super) fn shown(&self, recorded: Shown) -> Shown {
        let Some(about) = &self.target else { return recorded };
        let waivers: Vec<ShownWaiver> = shown(&about.waivers);
        Shown {
            name: format!("recorded traffic of {}", about.name),
            waivers,
            readings: about.readings.clone(),
            ..recorded
        }
    }
}

impl About {
    fn of(loaded: Loaded) -> Self {
        match loaded {
            Loaded::Server(server) => Self {
                party: Party::Server,
                // That nobody can be asked to notify says nothing of notifications that were recorded.
                waivers: waivers(Some(&server), Users::of(&server), &[])
                    .into_iter()
                    .filter(|waiver| !waiver.requirements.is_empty())
                    .collect(),
                packet_level: server.authentication.expected_at_packet_level(),
                name: server.name,
                server_name: server.principal,
                readings: server.readings,
                limits: server.limits,
            },
            Loaded::Client(client) => Self {
                party: Party::Client,
                waivers: client_waivers(&client),
                packet_level: client.authentication.expected_at_packet_level(),
                name: client.name,
                server_name: client.principal,
                readings: client.readings,
                limits: client.limits,
            },
        }
    }
}

fn load(written: &str) -> Result<Loaded, String> {
    target::load(written).map_err(|problem| format!("--target: {}", problem.render()))
}

fn keytab_of(authentication: &Authentication) -> Result<Option<Keytab>, String> {
    let path = authentication.kerberos.as_ref().and_then(|kerberos| kerberos.keytab.as_ref());
    path.map(|path| Keytab::open(path).map_err(|error| format!("--target: {error}"))).transpose()
}
