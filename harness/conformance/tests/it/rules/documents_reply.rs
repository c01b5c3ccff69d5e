//! AsyncUI replies ([MS-PAN] 2.2.7.4, 2.2.7.6, 3.1.3.4.4).

use bytes::Bytes;
use conformance::Severity::{Fail, Note, Warn};
use mspan::{Hresult, NotificationType};

use super::documents::*;
use crate::case::Case;
use crate::dialogue::*;
use crate::script::*;

const UI_REPLY: &str = "MS-PAN/3.2.3.4.3/result-of-custom-ui-is-in-a-custom-ui-reply";
const DATA_REPLY: &str = "MS-PAN/3.2.3.4.4/result-of-custom-data-is-in-a-custom-ui-reply";
const NUMBER: &str = "MS-PAN/3.2.3.4.1/inconsistent-button-id-counts-as-a-number";

/// A message box with a button of an odd id next to IDCANCEL, and the reply.
fn picks(script: Script, id: &str, value: &str) -> Script {
    let reply = changed(BOX_REPLY, ">3<", &format!(">{value}<"), &[]);
    let odd = format!("\"{id}\" stringID=\"600\"");
    opens(script, MESSAGE_BOX, "\"3\" stringID=\"600\"", &odd).call(
        A,
        close_as(HA, NotificationType::ASYNC_UI, reply),
        closed(Hresult::OK),
    )
}

pub(super) static CASES: &[Case] = &[
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
        also: &["MS-PAN/2.2.7/reply-is-well-formed", UI_REPLY],
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
        also: &[REPLY_VALID, UI_REPLY],
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
        also: &[UI_REPLY],
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
        also: &[DATA_REPLY],
    },
    Case {
        rule: "MS-PAN/2.2.7.4/reply-answers-its-kind-of-notification",
        requirement: "PAN-2.2.7.6-03",
        verdict: Fail,
        keeps: |s| returns(s, "", ""),
        breaks: |s| {
            let reply = CUSTOM_REPLY.replace("CustomUI>", "customData>");
            data(s, "", "", &[0, 0, 7]).call(
                A,
                close_as(HA, NotificationType::ASYNC_UI, utf16(&reply)),
                closed(Hresult::OK),
            )
        },
        also: &[DATA_REPLY, REPLY_VALID, "MS-PAN/2.2.7.1.2/response-closes-one-request"],
    },
    Case {
        rule: "MS-PAN/3.1.3.4.4/reply-is-there-unless-released",
        requirement: "PAN-3.1.3.4.4-02",
        verdict: Fail,
        keeps: |s| chooses(s, "", ""),
        breaks: |s| answers(s, MESSAGE_BOX, Bytes::new()),
        also: &["MS-PAN/3.2.3.4.2/choice-comes-as-reason-of-the-close"],
    },
    Case {
        rule: "MS-PAN/2.2.7.4.1/reply-names-a-button-of-the-box",
        requirement: "PAN-3.2.3.4.2-10",
        verdict: Fail,
        keeps: |s| chooses(s, ">3<", ">+02<"),
        breaks: |s| chooses(s, ">3<", ">600<"),
        also: &[],
    },
    Case {
        rule: NUMBER,
        requirement: "PAN-3.2.3.4.1-05",
        verdict: Warn,
        keeps: |s| picks(s, "idOk", "1"),
        breaks: |s| picks(s, "idOk", "0"),
        also: &[],
    },
    Case {
        rule: NUMBER,
        requirement: "PAN-3.2.3.4.1-09",
        verdict: Warn,
        keeps: |s| picks(s, "12 34", "12"),
        breaks: |s| picks(s, "12 34", "1234"),
        also: &[],
    },
    Case {
        rule: NUMBER,
        requirement: "PAN-3.2.3.4.1-10",
        verdict: Warn,
        keeps: |s| picks(s, "abc12", "0"),
        breaks: |s| picks(s, "abc12", "12"),
        also: &[],
    },
    Case {
        rule: "MS-PAN/2.2.7.4/reply-answers-its-kind-of-notification",
        requirement: "PAN-3.1.3.4.4-02",
        verdict: Note,
        keeps: |s| returns(s, "", ""),
        breaks: |s| {
            opens(s, CUSTOM_UI, "true", "false").call(
                A,
                close_as(HA, NotificationType::ASYNC_UI, utf16(CUSTOM_REPLY)),
                closed(Hresult::OK),
            )
        },
        also: &[],
    },
];
