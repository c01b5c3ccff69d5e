//! Parameters by name.

use bytes::Bytes;
use mspan::method::{Field, FieldError, FieldKind, GetNotificationSendResponseIn, In, field_names};
use mspan::{Method, NotificationType};
use rstest::rstest;
use std::fmt::Write as _;

#[test]
fn every_parameter_has_the_name_of_the_idl() {
    let mut text = String::new();
    for method in Method::ALL {
        let (inputs, outputs) = field_names(method);
        writeln!(text, "{method}").unwrap();
        for (direction, names) in [("in", inputs), ("out", outputs)] {
            for name in names {
                let null = if name.nullable { " or NULL" } else { "" };
                let values: Vec<_> = name.values.iter().map(|(value, number)| format!(" {value}={number}")).collect();
                writeln!(text, "    {direction} {}: {:?}{null}{}", name.name, name.kind, values.concat()).unwrap();
            }
        }
    }
    insta::assert_snapshot!(text);
}

fn data(octets: &'static [u8]) -> Field {
    Field::Octets(Some(Bytes::from_static(octets).into()))
}

#[rstest]
#[case::length_by_default(vec![("pInNotificationData", data(b"abc"))], 3)]
#[case::given_after(vec![("pInNotificationData", data(b"abc")), ("InSize", Field::Number(9))], 9)]
#[case::given_before(vec![("InSize", Field::Number(9)), ("pInNotificationData", data(b"abc"))], 9)]
#[case::null(vec![("pInNotificationData", Field::Octets(None))], 0)]
fn size_is_the_length_unless_given(#[case] fields: Vec<(&str, Field)>, #[case] expected: u32) {
    let input = In::from_fields(Method::GetNotificationSendResponse, fields).unwrap();
    let In::GetNotificationSendResponse(GetNotificationSendResponseIn { in_size, .. }) = input else { panic!() };
    assert_eq!(in_size, expected);
}

#[rstest]
#[case::unknown("pName", Field::Text(None), FieldError::Unknown {
    known: vec!["pChannel", "pInNotificationType", "InSize", "pReason"],
})]
#[case::kind("InSize", Field::Type(None), FieldError::Kind {
    name: "InSize",
    expected: FieldKind::Number,
    actual: FieldKind::Type,
})]
#[case::null("pInNotificationType", Field::Type(None), FieldError::Null { name: "pInNotificationType" })]
fn what_does_not_fit_is_refused(#[case] name: &str, #[case] value: Field, #[case] expected: FieldError) {
    assert_eq!(In::new(Method::CloseChannel).set(name, value), Err(expected));
}

#[test]
fn a_reference_pointer_takes_a_value() {
    let mut input = In::new(Method::CloseChannel);
    input.set("pInNotificationType", Field::Type(Some(NotificationType::RELEASE))).unwrap();
    assert_eq!(input.fields()[1], ("pInNotificationType", Field::Type(Some(NotificationType::RELEASE))));
}
