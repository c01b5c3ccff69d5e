//! How a scenario speaks with its target. Where it leaves that open, it runs in every way that the target has.

use dcerpc::TransferSyntax;

use crate::arguments::Run;
use crate::report::Variant;
use crate::scenario::meant::{Scenario, Syntaxes};

use super::stage::Stage;

/// How a scenario speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Way {
    /// What the client proposes and the server accepts.
    pub(crate) syntax: TransferSyntax,
}

impl Way {
    /// The ways of those transfer syntaxes.
    pub(crate) fn all(syntaxes: &[TransferSyntax]) -> Vec<Self> {
        syntaxes.iter().map(|syntax| Self { syntax: *syntax }).collect()
    }

    /// As reports tell it.
    pub(crate) fn variant(self) -> Variant {
        Variant { syntax: name_of(self.syntax).to_owned(), security: "none".to_owned() }
    }

    /// As reports tell it of one scenario: one that chooses its transfer syntax itself speaks that.
    pub(crate) fn variant_of(self, scenario: &Scenario) -> Variant {
        let own = scenario.actors.first().filter(|_| scenario.chooses_syntax()).and_then(|actor| actor.transfer_syntax);
        let syntax = match own {
            None => self.syntax,
            Some(Syntaxes::Ndr) => TransferSyntax::Ndr,
            Some(Syntaxes::Ndr64 | Syntaxes::Both) => TransferSyntax::Ndr64,
        };
        Self { syntax }.variant()
    }
}

/// Why our side can't keep the specification in that way; none when it can.
fn unfit(scenario: &Scenario, way: Way) -> Option<String> {
    let big = scenario.actors.iter().any(|actor| actor.big_endian && actor.transfer_syntax.is_none());
    (big && way.syntax == TransferSyntax::Ndr64)
        .then(|| "NDR64 is little-endian ([MS-RPCE] 2.2.5), and the scenario's numbers are not".to_owned())
}

/// The transfer syntaxes that the user asks for, or else all that the target has.
pub(super) fn asked_or<'a>(arguments: &'a Run, listed: &'a [TransferSyntax]) -> &'a [TransferSyntax] {
    if arguments.transfer_syntaxes.is_empty() { listed } else { &arguments.transfer_syntaxes }
}

/// What an outside target lacks for a way, when its file does not list the transfer syntax.
pub(super) fn unlisted(way: Way, listed: &[TransferSyntax]) -> Option<String> {
    let lacks = || format!("the target file does not list {} under `transfer_syntax`", name_of(way.syntax));
    (!listed.contains(&way.syntax)).then(lacks)
}

/// The word for a transfer syntax.
pub(crate) fn name_of(syntax: TransferSyntax) -> &'static str {
    match syntax {
        TransferSyntax::Ndr => "ndr",
        TransferSyntax::Ndr64 => "ndr64",
    }
}

/// The ways in which a scenario runs: those in which it can, or when there is none the first one, with what it lacks.
pub(crate) fn ways_of(scenario: &Scenario, stage: &dyn Stage) -> Vec<(Way, Option<String>)> {
    let open = if scenario.chooses_syntax() { 1 } else { usize::MAX };
    let lack = |way: Way| stage.lack(scenario, way).or_else(|| unfit(scenario, way));
    let mut ways: Vec<_> = stage.ways().iter().take(open).map(|way| (*way, lack(*way))).collect();
    if ways.iter().any(|(_, lack)| lack.is_none()) {
        ways.retain(|(_, lack)| lack.is_none());
    } else {
        ways.truncate(1);
    }
    ways
}
