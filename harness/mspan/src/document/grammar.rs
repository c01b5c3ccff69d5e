//! Tables that say what elements and attributes a document has.

use super::{Simple, Validator};

/// The declaration of an element.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: &'static str,
    pub(crate) content: Content,
    /// The rule that content of another shape breaks.
    pub(crate) content_rule: &'static str,
    pub(crate) attributes: &'static [Attribute],
    /// The rule that other attributes break.
    pub(crate) attributes_rule: &'static str,
    /// What the prose adds.
    pub(crate) prose: Option<Prose>,
}

/// Judges what the prose says of an element.
pub(crate) type Prose = fn(&mut Validator<'_>, roxmltree::Node<'_, '_>);

/// What an element holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content {
    /// Nothing.
    Empty,
    /// Text of a simple type.
    Text(Simple),
    /// Text, and elements in order.
    Mixed(&'static [Particle]),
    /// Elements in order.
    Sequence(&'static [Particle]),
    /// One element of several, or up to so many.
    Choice(&'static [&'static Element], usize),
}

/// An element within a content model.
#[derive(Debug)]
pub(crate) struct Particle {
    pub(crate) element: &'static Element,
    pub(crate) least: usize,
    pub(crate) most: usize,
    /// The tolerance by which it may be missing.
    pub(crate) may_miss: Option<&'static str>,
}

impl Particle {
    /// Between so many and so many.
    pub(crate) const fn new(element: &'static Element, least: usize, most: usize) -> Self {
        Self { element, least, most, may_miss: None }
    }

    /// The same, and with tolerance none.
    pub(crate) const fn may_miss(mut self, leniency: &'static str) -> Self {
        self.may_miss = Some(leniency);
        self
    }

    /// As a content model is written: `body+`.
    pub(crate) const fn mark(&self) -> &'static str {
        match (self.least, self.most) {
            (1, 1) => "",
            (0, 1) => "?",
            (0, _) => "*",
            (1, usize::MAX) => "+",
            (_, _) => "{1,5}",
        }
    }
}

/// The declaration of an attribute.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) simple: Simple,
}

impl Attribute {
    pub(crate) const fn required(name: &'static str, simple: Simple) -> Self {
        Self { name, required: true, simple }
    }

    pub(crate) const fn optional(name: &'static str, simple: Simple) -> Self {
        Self { name, required: false, simple }
    }
}

/// In which namespace the elements below the root are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// In the root's.
    Qualified,
    /// In the root's or in none, the whole document alike (SD-35).
    Either,
}
