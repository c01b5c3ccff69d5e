//! That clients go on after a unidirectional notification ([MS-PAN] 3.2.3.4.1, 3.2.3.4.3, 3.2.3.4.4, 3.2.4.4.1).

use bytes::Bytes;
use conformance::Severity::{Fail, Inconclusive};
use conformance::{Source, rules};
use mspan::NotificationType;
use rstest::rstest;
use trace::{Direction, Vantage};

use super::documents::*;
use crate::case::{Case, shown};
use crate::script::*;

const ASYNC_UI: NotificationType = NotificationType::ASYNC_UI;
const CONFIGURED: NotificationType = NotificationType::PRINTER_CONFIGURATION;
const AFTER_ERROR: &str = "MS-PAN/3.2.3.4.1/client-goes-on-after-an-error";
const AFTER_CONFIGURATION: &str = "MS-PAN/3.2.4.4.1/client-goes-on-after-an-error";
const AFTER_ABSENT: &str = "MS-PAN/3.2.3.4.1/client-goes-on-after-a-call-that-fails";

/// The client calls GetNotification again.
fn goes_on(script: Script) -> Script {
    script.start(A, "next", get_notification(h(1)))
}

/// It does nothing more.
fn stops(script: Script) -> Script {
    script.wait(6_000)
}

/// It unregisters.
fn parts(script: Script) -> Script {
    script.unregister(A, h(1)).wait(6_000)
}

/// It unregisters on another connection, and only the server knows when.
fn crosses(mut script: Script) -> Script {
    script.config.vantage = Vantage::Server;
    script.unregister(A2, h(1)).wait(6_000)
}

/// A document in one direction, changed.
fn brought(script: Script, text: &str, from: &str, to: &str, tail: &[u8]) -> Script {
    gets(script, ASYNC_UI, changed(text, from, to, tail))
}

/// A document whose entry point is out of reach, in one direction.
fn absent(script: Script, text: &str, tail: &[u8]) -> Script {
    brought(script, &text.replace("a.dll", "nosuch.dll"), "", "", tail)
}

fn one_way(text: &str) -> String {
    text.replace("\"true\"", "\"false\"")
}

/// What need not be noticed, what may take its time, and what was not received accuse nobody.
#[rstest]
#[case::unchecked(brought(Script::new(), BALLOON, "v1/request", "v2/request", &[]))]
#[case::entry_point_at_work(brought(Script::new(), BALLOON, "", "", &[]))]
#[case::wrong_mode(brought(Script::new(), MESSAGE_BOX, "</v1>", "", &[]))]
#[case::bidirectional(absent(Script::new(), CUSTOM_UI, &[]))]
#[case::configuration_unchecked(gets(Script::new(), CONFIGURED, changed(CONFIGURATION, "printerName", "name", &[])))]
#[case::association_ended(brought(Script::new(), BALLOON, "</v1>", "", &[]).close(A, Direction::ToClient).run_down(A))]
#[case::capture({
    let mut script = Script::new();
    script.config.vantage = Vantage::Unknown;
    brought(script, BALLOON, "</v1>", "", &[])
})]
fn patience(#[case] script: Script) {
    let ours = [AFTER_ERROR, AFTER_CONFIGURATION, AFTER_ABSENT];
    let findings = stops(script).judge(rules::all().filter(|rule| ours.contains(&rule.id))).findings;
    assert!(findings.is_empty(), "{:#?}", findings.iter().map(shown).collect::<Vec<_>>());
}

/// On the wire the server saw the answer leave, and nothing more for T_PROMPT.
#[test]
fn a_server_sees_a_client_stop() {
    let mut script = Script::new();
    (script.config.vantage, script.config.source) = (Vantage::Server, Source::Unseen);
    let script = stops(brought(script, BALLOON, "</v1>", "", &[]));
    assert_eq!(script.judge(rules::with_prefix(AFTER_ERROR)).findings.len(), 1);
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: AFTER_ERROR,
        requirement: "PAN-3.2.3.4.1-14",
        verdict: Fail,
        keeps: |s| goes_on(brought(s, BALLOON, "</v1>", "", &[])),
        breaks: |s| stops(brought(s, BALLOON, "</v1>", "", &[])),
        also: &["MS-PAN/3.1.1.4.5/get-notification-is-called-again"],
    },
    Case {
        rule: AFTER_ERROR,
        requirement: "PAN-3.2.3.4.1-14",
        verdict: Fail,
        keeps: |s| goes_on(brought(s, BALLOON, "<v1>", "<v1><v1/>", &[])),
        breaks: |s| stops(brought(s, BALLOON, "<title stringID=\"109\"/>", "<title stringID=\"109\">x</title>", &[])),
        also: &["MS-PAN/3.1.1.4.5/get-notification-is-called-again"],
    },
    Case {
        rule: AFTER_ERROR,
        requirement: "PAN-3.2.3.4.1-14",
        verdict: Fail,
        keeps: |s| goes_on(brought(s, BALLOON, "</v1>", "", &[])),
        breaks: |s| parts(brought(s.launched(A, 2), BALLOON, "</v1>", "", &[])),
        also: &[],
    },
    Case {
        rule: AFTER_ERROR,
        requirement: "PAN-3.2.3.4.1-14",
        verdict: Inconclusive,
        // Who has had all may go; who goes for another reason, nobody knows.
        keeps: |s| {
            let s = brought(s.launched(A, 2), BALLOON, "</v1>", "", &[]);
            parts(s.call(A, get_notification(h(1)), notification(ASYNC_UI, changed(BALLOON, "</v1>", "", &[]))))
        },
        breaks: |s| parts(brought(s, BALLOON, "</v1>", "", &[])),
        also: &[],
    },
    Case {
        rule: AFTER_ERROR,
        requirement: "PAN-3.2.3.4.1-14",
        verdict: Inconclusive,
        keeps: |s| goes_on(brought(s, BALLOON, "</v1>", "", &[])),
        breaks: |s| crosses(brought(s, BALLOON, "</v1>", "", &[])),
        also: &[],
    },
    Case {
        rule: AFTER_ERROR,
        requirement: "PAN-3.2.3.4.3-09",
        verdict: Fail,
        keeps: |s| goes_on(brought(s, &one_way(CUSTOM_UI), "</v1>", "", &[])),
        breaks: |s| stops(gets(s, ASYNC_UI, utf16("not xml"))),
        also: &["MS-PAN/3.1.1.4.5/get-notification-is-called-again"],
    },
    Case {
        rule: AFTER_ERROR,
        requirement: "PAN-3.2.3.4.4-09",
        verdict: Fail,
        keeps: |s| goes_on(brought(s, &one_way(CUSTOM_DATA), "</v1>", "", &[0, 0, 7])),
        breaks: |s| stops(brought(s, &one_way(CUSTOM_DATA), "</v1>", "", &[0, 0, 7])),
        also: &["MS-PAN/3.1.1.4.5/get-notification-is-called-again"],
    },
    Case {
        rule: AFTER_CONFIGURATION,
        requirement: "PAN-3.2.4.4.1-05",
        verdict: Fail,
        keeps: |s| goes_on(gets(s, CONFIGURED, changed(CONFIGURATION, " printerName", " name", &[]))),
        breaks: |s| stops(gets(s, CONFIGURED, changed(CONFIGURATION, "</Notification>", "", &[]))),
        also: &["MS-PAN/3.1.1.4.5/get-notification-is-called-again"],
    },
    Case {
        rule: AFTER_CONFIGURATION,
        requirement: "PAN-3.2.4.4.1-05",
        verdict: Fail,
        keeps: |s| goes_on(gets(s, CONFIGURED, Bytes::from_static(b"<\0"))),
        breaks: |s| parts(gets(s.launched(A, 2), CONFIGURED, Bytes::from_static(b"<\0"))),
        also: &[],
    },
    Case {
        rule: AFTER_ABSENT,
        requirement: "PAN-3.2.3.4.1-17",
        verdict: Fail,
        keeps: |s| goes_on(absent(s, BALLOON, &[])),
        breaks: |s| stops(absent(s, BALLOON, &[])),
        also: &["MS-PAN/3.1.1.4.5/get-notification-is-called-again"],
    },
    Case {
        rule: AFTER_ABSENT,
        requirement: "PAN-3.2.3.4.3-13",
        verdict: Fail,
        keeps: |s| goes_on(absent(s, &one_way(CUSTOM_UI), &[])),
        breaks: |s| stops(absent(s, &one_way(CUSTOM_UI), &[])),
        also: &["MS-PAN/3.1.1.4.5/get-notification-is-called-again"],
    },
    Case {
        rule: AFTER_ABSENT,
        requirement: "PAN-3.2.3.4.4-13",
        verdict: Fail,
        keeps: |s| goes_on(absent(s, &one_way(CUSTOM_DATA), &[0, 0, 7])),
        breaks: |s| stops(absent(s, &one_way(CUSTOM_DATA), &[0, 0, 7])),
        also: &["MS-PAN/3.1.1.4.5/get-notification-is-called-again"],
    },
];
