//! AsyncUIMessageBoxReply and AsyncUICustomUIReply ([MS-PAN] 2.2.7.4, 2.2.7.6). No tolerance is due to replies.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use roxmltree::Node;

use crate::document::{
    Assessment, Content, Element, Family, Form, Particle, Simple, normal_integer, own_text, read_plain,
};

/// What a reply says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Which button was chosen: its number without sign of plus and leading zeros, when it is one.
    MessageBox(Option<String>),
    /// What the entry point returned.
    CustomUi(String),
}

impl Reply {
    /// The document in octets: UTF-16LE without a byte order mark. Characters that XML 1.0 does not have become U+FFFD.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let content = match self {
            Self::MessageBox(id) => {
                let id = escaped(id.as_deref().unwrap_or_default());
                format!("<messageBoxUI><buttonID>{id}</buttonID></messageBoxUI>")
            }
            Self::CustomUi(text) => format!("<CustomUI>{}</CustomUI>", escaped(text)),
        };
        let document = format!(
            r#"<asyncPrintUIResponse xmlns="{}"><v1><requestClose>{content}</requestClose></v1></asyncPrintUIResponse>"#,
            FAMILY.uri
        );
        document.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }
}

/// Text as it can stand in an element. A carriage return would be read as a line feed.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' | '\n' | ' '..='\u{FFFD}' | '\u{1_0000}'.. => escaped.push(character),
            _ => escaped.push(char::REPLACEMENT_CHARACTER),
        }
    }
    escaped
}

pub(super) static FAMILY: Family = Family {
    well_formed: "X-RSP-01",
    encoding: "X-RSP-02",
    charset: "X-RSP-03",
    escaping: "X-RSP-03",
    namespace: "X-RSP-04",
    uri: "http://schemas.microsoft.com/2003/print/asyncui/v1/response",
};

pub(super) static RESPONSE: Element = Element {
    name: "asyncPrintUIResponse",
    content: Content::Sequence(&[Particle::new(&V1, 1, 1)]),
    content_rule: "X-RSP-05",
    attributes: &[],
    attributes_rule: "X-RSP-05",
    prose: None,
};

static V1: Element = Element {
    name: "v1",
    content: Content::Sequence(&[Particle::new(&REQUEST_CLOSE, 1, 1)]),
    content_rule: "X-RSP-06",
    attributes: &[],
    attributes_rule: "X-RSP-06",
    prose: None,
};

static REQUEST_CLOSE: Element = Element {
    name: "requestClose",
    content: Content::Choice(&[&MESSAGE_BOX_UI, &CUSTOM_UI], 1),
    content_rule: "X-RSP-07",
    attributes: &[],
    attributes_rule: "X-RSP-07",
    prose: None,
};

static MESSAGE_BOX_UI: Element = Element {
    name: "messageBoxUI",
    content: Content::Sequence(&[Particle::new(&BUTTON_ID, 1, 1)]),
    content_rule: "X-RSP-08",
    attributes: &[],
    attributes_rule: "X-RSP-08",
    prose: None,
};

static BUTTON_ID: Element = Element {
    name: "buttonID",
    content: Content::Text(Simple::Integer),
    content_rule: "X-RSP-09",
    attributes: &[],
    attributes_rule: "X-RSP-09",
    prose: None,
};

static CUSTOM_UI: Element = Element {
    name: "CustomUI",
    content: Content::Text(Simple::Text),
    content_rule: "X-RSP-11",
    attributes: &[],
    attributes_rule: "X-RSP-11",
    prose: None,
};

/// Reads a reply and judges it by the rules `X-RSP-*`, but for those that need the notification.
#[must_use]
pub fn read_reply(octets: &[u8]) -> Assessment<Reply> {
    read_plain(octets, &FAMILY, Form::Qualified, &RESPONSE, meaning)
}

fn meaning(root: Node<'_, '_>) -> Option<Reply> {
    let v1 = root.children().find(|child| child.tag_name().name() == "v1")?;
    let close = v1.children().find(|child| child.tag_name().name() == "requestClose")?;
    close.children().find_map(|child| match child.tag_name().name() {
        "messageBoxUI" => {
            let id = child.children().find(|child| child.tag_name().name() == "buttonID");
            Some(Reply::MessageBox(id.and_then(|id| normal_integer(&own_text(id)))))
        }
        "CustomUI" => Some(Reply::CustomUi(own_text(child))),
        _ => None,
    })
}
