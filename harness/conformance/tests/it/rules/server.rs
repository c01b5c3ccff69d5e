//! What all rules about servers together say of an exchange: what legal servers do accuses nobody, and breaches are found
//! behind what blurs them.

use std::collections::BTreeSet;

use conformance::event::{Layer, Outcome};
use conformance::{Party, Severity, rules};
use dcerpc::ContextHandle;
use mspan::Hresult;
use rstest::rstest;
use trace::Direction;
use trace::stimulus::{Answer, Request};

use crate::dialogue::*;
use crate::script::*;

const NULL: ContextHandle = ContextHandle::NULL;
const OK: Hresult = Hresult::OK;
const QUEUE: &str = r"\\s\q";
/// nca_s_fault_cancel.
const CANCELLED: u32 = 0x1C00_000D;
/// PTYPE of a co_cancel PDU.
const CO_CANCEL: u8 = 18;

/// The rules that fail or warn.
fn accused(script: Script) -> String {
    let findings = script.judge(rules::all().filter(|rule| rule.party == Party::Server)).findings;
    let broken = findings.iter().filter(|finding| matches!(finding.verdict, Severity::Fail | Severity::Warn));
    let broken: BTreeSet<_> = broken.map(|finding| finding.rule.trim_start_matches("MS-PAN/")).collect();
    broken.into_iter().collect::<Vec<_>>().join(", ")
}

/// A has been given a channel with an initial notification and has not called for it.
fn unread(script: Script) -> Script {
    script.opens("c", Some(n(1))).joins(A, h(1), &[HA])
}

/// A's second connection breaks while a call waits on it.
fn breaks(script: Script, name: &'static str) -> Script {
    script.finish(name, Outcome::Lost).close(A2, Direction::ToServer)
}

/// The client cancels a call, the `number`th of the trace, and it ends so.
fn cancels(script: Script, line: Line, name: &'static str, number: u32) -> Script {
    script.pdu(line, Direction::ToServer, CO_CANCEL, number).finish(name, fault(CANCELLED))
}

/// A waits as the owner, and gives its call up.
fn gives_up(script: Script) -> Script {
    cancels(script.waiting(), A, "a", 5)
}

/// A call whose answer was lost may have been handled, and may be held by the server for ever.
#[rstest]
#[case::the_next_waits_as_a_response(
    breaks(unread(Script::new()).open(A2).start(A2, "1", first(HA)), "1").start(A, "2", respond(HA, n(21))).wait(6_000)
)]
#[case::the_next_needs_a_type(
    breaks(unread(Script::new()).open(A2).start(A2, "1", first(HA)), "1")
        .call(A, first(HA), fails(HA, Hresult::TYPE_MISMATCH))
)]
#[case::the_next_acquires(
    breaks(unread(Script::new()).open(A2).start(A2, "1", first(HA)), "1")
        .sends("c", n(2)).call(A, respond(HA, n(21)), brings(HA, n(2))).log("c", acquired(true, heard(&[n(21)])))
)]
#[case::it_is_held(
    breaks(Script::new().alone().open(A2).start(A2, "a", respond(HA, n(21))).wait(6_000), "a")
        .call(A, respond(HA, n(22)), fails(HA, Hresult::CALL_OUTSTANDING))
)]
#[case::it_is_held_beside_a_later_one(
    breaks(Script::new().alone().open(A2).start(A2, "a", respond(HA, n(21))).wait(6_000), "a")
        .start(A, "b", respond(HA, n(22))).wait(400).start(A, "d", respond(HA, n(23)))
        .finish("b", fails(HA, Hresult::CALL_OUTSTANDING))
)]
#[case::it_has_taken_a_notification(
    breaks(Script::new().alone().open(A2).start(A2, "a", respond(HA, n(21))).wait(400).sends("c", n(2)), "a")
        .start(A, "b", respond(HA, n(22))).wait(6_000)
)]
#[case::it_has_taken_the_end(
    breaks(Script::new().alone().open(A2).start(A2, "a", respond(HA, n(21))).wait(400).shuts("c"), "a")
        .call(A, respond(HA, n(22)), fault(0x1C00_001A))
)]
fn lost_answers_accuse_nobody(#[case] script: Script) {
    assert_eq!(accused(script), "");
}

/// A response may have been taken before its call was given up or thrown away.
#[rstest]
#[case::the_channel_is_the_client_s(
    cancels(Script::new().both().start(A, "a", respond(HA, n(21))).wait(6_000), A, "a", 9)
        .call(B, respond(HB, n(31)), released())
)]
#[case::another_closes_a_lost_channel(
    cancels(Script::new().both().start(A, "a", respond(HA, n(21))).wait(6_000), A, "a", 9)
        .call(B, finally(HB, n(31)), closed(Hresult::CHANNEL_ACQUIRED))
)]
#[case::the_source_has_it(gives_up(Script::new()).log("c", acquired(true, heard(&[n(21)]))))]
#[case::the_source_has_it_after_another_fault(
    Script::new().waiting().finish("a", fault(0xC000_0005)).log("c", acquired(true, heard(&[n(21)])))
)]
#[case::the_source_has_it_beside_a_release(
    cancels(Script::new().both().call(B, release(HB), closed(OK)).start(A, "a", respond(HA, n(21))).wait(6_000), A, "a", 10)
        .log("c", acquired(true, heard(&[n(21)])))
)]
#[case::a_notification_was_taken(
    cancels(Script::new().waiting().sends("c", n(2)), A, "a", 5).start(A, "b", respond(HA, n(22))).wait(6_000)
)]
#[case::it_fails(
    Script::new().waiting().pdu(A, Direction::ToServer, CO_CANCEL, 5).finish("a", fails(HA, Hresult(0x8007_04C7)))
)]
#[case::the_registration_has_ended(cancels(Script::new().waiting().unregister(A2, h(1)), A, "a", 5))]
fn calls_that_were_given_up_accuse_nobody(#[case] script: Script) {
    assert_eq!(accused(script), "");
}

/// Two clients wait for channels; one call's answer, with the channel, is lost or can't be read.
fn one_offer(outcome: Outcome) -> Script {
    let script = Script::new().bidi(A, h(1), T).bidi(B, h(2), T).open(A2).start(A2, "1", get_new_channel(h(1)));
    let script = script.start(B, "2", get_new_channel(h(2))).wait(400).opens("c", Some(n(1)));
    script.finish("2", channels(&[HB], OK)).finish("1", outcome)
}

const ONE_OFFER_LESS: &str = "3.1.1.1/every-registration-gets-the-channel";

/// A channel is returned to a registration at most once (SD-25).
#[rstest]
#[case::lost(one_offer(Outcome::Lost).close(A2, Direction::ToServer), "")]
#[case::held(one_offer(Outcome::Lost).close(A2, Direction::ToServer).opens("d", Some(n(2))), "")]
#[case::unreadable(one_offer(unreadable()), "")]
#[case::unreadable_and_another(one_offer(unreadable()).opens("d", Some(n(2))), "3.1.1.4.3/returns-earlier-channels")]
#[case::thrown_away(one_offer(fault(5)), ONE_OFFER_LESS)]
fn channels_out_of_lost_answers_are_not_returned_again(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(accused(script.start(A, "3", get_new_channel(h(1))).wait(6_000)), expected);
}

/// A GetNotification is released for the deletion of its queue; the source says so later.
fn released_again(wait: u64) -> Script {
    let register = register(h(1)).of(t(1)).name(QUEUE).into();
    let script = Script::new().create(A, h(1)).call(A, register, registered(OK)).start(A, "g", get_notification(h(1)));
    let (number, request) = (7, Request::DeletePrinter { printer: QUEUE.into() });
    let script = script.wait(400).event(conformance::event::Kind::StimulusAsked { number, request });
    let kind = Some(mspan::NotificationType::RELEASE);
    let script = script.finish("g", no_notification(kind, OK)).start(A, "h", get_notification(h(1)));
    script.event(conformance::event::Kind::StimulusAnswered { number, answer: Answer::Done }).wait(wait)
}

/// What the order of two calls was shows only where time passed between them.
fn waiting_then(input: mspan::method::In, outcome: Outcome) -> Script {
    let script = Script::new().uni(A, h(1), t(1)).start(A, "g", get_notification(h(1))).start(A, "u", input);
    script.finish("u", outcome)
}

#[rstest]
#[case::a_call_after_the_release(released_again(6_000), "")]
#[case::a_runtime_s_fault(Script::new().waiting().finish("a", fault(0xC000_0005)), "")]
#[case::a_com_fault_on_a_close(Script::new().alone().call(A, release(HA), fault(0x8001_0105)), "")]
#[case::a_fault_for_no_channel(
    Script::new().bidi(A, h(1), T).call(A, get_new_channel(h(1)), fault(0x8000_4005)),
    "3.1.1/registered-object-lets-calls-wait"
)]
#[case::a_fault_of_the_tables(
    Script::new().owned().call(B, release(HB), fault(0x0004_0010)), "3.1.1.4.6/no-exceptions"
)]
#[case::overtaken_by_the_unregistration(
    waiting_then(unregister(h(1)), unregistered(OK)).finish("g", no_notification(None, Hresult::NOT_REGISTERED)), ""
)]
#[case::overtaken_by_the_second(
    waiting_then(get_notification(h(1)), fault(0x8004_000C)).create(A, h(2)), ""
)]
#[case::the_first_refused_at_once(
    Script::new().uni(A, h(1), t(1)).start(A, "g", get_notification(h(1))).start(A, "h", get_notification(h(1)))
        .finish("g", fault(0x8004_000C)),
    ""
)]
#[case::denied_to_another(
    Script::new().create(A, h(1)).call(A, register(h(1)).name(QUEUE).into(), registered(OK))
        .create(B, h(2)).call(B, register(h(2)).name(QUEUE).into(), registered(Hresult::ACCESS_DENIED)),
    ""
)]
#[case::denied_to_the_same(
    Script::new().user(A, "alice", false).user(B, "alice", false)
        .create(A, h(1)).call(A, register(h(1)).name(QUEUE).into(), registered(OK))
        .create(B, h(2)).call(B, register(h(2)).name(QUEUE).into(), registered(Hresult::ACCESS_DENIED)),
    "2.2.1/types-are-opaque, 3.1.1.4.1/all-users-needs-all-rights, 3.1.1.4.1/registrations-stand-side-by-side"
)]
#[case::mistyped_and_second(
    Script::new().waiting().call(A2, respond_as(HA, t(2), n(22)), fails(HA, Hresult::TYPE_MISMATCH)), ""
)]
#[case::too_large_and_second(
    Script::new().waiting().call(A2, respond(HA, octets(0x00A0_0001)), fails(HA, Hresult::RESPONSE_TOO_LARGE)), ""
)]
#[case::well_typed_and_second(
    Script::new().waiting().call(A2, respond(HA, n(22)), fails(HA, Hresult::RESPONSE_TOO_LARGE)),
    "3.1.1.4.4/limit-is-ten-megabytes, 3.1.1.4.4/second-call-is-refused"
)]
fn servers_choose_where_nothing_is_said(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(accused(script), expected);
}

/// The owner's association ends, and its channels are run down.
fn gone(script: Script) -> Script {
    script.owned().finish("a", Outcome::Lost).close(A, Direction::ToServer).run_down(A)
}

/// What becomes of a channel whose owner is gone is said nowhere (SD-68); after a close either answer is right (SD-19).
#[rstest]
#[case::responds(gone(Script::new()).call(B, respond(HB, n(31)), fails(NULL, Hresult::CHANNEL_CLOSED)), "")]
#[case::closes(gone(Script::new()).call(B, release(HB), closed(Hresult::CHANNEL_CLOSED)), "")]
#[case::is_released(gone(Script::new()).call(B, respond(HB, n(31)), released()), "")]
#[case::closes_for_nothing(gone(Script::new()).call(B, release(HB), closed(OK)), "3.1.1.4.6/loser-is-told-of-the-loss")]
#[case::the_owner_is_there(
    Script::new().owned().call(B, respond(HB, n(31)), fails(NULL, Hresult::CHANNEL_CLOSED)),
    "3.1.1/lost-channel-does-not-block"
)]
fn owners_that_are_gone(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(accused(script), expected);
}

/// Some queue is deleted.
fn something_deleted(script: Script) -> Script {
    script.stimulus(Request::DeletePrinter { printer: QUEUE.into() }, Answer::Done)
}

const AFTER_CLOSE: &str = "3.1.1.4.4/no-success-after-close";

/// Nothing succeeds on a channel that CloseChannel has closed, whatever became of the close.
#[rstest]
#[case::after_the_source(
    Script::new().alone().shuts("c").call(A, release(HA), closed(OK)).call(A, respond(HA, n(22)), brings(HA, n(2))),
    AFTER_CLOSE
)]
#[case::after_a_deletion(
    something_deleted(Script::new().alone()).call(A, release(HA), closed(OK)).call(A, respond(HA, n(22)), released()),
    AFTER_CLOSE
)]
#[case::refused(
    Script::new().alone().shuts("c").call(A, release(HA), closed(OK)).call(A, respond(HA, n(22)), fault(0x1C00_001A)), ""
)]
#[case::silent(
    something_deleted(Script::new().alone()).call(A, release(HA), closed(OK)).start(A, "b", respond(HA, n(22))).wait(6_000),
    "3.1.1.4.6/close-overtakes-a-blocked-call"
)]
fn closed_handles(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(accused(script), expected);
}

const STRAY: &str = "MS-RPCE/3.3.1.4.1/handles-belong-to-their-association";

/// A has a channel.
fn with_a_channel(input: mspan::method::In, outcome: Outcome) -> Script {
    unread(Script::new()).call(A, input, outcome)
}

/// Neither NULL nor a handle that GetNewChannel never returned is a channel.
#[rstest]
#[case::null(with_a_channel(first(NULL), brings(HA, n(1))), STRAY)]
#[case::null_closed(with_a_channel(release(NULL), closed(OK)), STRAY)]
#[case::never_returned(with_a_channel(release(h(99)), closed(OK)), STRAY)]
#[case::another_s(Script::new().both().call(B, release(HA), closed(OK)), STRAY)]
#[case::refused(with_a_channel(release(h(99)), fault(0x1C00_001A)), "")]
#[case::refused_by_the_method(with_a_channel(first(NULL), fault(0x8004_0008)), "3.1.1.4.4/no-exceptions")]
#[case::closed_by_a_fault_of_the_method(with_a_channel(release(NULL), fault(0x8004_0008)), "3.1.1.4.6/no-exceptions")]
#[case::returned_unseen(
    Script::new().bidi(A, h(1), T).call(A, get_new_channel(h(1)), unreadable()).call(A, first(h(99)), brings(h(99), n(1))),
    ""
)]
#[case::returned_before_the_trace(
    with_a_channel(first(HA), brings(HA, n(1))).gap(A, Direction::ToClient, Layer::Transport, false)
        .call(A, first(h(99)), brings(h(99), n(1))),
    ""
)]
fn handles_of_no_channel(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(accused(script), expected);
}

/// A's connection, on which the two sides say whether they multiplex.
fn agreeing(client: u8, server: u8) -> Script {
    let script = Script::new().open(A).flagged(A, Direction::ToServer, 11, 3 | client);
    script.flagged(A, Direction::ToClient, 12, 3 | server)
}

/// PFC_CONC_MPX.
const MULTIPLEX: u8 = 0x10;

/// UnregisterClient behind a call that waits on the same connection.
fn behind(script: Script) -> Script {
    script
        .uni(A, h(1), t(1))
        .start(A, "g", get_notification(h(1)))
        .wait(400)
        .start(A, "u", unregister(h(1)))
        .wait(6_000)
}

/// On a connection that carries one call at a time, a server need not look at a second one ([MS-RPCE] 3.3.1.5.8).
#[rstest]
#[case::agreed(behind(agreeing(MULTIPLEX, MULTIPLEX)), "3.1.1.4.2/unregister-overtakes-waiting-calls")]
#[case::proposed(behind(agreeing(MULTIPLEX, 0)), "")]
#[case::not_proposed(behind(agreeing(0, MULTIPLEX)), "")]
#[case::two_waiting(
    agreeing(0, 0).uni(A, h(1), t(1)).start(A, "g", get_notification(h(1))).wait(400)
        .start(A, "h", get_notification(h(1))).wait(6_000),
    ""
)]
#[case::a_second_response(agreeing(0, 0).waiting().start(A, "b", respond(HA, n(22))).wait(6_000), "")]
#[case::a_close(agreeing(0, 0).waiting().start(A, "b", release(HA)).wait(6_000), "")]
#[case::a_close_elsewhere(
    agreeing(0, 0).waiting().start(A2, "b", release(HA)).wait(6_000), "3.1.1.4.6/close-overtakes-a-blocked-call"
)]
#[case::a_create(agreeing(0, 0).waiting().start(A, "b", create()).wait(6_000), "")]
#[case::a_create_alone(agreeing(0, 0).start(A, "b", create()).wait(6_000), "C706/12.6.4/calls-are-answered")]
#[case::a_response_that_may_not_have_begun(
    agreeing(0, 0).both().start(A, "g", get_new_channel(h(1))).wait(400).start(A, "a", respond(HA, n(21))).wait(6_000)
        .start(B, "b", respond(HB, n(31))).wait(400).sends("c", n(2)).finish("b", brings(HB, n(2))),
    ""
)]
fn connections_of_one_call(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(accused(script), expected);
}

/// A trace of which nobody knows what the sources did, as in a capture.
fn captured() -> Script {
    let mut script = Script::new();
    (script.config.vantage, script.config.source) = (trace::Vantage::Unknown, conformance::Source::Unseen);
    script
}

/// GetNotification that waits.
fn waits(script: Script, milliseconds: u64) -> Script {
    script.uni(A, h(1), t(1)).start(A, "g", get_notification(h(1))).wait(milliseconds)
}

/// GetNewChannel that waits.
fn expects(script: Script, milliseconds: u64) -> Script {
    script.bidi(A, h(1), T).start(A, "g", get_new_channel(h(1))).wait(milliseconds)
}

const ENDED: &str = "3.1.1.4.5/call-ends-with-a-notification-only, 3.1.1/registered-object-lets-calls-wait";

/// The server ends A's connection.
fn cut(script: Script) -> Script {
    script.finish("g", Outcome::Lost).close(A, Direction::ToClient)
}

/// A shutdown, or the deletion of a queue, shows in a capture by nothing else than the calls that it ends (SD-67).
#[rstest]
#[case::a_notification(waits(captured(), 60_000).finish("g", fault(0x8007_071A)), "")]
#[case::a_notification_at_once(waits(captured(), 0).finish("g", fault(0x8007_071A)), "3.1.1/registered-object-lets-calls-wait")]
#[case::a_notification_of_known_sources(waits(Script::new(), 60_000).finish("g", fault(0x8007_071A)), ENDED)]
#[case::a_channel(expects(captured(), 60_000).finish("g", channels(&[], Hresult(0x8007_071A))), "")]
#[case::a_channel_at_once(
    expects(captured(), 0).finish("g", channels(&[], Hresult(0x8000_4005))),
    "3.1.1.4.3/waits-for-a-channel, 3.1.1/registered-object-lets-calls-wait"
)]
#[case::a_connection(cut(waits(captured(), 60_000)), "")]
#[case::a_connection_of_known_sources(cut(waits(Script::new(), 60_000)), "C706/12.6.4/calls-are-answered")]
#[case::a_connection_with_another_call(
    cut(waits(captured(), 60_000).start(A, "c", create()).finish("c", Outcome::Lost)), "C706/12.6.4/calls-are-answered"
)]
fn ends_that_nobody_saw(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(accused(script), expected);
}

/// A waits, and its call ends with 0x8007071A though nobody has unregistered it; it calls again.
fn after_termination(script: Script, input: mspan::method::In) -> Script {
    let script = script.wait(6_000).stimulus(Request::Shutdown, Answer::Done);
    script.finish("g", fault(0x8007_071A)).start(A, "h", input)
}

const ENDS_FOR_GOOD: &str = "3.1.1.4.5/unregistration-ends-notifications";

#[rstest]
#[case::parked(after_termination(waits(Script::new(), 0), get_notification(h(1))).wait(6_000), ENDS_FOR_GOOD)]
#[case::given_something(
    after_termination(waits(Script::new(), 0), get_notification(h(1))).notify(t(1), n(1)).finish("h", notification(t(1), n(1))),
    ENDS_FOR_GOOD
)]
#[case::failed(after_termination(waits(Script::new(), 0), get_notification(h(1))).finish("h", fault(0x8007_071A)), "")]
#[case::parked_for_channels(
    after_termination(expects(Script::new(), 0), get_new_channel(h(1))).wait(6_000),
    "3.1.1.4.3/calls-fail-after-termination"
)]
#[case::registered_anew(
    waits(Script::new(), 0).unregister(A2, h(1)).finish("g", fault(0x8007_071A))
        .register(A, h(1), t(1), mspan::ConversationStyle::UNIDIRECTIONAL).start(A, "h", get_notification(h(1))).wait(6_000),
    ""
)]
fn calls_after_a_termination(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(accused(script), expected);
}

/// Two UnregisterClient calls at once, of which the first has succeeded.
fn leaves_twice(script: Script) -> Script {
    let script = script.open(A2).start(A, "1", unregister(h(1))).start(A2, "2", unregister(h(1)));
    script.finish("1", unregistered(OK))
}

#[rstest]
#[case::both(leaves_twice(Script::new().uni(A, h(1), t(1))).finish("2", unregistered(OK)), "3.1.1.4.2/unregister-succeeds-but-once")]
#[case::one(leaves_twice(Script::new().uni(A, h(1), t(1))).finish("2", unregistered(Hresult::ALREADY_UNREGISTERED)), "")]
#[case::both_of_two_registrations(
    Script::new().uni(A, h(1), t(1)).open(A2).start(A, "1", unregister(h(1)))
        .register(A2, h(1), t(1), mspan::ConversationStyle::UNIDIRECTIONAL).start(A2, "2", unregister(h(1)))
        .finish("1", unregistered(OK)).finish("2", unregistered(OK)),
    ""
)]
#[case::a_notification_without_type(
    Script::new().waiting().sends("c", n(2)).shuts("c").finish("a", replies(NULL, None, Some(n(2)), OK)),
    "3.1.1.4.4/type-is-the-registered-one"
)]
fn smaller_breaches(#[case] script: Script, #[case] expected: &str) {
    assert_eq!(accused(script), expected);
}
