//! Whom the scenarios run against.

use std::fmt;
use std::sync::Arc;

use conformance::{Overlay, Party, overlay};
use dcerpc::TransferSyntax;
use dcerpc::security::Level;
use peer::server::ServerOptions;
use peer::{ClientMisbehaviour, ClientVariant, Misbehaviour, Variant};

use crate::arguments::Tested;
use crate::diagnostic::did_you_mean;
use crate::run::client::embedded::{Conduct, EmbeddedClient};
use crate::run::embedded::Embedded;
use crate::run::stage::Stage;
use crate::run::way::Way;
use crate::scenario::meant::Scenario;

/// One conduct of the reference server or client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Candidate {
    /// As it should be.
    WellBehaved(Party),
    /// A server that does otherwise, as it may as well.
    Variant(Variant),
    /// A client that does.
    ClientVariant(ClientVariant),
    /// A server that does wrong.
    Misbehaviour(Misbehaviour),
    /// A client that does.
    ClientMisbehaviour(ClientMisbehaviour),
}

impl Candidate {
    /// Which party it is.
    pub(super) fn party(self) -> Party {
        match self {
            Self::WellBehaved(party) => party,
            Self::Variant(_) | Self::Misbehaviour(_) => Party::Server,
            Self::ClientVariant(_) | Self::ClientMisbehaviour(_) => Party::Client,
        }
    }

    /// What plays it.
    ///
    /// # Errors
    /// In words, when nothing can judge it.
    pub(super) fn stage(self) -> Result<Arc<dyn Stage + Send>, String> {
        let client = |conduct| Ok(Arc::new(EmbeddedClient::conducted(conduct)?) as Arc<dyn Stage + Send>);
        match self {
            Self::WellBehaved(Party::Client) => client(Conduct::default()),
            Self::ClientVariant(variant) => client(Conduct { variant: Some(variant), ..Conduct::default() }),
            Self::ClientMisbehaviour(misbehaviour) => {
                client(Conduct { misbehaviour: Some(misbehaviour), ..Conduct::default() })
            }
            _ => Ok(Arc::new(Embedded::conducted(self.server_options(), self.overlay())?)),
        }
    }

    /// What the server is made with.
    fn server_options(self) -> ServerOptions {
        let options = ServerOptions::default();
        match self {
            Self::Variant(Variant::NdrOnly) => ServerOptions {
                transfer_syntaxes: vec![TransferSyntax::Ndr],
                variant: Some(Variant::NdrOnly),
                ..options
            },
            Self::Variant(variant) => ServerOptions { variant: Some(variant), ..options },
            Self::Misbehaviour(misbehaviour) => ServerOptions { misbehaviour: Some(misbehaviour), ..options },
            Self::WellBehaved(_) | Self::ClientVariant(_) | Self::ClientMisbehaviour(_) => options,
        }
    }

    /// The overlay under which it is judged: whoever breaks a product note first is wrong of that product only.
    fn overlay(self) -> Option<&'static Overlay> {
        let first = self.breaks().and_then(|breaks| breaks.first());
        first.filter(|id| id.starts_with("PAN-7-")).and_then(|_| overlay::overlay("windows"))
    }

    /// What a misbehaviour breaks, first what it has to be caught by; none for those who keep everything.
    pub(super) fn breaks(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Misbehaviour(misbehaviour) => Some(misbehaviour.requirements()),
            Self::ClientMisbehaviour(misbehaviour) => Some(misbehaviour.requirements()),
            Self::WellBehaved(_) | Self::Variant(_) | Self::ClientVariant(_) => None,
        }
    }

    /// At which level calls have to be protected for its conduct to show; none where it shows without.
    pub(super) fn level(self) -> Option<Level> {
        match self {
            Self::Misbehaviour(misbehaviour) => misbehaviour.level(),
            Self::ClientMisbehaviour(misbehaviour) => misbehaviour.level(),
            Self::Variant(variant) => variant.level(),
            Self::WellBehaved(_) | Self::ClientVariant(_) => None,
        }
    }

    /// Whether a way of speaking can show its conduct: who keeps everything is not to be accused in any, nor a variant in those
    /// that are not protected; the breaches of others are looked for where nothing is protected.
    pub(super) fn shows_in(self, scenario: &Scenario, way: Way) -> bool {
        if let Self::ClientMisbehaviour(misbehaviour) = self
            && misbehaviour.syntax().is_some_and(|syntax| syntax != way.syntax)
        {
            return false;
        }
        if let Some(level) = self.level() {
            return scenario.chooses_security() || way.protection.is_some_and(|known| known.level == level);
        }
        match self {
            Self::WellBehaved(_) => true,
            Self::Variant(_) | Self::ClientVariant(_) => scenario.chooses_security() || way.protection.is_none(),
            Self::Misbehaviour(_) | Self::ClientMisbehaviour(_) => way.protection.is_none(),
        }
    }

    /// Its name among those of its party.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::WellBehaved(_) => "well-behaved",
            Self::Variant(variant) => variant.name(),
            Self::ClientVariant(variant) => variant.name(),
            Self::Misbehaviour(misbehaviour) => misbehaviour.name(),
            Self::ClientMisbehaviour(misbehaviour) => misbehaviour.name(),
        }
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.party().name(), self.name())
    }
}

/// All variants of a party.
pub(super) fn variants(party: Party) -> Vec<Candidate> {
    match party {
        Party::Client => ClientVariant::ALL.iter().copied().map(Candidate::ClientVariant).collect(),
        _ => Variant::ALL.iter().copied().map(Candidate::Variant).collect(),
    }
}

/// The misbehaviours of those names; all of the parties when there is no name.
///
/// # Errors
/// In words, for a name that none has.
pub(super) fn misbehaviours(names: &[String], parties: Tested) -> Result<Vec<Candidate>, String> {
    if names.is_empty() {
        let servers = Misbehaviour::ALL.iter().copied().map(Candidate::Misbehaviour);
        let clients = ClientMisbehaviour::ALL.iter().copied().map(Candidate::ClientMisbehaviour);
        return Ok(match parties {
            Tested::Server => servers.collect(),
            Tested::Client => clients.collect(),
            Tested::Both => servers.chain(clients).collect(),
        });
    }
    names.iter().map(|name| of_either(name).map_err(|why| format!("--misbehave: {why}"))).collect()
}

fn of_either(name: &str) -> Result<Candidate, String> {
    if let Some(found) = ClientMisbehaviour::from_name(name) {
        return Ok(Candidate::ClientMisbehaviour(found));
    }
    let known = Misbehaviour::ALL.iter().map(|one| one.name());
    let found = Misbehaviour::from_name(name).map(Candidate::Misbehaviour);
    found.ok_or_else(|| unknown(name, known.chain(ClientMisbehaviour::ALL.iter().map(|one| one.name()))))
}

/// The misbehaviour of the server of that name.
///
/// # Errors
/// In words, with the nearest name.
pub(crate) fn misbehaviour(name: &str) -> Result<Misbehaviour, String> {
    Misbehaviour::from_name(name).ok_or_else(|| unknown(name, Misbehaviour::ALL.iter().map(|one| one.name())))
}

/// The misbehaviour of the client of that name.
///
/// # Errors
/// In words, with the nearest name.
pub(crate) fn client_misbehaviour(name: &str) -> Result<ClientMisbehaviour, String> {
    ClientMisbehaviour::from_name(name)
        .ok_or_else(|| unknown(name, ClientMisbehaviour::ALL.iter().map(|one| one.name())))
}

fn unknown(name: &str, known: impl Iterator<Item = &'static str>) -> String {
    let hint = did_you_mean(name, known);
    let hint = hint.unwrap_or_else(|| "`pan-harness list misbehaviours` lists them".to_owned());
    format!("no misbehaviour is called `{name}`; {hint}")
}
