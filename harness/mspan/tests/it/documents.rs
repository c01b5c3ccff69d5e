//! Documents: tables with the verdicts that they earn, schema validity as xmllint told it (`ci/xmllint` compares).

use std::collections::BTreeSet;

use mspan::async_ui::{self, NotificationKind, Reply};
use mspan::document::{Assessment, Gravity, RULES, Verdict, rule};
use mspan::printer_configuration;
use proptest::prelude::*;
use rstest::rstest;

/// A document of a table.
struct Document {
    name: &'static str,
    xmllint: &'static str,
    breaks: BTreeSet<&'static str>,
    verdict: Verdict,
    leniencies: Vec<&'static str>,
    text: &'static str,
}

fn documents(table: &'static str) -> Vec<Document> {
    let entries = table.strip_prefix("## ").unwrap().split("\n## ");
    entries
        .map(|entry| {
            let (head, text) = entry.split_once("\n\n").unwrap();
            let mut lines = head.lines();
            let name = lines.next().unwrap();
            let mut field = |key| lines.next().and_then(|line| line.strip_prefix(key)).unwrap_or_default();
            let xmllint = field("xmllint: ");
            assert!(!xmllint.is_empty(), "{name}: no verdict of xmllint");
            let breaks = words(field("breaks: ")).collect();
            let verdict = match field("verdict: ") {
                "valid" => Verdict::Valid,
                "tolerable" => Verdict::Tolerable,
                other => {
                    assert_eq!(other, "invalid", "{name}");
                    Verdict::Invalid
                }
            };
            let leniencies = words(field("leniencies: ")).collect();
            let text = text.strip_suffix('\n').unwrap_or(text);
            Document { name, xmllint, breaks, verdict, leniencies, text }
        })
        .collect()
}

fn words(line: &'static str) -> impl Iterator<Item = &'static str> {
    line.split(' ').filter(|word| *word != "none")
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The words for what it breaks: ids, with the gravity behind the id where it is no MUST.
fn broken<T>(assessment: &Assessment<T>) -> BTreeSet<&str> {
    let words = assessment.breaches.iter().flat_map(|breach| {
        let gravity = match breach.gravity {
            Gravity::Must => None,
            Gravity::Should => Some("should"),
            Gravity::Note => Some("note"),
        };
        [Some(breach.rule), gravity].into_iter().flatten()
    });
    words.collect()
}

fn check<T>(documents: Vec<Document>, read: fn(&[u8]) -> Assessment<T>) {
    let mut complaints = Vec::new();
    for document in documents {
        let assessment = read(&utf16(document.text));
        let breaches: Vec<_> = assessment.breaches.iter().map(ToString::to_string).collect();
        let mut complain = |what: String| complaints.push(format!("{}: {what}; {breaches:#?}", document.name));
        let schema = match assessment.is_schema_valid() {
            _ if assessment.breaches.iter().any(|breach| breach.rule.ends_with("-01")) => "malformed",
            true => "valid",
            false => "invalid",
        };
        // In brackets stands why xmllint is not followed.
        if !document.xmllint.contains('(') && schema != document.xmllint {
            complain(format!("by the schema {schema}, by xmllint {}", document.xmllint));
        }
        if broken(&assessment) != document.breaks {
            complain(format!("breaks {:?}, expected {:?}", broken(&assessment), document.breaks));
        }
        if assessment.verdict() != document.verdict {
            complain(format!(
                "{:?}, expected {:?}: {:#?}",
                assessment.verdict(),
                document.verdict,
                assessment.intolerable
            ));
        }
        if assessment.leniencies != document.leniencies {
            complain(format!("tolerance by {:?}, expected {:?}", assessment.leniencies, document.leniencies));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn notifications() {
    check(documents(include_str!("../documents/notifications.txt")), async_ui::read_notification);
}

#[test]
fn replies() {
    check(documents(include_str!("../documents/replies.txt")), async_ui::read_reply);
}

#[test]
fn configurations() {
    check(documents(include_str!("../documents/configurations.txt")), printer_configuration::read_notification);
}

/// The first document of a table.
fn first(table: &'static str) -> &'static str {
    documents(table)[0].text
}

fn balloon() -> Vec<u8> {
    utf16(first(include_str!("../documents/notifications.txt")))
}

fn custom_data() -> Vec<u8> {
    let text = r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen><customData dll="a.dll" entrypoint="E" bidi="true"/></requestOpen></v1></asyncPrintUIRequest>"#;
    utf16(text)
}

fn with(mut octets: Vec<u8>, tail: &[u8]) -> Vec<u8> {
    octets.extend_from_slice(tail);
    octets
}

fn behind(head: &[u8], octets: impl AsRef<[u8]>) -> Vec<u8> {
    with(head.to_vec(), octets.as_ref())
}

/// The same text with something in front of its last element's end, as octets.
fn inside(octets: &[u8], unit: [u8; 2]) -> Vec<u8> {
    let (front, back) = octets.split_at(octets.len() - 20);
    [front, &unit, back].concat()
}

#[rstest]
#[case::plain(balloon(), &[])]
#[case::byte_order_mark(behind(&[0xFF, 0xFE], balloon()), &["X-REQ-02", "note"])]
#[case::terminated(with(balloon(), &[0, 0]), &["X-REQ-02", "note"])]
#[case::terminated_twice(with(balloon(), &[0, 0, 0, 0]), &["X-REQ-02"])]
#[case::data_behind(with(balloon(), &[0, 0, 7]), &["X-REQ-02"])]
#[case::odd(with(balloon(), b"x"), &["X-REQ-02"])]
#[case::big_endian_mark(behind(&[0xFE, 0xFF], balloon()), &["X-REQ-02"])]
#[case::big_endian(balloon().chunks(2).flat_map(|unit| [unit[1], unit[0]]).collect(), &["X-REQ-02"])]
#[case::utf_8(first(include_str!("../documents/notifications.txt")).as_bytes().to_vec(), &["X-REQ-02"])]
#[case::utf_8_mark(b"\xEF\xBB\xBF<a/>".to_vec(), &["X-REQ-02"])]
#[case::unpaired_surrogate(behind(&utf16("<!--"), behind(&[0, 0xD8], behind(&utf16("-->"), balloon()))), &["X-REQ-02"])]
#[case::paired_surrogates(behind(&utf16("<!--\u{1F5A8}-->"), balloon()), &[])]
#[case::declared_utf_8(behind(&utf16(r#"<?xml version="1.0" encoding="UTF-8"?>"#), balloon()), &["X-REQ-02", "should"])]
#[case::declared_utf_16le(behind(&utf16("<?xml version='1.0' encoding='utf-16le' ?>"), balloon()), &[])]
#[case::control_character(inside(&balloon(), [1, 0]), &["X-REQ-01", "X-REQ-03"])]
#[case::no_character(inside(&balloon(), [0xFE, 0xFF]), &["X-REQ-01", "X-REQ-03"])]
#[case::nul_inside(inside(&balloon(), [0, 0]), &["X-REQ-01", "X-REQ-03"])]
#[case::empty(Vec::new(), &["X-REQ-01"])]
#[case::custom_data(with(custom_data(), &[0, 0, 0, 0xFF, 0x0A]), &[])]
#[case::custom_data_without_data(with(custom_data(), &[0, 0]), &["X-REQ-51", "should"])]
#[case::custom_data_without_terminator(custom_data(), &["X-REQ-47"])]
fn buffers(#[case] octets: Vec<u8>, #[case] expected: &[&str]) {
    let assessment = async_ui::read_notification(&octets);
    assert_eq!(broken(&assessment), expected.iter().copied().collect(), "{:#?}", assessment.breaches);
    assert_eq!(
        assessment.verdict() == Verdict::Valid,
        expected.is_empty() || expected.len() == 2 && !expected[1].contains('-')
    );
}

#[rstest]
#[case::reply(async_ui::read_reply(&with(utf16(first(include_str!("../documents/replies.txt"))), &[0, 0])).breaches, "X-RSP-02", Gravity::Note)]
#[case::reply_odd(async_ui::read_reply(&with(utf16(first(include_str!("../documents/replies.txt"))), &[0])).breaches, "X-RSP-02", Gravity::Must)]
#[case::configuration(printer_configuration::read_notification(&with(utf16(first(include_str!("../documents/configurations.txt"))), &[0, 0, 0])).breaches, "X-CFG-02", Gravity::Must)]
fn buffers_of_others(#[case] breaches: Vec<mspan::document::Breach>, #[case] rule: &str, #[case] gravity: Gravity) {
    assert_eq!(breaches.iter().map(|breach| (breach.rule, breach.gravity)).collect::<Vec<_>>(), [(rule, gravity)]);
}

#[test]
fn places_are_told_in_the_buffer_and_in_the_text() {
    let text = "<asyncPrintUIRequest\n xmlns=\"http://schemas.microsoft.com/2003/print/asyncui/v1/request\"><!--\u{1F5A8}-->\n  <v2/></asyncPrintUIRequest>";
    let octets = behind(&[0xFF, 0xFE], utf16(text));
    let assessment = async_ui::read_notification(&octets);
    let breach = assessment.of_rule("X-REQ-06").next().unwrap();
    assert_eq!((breach.at.line, breach.at.column), (3, 3));
    assert_eq!(octets[breach.at.offset..][..6], *b"<\0v\x002\0");
}

#[test]
fn what_documents_say() {
    let read = |name: &str| {
        let all = documents(include_str!("../documents/notifications.txt"));
        let document = all.into_iter().find(|document| document.name == name).unwrap();
        async_ui::read_notification(&utf16(document.text)).meaning.unwrap()
    };
    let values = |name: &str| read(name).buttons.into_iter().map(|button| button.value).collect::<Vec<_>>();
    assert_eq!(read("balloon").kind, NotificationKind::Balloon);
    assert_eq!(values("message box with everything"), ["1", "2", "3", "-7", "12"]);
    assert_eq!(values("all tolerances at once"), ["7"]);
    assert_eq!(values("button of another word"), ["0"]);
    assert_eq!(values("button idok"), ["1"]);
    assert_eq!(read("custom UI with bidi TRUE").bidi, Some(true));
    assert_eq!(read("custom UI with bidi 1").bidi, Some(false));
    assert_eq!(read("custom UI without bidi").bidi, None);
    let custom = async_ui::read_notification(&with(custom_data(), &[0, 0, 0, 0xFF, 0x0A])).meaning.unwrap();
    assert_eq!((custom.kind, custom.binary), (NotificationKind::CustomData, vec![0, 0xFF, 0x0A]));
    let reply = |name: &str| {
        let all = documents(include_str!("../documents/replies.txt"));
        let document = all.into_iter().find(|document| document.name == name).unwrap();
        async_ui::read_reply(&utf16(document.text)).meaning.unwrap()
    };
    assert_eq!(reply("padded number"), Reply::MessageBox(Some("42".into())));
    assert_eq!(reply("custom UI reply"), Reply::CustomUi("a < b".into()));
}

#[test]
fn text_next_to_a_type_is_an_error_for_clients_alone() {
    let all = documents(include_str!("../documents/notifications.txt"));
    let document = all.into_iter().find(|document| document.name == "parameter with text and type").unwrap();
    let assessment = async_ui::read_notification(&utf16(document.text));
    assert_eq!((assessment.verdict(), assessment.is_error_for_clients()), (Verdict::Valid, true));
}

#[rstest]
#[case(100, Some("..."))]
#[case(102, Some("Document: %1\nPrinter: %2\nTime: %3\nTotal pages: %4"))]
#[case(2702, Some("%1!d! document(s) pending for %2"))]
#[case(133, None)]
fn strings_have_keys(#[case] key: u32, #[case] expected: Option<&str>) {
    assert_eq!(async_ui::default_string(key), expected);
    assert_eq!(async_ui::is_default_key(key), expected.is_some());
}

#[test]
fn all_default_strings_are_found() {
    let keys: Vec<u32> = (0..10_000).filter(|key| async_ui::is_default_key(*key)).collect();
    assert_eq!((keys.len(), keys.first(), keys.last()), (128, Some(&100), Some(&2703)));
    let tags: usize = keys.iter().map(|key| async_ui::replacement_tags(*key)).sum();
    assert_eq!(tags, 35);
}

/// What documents show and call, for who displays them.
#[test]
fn what_documents_show() {
    let read = |content: &str| {
        let document = format!(
            r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen>{content}</requestOpen></v1></asyncPrintUIRequest>"#
        );
        async_ui::read_notification(&utf16(&document)).meaning.unwrap()
    };
    let balloon = read(
        r#"<balloonUI><Title stringID="+0104" resourceDll="a.dll"><parameter type="PrinterName"/></Title><body>x<parameter>y</parameter></body><action dll="b.dll" entrypoint="Act">go</action></balloonUI>"#,
    );
    let title = balloon.title.unwrap();
    let resource = async_ui::StringResource { key: "104".into(), file: Some("a.dll".into()) };
    assert_eq!((title.resource, title.parameters), (Some(resource), vec![async_ui::Parameter::PrinterName]));
    let [body] = balloon.bodies.as_slice() else { panic!("{:?}", balloon.bodies) };
    assert_eq!(
        (body.text.as_str(), body.parameters.as_slice()),
        ("x", [async_ui::Parameter::Text("y".into())].as_slice())
    );
    let action = async_ui::EntryPoint { dll: "b.dll".into(), name: "Act".into(), argument: "go".into() };
    assert_eq!(balloon.entry_point, Some(action));
}

proptest! {
    /// Replies are read back as they were meant; characters that XML does not have are replaced.
    #[test]
    fn replies_are_valid_whatever_they_say(text in any::<String>(), id in any::<i32>()) {
        let assessment = async_ui::read_reply(&Reply::CustomUi(text.clone()).encode());
        prop_assert_eq!(&assessment.breaches, &[]);
        let known = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{1_0000}'..);
        let expected: String = text.chars().map(|c| if known(c) { c } else { '\u{FFFD}' }).collect();
        prop_assert_eq!(assessment.meaning, Some(Reply::CustomUi(expected)));
        let reply = Reply::MessageBox(Some(id.to_string()));
        let assessment = async_ui::read_reply(&reply.encode());
        prop_assert_eq!((assessment.breaches, assessment.meaning), (vec![], Some(reply)));
    }
}

/// Rules that one document alone does not decide, with where they are decided.
const ELSEWHERE: [&str; 6] = ["X-REQ-52", "X-REQ-53", "X-RSP-10", "X-RSP-12", "X-CFG-18", "X-CFG-19"];
/// Rules that nothing can break: text that is allowed, tolerance for whom it is due, and what is never tolerated.
const UNBREAKABLE: [&str; 3] = ["X-REQ-26", "X-LEN-10", "X-LEN-11"];

#[test]
fn every_rule_is_broken_by_a_document_of_the_tables() {
    let mut seen: BTreeSet<&str> = ["X-REQ-51", "X-LEN-12", "X-REQ-02", "X-RSP-02", "X-CFG-02"].into();
    let tables = [
        include_str!("../documents/notifications.txt"),
        include_str!("../documents/replies.txt"),
        include_str!("../documents/configurations.txt"),
    ];
    for document in tables.into_iter().flat_map(documents) {
        seen.extend(document.breaks.iter().chain(&document.leniencies).filter(|word| word.starts_with("X-")));
    }
    let silent = |id: &&str| !seen.contains(id) && !ELSEWHERE.contains(id) && !UNBREAKABLE.contains(id);
    let missing: Vec<_> = RULES.iter().map(|rule| rule.id).filter(silent).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(seen.iter().all(|id| rule(id).is_some()), "{seen:?}");
    assert_eq!(RULES.len(), 96);
}

/// Documents made of pieces that come near to the formats.
fn near_documents() -> impl Strategy<Value = Vec<u8>> {
    let pieces = proptest::sample::select(vec![
        "<",
        ">",
        "/>",
        "</",
        "&",
        ";",
        "&#",
        "\"",
        "'",
        "=",
        " ",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<!DOCTYPE a [",
        "]>",
        "<!ENTITY a '&a;&a;'>",
        "&a;",
        "<?xml version='1.0' encoding='",
        "?>",
        "asyncPrintUIRequest",
        "v1",
        "requestOpen",
        "messageBoxUI",
        "title",
        "buttons",
        "button",
        " buttonID='1'",
        " stringID=",
        "customData",
        " xmlns='http://schemas.microsoft.com/2003/print/asyncui/v1/request'",
        " xsi:type='x:y'",
        " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'",
        "Notification",
        "Schema",
        " name='\\P:Q'",
        "\u{1F5A8}",
        "\n",
        "x",
    ]);
    proptest::collection::vec(pieces, 0..60).prop_map(|pieces| utf16(&pieces.concat()))
}

proptest! {
    #[test]
    fn no_octets_make_reading_panic(octets in prop_oneof![proptest::collection::vec(any::<u8>(), 0..300), near_documents()]) {
        for breaches in [
            async_ui::read_notification(&octets).breaches,
            async_ui::read_reply(&octets).breaches,
            printer_configuration::read_notification(&octets).breaches,
        ] {
            prop_assert!(breaches.iter().all(|breach| breach.at.offset <= octets.len() && rule(breach.rule).is_some()));
        }
    }
}

#[test]
fn deep_and_long_documents_are_read_within_bounds() {
    let deep = utf16(&("<a>".repeat(100_000) + &"</a>".repeat(100_000)));
    assert!(async_ui::read_notification(&deep).of_rule("X-REQ-06").next().is_some());
    let wide = utf16(&format!("<a>{}</a>", "<b/>".repeat(300_000)));
    let breaches = async_ui::read_notification(&wide).breaches;
    assert_eq!(breaches.iter().map(|breach| breach.gravity).collect::<Vec<_>>(), [Gravity::Note]);
    let laughs = "<!DOCTYPE a [<!ENTITY a 'ha'>".to_owned()
        + &(b'b'..b'z')
            .map(|c| format!("<!ENTITY {0} '&{1};&{1};&{1};&{1};'>", char::from(c), char::from(c - 1)))
            .collect::<String>()
        + "]><a>&y;</a>";
    assert!(async_ui::read_notification(&utf16(&laughs)).of_rule("X-REQ-01").next().is_some());
}
