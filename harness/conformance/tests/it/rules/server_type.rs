//! Types that servers give to notifications of AsyncUI and printer configuration ([MS-PAN] 3.1.3, 3.1.4).

use conformance::Severity::Fail;
use conformance::Source;
use conformance::event::{AssociationId, Kind, Negotiated};
use dcerpc::TransferSyntax;
use mspan::{Hresult, Interface, NotificationType};
use trace::ConnectionId;

use super::documents::*;
use crate::case::Case;
use crate::dialogue::*;
use crate::script::*;

const ASYNC_UI: NotificationType = NotificationType::ASYNC_UI;
const CONFIGURED: NotificationType = NotificationType::PRINTER_CONFIGURATION;
const SDK: NotificationType = NotificationType::PRINTER_CONFIGURATION_SDK;
const LABELLED: &str = "MS-PAN/3.1.3/async-ui-notifications-have-their-type";
const BOTH_FOR_UI: &str = "MS-PAN/3.1.3.3/both-servers-are-there-for-async-ui";
const BOTH_FOR_CONFIGURATION: &str = "MS-PAN/3.1.4.3/both-servers-are-there-for-configuration";

/// A configuration under one type, for a registration of another.
fn labels(mut script: Script, registered: NotificationType, given: NotificationType) -> Script {
    script.config.source = Source::Unseen;
    script.uni(A, h(1), registered).call(A, get_notification(h(1)), notification(given, utf16(CONFIGURATION)))
}

/// The first notification of an AsyncUI channel, under a type.
fn channel_labels(mut script: Script, given: NotificationType) -> Script {
    script.config.source = Source::Unseen;
    let reply = replies(HA, Some(given), Some(utf16(MESSAGE_BOX)), Hresult::OK);
    script.bidi(A, h(1), ASYNC_UI).offered(A, h(1), &[HA]).call(A, first(HA), reply)
}

/// The server accepts one interface and does not know the other, answered in this order.
fn lacks(script: Script, order: [Interface; 2]) -> Script {
    let answer = |context_id, interface: Interface| {
        let accepted = interface == Interface::AsyncNotify;
        Kind::Negotiated(Negotiated {
            connection: ConnectionId(A.0),
            association: Some(AssociationId(A.1)),
            begins: true,
            context_id,
            abstract_syntax: interface.id(),
            proposed: vec![TransferSyntax::Ndr.id()],
            offered: vec![TransferSyntax::Ndr.id()],
            result: if accepted { 0 } else { 2 },
            reason: u16::from(!accepted),
            accepted: accepted.then(|| TransferSyntax::Ndr.id()),
        })
    };
    script.event(answer(0, order[0])).event(answer(1, order[1]))
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: LABELLED,
        requirement: "PAN-3.1.3-01",
        verdict: Fail,
        keeps: |s| gets(s, ASYNC_UI, utf16(BALLOON)),
        breaks: |s| mistyped(s, ASYNC_UI),
        also: &[
            "MS-PAN/3.1.1.4.5/type-is-the-registered-one",
            "MS-PAN/3.1.3.4.3/get-notification-brings-the-async-ui-type",
        ],
    },
    Case {
        rule: LABELLED,
        requirement: "PAN-3.1.3.4-01",
        verdict: Fail,
        keeps: |s| channel_labels(s, ASYNC_UI),
        breaks: |s| channel_labels(s, t(1)),
        also: &["MS-PAN/3.1.1.4.4/type-is-the-registered-one"],
    },
    Case {
        rule: "MS-PAN/3.1.4/configuration-notifications-have-their-type",
        requirement: "PAN-3.1.4-01",
        verdict: Fail,
        keeps: |s| labels(s, CONFIGURED, CONFIGURED),
        breaks: |s| labels(s, CONFIGURED, ASYNC_UI),
        also: &[
            "MS-PAN/3.1.4.4.2/get-notification-brings-the-configuration-type",
            "MS-PAN/2.2.7/notification-is-in-its-namespace",
            "MS-PAN/2.2.7.1.1/request-opens-one-format",
            "MS-PAN/2.2.7.1.1/notification-is-schema-valid",
            "MS-PAN/3.1.1.4.5/type-is-the-registered-one",
            "MS-PAN/3.1.4.4/configuration-has-the-type-of-its-registration",
        ],
    },
    Case {
        rule: "MS-PAN/3.1.4.4/configuration-has-the-type-of-its-registration",
        requirement: "PAN-3.1.4.4-01",
        verdict: Fail,
        keeps: |s| labels(s, SDK, SDK),
        breaks: |s| labels(s, CONFIGURED, SDK),
        also: &["MS-PAN/3.1.1.4.5/type-is-the-registered-one"],
    },
    Case {
        rule: BOTH_FOR_UI,
        requirement: "PAN-3.1.3.3-01",
        verdict: Fail,
        keeps: |s| s.uni(A, h(1), ASYNC_UI),
        breaks: |s| lacks(s, [Interface::AsyncNotify, Interface::RemoteObject]),
        also: &[BOTH_FOR_CONFIGURATION, "MS-PAN/1.9/interfaces-are-offered"],
    },
    Case {
        rule: BOTH_FOR_CONFIGURATION,
        requirement: "PAN-3.1.4.3-01",
        verdict: Fail,
        keeps: |s| s.uni(A, h(1), SDK),
        breaks: |s| lacks(s, [Interface::RemoteObject, Interface::AsyncNotify]),
        also: &[BOTH_FOR_UI, "MS-PAN/1.9/interfaces-are-offered"],
    },
];
