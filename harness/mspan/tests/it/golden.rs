//! Stubs that other implementations made: they decode without defects and encode back to the same octets.

use std::fmt::Write as _;

use bytes::Bytes;
use dcerpc::ndr::Format;
use dcerpc::{ByteOrder, TransferSyntax};
use mspan::Method;
use mspan::method::{Field, In, Out};

struct Golden {
    title: &'static str,
    method: Method,
    input: bool,
    format: Format,
    stub: Bytes,
}

fn recorded() -> Vec<Golden> {
    let text = include_str!("golden.txt");
    let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty() && !block.starts_with('#'));
    blocks.map(|block| parse(block.trim())).collect()
}

fn parse(block: &'static str) -> Golden {
    let (title, octets) = block.split_once('\n').unwrap_or((block, ""));
    let [_maker, syntax, method, direction] = title.split(" | ").collect::<Vec<_>>().try_into().unwrap();
    let syntax = if syntax == "ndr64" { TransferSyntax::Ndr64 } else { TransferSyntax::Ndr };
    Golden {
        title,
        method: Method::ALL.into_iter().find(|known| known.name() == method).unwrap(),
        input: direction == "in",
        format: Format::new(syntax, ByteOrder::Little),
        stub: hex::decode(octets.replace('\n', "")).unwrap().into(),
    }
}

/// Decodes, expects no defects, and returns the fields with the octets encoded anew.
fn through(golden: &Golden) -> (Vec<(&'static str, Field)>, Bytes) {
    let Golden { title, method, format, ref stub, .. } = *golden;
    if golden.input {
        let decoded = In::decode(method, stub.clone(), format).unwrap();
        assert_eq!(decoded.defects, [], "{title}");
        (decoded.value.fields(), decoded.value.encode(format))
    } else {
        let decoded = Out::decode(method, stub.clone(), format).unwrap();
        assert_eq!(decoded.defects, [], "{title}");
        (decoded.value.fields(), decoded.value.encode(format))
    }
}

/// A stub with the referents, which every implementation numbers as it likes, numbered as Windows does. The position
/// of a referent is where ours stands: encoded values 0x00020000, 0x00020004 and so on do not occur otherwise.
fn renumbered(golden: &Golden, encoded: &[u8]) -> Vec<u8> {
    let mut stub = golden.stub.to_vec();
    let mut next = 0x0002_0000_u32;
    for position in (0..encoded.len().saturating_sub(3)).step_by(4) {
        let word = position..position + 4;
        if encoded[word.clone()] == next.to_le_bytes() {
            assert_ne!(stub[word.clone()], [0; 4], "{}: no referent at {position}", golden.title);
            stub[word].copy_from_slice(&next.to_le_bytes());
            next += 4;
        }
    }
    stub
}

#[test]
fn recorded_stubs_encode_back() {
    let recorded = recorded();
    assert_eq!(recorded.len(), 63);
    for golden in recorded {
        let (_, encoded) = through(&golden);
        let expected = renumbered(&golden, &encoded);
        assert_eq!(hex::encode(&encoded), hex::encode(expected), "{}", golden.title);
        if golden.title.starts_with("Wine") {
            assert_eq!(encoded, golden.stub, "{}: Wine numbers referents as Windows does", golden.title);
        }
    }
}

#[test]
fn every_method_is_recorded_in_both_directions_and_syntaxes() {
    let recorded = recorded();
    for method in Method::ALL {
        for input in [true, false] {
            for syntax in [TransferSyntax::Ndr, TransferSyntax::Ndr64] {
                let found = recorded
                    .iter()
                    .any(|golden| (golden.method, golden.input, golden.format.syntax) == (method, input, syntax));
                assert!(found, "{method} {input} {syntax:?}");
            }
        }
    }
}

#[test]
fn recorded_stubs_mean() {
    let mut text = String::new();
    for golden in recorded() {
        writeln!(text, "{} ({} octets)", golden.title, golden.stub.len()).unwrap();
        for (name, field) in through(&golden).0 {
            writeln!(text, "    {name} = {field}").unwrap();
        }
    }
    insta::assert_snapshot!(text);
}
