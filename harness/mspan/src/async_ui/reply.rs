//! AsyncUIMessageBoxReply and AsyncUICustomUIReply ([MS-PAN] 2.2.7.4, 2.2.7.6). No tolerance is due to replies.

use alloc::string::String;

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

static FAMILY: Family = Family {
    well_formed: "X-RSP-01",
    encoding: "X-RSP-02",
    charset: "X-RSP-03",
    escaping: "X-RSP-03",
    namespace: "X-RSP-04",
    uri: "http://schemas.microsoft.com/2003/print/asyncui/v1/response",
};

static RESPONSE: Element = Element {
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
