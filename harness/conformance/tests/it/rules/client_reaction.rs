//! What clients do about a notification that a channel has brought ([MS-PAN] 2.2.3, 3.1.3.4.2, 3.2.3.4).

use bytes::Bytes;
use conformance::Severity::{Fail, Inconclusive, Warn};
use conformance::{Source, rules};
use dcerpc::ContextHandle;
use mspan::{Hresult, NotificationType};
use rstest::rstest;
use trace::{Direction, Vantage};

use super::documents::*;
use crate::case::{Case, decided, shown};
use crate::dialogue::*;
use crate::script::*;

const ASYNC_UI: NotificationType = NotificationType::ASYNC_UI;
const ANSWERED: &str = "MS-PAN/2.2.3/notification-on-a-channel-is-answered";
const ONE_CALL: &str = "MS-PAN/3.1.3.4.2/answer-is-not-another-call";
const CLOSED: &str = "MS-PAN/3.1.3.4.2/answer-is-a-close";
const BOX_REASON: &str = "MS-PAN/3.2.3.4.2/choice-comes-as-reason-of-the-close";

/// A message box that needs no files but those that every client has.
pub(crate) const PLAIN_BOX: &str = r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen><messageBoxUI><title stringID="109"/><body>Which tray?</body><buttons><button buttonID="3" stringID="600"/><button buttonID="IDCANCEL"/></buttons></messageBoxUI></requestOpen></v1></asyncPrintUIRequest>"#;

/// The client closes its connection.
fn leaves(script: Script) -> Script {
    script.close(A, Direction::ToServer).run_down(A)
}

/// It says farewell before.
fn departs(script: Script) -> Script {
    leaves(script.unregister(A, h(1)).delete(A, h(1)))
}

/// The client releases the channel.
pub(super) fn releases(script: Script) -> Script {
    script.call(A, release(HA), closed(Hresult::OK))
}

/// The client releases the channel, and stays.
pub(super) fn declines(script: Script) -> Script {
    releases(script).wait(6_000)
}

/// The client replies.
pub(super) fn replies_with(script: Script, reply: &str) -> Script {
    script.call(A, close_as(HA, ASYNC_UI, utf16(reply)), closed(Hresult::OK))
}

/// The client responds and asks for more.
fn goes_on(script: Script, kind: NotificationType, data: Bytes) -> Script {
    script.start(A, "more", respond_as(HA, kind, data))
}

fn custom_data(script: Script) -> Script {
    data(script, "", "", &[0, 0, 7])
}

/// Whose wait for channels the server has ended may give up what his user has not answered.
#[rstest]
#[case::while_it_waits("3.1.3.4.2-05 fail")]
#[case::after_0x8007071a("")]
fn a_box_is_released(#[case] expected: &str) {
    let script = opens(Script::new(), PLAIN_BOX, "", "").start(A2, "g", get_new_channel(h(1))).wait(400);
    let script = if expected.is_empty() { script.finish("g", fault(0x8007_071A)) } else { script };
    assert_eq!(decided(CLOSED, declines(script)), expected);
}

/// What is missing, or may have been sent before the notification came, accuses nobody.
#[test]
fn a_user_may_take_any_time() {
    let of_ours = |rule: &str| rule == ANSWERED || rule == ONE_CALL || rule == CLOSED;
    let quiet = |script: Script| {
        let report = script.judge(rules::all().filter(|rule| of_ours(rule.id)));
        assert!(report.findings.is_empty(), "{:#?}", report.findings.iter().map(shown).collect::<Vec<_>>());
    };
    quiet(opens(Script::new(), PLAIN_BOX, "", "").wait(86_400_000));
    // The connection was cut.
    quiet(opens(Script::new(), PLAIN_BOX, "", "").close(A, Direction::ToClient).run_down(A));
    // The server sees a client leave at the moment at which it notifies it.
    let mut server = Script::new();
    server.config.vantage = Vantage::Server;
    quiet(leaves(opens(server.clone(), PLAIN_BOX, "", "")));
    // It sees a release, on another connection, at that moment.
    quiet(opens(server.clone(), PLAIN_BOX, "", "").start(A2, "close", release(HA)));
    quiet(opens(server.clone(), PLAIN_BOX, "", "").call(A2, release(HA), closed(Hresult::OK)).wait(6_000));
    quiet(opens(server, PLAIN_BOX, "", "").start(A2, "more", first(HA)));
    // A client that leaves releases what its user has not answered.
    quiet(releases(opens(Script::new(), PLAIN_BOX, "", "").unregister(A, h(1))).wait(6_000));
    quiet(releases(opens(Script::new(), PLAIN_BOX, "", "")).unregister(A, h(1)).wait(6_000));
    // A channel of another type is released as its client likes.
    let mut other = Script::new();
    other.config.source = Source::Unseen;
    quiet(departs(releases(channel(other, t(1), n(1)))));
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: ANSWERED,
        requirement: "PAN-2.2.3-02",
        verdict: Fail,
        keeps: |s| departs(replies_with(opens(s, PLAIN_BOX, "", ""), BOX_REPLY)),
        breaks: |s| departs(opens(s, PLAIN_BOX, "", "")),
        also: &[CLOSED],
    },
    Case {
        rule: ANSWERED,
        requirement: "PAN-2.2.3-02",
        verdict: Fail,
        keeps: |mut s| {
            s.config.source = Source::Unseen;
            s.bidi(A, h(1), T).offered(A, h(1), &[HA]).reads(A, HA, n(1)).start(A, "a", respond(HA, n(2)))
        },
        breaks: |mut s| {
            s.config.source = Source::Unseen;
            s.config.vantage = Vantage::Server;
            departs(s.bidi(A, h(1), T).offered(A, h(1), &[HA]).reads(A, HA, n(1)).wait(6_000))
        },
        also: &[],
    },
    Case {
        rule: ONE_CALL,
        requirement: "PAN-3.2.3.4.2-03",
        verdict: Fail,
        keeps: |s| replies_with(opens(s, PLAIN_BOX, "", ""), BOX_REPLY),
        breaks: |s| goes_on(opens(s, PLAIN_BOX, "", ""), ASYNC_UI, utf16(BOX_REPLY)),
        also: &[CLOSED, BOX_REASON],
    },
    Case {
        rule: ONE_CALL,
        requirement: "PAN-3.2.3.4.3-04",
        verdict: Fail,
        keeps: |s| replies_with(opens(s, CUSTOM_UI, "", ""), CUSTOM_REPLY),
        breaks: |s| goes_on(opens(s, CUSTOM_UI, "", ""), ASYNC_UI, utf16(CUSTOM_REPLY)),
        also: &[CLOSED, "MS-PAN/3.2.3.4.3/result-of-custom-ui-comes-as-reason-of-the-close"],
    },
    Case {
        rule: ONE_CALL,
        requirement: "PAN-3.2.3.4.4-04",
        verdict: Fail,
        keeps: |s| replies_with(custom_data(s), CUSTOM_REPLY),
        breaks: |s| goes_on(custom_data(s), ASYNC_UI, Bytes::new()),
        also: &[],
    },
    Case {
        rule: ONE_CALL,
        requirement: "PAN-3.1.3.4.2-06",
        verdict: Warn,
        keeps: |s| replies_with(opens(s, PLAIN_BOX, "", ""), BOX_REPLY),
        breaks: |s| goes_on(opens(s, PLAIN_BOX, "", ""), NotificationType::RELEASE, Bytes::new()),
        also: &[],
    },
    Case {
        rule: CLOSED,
        requirement: "PAN-3.2.3.4.2-04",
        verdict: Fail,
        keeps: |s| replies_with(opens(s, PLAIN_BOX, "", ""), BOX_REPLY),
        breaks: |s| leaves(opens(s, PLAIN_BOX, "", "")),
        also: &[ANSWERED],
    },
    Case {
        rule: CLOSED,
        requirement: "PAN-3.2.3.4.3-05",
        verdict: Fail,
        keeps: |s| releases(opens(s, CUSTOM_UI, "", "")),
        breaks: |s| leaves(opens(s, CUSTOM_UI, "", "")),
        also: &[ANSWERED],
    },
    Case {
        rule: CLOSED,
        requirement: "PAN-3.2.3.4.4-05",
        verdict: Fail,
        keeps: |s| releases(custom_data(s)),
        breaks: |s| leaves(custom_data(s)),
        also: &[ANSWERED],
    },
    Case {
        rule: CLOSED,
        requirement: "PAN-3.1.3.4.2-05",
        verdict: Fail,
        keeps: |s| replies_with(opens(s, PLAIN_BOX, "", ""), BOX_REPLY),
        breaks: |s| declines(opens(s, PLAIN_BOX, "", "")),
        also: &[],
    },
    Case {
        rule: CLOSED,
        requirement: "PAN-3.1.3.4.2-05",
        verdict: Fail,
        // A call that was refused before the notification came is no reaction to it.
        keeps: |s| replies_with(opens(s, PLAIN_BOX, "", ""), BOX_REPLY),
        breaks: |mut s| {
            s.config.source = Source::Unseen;
            let s = s.bidi(A, h(1), ASYNC_UI).offered(A, h(1), &[HA]).start(A, "a", first(HA));
            let s = s.wait(1_000).call(A2, first(HA), fails(HA, Hresult::CALL_OUTSTANDING));
            declines(s.finish("a", replies(HA, Some(ASYNC_UI), Some(utf16(PLAIN_BOX)), Hresult::OK)))
        },
        also: &[],
    },
    Case {
        rule: CLOSED,
        requirement: "PAN-3.1.3.4.2-05",
        verdict: Inconclusive,
        keeps: |s| replies_with(opens(s, PLAIN_BOX, "", ""), BOX_REPLY),
        breaks: |s| declines(opens(s, MESSAGE_BOX, "", "")),
        also: &[],
    },
    Case {
        rule: CLOSED,
        requirement: "PAN-3.1.3.4.2-05",
        verdict: Fail,
        keeps: |s| replies_with(opens(s, PLAIN_BOX, "", ""), BOX_REPLY),
        breaks: |s| goes_on(opens(s, PLAIN_BOX, "", ""), ASYNC_UI, utf16(BOX_REPLY)),
        also: &[ONE_CALL, BOX_REASON],
    },
];

/// A channel of one type brings a document under another.
fn brings_as(script: Script, registered: NotificationType, given: NotificationType, text: &str) -> Script {
    let mut script = script;
    script.config.source = Source::Unseen;
    let reply = replies(HA, Some(given), Some(utf16(text)), Hresult::OK);
    script.bidi(A, h(1), registered).offered(A, h(1), &[HA]).call(A, first(HA), reply)
}

/// A message box comes with a reply of the server's choice.
fn comes(script: Script, outcome: conformance::event::Outcome) -> Script {
    let mut script = script;
    script.config.source = Source::Unseen;
    script.bidi(A, h(1), ASYNC_UI).offered(A, h(1), &[HA]).call(A, first(HA), outcome)
}

/// The client makes another call on the channel before the notification comes.
fn before(script: Script, input: mspan::method::In, outcome: conformance::event::Outcome) -> Script {
    let mut script = script;
    script.config.source = Source::Unseen;
    let script = script.bidi(A, h(1), ASYNC_UI).offered(A, h(1), &[HA]).start(A, "a", first(HA));
    let script = script.wait(1_000).call(A2, input, outcome);
    script.finish("a", replies(HA, Some(ASYNC_UI), Some(utf16(PLAIN_BOX)), Hresult::OK))
}

fn goes(script: Script) -> Script {
    script.close(A2, Direction::ToServer).close(A, Direction::ToServer).run_down(A)
}

fn boxed() -> Script {
    opens(Script::new(), PLAIN_BOX, "", "")
}

/// The server is the witness.
fn by_server() -> Script {
    let mut script = Script::new();
    script.config.vantage = Vantage::Server;
    script
}

/// A message box, as the server sees it.
fn served() -> Script {
    opens(by_server(), PLAIN_BOX, "", "")
}

/// One handle is returned to two registrations.
fn twice(mut script: Script) -> Script {
    script.config.source = Source::Unseen;
    let script = script.bidi(A, h(1), ASYNC_UI).offered(A, h(1), &[HA]);
    script.bidi(A, h(2), ASYNC_UI).offered(A, h(2), &[HA])
}

/// A message box with something else in place of a part of it.
fn box_with(from: &str, to: &str) -> Script {
    opens(Script::new(), PLAIN_BOX, from, to)
}

const A_BOX: &str = "3.1.3.4.2-05 fail, 3.2.3.4.2-04 fail";

#[rstest]
#[case::left(ANSWERED, leaves(boxed()), "2.2.3-02 fail")]
#[case::released(ANSWERED, departs(releases(boxed())), "2.2.3-02 pass")]
#[case::refused_before_and_left(
    ANSWERED,
    goes(before(Script::new(), first(HA), fails(HA, Hresult::CALL_OUTSTANDING))),
    "2.2.3-02 fail"
)]
#[case::closed_before_and_left(ANSWERED, goes(before(Script::new(), release(HA), closed(Hresult::OK))), "")]
#[case::gone_on_with(ANSWERED, leaves(goes_on(boxed(), ASYNC_UI, Bytes::new()).finish("more", conformance::event::Outcome::Lost)), "2.2.3-02 pass")]
#[case::at_the_end(
    ANSWERED,
    leaves(comes(Script::new(), replies(ContextHandle::NULL, Some(ASYNC_UI), Some(utf16(PLAIN_BOX)), Hresult::OK))),
    ""
)]
#[case::with_a_failure(
    ANSWERED,
    leaves(comes(Script::new(), replies(HA, Some(ASYNC_UI), Some(utf16(PLAIN_BOX)), Hresult(0x8000_4005)))),
    ""
)]
#[case::with_a_release(
    ANSWERED,
    leaves(comes(Script::new(), replies(HA, Some(NotificationType::RELEASE), Some(utf16(PLAIN_BOX)), Hresult::OK))),
    ""
)]
#[case::a_box_left(CLOSED, leaves(boxed()), A_BOX)]
#[case::a_balloon_left(CLOSED, leaves(opens(Script::new(), BALLOON, "", "")), "")]
#[case::rubbish_left(CLOSED, leaves(brings_as(Script::new(), ASYNC_UI, ASYNC_UI, "rubbish")), "")]
#[case::a_box_of_another_type_left(CLOSED, leaves(brings_as(Script::new(), T, T, PLAIN_BOX)), "")]
#[case::a_box_under_a_wrong_type_left(CLOSED, leaves(brings_as(Script::new(), T, ASYNC_UI, PLAIN_BOX)), "")]
#[case::a_box_without_its_type_left(CLOSED, leaves(brings_as(Script::new(), ASYNC_UI, T, PLAIN_BOX)), "")]
#[case::custom_data_that_wants_nothing(
    CLOSED, leaves(data(Script::new(), "bidi=\"true\"", "bidi=\"false\"", &[0, 0, 7])), ""
)]
#[case::a_box_released_by_one_who_leaves(CLOSED, releases(boxed()), "")]
#[case::a_box_released_by_one_who_unregisters(CLOSED, releases(boxed()).unregister(A, h(1)).wait(6_000), "")]
#[case::a_box_released(CLOSED, declines(boxed()), "3.1.3.4.2-05 fail")]
#[case::a_box_released_before(
    CLOSED, before(Script::new(), release(HA), closed(Hresult::OK)).wait(6_000), ""
)]
#[case::a_box_released_after_another_call(
    CLOSED, declines(goes_on(boxed(), ASYNC_UI, Bytes::new()).finish("more", fails(HA, Hresult::CALL_OUTSTANDING))), ""
)]
#[case::a_box_replied_to(CLOSED, replies_with(boxed(), BOX_REPLY), "3.1.3.4.2-05 pass, 3.2.3.4.2-04 pass")]
#[case::a_box_gone_on_with(CLOSED, goes_on(boxed(), ASYNC_UI, Bytes::new()), "")]
#[case::a_box_replied_to_by_another_call(CLOSED, goes_on(boxed(), ASYNC_UI, utf16(BOX_REPLY)), A_BOX)]
#[case::custom_ui_released(CLOSED, declines(opens(Script::new(), CUSTOM_UI, "", "")), "3.2.3.4.3-05 pass")]
#[case::a_balloon_released(CLOSED, declines(opens(Script::new(), BALLOON, "", "")), "")]
#[case::a_box_that_is_not_quite_valid_released(
    CLOSED,
    declines(box_with("</messageBoxUI>", "</messageBoxUI><!-- --> ")),
    "3.1.3.4.2-05 fail"
)]
#[case::a_box_with_a_picture_released(
    CLOSED,
    declines(opens(Script::new(), MESSAGE_BOX, "", "")),
    "3.1.3.4.2-05 inconclusive"
)]
#[case::a_box_whose_title_lies_in_a_file(
    CLOSED,
    declines(box_with("<title stringID=\"109\"/>", "<title stringID=\"109\" resourceDll=\"a.dll\"/>")),
    "3.1.3.4.2-05 inconclusive"
)]
#[case::a_box_whose_button_lies_in_a_file(
    CLOSED,
    declines(box_with("stringID=\"600\"", "stringID=\"600\" resourceDll=\"a.dll\"")),
    "3.1.3.4.2-05 inconclusive"
)]
#[case::a_box_whose_cancel_lies_in_a_file(
    CLOSED,
    declines(box_with("buttonID=\"IDCANCEL\"", "buttonID=\"IDCANCEL\" stringID=\"1\" resourceDll=\"a.dll\"")),
    "3.1.3.4.2-05 fail"
)]
#[case::a_box_released_by_another_connection(
    CLOSED, boxed().call(A2, release(HA), closed(Hresult::OK)).wait(6_000), "3.1.3.4.2-05 fail"
)]
#[case::a_box_of_two_registrations_left(
    CLOSED,
    leaves(
        twice(Script::new()).call(A, first(HA), replies(HA, Some(ASYNC_UI), Some(utf16(PLAIN_BOX)), Hresult::OK)),
    ),
    ""
)]
#[case::replied_to_by_another_connection(
    ONE_CALL, served().start(A2, "more", respond_as(HA, ASYNC_UI, utf16(BOX_REPLY))), "3.1.3.4.2-06 fail, 3.2.3.4.2-03 fail"
)]
#[case::released_by_a_call_of_another_connection(
    ONE_CALL, served().start(A2, "more", respond_as(HA, NotificationType::RELEASE, n(1))), ""
)]
#[case::custom_ui_released_by_another_call(
    "MS-PAN/3.2.3/custom-notification-is-answered-by-its-reply",
    goes_on(opens(Script::new(), CUSTOM_UI, "", ""), NotificationType::RELEASE, Bytes::new()),
    "3.2.3-05 warn"
)]
#[case::rubbish_released_by_another_call(
    "MS-PAN/3.2.3/invalid-notification-is-released",
    goes_on(brings_as(Script::new(), ASYNC_UI, ASYNC_UI, "rubbish"), NotificationType::RELEASE, Bytes::new()),
    "3.2.3-03 warn"
)]
#[case::a_bidi_that_is_not_true_released_by_another_connection(
    "MS-PAN/3.2.3.4.1/bidi-counts-as-false",
    opens(by_server(), CUSTOM_UI, "true", "yes").start(A2, "close", release(HA)),
    ""
)]
fn notifications_of_channels(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}

const BOX_ANSWERED: &str = "MS-PAN/3.2.3/message-box-is-answered-by-its-reply";

/// A's first call waits, a second one is refused, and the first brings a message box.
fn after_a_refusal(script: Script) -> Script {
    let script = script.opens("c", None).bidi(A, h(1), ASYNC_UI).offered(A, h(1), &[HA]);
    let script = script.start(A, "a", first(HA)).wait(6_000).call(A2, first(HA), fails(HA, Hresult::CALL_OUTSTANDING));
    script.finish("a", replies(HA, Some(ASYNC_UI), Some(utf16(PLAIN_BOX)), Hresult::OK))
}

#[rstest]
#[case::answered(replies_with(opens(Script::new(), PLAIN_BOX, "", ""), BOX_REPLY), "pass")]
#[case::answered_after_a_refusal(replies_with(after_a_refusal(Script::new()), BOX_REPLY), "pass")]
#[case::answered_twice(
    replies_with(replies_with(opens(Script::new(), PLAIN_BOX, "", ""), BOX_REPLY), BOX_REPLY),
    "pass"
)]
#[case::answered_wrongly_after_the_answer(
    replies_with(replies_with(opens(Script::new(), PLAIN_BOX, "", ""), BOX_REPLY), CUSTOM_REPLY),
    "pass"
)]
#[case::of_another_type(
    replies_with(
        Script::new().opens("c", None).bidi(A, h(1), ASYNC_UI).offered(A, h(1), &[HA])
            .call(A, first(HA), replies(HA, Some(t(2)), Some(utf16(PLAIN_BOX)), Hresult::OK)),
        CUSTOM_REPLY,
    ),
    ""
)]
#[case::released_by_another_call(goes_on(boxed(), NotificationType::RELEASE, Bytes::new()), "warn")]
#[case::answered_in_a_release_by_another_call(goes_on(boxed(), NotificationType::RELEASE, utf16(BOX_REPLY)), "fail")]
fn message_boxes_are_answered_once(#[case] script: Script, #[case] expected: &str) {
    let decided = decided(BOX_ANSWERED, script);
    let words: std::collections::BTreeSet<&str> =
        decided.split(", ").filter_map(|word| word.split_once(' ')).map(|(_, word)| word).collect();
    assert_eq!(words.into_iter().collect::<Vec<_>>().join(", "), expected, "{decided}");
}
