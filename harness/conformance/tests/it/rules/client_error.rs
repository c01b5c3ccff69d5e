//! What clients do about documents on channels that are errors ([MS-PAN] 2.2.7.1.3 to 2.2.7.1.5, 3.2.3.4).

use conformance::Severity::{Fail, Warn};
use conformance::{Config, rules};
use mspan::NotificationType;
use rstest::rstest;
use trace::{Direction, Vantage};

use super::client_reaction::*;
use super::documents::*;
use crate::case::{Case, shown};
use crate::dialogue::*;
use crate::script::*;

const SILENT: &str = "MS-PAN/3.2.3.4.2/error-is-not-answered";
const RELEASED: &str = "MS-PAN/3.2.3.4.2/error-releases-the-channel";
const CHECKED: &str = "MS-PAN/3.2.3.4.2/notification-is-checked";
const KEY_AND_TITLE: &str = r#"<title stringID="109">x</title>"#;
const KEY_AND_BODY: &str = r#"<body stringID="110">x</body>"#;
const TYPE_AND_TEXT: &str = r#"<body>a<parameter type="PrinterName">x</parameter></body>"#;
const BODY: &str = "<body>Which tray?</body>";
const TITLE: &str = r#"<title stringID="109"/>"#;

/// A message box that isn't well-formed.
fn broken_box(script: Script) -> Script {
    opens(script, PLAIN_BOX, "</v1>", "")
}

fn broken_custom_ui(script: Script) -> Script {
    opens(script, CUSTOM_UI, "</v1>", "")
}

fn broken_custom_data(script: Script) -> Script {
    data(script, "</v1>", "", &[0, 0, 7])
}

/// Something in which no format can be told.
fn rubbish(script: Script) -> Script {
    channel(script, NotificationType::ASYNC_UI, utf16("not xml"))
}

/// The server is the witness.
fn served(mut script: Script) -> Script {
    script.config = Config { vantage: Vantage::Server, ..script.config };
    script
}

/// Nothing is done for so long.
fn idles(script: Script) -> Script {
    script.wait(6_000)
}

/// What is wrong, and what a client that answers it, or stays silent, breaks at most.
#[rstest]
#[case::not_well_formed("</v1>", "", Some(Fail))]
#[case::mark_of_nothing("Which tray?", "a & b", Some(Fail))]
#[case::no_character("Which tray?", "&#1;", Some(Fail))]
#[case::unknown_prefix("v1>", "p:v1>", Some(Warn))]
#[case::document_type("Which tray?", "&tray;", Some(Warn))]
#[case::foreign_namespace("v1/request", "v2/request", Some(Warn))]
#[case::no_buttons("<button buttonID=\"3\" stringID=\"600\"/><button buttonID=\"IDCANCEL\"/>", "", Some(Warn))]
#[case::unknown_element("<body>", "<b/><body>", Some(Warn))]
#[case::key_and_title(TITLE, KEY_AND_TITLE, Some(Fail))]
#[case::tolerable("<v1>", "<v1 a=''>", None)]
#[case::valid("", "", None)]
fn errors_weigh_what_a_client_must_notice(
    #[case] from: &str,
    #[case] to: &str,
    #[case] gravest: Option<conformance::Severity>,
    #[values(false, true)] answered: bool,
) {
    let document = if from.is_empty() { PLAIN_BOX.to_owned() } else { PLAIN_BOX.replace(from, to) };
    // An entity that an external subset may declare.
    let document = if to == "&tray;" { format!("<!DOCTYPE a SYSTEM 'a'>{document}") } else { document };
    let script = channel(Script::new(), NotificationType::ASYNC_UI, utf16(&document));
    let script = if answered { replies_with(script, BOX_REPLY) } else { idles(script) };
    let ours = ["error", "notification-is-checked", "text-next-to"];
    let rules = rules::all().filter(|rule| ours.iter().any(|slug| rule.id.contains(slug)));
    let rules = rules.filter(|rule| rule.party == conformance::Party::Client);
    let findings = script.judge(rules).findings;
    let worst = findings.iter().map(|finding| finding.verdict).max();
    assert_eq!(worst, gravest, "{:#?}", findings.iter().map(shown).collect::<Vec<_>>());
}

/// What the client may not have received, or could not do, accuses nobody.
#[test]
fn silence_is_excused() {
    let quiet = |script: Script| {
        let ours = rules::all().filter(|rule| [SILENT, RELEASED, CHECKED].contains(&rule.id));
        let findings = script.judge(ours).findings;
        assert!(findings.is_empty(), "{:#?}", findings.iter().map(shown).collect::<Vec<_>>());
    };
    let anywhere = |mut script: Script| {
        script.config.vantage = Vantage::Unknown;
        script
    };
    // A capture in the middle does not know what arrived.
    quiet(idles(broken_box(anywhere(Script::new()))));
    // Nor does the server, before T_PROMPT has passed.
    quiet(broken_box(served(Script::new())).wait(4_900));
    quiet(broken_box(served(Script::new())).start(A2, "close", release(HA)));
    // The association ended before.
    quiet(idles(broken_box(Script::new()).close(A, Direction::ToClient).run_down(A)));
    // A close was on its way.
    quiet(idles(broken_box(Script::new()).start(A2, "close", release(HA))));
    // The channel was closed by the server with its last notification.
    let last = replies(
        dcerpc::ContextHandle::NULL,
        Some(NotificationType::ASYNC_UI),
        Some(utf16("not xml")),
        mspan::Hresult::OK,
    );
    let mut script = Script::new();
    script.config.source = conformance::Source::Unseen;
    quiet(idles(script.bidi(A, h(1), NotificationType::ASYNC_UI).offered(A, h(1), &[HA]).call(A, first(HA), last)));
}

/// The server's own tap knows by later requests that an answer arrived, and otherwise by T_PROMPT.
#[test]
fn a_server_sees_silence() {
    let script = idles(broken_box(served(Script::new())));
    let findings = script.judge(rules::with_prefix(RELEASED)).findings;
    assert_eq!(findings.len(), 1);
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: SILENT,
        requirement: "PAN-3.2.3.4.2-07",
        verdict: Fail,
        keeps: |s| releases(broken_box(s)),
        breaks: |s| replies_with(broken_box(s), BOX_REPLY),
        also: &[RELEASED, CHECKED, "MS-PAN/3.2.3/invalid-notification-is-released"],
    },
    Case {
        rule: SILENT,
        requirement: "PAN-3.2.3.4.3-08",
        verdict: Fail,
        keeps: |s| releases(broken_custom_ui(s)),
        breaks: |s| replies_with(broken_custom_ui(s), CUSTOM_REPLY),
        also: &[RELEASED, CHECKED, "MS-PAN/3.2.3/invalid-notification-is-released"],
    },
    Case {
        rule: SILENT,
        requirement: "PAN-3.2.3.4.4-10",
        verdict: Fail,
        keeps: |s| releases(broken_custom_data(s)),
        breaks: |s| replies_with(broken_custom_data(s), CUSTOM_REPLY),
        also: &[RELEASED, CHECKED, "MS-PAN/3.2.3/invalid-notification-is-released"],
    },
    Case {
        rule: SILENT,
        requirement: "PAN-3.2.3.4.1-13",
        verdict: Fail,
        keeps: |s| releases(rubbish(s)),
        breaks: |s| replies_with(rubbish(s), BOX_REPLY),
        also: &[RELEASED, CHECKED, "MS-PAN/3.2.3/invalid-notification-is-released"],
    },
    Case {
        rule: RELEASED,
        requirement: "PAN-3.2.3.4.2-08",
        verdict: Fail,
        keeps: |s| releases(broken_box(s)),
        breaks: |s| idles(broken_box(s)),
        also: &[CHECKED, "MS-PAN/3.2.3/invalid-notification-is-released"],
    },
    Case {
        rule: RELEASED,
        requirement: "PAN-3.2.3.4.3-11",
        verdict: Fail,
        keeps: |s| releases(broken_custom_ui(s)),
        breaks: |s| idles(broken_custom_ui(s)),
        also: &[CHECKED, "MS-PAN/3.2.3/invalid-notification-is-released"],
    },
    Case {
        rule: RELEASED,
        requirement: "PAN-3.2.3.4.4-11",
        verdict: Fail,
        keeps: |s| releases(broken_custom_data(served(s))),
        breaks: |s| idles(broken_custom_data(served(s))),
        also: &[CHECKED, "MS-PAN/3.2.3/invalid-notification-is-released"],
    },
    Case {
        rule: RELEASED,
        requirement: "PAN-3.2.3.4.2-08",
        verdict: Fail,
        keeps: |s| releases(rubbish(s)),
        breaks: |s| replies_with(rubbish(s), ""),
        also: &[
            SILENT,
            CHECKED,
            "MS-PAN/3.1.3.4.4/reply-is-there-unless-released",
            "MS-PAN/3.2.3/invalid-notification-is-released",
            "MS-PAN/3.1.1.4.6/response-has-the-format-of-its-type",
            "MS-PAN/3.1.1.4.6/close-without-response-is-a-release",
        ],
    },
    Case {
        rule: CHECKED,
        requirement: "PAN-3.2.3.4.2-05",
        verdict: Warn,
        keeps: |s| releases(opens(s, PLAIN_BOX, "v1/request", "v2/request")),
        breaks: |s| replies_with(opens(s, PLAIN_BOX, "v1/request", "v2/request"), BOX_REPLY),
        also: &["MS-PAN/3.2.3/invalid-notification-is-released"],
    },
    Case {
        rule: CHECKED,
        requirement: "PAN-3.2.3.4.3-06",
        verdict: Warn,
        keeps: |s| releases(opens(s, CUSTOM_UI, "a.dll", r"..\..\evil.dll")),
        breaks: |s| replies_with(opens(s, CUSTOM_UI, "a.dll", r"..\..\evil.dll"), CUSTOM_REPLY),
        also: &["MS-PAN/3.2.3/invalid-notification-is-released"],
    },
    Case {
        rule: CHECKED,
        requirement: "PAN-3.2.3.4.4-06",
        verdict: Warn,
        keeps: |s| releases(data(s, r#" entrypoint="E""#, "", &[0, 0, 7])),
        breaks: |s| idles(data(s, r#" entrypoint="E""#, "", &[0, 0, 7])),
        also: &["MS-PAN/3.2.3/invalid-notification-is-released"],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.3/text-next-to-a-title-s-key-is-an-error",
        requirement: "PAN-2.2.7.1.3-08",
        verdict: Fail,
        keeps: |s| releases(opens(s, PLAIN_BOX, TITLE, KEY_AND_TITLE)),
        breaks: |s| replies_with(opens(s, PLAIN_BOX, TITLE, KEY_AND_TITLE), BOX_REPLY),
        also: &[CHECKED, "MS-PAN/3.2.3/invalid-notification-is-released"],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.4/text-next-to-a-body-s-key-is-an-error",
        requirement: "PAN-2.2.7.1.4-10",
        verdict: Fail,
        keeps: |s| releases(opens(s, PLAIN_BOX, BODY, KEY_AND_BODY)),
        breaks: |s| idles(opens(s, PLAIN_BOX, BODY, KEY_AND_BODY)),
        also: &[CHECKED, "MS-PAN/3.2.3/invalid-notification-is-released"],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.5/text-next-to-a-parameter-s-type-is-an-error",
        requirement: "PAN-2.2.7.1.5-09",
        verdict: Warn,
        keeps: |s| releases(opens(s, PLAIN_BOX, BODY, TYPE_AND_TEXT)),
        breaks: |s| replies_with(opens(s, PLAIN_BOX, BODY, TYPE_AND_TEXT), BOX_REPLY),
        also: &[CHECKED, "MS-PAN/3.2.3/invalid-notification-is-released"],
    },
    Case {
        rule: "MS-PAN/3.2.3/invalid-notification-is-released",
        requirement: "PAN-3.2.3-03",
        verdict: Warn,
        keeps: |s| releases(opens(s, PLAIN_BOX, "v1/request", "v2/request")),
        breaks: |s| idles(opens(s, PLAIN_BOX, "v1/request", "v2/request")),
        also: &[CHECKED],
    },
];
