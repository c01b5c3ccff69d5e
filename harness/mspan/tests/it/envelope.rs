//! Envelopes of changes in the actions of Windows' balloons.

use mspan::printer_configuration::{Change, Envelope, read_envelope};
use proptest::prelude::*;
use rstest::rstest;

fn envelope(printer: &str, reason: &str, detail: &str, changes: Vec<Change>) -> Envelope {
    let value = |text: &str| Some(text.to_owned()).filter(|text| text != "-");
    Envelope { printer: value(printer), reason: value(reason), detail: value(detail), changes }
}

fn change(name: &str, values: &[&str]) -> Change {
    let name = Some(name.to_owned()).filter(|name| name != "-");
    Change { name, values: values.iter().map(|value| (*value).to_owned()).collect() }
}

/// `-` stands for what is absent.
#[rstest]
#[case::bare("<Envelope/>", envelope("-", "-", "-", vec![]))]
#[case::attributes(r#"<Envelope printer="p" reason="r" detail="d"/>"#, envelope("p", "r", "d", vec![]))]
#[case::other_order(r#"<Envelope detail="d" printer="p"/>"#, envelope("p", "-", "d", vec![]))]
#[case::empty_attribute(r#"<Envelope printer=""/>"#, envelope("", "-", "-", vec![]))]
#[case::references(r#"<Envelope printer="a&amp;b&#x20AC;"/>"#, envelope("a&b€", "-", "-", vec![]))]
#[case::other_attributes(r#"<Envelope Printer="p" mode="m"/>"#, envelope("-", "-", "-", vec![]))]
#[case::space_around(" \r\n<Envelope printer=\"p\"/>\t", envelope("p", "-", "-", vec![]))]
#[case::declaration(r#"<?xml version="1.0"?><Envelope printer="p"/>"#, envelope("p", "-", "-", vec![]))]
#[case::entity(r#"<!DOCTYPE a [<!ENTITY e "p">]><Envelope printer="&e;"/>"#, envelope("p", "-", "-", vec![]))]
#[case::any_namespace(r#"<Envelope xmlns="urn:a" printer="p"/>"#, envelope("p", "-", "-", vec![]))]
#[case::prefixed(r#"<e:Envelope xmlns:e="urn:a" printer="p"/>"#, envelope("p", "-", "-", vec![]))]
#[case::one_change(
    r#"<Envelope><Schema name="\Printer.A:B"><BIDI_INT>2</BIDI_INT></Schema></Envelope>"#,
    envelope("-", "-", "-", vec![change(r"\Printer.A:B", &["BIDI_INT"])])
)]
#[case::in_order(
    r#"<Envelope><Schema name="b"><BIDI_BOOL/></Schema>text<Other/><Schema name="a"/></Envelope>"#,
    envelope("-", "-", "-", vec![change("b", &["BIDI_BOOL"]), change("a", &[])])
)]
#[case::nameless(
    "<Envelope><Schema><BIDI_INT/><BIDI_STRING/></Schema></Envelope>",
    envelope("-", "-", "-", vec![change("-", &["BIDI_INT", "BIDI_STRING"])])
)]
#[case::deeper("<Envelope><v1><Schema name=\"a\"/></v1></Envelope>", envelope("-", "-", "-", vec![]))]
#[case::other_case("<Envelope><schema name=\"a\"/></Envelope>", envelope("-", "-", "-", vec![]))]
fn an_envelope_is_read(#[case] text: &str, #[case] expected: Envelope) {
    assert_eq!(read_envelope(text), Ok(expected));
}

#[rstest]
#[case::nothing("", "")]
#[case::words("a change", "a change")]
#[case::another_root("<Letter/>", "<Letter>")]
#[case::other_case("<envelope/>", "<envelope>")]
#[case::inside("<a><Envelope/></a>", "<a>")]
#[case::not_closed(r#"<Envelope printer="p">"#, "<Envelope printer=")]
#[case::two_roots("<Envelope/><Envelope/>", "<Envelope/><Envelope/>")]
#[case::twice_the_same(r#"<Envelope printer="a" printer="b"/>"#, "<Envelope printer=")]
#[case::unknown_entity(r#"<Envelope printer="&e;"/>"#, "<Envelope printer=")]
#[case::zero("<Envelope printer=\"\0\"/>", "<Envelope printer=")]
fn what_is_none_is_told(#[case] text: &str, #[case] told: &str) {
    let why = read_envelope(text).unwrap_err();
    assert!(why.contains(&told.replace('"', "\\\"")) || why.contains(told), "{why}");
}

/// One value of a type of 2.2.8.1.2, and a name.
#[rstest]
#[case(change("a", &["BIDI_STRING"]), true)]
#[case(change("a", &["BIDI_TEXT"]), true)]
#[case(change("a", &["BIDI_ENUM"]), true)]
#[case(change("a", &["BIDI_INT"]), true)]
#[case(change("a", &["BIDI_FLOAT"]), true)]
#[case(change("a", &["BIDI_BOOL"]), true)]
#[case(change("a", &["BIDI_BLOB"]), true)]
#[case(change("", &["BIDI_INT"]), true)]
#[case(change("-", &["BIDI_INT"]), false)]
#[case(change("a", &[]), false)]
#[case(change("a", &["BIDI_INT", "BIDI_INT"]), false)]
#[case(change("a", &["bidi_int"]), false)]
#[case(change("a", &["INT"]), false)]
fn a_whole_change_has_a_name_and_one_value(#[case] change: Change, #[case] whole: bool) {
    assert_eq!(change.is_whole(), whole);
}

/// Text of a document or attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// Text that attributes keep as it is.
fn value() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[ -~äß€😀]{0,12}")
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = (value(), prop::collection::vec("[A-Z][A-Z_]{0,8}", 0..3));
    prop::collection::vec(change.prop_map(|(name, values)| Change { name, values }), 0..4)
}

fn written(envelope: &Envelope) -> String {
    let attribute = |name: &str, value: &Option<String>| {
        value.as_ref().map_or_else(String::new, |value| format!(" {name}=\"{}\"", escaped(value)))
    };
    let changes = envelope.changes.iter().map(|change| {
        let values: String = change.values.iter().map(|value| format!("<{value}>1</{value}>")).collect();
        format!("<Schema{}>{values}</Schema>", attribute("name", &change.name))
    });
    let head = [("printer", &envelope.printer), ("reason", &envelope.reason), ("detail", &envelope.detail)];
    let head: String = head.iter().map(|(name, value)| attribute(name, value)).collect();
    format!("<Envelope{head}>{}</Envelope>", changes.collect::<String>())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_was_written_is_read(printer in value(), reason in value(), detail in value(), changes in changes()) {
        let envelope = Envelope { printer, reason, detail, changes };
        prop_assert_eq!(read_envelope(&written(&envelope)), Ok(envelope));
    }

    /// Nothing that a server sends breaks the reader, and what it says of it is short.
    #[test]
    fn anything_is_read_or_refused(text in prop_oneof![".{0,60}", "[<>/&;\"= A-Za-z!\\[\\]-]{0,60}", "<Envelope.{0,40}"]) {
        if let Err(why) = read_envelope(&text) {
            prop_assert!(why.len() < 1_000, "{}", why);
        }
    }

    #[test]
    fn half_an_envelope_is_refused(changes in changes(), cut in any::<prop::sample::Index>()) {
        let text = written(&Envelope { printer: Some("p".into()), reason: None, detail: None, changes });
        let at = (0..cut.index(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        prop_assert!(read_envelope(&text[..at]).is_err(), "{}", &text[..at]);
    }
}
