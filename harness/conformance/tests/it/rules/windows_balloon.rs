//! Balloons about configuration changes ([MS-PAN] 7, note 1), under the overlay `windows`.

use conformance::Severity::{Inconclusive, Note, Warn};
use conformance::{Source, rules};
use mspan::{Hresult, NotificationType};
use rstest::rstest;

use super::documents::*;
use super::windows::windows;
use crate::case::{Case, shown};
use crate::script::*;

pub(super) const CHANGED: &str = r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen><balloonUI iconID="3" resourceDll="i.dll"><title stringID="109"/><body stringID="130"><parameter>Fabrikam</parameter></body><action dll="PrintConfig.dll" entrypoint="NotifyEntry">&lt;Envelope printer="\\s\q" reason="{23bb1328-63de-4293-915b-a6a23d929acb}" detail="{6f9619ff-8b86-d011-b42d-00c04fc964ff}">&lt;Schema name="\Printer.Layout:N">&lt;BIDI_INT>2&lt;/BIDI_INT>&lt;/Schema>&lt;Schema name="\Printer.Layout:D">&lt;BIDI_BOOL>true&lt;/BIDI_BOOL>&lt;/Schema>&lt;/Envelope></action></balloonUI></requestOpen></v1></asyncPrintUIRequest>"#;

fn changes(script: Script, from: &str, to: &str) -> Script {
    gets(windows(script), NotificationType::ASYNC_UI, changed(CHANGED, from, to, &[]))
}

/// The registration is for a print queue.
fn changes_of(script: Script, queue: &str) -> Script {
    let mut script = windows(script);
    script.config.source = Source::Unseen;
    let kind = NotificationType::ASYNC_UI;
    let script = script.create(A, h(1)).call(A, register(h(1)).of(kind).name(queue).into(), registered(Hresult::OK));
    script.call(A, get_notification(h(1)), notification(kind, utf16(CHANGED)))
}

const ACTION: &str = "MS-PAN/7/configuration-balloon-has-one-action";
const MODULE: &str = "MS-PAN/7/action-names-the-configuration-module";
const TEXT: &str = "MS-PAN/7/action-text-is-an-envelope";
const REASON: &str = "MS-PAN/7/envelope-has-its-reason";
const DETAIL: &str = "MS-PAN/7/detail-is-not-reserved";
const CHANGES: &str = "MS-PAN/7/envelope-lists-changes";
const DRIVERS_OWN: &str = "{6f9619ff-8b86-d011-b42d-00c04fc964ff}";

/// A case whose keeping trace is the whole balloon.
const fn case(
    rule: &'static str,
    requirement: &'static str,
    breaks: fn(Script) -> Script,
    also: &'static [&'static str],
) -> Case {
    Case { rule, requirement, verdict: Warn, keeps: |s| changes(s, "", ""), breaks, also }
}

pub(super) static CASES: &[Case] = &[
    case(
        ACTION,
        "PAN-7-01",
        |s| changes(s, "</action>", r#"</action><action dll="a.dll" entrypoint="E">a</action>"#),
        &[VALID, "MS-PAN/2.2.7.2.2/balloon-has-title-and-body"],
    ),
    Case {
        rule: ACTION,
        requirement: "PAN-7-01",
        verdict: Inconclusive,
        keeps: |s| changes(s, "", ""),
        breaks: |s| {
            let action = r#"<action dll="a.dll" entrypoint="E">argument</action>"#;
            balloon(windows(s), action, "")
        },
        also: &[],
    },
    case(MODULE, "PAN-7-02", |s| changes(s, "PrintConfig.dll", "other.dll"), &[]),
    case(MODULE, "PAN-7-02", |s| changes(s, "NotifyEntry", "notifyEntry"), &[]),
    Case {
        rule: MODULE,
        requirement: "PAN-7-02",
        verdict: Note,
        keeps: |s| changes(s, "", ""),
        breaks: |s| changes(s, "PrintConfig.dll", "printconfig.DLL"),
        also: &[],
    },
    case(TEXT, "PAN-7-03", |s| changes(s, "&lt;Envelope", "&lt;Letter"), &[]),
    case(TEXT, "PAN-7-03", |s| changes(s, r#" printer="\\s\q""#, ""), &[]),
    case(TEXT, "PAN-7-03", |s| changes(s, r#" printer="\\s\q""#, r#" printer="""#), &[]),
    // As markup, not as text.
    case(
        TEXT,
        "PAN-7-03",
        |s| {
            let markup = CHANGED.replace("&lt;", "<");
            gets(windows(s), NotificationType::ASYNC_UI, utf16(&markup))
        },
        &[VALID, "MS-PAN/2.2.7.2.1/action-names-an-entry-point"],
    ),
    Case {
        rule: TEXT,
        requirement: "PAN-7-03",
        verdict: Note,
        keeps: |s| changes_of(s, r"\\SERVER.example\Q"),
        breaks: |s| changes_of(s, r"\\s\other"),
        also: &[],
    },
    case(REASON, "PAN-7-04", |s| changes(s, "{23bb1328", "{23bb1329"), &[]),
    case(REASON, "PAN-7-04", |s| changes(s, "{23bb1328-63de-4293-915b-a6a23d929acb}", "change"), &[]),
    case(DETAIL, "PAN-7-05", |s| changes(s, DRIVERS_OWN, "{EC8F261F-267C-469F-B5D6-3933023C29CC}"), &[]),
    case(DETAIL, "PAN-7-05", |s| changes(s, DRIVERS_OWN, "ec8f261f-267c-469f-b5d6-3933023c29cc"), &[]),
    case(DETAIL, "PAN-7-05", |s| changes(s, DRIVERS_OWN, "6f9619ff8b86d011b42d00c04fc964ff"), &[]),
    case(CHANGES, "PAN-7-06", |s| changes(s, "&lt;BIDI_INT>2&lt;/BIDI_INT>", ""), &[]),
    case(CHANGES, "PAN-7-06", |s| changes(s, "&lt;BIDI_INT>2&lt;/BIDI_INT>", "&lt;INT>2&lt;/INT>"), &[]),
    case(CHANGES, "PAN-7-06", |s| changes(s, r#"&lt;Schema name="\Printer.Layout:D">"#, "&lt;Schema>"), &[]),
    case(
        CHANGES,
        "PAN-7-06",
        |s| {
            let bare = CHANGED.replace("&lt;Schema", "&lt;Setting").replace("&lt;/Schema", "&lt;/Setting");
            gets(windows(s), NotificationType::ASYNC_UI, utf16(&bare))
        },
        &[],
    ),
];

/// Another driver's action is none of note 1, whatever it passes; nor are braces and letters' case a matter.
#[rstest]
#[case::text("PrintConfig.dll", "other.dll", "Envelope", "Letter")]
#[case::same_entry_point("PrintConfig.dll", "other.dll", "&lt;Envelope", "Envelope")]
#[case::upper_case("{23bb1328-63de", "{23BB1328-63DE", "", "")]
#[case::detail_without_braces(DRIVERS_OWN, "6F9619FF-8b86-d011-b42d-00c04fc964ff", "", "")]
fn other_balloons_are_left_alone(#[case] from: &str, #[case] to: &str, #[case] also: &str, #[case] other: &str) {
    let document = CHANGED.replace(from, to);
    let document = if also.is_empty() { document } else { document.replace(also, other) };
    let script = gets(windows(Script::new()), NotificationType::ASYNC_UI, utf16(&document));
    let findings: Vec<_> = script.judge(rules::with_prefix("MS-PAN/7/")).findings.iter().map(shown).collect();
    assert!(findings.is_empty(), "{findings:#?}");
}
