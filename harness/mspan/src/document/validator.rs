//! Elements and attributes by the tables of a grammar, strictly or with the tolerance of [MS-PAN] 3.2.3.4.1.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use roxmltree::Node;

use super::assessment::MOST_BREACHES;
use super::markup::Family;
use super::{Attribute, Breach, Content, Element, Form, Gravity, Particle, Simple, Text, trim};

/// The namespace of attributes that any document may have.
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// The namespace of XML Schema's own types.
const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// Validates one document.
#[derive(Debug)]
pub(crate) struct Validator<'a> {
    text: &'a Text<'a>,
    family: &'static Family,
    form: Form,
    /// Whether elements below the root are in its namespace, once one has shown it.
    qualified: Option<bool>,
    tolerant: bool,
    breaches: Vec<Breach>,
    leniencies: BTreeSet<&'static str>,
    elements: BTreeSet<&'static str>,
}

/// What came of validation.
#[derive(Clone, Debug)]
pub(crate) struct Validated {
    pub(crate) breaches: Vec<Breach>,
    pub(crate) leniencies: BTreeSet<&'static str>,
    pub(crate) elements: BTreeSet<&'static str>,
}

impl<'a> Validator<'a> {
    /// For one reading of a document.
    pub(crate) fn new(text: &'a Text<'a>, family: &'static Family, form: Form, tolerant: bool) -> Self {
        let (breaches, leniencies, elements) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        Self { text, family, form, qualified: None, tolerant, breaches, leniencies, elements }
    }

    /// Validates a document from its root.
    pub(crate) fn document(mut self, root: Node<'_, '_>, declared: &Element) -> Validated {
        if !self.is_named(root, declared.name) {
            let actual = format!("<{}>", root.tag_name().name());
            self.schema(declared.content_rule, root, format!("the root <{}>", declared.name), actual);
        }
        if root.tag_name().namespace() != Some(self.family.uri) {
            self.foreign(root);
        }
        self.element(root, declared);
        Validated { breaches: self.breaches, leniencies: self.leniencies, elements: self.elements }
    }

    /// Whether deviations are tolerated.
    pub(crate) fn is_tolerant(&self) -> bool {
        self.tolerant
    }

    /// Something that the prose says is broken.
    pub(crate) fn prose(
        &mut self,
        rule: &'static str,
        gravity: Gravity,
        node: Node<'_, '_>,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) {
        self.give(rule, gravity, false, node, expected.into(), actual.into());
    }

    fn schema(&mut self, rule: &'static str, node: Node<'_, '_>, expected: String, actual: String) {
        self.give(rule, Gravity::Must, true, node, expected, actual);
    }

    fn give(
        &mut self,
        rule: &'static str,
        gravity: Gravity,
        in_schema: bool,
        node: Node<'_, '_>,
        expected: String,
        actual: String,
    ) {
        if self.breaches.len() < MOST_BREACHES {
            let at = self.text.position(node.range().start);
            self.breaches.push(Breach { rule, gravity, in_schema, at, expected, actual });
        }
    }

    /// An element that has the right name.
    fn element(&mut self, node: Node<'_, '_>, declared: &Element) {
        self.elements.insert(declared.name);
        self.attributes(node, declared);
        let stray = match declared.content {
            Content::Empty => self.empty(node, declared),
            Content::Text(simple) => self.simple(node, declared, simple),
            Content::Mixed(particles) => {
                self.sequence(node, declared, particles);
                None
            }
            Content::Sequence(particles) => {
                self.sequence(node, declared, particles);
                stray_text(node, false)
            }
            Content::Choice(elements, most) => {
                self.choice(node, declared, elements, most);
                stray_text(node, false)
            }
        };
        if let Some(stray) = stray {
            let actual = format!("the text {:?}", shortened(stray.text().unwrap_or_default()));
            self.schema(declared.content_rule, stray, format!("no text in <{}>", declared.name), actual);
        }
        if let Some(prose) = declared.prose {
            prose(self, node);
        }
    }

    fn attributes(&mut self, node: Node<'_, '_>, declared: &Element) {
        let rule = declared.attributes_rule;
        for found in node.attributes() {
            let known = declared.attributes.iter().find(|known| known.name == found.name());
            match (found.namespace(), known) {
                (None, Some(known)) => self.value(node, rule, known, found.value()),
                (Some(XSI), _) if self.instance(node, declared, found.name(), found.value()) => {}
                _ if self.tolerant => {
                    self.leniencies.insert("X-LEN-04");
                }
                _ => {
                    let expected = format!("attributes of <{}> only", declared.name);
                    self.schema(rule, node, expected, format!("the attribute {}", found.name()));
                }
            }
        }
        for missing in
            declared.attributes.iter().filter(|known| known.required && attribute(node, known.name).is_none())
        {
            let expected = format!("the attribute {} of <{}>", missing.name, declared.name);
            self.schema(rule, node, expected, "none".into());
        }
    }

    /// Whether an attribute of XML Schema's own may stand there.
    fn instance(&self, node: Node<'_, '_>, declared: &Element, name: &str, value: &str) -> bool {
        match name {
            "schemaLocation" | "noNamespaceSchemaLocation" => true,
            "type" => {
                let (prefix, local) = trim(value).split_once(':').map_or((None, trim(value)), |(p, l)| (Some(p), l));
                let Content::Text(simple) = declared.content else { return false };
                let builtin = declared.attributes.is_empty() && simple.builtin() == Some(local);
                builtin && node.lookup_namespace_uri(prefix) == Some(XSD)
            }
            _ => self.tolerant,
        }
    }

    fn value(&mut self, node: Node<'_, '_>, rule: &'static str, known: &Attribute, value: &str) {
        if known.simple.accepts(value) {
            return;
        }
        match known.simple.leniency(value).filter(|_| self.tolerant) {
            Some(leniency) => {
                self.leniencies.insert(leniency);
                if matches!(leniency, "X-LEN-06" | "X-LEN-07") {
                    self.leniencies.insert("X-LEN-05");
                }
            }
            None => {
                let expected = format!("{} as {}", known.simple.words(), known.name);
                self.schema(rule, node, expected, format!("{:?}", shortened(value)));
            }
        }
    }

    /// Not even white space. Returns text that should not be there.
    fn empty<'n, 'i>(&mut self, node: Node<'n, 'i>, declared: &Element) -> Option<Node<'n, 'i>> {
        if let Some(child) = node.children().find(Node::is_element) {
            let actual = format!("<{}>", child.tag_name().name());
            self.schema(declared.content_rule, child, format!("nothing in <{}>", declared.name), actual);
        }
        stray_text(node, !self.tolerant)
    }

    fn simple<'n, 'i>(&mut self, node: Node<'n, 'i>, declared: &Element, simple: Simple) -> Option<Node<'n, 'i>> {
        if let Some(child) = node.children().find(Node::is_element) {
            let actual = format!("<{}>", child.tag_name().name());
            self.schema(declared.content_rule, child, format!("only text in <{}>", declared.name), actual);
            return None;
        }
        let text = own_text(node);
        if !simple.accepts(&text) {
            let expected = format!("{} in <{}>", simple.words(), declared.name);
            self.schema(declared.content_rule, node, expected, format!("{:?}", shortened(&text)));
        }
        None
    }

    fn sequence(&mut self, node: Node<'_, '_>, declared: &Element, particles: &'static [Particle]) {
        let children: Vec<Node<'_, '_>> = node.children().filter(Node::is_element).collect();
        let places: Vec<Option<usize>> = children.iter().map(|child| self.place(*child, particles)).collect();
        if let Some((at, actual)) = self.disorder(node, &children, &places, particles) {
            let model: Vec<String> =
                particles.iter().map(|part| format!("{}{}", part.element.name, part.mark())).collect();
            self.schema(declared.content_rule, at, format!("{} in <{}>", model.join(" "), declared.name), actual);
        }
        for (child, place) in children.into_iter().zip(places) {
            if let Some(particle) = place.and_then(|place| particles.get(place)) {
                self.child(child, particle.element);
            }
        }
    }

    fn place(&mut self, child: Node<'_, '_>, particles: &[Particle]) -> Option<usize> {
        particles.iter().position(|particle| self.is_named(child, particle.element.name))
    }

    /// The first child that does not fit into a content model, or the element itself where something is missing.
    fn disorder<'n, 'i>(
        &mut self,
        node: Node<'n, 'i>,
        children: &[Node<'n, 'i>],
        places: &[Option<usize>],
        particles: &[Particle],
    ) -> Option<(Node<'n, 'i>, String)> {
        let shown = |child: &Node<'_, '_>| format!("<{}>", child.tag_name().name());
        let mut counts: Vec<usize> = particles.iter().map(|_| 0).collect();
        let mut reached = 0;
        for (child, place) in children.iter().zip(places) {
            let Some(place) = *place else { return Some((*child, shown(child))) };
            if place < reached {
                if !self.tolerant {
                    return Some((*child, format!("{} out of order", shown(child))));
                }
                self.leniencies.insert("X-LEN-03");
            }
            reached = reached.max(place);
            let Some(count) = counts.get_mut(place) else { continue };
            *count = count.saturating_add(1);
            if particles.get(place).is_some_and(|particle| *count > particle.most) {
                return Some((*child, format!("{} once more", shown(child))));
            }
        }
        for (particle, _) in particles.iter().zip(counts).filter(|(particle, count)| *count < particle.least) {
            match particle.may_miss.filter(|_| self.tolerant) {
                Some(leniency) => {
                    self.leniencies.insert(leniency);
                }
                None => return Some((node, format!("no <{}>", particle.element.name))),
            }
        }
        None
    }

    fn choice(&mut self, node: Node<'_, '_>, declared: &Element, elements: &'static [&'static Element], most: usize) {
        let mut count = 0_usize;
        let mut excess = None;
        for child in node.children().filter(Node::is_element) {
            count = count.saturating_add(1);
            match elements.iter().find(|element| self.is_named(child, element.name)) {
                Some(element) => self.child(child, element),
                None => excess = excess.or(Some(child)),
            }
            if count > most {
                excess = excess.or(Some(child));
            }
        }
        if count > 0 && excess.is_none() {
            return;
        }
        let names: Vec<&str> = elements.iter().map(|element| element.name).collect();
        let number = if most == 1 { "exactly one" } else { "some" };
        let expected = format!("{number} of {} in <{}>", names.join(", "), declared.name);
        match excess {
            Some(child) => {
                self.schema(declared.content_rule, child, expected, format!("<{}>", child.tag_name().name()));
            }
            None => self.schema(declared.content_rule, node, expected, "none".into()),
        }
    }

    fn child(&mut self, child: Node<'_, '_>, declared: &Element) {
        let qualified = child.tag_name().namespace() == Some(self.family.uri);
        let fits = match (self.form, child.tag_name().namespace()) {
            (Form::Either, None) => self.qualified != Some(true),
            (Form::Either, Some(_)) => qualified && self.qualified != Some(false),
            (Form::Qualified, _) => qualified,
        };
        self.qualified = self.qualified.or(Some(qualified));
        if !fits {
            self.foreign(child);
        }
        self.element(child, declared);
    }

    fn foreign(&mut self, node: Node<'_, '_>) {
        let actual = match node.tag_name().namespace() {
            Some(uri) => format!("<{}> in {}", node.tag_name().name(), shortened(uri)),
            None => format!("<{}> in none", node.tag_name().name()),
        };
        let expected = match self.form {
            Form::Qualified => format!("the namespace {}", self.family.uri),
            Form::Either => format!("the namespace {}, or below the root none at all", self.family.uri),
        };
        self.schema(self.family.namespace, node, expected, actual);
    }

    fn is_named(&mut self, node: Node<'_, '_>, name: &str) -> bool {
        let own = node.tag_name().name();
        if own == name {
            return true;
        }
        let alike = self.tolerant && own.eq_ignore_ascii_case(name);
        if alike {
            self.leniencies.insert("X-LEN-01");
        }
        alike
    }
}

/// The value of an attribute that is in no namespace.
pub(crate) fn attribute<'n>(node: Node<'n, '_>, name: &str) -> Option<&'n str> {
    node.attributes().find(|found| found.namespace().is_none() && found.name() == name).map(|found| found.value())
}

/// The text of an element itself, without that of its children.
pub(crate) fn own_text(node: Node<'_, '_>) -> String {
    node.children().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

fn stray_text<'n, 'i>(node: Node<'n, 'i>, white_space_too: bool) -> Option<Node<'n, 'i>> {
    let is_stray = |text: &str| white_space_too && !text.is_empty() || !trim(text).is_empty();
    node.children().filter(Node::is_text).find(|child| child.text().is_some_and(is_stray))
}

/// Enough of a value to know it.
pub(crate) fn shortened(value: &str) -> String {
    const LONGEST: usize = 80;
    if value.chars().nth(LONGEST).is_none() {
        return value.into();
    }
    value.chars().take(LONGEST).chain("…".chars()).collect()
}
