//! What holds for all values and all octets.

use bytes::Bytes;
use dcerpc::ndr::{Conformant, Format, WideString};
use dcerpc::{ByteOrder, ContextHandle, TransferSyntax};
use mspan::method::{Field, FieldKind, FieldName, In, Out, field_names};
use mspan::{Hresult, Method, NotificationType};
use proptest::prelude::*;
use uuid::Uuid;

fn format() -> impl Strategy<Value = Format> {
    let syntax = prop_oneof![Just(TransferSyntax::Ndr), Just(TransferSyntax::Ndr64)];
    let order = prop_oneof![Just(ByteOrder::Little), Just(ByteOrder::Big)];
    (syntax, order).prop_map(|(syntax, order)| Format::new(syntax, order))
}

fn method() -> impl Strategy<Value = Method> {
    prop::sample::select(Method::ALL.to_vec())
}

fn handle() -> impl Strategy<Value = ContextHandle> {
    (any::<u32>(), any::<u128>())
        .prop_map(|(attributes, uuid)| ContextHandle { attributes, uuid: Uuid::from_u128(uuid) })
}

fn octets() -> impl Strategy<Value = Bytes> {
    prop::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from)
}

fn wide_string() -> impl Strategy<Value = WideString> {
    (any::<u32>(), any::<u32>(), prop::collection::vec(any::<u16>(), 0..20)).prop_map(|(max_count, offset, units)| {
        WideString { max_count: max_count.into(), offset: offset.into(), actual_count: units.len() as u64, units }
    })
}

/// Any value of a parameter that can be read back: elements as many as counted.
fn field(name: &'static FieldName) -> BoxedStrategy<(&'static str, Field)> {
    let uuid = || any::<u128>().prop_map(|uuid| NotificationType(Uuid::from_u128(uuid)));
    let value = match name.kind {
        FieldKind::Handle => handle().prop_map(Field::Handle).boxed(),
        FieldKind::Handles => prop::option::of(prop::collection::vec(handle(), 0..4))
            .prop_map(|handles| Field::Handles(handles.map(Conformant::from)))
            .boxed(),
        FieldKind::Number => any::<u32>().prop_map(Field::Number).boxed(),
        FieldKind::Type if name.nullable => prop::option::of(uuid()).prop_map(Field::Type).boxed(),
        FieldKind::Type => uuid().prop_map(|uuid| Field::Type(Some(uuid))).boxed(),
        FieldKind::Octets => {
            prop::option::of(octets()).prop_map(|octets| Field::Octets(octets.map(Conformant::from))).boxed()
        }
        FieldKind::Text => prop::option::of(wide_string()).prop_map(Field::Text).boxed(),
        FieldKind::Status => any::<u32>().prop_map(|status| Field::Status(Hresult(status))).boxed(),
    };
    value.prop_map(move |value| (name.name, value)).boxed()
}

fn fields(names: &'static [FieldName]) -> Vec<BoxedStrategy<(&'static str, Field)>> {
    names.iter().map(field).collect()
}

fn input() -> impl Strategy<Value = In> {
    method().prop_flat_map(|method| {
        fields(field_names(method).0).prop_map(move |fields| In::from_fields(method, fields).unwrap())
    })
}

fn output() -> impl Strategy<Value = Out> {
    method().prop_flat_map(|method| {
        fields(field_names(method).1).prop_map(move |fields| Out::from_fields(method, fields).unwrap())
    })
}

proptest! {
    #[test]
    fn input_comes_back(input in input(), format in format()) {
        let decoded = In::decode(input.method(), input.encode(format), format).unwrap();
        prop_assert_eq!(&decoded.value, &input);
        prop_assert_eq!(In::from_fields(input.method(), input.fields()), Ok(input));
    }

    #[test]
    fn output_comes_back(output in output(), format in format()) {
        let decoded = Out::decode(output.method(), output.encode(format), format).unwrap();
        prop_assert_eq!(&decoded.value, &output);
        prop_assert_eq!(Out::from_fields(output.method(), output.fields()), Ok(output));
    }

    #[test]
    fn arbitrary_octets_are_read_or_refused(
        octets in prop::collection::vec(prop_oneof![3 => Just(0_u8), 1 => 1..4_u8, 1 => any::<u8>()], 0..120),
        method in method(),
        format in format(),
    ) {
        let octets = Bytes::from(octets);
        if let Ok(decoded) = In::decode(method, octets.clone(), format) {
            let again = In::decode(method, decoded.value.encode(format), format).unwrap();
            prop_assert_eq!(again, decoded);
        }
        if let Ok(decoded) = Out::decode(method, octets, format) {
            let again = Out::decode(method, decoded.value.encode(format), format).unwrap();
            prop_assert_eq!(again.value, decoded.value);
        }
    }

    #[test]
    fn a_stub_cut_short_is_refused(input in input(), format in format(), cut in 1..40_usize) {
        let stub = input.encode(format);
        let short = stub.slice(..stub.len().saturating_sub(cut));
        if short.len() < stub.len() {
            let error = In::decode(input.method(), short.clone(), format).unwrap_err();
            prop_assert!(error.offset() <= short.len());
        }
    }
}
