//! How AsyncUI clients answer documents that they accept ([MS-PAN] 2.2.7.3.1, 2.2.7.5.1, 2.2.7.7, 3.2.3.4).

use bytes::Bytes;
use conformance::Severity::{Fail, Inconclusive, Note, Warn};
use conformance::{Party, rules};
use mspan::{Hresult, NotificationType};
use rstest::rstest;

use super::client_reaction::*;
use super::documents::*;
use crate::case::{Case, shown};
use crate::dialogue::*;
use crate::script::*;

const ASYNC_UI: NotificationType = NotificationType::ASYNC_UI;
const BOX_REASON: &str = "MS-PAN/3.2.3.4.2/choice-comes-as-reason-of-the-close";
const UI_REASON: &str = "MS-PAN/3.2.3.4.3/result-of-custom-ui-comes-as-reason-of-the-close";
const DATA_REASON: &str = "MS-PAN/3.2.3.4.4/result-of-custom-data-comes-as-reason-of-the-close";
const UI_REPLY: &str = "MS-PAN/3.2.3.4.3/result-of-custom-ui-is-in-a-custom-ui-reply";
const DATA_REPLY: &str = "MS-PAN/3.2.3.4.4/result-of-custom-data-is-in-a-custom-ui-reply";
const UI_ABSENT: &str = "MS-PAN/3.2.3.4.3/absent-method-of-custom-ui-releases-the-channel";
const DATA_ABSENT: &str = "MS-PAN/3.2.3.4.4/absent-method-of-custom-data-releases-the-channel";
const PASSED: &str = "MS-PAN/2.2.7.7/method-is-passed-the-binary-data";
const OK_STRING: &str = "MS-PAN/2.2.7.3.1/strings-of-ok-and-cancel-are-disregarded";
const TOLERANT: &str = "MS-PAN/3.2.3.4.1/inconsistencies-are-tolerated";
const BIDI: &str = "MS-PAN/3.2.3.4.1/bidi-counts-as-false";
const CLOSED: &str = "MS-PAN/3.1.3.4.2/answer-is-a-close";
const ONE_CALL: &str = "MS-PAN/3.1.3.4.2/answer-is-not-another-call";
const THERE: &str = "MS-PAN/3.1.3.4.4/reply-is-there-unless-released";
const PAIRED: &str = "MS-PAN/2.2.7.4/reply-answers-its-kind-of-notification";

/// A message box, changed.
fn shows(script: Script, from: &str, to: &str) -> Script {
    opens(script, PLAIN_BOX, from, to)
}

fn custom_ui(script: Script, from: &str, to: &str) -> Script {
    opens(script, CUSTOM_UI, from, to)
}

fn custom_data(script: Script, from: &str, to: &str) -> Script {
    data(script, from, to, &[0, 0, 7])
}

/// Custom data, and what its method returns.
fn echoes(script: Script, returned: &str) -> Script {
    let script = data(script, "", "", &[0, 0, 0x00, 0xFF, 0x0A]);
    replies_with(script, &CUSTOM_REPLY.replace("result", returned))
}

/// The client closes the channel without octets, under the AsyncUI type.
fn closes_empty(script: Script) -> Script {
    replies_with(script, "")
}

/// The client releases the channel, with octets.
fn releases_with(script: Script, octets: Bytes) -> Script {
    script.call(A, close_as(HA, NotificationType::RELEASE, octets), closed(Hresult::OK))
}

/// The client responds, and asks for more.
fn responds(script: Script, reply: &str) -> Script {
    script.start(A, "more", respond_as(HA, ASYNC_UI, utf16(reply)))
}

/// What an inconsistency is, and which requirement wants it tolerated.
#[rstest]
#[case::element_names("messageBoxUI", "MESSAGEBOXUI", "PAN-3.2.3.4.1-04")]
#[case::order(
    "<title stringID=\"109\"/><body>Which tray?</body>",
    "<body>Which tray?</body><title stringID=\"109\"/>",
    "PAN-3.2.3.4.1-06"
)]
#[case::attribute("<v1>", "<v1 a=''>", "PAN-3.2.3.4.1-07")]
#[case::integer("\"109\"", "\"109x\"", "PAN-3.2.3.4.1-08")]
#[case::word("IDCANCEL", "idcancel", "PAN-3.2.3.4.1-05")]
#[case::no_body("<body>Which tray?</body>", "", "PAN-3.2.3.4.1-12")]
fn each_inconsistency_has_its_requirement(#[case] from: &str, #[case] to: &str, #[case] requirement: &'static str) {
    let shown_box = channel(Script::new(), ASYNC_UI, utf16(&PLAIN_BOX.replace(from, to)));
    let report = declines(shown_box.clone()).judge(rules::with_prefix(TOLERANT));
    let warned = |id: &str| report.findings.iter().any(|finding| finding.requirements.contains(&id));
    assert!(warned(requirement) && warned("PAN-3.2.3.4.2-06") && !warned("PAN-3.2.3.4.1-18"));
    assert_eq!(report.findings.len(), 2);
    let report = replies_with(shown_box, BOX_REPLY).judge(rules::with_prefix(TOLERANT));
    assert_eq!(report.requirements[&(requirement, Party::Client)].pass, 1);
}

/// A client may be unable to call the method, or to load a file; it may be leaving; it may have closed before.
#[test]
fn releases_are_excused() {
    let quiet = |script: Script| {
        let ours =
            [TOLERANT, OK_STRING, BOX_REASON, UI_REASON, UI_REPLY, UI_ABSENT, DATA_REASON, DATA_REPLY, DATA_ABSENT];
        let findings = script.judge(rules::all().filter(|rule| ours.contains(&rule.id))).findings;
        assert!(findings.is_empty(), "{:#?}", findings.iter().map(shown).collect::<Vec<_>>());
    };
    quiet(declines(custom_ui(Script::new(), "", "")));
    // The answer may come with the release: then the document was accepted.
    let answered = releases_with(shows(Script::new(), "<v1>", "<v1 a=''>"), utf16(BOX_REPLY)).wait(6_000);
    assert!(answered.judge(rules::with_prefix(TOLERANT)).findings.is_empty());
    quiet(declines(custom_ui(Script::new(), "\"true\"", "\"TRUE\"")));
    quiet(declines(custom_data(Script::new(), "", "")));
    quiet(declines(opens(Script::new(), MESSAGE_BOX, "<v1>", "<v1 a=''>")));
    quiet(declines(shows(Script::new(), "<v1>", "<v1 a=''>").unregister(A, h(1))));
    quiet(releases(shows(Script::new(), "<v1>", "<v1 a=''>")).unregister(A, h(1)).wait(6_000));
    let mut served = Script::new();
    served.config.vantage = trace::Vantage::Server;
    quiet(shows(served.clone(), "<v1>", "<v1 a=''>").call(A2, release(HA), closed(Hresult::OK)).wait(6_000));
    quiet(custom_ui(served, "a.dll", "nosuch.dll").wait(4_000));
    // What else a method returns says nothing of what it was passed.
    for returned in ["result", "00ff0b", "00ff0a00", ""] {
        let report = echoes(Script::new(), returned).judge(rules::with_prefix(PASSED));
        assert!(report.rules.is_empty(), "{returned}");
    }
    // What comes with a release need not be a reply.
    quiet(releases_with(shows(Script::new(), "", ""), n(1)));
    // A call for more without octets is no reply; that it is made is judged elsewhere.
    quiet(shows(Script::new(), "", "").start(A, "more", respond_as(HA, ASYNC_UI, Bytes::new())));
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: BOX_REASON,
        requirement: "PAN-3.2.3.4.2-12",
        verdict: Fail,
        keeps: |s| replies_with(shows(s, "", ""), BOX_REPLY),
        breaks: |s| closes_empty(shows(s, "", "")),
        also: &[
            THERE,
            "MS-PAN/3.2.3/message-box-is-answered-by-its-reply",
            "MS-PAN/3.1.1.4.6/response-has-the-format-of-its-type",
            "MS-PAN/3.1.1.4.6/close-without-response-is-a-release",
        ],
    },
    Case {
        rule: BOX_REASON,
        requirement: "PAN-3.2.3.4.2-12",
        verdict: Fail,
        keeps: |s| replies_with(shows(s, "", ""), BOX_REPLY),
        breaks: |s| responds(shows(s, "", ""), BOX_REPLY),
        also: &[ONE_CALL, CLOSED, "MS-PAN/3.2.3/message-box-is-answered-by-its-reply"],
    },
    Case {
        rule: UI_REASON,
        requirement: "PAN-3.2.3.4.3-18",
        verdict: Fail,
        keeps: |s| replies_with(custom_ui(s, "", ""), CUSTOM_REPLY),
        breaks: |s| releases_with(custom_ui(s, "", ""), utf16(CUSTOM_REPLY)),
        also: &["MS-PAN/3.1.1.4.6/release-has-no-data", "MS-PAN/3.2.3.4/type-is-given-throughout"],
    },
    Case {
        rule: DATA_REASON,
        requirement: "PAN-3.2.3.4.4-18",
        verdict: Fail,
        keeps: |s| replies_with(custom_data(s, "", ""), CUSTOM_REPLY),
        breaks: |s| closes_empty(custom_data(s, "", "")),
        also: &[
            DATA_REPLY,
            THERE,
            "MS-PAN/3.2.3/custom-notification-is-answered-by-its-reply",
            "MS-PAN/3.1.1.4.6/response-has-the-format-of-its-type",
            "MS-PAN/3.1.1.4.6/close-without-response-is-a-release",
        ],
    },
    Case {
        rule: UI_REPLY,
        requirement: "PAN-3.2.3.4.3-17",
        verdict: Fail,
        keeps: |s| replies_with(custom_ui(s, "", ""), CUSTOM_REPLY),
        breaks: |s| replies_with(custom_ui(s, "", ""), &CUSTOM_REPLY.replace("CustomUI", "customUI")),
        also: &[
            "MS-PAN/2.2.7.1.2/response-closes-one-request",
            "MS-PAN/2.2.7.1.2/reply-is-schema-valid",
            "MS-PAN/3.2.3/custom-notification-is-answered-by-its-reply",
            "MS-PAN/3.1.1.4.6/response-has-the-format-of-its-type",
        ],
    },
    Case {
        rule: UI_REPLY,
        requirement: "PAN-2.2.7.5.1-02",
        verdict: Fail,
        keeps: |s| replies_with(custom_ui(s, "\"true\"", "\"True\""), CUSTOM_REPLY),
        breaks: |s| replies_with(custom_ui(s, "", ""), BOX_REPLY),
        also: &[PAIRED, "MS-PAN/3.2.3/custom-notification-is-answered-by-its-reply"],
    },
    Case {
        rule: DATA_REPLY,
        requirement: "PAN-2.2.7.7.1-02",
        verdict: Fail,
        keeps: |s| replies_with(custom_data(s, "", ""), CUSTOM_REPLY),
        breaks: |s| closes_empty(custom_data(s, "", "")),
        also: &[
            DATA_REASON,
            THERE,
            "MS-PAN/3.2.3/custom-notification-is-answered-by-its-reply",
            "MS-PAN/3.1.1.4.6/response-has-the-format-of-its-type",
            "MS-PAN/3.1.1.4.6/close-without-response-is-a-release",
        ],
    },
    Case {
        rule: DATA_REPLY,
        requirement: "PAN-3.2.3.4.4-17",
        verdict: Fail,
        keeps: |s| replies_with(custom_data(s, "", ""), CUSTOM_REPLY),
        breaks: |s| replies_with(custom_data(s, "", ""), BOX_REPLY),
        also: &[PAIRED, "MS-PAN/3.2.3/custom-notification-is-answered-by-its-reply"],
    },
    Case {
        rule: UI_ABSENT,
        requirement: "PAN-3.2.3.4.3-15",
        verdict: Fail,
        keeps: |s| releases(custom_ui(s, "a.dll", "nosuch.dll")),
        breaks: |s| replies_with(custom_ui(s, "a.dll", "NoSuch.dll"), CUSTOM_REPLY),
        also: &[],
    },
    Case {
        rule: UI_ABSENT,
        requirement: "PAN-3.2.3.4.3-14",
        verdict: Fail,
        keeps: |s| releases(custom_ui(s, "a.dll", "nosuch.dll")),
        breaks: |s| custom_ui(s, "a.dll", "nosuch.dll").wait(6_000),
        also: &[],
    },
    Case {
        rule: DATA_ABSENT,
        requirement: "PAN-3.2.3.4.4-15",
        verdict: Fail,
        keeps: |s| releases(custom_data(s, "a.dll", "nosuch.dll")),
        breaks: |s| responds(custom_data(s, "a.dll", "nosuch.dll"), CUSTOM_REPLY),
        also: &[ONE_CALL, CLOSED, DATA_REASON, "MS-PAN/3.2.3/custom-notification-is-answered-by-its-reply"],
    },
    Case {
        rule: DATA_ABSENT,
        requirement: "PAN-3.2.3.4.4-16",
        verdict: Fail,
        keeps: |s| releases(custom_data(s, "a.dll", "nosuch.dll")),
        breaks: |s| custom_data(s, "a.dll", "nosuch.dll").wait(6_000),
        also: &[],
    },
    Case {
        rule: PASSED,
        requirement: "PAN-2.2.7.7-04",
        verdict: Inconclusive,
        keeps: |s| echoes(s, "00 FF 0a"),
        breaks: |s| echoes(s, "00"),
        also: &[],
    },
    Case {
        rule: OK_STRING,
        requirement: "PAN-2.2.7.3.1-08",
        verdict: Fail,
        keeps: |s| {
            let named = r#""IDCANCEL" stringID="1" resourceDll="missing.dll""#;
            replies_with(shows(s, r#""IDCANCEL""#, named), &BOX_REPLY.replace(">3<", ">2<"))
        },
        breaks: |s| declines(shows(s, r#""IDCANCEL""#, r#""IDCANCEL" stringID="1" resourceDll="missing.dll""#)),
        also: &[CLOSED],
    },
    Case {
        rule: TOLERANT,
        requirement: "PAN-3.2.3.4.2-06",
        verdict: Warn,
        keeps: |s| replies_with(shows(s, "<v1>", "<v1 a=''>"), BOX_REPLY),
        breaks: |s| declines(shows(s, "<v1>", "<v1 a=''>")),
        also: &[],
    },
    Case {
        rule: TOLERANT,
        requirement: "PAN-3.2.3.4.1-18",
        verdict: Warn,
        keeps: |s| {
            replies_with(
                channel(s, ASYNC_UI, utf16(&PLAIN_BOX.replace("v1>", "V1>").replace("<body>Which tray?</body>", ""))),
                BOX_REPLY,
            )
        },
        breaks: |s| declines(shows(s, r#"<title stringID="109"/>"#, r#"<TITLE stringID="109" a=""/>"#)),
        also: &[],
    },
    Case {
        rule: BIDI,
        requirement: "PAN-3.2.3.4.1-11",
        verdict: Note,
        keeps: |s| releases(custom_ui(s, "true", "yes")),
        breaks: |s| replies_with(custom_ui(s, "true", "yes"), CUSTOM_REPLY),
        also: &[PAIRED],
    },
];
