//! AsyncUIBalloon, AsyncUIMessageBox, AsyncUICustomUI and AsyncUICustomData ([MS-PAN] 2.2.7.2, .3, .5, .7).

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use roxmltree::Node;

use super::message::{EntryPoint, Message, StringResource};
use super::prose::button_value;
use super::request_grammar::{FAMILY, REQUEST};
use crate::document::{
    Assessment, Breach, Form, Gravity, Markup, Simple, Text, Validator, attribute, is_button_word, is_true,
};

/// What a notification says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its format.
    pub kind: NotificationKind,
    /// Whether a reply is expected, for the formats that say so; read with tolerance (SD-53).
    pub bidi: Option<bool>,
    /// The title of a balloon or a message box.
    pub title: Option<Message>,
    /// The bodies of a balloon or a message box.
    pub bodies: Vec<Message>,
    /// The buttons of a message box.
    pub buttons: Vec<Button>,
    /// What is to be called: the action of a balloon, or the method of customUI and customData.
    pub entry_point: Option<EntryPoint>,
    /// How many actions a balloon has.
    pub actions: usize,
    /// The octets behind the document of custom data.
    pub binary: Vec<u8>,
}

/// The formats of notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotificationKind {
    /// AsyncUIBalloon.
    Balloon,
    /// AsyncUIMessageBox.
    MessageBox,
    /// AsyncUICustomUI.
    CustomUi,
    /// AsyncUICustomData.
    CustomData,
}

impl NotificationKind {
    /// The element that makes the format.
    #[must_use]
    pub const fn element(self) -> &'static str {
        match self {
            Self::Balloon => "balloonUI",
            Self::MessageBox => "messageBoxUI",
            Self::CustomUi => "customUI",
            Self::CustomData => "customData",
        }
    }

    const ALL: [Self; 4] = [Self::Balloon, Self::MessageBox, Self::CustomUi, Self::CustomData];
}

/// A button of a message box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// buttonID as written.
    pub id: String,
    /// The number by which a reply names it, without sign of plus and leading zeros.
    pub value: String,
    /// The string that stands on it; without meaning next to IDOK and IDCANCEL.
    pub resource: Option<StringResource>,
}

impl Button {
    /// Whether it is IDOK or IDCANCEL, read with tolerance.
    #[must_use]
    pub fn is_ok_or_cancel(&self) -> bool {
        is_button_word(&self.id)
    }

    /// The tolerance of 3.2.3.4.1 that its buttonID needs (`X-LEN-06`).
    #[must_use]
    pub fn leniency(&self) -> Option<&'static str> {
        (!Simple::ButtonId.accepts(&self.id)).then(|| Simple::ButtonId.leniency(&self.id)).flatten()
    }
}

/// Reads an AsyncUI notification and judges it by the rules `X-REQ-*`, but for those of modes.
#[must_use]
pub fn read_notification(octets: &[u8]) -> Assessment<Notification> {
    let text = match Text::decode(octets, &FAMILY) {
        Ok(text) => text,
        Err(breach) => return unreadable(vec![breach]),
    };
    let mut breaches = text.breaches.clone();
    let markup = match Markup::parse(&text, &FAMILY) {
        Ok((markup, found)) => {
            breaches.extend(found);
            markup
        }
        Err(found) => {
            breaches.extend(found);
            return unreadable(breaches);
        }
    };
    let meaning = meaning(markup.root(), &text);
    breaches.extend(ending(&text, meaning.as_ref().map(|meaning| meaning.kind)));
    let read = |tolerant| Validator::new(&text, &FAMILY, Form::Qualified, tolerant).document(markup.root(), &REQUEST);
    let strict = read(false);
    // Where nothing is wrong there is nothing to tolerate.
    let tolerant = if strict.breaches.is_empty() { strict.clone() } else { read(true) };
    let mut intolerable: Vec<Breach> =
        breaches.iter().filter(|breach| breach.gravity == Gravity::Must).cloned().collect();
    intolerable.extend(tolerant.breaches);
    breaches.extend(strict.breaches);
    Assessment {
        meaning,
        breaches,
        intolerable,
        leniencies: tolerant.leniencies.into_iter().collect(),
        elements: tolerant.elements.into_iter().collect(),
    }
}

fn unreadable(breaches: Vec<Breach>) -> Assessment<Notification> {
    Assessment { meaning: None, intolerable: breaches.clone(), breaches, leniencies: Vec::new(), elements: Vec::new() }
}

/// What comes behind the document: for custom data a terminator and data, for all else nothing, or a terminator at most.
fn ending(text: &Text<'_>, kind: Option<NotificationKind>) -> Option<Breach> {
    let custom_data = kind == Some(NotificationKind::CustomData);
    let (rule, gravity, expected, actual) = match (text.tail, custom_data) {
        (None, false) => return None,
        (Some([]), false) => ("X-REQ-02", Gravity::Note, "the document alone", "one U+0000 behind it (SD-32)".into()),
        (Some(tail), false) => {
            let actual = format!("U+0000 and {} octets behind it", tail.len());
            ("X-REQ-02", Gravity::Must, "the document alone", actual)
        }
        (None, true) => ("X-REQ-47", Gravity::Must, "U+0000 behind the document", "none".into()),
        (Some([]), true) => ("X-REQ-51", Gravity::Should, "binary data behind the terminator", "none".into()),
        (Some(_), true) => return None,
    };
    let at = text.position(text.text.len());
    Some(Breach { rule, gravity, in_schema: false, at, expected: expected.into(), actual })
}

/// What the first element says that makes a format, names read with tolerance.
fn meaning(root: Node<'_, '_>, text: &Text<'_>) -> Option<Notification> {
    let v1 = child(root, "v1")?;
    let open = child(v1, "requestOpen")?;
    let (kind, node) = open.children().find_map(|child| {
        let name = child.tag_name().name();
        let kind = NotificationKind::ALL.into_iter().find(|kind| kind.element().eq_ignore_ascii_case(name))?;
        Some((kind, child))
    })?;
    let buttons = child(node, "buttons").into_iter().flat_map(|buttons| buttons.children());
    let buttons = buttons.filter_map(|button| {
        let id = attribute(button, "buttonID")?;
        Some(Button { id: id.into(), value: button_value(id), resource: StringResource::read(button) })
    });
    let is_body = |child: &Node<'_, '_>| child.tag_name().name().eq_ignore_ascii_case("body");
    let is_action = |child: &Node<'_, '_>| child.tag_name().name().eq_ignore_ascii_case("action");
    Some(Notification {
        kind,
        actions: match kind {
            NotificationKind::Balloon => node.children().filter(is_action).count(),
            _ => 0,
        },
        title: child(node, "title").map(Message::read),
        bodies: node.children().filter(is_body).map(Message::read).collect(),
        entry_point: match kind {
            NotificationKind::CustomUi | NotificationKind::CustomData => EntryPoint::read(node),
            NotificationKind::Balloon => child(node, "action").and_then(EntryPoint::read),
            NotificationKind::MessageBox => None,
        },
        bidi: match kind {
            NotificationKind::CustomUi | NotificationKind::CustomData => attribute(node, "bidi").map(is_true),
            NotificationKind::Balloon | NotificationKind::MessageBox => None,
        },
        buttons: buttons.collect(),
        binary: match kind {
            NotificationKind::CustomData => text.tail.unwrap_or_default().to_vec(),
            _ => Vec::new(),
        },
    })
}

fn child<'n, 'i>(node: Node<'n, 'i>, name: &str) -> Option<Node<'n, 'i>> {
    node.children().find(|child| child.tag_name().name().eq_ignore_ascii_case(name))
}
