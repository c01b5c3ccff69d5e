//! Interfaces and transfer syntaxes on the wire ([MS-PAN] 1.9, 2.1, 2.2).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use dcerpc::{SyntaxId, TransferSyntax};
use mspan::{Interface, Method};
use trace::Direction;

use crate::catalogue::Level;
use crate::event::{Event, Kind, Negotiated, Outcome};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/1.9/client-asks-for-version-1-0",
        section: "1.9",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-1.9-01", "PAN-1.9-02", "PAN-2.1-03", "PAN-3-01"],
        occasions: Occasions::NEGOTIATED,
        judge: client_asks_for_version_1_0,
    },
    Rule {
        id: "MS-PAN/2.1/requests-fit-their-interface",
        section: "2.1",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.1-03"],
        occasions: Occasions::STARTED,
        judge: requests_fit_their_interface,
    },
    Rule {
        id: "MS-PAN/2.2/server-takes-either-transfer-syntax",
        section: "2.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2-01"],
        occasions: Occasions::NEGOTIATED,
        judge: server_takes_either_transfer_syntax,
    },
    Rule {
        id: "MS-PAN/2.2/client-offers-both-transfer-syntaxes",
        section: "2.2",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.2-02"],
        occasions: Occasions::NEGOTIATED,
        judge: client_offers_both_transfer_syntaxes,
    },
    Rule {
        id: "MS-PAN/2.2/server-speaks-what-was-negotiated",
        section: "2.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.2-03"],
        occasions: Occasions::FINISHED.or(Occasions::NEGOTIATED).or(Occasions::GAP),
        judge: server_speaks_what_was_negotiated,
    },
    Rule {
        id: "MS-PAN/2.2/client-speaks-what-was-negotiated",
        section: "2.2",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.2-03"],
        occasions: Occasions::STARTED.or(Occasions::GAP),
        judge: client_speaks_what_was_negotiated,
    },
];

const ACCEPTANCE: u16 = 0;
const PROVIDER_REJECTION: u16 = 2;
const TRANSFER_SYNTAXES_NOT_SUPPORTED: u16 = 2;
/// Octets of a context handle, with which the stubs of all methods but Create begin.
const HANDLE: usize = 20;

fn client_asks_for_version_1_0(_: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::Negotiated(negotiated) = &event.kind else { return };
    let proposed = negotiated.abstract_syntax;
    let Some(interface) = Interface::ALL.into_iter().find(|interface| interface.id().uuid == proposed.uuid) else {
        return;
    };
    let decided: &[&str] = match interface {
        Interface::RemoteObject => &["PAN-1.9-02", "PAN-2.1-03", "PAN-3-01"],
        Interface::AsyncNotify => &["PAN-1.9-01", "PAN-2.1-03", "PAN-3-01"],
    };
    if proposed == interface.id() {
        verdicts.pass().on(decided);
    } else {
        let actual = format!("version {}.{}", proposed.major(), proposed.minor());
        verdicts.fail(format!("version 1.0 of {}", interface.name()), actual).on(decided);
    }
}

/// A request of the other interface has an opnum that this one lacks, or parameters where Create has none. What is behind a
/// sealed stub's parameters can't be told from them.
fn requests_fit_their_interface(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::CallStarted(started) = &event.kind else { return };
    let Some(interface) = started.interface else { return };
    match started.method {
        // What that may be is PAN-3.1.1.4-05's affair.
        None if interface == Interface::AsyncNotify => {}
        None => {
            let expected = format!("a method of {}", interface.name());
            verdicts.fail(expected, format!("opnum {}", started.opnum));
        }
        Some(Method::Create)
            if started.stub_length >= HANDLE && (started.input.is_some() || model.is_malformed(started.call)) =>
        {
            let expected = "no parameters, for opnum 0 of IRPCRemoteObject is Create";
            verdicts.fail(expected, format!("a stub of {} octets", started.stub_length));
        }
        Some(_) if started.input.is_some() => {
            verdicts.pass();
        }
        Some(_) => {}
    }
}

/// Which of two that are offered in one bind a server takes, is its choice: only one that is offered alone shows whether the
/// server has it.
fn server_takes_either_transfer_syntax(_: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(negotiated) = negotiated(event) else { return };
    let syntaxes = known(&negotiated.offered);
    let [syntax] = syntaxes[..] else { return };
    match (negotiated.result, negotiated.reason) {
        (ACCEPTANCE, _) if negotiated.accepted == Some(syntax.id()) => {
            verdicts.pass();
        }
        (PROVIDER_REJECTION, TRANSFER_SYNTAXES_NOT_SUPPORTED) if known(&negotiated.proposed) == syntaxes => {
            verdicts.fail(format!("acceptance of {syntax:?}"), "transfer syntaxes not supported");
        }
        _ => {}
    }
}

/// What our own side proposes is the scenario's choice: a run goes through the syntaxes one by one.
fn client_offers_both_transfer_syntaxes(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(negotiated) = negotiated(event).filter(|negotiated| !known(&negotiated.proposed).is_empty()) else {
        return;
    };
    if model.plays_client(negotiated.connection) {
        return;
    }
    let lacks = [TransferSyntax::Ndr, TransferSyntax::Ndr64].into_iter().find(|wanted| {
        let offered = known(&negotiated.offered);
        !offered.contains(wanted)
    });
    match lacks {
        None => {
            verdicts.pass();
        }
        Some(lacking) => {
            verdicts.fail("NDR and NDR64 in the bind", format!("{lacking:?} is not offered"));
        }
    }
}

/// Of several that one bind offers for an interface a server should take one at most ([MS-RPCE] 3.3.1.5.6).
fn server_speaks_what_was_negotiated(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    if let Some(negotiated) = negotiated(event) {
        let Some(syntax) = negotiated.accepted else { return };
        if !negotiated.proposed.contains(&syntax) {
            let (expected, actual) = (shown(&negotiated.proposed), shown(&[syntax]));
            verdicts.fail(format!("one of the proposed transfer syntaxes: {expected}"), actual);
        } else if let Some(other) = also_accepted(model, negotiated).filter(|other| *other != syntax) {
            let expected = format!("one of the transfer syntaxes that the bind offers: {}", shown(&negotiated.offered));
            verdicts.warn(expected, shown(&[other, syntax]));
        }
        return;
    }
    judge_stubs(event, verdicts, Direction::ToClient);
    if let Kind::CallFinished(finished) = &event.kind
        && let Outcome::Returned { output: Some(_), .. } = finished.outcome
    {
        verdicts.pass();
    }
}

/// The transfer syntax that another context of the same bind was accepted with, for the same interface.
fn also_accepted(model: &Scene<'_>, negotiated: &Negotiated) -> Option<SyntaxId> {
    let mut contexts = model.connection(negotiated.connection)?.contexts.values();
    let other = contexts.find(|other| {
        let same = other.abstract_syntax == negotiated.abstract_syntax && other.offered == negotiated.offered;
        same && other.context_id != negotiated.context_id && other.accepted.is_some()
    });
    other?.accepted
}

fn client_speaks_what_was_negotiated(_: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    judge_stubs(event, verdicts, Direction::ToServer);
    if let Kind::CallStarted(started) = &event.kind
        && started.input.is_some()
    {
        verdicts.pass();
    }
}

/// A stub that can't be read in the syntax of its context, and keeps all rules of the other one.
fn judge_stubs(event: &Event, verdicts: &mut Verdicts, direction: Direction) {
    if let Kind::Gap(gap) = &event.kind
        && gap.direction == direction
        && gap.other_syntax
    {
        verdicts.fail("a stub in the transfer syntax of its presentation context", gap.why.clone());
    }
}

/// The answer to a context for one of our interfaces.
fn negotiated(event: &Event) -> Option<&Negotiated> {
    match &event.kind {
        Kind::Negotiated(negotiated) if Interface::from_id(negotiated.abstract_syntax).is_some() => Some(negotiated),
        _ => None,
    }
}

/// NDR and NDR64 among some syntaxes; a bind may also hold what only negotiates features.
fn known(syntaxes: &[SyntaxId]) -> Vec<TransferSyntax> {
    let mut known: Vec<TransferSyntax> = Vec::new();
    for syntax in syntaxes.iter().filter_map(|syntax| TransferSyntax::from_id(*syntax)) {
        if !known.contains(&syntax) {
            known.push(syntax);
        }
    }
    known
}

fn shown(syntaxes: &[SyntaxId]) -> String {
    let names: Vec<String> = syntaxes
        .iter()
        .map(|syntax| {
            TransferSyntax::from_id(*syntax).map_or_else(|| format!("{}", syntax.uuid), |known| format!("{known:?}"))
        })
        .collect();
    names.join(", ")
}
