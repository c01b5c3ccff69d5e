//! `scrub`: what is left of documents.

use bytes::Bytes;
use conformance::dissect::Dissector;
use conformance::event::Kind;
use dcerpc::ContextHandle;
use dcerpc::ndr::Format;
use dcerpc::pdu::{Body, Request, Response};
use mspan::document::Breach;
use mspan::method::{GetNotificationIn, GetNotificationOut, In, Out};
use mspan::{NotificationType, async_ui, printer_configuration};
use rstest::rstest;
use runner::recording::Recording;
use runner::scrub::{Scrubbed, scrub};
use uuid::Uuid;

use crate::check_capture::Wire;
use crate::scrub::{bound, call, forms, frames, holds, is_clean};

/// What is told of a notification of that type, in a capture that is judged as before.
fn delivered(notification_type: NotificationType, data: &[u8]) -> Vec<u8> {
    let found = told(&is_clean("a document", &carrying(notification_type, data)));
    assert_eq!(found.len(), data.len());
    found
}

/// The same, whatever comes of the capture.
fn scrubbed(notification_type: NotificationType, data: &[u8]) -> Vec<u8> {
    told(&scrub("a document", carrying(notification_type, data).as_slice(), &[]).unwrap())
}

/// A capture with a notification.
fn carrying(notification_type: NotificationType, data: &[u8]) -> Vec<u8> {
    let format = Format::default();
    let mut wire = Wire::new();
    bound(&mut wire, format, "49670", 1_000);
    let remote_obj = ContextHandle::new(Uuid::from_u128(7));
    let stub = In::GetNotification(GetNotificationIn { remote_obj }).encode(format);
    let ask = |stub| Body::Request(Request { opnum: 5, stub, ..Request::default() });
    frames(&mut wire, true, call(stub, format.order, 4_096, ask), 1_000);
    let output = GetNotificationOut {
        notification_type: Some(notification_type),
        out_size: u32::try_from(data.len()).unwrap(),
        notification_data: Some(Bytes::copy_from_slice(data).into()),
        ..GetNotificationOut::default()
    };
    let answer = |stub| Body::Response(Response { stub, ..Response::default() });
    let stub = Out::GetNotification(output).encode(format);
    frames(&mut wire, false, call(stub, format.order, 4_096, answer), 1_000);
    wire.file
}

/// The notification in what was scrubbed.
fn told(made: &Scrubbed) -> Vec<u8> {
    let (recording, _) = Recording::captured("made", made.octets.as_slice()).unwrap();
    let (mut dissector, mut found) = (Dissector::new(), None);
    for entry in &recording.entries {
        dissector.push(entry, &mut |event| {
            if let Kind::CallFinished(finished) = event.kind
                && let Some(Out::GetNotification(output)) = finished.outcome.output()
            {
                found = output.notification_data.as_ref().map(|data| data.elements.to_vec());
            }
        });
    }
    found.unwrap()
}

fn little(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

const OF_REQUESTS: &str = "http://schemas.microsoft.com/2003/print/asyncui/v1/request";
const OF_SETTINGS: &str = "http://schemas.microsoft.com/windows/2005/03/printing/bidi";

#[test]
fn structure_stays_and_words_go() {
    let ui = |inner: &str| {
        format!(
            "<asyncPrintUIRequest xmlns=\"{OF_REQUESTS}\"><v1><requestOpen>{inner}</requestOpen></v1></asyncPrintUIRequest>"
        )
    };
    let setting = |inner: &str| {
        format!(
            "<b:Notification xmlns:b='{OF_SETTINGS}' printerName='\\\\SRV-7\\M\u{fc}ller, 2. floor'>{inner}</b:Notification>"
        )
    };
    let cases = [
        ui("<messageBoxUI><title>Hello Bob</title><body stringID='1500'/><buttons><button buttonID='IDOK'/><button \
            buttonID='+12x' stringID='600'/></buttons></messageBoxUI>"),
        ui("<balloonUI iconID='12345678901' resourceDll='Acme.dll'><title stringID='601'><parameter type='PrinterName'/>\
            <parameter type='Bob'/></title><body>&#77;&#xFC;ller &amp; &lt;Sons&gt; &Bob; &#9; 0171 5551234</body></balloonUI>"),
        ui("<balloonUI><title stringID='601'/><body stringID='1'/><action dll='PrintConfig.dll' entrypoint='NotifyEntry'>\
            &lt;Envelope printer=&quot;\\\\srv-7\\q&quot; reason=&quot;{23bb1328-63de-4293-915b-a6a23d929acb}&quot; \
            detail=&quot;{11111111-63de-4293-915b-a6a23d929acb}&quot;&gt;&lt;Schema name=&quot;Tray&quot;&gt;\
            &lt;BIDI_STRING&gt;Bob&lt;/BIDI_STRING&gt;&lt;/Schema&gt;&lt;/Envelope&gt;</action></balloonUI>"),
        setting("<b:Schema name='\\Printer.Owner:Name'><b:BIDI_STRING>Bob 17</b:BIDI_STRING></b:Schema><b:Schema \
                 name='\\A:B'><b:BIDI_INT>-4711</b:BIDI_INT></b:Schema><b:Schema name='\\A:C'><b:BIDI_FLOAT>-12.5e+3</b:BIDI_FLOAT>\
                 </b:Schema><b:Schema name='\\A:D'><b:BIDI_BOOL>true</b:BIDI_BOOL></b:Schema><b:Schema name='\\A:E'>\
                 <b:BIDI_BLOB>Qm9i IQ==</b:BIDI_BLOB></b:Schema>"),
        "<?xml version='1.0' encoding='UTF-16' note='Bob'?><!DOCTYPE x [<!ENTITY Bob 'Robert'>]><!-- Bob --><Bob:secret \
         xmlns:Bob='urn:bob:1' owner=Robert flag><![CDATA[Bob & <Robert>]]>&Bob;</Bob:secret><?bob Robert?>"
            .to_owned(),
        ui("<balloonUI><title>Bob < Robert & more</title><body>never closed"),
        "Robert wrote no markup".to_owned(),
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|text| {
            let made = delivered(NotificationType::ASYNC_UI, &little(text));
            format!("{text}\n{}\n", String::from_utf16(&units(&made)).unwrap())
        })
        .collect();
    insta::assert_snapshot!("documents", told.join("\n"));
}

#[rstest]
#[case::big_endian("<Robert/>".encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>())]
#[case::utf_8("<?xml version=\"1.0\"?><Robert>M\u{fc}ller</Robert>".as_bytes().to_vec())]
#[case::odd([little("<a>Robert</a>"), b"R".to_vec()].concat())]
#[case::data_behind([little("<a>Robert</a>\0"), b"Robert".to_vec()].concat())]
#[case::binary(b"\x01\x02Robert\xFF\xFE\0".to_vec())]
#[case::lone_surrogate([little("<a>Robert"), vec![0x00, 0xD8], little("Robert</a>")].concat())]
fn other_octets_say_nothing(
    #[case] data: Vec<u8>,
    #[values(NotificationType::ASYNC_UI, NotificationType(Uuid::from_u128(0x5EC4E7)))]
    notification_type: NotificationType,
) {
    let made = delivered(notification_type, &data);
    for word in ["Robert", "ller", "ober"] {
        for form in forms(word) {
            assert!(!holds(&made, &form), "{word} in {made:02x?}");
        }
    }
    assert_eq!(made, delivered(notification_type, &data));
}

/// Every document of the tables, with all that can be wrong with one: its own rules say the same of what is left of it.
#[rstest]
#[case::notifications(
    include_str!("../../../mspan/tests/documents/notifications.txt"),
    NotificationType::ASYNC_UI,
    |octets: &[u8]| rules(&async_ui::read_notification(octets).breaches)
)]
#[case::configurations(
    include_str!("../../../mspan/tests/documents/configurations.txt"),
    NotificationType::PRINTER_CONFIGURATION,
    |octets: &[u8]| rules(&printer_configuration::read_notification(octets).breaches)
)]
#[case::replies(
    include_str!("../../../mspan/tests/documents/replies.txt"),
    NotificationType::ASYNC_UI,
    |octets: &[u8]| rules(&async_ui::read_reply(octets).breaches)
)]
fn what_is_wrong_stays_wrong(
    #[case] table: &str,
    #[case] notification_type: NotificationType,
    #[case] broken: fn(&[u8]) -> Vec<&'static str>,
) {
    let mut count = 0;
    for entry in table.split("## ").skip(1) {
        let (head, text) = entry.split_once("\n\n").unwrap();
        let octets = little(text.trim_end_matches('\n'));
        let made = scrubbed(notification_type, &octets);
        assert_eq!(broken(&made), broken(&octets), "{head}: {}", String::from_utf16_lossy(&units(&made)));
        count += 1;
    }
    assert!(count > 5, "{count} documents");
}

fn units(octets: &[u8]) -> Vec<u16> {
    octets.chunks(2).map(|pair| u16::from_le_bytes([pair[0], *pair.get(1).unwrap_or(&0)])).collect()
}

fn rules(breaches: &[Breach]) -> Vec<&'static str> {
    breaches.iter().map(|breach| breach.rule).collect()
}
