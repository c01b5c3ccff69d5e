//! Documents in notifications and replies ([MS-PAN] 2.2.7, 2.2.8).

use bytes::Bytes;
use conformance::Severity::{Fail, Note, Warn};
use conformance::{Source, rules};
use mspan::{Hresult, NotificationType};

use crate::case::{Case, shown};
use crate::dialogue::*;
use crate::script::*;

const BALLOON: &str = r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen><balloonUI iconID="3" resourceDll="i.dll"><title stringID="109"/><body stringID="130"><parameter>Fabrikam</parameter></body><action dll="a.dll" entrypoint="E">argument</action></balloonUI></requestOpen></v1></asyncPrintUIRequest>"#;
const MESSAGE_BOX: &str = r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen><messageBoxUI><title stringID="109"/><bitmap bitmapID="4" resourceDll="b.dll"/><body>Which tray?</body><buttons><button buttonID="3" stringID="600"/><button buttonID="IDCANCEL"/></buttons></messageBoxUI></requestOpen></v1></asyncPrintUIRequest>"#;
const CUSTOM_UI: &str = r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen><customUI dll="a.dll" entrypoint="E" bidi="true">argument</customUI></requestOpen></v1></asyncPrintUIRequest>"#;
const CUSTOM_DATA: &str = r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen><customData dll="a.dll" entrypoint="E" bidi="true"/></requestOpen></v1></asyncPrintUIRequest>"#;
const CONFIGURATION: &str = r#"<Notification xmlns="http://schemas.microsoft.com/windows/2005/03/printing/bidi" printerName="\\s\q"><Schema name="\P.Q:S"><BIDI_STRING>a</BIDI_STRING></Schema><Schema name="\P.Q:T"><BIDI_TEXT>t</BIDI_TEXT></Schema><Schema name="\P.Q:E"><BIDI_ENUM>e</BIDI_ENUM></Schema><Schema name="\P.Q:I"><BIDI_INT>-1</BIDI_INT></Schema><Schema name="\P.Q:F"><BIDI_FLOAT>1.5</BIDI_FLOAT></Schema><Schema name="\P.Q:B"><BIDI_BOOL>true</BIDI_BOOL></Schema><Schema name="\P.Q:O"><BIDI_BLOB>AA==</BIDI_BLOB></Schema></Notification>"#;
const BOX_REPLY: &str = r#"<asyncPrintUIResponse xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/response"><v1><requestClose><messageBoxUI><buttonID>3</buttonID></messageBoxUI></requestClose></v1></asyncPrintUIResponse>"#;
const CUSTOM_REPLY: &str = r#"<asyncPrintUIResponse xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/response"><v1><requestClose><CustomUI>result</CustomUI></requestClose></v1></asyncPrintUIResponse>"#;

const VALID: &str = "MS-PAN/2.2.7.1.1/notification-is-schema-valid";
const ONE: &str = "MS-PAN/2.2.7.1.1/request-opens-one-format";
const REPLY_VALID: &str = "MS-PAN/2.2.7.1.2/reply-is-schema-valid";
const REPLY_ONE: &str = "MS-PAN/2.2.7.1.2/response-closes-one-request";
const CONFIGURED: &str = "MS-PAN/2.2.8.1/configuration-is-schema-valid";
const FORMAT: &str = "MS-PAN/3.1.4.4.2/configuration-has-its-format";

fn utf16(text: &str) -> Bytes {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Text with a part changed, and octets behind it.
fn changed(text: &str, from: &str, to: &str, tail: &[u8]) -> Bytes {
    assert!(text.contains(from), "{from}");
    [&utf16(&text.replacen(from, to, 1)), tail].concat().into()
}

/// GetNotification brings a document that nobody was seen to send.
fn gets(mut script: Script, kind: NotificationType, document: Bytes) -> Script {
    script.config.source = Source::Unseen;
    script.uni(A, h(1), kind).call(A, get_notification(h(1)), notification(kind, document))
}

/// GetNotification brings a vendor's type where another is registered.
fn mistyped(mut script: Script, kind: NotificationType) -> Script {
    script.config.source = Source::Unseen;
    script.uni(A, h(1), kind).call(A, get_notification(h(1)), notification(t(1), n(1)))
}

/// A balloon by GetNotification.
fn balloon(script: Script, from: &str, to: &str) -> Script {
    gets(script, NotificationType::ASYNC_UI, changed(BALLOON, from, to, &[]))
}

/// A channel's first notification.
fn channel(mut script: Script, kind: NotificationType, document: Bytes) -> Script {
    script.config.source = Source::Unseen;
    let reply = replies(HA, Some(kind), Some(document), Hresult::OK);
    script.bidi(A, h(1), kind).offered(A, h(1), &[HA]).call(A, first(HA), reply)
}

/// A document by a channel.
fn opens(script: Script, text: &str, from: &str, to: &str) -> Script {
    channel(script, NotificationType::ASYNC_UI, changed(text, from, to, &[]))
}

/// Custom data by a channel.
fn data(script: Script, from: &str, to: &str, tail: &[u8]) -> Script {
    channel(script, NotificationType::ASYNC_UI, changed(CUSTOM_DATA, from, to, tail))
}

/// A configuration by GetNotification.
fn configuration(script: Script, from: &str, to: &str) -> Script {
    gets(script, NotificationType::PRINTER_CONFIGURATION, changed(CONFIGURATION, from, to, &[]))
}

/// A reply, to a notification.
fn answers(script: Script, notification: &str, reply: Bytes) -> Script {
    opens(script, notification, "", "").call(A, close_as(HA, NotificationType::ASYNC_UI, reply), closed(Hresult::OK))
}

/// A message box's reply.
fn chooses(script: Script, from: &str, to: &str) -> Script {
    answers(script, MESSAGE_BOX, changed(BOX_REPLY, from, to, &[]))
}

/// A custom UI's reply.
fn returns(script: Script, from: &str, to: &str) -> Script {
    answers(script, CUSTOM_UI, changed(CUSTOM_REPLY, from, to, &[]))
}

/// What a notification source was asked to send isn't held against the server.
#[test]
fn octets_of_the_harness_accuse_nobody() {
    let rubbish = utf16("<rubbish");
    let script =
        Script::new().uni(A, h(1), NotificationType::ASYNC_UI).notify(NotificationType::ASYNC_UI, rubbish.clone());
    let script = script.call(A, get_notification(h(1)), notification(NotificationType::ASYNC_UI, rubbish));
    let findings: Vec<_> = script.judge(rules::all()).findings.iter().map(shown).collect();
    assert!(findings.is_empty(), "{findings:#?}");
}

/// Nor is what became of it on its way: that is judged where delivery is.
#[test]
fn octets_of_the_harness_that_were_altered_are_no_document_of_the_server() {
    let kind = NotificationType::ASYNC_UI;
    let script = Script::new().uni(A, h(1), kind).notify(kind, utf16(BALLOON));
    let script = script.call(A, get_notification(h(1)), notification(kind, utf16("<rubbish")));
    let report = script.judge(rules::all());
    let about_documents = |rule: &str| rule.starts_with("MS-PAN/2.2.7");
    assert!(!report.findings.is_empty() && !report.findings.iter().any(|finding| about_documents(finding.rule)));
}

/// A breach that a client should accept is told as such.
#[test]
fn tolerance_is_told() {
    let report = balloon(Script::new(), "<v1>", "<v1 a=''>").judge(rules::all());
    let told = |text: &str| text.ends_with("not schema-valid, but a client should accept it (X-LEN-04)");
    assert!(!report.findings.is_empty() && report.findings.iter().all(|finding| told(&finding.actual)));
    let report = balloon(Script::new(), "<v1>", "<v1><v3/>").judge(rules::all());
    assert!(!report.findings.is_empty() && report.findings.iter().all(|finding| !finding.actual.contains("accept")));
}

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
    Case {
        rule: "MS-PAN/2.2.7.2.1/action-names-an-entry-point",
        requirement: "PAN-2.2.7.2.1-03",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, r#" entrypoint="E""#, ""),
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.2.1/action-names-an-entry-point",
        requirement: "PAN-2.2.7.2.1-02",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, r#"dll="a.dll""#, r#"dll="..\a.dll""#),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.2.1/action-names-an-entry-point",
        requirement: "PAN-2.2.7.2.1-01",
        verdict: Warn,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "argument", ""),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.2.2/balloon-has-title-and-body",
        requirement: "PAN-2.2.7.2.2-03",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, r#"<title stringID="109"/>"#, ""),
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.2.2/balloon-has-title-and-body",
        requirement: "PAN-2.2.7.2.2-04",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, r#"iconID="3""#, r#"iconID="x""#),
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.2.2/balloon-has-title-and-body",
        requirement: "PAN-2.2.7.2.2-05",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, r#" resourceDll="i.dll""#, ""),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.2.2/balloon-has-title-and-body",
        requirement: "PAN-2.2.7.2.2-01",
        verdict: Note,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| {
            gets(
                s,
                NotificationType::ASYNC_UI,
                changed(
                    &BALLOON.replace(" stringID=\"130\"", " ").replace("<body >", "<body>x"),
                    "<title stringID=\"109\"/>",
                    "<title>y</title>",
                    &[],
                ),
            )
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.3.1/button-has-an-id",
        requirement: "PAN-2.2.7.3.1-09",
        verdict: Fail,
        keeps: |s| opens(s, MESSAGE_BOX, "", ""),
        breaks: |s| {
            opens(s, MESSAGE_BOX, r#"<button buttonID="IDCANCEL"/>"#, r#"<button buttonID="IDCANCEL">x</button>"#)
        },
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.3.1/button-has-an-id",
        requirement: "PAN-2.2.7.3.1-02",
        verdict: Fail,
        keeps: |s| opens(s, MESSAGE_BOX, "", ""),
        breaks: |s| opens(s, MESSAGE_BOX, r#"buttonID="3""#, r#"buttonID="three""#),
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.3.1/button-has-an-id",
        requirement: "PAN-2.2.7.3.1-06",
        verdict: Fail,
        keeps: |s| opens(s, MESSAGE_BOX, "", ""),
        breaks: |s| opens(s, MESSAGE_BOX, r#""IDCANCEL""#, r#""idcancel" stringID="601""#),
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.3.1/button-has-an-id",
        requirement: "PAN-2.2.7.3.1-03",
        verdict: Fail,
        keeps: |s| opens(s, MESSAGE_BOX, "", ""),
        breaks: |s| opens(s, MESSAGE_BOX, r#""3" stringID="600""#, r#""3""#),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.3.1/button-has-an-id",
        requirement: "PAN-2.2.7.3.1-04",
        verdict: Fail,
        keeps: |s| opens(s, MESSAGE_BOX, "", ""),
        breaks: |s| opens(s, MESSAGE_BOX, r#""3" stringID="600""#, r#""3" stringID="99""#),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.3.2/buttons-are-one-to-five",
        requirement: "PAN-2.2.7.3.2-01",
        verdict: Fail,
        keeps: |s| opens(s, MESSAGE_BOX, "", ""),
        breaks: |s| {
            opens(
                s,
                MESSAGE_BOX,
                r#"<button buttonID="3" stringID="600"/>"#,
                r#"<button buttonID="3" stringID="600"/><button buttonID="4" stringID="600"/><button buttonID="5" stringID="600"/><button buttonID="6" stringID="600"/><button buttonID="7" stringID="600"/>"#,
            )
        },
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.3.3/bitmap-has-an-id",
        requirement: "PAN-2.2.7.3.3-01",
        verdict: Fail,
        keeps: |s| opens(s, MESSAGE_BOX, "", ""),
        breaks: |s| opens(s, MESSAGE_BOX, r#"bitmapID="4" "#, ""),
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.3.3/bitmap-has-an-id",
        requirement: "PAN-2.2.7.3.3-02",
        verdict: Note,
        keeps: |s| opens(s, MESSAGE_BOX, "", ""),
        breaks: |s| opens(s, MESSAGE_BOX, r#" resourceDll="b.dll""#, ""),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.3.4/message-box-has-title-body-and-buttons",
        requirement: "PAN-2.2.7.3.4-01",
        verdict: Fail,
        keeps: |s| opens(s, MESSAGE_BOX, "", ""),
        breaks: |s| opens(s, MESSAGE_BOX, "<body>Which tray?</body>", ""),
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.5.1/custom-ui-names-an-entry-point",
        requirement: "PAN-2.2.7.5.1-04",
        verdict: Fail,
        keeps: |s| opens(s, CUSTOM_UI, "", ""),
        breaks: |s| opens(s, CUSTOM_UI, r#" dll="a.dll""#, ""),
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.5.1/custom-ui-names-an-entry-point",
        requirement: "PAN-2.2.7.5.1-05",
        verdict: Fail,
        keeps: |s| opens(s, CUSTOM_UI, "", ""),
        breaks: |s| opens(s, CUSTOM_UI, r#""true""#, r#""TRUE""#),
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.5.1/custom-ui-names-an-entry-point",
        requirement: "PAN-2.2.7.5.1-03",
        verdict: Fail,
        keeps: |s| opens(s, CUSTOM_UI, "", ""),
        breaks: |s| opens(s, CUSTOM_UI, "a.dll", "C:a.dll"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.5.1/custom-ui-names-an-entry-point",
        requirement: "PAN-2.2.7.5.1-01",
        verdict: Warn,
        keeps: |s| opens(s, CUSTOM_UI, "", ""),
        breaks: |s| opens(s, CUSTOM_UI, "argument", ""),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.7/custom-data-follows-the-document",
        requirement: "PAN-2.2.7.7-01",
        verdict: Fail,
        keeps: |s| data(s, "", "", &[0, 0, 7]),
        breaks: |s| data(s, "", "", &[]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.7.1/custom-data-names-an-entry-point",
        requirement: "PAN-2.2.7.7.1-06",
        verdict: Fail,
        keeps: |s| data(s, "", "", &[0, 0, 7]),
        breaks: |s| data(s, "/></requestOpen>", "> </customData></requestOpen>", &[0, 0, 7]),
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.7.1/custom-data-names-an-entry-point",
        requirement: "PAN-2.2.7.7.1-04",
        verdict: Fail,
        keeps: |s| data(s, "", "", &[0, 0, 7]),
        breaks: |s| data(s, r#" entrypoint="E""#, "", &[0, 0, 7]),
        also: &[VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.7.1/custom-data-names-an-entry-point",
        requirement: "PAN-2.2.7.7.1-05",
        verdict: Fail,
        keeps: |s| data(s, "", "", &[0, 0, 7]),
        breaks: |s| data(s, r#""true""#, r#""yes""#, &[0, 0, 7]),
        also: &[VALID, "MS-PAN/3.1.3.4.2/channel-brings-what-needs-a-reply"],
    },
    Case {
        rule: "MS-PAN/2.2.7.7.1/custom-data-names-an-entry-point",
        requirement: "PAN-2.2.7.7.1-03",
        verdict: Fail,
        keeps: |s| data(s, "", "", &[0, 0, 7]),
        breaks: |s| data(s, "a.dll", "a/b", &[0, 0, 7]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.7.1/custom-data-names-an-entry-point",
        requirement: "PAN-2.2.7.7.1-01",
        verdict: Warn,
        keeps: |s| data(s, "", "", &[0, 0, 7]),
        breaks: |s| data(s, "", "", &[0, 0]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.2/balloon-is-in-a-request",
        requirement: "PAN-2.2.7.2-01",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "<asyncPrintUIRequest", r#"<asyncPrintUIRequest a="""#),
        also: &[VALID, ONE],
    },
    Case {
        rule: "MS-PAN/2.2.7.2/balloon-is-in-a-request",
        requirement: "PAN-2.2.7.2-02",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| balloon(s, "</requestOpen>", "<x/></requestOpen>"),
        also: &[VALID, ONE],
    },
    Case {
        rule: "MS-PAN/2.2.7.3/message-box-is-in-a-request",
        requirement: "PAN-2.2.7.3-01",
        verdict: Fail,
        keeps: |s| opens(s, MESSAGE_BOX, "", ""),
        breaks: |s| opens(s, MESSAGE_BOX, "<asyncPrintUIRequest", r#"<asyncPrintUIRequest a="""#),
        also: &[VALID, ONE],
    },
    Case {
        rule: "MS-PAN/2.2.7.3/message-box-is-in-a-request",
        requirement: "PAN-2.2.7.3-02",
        verdict: Fail,
        keeps: |s| opens(s, MESSAGE_BOX, "", ""),
        breaks: |s| opens(s, MESSAGE_BOX, "</requestOpen>", "<x/></requestOpen>"),
        also: &[VALID, ONE],
    },
    Case {
        rule: "MS-PAN/2.2.7.5/custom-ui-is-in-a-request",
        requirement: "PAN-2.2.7.5-01",
        verdict: Fail,
        keeps: |s| opens(s, CUSTOM_UI, "", ""),
        breaks: |s| opens(s, CUSTOM_UI, "<asyncPrintUIRequest", r#"<asyncPrintUIRequest a="""#),
        also: &[VALID, ONE],
    },
    Case {
        rule: "MS-PAN/2.2.7.5/custom-ui-is-in-a-request",
        requirement: "PAN-2.2.7.5-02",
        verdict: Fail,
        keeps: |s| opens(s, CUSTOM_UI, "", ""),
        breaks: |s| opens(s, CUSTOM_UI, "</requestOpen>", "<x/></requestOpen>"),
        also: &[VALID, ONE],
    },
    Case {
        rule: "MS-PAN/2.2.7.7/custom-data-is-in-a-request",
        requirement: "PAN-2.2.7.7-02",
        verdict: Fail,
        keeps: |s| data(s, "", "", &[0, 0, 7]),
        breaks: |s| data(s, "<asyncPrintUIRequest", r#"<asyncPrintUIRequest a="""#, &[0, 0, 7]),
        also: &[VALID, ONE],
    },
    Case {
        rule: "MS-PAN/2.2.7.7/custom-data-is-in-a-request",
        requirement: "PAN-2.2.7.7-03",
        verdict: Fail,
        keeps: |s| data(s, "", "", &[0, 0, 7]),
        breaks: |s| data(s, "</requestOpen>", "<x/></requestOpen>", &[0, 0, 7]),
        also: &[VALID, ONE],
    },
    Case {
        rule: "MS-PAN/3.1.3.4.3/get-notification-brings-what-needs-no-reply",
        requirement: "PAN-3.1.3.4.3-02",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| gets(s, NotificationType::ASYNC_UI, changed(MESSAGE_BOX, "", "", &[])),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.3.4.3/get-notification-brings-what-needs-no-reply",
        requirement: "PAN-3.1.3.4.3-03",
        verdict: Fail,
        keeps: |s| gets(s, NotificationType::ASYNC_UI, changed(CUSTOM_UI, "true", "false", &[])),
        breaks: |s| gets(s, NotificationType::ASYNC_UI, changed(CUSTOM_UI, "", "", &[])),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.3.4.3/get-notification-brings-what-needs-no-reply",
        requirement: "PAN-3.2.3.4.4-03",
        verdict: Fail,
        keeps: |s| gets(s, NotificationType::ASYNC_UI, changed(CUSTOM_DATA, "true", "false", &[0, 0, 7])),
        breaks: |s| gets(s, NotificationType::ASYNC_UI, changed(CUSTOM_DATA, "", "", &[0, 0, 7])),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.3.4.2/channel-brings-what-needs-a-reply",
        requirement: "PAN-3.1.3.4.2-08",
        verdict: Fail,
        keeps: |s| opens(s, MESSAGE_BOX, "", ""),
        breaks: |s| opens(s, BALLOON, "", ""),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.3.4.2/channel-brings-what-needs-a-reply",
        requirement: "PAN-3.1.3.4.2-09",
        verdict: Fail,
        keeps: |s| opens(s, CUSTOM_UI, "", ""),
        breaks: |s| opens(s, CUSTOM_UI, "true", "false"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.3.4.2/channel-brings-what-needs-a-reply",
        requirement: "PAN-3.2.3.4.4-02",
        verdict: Fail,
        keeps: |s| data(s, "", "", &[0, 0, 7]),
        breaks: |s| data(s, "true", "false", &[0, 0, 7]),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.8/configuration-is-well-formed",
        requirement: "PAN-2.2.8-04",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, "</Notification>", ""),
        also: &[FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8/configuration-is-in-utf-16le",
        requirement: "PAN-2.2.8-05",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| gets(s, NotificationType::PRINTER_CONFIGURATION_SDK, changed(CONFIGURATION, "", "", &[0])),
        also: &[FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8/configuration-has-characters-of-xml",
        requirement: "PAN-2.2.8-06",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, ">a<", ">&#1;<"),
        also: &[FORMAT, "MS-PAN/2.2.8/configuration-is-well-formed"],
    },
    Case {
        rule: "MS-PAN/2.2.8/configuration-has-characters-of-xml",
        requirement: "PAN-2.2.8-07",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, ">a<", ">a & b<"),
        also: &[FORMAT, "MS-PAN/2.2.8/configuration-is-well-formed"],
    },
    Case {
        rule: "MS-PAN/2.2.8/configuration-is-in-its-namespace",
        requirement: "PAN-2.2.8-01",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, "2005/03", "2005/3"),
        also: &[CONFIGURED, FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8.1/configuration-lists-settings",
        requirement: "PAN-2.2.8.1-06",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, "<Schema", "<x/><Schema"),
        also: &[CONFIGURED, FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8.1/configuration-lists-settings",
        requirement: "PAN-2.2.8.1-01",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| {
            gets(s, NotificationType::PRINTER_CONFIGURATION, utf16(&CONFIGURATION.replace("Notification", "Notice")))
        },
        also: &[CONFIGURED, FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8.1/configuration-lists-settings",
        requirement: "PAN-2.2.8.1-03",
        verdict: Warn,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| {
            gets(
                s,
                NotificationType::PRINTER_CONFIGURATION,
                utf16(
                    r#"<Notification xmlns="http://schemas.microsoft.com/windows/2005/03/printing/bidi" printerName="q"><ReducedSchema name="\P"/></Notification>"#,
                ),
            )
        },
        also: &["MS-PAN/2.2.8.1.10/settings-are-reduced-for-size-only"],
    },
    Case {
        rule: "MS-PAN/2.2.8.1/configuration-is-schema-valid",
        requirement: "PAN-2.2.8.1-05",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, r#" name="\P.Q:S""#, ""),
        also: &[FORMAT, "MS-PAN/2.2.8.1.2/setting-has-a-name-and-a-value"],
    },
    Case {
        rule: "MS-PAN/2.2.8.1.1/configuration-names-its-printer",
        requirement: "PAN-2.2.8.1.1-01",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, r#" printerName="\\s\q""#, ""),
        also: &[CONFIGURED, FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8.1.2/setting-has-a-name-and-a-value",
        requirement: "PAN-2.2.8.1.2-01",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, "<BIDI_STRING>a</BIDI_STRING>", ""),
        also: &[CONFIGURED, FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8.1.2/setting-has-a-name-and-a-value",
        requirement: "PAN-2.2.8.1.2-02",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, r#"\P.Q:S"#, "P.Q:S"),
        also: &[CONFIGURED, FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8.1.3/string-value-is-text",
        requirement: "PAN-2.2.8.1.3-01",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, "<BIDI_STRING>a", "<BIDI_STRING><x/>"),
        also: &[CONFIGURED, FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8.1.4/text-value-is-text",
        requirement: "PAN-2.2.8.1.4-01",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, "<BIDI_TEXT>t", "<BIDI_TEXT><x/>"),
        also: &[CONFIGURED, FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8.1.5/enum-value-is-text",
        requirement: "PAN-2.2.8.1.5-01",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, "<BIDI_ENUM>e", "<BIDI_ENUM><x/>"),
        also: &[CONFIGURED, FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8.1.6/int-value-is-an-integer",
        requirement: "PAN-2.2.8.1.6-01",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, "<BIDI_INT>-1", "<BIDI_INT>1.0"),
        also: &[CONFIGURED, FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8.1.7/float-value-is-a-number",
        requirement: "PAN-2.2.8.1.7-01",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, "<BIDI_FLOAT>1.5", "<BIDI_FLOAT>x"),
        also: &[CONFIGURED, FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8.1.8/bool-value-is-true-or-false",
        requirement: "PAN-2.2.8.1.8-01",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, "<BIDI_BOOL>true", "<BIDI_BOOL>yes"),
        also: &[CONFIGURED, FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8.1.9/blob-value-is-base64",
        requirement: "PAN-2.2.8.1.9-01",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, "<BIDI_BLOB>AA==", "<BIDI_BLOB>A"),
        also: &[CONFIGURED, FORMAT],
    },
    Case {
        rule: "MS-PAN/2.2.8.1.10/reduced-setting-has-a-name-only",
        requirement: "PAN-2.2.8.1.10-02",
        verdict: Fail,
        keeps: |s| configuration(s, "</Notification>", r#"<ReducedSchema name="\P"/></Notification>"#),
        breaks: |s| configuration(s, "</Notification>", "<ReducedSchema/></Notification>"),
        also: &[CONFIGURED, FORMAT, "MS-PAN/2.2.8.1.10/settings-are-reduced-for-size-only"],
    },
    Case {
        rule: "MS-PAN/2.2.8.1.10/settings-are-reduced-for-size-only",
        requirement: "PAN-2.2.8.1.10-01",
        verdict: Note,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| configuration(s, "</Notification>", r#"<ReducedSchema name="\P"/></Notification>"#),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.4.4/configuration-comes-by-get-notification",
        requirement: "PAN-3.1.4.4-02",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| channel(s, NotificationType::PRINTER_CONFIGURATION, utf16(CONFIGURATION)),
        also: &["MS-PAN/3.1.1.4.1/undefined-registrations-are-refused"],
    },
    Case {
        rule: "MS-PAN/3.1.4.4.2/configuration-has-its-format",
        requirement: "PAN-3.1.4.4.2-02",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| gets(s, NotificationType::PRINTER_CONFIGURATION, utf16(BALLOON)),
        also: &[
            CONFIGURED,
            "MS-PAN/2.2.8.1/configuration-lists-settings",
            "MS-PAN/2.2.8/configuration-is-in-its-namespace",
            "MS-PAN/2.2.8.1.1/configuration-names-its-printer",
        ],
    },
    Case {
        rule: "MS-PAN/2.2.7/reply-is-well-formed",
        requirement: "PAN-2.2.7-05",
        verdict: Fail,
        keeps: |s| chooses(s, "", ""),
        breaks: |s| chooses(s, "</v1>", ""),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7/reply-is-in-utf-16le",
        requirement: "PAN-2.2.7-07",
        verdict: Fail,
        keeps: |s| chooses(s, "", ""),
        breaks: |s| answers(s, MESSAGE_BOX, Bytes::from_static(BOX_REPLY.as_bytes())),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7/reply-has-characters-of-xml",
        requirement: "PAN-2.2.7-08",
        verdict: Fail,
        keeps: |s| returns(s, "", ""),
        breaks: |s| returns(s, "result", "&#0;"),
        also: &["MS-PAN/2.2.7/reply-is-well-formed"],
    },
    Case {
        rule: "MS-PAN/2.2.7/reply-is-in-its-namespace",
        requirement: "PAN-2.2.7-03",
        verdict: Fail,
        keeps: |s| chooses(s, "", ""),
        breaks: |s| chooses(s, "v1/response", "v1/request"),
        also: &[REPLY_VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.2/response-closes-one-request",
        requirement: "PAN-2.2.7.1.2-01",
        verdict: Fail,
        keeps: |s| chooses(s, "", ""),
        breaks: |s| chooses(s, "<asyncPrintUIResponse", r#"<asyncPrintUIResponse a="""#),
        also: &[REPLY_VALID, "MS-PAN/2.2.7.4/message-box-reply-is-in-a-response"],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.2/response-closes-one-request",
        requirement: "PAN-2.2.7.1.2-03",
        verdict: Fail,
        keeps: |s| chooses(s, "", ""),
        breaks: |s| chooses(s, "<v1>", r#"<v1 a="">"#),
        also: &[REPLY_VALID, "MS-PAN/2.2.7.4/message-box-reply-is-in-a-response"],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.2/response-closes-one-request",
        requirement: "PAN-2.2.7.1.2-04",
        verdict: Fail,
        keeps: |s| returns(s, "", ""),
        breaks: |s| returns(s, "CustomUI>result</CustomUI>", "customUI>result</customUI>"),
        also: &[REPLY_VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.1.2/reply-is-schema-valid",
        requirement: "PAN-2.2.7.1.2-02",
        verdict: Fail,
        keeps: |s| chooses(s, "", ""),
        breaks: |s| chooses(s, "<buttonID>3</buttonID>", ""),
        also: &["MS-PAN/2.2.7.4.2/message-box-reply-holds-a-button-id"],
    },
    Case {
        rule: "MS-PAN/2.2.7.4/message-box-reply-is-in-a-response",
        requirement: "PAN-2.2.7.4-01",
        verdict: Fail,
        keeps: |s| chooses(s, "", ""),
        breaks: |s| chooses(s, "<asyncPrintUIResponse", r#"<asyncPrintUIResponse a="""#),
        also: &[REPLY_VALID, REPLY_ONE],
    },
    Case {
        rule: "MS-PAN/2.2.7.4/message-box-reply-is-in-a-response",
        requirement: "PAN-2.2.7.4-02",
        verdict: Fail,
        keeps: |s| chooses(s, "", ""),
        breaks: |s| chooses(s, "</requestClose>", "<x/></requestClose>"),
        also: &[REPLY_VALID, REPLY_ONE],
    },
    Case {
        rule: "MS-PAN/2.2.7.6/custom-ui-reply-is-in-a-response",
        requirement: "PAN-2.2.7.6-01",
        verdict: Fail,
        keeps: |s| returns(s, "", ""),
        breaks: |s| returns(s, "<asyncPrintUIResponse", r#"<asyncPrintUIResponse a="""#),
        also: &[REPLY_VALID, REPLY_ONE],
    },
    Case {
        rule: "MS-PAN/2.2.7.6/custom-ui-reply-is-in-a-response",
        requirement: "PAN-2.2.7.6-02",
        verdict: Fail,
        keeps: |s| returns(s, "", ""),
        breaks: |s| returns(s, "</requestClose>", "<x/></requestClose>"),
        also: &[REPLY_VALID, REPLY_ONE],
    },
    Case {
        rule: "MS-PAN/2.2.7.4.1/button-id-is-an-integer",
        requirement: "PAN-2.2.7.4.1-04",
        verdict: Fail,
        keeps: |s| chooses(s, "", ""),
        breaks: |s| chooses(s, ">3<", ">IDCANCEL<"),
        also: &[REPLY_VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.4.2/message-box-reply-holds-a-button-id",
        requirement: "PAN-2.2.7.4.2-01",
        verdict: Fail,
        keeps: |s| chooses(s, "", ""),
        breaks: |s| chooses(s, "<buttonID>", "<buttonID>3</buttonID><buttonID>"),
        also: &[REPLY_VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.6.1/custom-ui-reply-holds-text",
        requirement: "PAN-2.2.7.6.1-01",
        verdict: Fail,
        keeps: |s| returns(s, "", ""),
        breaks: |s| returns(s, "result", "<x/>"),
        also: &[REPLY_VALID],
    },
    Case {
        rule: "MS-PAN/2.2.7.4.1/reply-names-a-button-of-the-box",
        requirement: "PAN-2.2.7.4.1-03",
        verdict: Fail,
        keeps: |s| chooses(s, "", ""),
        breaks: |s| chooses(s, ">3<", ">1<"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.4.1/reply-names-a-button-of-the-box",
        requirement: "PAN-2.2.7.4.1-01",
        verdict: Fail,
        keeps: |s| {
            opens(s, &MESSAGE_BOX.replace("<button buttonID=\"IDCANCEL\"/>", ""), "\"3\" stringID=\"600\"", "\"IDOK\"")
                .call(
                    A,
                    close_as(HA, NotificationType::ASYNC_UI, changed(BOX_REPLY, ">3<", ">1<", &[])),
                    closed(Hresult::OK),
                )
        },
        breaks: |s| {
            opens(s, &MESSAGE_BOX.replace("<button buttonID=\"IDCANCEL\"/>", ""), "\"3\" stringID=\"600\"", "\"IDOK\"")
                .call(
                    A,
                    close_as(HA, NotificationType::ASYNC_UI, changed(BOX_REPLY, ">3<", ">7<", &[])),
                    closed(Hresult::OK),
                )
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.4.1/reply-names-a-button-of-the-box",
        requirement: "PAN-2.2.7.4.1-02",
        verdict: Fail,
        keeps: |s| {
            opens(
                s,
                &MESSAGE_BOX.replace("<button buttonID=\"IDCANCEL\"/>", ""),
                "\"3\" stringID=\"600\"",
                "\"IDCANCEL\"",
            )
            .call(
                A,
                close_as(HA, NotificationType::ASYNC_UI, changed(BOX_REPLY, ">3<", ">2<", &[])),
                closed(Hresult::OK),
            )
        },
        breaks: |s| {
            opens(
                s,
                &MESSAGE_BOX.replace("<button buttonID=\"IDCANCEL\"/>", ""),
                "\"3\" stringID=\"600\"",
                "\"IDCANCEL\"",
            )
            .call(
                A,
                close_as(HA, NotificationType::ASYNC_UI, changed(BOX_REPLY, ">3<", ">7<", &[])),
                closed(Hresult::OK),
            )
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.4/reply-answers-its-kind-of-notification",
        requirement: "PAN-2.2.7.4-03",
        verdict: Fail,
        keeps: |s| chooses(s, "", ""),
        breaks: |s| answers(s, CUSTOM_UI, utf16(BOX_REPLY)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.4/reply-answers-its-kind-of-notification",
        requirement: "PAN-3.1.3.4.4-02",
        verdict: Fail,
        keeps: |s| returns(s, "", ""),
        breaks: |s| answers(s, MESSAGE_BOX, utf16(CUSTOM_REPLY)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.4/reply-answers-its-kind-of-notification",
        requirement: "PAN-2.2.7.6-03",
        verdict: Fail,
        keeps: |s| {
            data(s, "", "", &[0, 0, 7]).call(
                A,
                close_as(HA, NotificationType::ASYNC_UI, utf16(CUSTOM_REPLY)),
                closed(Hresult::OK),
            )
        },
        breaks: |s| {
            data(s, "", "", &[0, 0, 7]).call(
                A,
                close_as(HA, NotificationType::ASYNC_UI, utf16(BOX_REPLY)),
                closed(Hresult::OK),
            )
        },
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.3.4.4/reply-is-there-unless-released",
        requirement: "PAN-3.1.3.4.4-02",
        verdict: Fail,
        keeps: |s| chooses(s, "", ""),
        breaks: |s| answers(s, MESSAGE_BOX, Bytes::new()),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.3.4.3/get-notification-brings-the-async-ui-type",
        requirement: "PAN-3.1.3.4.3-01",
        verdict: Fail,
        keeps: |s| balloon(s, "", ""),
        breaks: |s| mistyped(s, NotificationType::ASYNC_UI),
        also: &["MS-PAN/3.1.1.4.5/type-is-the-registered-one"],
    },
    Case {
        rule: "MS-PAN/3.1.4.4.2/get-notification-brings-the-configuration-type",
        requirement: "PAN-3.1.4.4.2-01",
        verdict: Fail,
        keeps: |s| configuration(s, "", ""),
        breaks: |s| mistyped(s, NotificationType::PRINTER_CONFIGURATION),
        also: &["MS-PAN/3.1.1.4.5/type-is-the-registered-one"],
    },
];
