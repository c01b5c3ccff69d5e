//! NDR and NDR64: layouts, alignment, and what is wrong with octets.

use bytes::Bytes;
use dcerpc::ndr::{Conformant, Format, Reader, WideString, Writer, rule};
use dcerpc::{ByteOrder, ContextHandle, DecodeError, Decoded, TransferSyntax};
use proptest::prelude::*;
use rstest::rstest;
use uuid::uuid;

const NDR: Format = Format::new(TransferSyntax::Ndr, ByteOrder::Little);
const NDR_BIG: Format = Format::new(TransferSyntax::Ndr, ByteOrder::Big);
const NDR64: Format = Format::new(TransferSyntax::Ndr64, ByteOrder::Little);
const NDR64_BIG: Format = Format::new(TransferSyntax::Ndr64, ByteOrder::Big);

fn written(format: Format, write: impl FnOnce(&mut Writer)) -> String {
    let mut writer = Writer::new(format);
    write(&mut writer);
    hex::encode(writer.finish())
}

fn stub(hex: &str) -> Bytes {
    hex::decode(hex.replace(' ', "")).unwrap().into()
}

/// A number, a unique pointer to an octet array, a string by unique pointer, and a number.
#[rstest]
#[case(NDR, "01000000 00000200 03000000 616263 00 04000200 02000000 00000000 02000000 6100 0000 02000000")]
#[case(NDR_BIG, "00000001 00020000 00000003 616263 00 00020004 00000002 00000000 00000002 0061 0000 00000002")]
#[case(
    NDR64,
    "01000000 00000000 0000020000000000 0300000000000000 616263 0000000000 0400020000000000 0200000000000000 \
     0000000000000000 0200000000000000 6100 0000 02000000"
)]
#[case(
    NDR64_BIG,
    "00000001 00000000 0000000000020000 0000000000000003 616263 0000000000 0000000000020004 0000000000000002 \
     0000000000000000 0000000000000002 0061 0000 00000002"
)]
fn layout(#[case] format: Format, #[case] expected: &str) {
    let octets = Conformant::from(Bytes::from_static(b"abc"));
    let text = WideString::new("a");
    let actual = written(format, |writer| {
        writer.u32(1);
        writer.unique(Some(&octets), Writer::octets);
        writer.unique(Some(&text), Writer::wide_string);
        writer.u32(2);
    });
    assert_eq!(actual, expected.replace(' ', ""));

    let stub = stub(expected);
    let mut reader = Reader::new(&stub, format);
    assert_eq!(reader.u32("first"), Ok(1));
    assert_eq!(reader.unique("octets", Reader::octets), Ok(Some(octets)));
    assert_eq!(reader.unique("text", Reader::wide_string), Ok(Some(text)));
    assert_eq!(reader.u32("second"), Ok(2));
    reader.check_end("stub");
    assert_eq!(reader.finish(()), Decoded::clean(()));
}

/// A context handle takes 20 octets and is aligned to 4 in both transfer syntaxes.
#[rstest]
#[case(NDR, "00000000 01000000 02000000 33221100554477668899aabbccddeeff")]
#[case(NDR64, "0000000000000000 0100000000000000 02000000 33221100554477668899aabbccddeeff")]
#[case(NDR_BIG, "00000000 00000001 00000002 00112233445566778899aabbccddeeff")]
fn context_handle(#[case] format: Format, #[case] expected: &str) {
    let handle = ContextHandle { attributes: 2, uuid: uuid!("00112233-4455-6677-8899-aabbccddeeff") };
    let actual = written(format, |writer| {
        writer.unique(None::<&()>, |_, ()| {});
        writer.context_handles(&Conformant { max_count: 1, elements: [handle] });
    });
    assert_eq!(actual, expected.replace(' ', ""));
    let stub = stub(expected);
    let mut reader = Reader::new(&stub, format);
    assert_eq!(reader.referent("null"), Ok(false));
    assert_eq!(reader.context_handles("handles"), Ok(Conformant::from(vec![handle])));
}

#[test]
fn the_content_of_gaps_is_ignored() {
    let stub = stub("01000000 ffffffff 0000000000000000");
    let mut reader = Reader::new(&stub, NDR64);
    assert_eq!((reader.u32("number"), reader.referent("null")), (Ok(1), Ok(false)));
    assert_eq!(reader.finish(()).defects, []);
}

#[rstest]
#[case::number("000000", |reader: &mut Reader<'_>| reader.u32("x").map(drop), 0, 4)]
#[case::count("00000000 0000", |reader: &mut Reader<'_>| reader.u32("y").and_then(|_| reader.octets("x")).map(drop), 4, 4)]
#[case::octets("04000000 000000", |reader: &mut Reader<'_>| reader.octets("x").map(drop), 4, 4)]
#[case::handles("ffffff7f 00", |reader: &mut Reader<'_>| reader.context_handles("x").map(drop), 4, 20 * 0x7FFF_FFFF)]
#[case::string("02000000 00000000 02000000 6100 00", |reader: &mut Reader<'_>| reader.wide_string("x").map(drop), 12, 4)]
fn octets_that_are_missing(
    #[case] octets: &str,
    #[case] read: fn(&mut Reader<'_>) -> Result<(), DecodeError>,
    #[case] at: usize,
    #[case] takes: u64,
) {
    let stub = stub(octets);
    let mut reader = Reader::new(&stub, NDR);
    let left = reader.left() - at;
    assert_eq!(read(&mut reader), Err(DecodeError::Short { offset: at, field: "x", needed: takes, left }));
}

#[rstest]
#[case::offset("03000000 01000000 01000000 0000", rule::OFFSET_IS_ZERO, 4)]
#[case::actual_count("01000000 00000000 02000000 6100 0000", rule::MAX_COUNT_COVERS_ACTUAL_COUNT, 8)]
#[case::terminator("01000000 00000000 01000000 6100", rule::STRING_IS_TERMINATED, 14)]
#[case::limit("00000080 00000000 01000000 0000", rule::COUNT_IS_LIMITED, 0)]
fn strings_with_defects(#[case] octets: &str, #[case] rule: &str, #[case] at: usize) {
    let stub = stub(octets);
    let mut reader = Reader::new(&stub, NDR);
    let string = reader.wide_string("text").unwrap();
    assert_eq!(written(NDR, |writer| writer.wide_string(&string)), octets.replace(' ', ""));
    let defects = reader.finish(string).defects;
    assert_eq!(defects.iter().map(|defect| (defect.rule, defect.offset)).collect::<Vec<_>>(), [(rule, at)]);
}

proptest! {
    #[test]
    fn text_comes_back(text in "\\PC*", syntax in prop::bool::ANY, big in prop::bool::ANY) {
        let syntax = if syntax { TransferSyntax::Ndr } else { TransferSyntax::Ndr64 };
        let format = Format::new(syntax, if big { ByteOrder::Big } else { ByteOrder::Little });
        let mut writer = Writer::new(format);
        writer.wide_string(&WideString::new(&text));
        let stub = writer.finish();
        let mut reader = Reader::new(&stub, format);
        let string = reader.wide_string("text").unwrap();
        prop_assert_eq!(string.text(), text);
        prop_assert_eq!(reader.finish(()).defects, []);
    }
}
