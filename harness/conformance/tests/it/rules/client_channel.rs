//! What clients put into GetNotificationSendResponse and CloseChannel ([MS-PAN] 3.1.1.4.4, 3.1.1.4.6, 3.2.3).

use bytes::Bytes;
use conformance::Severity::{Fail, Note, Warn};
use conformance::event::{CallId, Gap, Kind, Layer};
use dcerpc::ndr::Conformant;
use mspan::method::{CloseChannelIn, GetNotificationSendResponseIn, In};
use mspan::{Hresult, Interface, Method, NotificationType};
use trace::{ConnectionId, Direction};
use uuid::Uuid;

use rstest::rstest;

use crate::case::{Case, verdicts};
use crate::dialogue::*;
use crate::script::*;

const ASYNC_UI: NotificationType = NotificationType::ASYNC_UI;
const RELEASE: NotificationType = NotificationType::RELEASE;
const LATER: &str = "MS-PAN/3.1.1.4.4/later-calls-have-the-registered-type";
const FIRST_TYPE: &str = "MS-PAN/3.1.1.4.4/first-call-has-no-type";
const FIRST_DATA: &str = "MS-PAN/3.1.1.4.4/first-call-has-no-data";
const FINAL_TYPE: &str = "MS-PAN/3.1.1.4.6/final-response-has-the-registered-type";
const THROUGHOUT: &str = "MS-PAN/3.2.3.4/type-is-given-throughout";
const FORMAT: &str = "MS-PAN/3.1.1.4.6/response-has-the-format-of-its-type";
const RELEASE_EMPTY: &str = "MS-PAN/3.1.1.4.6/release-has-no-data";

pub(super) static CASES: &[Case] = &[
    Case {
        rule: FIRST_TYPE,
        requirement: "PAN-3.1.1.4.4-06",
        verdict: Fail,
        keeps: Script::heard,
        breaks: |s| s.offer(T).start(A, "a", respond_as(HA, RELEASE, Bytes::new())),
        also: &[],
    },
    Case {
        rule: FIRST_TYPE,
        requirement: "PAN-3.1.1.4.4-06",
        verdict: Note,
        keeps: |s| s.async_ui(),
        breaks: |s| s.offer(ASYNC_UI).start(A, "a", respond_as(HA, ASYNC_UI, Bytes::new())),
        also: &[],
    },
    Case {
        rule: FIRST_TYPE,
        requirement: "PAN-3.1.1.4.4-06",
        verdict: Fail,
        keeps: Script::heard,
        breaks: |s| s.offer(T).start(A, "a", respond_as(HA, ASYNC_UI, Bytes::new())),
        also: &[],
    },
    Case {
        rule: LATER,
        requirement: "PAN-3.1.1.4.4-07",
        verdict: Fail,
        keeps: Script::answered,
        breaks: |s| s.heard().start(A, "a", first(HA)),
        also: &[],
    },
    Case {
        rule: LATER,
        requirement: "PAN-3.1.1.4.4-07",
        verdict: Fail,
        keeps: Script::answered,
        breaks: |s| s.heard().start(A, "a", respond_as(HA, t(2), n(21))),
        also: &[],
    },
    Case {
        rule: LATER,
        requirement: "PAN-3.1.1.4.4-07",
        verdict: Warn,
        keeps: Script::answered,
        breaks: |s| s.heard().start(A, "a", respond_as(HA, RELEASE, Bytes::new())),
        also: &[],
    },
    Case {
        rule: FIRST_DATA,
        requirement: "PAN-3.1.1.4.4-10",
        verdict: Warn,
        keeps: Script::heard,
        breaks: |s| s.offer(T).start(A, "a", gnsr(HA, None, 4, Some(n(9)))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.3/channel-starts-with-an-empty-call",
        requirement: "PAN-3.2.3-02",
        verdict: Fail,
        keeps: |s| s.async_ui(),
        breaks: |s| s.offer(ASYNC_UI).start(A, "a", gnsr(HA, None, 4, Some(n(9)))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/sized-response-is-there",
        requirement: "PAN-3.1.1.4.4-13",
        verdict: Fail,
        keeps: Script::answered,
        breaks: |s| s.heard().start(A, "a", gnsr(HA, Some(T), 8, None)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.4/sized-response-is-there",
        requirement: "PAN-3.1.1.4.4-13",
        verdict: Fail,
        keeps: Script::answered,
        breaks: |s| s.heard().start(A, "a", gnsr(HA, Some(T), 8, Some(n(9)))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/sized-reason-is-there",
        requirement: "PAN-3.1.1.4.6-12",
        verdict: Fail,
        keeps: |s| s.heard().call(A, finally(HA, n(21)), closed(Hresult::OK)),
        breaks: |s| s.heard().start(A, "a", close(T, 100, None)),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/size-counts-octets",
        requirement: "PAN-3.1.1.4.6-11",
        verdict: Fail,
        keeps: |s| s.heard().call(A, finally(HA, n(21)), closed(Hresult::OK)),
        breaks: |s| s.heard().start(A, "a", close(T, 2, Some(n(21)))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/size-counts-octets",
        requirement: "PAN-3.1.1.4.6-11",
        verdict: Fail,
        keeps: |s| s.heard().call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| s.heard().malformed(),
        also: &[],
    },
    Case {
        rule: FORMAT,
        requirement: "PAN-3.1.1.4.4-12",
        verdict: Fail,
        keeps: |s| s.async_ui().call(A, close_as(HA, ASYNC_UI, reply()), closed(Hresult::OK)),
        breaks: |s| s.async_ui().start(A, "a", respond_as(HA, ASYNC_UI, Bytes::new())),
        also: &[],
    },
    Case {
        rule: FORMAT,
        requirement: "PAN-3.1.1.4.6-15",
        verdict: Fail,
        keeps: |s| s.async_ui().call(A, close_as(HA, ASYNC_UI, reply()), closed(Hresult::OK)),
        breaks: |s| s.async_ui().start(A, "a", close_as(HA, ASYNC_UI, n(21))),
        also: &["MS-PAN/2.2.7/reply-is-well-formed", "MS-PAN/2.2.7/reply-is-in-utf-16le"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/type-stands-inline",
        requirement: "PAN-3.1.1.4.6-05",
        verdict: Fail,
        keeps: |s| s.heard().call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| s.heard().start(A, "a", close(behind_a_referent(RELEASE), 0, None)),
        also: &[FINAL_TYPE, "MS-PAN/3.2.2/notification-is-closed-or-responded-to"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/type-stands-inline",
        requirement: "PAN-3.1.1.4.6-05",
        verdict: Fail,
        keeps: |s| s.heard().call(A, finally(HA, n(21)), closed(Hresult::OK)),
        breaks: |s| s.heard().start(A, "a", close(behind_a_referent(T), 4, Some(n(21)))),
        also: &[FINAL_TYPE, "MS-PAN/3.2.2/notification-is-closed-or-responded-to"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/type-stands-inline",
        requirement: "PAN-3.1.1.4.6-05",
        verdict: Fail,
        keeps: |s| s.heard().call(A, finally(HA, n(21)), closed(Hresult::OK)),
        breaks: |s| s.heard().start(A, "a", close(behind([0xE8, 0x2C, 0x7B, 0x5F], T), 4, Some(n(21)))),
        also: &[FINAL_TYPE, "MS-PAN/3.2.2/notification-is-closed-or-responded-to"],
    },
    Case {
        rule: "MS-PAN/3.1.1.4.6/close-without-response-is-a-release",
        requirement: "PAN-3.1.1.4.6-06",
        verdict: Warn,
        keeps: |s| s.heard().call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| s.async_ui().start(A, "a", close(ASYNC_UI, 0, None)),
        also: &["MS-PAN/3.2.3.4.2/choice-comes-as-reason-of-the-close"],
    },
    Case {
        rule: FINAL_TYPE,
        requirement: "PAN-3.1.1.4.6-07",
        verdict: Fail,
        keeps: |s| s.heard().call(A, finally(HA, n(21)), closed(Hresult::OK)),
        breaks: |s| s.heard().start(A, "a", close(NotificationType(Uuid::nil()), 4, Some(n(21)))),
        also: &[],
    },
    Case {
        rule: RELEASE_EMPTY,
        requirement: "PAN-3.1.1.4.6-10",
        verdict: Warn,
        keeps: |s| s.heard().call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| s.heard().start(A, "a", close(RELEASE, 4, None)),
        also: &["MS-PAN/3.1.1.4.6/sized-reason-is-there"],
    },
    Case {
        rule: RELEASE_EMPTY,
        requirement: "PAN-3.1.1.4.6-13",
        verdict: Warn,
        keeps: |s| s.heard().call(A, release(HA), closed(Hresult::OK)),
        breaks: |s| s.heard().start(A, "a", close_as(HA, RELEASE, n(21))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.3/replies-have-their-type",
        requirement: "PAN-3.2.3-01",
        verdict: Fail,
        keeps: |s| s.async_ui().call(A, close_as(HA, ASYNC_UI, reply()), closed(Hresult::OK)),
        breaks: |s| s.heard().start(A, "a", close_as(HA, T, reply())),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.3/replies-have-their-type",
        requirement: "PAN-3.2.3-01",
        verdict: Fail,
        keeps: |s| s.async_ui().call(A, close_as(HA, ASYNC_UI, reply()), closed(Hresult::OK)),
        breaks: |s| s.async_ui().start(A, "a", close_as(HA, t(2), reply())),
        also: &["MS-PAN/3.2.3.4.2/choice-comes-as-reason-of-the-close"],
    },
    Case {
        rule: THROUGHOUT,
        requirement: "PAN-3.2.3.4-01",
        verdict: Fail,
        keeps: |s| s.async_ui().call(A, close_as(HA, ASYNC_UI, reply()), closed(Hresult::OK)),
        breaks: |s| s.async_ui().start(A, "a", close_as(HA, RELEASE, reply())),
        also: &[RELEASE_EMPTY, "MS-PAN/3.2.3.4.2/choice-comes-as-reason-of-the-close"],
    },
];

/// What is labelled with NOTIFICATION_RELEASE and is no reply is data too many, and no reply in disguise (SD-10).
#[rstest]
#[case::words(n(21), &[])]
#[case::a_reply(reply(), &[Fail])]
fn releases_with_data(#[case] data: Bytes, #[case] expected: &[conformance::Severity]) {
    assert_eq!(verdicts(THROUGHOUT, Script::new().async_ui().start(A, "a", close_as(HA, RELEASE, data))), expected);
}

impl Script {
    /// A, registered for a type, with a channel that it has been offered, and waiting for more under the name "more".
    pub(crate) fn offer(self, kind: NotificationType) -> Self {
        self.bidi(A, h(1), kind).offered(A, h(1), &[HA]).start(A2, "more", get_new_channel(h(1)))
    }

    /// The same, and the channel's first notification.
    pub(crate) fn heard(self) -> Self {
        self.offer(T).call(A, first(HA), brings(HA, n(1)))
    }

    /// The same, and A's response, which waits under the name "a".
    pub(crate) fn answered(self) -> Self {
        self.heard().start(A, "a", respond(HA, n(21))).wait(6_000)
    }

    /// A leaves, in order.
    pub(crate) fn leaves(self) -> Self {
        let terminated = channels(&[], Hresult::NOTIFICATIONS_TERMINATED);
        let left = self.unregister(A, h(1)).finish("more", terminated).delete(A, h(1));
        left.close(A, Direction::ToServer).close(A2, Direction::ToServer).run_down(A)
    }

    /// A, registered for AsyncUI, and a message box that it has been given.
    pub(crate) fn async_ui(self) -> Self {
        let brought = replies(HA, Some(ASYNC_UI), Some(utf16(MESSAGE_BOX)), Hresult::OK);
        self.offer(ASYNC_UI).call(A, first(HA), brought)
    }

    /// A CloseChannel whose parameters can't be read, after the four calls of [`Script::heard`].
    fn malformed(self) -> Self {
        let gap = Gap {
            connection: ConnectionId(A.0),
            direction: Direction::ToServer,
            layer: Layer::Stub,
            call: Some(CallId(5)),
            offset: 48,
            why: "offset 0x30: pReason needs 131072 octets, 4 left".into(),
            malformed: true,
            other_syntax: false,
            short_enumerations: false,
            over_http: false,
        };
        let (interface, opnum) = (Some(Interface::AsyncNotify), Method::CloseChannel.opnum());
        self.event(Kind::Gap(gap)).request(A, "malformed", interface, opnum, None, 52)
    }
}

const MESSAGE_BOX: &str = r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen><messageBoxUI><title stringID="109"/><bitmap bitmapID="4" resourceDll="b.dll"/><body>Which tray?</body><buttons><button buttonID="3" stringID="600"/><button buttonID="IDCANCEL"/></buttons></messageBoxUI></requestOpen></v1></asyncPrintUIRequest>"#;
const REPLY: &str = r#"<asyncPrintUIResponse xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/response"><v1><requestClose><messageBoxUI><buttonID>3</buttonID></messageBoxUI></requestClose></v1></asyncPrintUIResponse>"#;

pub(crate) fn utf16(text: &str) -> Bytes {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The reply to the message box.
pub(crate) fn reply() -> Bytes {
    utf16(REPLY)
}

fn gnsr(
    channel: dcerpc::ContextHandle,
    notification_type: Option<NotificationType>,
    in_size: u32,
    data: Option<Bytes>,
) -> In {
    let notification_data = data.map(Conformant::from);
    In::GetNotificationSendResponse(GetNotificationSendResponseIn {
        channel,
        notification_type,
        in_size,
        notification_data,
    })
}

fn close(notification_type: NotificationType, in_size: u32, data: Option<Bytes>) -> In {
    In::CloseChannel(CloseChannelIn { channel: HA, notification_type, in_size, reason: data.map(Conformant::from) })
}

/// What is read in place of a type that a referent stands before.
fn behind_a_referent(kind: NotificationType) -> NotificationType {
    behind([0, 0, 2, 0], kind)
}

/// What a server reads where a type stands behind four octets.
fn behind(octets: [u8; 4], kind: NotificationType) -> NotificationType {
    let mut octets = octets.to_vec();
    octets.extend(kind.0.to_bytes_le().iter().take(12));
    NotificationType(Uuid::from_bytes_le(octets.try_into().unwrap()))
}
