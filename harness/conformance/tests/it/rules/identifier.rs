//! Identifiers as clients give them on channels ([MS-PAN] 2.2.1), and that printer configuration has none (3.2.4).

use bytes::Bytes;
use conformance::Severity::Fail;
use dcerpc::ContextHandle;
use mspan::{Hresult, NotificationType};
use uuid::{Uuid, uuid};

use crate::case::{Case, decided};
use crate::dialogue::*;
use crate::script::*;

const VENDORS: NotificationType = NotificationType(uuid!("12345678-9abc-1def-0123-456789abcdef"));
const CONFIGURATION: NotificationType = NotificationType::PRINTER_CONFIGURATION;
const AS_REGISTERED: &str = "MS-PAN/3.1.1.4.6/final-response-has-the-registered-type";

/// A channel of a vendor's type is closed with another one.
fn closes(script: Script, kind: Uuid, data: Bytes) -> Script {
    let script = script.bidi(A, h(1), VENDORS).offered(A, h(1), &[HA]);
    script.call(A, close_as(HA, NotificationType(kind), data), closed(Hresult::OK))
}

/// A channel that was released, and then something is sent on it.
fn released_then(script: Script, data: Bytes) -> Script {
    let script = script.bidi(A, h(1), VENDORS).offered(A, h(1), &[HA]);
    script.call(A, release(HA), closed_with(ContextHandle::NULL, Hresult::OK)).start(
        A,
        "more",
        close_as(HA, VENDORS, data),
    )
}

fn channel_of_configuration(script: Script, handles: &[ContextHandle]) -> Script {
    let script = script.bidi(A, h(1), CONFIGURATION);
    script.call(A, get_new_channel(h(1)), channels(handles, Hresult::OK))
}

pub(super) static CASES: &[Case] = &[
    Case {
        rule: "MS-PAN/2.2.1/identifiers-are-given-back-as-they-are",
        requirement: "PAN-2.2.1-01",
        verdict: Fail,
        keeps: |s| closes(s, VENDORS.0, n(1)),
        // Version 4 and the variant of RFC 4122.
        breaks: |s| closes(s, uuid!("12345678-9abc-4def-8123-456789abcdef"), n(1)),
        also: &[AS_REGISTERED],
    },
    Case {
        rule: "MS-PAN/2.2.1/identifiers-are-given-back-as-they-are",
        requirement: "PAN-2.2.1-01",
        verdict: Fail,
        keeps: |s| closes(s, VENDORS.0, n(1)),
        breaks: |s| closes(s, uuid!("78563412-bc9a-ef1d-0123-456789abcdef"), n(1)),
        also: &[AS_REGISTERED],
    },
    Case {
        rule: "MS-PAN/2.2.1/client-releases-by-the-reserved-identifier",
        requirement: "PAN-2.2.1-02",
        verdict: Fail,
        keeps: |s| closes(s, NotificationType::RELEASE.0, Bytes::new()),
        breaks: |s| closes(s, Uuid::nil(), Bytes::new()),
        also: &[AS_REGISTERED, "MS-PAN/3.1.1.4.6/close-without-response-is-a-release"],
    },
    Case {
        rule: "MS-PAN/2.2.1/client-releases-by-the-reserved-identifier",
        requirement: "PAN-2.2.1-02",
        verdict: Fail,
        keeps: |s| closes(s, NotificationType::RELEASE.0, Bytes::new()),
        breaks: |s| closes(s, uuid!("27509aba-0ea7-e74a-9b7d-eb3e06ad4157"), Bytes::new()),
        also: &[AS_REGISTERED, "MS-PAN/3.1.1.4.6/close-without-response-is-a-release"],
    },
    Case {
        rule: "MS-PAN/2.2.1/nothing-is-sent-after-a-release",
        requirement: "PAN-2.2.1-03",
        verdict: Fail,
        keeps: |s| closes(s, NotificationType::RELEASE.0, Bytes::new()),
        breaks: |s| released_then(s, n(1)),
        also: &["MS-PAN/3.1.1.4.6/handle-is-open"],
    },
    Case {
        rule: "MS-PAN/3.2.4/configuration-has-no-channels",
        requirement: "PAN-3.2.4-02",
        verdict: Fail,
        keeps: |s| {
            let script =
                s.uni(A, h(1), CONFIGURATION).start(A, "wait", get_notification(h(1))).notify(CONFIGURATION, n(1));
            script.finish("wait", notification(CONFIGURATION, n(1)))
        },
        breaks: |s| channel_of_configuration(s, &[HA]),
        also: &["MS-PAN/3.1.1.4.1/undefined-registrations-are-refused", "MS-PAN/3.1.1.4.3/waits-for-a-channel"],
    },
];

/// A type that looks like the reserved one in another order is a type all the same, also on a handle that two were given.
#[test]
fn a_type_that_looks_like_a_release() {
    let odd = NotificationType(uuid!("27509aba-0ea7-e74a-9b7d-eb3e06ad4157"));
    let script = Script::new().bidi(A, h(1), odd).offered(A, h(1), &[HA]).bidi(A, h(2), odd).offered(A, h(2), &[HA]);
    let script = script.call(A, first(HA), replies(HA, Some(odd), Some(n(1)), Hresult::OK));
    assert_eq!(
        decided(
            "MS-PAN/2.2.1/client-releases-by-the-reserved-identifier",
            script.start(A, "a", respond_as(HA, odd, n(2)))
        ),
        ""
    );
}
