//! What notifications show and call ([MS-PAN] 2.2.7.1.3 to 2.2.7.1.5, 2.2.7.2.1), read with tolerance.

use alloc::string::String;
use alloc::vec::Vec;

use roxmltree::Node;

use crate::document::{attribute, leading_integer, own_text};

/// A title or a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The string that stands for it.
    pub resource: Option<StringResource>,
    /// Its own text; empty where a string stands for it.
    pub text: String,
    /// What takes the places of replacement tags.
    pub parameters: Vec<Parameter>,
}

/// A reference to a string resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StringResource {
    /// stringID, without sign of plus and leading zeros.
    pub key: String,
    /// resourceDll; the default resource file when absent.
    pub file: Option<String>,
}

/// What takes the place of a replacement tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// The name of the print queue.
    PrinterName,
    /// A string.
    Resource(StringResource),
    /// Its own text.
    Text(String),
}

/// A method of a driver that is to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPoint {
    /// dll: the file's name.
    pub dll: String,
    /// entrypoint: the method's name.
    pub name: String,
    /// The element's text, which is passed.
    pub argument: String,
}

impl Message {
    pub(super) fn read(node: Node<'_, '_>) -> Self {
        Self {
            resource: StringResource::read(node),
            text: own_text(node),
            parameters: node.children().filter(Node::is_element).map(Parameter::read).collect(),
        }
    }
}

impl StringResource {
    pub(super) fn read(node: Node<'_, '_>) -> Option<Self> {
        let file = attribute(node, "resourceDll").map(String::from);
        attribute(node, "stringID").map(|key| Self { key: leading_integer(key), file })
    }
}

impl Parameter {
    fn read(node: Node<'_, '_>) -> Self {
        match (attribute(node, "type"), StringResource::read(node)) {
            (Some(_), _) => Self::PrinterName,
            (None, Some(resource)) => Self::Resource(resource),
            (None, None) => Self::Text(own_text(node)),
        }
    }
}

impl EntryPoint {
    pub(super) fn read(node: Node<'_, '_>) -> Option<Self> {
        let (dll, name) = (attribute(node, "dll")?, attribute(node, "entrypoint")?);
        Some(Self { dll: dll.into(), name: name.into(), argument: own_text(node) })
    }
}
