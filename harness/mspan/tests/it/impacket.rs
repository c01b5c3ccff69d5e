//! Stubs that impacket made: they decode without defects and encode back to the same octets, but for referents, which
//! impacket draws at random, and alignment gaps, which it does not fill with zeros.

use bytes::Bytes;
use dcerpc::ndr::Format;
use dcerpc::{ByteOrder, TransferSyntax};
use mspan::Method;
use mspan::method::{In, Out};

struct Golden {
    title: String,
    method: Method,
    input: bool,
    format: Format,
    stub: Bytes,
}

fn recorded() -> Vec<Golden> {
    let text = include_str!("../golden/impacket.txt");
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(parse).collect()
}

fn parse(line: &str) -> Golden {
    let [method, direction, syntax, octets] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let octets = if octets == "-" { "" } else { octets };
    Golden {
        title: format!("{method} {direction} {syntax} ({} octets)", octets.len() / 2),
        method: Method::ALL.into_iter().find(|known| known.name() == method).unwrap(),
        input: direction == "in",
        format: Format::new(
            if syntax == "ndr64" { TransferSyntax::Ndr64 } else { TransferSyntax::Ndr },
            ByteOrder::Little,
        ),
        stub: hex::decode(octets).unwrap().into(),
    }
}

fn through(golden: &Golden) -> Bytes {
    let Golden { title, method, format, stub, .. } = golden;
    if golden.input {
        let decoded = In::decode(*method, stub.clone(), *format).unwrap();
        assert_eq!(decoded.defects, [], "{title}");
        decoded.value.encode(*format)
    } else {
        let decoded = Out::decode(*method, stub.clone(), *format).unwrap();
        assert_eq!(decoded.defects, [], "{title}");
        decoded.value.encode(*format)
    }
}

/// What impacket fills gaps with.
const FILLING: [u8; 3] = [0xAA, 0xAB, 0xBF];

#[test]
fn stubs_of_impacket_encode_back() {
    for golden in recorded() {
        let encoded = through(&golden);
        let Golden { title, stub, .. } = &golden;
        assert_eq!(encoded.len(), stub.len(), "{title}");
        let mut referent = 0x0002_0000_u32;
        let mut position = 0;
        while position < stub.len() {
            let word = position..position + 4;
            if encoded.get(word.clone()) == Some(&referent.to_le_bytes()) && position % 4 == 0 {
                assert_ne!(stub[word], [0; 4], "{title}: no referent at {position}");
                referent += 4;
                position += 4;
                continue;
            }
            let (ours, theirs) = (encoded[position], stub[position]);
            assert!(
                ours == theirs || ours == 0 && FILLING.contains(&theirs),
                "{title}: {ours:02x}, not {theirs:02x}, at {position}"
            );
            position += 1;
        }
    }
}

#[test]
fn impacket_shows_every_method_in_both_directions_and_syntaxes() {
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
