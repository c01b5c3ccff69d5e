//! Signatures and seals under security contexts ([MS-RPCE] 3.3.1.5.2.2).

use conformance::PacketLevel;
use conformance::Severity::{self, Fail, Inconclusive, Note};
use conformance::event::{Kind, Layer, Outcome, Pdu, Protection, Signature};
use dcerpc::ContextHandle;
use mspan::Hresult;
use mspan::method::{CreateOut, Out};
use rstest::rstest;
use trace::{AnswerMark, ConnectionId, Direction, Mark};

use crate::case::{Case, verdicts};
use crate::dialogue::{HA, fails, respond};
use crate::script::*;

const SERVER_SIGNATURES: &str = "MS-RPCE/3.3.1.5.2.2/server-signatures-verify";
const CLIENT_SIGNATURES: &str = "MS-RPCE/3.3.1.5.2.2/client-signatures-verify";
const SERVER_PROTECTS: &str = "MS-RPCE/3.3.1.5.2.2/server-protects-its-answers";
const CLIENT_PROTECTS: &str = "MS-RPCE/3.3.1.5.2.2/client-protects-its-calls";
const SERVER_SIGNS: &str = "MS-RPCE/3.3.1.5.2.2/server-signs-at-packet-level";
const CLIENT_SIGNS: &str = "MS-RPCE/3.3.1.5.2.2/client-signs-at-packet-level";
const REFUSES: &str = "MS-RPCE/3.3.1.5.2.2/server-refuses-what-does-not-verify";
const TAKEN: &str = "MS-RPCE/3.3.1.5.2.2/client-refuses-what-does-not-verify";
const ANSWERS: &str = "MS-RPCE/2.2.2.11/answers-go-under-the-context-of-their-call";
const FRAGMENTS: &str = "MS-RPCE/2.2.2.11/fragments-go-under-one-context";

fn wrong() -> Signature {
    Signature::Unverified("expected another signature".into())
}

fn untold() -> Signature {
    Signature::Untold("its key is not known".into())
}

/// A call whose PDUs are protected so, and its answer.
fn exchanged(script: Script, level: u8, asked: Signature, answered: Signature) -> Script {
    script.guarded(level, asked).start(A, "c", create()).guarded(level, answered).finish("c", created(h(1)))
}

/// A call that our own side has spoilt on purpose, and what came of it.
fn tampered(script: Script, level: u8, outcome: Outcome) -> Script {
    let script = script.violating(&[CLIENT_SIGNATURES]).guarded(level, wrong()).start(A, "c", create());
    script.guarded(level, Signature::Unsigned).finish("c", outcome)
}

/// Our own side answers Create with what it has spoilt on purpose; the witness finds that so, or doesn't.
fn spoilt(script: Script, level: u8, answered: Signature) -> Script {
    let script = spoils(script.signed(level).start(A, "c", create()), 1);
    script.guarded(level, answered).finish("c", created(h(1))).signed(level)
}

/// Our own side spoils the answer to a call.
fn spoils(script: Script, call_id: u32) -> Script {
    script.event(Kind::Mark(Mark::Answer(AnswerMark {
        connection: ConnectionId(A.0),
        call_id,
        step: "answer".into(),
        line: 3,
        violates: vec![SERVER_SIGNATURES.into()],
    })))
}

/// A fragment of a request.
fn fragment(script: Script, flags: u8, protection: Option<Protection>) -> Script {
    script.open(A).event(Kind::Pdu(Pdu {
        connection: ConnectionId(A.0),
        direction: Direction::ToServer,
        ptype: 0,
        flags,
        frag_length: 80,
        auth_length: 16,
        call_id: 9,
        octets: bytes::Bytes::new(),
        interfaces: Vec::new(),
        auth: None,
        protection,
        defects: Vec::new(),
    }))
}

fn under(context_id: u32, level: u8) -> Option<Protection> {
    Some(Protection { context_id: Some(context_id), level, sealed: false, signature: Signature::Verified })
}

fn expecting(mut script: Script, packet_level: PacketLevel) -> Script {
    script.config.packet_level = packet_level;
    script
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: SERVER_SIGNATURES,
        requirement: "",
        verdict: Fail,
        keeps: |script| script.signed(5).create(A, h(1)),
        breaks: |script| exchanged(script, 5, Signature::Verified, wrong()),
        also: &[],
    },
    Case {
        rule: CLIENT_SIGNATURES,
        requirement: "",
        verdict: Fail,
        keeps: |script| script.signed(6).create(A, h(1)),
        breaks: |script| exchanged(script, 6, wrong(), Signature::Verified),
        also: &[],
    },
    Case {
        rule: SERVER_PROTECTS,
        requirement: "",
        verdict: Fail,
        // Whether it is right can't be told; that it is there, can.
        keeps: |script| exchanged(script, 6, Signature::Verified, untold()),
        breaks: |script| exchanged(script, 6, untold(), Signature::Unsigned),
        also: &[],
    },
    Case {
        rule: CLIENT_PROTECTS,
        requirement: "",
        verdict: Fail,
        keeps: |script| script.signed(5).create(A, h(1)),
        breaks: |script| script.guarded(5, Signature::Unsigned).create(A, h(1)),
        also: &[],
    },
    Case {
        rule: SERVER_SIGNS,
        requirement: "",
        verdict: Note,
        // Whoever calls unsigned may be answered so.
        keeps: |script| {
            let script = script.signed(4).create(A, h(1)).guarded(4, Signature::Unsigned).create(A, h(2));
            script.signed(4).create(A, h(3))
        },
        breaks: |script| exchanged(script, 4, Signature::Verified, Signature::Unsigned),
        also: &[],
    },
    Case {
        rule: SERVER_SIGNS,
        requirement: "",
        verdict: Fail,
        keeps: |script| {
            expecting(script, PacketLevel::Unsigned)
                .guarded(4, untold())
                .start(A, "c", create())
                .guarded(4, Signature::Unsigned)
                .finish("c", created(h(1)))
        },
        breaks: |script| exchanged(expecting(script, PacketLevel::Signed), 4, Signature::Verified, Signature::Unsigned),
        also: &[],
    },
    Case {
        rule: CLIENT_SIGNS,
        requirement: "PAN-2.1-08",
        verdict: Note,
        keeps: |script| script.signed(3).create(A, h(1)),
        breaks: |script| script.guarded(4, Signature::Unsigned).create(A, h(1)),
        also: &[],
    },
    Case {
        rule: CLIENT_SIGNS,
        requirement: "PAN-2.1-08",
        verdict: Note,
        keeps: |script| expecting(script, PacketLevel::Unsigned).guarded(4, Signature::Unsigned).create(A, h(1)),
        breaks: |script| expecting(script, PacketLevel::Unsigned).signed(4).create(A, h(1)),
        also: &[],
    },
    Case {
        rule: CLIENT_SIGNS,
        requirement: "PAN-2.1-08",
        verdict: Fail,
        keeps: |script| expecting(script, PacketLevel::Signed).signed(4).create(A, h(1)),
        breaks: |script| expecting(script, PacketLevel::Signed).guarded(4, Signature::Unsigned).create(A, h(1)),
        also: &[],
    },
    Case {
        rule: REFUSES,
        requirement: "",
        verdict: Fail,
        keeps: |script| tampered(script, 5, fault(0x1C01_000B)),
        breaks: |script| tampered(script, 5, created(h(1))),
        also: &[],
    },
    Case {
        rule: REFUSES,
        requirement: "",
        verdict: Fail,
        // It may end the connection.
        keeps: |script| {
            let script = script.violating(&[CLIENT_SIGNATURES]).guarded(6, wrong()).start(A, "c", create());
            script.finish("c", Outcome::Lost).close(A, Direction::ToClient)
        },
        // At packet level who signs has to verify.
        breaks: |script| {
            let script = script.signed(4).create(A, h(1));
            tampered(script, 4, created(h(2)))
        },
        also: &[],
    },
    Case {
        rule: REFUSES,
        requirement: "",
        verdict: Inconclusive,
        keeps: |script| tampered(script, 4, fault(5)),
        // Nobody has tampered with it that we know of: who is wrong, the server or the witness?
        breaks: |script| exchanged(script, 5, wrong(), Signature::Verified),
        also: &[],
    },
    Case {
        rule: TAKEN,
        requirement: "",
        verdict: Fail,
        keeps: |script| spoilt(script, 5, wrong()).close(A, Direction::ToServer),
        breaks: |script| spoilt(script, 5, wrong()).delete(A, h(1)),
        also: &[],
    },
    Case {
        rule: TAKEN,
        requirement: "",
        verdict: Fail,
        // It may go on, without what the answer gave out.
        keeps: |script| spoilt(script, 4, wrong()).create(A, h(2)).delete(A, h(2)).close(A, Direction::ToServer),
        breaks: |script| spoilt(script, 4, wrong()).create(A, h(2)).delete(A, h(2)).delete(A, h(1)),
        also: &[],
    },
    Case {
        rule: TAKEN,
        requirement: "",
        verdict: Note,
        keeps: |script| spoilt(script, 4, wrong()).close(A, Direction::ToServer),
        // Who signs nothing at packet level does not verify there.
        breaks: |script| spoilt(script, 4, wrong()).guarded(4, Signature::Unsigned).delete(A, h(1)),
        also: &[CLIENT_SIGNS],
    },
    Case {
        rule: ANSWERS,
        requirement: "",
        verdict: Fail,
        keeps: |script| script.signed(5).create(A, h(1)),
        breaks: |script| script.signed(5).start(A, "c", create()).under(under(6, 5)).finish("c", created(h(1))),
        also: &[],
    },
    Case {
        rule: ANSWERS,
        requirement: "",
        verdict: Fail,
        keeps: |script| script.signed(4).create(A, h(1)),
        breaks: |script| script.signed(5).start(A, "c", create()).signed(4).finish("c", created(h(1))),
        also: &[],
    },
    Case {
        rule: FRAGMENTS,
        requirement: "",
        verdict: Fail,
        keeps: |script| fragment(fragment(fragment(script, 1, under(5, 5)), 0, under(5, 5)), 2, under(5, 5)),
        breaks: |script| fragment(fragment(script, 1, under(5, 5)), 2, under(6, 5)),
        also: &[],
    },
];

/// What a server does with a call whose protection was spoilt, and what may be held against it.
#[rstest]
#[case::at_privacy(6, PacketLevel::Any, Some(Fail))]
#[case::at_packet_level(4, PacketLevel::Any, Some(Note))]
#[case::at_packet_level_where_it_says_that_it_signs(4, PacketLevel::Signed, Some(Fail))]
fn executing_what_was_spoilt(#[case] level: u8, #[case] packet_level: PacketLevel, #[case] expected: Option<Severity>) {
    let script = tampered(expecting(Script::new(), packet_level), level, created(h(1)));
    assert_eq!(verdicts(REFUSES, script).first().copied(), expected);
}

/// What is no failure is said once of each context.
#[rstest]
#[case::of_the_client(CLIENT_SIGNS, 4, Signature::Unsigned, Signature::Unsigned, 1)]
#[case::of_the_server(SERVER_SIGNS, 4, Signature::Verified, Signature::Unsigned, 1)]
#[case::not_of_other_levels(CLIENT_SIGNS, 2, Signature::Unsigned, Signature::Unsigned, 0)]
#[case::nothing_told(SERVER_SIGNS, 4, untold(), untold(), 0)]
#[case::nothing_told_of_signatures(SERVER_SIGNATURES, 5, untold(), untold(), 0)]
#[case::nothing_told_of_the_clients(CLIENT_SIGNATURES, 5, untold(), untold(), 0)]
fn notes_are_given_once(
    #[case] rule: &str,
    #[case] level: u8,
    #[case] asked: Signature,
    #[case] answered: Signature,
    #[case] count: usize,
) {
    let script = exchanged(Script::new(), level, asked.clone(), answered.clone());
    let script = exchanged(script, level, asked, answered);
    assert_eq!(verdicts(rule, script).len(), count);
}

/// What our own side spoils on purpose is not held against it.
#[rstest]
#[case::meant(&[CLIENT_SIGNATURES], 0)]
#[case::something_else_meant(&["PAN-3.1.1.4.2-10"], 1)]
fn our_own_breaches_are_not_held_against_us(#[case] meant: &[&str], #[case] count: usize) {
    let script = Script::new().violating(meant).guarded(5, wrong()).create(A, h(1));
    assert_eq!(verdicts(CLIENT_SIGNATURES, script).len(), count);
}

/// What is not certain to be spoilt may be gone by: an answer that our side has not spoilt, or that verifies here.
#[rstest]
#[case::spoilt(wrong(), true, 1)]
#[case::unsigned(Signature::Unsigned, true, 1)]
#[case::right_all_the_same(Signature::Verified, true, 0)]
#[case::untold(untold(), true, 0)]
#[case::of_nobodys_doing(wrong(), false, 0)]
fn handles_of_spoilt_answers(#[case] answered: Signature, #[case] by_us: bool, #[case] count: usize) {
    let script = match by_us {
        true => spoilt(Script::new(), 5, answered),
        false => exchanged(Script::new(), 5, Signature::Verified, answered).signed(5),
    };
    assert_eq!(verdicts(TAKEN, script.delete(A, h(1))).len(), count);
}

/// At privacy an answer that does not verify is not read; but a handle that no other answer gave out is out of it.
#[rstest]
#[case::out_of_it(true, h(1), &[Fail])]
#[case::of_another_answer(true, h(2), &[])]
#[case::of_nobodys_doing(false, h(1), &[])]
fn handles_of_sealed_answers(#[case] by_us: bool, #[case] used: ContextHandle, #[case] expected: &[Severity]) {
    let unread = |script: Script| {
        let script = script.signed(6).start(A, "c", create());
        let script = if by_us { spoils(script, 1) } else { script };
        script.guarded(6, wrong()).finish("c", unreadable()).signed(6)
    };
    assert_eq!(verdicts(TAKEN, unread(Script::new()).create(A, h(2)).delete(A, used)), expected);
}

/// A handle that came with a failure, or that was named before the answer came, nobody has from that answer.
#[rstest]
#[case::of_a_failed_create(|script| script, failing, &[])]
#[case::of_a_failed_create_before(failing, |script| script, &[])]
#[case::named_before(|script: Script| script.delete(A2, h(1)), |script| script, &[])]
#[case::named_before_by_another(|script: Script| script.delete(B, h(1)), |script| script, &[])]
#[case::another_named_before(|script: Script| script.delete(A2, h(3)), |script| script, &[Fail])]
#[case::named_afterwards(|script| script, |script: Script| script.delete(A, h(1)), &[Fail, Fail])]
fn handles_of_nobody(
    #[case] before: fn(Script) -> Script,
    #[case] after: fn(Script) -> Script,
    #[case] expected: &[Severity],
) {
    let script = spoils(Script::new().signed(6).open(A2).open(B).start(A, "c", create()), 1);
    let script = before(script).guarded(6, wrong()).finish("c", unreadable()).signed(6);
    assert_eq!(verdicts(TAKEN, after(script).delete(A, h(1))), expected);
}

/// Create fails, and gives out a handle all the same.
fn failing(script: Script) -> Script {
    let output = CreateOut { remote_obj: h(1), status: Hresult(0x8000_4005) };
    script.call(A2, create(), returned(Out::Create(output)))
}

/// A call_id may be used again once its call has come back: its next answer is not the spoilt one.
#[test]
fn a_call_id_that_is_used_again_stands_for_another_call() {
    let script = spoils(Script::new().signed(5).open(A), 1);
    let script = script.start(A, "c", create()).guarded(5, wrong()).finish("c", created(h(1))).signed(5);
    assert_eq!(verdicts(TAKEN, script.delete(A, h(1))), []);
}

/// A handle that another association was given, or that an answer which was not captured may have given out, is not out of it.
#[rstest]
#[case::of_another_association(true, false, &[])]
#[case::with_a_gap(false, true, &[])]
#[case::neither(false, false, &[Fail])]
fn handles_from_elsewhere(#[case] elsewhere: bool, #[case] gap: bool, #[case] expected: &[Severity]) {
    let script = spoils(Script::new().signed(6).start(A, "c", create()), 1);
    let script = script.guarded(6, wrong()).finish("c", unreadable()).signed(6);
    let script = if elsewhere { script.create(B, h(1)) } else { script };
    let script = if gap { script.gap(A, Direction::ToClient, Layer::Transport, false) } else { script };
    assert_eq!(verdicts(TAKEN, script.delete(A, h(1))), expected);
}

/// With a second answer that can't be read nobody knows which of them gave a handle out.
#[test]
fn two_answers_that_are_not_read_accuse_nobody() {
    let script = spoils(Script::new().signed(6).start(A, "c", create()), 1);
    let script = script.guarded(6, wrong()).finish("c", unreadable()).signed(6);
    let script = script.start(A, "d", create()).guarded(6, untold()).finish("d", unreadable()).signed(6);
    assert_eq!(verdicts(TAKEN, script.delete(A, h(1))), []);
}

/// A handle that another answer gives out again is the server's.
#[test]
fn a_handle_given_out_anew_is_proved() {
    let script = spoilt(Script::new(), 5, wrong()).create(A, h(1)).delete(A, h(1));
    assert_eq!(verdicts(TAKEN, script), []);
}

/// A channel that an answer only hands back was proved when the server gave it out: whoever calls on it again goes by nothing spoilt.
#[test]
fn a_handle_that_only_comes_back_is_proved() {
    let script = Script::new().signed(5).create(A, h(1)).start(A, "r", respond(HA, n(1)));
    let script = spoils(script, 2).guarded(5, wrong()).finish("r", fails(HA, Hresult::OUT_OF_MEMORY));
    let script = script.signed(5).start(A, "s", respond(HA, n(2)));
    assert_eq!(verdicts(TAKEN, script), []);
}

/// A request that comes twice may be answered twice, and no more.
#[rstest]
#[case::once_each(1, 0)]
#[case::once_too_often(2, 1)]
fn a_copy_is_answered_by_itself(#[case] more: usize, #[case] count: usize) {
    let script = Script::new().start(A, "c", create()).pdu(A, Direction::ToServer, 0, 1);
    let script = (0..more).fold(script, |script, _| script.pdu(A, Direction::ToClient, 3, 1));
    let script = script.finish("c", created(h(1)));
    assert_eq!(verdicts("C706/12.6.4/answers-belong-to-outstanding-calls", script).len(), count);
}

/// A fault may come without signature: which PDUs are protected, only requests and responses are said to be.
#[test]
fn faults_may_be_unsigned() {
    let script = Script::new().signed(6).start(A, "c", create());
    let script = script.guarded(6, Signature::Unsigned).finish("c", fault(5));
    assert_eq!(verdicts(SERVER_PROTECTS, script), []);
}

/// Who gets something that does not verify may give the connection up, with other calls on it.
#[test]
fn a_connection_with_wrong_signatures_may_be_given_up() {
    let script = Script::new().signed(5).start(A, "first", create()).guarded(5, wrong()).start(A, "second", create());
    let script = script.finish("first", Outcome::Lost).finish("second", Outcome::Lost).close(A, Direction::ToClient);
    assert_eq!(verdicts("C706/12.6.4/calls-are-answered", script), []);
}
