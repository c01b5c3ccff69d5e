//! Which channel handles clients use ([MS-PAN] 3.1.1.4.4, 3.1.1.4.6).

use conformance::Severity::{Fail, Note, Warn};
use conformance::event::Outcome;
use dcerpc::ContextHandle;
use mspan::{Hresult, NotificationType};
use rstest::rstest;
use trace::{Direction, Vantage};

use crate::case::{Case, decided};
use crate::dialogue::*;
use crate::rules::client_channel::{reply, utf16};
use crate::script::*;

const NULL: ContextHandle = ContextHandle::NULL;
/// A's third connection.
const A3: Line = Line(5, 0);
const GNSR_STEM: &str = "MS-PAN/3.1.1.4.4/handle-is-of-get-new-channel";
const CLOSE_STEM: &str = "MS-PAN/3.1.1.4.6/handle-is-of-get-new-channel";
const GNSR_OPEN: &str = "MS-PAN/3.1.1.4.4/handle-is-open";
const CLOSE_OPEN: &str = "MS-PAN/3.1.1.4.6/handle-is-open";

pub(super) static CASES: &[Case] = &[
    Case {
        rule: GNSR_STEM,
        requirement: "PAN-3.1.1.4.4-01",
        verdict: Fail,
        keeps: Script::heard,
        breaks: |s| s.offer(T).start(A, "a", first(h(1))),
        also: &[],
    },
    Case {
        rule: GNSR_STEM,
        requirement: "PAN-3.1.1.4.4-03",
        verdict: Fail,
        keeps: Script::heard,
        breaks: |s| s.heard().joins(B, h(2), &[HB]).start(B, "b", respond(HA, n(21))),
        also: &[],
    },
    Case {
        rule: CLOSE_STEM,
        requirement: "PAN-3.1.1.4.6-01",
        verdict: Fail,
        keeps: |s| s.heard().call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| s.uni(A, h(1), T).start(A, "a", release(h(1))),
        also: &[],
    },
    Case {
        rule: CLOSE_STEM,
        requirement: "PAN-3.1.1.4.6-03",
        verdict: Fail,
        keeps: |s| s.heard().call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| s.heard().start(A, "a", release(h(77))),
        also: &[],
    },
    Case {
        rule: GNSR_OPEN,
        requirement: "PAN-3.1.1.4.4-02",
        verdict: Fail,
        keeps: Script::heard,
        breaks: |s| s.heard().start(A, "a", respond(NULL, n(21))),
        also: &[],
    },
    Case {
        rule: GNSR_OPEN,
        requirement: "PAN-3.1.1.4.4-02",
        verdict: Fail,
        keeps: Script::answered,
        breaks: |s| {
            s.heard().call(A, respond(HA, n(21)), fails(NULL, Hresult::CHANNEL_CLOSED)).start(
                A,
                "a",
                respond(HA, n(22)),
            )
        },
        also: &["MS-PAN/3.1.1.4.4/errors-are-fatal"],
    },
    Case {
        rule: GNSR_OPEN,
        requirement: "PAN-3.1.1.4.4-40",
        verdict: Fail,
        keeps: |s| s.heard().call(A, respond(HA, n(21)), released()).leaves(),
        breaks: |s| s.heard().call(A, respond(HA, n(21)), released()).start(A, "a", respond(HA, n(22))),
        also: &[],
    },
    // The type alone would say that all is well.
    Case {
        rule: GNSR_OPEN,
        requirement: "PAN-3.1.1.4.4-40",
        verdict: Fail,
        keeps: |s| s.heard().call(A, respond(HA, n(21)), brings(NULL, n(2))).leaves(),
        breaks: |s| s.heard().call(A, respond(HA, n(21)), brings(NULL, n(2))).start(A, "a", respond(NULL, n(22))),
        also: &[],
    },
    // At the server's tap the answer and a call on another connection cross; the next one on the same can't.
    Case {
        rule: GNSR_OPEN,
        requirement: "PAN-3.1.1.4.4-40",
        verdict: Fail,
        keeps: |s| {
            let s = from(s, Vantage::Server).heard().start(A, "a", respond(HA, n(21))).finish("a", released());
            s.start(A3, "2", release(HA))
        },
        breaks: |s| {
            let s = from(s, Vantage::Server).heard().start(A, "a", respond(HA, n(21))).finish("a", released());
            s.start(A, "2", respond(HA, n(22)))
        },
        also: &[],
    },
    Case {
        rule: GNSR_OPEN,
        requirement: "PAN-3.1.1.4.4-41",
        verdict: Fail,
        keeps: |s| s.heard().call(A, finally(HA, n(21)), closed(Hresult::OK)).leaves(),
        breaks: |s| {
            s.heard().call(A, finally(HA, n(21)), closed_with(HA, Hresult::OK)).start(A, "a", respond(HA, n(22)))
        },
        also: &[],
    },
    Case {
        rule: CLOSE_OPEN,
        requirement: "PAN-3.1.1.4.6-02",
        verdict: Fail,
        keeps: |s| s.heard().call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| s.heard().start(A, "a", release(NULL)),
        also: &[],
    },
    Case {
        rule: CLOSE_OPEN,
        requirement: "PAN-3.1.1.4.6-24",
        verdict: Fail,
        keeps: |s| s.heard().call(A, respond(HA, n(21)), released()).leaves(),
        breaks: |s| s.heard().call(A, respond(HA, n(21)), released()).start(A, "a", release(NULL)),
        also: &[],
    },
    Case {
        rule: CLOSE_OPEN,
        requirement: "PAN-3.1.1.4.6-24",
        verdict: Fail,
        keeps: |s| s.heard().call(A, respond(HA, n(21)), brings(NULL, n(2))).leaves(),
        breaks: |s| s.heard().call(A, respond(HA, n(21)), brings(NULL, n(2))).start(A, "a", release(HA)),
        also: &[],
    },
    // Figure 11 draws such a call (SD-11).
    Case {
        rule: CLOSE_OPEN,
        requirement: "PAN-3.1.1.4.6-24",
        verdict: Warn,
        keeps: |s| s.offer(NotificationType::ASYNC_UI).call(A, first(HA), released()).leaves(),
        breaks: |s| s.offer(NotificationType::ASYNC_UI).call(A, first(HA), released()).start(A, "a", release(NULL)),
        also: &[],
    },
    Case {
        rule: CLOSE_OPEN,
        requirement: "PAN-3.1.1.4.6-25",
        verdict: Fail,
        keeps: |s| s.heard().call(A, release(HA), closed(Hresult::OK)).leaves(),
        breaks: |s| s.heard().call(A, release(HA), closed(Hresult::OK)).start(A, "a", release(HA)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/errors-are-fatal",
        requirement: "PAN-3.1.1.4.4-25",
        verdict: Fail,
        keeps: |s| failed(s).call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| failed(s).start(A, "a", respond(HA, n(21))),
        also: &[],
    },
    // A second call was refused; to repeat it while the first is outstanding is of no use, later it is.
    Case {
        rule: "MS-PAN/3.1.1.4.4/errors-are-fatal",
        requirement: "PAN-3.1.1.4.4-25",
        verdict: Fail,
        keeps: |s| {
            let s = s.offer(T).start(A, "a", first(HA)).call(A3, first(HA), fails(HA, Hresult::CALL_OUTSTANDING));
            let s = s.finish("a", brings(HA, n(1))).call(A, respond(HA, n(21)), fails(HA, Hresult::OUT_OF_MEMORY));
            s.call(A, release(HA), closed(Hresult::OK))
        },
        breaks: |s| {
            let s = s.offer(T).start(A, "a", first(HA)).call(A3, first(HA), fails(HA, Hresult::CALL_OUTSTANDING));
            s.start(A3, "2", first(HA))
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/errors-are-fatal",
        requirement: "PAN-3.1.1.4.6-18",
        verdict: Fail,
        keeps: |s| unclosed(s).wait(200_000),
        breaks: |s| unclosed(s).start(A, "a", release(HA)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/errors-are-fatal",
        requirement: "PAN-3.1.1.4.6-18",
        verdict: Fail,
        keeps: |s| unclosed(s).wait(200_000),
        breaks: |s| unclosed(s).start(A, "a", respond(HA, n(22))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/failure-closes-the-channel",
        requirement: "PAN-3.1.1.4.4-32",
        verdict: Warn,
        keeps: |s| failed(s).call(A, release(HA), closed(Hresult::OK)).wait(200_000),
        breaks: |s| failed(s).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/failure-closes-the-channel",
        requirement: "PAN-3.1.1.4.4-32",
        verdict: Warn,
        keeps: |s| s.heard().call(A, respond(HA, n(21)), fault(0x6F7)).call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| s.heard().call(A, respond(HA, n(21)), fault(0x6F7)).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/notification-is-followed-up",
        requirement: "PAN-3.1.1.4.4-42",
        verdict: Warn,
        keeps: |s| s.heard().call(A, release(HA), closed(Hresult::OK)).leaves(),
        breaks: |s| s.heard().leaves(),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/data-of-a-release-is-ignored",
        requirement: "PAN-3.1.1.4.4-23",
        verdict: Fail,
        keeps: |s| box_with_release(s, NULL).wait(6_000),
        breaks: |s| box_with_release(s, HA).start(A, "a", close_as(HA, NotificationType::ASYNC_UI, reply())),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/large-notification-is-survived",
        requirement: "PAN-3.1.1.4.4-18",
        verdict: Note,
        keeps: |s| s.offer(T).call(A, first(HA), brings(HA, octets(LARGE))).call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| dies(s.offer(T).call(A, first(HA), brings(HA, octets(LARGE))).finish("more", Outcome::Lost)),
        also: &[
            "MS-PAN/3.1.1.4.4/notification-is-followed-up",
            "MS-PAN/2.2.3/notification-on-a-channel-is-answered",
            DELETED,
            UNREGISTERED,
        ],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.5/large-notification-is-survived",
        requirement: "PAN-3.1.1.4.5-07",
        verdict: Note,
        keeps: |s| {
            let s = s.uni(A, h(1), T).call(A, get_notification(h(1)), notification(T, octets(LARGE)));
            s.start(A, "next", get_notification(h(1)))
        },
        breaks: |s| dies(s.uni(A, h(1), T).call(A, get_notification(h(1)), notification(T, octets(LARGE)))),
        also: &["MS-PAN/3.1.1.4.5/lost-interest-is-told", DELETED, UNREGISTERED],
    },
    Case {
        rule: "MS-PAN/3.2.3/release-with-a-handle-is-closed",
        requirement: "PAN-3.2.3-06",
        verdict: Fail,
        keeps: |s| box_with_release(s, HA).call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| box_with_release(s, HA).wait(6_000),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.3/invalid-notification-is-released",
        requirement: "PAN-3.2.3-03",
        verdict: Fail,
        keeps: |s| invalid(s).call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| invalid(s).wait(6_000),
        also: &["MS-PAN/3.2.3.4.2/error-releases-the-channel", "MS-PAN/3.2.3.4.2/notification-is-checked"],
    },
    Case {
        rule: "MS-PAN/3.2.3/invalid-notification-is-released",
        requirement: "PAN-3.2.3-03",
        verdict: Fail,
        keeps: |s| invalid(s).call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| invalid(s).start(A, "a", close_as(HA, NotificationType::ASYNC_UI, reply())),
        also: &[
            "MS-PAN/3.2.3.4.2/error-is-not-answered",
            "MS-PAN/3.2.3.4.2/error-releases-the-channel",
            "MS-PAN/3.2.3.4.2/notification-is-checked",
        ],
    },
    Case {
        rule: "MS-PAN/3.2.3/message-box-is-answered-by-its-reply",
        requirement: "PAN-3.2.3-04",
        verdict: Fail,
        keeps: |s| s.async_ui().call(A, close_as(HA, NotificationType::ASYNC_UI, reply()), closed(Hresult::OK)),
        breaks: |s| s.async_ui().start(A, "a", close_as(HA, NotificationType::ASYNC_UI, utf16(CUSTOM_REPLY))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.3/message-box-is-answered-by-its-reply",
        requirement: "PAN-3.2.3-04",
        verdict: Fail,
        keeps: |s| s.async_ui().call(A, close_as(HA, NotificationType::ASYNC_UI, reply()), closed(Hresult::OK)),
        breaks: |s| s.async_ui().start(A, "a", respond_as(HA, NotificationType::ASYNC_UI, reply())),
        also: &["MS-PAN/3.2.3.4.2/choice-comes-as-reason-of-the-close"],
    },
    Case {
        rule: "MS-PAN/3.2.3/custom-notification-is-answered-by-its-reply",
        requirement: "PAN-3.2.3-05",
        verdict: Fail,
        keeps: |s| {
            custom(s).call(A, close_as(HA, NotificationType::ASYNC_UI, utf16(CUSTOM_REPLY)), closed(Hresult::OK))
        },
        breaks: |s| custom(s).start(A, "a", close_as(HA, NotificationType::ASYNC_UI, reply())),
        also: &["MS-PAN/3.2.3.4.3/result-of-custom-ui-is-in-a-custom-ui-reply"],
    },
];

const CUSTOM_UI: &str = r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen><customUI dll="a.dll" entrypoint="E" bidi="true">argument</customUI></requestOpen></v1></asyncPrintUIRequest>"#;
const CUSTOM_REPLY: &str = r#"<asyncPrintUIResponse xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/response"><v1><requestClose><CustomUI>result</CustomUI></requestClose></v1></asyncPrintUIResponse>"#;

const LARGE: usize = 0x0100_0000;
const DELETED: &str = "MS-PAN/3.2.1.4/client-deletes-what-it-creates";
const UNREGISTERED: &str = "MS-PAN/3.2.2.4/client-unregisters-what-it-registers";

/// A's process ends.
fn dies(script: Script) -> Script {
    script.close(A, Direction::ToServer).close(A2, Direction::ToServer).run_down(A)
}

fn from(mut script: Script, vantage: Vantage) -> Script {
    script.config.vantage = vantage;
    script
}

/// A's response failed, and the handle is still there.
fn failed(script: Script) -> Script {
    script.heard().call(A, respond(HA, n(21)), fails(HA, Hresult::OUT_OF_MEMORY))
}

/// A's CloseChannel failed, and the handle is still there.
fn unclosed(script: Script) -> Script {
    script.heard().call(A, finally(HA, n(21)), closed_with(HA, Hresult::TYPE_MISMATCH))
}

/// An AsyncUI channel whose first answer is a release, and octets that don't belong there.
fn box_with_release(script: Script, handle: ContextHandle) -> Script {
    let release = replies(handle, Some(NotificationType::RELEASE), Some(utf16("<asyncPrintUIRequest/>")), Hresult::OK);
    script.offer(NotificationType::ASYNC_UI).call(A, first(HA), release)
}

/// An AsyncUI channel that brings a document.
fn brought(script: Script, document: bytes::Bytes) -> Script {
    let notification = replies(HA, Some(NotificationType::ASYNC_UI), Some(document), Hresult::OK);
    script.offer(NotificationType::ASYNC_UI).call(A, first(HA), notification)
}

fn invalid(script: Script) -> Script {
    brought(script, utf16("not xml"))
}

fn custom(script: Script) -> Script {
    brought(script, utf16(CUSTOM_UI))
}

/// A's association ends.
fn goes(script: Script) -> Script {
    script.unregister(A, h(1)).delete(A, h(1)).close(A, Direction::ToServer).run_down(A)
}

/// A has a channel and has closed it.
fn closes(script: Script) -> Script {
    script.alone().call(A, release(HA), closed(Hresult::OK))
}

/// CloseChannel fails, with that handle.
fn closes_in_vain(script: Script, handle: ContextHandle) -> Script {
    script.alone().call(A, release(HA), closed_with(handle, Hresult(0x8000_4005)))
}

/// A has answered, and been told that the channel is gone.
fn told(script: Script) -> Script {
    script.waiting().shuts("c").finish("a", released())
}

/// A has two channels: it closes the one, loses the other, and releases that as figure 11 draws it.
fn drawn_beside_another(script: Script, kind: NotificationType) -> Script {
    let script = script.bidi(A, h(1), kind).offered(A, h(1), &[HA, HC]).start(A, "a", first(HA));
    let script = script.call(A2, first(HC), replies(HC, Some(kind), Some(utf16("<a/>")), Hresult::OK));
    let script = script.call(A2, release(HC), closed(Hresult::OK)).finish("a", released());
    script.start(A, "z", release(NULL))
}

#[rstest]
#[case::never_given(GNSR_STEM, Script::new().bidi(A, h(1), T).start(A, "a", first(HA)), "2.2.5-01 fail, 3.1.1.4.4-03 fail")]
#[case::never_given_after_a_gap(
    GNSR_STEM,
    Script::new().bidi(A, h(1), T).gap(A, Direction::ToClient, conformance::event::Layer::Pdu, false).start(A, "a", first(HA)),
    ""
)]
#[case::never_given_but_for_what_could_not_be_read(
    GNSR_STEM, Script::new().bidi(A, h(1), T).call(A, get_new_channel(h(1)), unreadable()).start(A, "a", first(HA)), ""
)]
#[case::given(GNSR_STEM, Script::new().opens("c", None).joins(A, h(1), &[HA]).start(A, "a", first(HA)), "2.2.5-01 pass, 3.1.1.4.4-01 pass, 3.1.1.4.4-03 pass")]
#[case::after_close(GNSR_OPEN, closes(Script::new()).start(A, "a", first(HA)), "3.1.1.4.4-02 pass, 3.1.1.4.4-02 fail, 3.1.1.4.4-41 fail")]
#[case::after_a_close_that_failed(GNSR_OPEN, closes_in_vain(Script::new(), HA).start(A, "a", respond(HA, n(2))), "3.1.1.4.4-02 pass 2")]
#[case::after_a_close_that_failed_with_null(
    GNSR_OPEN, closes_in_vain(Script::new(), NULL).start(A, "a", respond(HA, n(2))), "3.1.1.4.4-02 pass, 3.1.1.4.4-02 fail"
)]
#[case::after_a_failure_with_null(
    GNSR_OPEN,
    Script::new().alone().call(A, respond(HA, n(2)), fails(NULL, Hresult(0x8000_4005))).start(A, "a", respond(HA, n(2))),
    "3.1.1.4.4-02 pass 2, 3.1.1.4.4-02 fail"
)]
#[case::after_a_failure(
    GNSR_OPEN,
    Script::new().alone().call(A, respond(HA, n(2)), fails(HA, Hresult(0x8000_4005))).start(A, "a", respond(HA, n(2))),
    "3.1.1.4.4-02 pass 3"
)]
#[case::null_after_close(
    GNSR_OPEN, closes(Script::new()).start(A, "a", respond(NULL, n(2))),
    "3.1.1.4.4-02 pass, 3.1.1.4.4-02 fail, 3.1.1.4.4-41 fail"
)]
#[case::null_after_the_end(
    GNSR_OPEN, told(Script::new()).start(A, "a", respond(NULL, n(2))),
    "3.1.1.4.4-02 pass 2, 3.1.1.4.4-02 fail, 3.1.1.4.4-40 fail"
)]
#[case::null_from_the_start(GNSR_OPEN, Script::new().bidi(A, h(1), T).start(A, "a", first(NULL)), "3.1.1.4.4-02 fail")]
#[case::nothing_after_close(GNSR_OPEN, goes(closes(Script::new())), "3.1.1.4.4-02 pass, 3.1.1.4.4-41 pass")]
#[case::something_after_close(
    GNSR_OPEN, goes(closes(Script::new()).call(A, respond(HA, n(2)), fault(0x1C00_001A))),
    "3.1.1.4.4-02 pass, 3.1.1.4.4-02 fail, 3.1.1.4.4-41 fail"
)]
#[case::another_method_after_close(
    GNSR_OPEN, goes(closes(Script::new()).call(A, release(HA), fault(0x1C00_001A))), "3.1.1.4.4-02 pass, 3.1.1.4.4-41 pass"
)]
#[case::nothing_after_the_end(GNSR_OPEN, goes(told(Script::new())), "3.1.1.4.4-02 pass 2, 3.1.1.4.4-40 pass")]
#[case::nothing_after_a_failure(GNSR_OPEN, goes(closes_in_vain(Script::new(), NULL)), "3.1.1.4.4-02 pass")]
// Which channel a zero handle stands for nobody can say.
#[case::null_as_drawn_beside_another_channel(
    CLOSE_OPEN,
    drawn_beside_another(Script::new(), NotificationType::ASYNC_UI),
    "3.1.1.4.6-02 pass, 3.1.1.4.6-02 warn, 3.1.1.4.6-24 warn"
)]
#[case::null_beside_another_channel_of_another_type(
    CLOSE_OPEN,
    drawn_beside_another(Script::new(), T),
    "3.1.1.4.6-02 pass, 3.1.1.4.6-02 fail, 3.1.1.4.6-25 fail"
)]
fn handles(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}

const INVALID: &str = "MS-PAN/3.2.3/invalid-notification-is-released";
const GNSR_FATAL: &str = "MS-PAN/3.1.1.4.4/errors-are-fatal";
const CLOSE_FATAL: &str = "MS-PAN/3.1.1.4.6/errors-are-fatal";
const FAILURE_CLOSES: &str = "MS-PAN/3.1.1.4.4/failure-closes-the-channel";
const FOLLOWED: &str = "MS-PAN/3.1.1.4.4/notification-is-followed-up";
const IGNORED: &str = "MS-PAN/3.1.1.4.4/data-of-a-release-is-ignored";
const KEPT: &str = "MS-PAN/3.2.3/release-with-a-handle-is-closed";

/// What must not be repeated is watched for so many milliseconds.
fn watched(mut script: Script, milliseconds: u64) -> Script {
    script.config.no_reuse = std::time::Duration::from_millis(milliseconds);
    script
}

/// A's response comes back so.
fn responds(script: Script, outcome: Outcome) -> Script {
    script.heard().call(A, respond(HA, n(21)), outcome)
}

/// An invalid notification crosses another call on its channel, after which the handle stands for nothing.
fn crossed(other: mspan::method::In, comes_back: Outcome) -> Script {
    let brought = replies(HA, Some(NotificationType::ASYNC_UI), Some(utf16("not xml")), Hresult::OK);
    let script = Script::new().offer(NotificationType::ASYNC_UI).start(A, "first", first(HA)).start(A, "other", other);
    script.finish("first", brought).finish("other", comes_back).wait(6_000)
}

#[rstest]
#[case::silence(GNSR_FATAL, failed(Script::new()).wait(200_000), "3.1.1.4.4-25 pass")]
#[case::silence_for_long(GNSR_FATAL, failed(watched(Script::new(), 120_000)).wait(200_000), "3.1.1.4.4-25 pass")]
#[case::silence_for_a_while(GNSR_FATAL, failed(watched(Script::new(), 119_999)).wait(200_000), "3.1.1.4.4-25 inconclusive")]
#[case::a_close(
    GNSR_FATAL, failed(Script::new()).call(A, release(HA), closed(Hresult::OK)).wait(200_000), "3.1.1.4.4-25 pass"
)]
#[case::again(GNSR_FATAL, failed(Script::new()).start(A, "a", respond(HA, n(21))).wait(200_000), "3.1.1.4.4-25 fail")]
#[case::silence_after_a_fault(GNSR_FATAL, responds(Script::new(), fault(0x6F7)).wait(200_000), "")]
#[case::silence_after_a_close_that_failed(GNSR_FATAL, unclosed(Script::new()).wait(200_000), "")]
#[case::silence_after_the_close(CLOSE_FATAL, unclosed(Script::new()).wait(200_000), "3.1.1.4.6-18 pass")]
#[case::silence_after_a_response_that_failed(CLOSE_FATAL, failed(Script::new()).wait(200_000), "")]
#[case::not_closed(FAILURE_CLOSES, failed(Script::new()).wait(6_000), "3.1.1.4.4-32 warn")]
#[case::being_closed(FAILURE_CLOSES, failed(Script::new()).start(A, "c", release(HA)).wait(6_000), "3.1.1.4.4-32 pass")]
#[case::unknown_to_the_server(FAILURE_CLOSES, responds(Script::new(), fault(0x1C00_001A)).wait(6_000), "")]
#[case::taken_back(FAILURE_CLOSES, responds(Script::new(), fails(NULL, Hresult::OUT_OF_MEMORY)).wait(6_000), "")]
#[case::not_closed_by_one_who_is_gone(
    FAILURE_CLOSES, dies(failed(Script::new()).finish("more", Outcome::Lost)).wait(6_000), ""
)]
#[case::refused_beside_another(
    FAILURE_CLOSES,
    Script::new().answered().call(A3, respond(HA, n(22)), fails(HA, Hresult::CALL_OUTSTANDING)).wait(6_000),
    ""
)]
#[case::left_alone(FOLLOWED, Script::new().heard().leaves(), "3.1.1.4.4-42 warn")]
#[case::left_alone_later(
    FOLLOWED, Script::new().answered().finish("a", brings(HA, n(2))).leaves(), "3.1.1.4.4-42 pass, 3.1.1.4.4-42 warn"
)]
#[case::over_when_it_is_left(FOLLOWED, Script::new().answered().finish("a", released()).leaves(), "3.1.1.4.4-42 pass")]
#[case::ignored(IGNORED, box_with_release(Script::new(), NULL).wait(6_000), "3.1.1.4.4-23 pass")]
#[case::released(
    IGNORED, box_with_release(Script::new(), HA).call(A, release(HA), closed(Hresult::OK)).wait(6_000), "3.1.1.4.4-23 pass"
)]
#[case::answered(
    IGNORED,
    box_with_release(Script::new(), HA).start(A, "a", close_as(HA, NotificationType::ASYNC_UI, reply())).wait(6_000),
    "3.1.1.4.4-23 fail"
)]
#[case::kept(KEPT, box_with_release(Script::new(), HA).wait(6_000), "3.2.3-06 fail")]
#[case::kept_and_closed(
    KEPT, box_with_release(Script::new(), HA).call(A, release(HA), closed(Hresult::OK)).wait(6_000), "3.2.3-06 pass"
)]
#[case::kept_and_answered(
    KEPT,
    box_with_release(Script::new(), HA).start(A, "a", close_as(HA, NotificationType::ASYNC_UI, reply())).wait(6_000),
    ""
)]
#[case::kept_and_left(
    KEPT, dies(box_with_release(Script::new(), HA).finish("more", Outcome::Lost)).wait(6_000), ""
)]
#[case::kept_of_another_type(
    KEPT,
    Script::new().offer(T).call(A, first(HA), replies(HA, Some(NotificationType::RELEASE), Some(n(1)), Hresult::OK))
        .call(A, release(HA), closed(Hresult::OK)).wait(6_000),
    ""
)]
#[case::invalid_and_closed_before(INVALID, crossed(release(HA), closed(Hresult::OK)), "")]
#[case::invalid_and_lost_before(
    INVALID,
    crossed(respond_as(HA, NotificationType::ASYNC_UI, reply()), fails(ContextHandle::NULL, Hresult::CHANNEL_CLOSED)),
    ""
)]
fn what_follows_on_a_channel(#[case] rule: &str, #[case] script: Script, #[case] expected: &str) {
    assert_eq!(decided(rule, script), expected);
}
