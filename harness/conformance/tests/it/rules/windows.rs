//! What product notes of Windows add ([MS-PAN] 7), under the overlay `windows`.

use conformance::Severity::{Note, Warn};
use conformance::overlay::overlay;
use conformance::{Severity, rules};
use mspan::{Interface, NotificationType};
use rstest::rstest;

use super::documents::*;
use super::windows_balloon::{self, CHANGED};
use crate::case::{Case, shown};
use crate::script::*;

/// The target is judged as Windows.
pub(super) fn windows(mut script: Script) -> Script {
    script.config.overlay = overlay("windows");
    script
}

const KEPT: &str = r#"<Notification xmlns="http://schemas.microsoft.com/windows/2005/03/printing/bidi" printerName="\\s\q"><Schema name="\Printer.Q:S"><BIDI_STRING>a</BIDI_STRING></Schema><ReducedSchema name="\Printer"/><ReducedSchema name="\"/></Notification>"#;

fn configures(script: Script, from: &str, to: &str) -> Script {
    gets(windows(script), NotificationType::PRINTER_CONFIGURATION, changed(KEPT, from, to, &[]))
}

fn changes(script: Script, from: &str, to: &str) -> Script {
    gets(windows(script), NotificationType::ASYNC_UI, changed(CHANGED, from, to, &[]))
}

/// So many are raised on a registration that nobody asks, and of these some returned.
fn queued(script: Script, raised: u8, returned: impl IntoIterator<Item = u8>) -> Script {
    let script = windows(script).uni(A, h(1), t(1));
    let script = (1..=raised).fold(script, |script, number| script.notify(t(1), n(number)));
    returned.into_iter().fold(script, fetched)
}

fn fetched(script: Script, number: u8) -> Script {
    script.call(A, get_notification(h(1)), notification(t(1), n(number)))
}

/// The next call waits in vain.
fn drained(script: Script) -> Script {
    script.start(A, "g", get_notification(h(1))).wait(9_000)
}

const QUEUE: &str = "MS-PAN/7/queue-holds-a-hundred";
const SETTINGS: &str = "MS-PAN/7/settings-are-of-a-printer";

/// A note of what KEPT has to show.
const REDUCED: &str = "MS-PAN/2.2.8.1.10/settings-are-reduced-for-size-only";

pub(super) static CASES: &[Case] = &[
    Case {
        rule: SETTINGS,
        requirement: "PAN-7-10",
        verdict: Note,
        keeps: |s| configures(s, "", ""),
        breaks: |s| configures(s, r"\Printer.Q:S", r"\Scanner.Q:S"),
        also: &[REDUCED],
    },
    Case {
        rule: SETTINGS,
        requirement: "PAN-7-10",
        verdict: Note,
        keeps: |s| configures(s, r"\Printer.Q:S", r"\Printer:S"),
        breaks: |s| configures(s, r#"ReducedSchema name="\Printer""#, r#"ReducedSchema name="\Printers""#),
        also: &[REDUCED],
    },
    Case {
        rule: SETTINGS,
        requirement: "PAN-7-10",
        verdict: Note,
        keeps: |s| changes(s, "", ""),
        breaks: |s| changes(s, r"\Printer.Layout", r"\Layout"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/7/reserved-opnum-is-not-used",
        requirement: "PAN-7-11",
        verdict: Warn,
        keeps: |s| windows(s).uni(A, h(1), t(1)),
        breaks: |s| {
            windows(s).request(A, "x", Some(Interface::AsyncNotify), 2, None, 0).finish("x", fault(0x1C01_0002))
        },
        also: &["MS-PAN/3.1.1.4/reserved-opnum-is-not-called"],
    },
    Case {
        rule: QUEUE,
        requirement: "PAN-7-14",
        verdict: Warn,
        // Of 150 the last 50 are lost, or all.
        keeps: |s| drained(queued(s, 150, 1..=100)),
        breaks: |s| drained(queued(s, 150, [])),
        also: &[],
    },
    Case {
        rule: QUEUE,
        requirement: "PAN-7-14",
        verdict: Warn,
        // Of 150 the first 50 are lost, or all but one.
        keeps: |s| drained(queued(s, 150, 51..=150)),
        breaks: |s| drained(queued(s, 150, [1])),
        also: &[],
    },
    Case {
        rule: QUEUE,
        requirement: "PAN-7-14",
        verdict: Warn,
        // One is lost, or none.
        keeps: |s| drained(queued(s, 101, 1..=100)),
        breaks: |s| queued(s, 101, 1..=101),
        also: &[],
    },
];

/// What shows less than a full queue, or more than the rule can know of, accuses nobody.
#[rstest]
#[case::all_of_a_hundred(drained(queued(Script::new(), 100, 1..=100)))]
#[case::more_raised_between(fetched((101..=150).fold(queued(Script::new(), 100, 1..=60), |s, number| {
    s.notify(t(1), n(number))
}), 61))]
#[case::one_returned_while_raising({
    let script = (101..=200).fold(queued(Script::new(), 100, [1]), |s, number| s.notify(t(1), n(number)));
    drained((2..=100).fold(script, fetched))
})]
#[case::never_more_than_a_hundred_at_once({
    let script = (101..=140).fold(queued(Script::new(), 100, 1..=40), |s, number| s.notify(t(1), n(number)));
    drained((41..=140).fold(script, fetched))
})]
#[case::all_alike({
    let script = windows(Script::new()).uni(A, h(1), t(1));
    let script = (0..150).fold(script, |s, _| s.notify(t(1), n(1)));
    (0..150).fold(script, |s, _| fetched(s, 1))
})]
fn a_queue_that_was_never_certainly_full_accuses_nobody(#[case] script: Script) {
    let findings: Vec<_> = script.judge(rules::rule(QUEUE)).findings.iter().map(shown).collect();
    assert!(findings.is_empty(), "{findings:#?}");
}

/// A queue without limit is told of once.
#[test]
fn a_queue_without_limit_is_told_of_once() {
    assert_eq!(queued(Script::new(), 150, 1..=150).judge(rules::rule(QUEUE)).findings.len(), 1);
}

/// Without the overlay these rules neither accuse nor pass; with it they never fail.
#[test]
fn without_the_overlay_product_notes_judge_nothing() {
    for case in CASES.iter().chain(windows_balloon::CASES) {
        for write in [case.keeps, case.breaks] {
            let report = write(Script::new()).judge(rules::with_prefix("MS-PAN/7/"));
            assert!(!report.rules.is_empty() && report.findings.iter().all(|found| found.verdict < Severity::Fail));
            let mut script = write(Script::new());
            script.config.overlay = None;
            let report = script.judge(rules::with_prefix("MS-PAN/7/"));
            assert!(report.rules.is_empty() && report.requirements.is_empty(), "{}: {:?}", case.rule, report.rules);
        }
    }
}

/// What a notification source was asked to send isn't held against the server.
#[rstest]
#[case(NotificationType::ASYNC_UI, changed(CHANGED, "PrintConfig", "Other", &[]))]
#[case(NotificationType::PRINTER_CONFIGURATION, changed(KEPT, r"\Printer.Q:S", r"\Scanner.Q:S", &[]))]
fn documents_of_the_harness_accuse_nobody(#[case] kind: NotificationType, #[case] document: bytes::Bytes) {
    let script = windows(Script::new()).uni(A, h(1), kind).notify(kind, document.clone());
    let report = script.call(A, get_notification(h(1)), notification(kind, document));
    let report = report.judge(rules::with_prefix("MS-PAN/7/").into_iter().filter(|rule| rule.id != QUEUE));
    assert!(report.rules.keys().all(|rule| *rule == "MS-PAN/7/reserved-opnum-is-not-used"), "{:?}", report.rules);
}
