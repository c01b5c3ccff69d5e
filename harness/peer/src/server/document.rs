//! AsyncUI documents that a misbehaving server makes up ([MS-PAN] 2.2.7.2, 2.2.7.3).

use bytes::{BufMut, Bytes, BytesMut};

/// A balloon, in UTF-16LE.
pub(super) fn balloon() -> Bytes {
    let parts = r#"<title stringID="1" resourceDll="Vendor.dll"/><body stringID="2" resourceDll="Vendor.dll"/>"#;
    request(&format!(r#"<balloonUI iconID="1" resourceDll="Vendor.dll">{parts}</balloonUI>"#))
}

/// A message box, in UTF-16LE.
pub(super) fn message_box() -> Bytes {
    let parts = r#"<title stringID="1" resourceDll="Vendor.dll"/><body stringID="2" resourceDll="Vendor.dll"/>"#;
    let button = r#"<buttons><button stringID="3" resourceDll="Vendor.dll" buttonID="1"/></buttons>"#;
    request(&format!("<messageBoxUI>{parts}{button}</messageBoxUI>"))
}

fn request(what: &str) -> Bytes {
    let namespace = "http://schemas.microsoft.com/2003/print/asyncui/v1/request";
    let text = format!(
        "<asyncPrintUIRequest xmlns=\"{namespace}\"><v1><requestOpen>{what}</requestOpen></v1></asyncPrintUIRequest>"
    );
    let mut octets = BytesMut::with_capacity(text.len() * 2);
    text.encode_utf16().for_each(|unit| octets.put_u16_le(unit));
    octets.freeze()
}
