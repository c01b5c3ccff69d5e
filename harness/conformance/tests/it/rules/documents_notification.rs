//! What AsyncUI notifications have in common ([MS-PAN] 2.2.7, 2.2.7.1).

use bytes::Bytes;
use conformance::Severity::{Fail, Note, Warn};
use mspan::NotificationType;

use super::documents::*;
use crate::case::Case;

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/2.2.7/notification-is-well-formed",
        requirement: "PAN-2.2.7-04",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "</v1>", ""),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7/notification-is-in-utf-16le",
        requirement: "PAN-2.2.7-06",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| gets(s, NotificationType::ASYNC_UI, Bytes::from_static(BALLOON.as_bytes())),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7/notification-is-in-utf-16le",
        requirement: "PAN-2.2.7-06",
        verdict: Note,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| gets(s, NotificationType::ASYNC_UI, changed(BALLOON, "<asyncPrint", "\u{FEFF}<asyncPrint", &[])),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7/notification-has-characters-of-xml",
        requirement: "PAN-2.2.7-08",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "argument", "a&#0;"),
        also: &["MS-PAN/2.2.7/notification-is-well-formed"],
    },
    Case {
        rule: "MS-PAN/2.2.7/notification-is-escaped-by-means-of-xml",
        requirement: "PAN-2.2.7-09",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "argument", "a & b"),
        also: &["MS-PAN/2.2.7/notification-is-well-formed"],
    },
    Case {
        rule: "MS-PAN/2.2.7/notification-is-in-its-namespace",
        requirement: "PAN-2.2.7-01",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "<v1>", r#"<v1 xmlns="">"#),
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.1/request-opens-one-format",
        requirement: "PAN-2.2.7.1.1-01",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "<asyncPrintUIRequest", r#"<asyncPrintUIRequest id="1""#),
        also: &[VALID, "MS-PAN/2.2.7.2/balloon-is-in-a-request"],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.1/request-opens-one-format",
        requirement: "PAN-2.2.7.1.1-03",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "<requestOpen>", "<requestOpen></requestOpen><requestOpen>"),
        also: &[VALID, "MS-PAN/2.2.7.2/balloon-is-in-a-request"],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.1/request-opens-one-format",
        requirement: "PAN-2.2.7.1.1-04",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "</requestOpen>", "<toastUI/></requestOpen>"),
        also: &[VALID, "MS-PAN/2.2.7.2/balloon-is-in-a-request"],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.1/notification-is-schema-valid",
        requirement: "PAN-2.2.7.1.1-02",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "<balloonUI", r#"<balloonUI timeout="5""#),
        also: &["MS-PAN/2.2.7.2.2/balloon-has-title-and-body"],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.3/title-is-text-or-a-key",
        requirement: "PAN-2.2.7.1.3-10",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, r#"<title stringID="109"/>"#, r#"<title stringID="109"><b/></title>"#),
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.3/title-is-text-or-a-key",
        requirement: "PAN-2.2.7.1.3-05",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, r#"<title stringID="109"/>"#, "<title/>"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.3/title-is-text-or-a-key",
        requirement: "PAN-2.2.7.1.3-07",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, r#"<title stringID="109"/>"#, r#"<title stringID="109">x</title>"#),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.3/title-is-text-or-a-key",
        requirement: "PAN-2.2.7.1.3-09",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, r#"<title stringID="109"/>"#, "<title>a<parameter>b</parameter>c</title>"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.3/title-is-text-or-a-key",
        requirement: "PAN-2.2.7.1.3-03",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, r#"<title stringID="109"/>"#, r#"<title stringID="99"/>"#),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.4/body-is-text-or-a-key",
        requirement: "PAN-2.2.7.1.4-12",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| {
            balloon(
                s,
                r#"<body stringID="130"><parameter>Fabrikam</parameter></body>"#,
                r#"<body stringID="130"><b/></body>"#,
            )
        },
        also: &[VALID, "MS-PAN/2.2.7.1.3/title-is-text-or-a-key"],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.4/body-is-text-or-a-key",
        requirement: "PAN-2.2.7.1.4-07",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, r#"<body stringID="130"><parameter>Fabrikam</parameter></body>"#, "<body/>"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.4/body-is-text-or-a-key",
        requirement: "PAN-2.2.7.1.4-09",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| {
            balloon(
                s,
                r#"<body stringID="130"><parameter>Fabrikam</parameter></body>"#,
                r#"<body stringID="109">x</body>"#,
            )
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.4/body-is-text-or-a-key",
        requirement: "PAN-2.2.7.1.4-11",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| {
            balloon(
                s,
                r#"<body stringID="130"><parameter>Fabrikam</parameter></body>"#,
                "<body>a<parameter>b</parameter>c</body>",
            )
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.4/body-is-text-or-a-key",
        requirement: "PAN-2.2.7.1.4-05",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| {
            balloon(s, r#"<body stringID="130"><parameter>Fabrikam</parameter></body>"#, r#"<body stringID="99"/>"#)
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.3/title-is-text-or-a-key",
        requirement: "PAN-2.2.7.1.3-03",
        verdict: Note,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, r#"stringID="109""#, r#"stringID="102""#),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.5/parameter-has-a-value",
        requirement: "PAN-2.2.7.1.5-11",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "<parameter>Fabrikam</parameter>", "<parameter>a<b/></parameter>"),
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.5/parameter-has-a-value",
        requirement: "PAN-2.2.7.1.5-01",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "<parameter>Fabrikam</parameter>", r#"<parameter type="Server"/>"#),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.5/parameter-has-a-value",
        requirement: "PAN-2.2.7.1.5-06",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "<parameter>Fabrikam</parameter>", "<parameter/>"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.5/parameter-has-a-value",
        requirement: "PAN-2.2.7.1.5-08",
        verdict: Warn,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "<parameter>Fabrikam</parameter>", r#"<parameter type="PrinterName">x</parameter>"#),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.5/parameter-has-a-value",
        requirement: "PAN-2.2.7.1.5-04",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "<parameter>Fabrikam</parameter>", r#"<parameter stringID="5"/>"#),
        also: &[],
    },
];
