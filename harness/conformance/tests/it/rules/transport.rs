//! Interfaces and transfer syntaxes on the wire ([MS-PAN] 1.9, 2.1, 2.2).

use conformance::Severity::{Fail, Warn};
use conformance::event::{CallId, Gap, Kind, Layer, Negotiated, Opened};
use dcerpc::{SyntaxId, TransferSyntax};
use mspan::Interface;
use trace::{ConnectionId, Direction, Vantage};

use rstest::rstest;

use crate::case::{Case, verdicts};
use crate::script::*;

const NDR: TransferSyntax = TransferSyntax::Ndr;
const NDR64: TransferSyntax = TransferSyntax::Ndr64;

/// One context of a bind that proposes `proposed` in it and offers `offered` in all; the server takes `accepted`, or none.
fn negotiated(
    script: Script,
    abstract_syntax: SyntaxId,
    proposed: &[TransferSyntax],
    offered: &[TransferSyntax],
    accepted: Option<SyntaxId>,
) -> Script {
    in_context(0, script, abstract_syntax, proposed, offered, accepted)
}

fn in_context(
    context_id: u16,
    script: Script,
    abstract_syntax: SyntaxId,
    proposed: &[TransferSyntax],
    offered: &[TransferSyntax],
    accepted: Option<SyntaxId>,
) -> Script {
    let ids = |syntaxes: &[TransferSyntax]| syntaxes.iter().map(|syntax| syntax.id()).collect();
    let (result, reason) = if accepted.is_some() { (0, 0) } else { (2, 2) };
    script.event(Kind::Negotiated(Negotiated {
        connection: ConnectionId(0),
        association: None,
        begins: true,
        context_id,
        abstract_syntax,
        proposed: ids(proposed),
        offered: ids(offered),
        result,
        reason,
        accepted,
    }))
}

/// A bind that offers one transfer syntax alone.
fn alone(script: Script, syntax: TransferSyntax, taken: bool) -> Script {
    negotiated(script, Interface::AsyncNotify.id(), &[syntax], &[syntax], taken.then(|| syntax.id()))
}

fn version(script: Script, interface: Interface, major: u16, minor: u16) -> Script {
    let id = SyntaxId::new(interface.id().uuid, major, minor);
    negotiated(script, id, &[NDR], &[NDR, NDR64], Some(NDR.id()))
}

/// A stub of a call that exists, in the other transfer syntax than was negotiated.
fn in_the_other_syntax(script: Script, direction: Direction) -> Script {
    let script = script.create(A, h(1)).start(A, "d", delete(h(1)));
    let why = "the stub of Delete is written in Ndr and can't be read".to_owned();
    script.event(Kind::Gap(Gap {
        connection: ConnectionId(0),
        direction,
        layer: Layer::Stub,
        call: Some(CallId(1)),
        offset: 4,
        why,
        malformed: true,
        other_syntax: true,
        short_enumerations: false,
        over_http: false,
    }))
}

/// What a sealed stub holds nobody knows who has no key: a verification trailer makes it long, too.
#[rstest]
#[case::open(Some(create()), 1)]
#[case::sealed(None, 0)]
fn a_stub_is_too_long_for_create_where_it_is_open(#[case] input: Option<mspan::method::In>, #[case] findings: usize) {
    let script = Script::new().signed(6).request(A, "c", Some(Interface::RemoteObject), 0, input, 60);
    assert_eq!(verdicts("MS-PAN/2.1/requests-fit-their-interface", script).len(), findings);
}

/// What our own side proposes is the scenario's choice, and whether it authenticates. At a server the named clients are those under test.
#[rstest]
#[case::of_ours(Vantage::Client, Some("alice"), 0)]
#[case::of_a_client_under_test(Vantage::Server, Some("one"), 1)]
#[case::of_a_recording(Vantage::Client, None, 1)]
fn whose_proposals_are_judged(#[case] vantage: Vantage, #[case] actor: Option<&str>, #[case] findings: usize) {
    let mut script = Script::new();
    script.config.vantage = vantage;
    let (client, server, actor) = ("client".into(), "server:49670".into(), actor.map(Into::into));
    let script = script.event(Kind::Opened(Opened { connection: ConnectionId(0), client, server, actor }));
    let script = script.pdu(A, Direction::ToServer, 11, 1);
    let script = negotiated(script, Interface::AsyncNotify.id(), &[NDR], &[NDR], Some(NDR.id()));
    assert_eq!(verdicts(ONE_SYNTAX, script.clone()).len(), findings);
    assert_eq!(verdicts("MS-PAN/2.1/client-authenticates-by-negotiate", script.clone()).len(), findings);
    assert_eq!(verdicts("MS-PAN/2.1/client-calls-at-packet-level", script).len(), findings);
}

const ONE_SYNTAX: &str = "MS-PAN/2.2/client-offers-both-transfer-syntaxes";

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/1.9/client-asks-for-version-1-0",
        requirement: "PAN-1.9-02",
        verdict: Fail,
        keeps: |script| script.open(A),
        breaks: |script| version(script, Interface::RemoteObject, 1, 1),
        also: &[],
    },
    Case {
        rule: "MS-PAN/1.9/client-asks-for-version-1-0",
        requirement: "PAN-1.9-01",
        verdict: Fail,
        keeps: |script| script.open(A),
        breaks: |script| version(script, Interface::AsyncNotify, 2, 0),
        also: &["MS-PAN/3.1.2/version-is-1-0"],
    },
    Case {
        rule: "MS-PAN/2.1/requests-fit-their-interface",
        requirement: "PAN-2.1-03",
        verdict: Fail,
        keeps: |script| script.create(A, h(1)).delete(A, h(1)),
        // The parameters of RegisterClient.
        breaks: |script| {
            let interface = Some(Interface::RemoteObject);
            script.request(A, "c", interface, 0, Some(create()), 52).finish("c", fault(0x6F7))
        },
        also: &["MS-PAN/3.1.1.4/async-notify-has-its-methods", "MS-PAN/3.1.2.4/remote-object-has-its-methods"],
    },
    Case {
        rule: "MS-PAN/2.1/requests-fit-their-interface",
        requirement: "PAN-2.1-03",
        verdict: Fail,
        keeps: |script| script.uni(A, h(1), t(1)),
        breaks: |script| {
            let interface = Some(Interface::RemoteObject);
            script.request(A, "g", interface, 5, None, 20).finish("g", fault(0x1C01_0002))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2/server-takes-either-transfer-syntax",
        requirement: "PAN-2.2-01",
        verdict: Fail,
        keeps: |script| {
            // Which of two that are offered together a server takes is its choice.
            let id = Interface::AsyncNotify.id();
            let both = negotiated(script, id, &[NDR], &[NDR, NDR64], None);
            alone(negotiated(both, id, &[NDR64], &[NDR, NDR64], Some(NDR64.id())), NDR64, true)
        },
        breaks: |script| alone(script, NDR64, false),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2/server-takes-either-transfer-syntax",
        requirement: "PAN-2.2-01",
        verdict: Fail,
        keeps: |script| alone(script, NDR, true),
        breaks: |script| alone(script, NDR, false),
        also: &[],
    },
    Case {
        rule: ONE_SYNTAX,
        requirement: "PAN-2.2-02",
        verdict: Fail,
        keeps: |script| script.open(A),
        breaks: |script| alone(script, NDR, true),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2/server-speaks-what-was-negotiated",
        requirement: "PAN-2.2-03",
        verdict: Fail,
        keeps: |script| script.create(A, h(1)),
        breaks: |script| in_the_other_syntax(script, Direction::ToClient),
        also: &["C706/14/out-parameters-can-be-read", "MS-PAN/3.1.2.4.2/delete-nulls-the-handle"],
    },
    Case {
        rule: "MS-PAN/2.2/server-speaks-what-was-negotiated",
        requirement: "PAN-2.2-03",
        verdict: Fail,
        keeps: |script| script.create(A, h(1)),
        breaks: |script| {
            let id = Interface::AsyncNotify.id();
            negotiated(script, id, &[NDR64], &[NDR, NDR64], Some(NDR.id()))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2/server-speaks-what-was-negotiated",
        requirement: "PAN-2.2-03",
        verdict: Warn,
        keeps: |script| {
            let (id, offered) = (Interface::AsyncNotify.id(), [NDR, NDR64]);
            let taken = in_context(0, script, id, &[NDR], &offered, Some(NDR.id()));
            in_context(1, taken, id, &[NDR64], &offered, None).create(A, h(1))
        },
        breaks: |script| {
            let (id, offered) = (Interface::AsyncNotify.id(), [NDR, NDR64]);
            let taken = in_context(0, script, id, &[NDR], &offered, Some(NDR.id()));
            in_context(1, taken, id, &[NDR64], &offered, Some(NDR64.id()))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2/client-speaks-what-was-negotiated",
        requirement: "PAN-2.2-03",
        verdict: Fail,
        keeps: |script| script.create(A, h(1)),
        breaks: |script| in_the_other_syntax(script, Direction::ToServer),
        also: &[],
    },
];
