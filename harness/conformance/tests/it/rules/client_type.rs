//! Types and modes that AsyncUI and printer configuration clients give ([MS-PAN] 2.2.3, 2.2.8, 3.1.3.4, 3.1.4.4).

use bytes::Bytes;
use conformance::Severity::{Fail, Note, Warn};
use conformance::Source;
use dcerpc::ndr::Conformant;
use mspan::method::{GetNotificationSendResponseIn, In};
use mspan::{ConversationStyle, Hresult, NotificationType};
use rstest::rstest;
use uuid::{Uuid, uuid};

use super::documents::*;
use crate::case::{Case, shown};
use crate::dialogue::*;
use crate::script::*;

const ASYNC_UI: NotificationType = NotificationType::ASYNC_UI;
const CONFIGURATION: NotificationType = NotificationType::PRINTER_CONFIGURATION;
const CONFIGURATION_SDK: NotificationType = NotificationType::PRINTER_CONFIGURATION_SDK;
const REGISTERED: &str = "MS-PAN/3.1.3.4.1/async-ui-is-registered-under-its-type";
const CONFIGURED: &str = "MS-PAN/3.1.4.4.1/configuration-is-registered-under-its-type";
const ONE_WAY: &str = "MS-PAN/3.1.4.4.1/configuration-is-registered-for-one-direction";
const FIRST_TYPE: &str = "MS-PAN/3.1.3.4.2/first-call-has-no-type-or-its-own";
const FIRST_EMPTY: &str = "MS-PAN/3.1.3.4.2/first-call-is-empty";

/// A registration for unidirectional notifications of a type.
fn registers(script: Script, kind: Uuid) -> Script {
    script.uni(A, h(1), NotificationType(kind))
}

/// A registration for printer configuration with a style.
fn configures(script: Script, style: ConversationStyle) -> Script {
    script.create(A, h(1)).start(A, "register", register(h(1)).of(CONFIGURATION).style(style).into())
}

/// The first call on an AsyncUI channel.
fn starts(script: Script, kind: Option<NotificationType>, size: u32, data: Option<Bytes>) -> Script {
    let input = GetNotificationSendResponseIn {
        channel: HA,
        notification_type: kind,
        in_size: size,
        notification_data: data.map(Conformant::from),
    };
    let mut script = script.bidi(A, h(1), ASYNC_UI).offered(A, h(1), &[HA]);
    script.config.source = Source::Unseen;
    script.start(A, "first", In::GetNotificationSendResponse(input))
}

/// A message box, closed with a type.
fn closes(script: Script, kind: NotificationType, data: Bytes) -> Script {
    opens(script, MESSAGE_BOX, "", "").call(A, close_as(HA, kind, data), closed(Hresult::OK))
}

/// Octets of a known type in another order are that type; any other is a vendor's.
#[rstest]
#[case::halves_exchanged(uuid!("b6e7fd69-0561-53f0-f685-3f92eb314e23"), false)]
#[case::print_reversed(uuid!("f0536105-69fd-e7b6-234e-31eb923f85f6"), true)]
#[case::big_endian(uuid!("923f85f6-31eb-234e-b6e7-fd69056153f0"), true)]
#[case::second_field(uuid!("f6853f92-31eb-4e23-b6e7-fd69056153f0"), true)]
#[case::tail_as_an_integer(uuid!("f6853f92-eb31-4e23-f053-610569fde7b6"), true)]
#[case::octets_reversed(Uuid::from_bytes_le([
    0xF0, 0x53, 0x61, 0x05, 0x69, 0xFD, 0xE7, 0xB6, 0x4E, 0x23, 0xEB, 0x31, 0xF6, 0x85, 0x3F, 0x92
]), true)]
#[case::one_digit_apart(uuid!("f6853f92-eb31-4e23-b6e7-fd69056153f1"), false)]
#[case::nil(Uuid::nil(), false)]
#[case::itself(ASYNC_UI.0, false)]
fn known_types_in_another_order_are_recognized(#[case] given: Uuid, #[case] disordered: bool) {
    let findings = registers(Script::new(), given).judge(conformance::rules::with_prefix(REGISTERED)).findings;
    let findings: Vec<_> = findings.iter().map(shown).collect();
    assert_eq!(findings.len(), usize::from(disordered), "{findings:#?}");
}

/// A channel's client is not judged by the type of a registration that may be another.
#[test]
fn unknown_registrations_accuse_nobody() {
    let mut script = Script::new();
    script.config.source = Source::Unseen;
    let script = script
        .create(A, h(1))
        .start(A, "one", register(h(1)).of(ASYNC_UI).style(ConversationStyle::BIDIRECTIONAL).into())
        .start(A2, "other", register(h(1)).of(t(1)).style(ConversationStyle::BIDIRECTIONAL).into())
        .finish("one", registered(Hresult::OK))
        .finish("other", registered(Hresult::OK))
        .offered(A, h(1), &[HA])
        .start(A, "close", close_as(HA, t(1), n(1)));
    let findings = script.judge(conformance::rules::with_prefix("MS-PAN/3.1.3.4")).findings;
    assert!(findings.is_empty(), "{:#?}", findings.iter().map(shown).collect::<Vec<_>>());
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: REGISTERED,
        requirement: "PAN-3.1.3.4.1-01",
        verdict: Fail,
        keeps: |s| registers(s, ASYNC_UI.0),
        breaks: |s| registers(s, uuid!("f6853f92-31eb-234e-b6e7-fd69056153f0")),
        also: &[],
    },
    Case {
        rule: CONFIGURED,
        requirement: "PAN-3.1.4.4.1-01",
        verdict: Fail,
        keeps: |s| registers(s, CONFIGURATION.0),
        breaks: |s| registers(s, uuid!("2abad223-b994-4aca-ac85-b5b17145fd82")),
        also: &[],
    },
    Case {
        rule: CONFIGURED,
        requirement: "PAN-3.1.4-01",
        verdict: Fail,
        keeps: |s| registers(s, CONFIGURATION.0),
        breaks: |s| registers(s, uuid!("23d2ba2a-94b9-ca4a-82fc-4571b1b585ac")),
        also: &[],
    },
    Case {
        rule: CONFIGURED,
        requirement: "PAN-3.2.4.4-01",
        verdict: Note,
        keeps: |s| registers(s, CONFIGURATION.0),
        breaks: |s| registers(s, CONFIGURATION_SDK.0),
        also: &[],
    },
    Case {
        rule: ONE_WAY,
        requirement: "PAN-3.1.4.4.1-02",
        verdict: Fail,
        keeps: |s| configures(s, ConversationStyle::UNIDIRECTIONAL),
        breaks: |s| configures(s, ConversationStyle::BIDIRECTIONAL),
        also: &[],
    },
    Case {
        rule: ONE_WAY,
        requirement: "PAN-2.2.8-02",
        verdict: Fail,
        keeps: |s| configures(s, ConversationStyle::UNIDIRECTIONAL),
        breaks: |s| configures(s, ConversationStyle(2)),
        also: &["MS-PAN/3.1.1.4.1/style-is-bidirectional-or-unidirectional"],
    },
    Case {
        rule: "MS-PAN/3.2.4.4/configuration-is-not-responded-to",
        requirement: "PAN-3.2.4.4-01",
        verdict: Fail,
        keeps: |s| registers(s, CONFIGURATION.0),
        breaks: |s| s.alone().start(A, "close", close_as(HA, CONFIGURATION, n(1))),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.2.4.4/configuration-is-not-responded-to",
        requirement: "PAN-3.2.4.4-01",
        verdict: Fail,
        keeps: |s| registers(s, CONFIGURATION_SDK.0).unregister(A, h(1)).delete(A, h(1)),
        breaks: |s| s.alone().start(A, "respond", respond_as(HA, CONFIGURATION_SDK, n(1))),
        also: &[CONFIGURED],
    },
    Case {
        rule: "MS-PAN/2.2.3/one-direction-has-no-channels",
        requirement: "PAN-2.2.3-03",
        verdict: Fail,
        keeps: |s| registers(s, t(1).0).start(A, "wait", get_notification(h(1))),
        breaks: |s| registers(s, t(1).0).start(A, "wait", get_new_channel(h(1))),
        also: &[],
    },
    Case {
        rule: FIRST_TYPE,
        requirement: "PAN-3.1.3.4.2-01",
        verdict: Fail,
        keeps: |s| starts(s, None, 0, None),
        breaks: |s| starts(s, Some(NotificationType::RELEASE), 0, None),
        also: &[],
    },
    Case {
        rule: FIRST_TYPE,
        requirement: "PAN-3.1.3.4.2-01",
        verdict: Note,
        keeps: |s| starts(s, None, 0, None),
        breaks: |s| starts(s, Some(ASYNC_UI), 0, None),
        also: &[],
    },
    Case {
        rule: FIRST_EMPTY,
        requirement: "PAN-3.1.3.4.2-02",
        verdict: Warn,
        keeps: |s| starts(s, None, 0, None),
        breaks: |s| starts(s, None, 4, None),
        also: &[],
    },
    Case {
        rule: FIRST_EMPTY,
        requirement: "PAN-3.1.3.4.2-03",
        verdict: Warn,
        keeps: |s| starts(s, None, 0, None),
        breaks: |s| starts(s, None, 4, Some(n(1))),
        also: &[],
    },
    Case {
        rule: FIRST_EMPTY,
        requirement: "PAN-3.1.3.4.2-07",
        verdict: Warn,
        keeps: |s| starts(s, None, 0, None),
        breaks: |s| starts(s, None, 0, Some(Bytes::new())),
        also: &[],
    },
    Case {
        rule: "MS-PAN/3.1.3.4.4/close-has-the-async-ui-type-or-releases",
        requirement: "PAN-3.1.3.4.4-01",
        verdict: Fail,
        keeps: |s| closes(s, ASYNC_UI, utf16(BOX_REPLY)),
        breaks: |s| closes(s, NotificationType(Uuid::nil()), utf16(BOX_REPLY)),
        also: &["MS-PAN/3.2.3.4.2/choice-comes-as-reason-of-the-close"],
    },
    Case {
        rule: "MS-PAN/3.1.3.4.4/close-has-the-async-ui-type-or-releases",
        requirement: "PAN-3.1.3.4-01",
        verdict: Fail,
        keeps: |s| starts(s, None, 0, None).start(A2, "close", release(HA)),
        breaks: |s| closes(s, t(1), utf16(BOX_REPLY)),
        also: &["MS-PAN/3.2.3.4.2/choice-comes-as-reason-of-the-close"],
    },
];
