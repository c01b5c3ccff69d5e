//! The endpoint mapper: golden octets, what is wrong with octets, and that what is written comes back.

mod lookup;
mod map;

use bytes::Bytes;
use dcerpc::epm::{Floor, Tower};
use dcerpc::ndr::Format;
use dcerpc::{ByteOrder, ContextHandle, SyntaxId, TransferSyntax};
use proptest::prelude::*;
use uuid::{Uuid, uuid};

const NDR: Format = Format::new(TransferSyntax::Ndr, ByteOrder::Little);

/// IRPCAsyncNotify 1.0.
const ASYNC_NOTIFY: SyntaxId = SyntaxId::new(uuid!("0b6edbfa-4a24-4fc6-8a23-942b1eca65d1"), 1, 0);

fn stub(hex: &str) -> Bytes {
    hex::decode(hex.split_whitespace().collect::<String>()).unwrap().into()
}

/// The golden octets with one piece of them replaced.
fn changed(golden: &str, from: &str, to: &str) -> Bytes {
    let golden = golden.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(golden.matches(from).count(), 1, "{from} has to stand there once");
    stub(&golden.replace(from, to))
}

fn octets() -> impl Strategy<Value = Bytes> {
    prop::collection::vec(any::<u8>(), 0..12).prop_map(Bytes::from)
}

fn floor() -> impl Strategy<Value = Floor> {
    prop_oneof![
        (any::<u128>(), any::<u32>())
            .prop_map(|(uuid, version)| Floor::Syntax(SyntaxId { uuid: Uuid::from_u128(uuid), version })),
        any::<u16>().prop_map(Floor::ConnectionOriented),
        any::<u16>().prop_map(Floor::Tcp),
        any::<u16>().prop_map(Floor::Http),
        any::<[u8; 4]>().prop_map(Floor::Ip),
        octets().prop_map(Floor::NamedPipe),
        octets().prop_map(Floor::Lrpc),
        octets().prop_map(|address| Floor::Other { identifier: Bytes::from_static(&[0x0C]), address }),
    ]
}

fn tower() -> impl Strategy<Value = Tower> {
    prop::collection::vec(floor(), 0..7).prop_map(|floors| Tower { floors })
}

fn handle() -> impl Strategy<Value = ContextHandle> {
    (any::<u32>(), any::<u128>())
        .prop_map(|(attributes, uuid)| ContextHandle { attributes, uuid: Uuid::from_u128(uuid) })
}

fn format() -> impl Strategy<Value = Format> {
    (any::<bool>(), any::<bool>()).prop_map(|(wide, big)| {
        let syntax = if wide { TransferSyntax::Ndr64 } else { TransferSyntax::Ndr };
        Format::new(syntax, if big { ByteOrder::Big } else { ByteOrder::Little })
    })
}
