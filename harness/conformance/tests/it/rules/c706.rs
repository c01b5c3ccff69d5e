//! The layers below ([C706] chapters 12 and 14, [MS-RPCE] 3.3).

use conformance::Severity::{Fail, Inconclusive, Warn};
use conformance::Source;
use conformance::event::{Kind, Layer, Outcome, Pdu};
use dcerpc::Defect;
use dcerpc::ndr::Format;
use mspan::Hresult;
use mspan::method::{In, Out, RegisterClientOut};
use rstest::rstest;
use trace::stimulus::{Answer, Request};
use trace::{ConnectionEnd, ConnectionId, Direction, Vantage};

use crate::case::{Case, passes, verdicts};
use crate::script::*;

fn defect() -> Defect {
    let (expected, actual) = ("5".into(), "4".into());
    Defect { offset: 0, field: "rpc_vers", rule: "MS-RPCE/3.3.1.5.1/version-is-5.0", expected, actual }
}

/// A PDU whose header has a defect.
fn malformed(direction: Direction) -> Kind {
    let connection = ConnectionId(0);
    let (ptype, flags, frag_length, auth_length, call_id) = (0, 3, 64, 0, 1);
    Kind::Pdu(Pdu {
        connection,
        direction,
        ptype,
        flags,
        frag_length,
        auth_length,
        call_id,
        octets: bytes::Bytes::new(),
        interfaces: Vec::new(),
        auth: None,
        protection: None,
        defects: vec![defect()],
    })
}

/// RegisterClient comes back with a defect.
fn registers(script: Script, status: Hresult) -> Script {
    let output = Some(Out::RegisterClient(RegisterClientOut { referral: None, status }));
    let (defects, format) = (vec![defect()], Format::default());
    let outcome = Outcome::Returned { output, defects, format, stub_length: 8 };
    script.create(A, h(1)).call(A, register(h(1)).into(), outcome)
}

/// A verification trailer whose command 0x2A17 has to be processed.
fn unknown_command() -> Defect {
    let (expected, actual) = ("commands to be processed that are known".into(), "command 0x2a17".into());
    let rule = "MS-RPCE/2.2.2.13/commands-to-process-are-known";
    Defect { offset: 28, field: "verification trailer", rule, expected, actual }
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "C706/12.6/server-pdus-keep-their-format",
        requirement: "",
        verdict: Fail,
        keeps: |script| script.create(A, h(1)),
        breaks: |script| script.create(A, h(1)).event(malformed(Direction::ToClient)),
        also: &[],
    },
    Case {
        rule: "C706/12.6/server-octets-form-pdus",
        requirement: "",
        verdict: Fail,
        keeps: |script| script.create(A, h(1)).gap(A, Direction::ToClient, Layer::Transport, false),
        breaks: |script| script.create(A, h(1)).gap(A, Direction::ToClient, Layer::Transport, true),
        also: &[],
    },
    Case {
        rule: "C706/12.6.4/answers-belong-to-outstanding-calls",
        requirement: "",
        verdict: Fail,
        keeps: |script| script.create(A, h(1)),
        breaks: |script| script.create(A, h(1)).pdu(A, Direction::ToClient, 2, 77),
        also: &[],
    },
    Case {
        rule: "C706/12.6.4/calls-are-answered",
        requirement: "",
        verdict: Fail,
        // In a shutdown connections may end as they are.
        keeps: |script| {
            let script = script.uni(A, h(1), t(1)).start(A, "g", get_notification(h(1))).wait(9_000);
            let script = script.stimulus(Request::Shutdown, Answer::Done);
            script.finish("g", Outcome::Lost).close(A, Direction::ToClient)
        },
        breaks: |script| {
            let script = script.uni(A, h(1), t(1)).start(A, "g", get_notification(h(1)));
            script.finish("g", Outcome::Lost).close(A, Direction::ToClient)
        },
        also: &[],
    },
    Case {
        rule: "C706/12.6.4/calls-are-answered",
        requirement: "",
        verdict: Fail,
        // A server may give a connection up on which a PDU broke the format.
        keeps: |script| {
            let script = script.create(A, h(1)).event(malformed(Direction::ToServer)).start(A, "c", create());
            script.finish("c", Outcome::Lost).close(A, Direction::ToClient)
        },
        breaks: |script| script.start(A, "c", create()).wait(9_000),
        also: &[],
    },
    Case {
        rule: "C706/14/out-parameters-can-be-read",
        requirement: "",
        verdict: Fail,
        keeps: |script| script.uni(A, h(1), t(1)),
        breaks: |script| registers(script, Hresult::OK),
        also: &[],
    },
    Case {
        rule: "C706/14/out-parameters-can-be-read",
        requirement: "",
        verdict: Warn,
        keeps: |script| script.uni(A, h(1), t(1)),
        breaks: |script| registers(script, Hresult::OUT_OF_MEMORY),
        also: &["MS-PAN/2.2.1/types-are-opaque"],
    },
    Case {
        rule: "MS-RPCE/3.3.1.4.1/handles-belong-to-their-association",
        requirement: "",
        verdict: Fail,
        keeps: |script| {
            let script = script.create(A, h(1)).open(B).call(B, register(h(1)).into(), fault(0x1C00_001A));
            // Of an association whose bind was not seen nothing is known.
            script.gap(B, Direction::ToClient, Layer::Pdu, false).uni(B, h(5), t(1))
        },
        breaks: |script| script.create(A, h(1)).call(B, register(h(1)).into(), registered(Hresult::OK)),
        also: &[],
    },
    Case {
        rule: "MS-RPCE/2.2.2.13/commands-to-process-are-known-or-refused",
        requirement: "",
        verdict: Fail,
        keeps: |script| script.create(A, h(1)).defect(unknown_command()).call(A, register(h(1)).into(), fault(5)),
        breaks: |script| {
            script.create(A, h(1)).defect(unknown_command()).call(A, register(h(1)).into(), registered(Hresult::OK))
        },
        also: &[],
    },
];

#[rstest]
#[case::of_the_server(Direction::ToClient, 1)]
#[case::of_the_client(Direction::ToServer, 0)]
fn pdus_speak_for_their_sender(#[case] direction: Direction, #[case] expected: u64) {
    let script = Script::new().open(A).pdu(A, direction, 0, 1);
    assert_eq!(passes("C706/12.6/server-octets-form-pdus", script), expected);
}

const OUTSTANDING: &str = "C706/12.6.4/answers-belong-to-outstanding-calls";

/// What the client sends with that PTYPE and call_id 7, and then what the server sends.
fn exchanged(ptype: u8, answers: &[u8]) -> Script {
    let script = Script::new().open(A).pdu(A, Direction::ToServer, ptype, 7);
    answers.iter().fold(script, |script, answer| script.pdu(A, Direction::ToClient, *answer, 7))
}

/// [MS-RPCE] 3.3.1.5.2.1: a token is refused by a fault too, but only once, and nothing is returned for it.
#[rstest]
#[case::a_bind(exchanged(11, &[3]), &[])]
#[case::an_alter_context(exchanged(14, &[3]), &[])]
#[case::an_auth_3(exchanged(16, &[3]), &[])]
#[case::a_bind_twice(exchanged(11, &[3, 3]), &[Fail])]
#[case::an_acknowledged_bind(exchanged(11, &[12, 3]), &[Fail])]
#[case::a_refused_bind(exchanged(11, &[13, 3]), &[Fail])]
#[case::an_answered_alter_context(exchanged(14, &[15, 3]), &[Fail])]
#[case::by_a_response(exchanged(11, &[2]), &[Fail])]
#[case::of_another_call(exchanged(11, &[]).pdu(A, Direction::ToClient, 3, 8), &[Fail])]
#[case::as_a_call_of_the_same_number(
    exchanged(16, &[]).pdu(A, Direction::ToServer, 0, 7).pdu(A, Direction::ToClient, 3, 7), &[]
)]
fn faults_refuse_tokens(#[case] script: Script, #[case] expected: &[conformance::Severity]) {
    assert_eq!(verdicts(OUTSTANDING, script), expected);
}

const ANSWERED: &str = "C706/12.6.4/calls-are-answered";

/// Create, which the server never answers.
fn silent(script: Script) -> Script {
    script.start(A, "c", create()).wait(6_000)
}

/// The server ends the connection with Create open.
fn cut(script: Script) -> Script {
    script.start(A, "c", create()).finish("c", Outcome::Lost).close(A, Direction::ToClient)
}

/// The same as seen on a network.
fn on_a_network(mut script: Script) -> Script {
    (script.config.vantage, script.config.source) = (Vantage::Unknown, Source::Unseen);
    script
}

/// A call is open for milliseconds when the server ends the connection, in order or by a reset.
fn ended(script: Script, input: In, milliseconds: u64, by_reset: bool) -> Script {
    let by = Direction::ToClient;
    let reset = ConnectionEnd::Broken { by, error: "reset".to_owned() };
    let how = if by_reset { reset } else { ConnectionEnd::Orderly { by } };
    let script = script.start(A, "c", input).wait(milliseconds).finish("c", Outcome::Lost);
    script.event(Kind::Closed { connection: ConnectionId(A.0), how })
}

/// A recording of a network shows neither whether a client still lives, nor who stops a service.
#[rstest]
#[case::reset_at_once(create(), 10, true, Fail, Fail)]
#[case::reset_late(unregister(h(1)), 60_000, true, Inconclusive, Fail)]
#[case::ended_late(unregister(h(1)), 60_000, false, Fail, Fail)]
#[case::reset_while_it_waits(get_notification(h(1)), 60_000, true, Inconclusive, Fail)]
#[case::ended_while_it_waits(get_notification(h(1)), 10, false, Inconclusive, Fail)]
fn ends_that_a_network_shows(
    #[case] input: In,
    #[case] milliseconds: u64,
    #[case] by_reset: bool,
    #[case] network: conformance::Severity,
    #[case] client: conformance::Severity,
) {
    let script = ended(Script::new(), input.clone(), milliseconds, by_reset);
    assert_eq!(verdicts(ANSWERED, script), [client]);
    assert_eq!(verdicts(ANSWERED, ended(on_a_network(Script::new()), input, milliseconds, by_reset)), [network]);
}

/// Create is given up by its client.
fn cancelled(script: Script) -> Script {
    script.start(A, "c", create()).pdu(A, Direction::ToServer, 18, 1)
}

#[rstest]
#[case::silent(silent(Script::new()), &[Fail])]
#[case::cut(cut(Script::new()), &[Fail])]
#[case::with_a_defect(silent(Script::new().defect(defect())), &[])]
#[case::cut_with_a_defect(cut(Script::new().defect(defect())), &[])]
#[case::against_a_rule_on_purpose(silent(Script::new().violating(&["PAN-3.1.1.4.2-10"])), &[])]
#[case::cancelled(cancelled(Script::new()).wait(6_000), &[])]
#[case::cancelled_and_cut(cancelled(Script::new()).finish("c", Outcome::Lost).close(A, Direction::ToClient), &[])]
#[case::on_a_garbled_connection(silent(Script::new().open(A).event(malformed(Direction::ToServer))), &[])]
#[case::on_a_connection_with_a_gap(cut(Script::new().open(A).gap(A, Direction::ToClient, Layer::Transport, false)), &[])]
#[case::silent_on_a_connection_with_a_gap(
    Script::new().start(A, "c", create()).gap(A, Direction::ToClient, Layer::Transport, false).wait(6_000), &[]
)]
#[case::silent_after_a_gap(
    silent(Script::new().open(A).gap(A, Direction::ToClient, Layer::Transport, false)), &[Fail]
)]
#[case::ended_by_the_client(
    Script::new().start(A, "c", create()).finish("c", Outcome::Lost).close(A, Direction::ToServer), &[]
)]
#[case::of_no_method(
    Script::new().request(A, "c", None, 40, None, 0).finish("c", Outcome::Lost).close(A, Direction::ToClient), &[]
)]
fn calls_without_an_answer(#[case] script: Script, #[case] expected: &[conformance::Severity]) {
    assert_eq!(verdicts(ANSWERED, script.clone()), expected);
    assert_eq!(passes(ANSWERED, script), 0);
}
