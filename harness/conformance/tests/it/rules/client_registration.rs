//! What clients ask for by RegisterClient and UnregisterClient, and when ([MS-PAN] 3.1.1.4.1, 3.1.1.4.2).

use conformance::Severity::{Fail, Note};
use conformance::event::{CallId, Gap, Kind, Layer, Outcome};
use dcerpc::ContextHandle;
use dcerpc::ndr::WideString;
use mspan::method::In;
use mspan::{ConversationStyle, Hresult, NotificationType, UserFilter};
use rstest::rstest;
use trace::{ConnectionId, Direction};

use crate::case::{Case, verdicts};
use crate::script::*;

const NULL: ContextHandle = ContextHandle::NULL;

/// A client that does everything right, twice with one object.
fn right(script: Script) -> Script {
    let script = script.uni(A, h(1), t(1)).start(A2, "g", get_notification(h(1))).unregister(A, h(1));
    let script = script.finish("g", fault(0x8007_071A)).register(A, h(1), t(1), ConversationStyle::UNIDIRECTIONAL);
    script.unregister(A, h(1)).delete(A, h(1))
}

/// RegisterClient with enumerations of 16 bits.
fn in_sixteen_bits(script: Script) -> Script {
    script.create(A, h(1)).event(Kind::Gap(Gap {
        connection: ConnectionId(0),
        direction: Direction::ToServer,
        layer: Layer::Stub,
        call: Some(CallId(1)),
        offset: 44,
        why: "the stub of RegisterClient can't be read".to_owned(),
        malformed: true,
        other_syntax: false,
        short_enumerations: true,
        over_http: false,
    }))
}

/// RegisterClient for a print queue.
fn named(script: Script, name: &str) -> Script {
    script.create(A, h(1)).call(A, register(h(1)).name(name).into(), registered(Hresult::INVALID_NAME))
}

/// RegisterClient with a name as the octets say it.
fn written(script: Script, name: WideString) -> Script {
    let mut input = In::from(register(h(1)));
    if let In::RegisterClient(input) = &mut input {
        input.name = Some(name);
    }
    script.create(A, h(1)).call(A, input, registered(Hresult::OK)).unregister(A, h(1)).delete(A, h(1))
}

fn of_queue(script: Script) -> Script {
    written(script, WideString::new(r"\\server.example\office-laser"))
}

fn of_type(script: Script, kind: &str) -> Script {
    let kind = NotificationType(kind.parse().unwrap());
    script.uni(A, h(1), kind).unregister(A, h(1)).delete(A, h(1))
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/3.1.1.4.1/registered-handle-is-a-created-one",
        requirement: "PAN-3.1.1.4.1-01",
        verdict: Fail,
        keeps: right,
        breaks: |script| script.create(A, h(1)).call(A, register(h(2)).into(), fault(0x1C00_001A)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/registered-handle-is-a-created-one",
        requirement: "PAN-3.1.1.4.1-01",
        verdict: Fail,
        // A Create that can't be read may have returned it.
        keeps: |script| {
            let script = script.start(A, "c", create()).finish("c", unreadable());
            right(script.call(A, register(h(2)).into(), registered(Hresult::OK)))
        },
        breaks: |script| script.create(B, h(1)).call(A, register(h(1)).into(), fault(0x1C00_001A)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/registered-handle-is-not-null",
        requirement: "PAN-3.1.1.4.1-02",
        verdict: Fail,
        keeps: right,
        breaks: |script| script.call(A, register(NULL).into(), fault(0x6EF)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/name-is-null-or-a-string",
        requirement: "PAN-3.1.1.4.1-03",
        verdict: Fail,
        keeps: of_queue,
        breaks: |script| named(script, "office-laser"),
        also: &["MS-PAN/3.1.1.4.1/name-is-a-unc-name"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/name-is-null-or-a-string",
        requirement: "PAN-3.1.1.4.1-03",
        verdict: Fail,
        keeps: right,
        breaks: |script| written(script, WideString { units: vec![0x5C, 0x5C], ..WideString::new(r"\") }),
        also: &["MS-PAN/3.1.1.4.1/name-is-a-unc-name"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/name-is-null-or-a-string",
        requirement: "PAN-3.1.1.4.1-03",
        verdict: Note,
        keeps: right,
        breaks: |script| written(script, WideString { max_count: 64, ..WideString::new(r"\\s\p") }),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/name-is-a-unc-name",
        requirement: "PAN-3.1.1.4.1-04",
        verdict: Fail,
        keeps: of_queue,
        breaks: |script| named(script, r"\\server\share\printer"),
        also: &["MS-PAN/3.1.1.4.1/printer-has-a-local-name"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/name-is-a-unc-name",
        requirement: "PAN-3.1.1.4.1-04",
        verdict: Fail,
        keeps: of_queue,
        breaks: |script| named(script, "http://server/printers/p"),
        also: &["MS-PAN/3.1.1.4.1/name-is-null-or-a-string"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/name-begins-with-a-host",
        requirement: "PAN-3.1.1.4.1-05",
        verdict: Fail,
        keeps: of_queue,
        breaks: |script| named(script, r"\\server:445\printer"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/name-begins-with-a-host",
        requirement: "PAN-3.1.1.4.1-05",
        verdict: Fail,
        // How IPv6 addresses are written is left open.
        keeps: |script| of_queue(named(script, r"\\fe80::1%eth0\printer").delete(A, h(1))),
        breaks: |script| named(script, r"\\my server\printer"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/printer-has-a-local-name",
        requirement: "PAN-3.1.1.4.1-06",
        verdict: Fail,
        keeps: of_queue,
        breaks: |script| named(script, r"\\server\Printer,LocalsplOnly"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/type-is-one-to-register-for",
        requirement: "PAN-3.1.1.4.1-09",
        verdict: Fail,
        keeps: right,
        breaks: |script| script.uni(A, h(1), NotificationType::RELEASE),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/type-is-one-to-register-for",
        requirement: "PAN-3.1.1.4.1-09",
        verdict: Fail,
        keeps: right,
        breaks: |script| of_type(script, "00000000-0000-0000-0000-000000000000"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/filter-is-per-user-or-all-users",
        requirement: "PAN-3.1.1.4.1-10",
        verdict: Fail,
        keeps: right,
        breaks: |script| script.create(A, h(1)).call(A, register(h(1)).filter(UserFilter(2)).into(), fault(0x6F7)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.2/enumerations-have-32-bits",
        requirement: "PAN-2.2.2-01",
        verdict: Fail,
        keeps: right,
        breaks: in_sixteen_bits,
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/style-is-bidirectional-or-unidirectional",
        requirement: "PAN-3.1.1.4.1-11",
        verdict: Fail,
        keeps: right,
        breaks: |script| {
            script.create(A, h(1)).call(A, register(h(1)).style(ConversationStyle(2)).into(), fault(0x6F7))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/registration-is-the-first-step",
        requirement: "PAN-3.1.1.4.1-26",
        verdict: Fail,
        keeps: right,
        breaks: |script| script.create(A, h(1)).call(A, get_notification(h(1)), fault(0x8007_071A)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/registration-is-the-first-step",
        requirement: "PAN-3.2.2-01",
        verdict: Fail,
        keeps: right,
        breaks: |script| script.bidi(A, h(1), t(1)).create(A, h(2)).start(A, "g", get_new_channel(h(2))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/registered-handle-is-not-registered-again",
        requirement: "PAN-3.1.1.4.1-28",
        verdict: Fail,
        keeps: right,
        breaks: |script| script.uni(A, h(1), t(1)).register(A, h(1), t(1), ConversationStyle::UNIDIRECTIONAL),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.1/registered-handle-is-not-registered-again",
        requirement: "PAN-3.1.1.4.1-28",
        verdict: Fail,
        // The UnregisterClient may have been handled.
        keeps: |script| {
            let script = script.uni(A, h(1), t(1)).start(A2, "u", unregister(h(1)));
            let script = script.register(A, h(1), t(1), ConversationStyle::UNIDIRECTIONAL);
            script.finish("u", unregistered(Hresult::OK))
        },
        breaks: |script| {
            let script = script.uni(A, h(1), t(1)).call(A, unregister(h(1)), unregistered(Hresult(0x8000_4005)));
            script.register(A, h(1), t(1), ConversationStyle::UNIDIRECTIONAL)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/unregistered-handle-was-registered",
        requirement: "PAN-3.1.1.4.2-02",
        verdict: Fail,
        keeps: right,
        breaks: |script| script.create(A, h(1)).call(A, unregister(h(1)), unregistered(Hresult::NOT_REGISTERED)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/unregistered-handle-was-registered",
        requirement: "PAN-3.1.1.4.2-10",
        verdict: Fail,
        // A RegisterClient that was lost may have succeeded.
        keeps: |script| {
            let script = script.create(A, h(1)).start(A2, "r", register(h(1)).into()).finish("r", Outcome::Lost);
            let script = script.call(A, unregister(h(1)), unregistered(Hresult::NOT_REGISTERED)).delete(A, h(1));
            script.uni(A, h(2), t(1)).unregister(A, h(2))
        },
        breaks: |script| {
            let script = script.create(A, h(1)).call(A, register(h(1)).into(), registered(Hresult::ACCESS_DENIED));
            script.call(A, unregister(h(1)), unregistered(Hresult::NOT_REGISTERED))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/unregistered-handle-was-registered",
        requirement: "PAN-3.1.1.4.2-02",
        verdict: Fail,
        keeps: right,
        breaks: |script| script.uni(A, h(1), t(1)).call(A, unregister(h(2)), fault(0x1C00_001A)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/unregistered-handle-is-not-null",
        requirement: "PAN-3.1.1.4.2-03",
        verdict: Fail,
        keeps: right,
        breaks: |script| script.call(A, unregister(NULL), fault(0x6EF)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/client-unregisters-but-once",
        requirement: "PAN-3.1.1.4.2-11",
        verdict: Fail,
        keeps: right,
        breaks: |script| {
            let script = script.uni(A, h(1), t(1)).unregister(A, h(1));
            script.call(A2, unregister(h(1)), unregistered(Hresult::ALREADY_UNREGISTERED))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.2/client-unregisters-but-once",
        requirement: "PAN-3.1.1.4.2-11",
        verdict: Fail,
        // Of one that was lost nobody knows whether it was handled.
        keeps: |script| {
            let script = script.uni(A, h(1), t(1)).start(A2, "u", unregister(h(1))).finish("u", Outcome::Lost);
            script.call(A, unregister(h(1)), unregistered(Hresult::OK)).delete(A, h(1))
        },
        breaks: |script| {
            let script = script.uni(A, h(1), t(1)).start(A, "u", unregister(h(1)));
            script.start(A2, "v", unregister(h(1)))
        },
        also: &[],
    },
];

/// Names of hosts that nobody can object to, and that only the specification's silence protects.
#[rstest]
#[case::netbios(r"\\PRINTSRV\office-laser", true)]
#[case::dns(r"\\print-srv.example.com\office laser", true)]
#[case::ipv4(r"\\192.0.2.1\p", true)]
#[case::ipv6_literal(r"\\fe80--1.ipv6-literal.net\p", true)]
#[case::ipv6(r"\\2001:db8::1\p", false)]
#[case::ipv6_in_brackets(r"\\[2001:db8::1]\p", false)]
#[case::beyond_ascii(r"\\büro\p", false)]
fn hosts_are_taken(#[case] name: &str, #[case] sure: bool) {
    let report = named(Script::new(), name).judge(conformance::rules::with_prefix("MS-PAN/3.1.1.4.1/name-"));
    assert_eq!(report.findings, []);
    assert_eq!(report.requirements.values().map(|tally| tally.pass).sum::<u64>(), 2 + u64::from(sure));
}

/// A Create that returns NULL makes no object: what is called with NULL afterwards skips no step with it.
#[test]
fn null_is_no_object() {
    let script = Script::new().create(A, NULL).call(A, get_notification(NULL), fault(0x6EF));
    assert_eq!(verdicts("MS-PAN/3.1.1.4.1/registration-is-the-first-step", script), []);
}
