//! How a scenario speaks with its target. Where it leaves that open, it runs in every way that the target has.

use dcerpc::TransferSyntax;
use dcerpc::security::Provider;

use crate::arguments::Run;
use crate::protection::Protection;
use crate::report::Variant;
use crate::scenario::meant::{Actor, Identity, Need, Scenario, Syntaxes};

use super::stage::Stage;

/// How a scenario speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Way {
    /// What the client proposes and the server accepts.
    pub(crate) syntax: TransferSyntax,
    /// How calls are protected; not at all when none.
    pub(crate) protection: Option<Protection>,
}

/// The word for what is not protected.
const UNPROTECTED: &str = "none";

impl Way {
    /// The ways of those transfer syntaxes and protections.
    pub(crate) fn all(syntaxes: &[TransferSyntax], protections: &[Option<Protection>]) -> Vec<Self> {
        let of = |protection: &Option<Protection>| {
            let protection = *protection;
            syntaxes.iter().map(move |syntax| Self { syntax: *syntax, protection })
        };
        protections.iter().flat_map(of).collect()
    }

    /// As reports tell it.
    pub(crate) fn variant(self) -> Variant {
        let security = self.protection.map_or_else(|| UNPROTECTED.to_owned(), |protection| protection.to_string());
        Variant { syntax: name_of(self.syntax).to_owned(), security }
    }

    /// As reports tell it of one scenario: one that chooses its transfer syntax itself speaks that.
    pub(crate) fn variant_of(self, scenario: &Scenario) -> Variant {
        let own = scenario.actors.first().filter(|_| scenario.chooses_syntax()).and_then(|actor| actor.transfer_syntax);
        let syntax = match own {
            None => self.syntax,
            Some(Syntaxes::Ndr) => TransferSyntax::Ndr,
            Some(Syntaxes::Ndr64 | Syntaxes::Both) => TransferSyntax::Ndr64,
        };
        Self { syntax, ..self }.variant()
    }
}

/// Why our side can't keep the specification in that way; none when it can.
fn unfit(scenario: &Scenario, way: Way) -> Option<String> {
    let big = scenario.actors.iter().any(|actor| actor.big_endian && actor.transfer_syntax.is_none());
    let security = scenario.needs.contains(&Need::Security);
    let guesses = |actor: &Actor| matches!(actor.identity, Identity::WrongPassword | Identity::UnknownUser);
    let by_kerberos = way.protection.is_some_and(|protection| protection.provider == Provider::KERBEROS);
    if big && way.syntax == TransferSyntax::Ndr64 {
        Some("NDR64 is little-endian ([MS-RPCE] 2.2.5), and the scenario's numbers are not".to_owned())
    } else if security && way.protection.is_none() {
        Some("it needs authentication, and there is no `security`".to_owned())
    } else if by_kerberos && scenario.actors.iter().any(|actor| guesses(actor) && actor.provider.is_none()) {
        Some("a password is shown to the key distribution centre, which refuses it, and not to the target".to_owned())
    } else {
        None
    }
}

/// The transfer syntaxes that the user asks for, or else all that the target has.
pub(super) fn asked_or<'a>(arguments: &'a Run, listed: &'a [TransferSyntax]) -> &'a [TransferSyntax] {
    if arguments.transfer_syntaxes.is_empty() { listed } else { &arguments.transfer_syntaxes }
}

/// The protections that the user asks for, or else all that the target has.
pub(super) fn protections_or(arguments: &Run, listed: &[Option<Protection>]) -> Vec<Option<Protection>> {
    if arguments.security.is_empty() { listed.to_vec() } else { arguments.security.clone() }
}

/// What an outside target lacks for a way, when its file does not list the transfer syntax or names another security.
pub(super) fn unlisted(way: Way, listed: &[TransferSyntax], security: Option<Protection>) -> Option<String> {
    if !listed.contains(&way.syntax) {
        return Some(format!("the target file does not list {} under `transfer_syntax`", name_of(way.syntax)));
    }
    let word = |protection: Option<Protection>| Way { protection, ..Way::default() }.variant().security;
    (way.protection != security)
        .then(|| format!("the target file's `security` is {}, not {}", word(security), word(way.protection)))
}

/// The word for a transfer syntax.
pub(crate) fn name_of(syntax: TransferSyntax) -> &'static str {
    match syntax {
        TransferSyntax::Ndr => "ndr",
        TransferSyntax::Ndr64 => "ndr64",
    }
}

/// The ways in which a scenario runs: those in which it can, or when there is none the first one, with what it lacks. What it
/// chooses itself makes no difference between ways.
pub(crate) fn ways_of(scenario: &Scenario, stage: &dyn Stage) -> Vec<(Way, Option<String>)> {
    let lack = |way: Way| stage.lack(scenario, way).or_else(|| unfit(scenario, way));
    let mut ways: Vec<_> = stage.ways().iter().map(|way| (*way, lack(*way))).collect();
    if ways.iter().any(|(_, lack)| lack.is_none()) {
        ways.retain(|(_, lack)| lack.is_none());
    } else {
        ways.truncate(1);
    }
    let (own_syntax, own_security) = (scenario.chooses_syntax(), scenario.chooses_security());
    let mut chosen: Vec<(Way, Option<String>)> = Vec::new();
    for (way, lack) in ways {
        let is_same = |(known, _): &(Way, Option<String>)| {
            (own_syntax || known.syntax == way.syntax) && (own_security || known.protection == way.protection)
        };
        if !chosen.iter().any(is_same) {
            chosen.push((way, lack));
        }
    }
    chosen
}
