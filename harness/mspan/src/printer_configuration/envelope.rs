//! What Windows puts into the action of a balloon about configuration changes ([MS-PAN] section 7, note 1): a document of
//! its own, escaped into the action's text.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use roxmltree::Node;
use uuid::{Uuid, uuid};

use super::SCHEMA;
use crate::document::{Content, Markup, attribute, shortened};

/// The changes to the configuration of one print queue. What the fragment lacks is none; nothing is demanded here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// printer: the print queue.
    pub printer: Option<String>,
    /// reason: a GUID, as written.
    pub reason: Option<String>,
    /// detail: a GUID of the driver, as written.
    pub detail: Option<String>,
    /// Its Schema elements, in order.
    pub changes: Vec<Change>,
}

/// One Schema element of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The setting's name.
    pub name: Option<String>,
    /// Names of the elements that it holds.
    pub values: Vec<String>,
}

impl Envelope {
    /// The driver file and its entry point that such actions name.
    pub const MODULE: (&str, &str) = ("PrintConfig.dll", "NotifyEntry");
    /// The reason of all such envelopes.
    pub const REASON: Uuid = uuid!("23bb1328-63de-4293-915b-a6a23d929acb");
    /// The detail that no driver may use.
    pub const RESERVED_DETAIL: Uuid = uuid!("ec8f261f-267c-469f-b5d6-3933023c29cc");
}

impl Change {
    /// Whether it has a name, and one value of a type of 2.2.8.1.2.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let Content::Choice(types, _) = SCHEMA.content else { return false };
        let typed = |value: &String| types.iter().any(|known| known.name == value);
        self.name.is_some() && matches!(self.values.as_slice(), [value] if typed(value))
    }
}

/// Reads the text of an action, as unescaped. The namespace of a fragment is open.
///
/// # Errors
///
/// What the text is, when it is no document with the root Envelope.
pub fn read_envelope(text: &str) -> Result<Envelope, String> {
    let text = text.trim();
    let markup = Markup::of(text).map_err(|error| format!("{:?}: {error}", shortened(text)))?;
    let root = markup.root();
    if root.tag_name().name() != "Envelope" {
        return Err(format!("<{}>", shortened(root.tag_name().name())));
    }
    let value = |name| attribute(root, name).map(String::from);
    let changes = root.children().filter(|child| child.tag_name().name() == "Schema").map(change).collect();
    Ok(Envelope { printer: value("printer"), reason: value("reason"), detail: value("detail"), changes })
}

fn change(schema: Node<'_, '_>) -> Change {
    let values = schema.children().filter(Node::is_element).map(|value| value.tag_name().name().into());
    Change { name: attribute(schema, "name").map(String::from), values: values.collect() }
}
