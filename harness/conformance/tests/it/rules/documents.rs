//! Documents in notifications and replies ([MS-PAN] 2.2.7, 2.2.8).

use bytes::Bytes;
use conformance::{Party, Severity, Source, rules};
use mspan::{Hresult, NotificationType};
use rstest::rstest;
use trace::stimulus::{Answer, Request};

use crate::case::shown;
use crate::dialogue::*;
use crate::script::*;

const ASYNC_UI: NotificationType = NotificationType::ASYNC_UI;
pub(super) const BALLOON: &str = r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen><balloonUI iconID="3" resourceDll="i.dll"><title stringID="109"/><body stringID="130"><parameter>Fabrikam</parameter></body><action dll="a.dll" entrypoint="E">argument</action></balloonUI></requestOpen></v1></asyncPrintUIRequest>"#;
pub(super) const MESSAGE_BOX: &str = r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen><messageBoxUI><title stringID="109"/><bitmap bitmapID="4" resourceDll="b.dll"/><body>Which tray?</body><buttons><button buttonID="3" stringID="600"/><button buttonID="IDCANCEL"/></buttons></messageBoxUI></requestOpen></v1></asyncPrintUIRequest>"#;
pub(super) const CUSTOM_UI: &str = r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen><customUI dll="a.dll" entrypoint="E" bidi="true">argument</customUI></requestOpen></v1></asyncPrintUIRequest>"#;
pub(super) const CUSTOM_DATA: &str = r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen><customData dll="a.dll" entrypoint="E" bidi="true"/></requestOpen></v1></asyncPrintUIRequest>"#;
pub(super) const CONFIGURATION: &str = r#"<Notification xmlns="http://schemas.microsoft.com/windows/2005/03/printing/bidi" printerName="\\s\q"><Schema name="\P.Q:S"><BIDI_STRING>a</BIDI_STRING></Schema><Schema name="\P.Q:T"><BIDI_TEXT>t</BIDI_TEXT></Schema><Schema name="\P.Q:E"><BIDI_ENUM>e</BIDI_ENUM></Schema><Schema name="\P.Q:I"><BIDI_INT>-1</BIDI_INT></Schema><Schema name="\P.Q:F"><BIDI_FLOAT>1.5</BIDI_FLOAT></Schema><Schema name="\P.Q:B"><BIDI_BOOL>true</BIDI_BOOL></Schema><Schema name="\P.Q:O"><BIDI_BLOB>AA==</BIDI_BLOB></Schema></Notification>"#;
pub(super) const BOX_REPLY: &str = r#"<asyncPrintUIResponse xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/response"><v1><requestClose><messageBoxUI><buttonID>3</buttonID></messageBoxUI></requestClose></v1></asyncPrintUIResponse>"#;
pub(super) const CUSTOM_REPLY: &str = r#"<asyncPrintUIResponse xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/response"><v1><requestClose><CustomUI>result</CustomUI></requestClose></v1></asyncPrintUIResponse>"#;

pub(super) const VALID: &str = "MS-PAN/2.2.7.1.1/notification-is-schema-valid";
pub(super) const ONE: &str = "MS-PAN/2.2.7.1.1/request-opens-one-format";
pub(super) const REPLY_VALID: &str = "MS-PAN/2.2.7.1.2/reply-is-schema-valid";
pub(super) const REPLY_ONE: &str = "MS-PAN/2.2.7.1.2/response-closes-one-request";
pub(super) const CONFIGURED: &str = "MS-PAN/2.2.8.1/configuration-is-schema-valid";
pub(super) const FORMAT: &str = "MS-PAN/3.1.4.4.2/configuration-has-its-format";

pub(super) fn utf16(text: &str) -> Bytes {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Text with a part changed, and octets behind it.
pub(super) fn changed(text: &str, from: &str, to: &str, tail: &[u8]) -> Bytes {
    assert!(text.contains(from), "{from}");
    [&utf16(&text.replacen(from, to, 1)), tail].concat().into()
}

/// GetNotification brings a document that nobody was seen to send.
pub(super) fn gets(mut script: Script, kind: NotificationType, document: Bytes) -> Script {
    script.config.source = Source::Unseen;
    script.uni(A, h(1), kind).call(A, get_notification(h(1)), notification(kind, document))
}

/// GetNotification brings a vendor's type where another is registered.
pub(super) fn mistyped(mut script: Script, kind: NotificationType) -> Script {
    script.config.source = Source::Unseen;
    script.uni(A, h(1), kind).call(A, get_notification(h(1)), notification(t(1), n(1)))
}

/// GetNotification brings something without a type.
pub(super) fn untyped(mut script: Script, kind: NotificationType) -> Script {
    script.config.source = Source::Unseen;
    script.uni(A, h(1), kind).call(A, get_notification(h(1)), no_notification(None, Hresult::OK))
}

/// A balloon by GetNotification.
pub(super) fn balloon(script: Script, from: &str, to: &str) -> Script {
    gets(script, NotificationType::ASYNC_UI, changed(BALLOON, from, to, &[]))
}

/// A channel's first notification.
pub(super) fn channel(mut script: Script, kind: NotificationType, document: Bytes) -> Script {
    script.config.source = Source::Unseen;
    let reply = replies(HA, Some(kind), Some(document), Hresult::OK);
    script.bidi(A, h(1), kind).offered(A, h(1), &[HA]).call(A, first(HA), reply)
}

/// A document by a channel.
pub(super) fn opens(script: Script, text: &str, from: &str, to: &str) -> Script {
    channel(script, NotificationType::ASYNC_UI, changed(text, from, to, &[]))
}

/// Custom data by a channel.
pub(super) fn data(script: Script, from: &str, to: &str, tail: &[u8]) -> Script {
    channel(script, NotificationType::ASYNC_UI, changed(CUSTOM_DATA, from, to, tail))
}

/// A configuration by GetNotification.
pub(super) fn configuration(script: Script, from: &str, to: &str) -> Script {
    gets(script, NotificationType::PRINTER_CONFIGURATION, changed(CONFIGURATION, from, to, &[]))
}

/// A reply, to a notification.
pub(super) fn answers(script: Script, notification: &str, reply: Bytes) -> Script {
    opens(script, notification, "", "").call(A, close_as(HA, NotificationType::ASYNC_UI, reply), closed(Hresult::OK))
}

/// A message box's reply.
pub(super) fn chooses(script: Script, from: &str, to: &str) -> Script {
    answers(script, MESSAGE_BOX, changed(BOX_REPLY, from, to, &[]))
}

/// A custom UI's reply.
pub(super) fn returns(script: Script, from: &str, to: &str) -> Script {
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

/// A script whose source, which obeys the harness alone, has opened AsyncUI channels with message boxes.
fn opened(boxes: &[&str]) -> Script {
    let open = |script: Script, (number, text): (usize, &&str)| {
        let (id, data) = (format!("c{number}"), Some(utf16(text)));
        script.stimulus(Request::OpenChannel { id, audience: to_all(ASYNC_UI), data }, Answer::Done)
    };
    let script = boxes.iter().enumerate().fold(Script::new(), open);
    let handles: Vec<_> = [HA, HB].into_iter().take(boxes.len()).collect();
    script.bidi(A, h(1), ASYNC_UI).offered(A, h(1), &handles)
}

/// A script whose source has raised AsyncUI notifications in one direction.
fn raised(documents: &[&str]) -> Script {
    let raise = |script: Script, text: &&str| script.notify(ASYNC_UI, utf16(text));
    documents.iter().fold(Script::new().uni(A, h(1), ASYNC_UI), raise)
}

fn taken(script: Script, text: &str) -> Script {
    script.call(A, get_notification(h(1)), notification(ASYNC_UI, utf16(text)))
}

fn shown_on(script: Script, channel: dcerpc::ContextHandle, text: &str) -> Script {
    script.call(A, first(channel), replies(channel, Some(ASYNC_UI), Some(utf16(text)), Hresult::OK))
}

/// Nor is what became of it on its way, or what came besides: that is judged where delivery is.
#[rstest]
#[case::altered(taken(raised(&[BALLOON]), "<rubbish"))]
#[case::cut_short(taken(raised(&[BALLOON]), &BALLOON[..200]))]
#[case::second_of_two(taken(taken(raised(&[BALLOON, BALLOON]), BALLOON), "<rubbish"))]
#[case::one_too_many(taken(taken(raised(&[BALLOON]), BALLOON), "<rubbish"))]
#[case::on_a_channel(shown_on(opened(&[MESSAGE_BOX]), HA, "<rubbish"))]
#[case::on_one_of_two(shown_on(shown_on(opened(&[MESSAGE_BOX, CUSTOM_UI]), HA, CUSTOM_UI), HB, "<rubbish"))]
#[case::later_on_a_channel({
    let script = shown_on(opened(&[MESSAGE_BOX]), HA, MESSAGE_BOX).start(A, "a", respond_as(HA, ASYNC_UI, n(1)));
    script.sends("c0", utf16(CUSTOM_UI)).finish("a", replies(HA, Some(ASYNC_UI), Some(utf16("<rubbish")), Hresult::OK))
})]
fn octets_of_the_harness_that_were_altered_are_judged_by_delivery(#[case] script: Script) {
    let report = script.judge(rules::all().filter(|rule| rule.party == Party::Server));
    let given: Vec<_> = report.findings.iter().map(shown).collect();
    assert!(report.has(Party::Server, Severity::Fail), "{given:#?}");
    assert!(!report.findings.iter().any(|finding| finding.rule.starts_with("MS-PAN/2.2.7")), "{given:#?}");
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

/// A channel's first call comes back so.
fn called(outcome: conformance::event::Outcome) -> Script {
    let mut script = Script::new();
    script.config.source = Source::Unseen;
    script.bidi(A, h(1), ASYNC_UI).offered(A, h(1), &[HA]).call(A, first(HA), outcome)
}

/// Only what notifications bring is a document.
#[rstest]
#[case::no_document(gets(Script::new(), ASYNC_UI, utf16("x")), false)]
#[case::of_another_type(mistyped(Script::new(), ASYNC_UI), true)]
#[case::on_a_channel(called(replies(HA, Some(ASYNC_UI), Some(utf16("x")), Hresult::OK)), false)]
#[case::on_a_channel_that_ends(called(replies(dcerpc::ContextHandle::NULL, Some(ASYNC_UI), None, Hresult::OK)), true)]
#[case::on_a_channel_with_a_failure(called(replies(HA, Some(ASYNC_UI), Some(utf16("x")), Hresult(0x8000_4005))), true)]
#[case::with_a_failure(failing(ASYNC_UI, utf16("x")), true)]
#[case::that_the_harness_has_sent(
    Script::new().stimulus(
        Request::OpenChannel { id: "c".into(), audience: to_all(ASYNC_UI), data: Some(utf16("x")) },
        Answer::Done,
    ).unseen().bidi(A, h(1), ASYNC_UI).offered(A, h(1), &[HA])
        .call(A, first(HA), replies(HA, Some(ASYNC_UI), Some(utf16("x")), Hresult::OK)),
    true
)]
fn documents_come_with_notifications(#[case] script: Script, #[case] quiet: bool) {
    let report =
        script.judge(rules::all().filter(|rule| rule.id.starts_with("MS-PAN/2.2.7") && rule.party == Party::Server));
    assert_eq!(report.rules.is_empty(), quiet, "{:#?}", report.findings.iter().map(shown).collect::<Vec<_>>());
}

/// GetNotification fails, and has a document all the same.
fn failing(kind: NotificationType, document: Bytes) -> Script {
    let output = mspan::method::GetNotificationOut {
        notification_type: Some(kind),
        out_size: u32::try_from(document.len()).unwrap(),
        notification_data: Some(dcerpc::ndr::Conformant::from(document)),
        status: Hresult(0x8000_4005),
    };
    let mut script = Script::new();
    script.config.source = Source::Unseen;
    let output = mspan::method::Out::GetNotification(output);
    script.uni(A, h(1), kind).call(A, get_notification(h(1)), returned(output))
}

impl Script {
    /// Sources may send what nobody was seen to ask them for.
    fn unseen(mut self) -> Self {
        self.config.source = Source::Unseen;
        self
    }
}
