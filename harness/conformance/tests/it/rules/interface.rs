//! The interfaces that a server offers ([MS-PAN] 1.9, 3.1.2).

use conformance::Severity::{self, Fail, Inconclusive};
use conformance::event::{Kind, Negotiated, Opened};
use dcerpc::{SyntaxId, TransferSyntax};
use mspan::Interface;
use rstest::rstest;
use trace::ConnectionId;

use crate::case::{Case, verdicts};
use crate::script::*;

/// The harness goes to a server.
fn dialled(script: Script) -> Script {
    connected(script, Some("alice"))
}

/// A connection to a server, opened by the harness or by nobody that it knows.
fn connected(script: Script, actor: Option<&str>) -> Script {
    script.event(Kind::Opened(Opened {
        connection: ConnectionId(0),
        client: "client:50000".into(),
        server: "server:49670".into(),
        actor: actor.map(str::to_owned),
    }))
}

fn answer(script: Script, abstract_syntax: SyntaxId, proposed: TransferSyntax, result: u16, reason: u16) -> Script {
    let accepted = (result == 0).then(|| proposed.id());
    script.event(Kind::Negotiated(Negotiated {
        connection: ConnectionId(0),
        begins: true,
        association: None,
        context_id: 0,
        abstract_syntax,
        proposed: vec![proposed.id()],
        offered: vec![proposed.id()],
        result,
        reason,
        accepted,
    }))
}

/// NDR64 is refused in a bind that proposes NDR as well.
fn refused_beside_another(script: Script, abstract_syntax: SyntaxId) -> Script {
    script.event(Kind::Negotiated(Negotiated {
        connection: ConnectionId(0),
        begins: true,
        association: None,
        context_id: 1,
        abstract_syntax,
        proposed: vec![TransferSyntax::Ndr64.id()],
        offered: vec![TransferSyntax::Ndr.id(), TransferSyntax::Ndr64.id()],
        result: 2,
        reason: 2,
        accepted: None,
    }))
}

fn version(interface: Interface, major: u16) -> SyntaxId {
    SyntaxId::new(interface.id().uuid, major, 0)
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/1.9/interfaces-are-offered",
        requirement: "PAN-1.9-01",
        verdict: Fail,
        keeps: |script| script.open(A),
        breaks: |script| answer(dialled(script), Interface::AsyncNotify.id(), TransferSyntax::Ndr, 2, 1),
        also: &[],
    },
    Case {
        rule: "MS-PAN/1.9/interfaces-are-offered",
        requirement: "PAN-3.1.2-01",
        verdict: Fail,
        // One of two transfer syntaxes may be refused.
        keeps: |script| refused_beside_another(script.open(A), Interface::AsyncNotify.id()),
        breaks: |script| answer(dialled(script), Interface::RemoteObject.id(), TransferSyntax::Ndr, 2, 1),
        also: &[],
    },
    Case {
        rule: "MS-PAN/1.9/interfaces-are-offered",
        requirement: "PAN-1.9-02",
        verdict: Inconclusive,
        keeps: |script| script.open(A),
        breaks: |script| answer(script, Interface::RemoteObject.id(), TransferSyntax::Ndr, 2, 3),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2/version-is-1-0",
        requirement: "PAN-3.1.2-01",
        verdict: Fail,
        keeps: |script| answer(script, version(Interface::RemoteObject, 2), TransferSyntax::Ndr, 2, 1),
        breaks: |script| answer(script, version(Interface::RemoteObject, 2), TransferSyntax::Ndr, 0, 0),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.2/version-is-1-0",
        requirement: "PAN-1.9-01",
        verdict: Fail,
        keeps: |script| answer(script, version(Interface::AsyncNotify, 0), TransferSyntax::Ndr, 2, 1),
        breaks: |script| answer(script, version(Interface::AsyncNotify, 0), TransferSyntax::Ndr, 0, 0),
        also: &[],
    },
];

/// In a recording, another service may have got the port since; not where the other interface is offered.
#[rstest]
#[case::of_the_harness(dialled(Script::new()), Fail)]
#[case::recorded(connected(Script::new(), None), Inconclusive)]
#[case::recorded_beside_the_other_interface(
    answer(connected(Script::new(), None), Interface::RemoteObject.id(), TransferSyntax::Ndr, 0, 0), Fail
)]
#[case::recorded_from_the_middle(Script::new(), Inconclusive)]
fn interfaces_that_are_refused(#[case] script: Script, #[case] expected: Severity) {
    let script = answer(script, Interface::AsyncNotify.id(), TransferSyntax::Ndr, 2, 1);
    assert_eq!(verdicts("MS-PAN/1.9/interfaces-are-offered", script), [expected]);
}
