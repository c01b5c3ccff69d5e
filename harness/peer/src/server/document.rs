//! Documents that a misbehaving server makes up ([MS-PAN] 2.2.7.2 to 2.2.7.7, 2.2.8, and 7, note 1).

use bytes::{BufMut, Bytes, BytesMut};

/// Title and body of all that has them.
const PARTS: &str = r#"<title stringID="1" resourceDll="Vendor.dll"/><body stringID="2" resourceDll="Vendor.dll"/>"#;

/// A balloon, in UTF-16LE.
pub(super) fn balloon() -> Bytes {
    balloon_with("")
}

/// A message box, in UTF-16LE.
pub(super) fn message_box() -> Bytes {
    let button = r#"<buttons><button stringID="3" resourceDll="Vendor.dll" buttonID="1"/></buttons>"#;
    request(&format!("<messageBoxUI>{PARTS}{button}</messageBoxUI>"), b"")
}

/// A custom UI that wants a reply or none, in UTF-16LE.
pub(super) fn custom_ui(bidi: bool) -> Bytes {
    request(&format!(r#"<customUI dll="Vendor.dll" entrypoint="Show" bidi="{bidi}">1</customUI>"#), b"")
}

/// Custom data that want a reply or none, in UTF-16LE but for the data.
pub(super) fn custom_data(bidi: bool) -> Bytes {
    let what = format!(r#"<customData dll="Vendor.dll" entrypoint="Take" bidi="{bidi}"/>"#);
    request(&what, b"\0\0data")
}

/// A printer configuration, in UTF-16LE.
pub(super) fn configuration() -> Bytes {
    let namespace = "http://schemas.microsoft.com/windows/2005/03/printing/bidi";
    let setting = r#"<Schema name="\Printer.Layout:Duplex"><BIDI_BOOL>true</BIDI_BOOL></Schema>"#;
    utf16(&format!(
        r#"<Notification xmlns="{namespace}" printerName="\\PRINTSRV\office-laser">{setting}</Notification>"#
    ))
}

/// What a balloon about a configuration change says, as note 1 has it.
pub(super) struct Change {
    pub(super) actions: usize,
    pub(super) module: &'static str,
    pub(super) attributes: &'static [(&'static str, &'static str)],
    pub(super) settings: &'static str,
}

impl Change {
    /// The whole balloon, in UTF-16LE.
    pub(super) fn balloon(&self) -> Bytes {
        let attributes: String = self.attributes.iter().map(|(name, value)| format!(" {name}=\"{value}\"")).collect();
        let envelope = format!("<Envelope{attributes}>{}</Envelope>", self.settings);
        let text = envelope.replace('&', "&amp;").replace('<', "&lt;");
        let action = format!(r#"<action dll="{}" entrypoint="NotifyEntry">{text}</action>"#, self.module);
        balloon_with(&action.repeat(self.actions))
    }
}

impl Default for Change {
    fn default() -> Self {
        Self {
            actions: 1,
            module: "PrintConfig.dll",
            attributes: &[PRINTER, REASON, DETAIL],
            settings: r#"<Schema name="\Printer.Layout:Duplex"><BIDI_BOOL>true</BIDI_BOOL></Schema>"#,
        }
    }
}

/// The attributes of an envelope.
pub(super) const PRINTER: (&str, &str) = ("printer", r"\\PRINTSRV\office-laser");
/// See [`PRINTER`].
pub(super) const REASON: (&str, &str) = ("reason", "{23bb1328-63de-4293-915b-a6a23d929acb}");
/// See [`PRINTER`].
pub(super) const DETAIL: (&str, &str) = ("detail", "{6f9619ff-8b86-d011-b42d-00c04fc964ff}");
/// A reason that means nothing.
pub(super) const ANOTHER_REASON: (&str, &str) = ("reason", "{6f9619ff-8b86-d011-b42d-00c04fc964ff}");
/// The detail that no driver may use.
pub(super) const RESERVED: (&str, &str) = ("detail", "{ec8f261f-267c-469f-b5d6-3933023c29cc}");

fn balloon_with(action: &str) -> Bytes {
    request(&format!(r#"<balloonUI iconID="1" resourceDll="Vendor.dll">{PARTS}{action}</balloonUI>"#), b"")
}

/// A document of one format, with what follows it.
fn request(what: &str, tail: &[u8]) -> Bytes {
    let namespace = "http://schemas.microsoft.com/2003/print/asyncui/v1/request";
    let text = format!(
        "<asyncPrintUIRequest xmlns=\"{namespace}\"><v1><requestOpen>{what}</requestOpen></v1></asyncPrintUIRequest>"
    );
    [&utf16(&text)[..], tail].concat().into()
}

fn utf16(text: &str) -> Bytes {
    let mut octets = BytesMut::with_capacity(text.len() * 2);
    text.encode_utf16().for_each(|unit| octets.put_u16_le(unit));
    octets.freeze()
}
