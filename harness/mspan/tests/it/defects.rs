//! Stubs that break an encoding rule: the value is read, and the rule named.

use bytes::Bytes;
use dcerpc::ndr::{Conformant, Format, WideString, rule};
use dcerpc::{ByteOrder, ContextHandle, DecodeError, TransferSyntax};
use mspan::method::{
    CloseChannelIn, GetNewChannelOut, GetNotificationOut, GetNotificationSendResponseIn, In, Out, RegisterClientIn,
    UnregisterClientOut,
};
use mspan::{Hresult, Method};
use rstest::rstest;

const FORMATS: [Format; 4] = [
    Format::new(TransferSyntax::Ndr, ByteOrder::Little),
    Format::new(TransferSyntax::Ndr, ByteOrder::Big),
    Format::new(TransferSyntax::Ndr64, ByteOrder::Little),
    Format::new(TransferSyntax::Ndr64, ByteOrder::Big),
];

fn named(name: WideString) -> In {
    In::RegisterClient(RegisterClientIn { name: Some(name), ..Default::default() })
}

fn closing(in_size: u32, reason: Option<&'static [u8]>) -> In {
    let reason = reason.map(|octets| Bytes::from_static(octets).into());
    In::CloseChannel(CloseChannelIn { in_size, reason, ..Default::default() })
}

fn responding(in_size: u32, data: Option<&'static [u8]>) -> In {
    let notification_data = data.map(|octets| Bytes::from_static(octets).into());
    In::GetNotificationSendResponse(GetNotificationSendResponseIn { in_size, notification_data, ..Default::default() })
}

#[rstest]
#[case::well_formed(named(WideString::new("\\\\server\\printer")), &[])]
#[case::larger_buffer(named(WideString { max_count: 9, ..WideString::new("a") }), &[])]
#[case::actual_count_above_max_count(
    named(WideString { max_count: 1, ..WideString::new("ab") }),
    &[rule::MAX_COUNT_COVERS_ACTUAL_COUNT],
)]
#[case::offset(named(WideString { max_count: 9, offset: 1, ..WideString::new("ab") }), &[rule::OFFSET_IS_ZERO])]
#[case::offset_beyond_max_count(
    named(WideString { offset: 0xFFFF_FFFF, ..WideString::new("ab") }),
    &[rule::OFFSET_IS_ZERO, rule::MAX_COUNT_COVERS_ACTUAL_COUNT],
)]
#[case::no_terminator(
    named(WideString { max_count: 1, offset: 0, actual_count: 1, units: vec![0x61] }),
    &[rule::STRING_IS_TERMINATED],
)]
#[case::no_character(
    named(WideString { max_count: 0, offset: 0, actual_count: 0, units: vec![] }),
    &[rule::STRING_IS_TERMINATED],
)]
#[case::too_many(named(WideString { max_count: 0x8000_0000, ..WideString::new("a") }), &[rule::COUNT_IS_LIMITED])]
#[case::reason(closing(3, Some(b"abc")), &[])]
#[case::no_reason(closing(0, None), &[])]
#[case::empty_reason(closing(0, Some(b"")), &[])]
#[case::reason_shorter(closing(4, Some(b"abc")), &[rule::MAX_COUNT_EQUALS_SIZE])]
#[case::reason_missing(closing(4, None), &[rule::SIZED_ARRAY_IS_PRESENT])]
#[case::data_longer(responding(8, Some(b"0123456789abcdef")), &[rule::MAX_COUNT_EQUALS_SIZE])]
#[case::data_missing(responding(1, None), &[rule::SIZED_ARRAY_IS_PRESENT])]
fn input_breaks(#[case] input: In, #[case] rules: &[&str]) {
    for format in FORMATS {
        let decoded = In::decode(input.method(), input.encode(format), format).unwrap();
        assert_eq!(decoded.value, input);
        assert_eq!(decoded.defects.iter().map(|defect| defect.rule).collect::<Vec<_>>(), rules, "{format:?}");
    }
}

fn delivered(out_size: u32, data: Option<&'static [u8]>) -> Out {
    let notification_data = data.map(|octets| Bytes::from_static(octets).into());
    Out::GetNotification(GetNotificationOut { out_size, notification_data, ..Default::default() })
}

fn channels(no_of_channels: u32, handles: Option<Vec<ContextHandle>>) -> Out {
    let channel_ctxt = handles.map(Conformant::from);
    Out::GetNewChannel(GetNewChannelOut { no_of_channels, channel_ctxt, ..Default::default() })
}

#[rstest]
#[case::data(delivered(3, Some(b"abc")), &[])]
#[case::data_shorter(delivered(4, Some(b"abc")), &[rule::MAX_COUNT_EQUALS_SIZE])]
#[case::data_missing(delivered(4, None), &[rule::SIZED_ARRAY_IS_PRESENT])]
#[case::channels(channels(2, Some(vec![ContextHandle::NULL; 2])), &[])]
#[case::no_channels(channels(0, None), &[])]
#[case::channels_missing(channels(2, None), &[rule::SIZED_ARRAY_IS_PRESENT])]
#[case::channels_fewer(channels(2, Some(vec![ContextHandle::NULL])), &[rule::MAX_COUNT_EQUALS_SIZE])]
fn output_breaks(#[case] output: Out, #[case] rules: &[&str]) {
    for format in FORMATS {
        let decoded = Out::decode(output.method(), output.encode(format), format).unwrap();
        assert_eq!(decoded.value, output);
        assert_eq!(decoded.defects.iter().map(|defect| defect.rule).collect::<Vec<_>>(), rules, "{format:?}");
    }
}

#[test]
fn octets_after_the_last_output_are_a_defect() {
    let stub = Bytes::from_static(&[0x05, 0x40, 0x00, 0x80, 0, 0]);
    let decoded = Out::decode(Method::UnregisterClient, stub, Format::default()).unwrap();
    assert_eq!(decoded.value, Out::UnregisterClient(UnregisterClientOut { status: Hresult(0x8000_4005) }));
    let [defect] = decoded.defects.as_slice() else { panic!("{:?}", decoded.defects) };
    assert_eq!((defect.offset, defect.rule), (4, rule::OUTPUT_ENDS_WITH_LAST_PARAMETER));
}

#[test]
fn octets_after_the_last_input_are_padding() {
    let stub = Bytes::from_static(&[0; 24]);
    assert_eq!(In::decode(Method::Delete, stub, Format::default()).unwrap().defects, []);
}

#[test]
fn the_content_of_gaps_is_ignored() {
    let format = FORMATS[2];
    let mut stub = closing(1, Some(b"x")).encode(format).to_vec();
    stub[40..44].fill(0xAA);
    let decoded = In::decode(Method::CloseChannel, stub.into(), format).unwrap();
    assert_eq!((decoded.value, decoded.defects), (closing(1, Some(b"x")), vec![]));
}

#[rstest]
#[case::octets(closing(1, Some(b"x")), 0xFFFF_FFFF, "pReason")]
#[case::characters(named(WideString::new("x")), 0x7FFF_FFFF, "pName")]
fn a_count_beyond_the_octets_takes_no_memory(#[case] input: In, #[case] count: u64, #[case] expected: &str) {
    for format in FORMATS {
        let mut input = input.clone();
        match &mut input {
            In::CloseChannel(CloseChannelIn { reason: Some(reason), .. }) => reason.max_count = count,
            In::RegisterClient(RegisterClientIn { name: Some(name), .. }) => name.actual_count = count,
            _ => unreachable!(),
        }
        let error = In::decode(input.method(), input.encode(format), format).unwrap_err();
        assert!(matches!(error, DecodeError::Short { field, .. } if field == expected), "{error}");
    }
}
