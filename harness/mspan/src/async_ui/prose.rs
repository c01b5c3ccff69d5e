//! What the prose of [MS-PAN] 2.2.7 says beyond the schema (SD-74).

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;

use roxmltree::Node;

use super::resource::{is_default_key, replacement_tags};
use crate::document::{Gravity, Validator, attribute, is_button_word, leading_integer, normal_integer, own_text, trim};

/// Characters that no driver-file name has (2.2.7.2.1).
const FORBIDDEN: [char; 9] = ['\\', '/', '?', '*', '<', '>', '"', '|', ':'];

/// Which rules say the same of title and of body.
struct Message {
    text_missing: &'static str,
    text_forbidden: &'static str,
    text_behind: &'static str,
    key: &'static str,
}

pub(super) fn title(validator: &mut Validator<'_>, node: Node<'_, '_>) {
    let rules =
        Message { text_missing: "X-REQ-11", text_forbidden: "X-REQ-12", text_behind: "X-REQ-13", key: "X-REQ-14" };
    message(validator, node, &rules);
}

pub(super) fn body(validator: &mut Validator<'_>, node: Node<'_, '_>) {
    let rules =
        Message { text_missing: "X-REQ-17", text_forbidden: "X-REQ-18", text_behind: "X-REQ-19", key: "X-REQ-20" };
    message(validator, node, &rules);
}

fn message(validator: &mut Validator<'_>, node: Node<'_, '_>, rules: &Message) {
    let name = node.tag_name().name();
    let first_parameter = node.children().position(|child| child.is_element());
    let children = || node.children().enumerate();
    let texts = |behind: bool| -> String {
        let wanted = children().filter(|(at, _)| first_parameter.is_some_and(|first| *at > first) == behind);
        wanted.filter(|(_, child)| child.is_text()).filter_map(|(_, child)| child.text()).collect()
    };
    let (before, behind) = (texts(false), texts(true));
    let has_text = !trim(&before).is_empty() || !before.is_empty() && first_parameter.is_none();
    match attribute(node, "stringID") {
        Some(_) if !trim(&own_text(node)).is_empty() => {
            let actual = format!("{:?}", trim(&own_text(node)));
            validator.prose(rules.text_forbidden, Gravity::Must, node, "no text next to stringID", actual);
        }
        None if !has_text => {
            let expected = format!("text or a stringID in <{name}>");
            validator.prose(rules.text_missing, Gravity::Must, node, expected, "neither");
        }
        _ => {}
    }
    if !trim(&behind).is_empty() {
        let actual = format!("{:?}", trim(&behind));
        validator.prose(rules.text_behind, Gravity::Must, node, "no text behind a parameter", actual);
    }
    key(validator, node, rules.key, Gravity::Must);
    if let Some(tags) = default_key(node).map(replacement_tags) {
        let parameters = children().filter(|(_, child)| child.is_element()).count();
        if parameters < tags {
            let expected = format!("{tags} parameters, as the string has tags");
            validator.prose("X-REQ-28", Gravity::Note, node, expected, format!("{parameters}"));
        }
    }
}

/// The key of a string in the default resource file, where an element names one.
fn default_key(node: Node<'_, '_>) -> Option<u32> {
    let value = attribute(node, "stringID").filter(|_| attribute(node, "resourceDll").is_none())?;
    normal_integer(value)?.parse().ok()
}

/// A stringID without resourceDll is a key of the default resource file. A stringID that is no integer breaks another
/// rule.
fn key(validator: &mut Validator<'_>, node: Node<'_, '_>, rule: &'static str, gravity: Gravity) {
    let Some(value) = attribute(node, "stringID").filter(|_| attribute(node, "resourceDll").is_none()) else { return };
    if normal_integer(value).is_some() && !default_key(node).is_some_and(is_default_key) {
        let expected = "a key of the default resource file as stringID";
        validator.prose(rule, gravity, node, expected, format!("{value:?}"));
    }
}

pub(super) fn parameter(validator: &mut Validator<'_>, node: Node<'_, '_>) {
    let text = own_text(node);
    match (attribute(node, "type"), attribute(node, "stringID")) {
        (Some(kind), _) => {
            if kind != "PrinterName" {
                validator.prose("X-REQ-23", Gravity::Must, node, "PrinterName as type", format!("{kind:?}"));
            }
            if !trim(&text).is_empty() {
                let rule = if validator.is_tolerant() { "X-LEN-12" } else { "X-REQ-25" };
                validator.prose(rule, Gravity::Should, node, "no text next to type", format!("{text:?}"));
            }
        }
        (None, Some(_)) => key(validator, node, "X-REQ-27", Gravity::Must),
        (None, None) if text.is_empty() => {
            validator.prose("X-REQ-24", Gravity::Must, node, "text, type or stringID in <parameter>", "none of them");
        }
        (None, None) => {}
    }
}

pub(super) fn action(validator: &mut Validator<'_>, node: Node<'_, '_>) {
    entry_point(validator, node, "X-REQ-29", "X-REQ-30");
    argument(validator, node, "X-REQ-31");
}

pub(super) fn custom_ui(validator: &mut Validator<'_>, node: Node<'_, '_>) {
    entry_point(validator, node, "X-REQ-44", "X-REQ-45");
    argument(validator, node, "X-REQ-46");
}

pub(super) fn custom_data(validator: &mut Validator<'_>, node: Node<'_, '_>) {
    entry_point(validator, node, "X-REQ-49", "X-REQ-50");
}

fn entry_point(validator: &mut Validator<'_>, node: Node<'_, '_>, empty: &'static str, forbidden: &'static str) {
    for name in ["dll", "entrypoint"] {
        if attribute(node, name) == Some("") {
            validator.prose(empty, Gravity::Should, node, format!("a name as {name}"), "an empty string");
        }
    }
    if let Some(dll) = attribute(node, "dll").filter(|dll| dll.contains(FORBIDDEN)) {
        let expected = r#"a driver-file name without \ / ? * < > " | :"#;
        validator.prose(forbidden, Gravity::Must, node, expected, format!("{dll:?}"));
    }
}

fn argument(validator: &mut Validator<'_>, node: Node<'_, '_>, rule: &'static str) {
    if own_text(node).is_empty() && !node.children().any(|child| child.is_element()) {
        validator.prose(rule, Gravity::Should, node, "text to pass to the entry point", "none");
    }
}

pub(super) fn balloon(validator: &mut Validator<'_>, node: Node<'_, '_>) {
    if attribute(node, "iconID").is_some() && attribute(node, "resourceDll").is_none() {
        validator.prose("X-REQ-34", Gravity::Must, node, "a resourceDll next to iconID", "none");
    }
    if !node.children().any(|child| attribute(child, "stringID").is_some()) {
        let expected = "references to string resources (SD-34)";
        validator.prose("X-REQ-35", Gravity::Note, node, expected, "none");
    }
}

pub(super) fn button(validator: &mut Validator<'_>, node: Node<'_, '_>) {
    let Some(id) = attribute(node, "buttonID") else { return };
    let tolerant = validator.is_tolerant();
    let word = if tolerant { is_button_word(id) } else { matches!(id, "IDOK" | "IDCANCEL") };
    if !word && attribute(node, "stringID").is_none() {
        let expected = "a stringID, for the buttonID is neither IDOK nor IDCANCEL";
        validator.prose("X-REQ-38", Gravity::Must, node, expected, "none");
    }
    // Clients disregard it next to those words.
    if !(tolerant && word) {
        key(validator, node, "X-REQ-39", Gravity::Must);
    }
    if matches!(normal_integer(id).as_deref(), Some("1" | "2")) {
        let expected = "a number that stands for no other button (SD-69)";
        validator.prose("X-REQ-37", Gravity::Note, node, expected, format!("{id:?}, as IDOK or IDCANCEL"));
    }
}

pub(super) fn buttons(validator: &mut Validator<'_>, node: Node<'_, '_>) {
    let mut seen = BTreeSet::new();
    for button in node.children() {
        let Some(id) = attribute(button, "buttonID") else { continue };
        if !seen.insert(button_value(id)) {
            let expected = "different buttonIDs (SD-69)";
            validator.prose("X-REQ-40", Gravity::Note, button, expected, format!("{id:?} twice"));
        }
    }
}

/// The number by which a reply names a button (2.2.7.4.1), read with tolerance.
pub(super) fn button_value(id: &str) -> String {
    match id {
        id if id.eq_ignore_ascii_case("IDOK") => "1".into(),
        id if id.eq_ignore_ascii_case("IDCANCEL") => "2".into(),
        id => leading_integer(id),
    }
}

pub(super) fn bitmap(validator: &mut Validator<'_>, node: Node<'_, '_>) {
    if attribute(node, "resourceDll").is_none() {
        let expected = "a resourceDll, for no default bitmaps are known (SD-70)";
        validator.prose("X-REQ-42", Gravity::Note, node, expected, "none");
    }
}
