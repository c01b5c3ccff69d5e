//! Documents that fill their buffer and are read without tolerance.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use roxmltree::Node;

use super::{Assessment, Breach, Element, Family, Form, Gravity, Markup, Text, Validator};

/// Reads and judges such a document.
pub(crate) fn read_plain<T>(
    octets: &[u8],
    family: &'static Family,
    form: Form,
    root: &Element,
    meaning: fn(Node<'_, '_>) -> Option<T>,
) -> Assessment<T> {
    let text = match Text::decode(octets, family) {
        Ok(text) => text,
        Err(breach) => return assessment(None, vec![breach], Vec::new()),
    };
    let mut breaches = text.breaches.clone();
    match Markup::parse(&text, family) {
        Ok((markup, found)) => {
            breaches.extend(found);
            breaches.extend(ending(&text, family));
            let validated = Validator::new(&text, family, form, false).document(markup.root(), root);
            breaches.extend(validated.breaches);
            assessment(meaning(markup.root()), breaches, validated.elements.into_iter().collect())
        }
        Err(found) => {
            breaches.extend(found);
            assessment(None, breaches, Vec::new())
        }
    }
}

fn assessment<T>(meaning: Option<T>, breaches: Vec<Breach>, elements: Vec<&'static str>) -> Assessment<T> {
    let intolerable = breaches.iter().filter(|breach| breach.gravity == Gravity::Must).cloned().collect();
    Assessment { meaning, breaches, intolerable, leniencies: Vec::new(), elements }
}

/// None or one U+0000 behind the document (SD-32).
fn ending(text: &Text<'_>, family: &Family) -> Option<Breach> {
    let tail = text.tail?;
    let (gravity, actual) = match tail {
        [] => (Gravity::Note, "one U+0000 behind it (SD-32)".into()),
        _ => (Gravity::Must, format!("U+0000 and {} octets behind it", tail.len())),
    };
    let at = text.position(text.text.len());
    Some(Breach { rule: family.encoding, gravity, in_schema: false, at, expected: "the document alone".into(), actual })
}
