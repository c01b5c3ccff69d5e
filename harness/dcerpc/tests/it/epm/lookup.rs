//! ept_lookup.

use bytes::Bytes;
use dcerpc::epm::{ALL_VERSIONS, BY_INTERFACE, Entry, Floor, LookupRequest, LookupResponse, TcpEndpoint, Tower, rule};
use dcerpc::ndr::{Conformant, rule as ndr};
use dcerpc::{ContextHandle, DecodeError, Decoded, TransferSyntax};
use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

use super::{ASYNC_NOTIFY, NDR, changed, format, handle, stub, tower};

/// Made by impacket 0.13.1 (`epm.ept_lookup`): all versions of IRPCAsyncNotify, at most 500 elements.
const REQUEST: &str = "01000000 00000000 b8910000 fadb6e0b244ac64f8a23942b1eca65d1 0100 0000 01000000 \
    00000000 00000000000000000000000000000000 f4010000";

/// Invented values in the form that Windows writes: the elements of IRPCAsyncNotify over ncacn_ip_tcp and ncalrpc, with small
/// numbers as referents and empty annotations.
const RESPONSE: &str = "00000000 00000000000000000000000000000000 02000000 f4010000 00000000 02000000 \
    00000000000000000000000000000000 11000000 00000000 01000000 00 000000 \
    00000000000000000000000000000000 12000000 00000000 01000000 00 000000 \
    4b000000 4b000000 0500 \
    1300 0d fadb6e0b244ac64f8a23942b1eca65d1 0100 0200 0000 1300 0d 045d888aeb1cc9119fe808002b104860 0200 0200 0000 \
    0100 0b 0200 0000 0100 07 0200 c351 0100 09 0400 c0000207 00 \
    49000000 49000000 0400 \
    1300 0d fadb6e0b244ac64f8a23942b1eca65d1 0100 0200 0000 1300 0d 045d888aeb1cc9119fe808002b104860 0200 0200 0000 \
    0100 0c 0200 0000 0100 10 0900 4c5250432d70616e00 000000 00000000";

fn request() -> LookupRequest {
    LookupRequest {
        inquiry_type: BY_INTERFACE,
        interface: Some(ASYNC_NOTIFY),
        vers_option: ALL_VERSIONS,
        max_ents: 500,
        ..LookupRequest::default()
    }
}

fn response() -> LookupResponse {
    let tcp = TcpEndpoint { port: 50001, address: [192, 0, 2, 7] };
    let local = [
        Floor::Syntax(ASYNC_NOTIFY),
        Floor::Syntax(TransferSyntax::Ndr.id()),
        Floor::Other { identifier: stub("0c"), address: stub("0000") },
        Floor::Lrpc(Bytes::from_static(b"LRPC-pan\0")),
    ];
    let towers = [Tower::tcp(ASYNC_NOTIFY, TransferSyntax::Ndr.id(), tcp), Tower { floors: local.to_vec() }];
    let entry = |tower| Entry { object: Uuid::nil(), tower: Some(tower), annotation: Bytes::from_static(b"\0") };
    LookupResponse {
        entry_handle: ContextHandle::NULL,
        num_ents: 2,
        entries: Conformant { max_count: 500, elements: towers.into_iter().map(entry).collect() },
        status: 0,
    }
}

#[test]
fn golden_request() {
    assert_eq!(LookupRequest::decode(&stub(REQUEST), NDR), Ok(Decoded::clean(request())));
    assert_eq!(request().encode(NDR), stub(&REQUEST.replace("b8910000", "00000200")));
}

#[test]
fn golden_response() {
    assert_eq!(LookupResponse::decode(&stub(RESPONSE), NDR), Ok(Decoded::clean(response())));
    let own = RESPONSE.replacen(" 11000000 ", " 00000200 ", 1).replacen(" 12000000 ", " 04000200 ", 1);
    assert_eq!(hex::encode(response().encode(NDR)), hex::encode(stub(&own)));
}

#[rstest]
#[case::num_ents("02000000 f4010000", "03000000 f4010000", rule::ACTUAL_COUNT_IS_AS_GIVEN, 32)]
#[case::max_count("02000000 f4010000", "02000000 01000000", rule::MAX_COUNT_COVERS_ARRAY, 32)]
#[case::annotation_elsewhere(
    "11000000 00000000 01000000 00",
    "11000000 01000000 01000000 00",
    rule::ANNOTATION_FITS,
    60
)]
#[case::annotation_without_end(
    "11000000 00000000 01000000 00",
    "11000000 00000000 01000000 41",
    ndr::STRING_IS_TERMINATED,
    60
)]
#[case::rest("000000 00000000", "000000 00000000 00", ndr::OUTPUT_ENDS_WITH_LAST_PARAMETER, 0)]
fn responses_with_defects(#[case] from: &str, #[case] to: &str, #[case] rule: &str, #[case] place: usize) {
    let stub = match rule {
        // What follows the last parameter.
        ndr::OUTPUT_ENDS_WITH_LAST_PARAMETER => stub(&format!("{RESPONSE} 00")),
        _ => changed(RESPONSE, from, to),
    };
    let place = if place == 0 { stub.len() - 1 } else { place };
    let decoded = LookupResponse::decode(&stub, NDR).unwrap();
    let defects: Vec<_> = decoded.defects.iter().map(|defect| (defect.rule, defect.offset)).collect();
    assert_eq!(defects, [(rule, place)]);
}

#[rstest]
#[case::annotation("11000000 00000000 01000000 00", "11000000 00000000 ff000001 00", "annotation")]
#[case::entries("00000000 02000000 00000000000000000000000000000000 11000000", "00000000 ffffff7f 00", "entries")]
#[case::alias("12000000 00000000 01000000", "11000000 00000000 01000000", "tower")]
fn responses_that_cannot_be_read(#[case] from: &str, #[case] to: &str, #[case] wanted: &str) {
    let error = LookupResponse::decode(&changed(RESPONSE, from, to), NDR).unwrap_err();
    let (DecodeError::Short { field, .. } | DecodeError::Unreadable { field, .. }) = error;
    assert_eq!(field, wanted);
}

proptest! {
    #[test]
    fn requests_come_back(
        inquiry_type in any::<u32>(),
        object in prop::option::of(any::<u128>().prop_map(Uuid::from_u128)),
        wanted in any::<bool>(),
        vers_option in any::<u32>(),
        entry_handle in handle(),
        max_ents in any::<u32>(),
        format in format(),
    ) {
        let interface = wanted.then_some(ASYNC_NOTIFY);
        let request = LookupRequest { inquiry_type, object, interface, vers_option, entry_handle, max_ents };
        prop_assert_eq!(LookupRequest::decode(&request.encode(format), format), Ok(Decoded::clean(request)));
    }

    #[test]
    fn responses_come_back(
        towers in prop::collection::vec((any::<u128>(), prop::option::of(tower()), 0..64_usize), 0..5),
        entry_handle in handle(),
        status in any::<u32>(),
        format in format(),
    ) {
        let entry = |(object, tower, length)| Entry {
            object: Uuid::from_u128(object),
            tower,
            annotation: vec![0; length + 1].into(),
        };
        let elements: Vec<_> = towers.into_iter().map(entry).collect();
        let num_ents = u32::try_from(elements.len()).unwrap();
        let entries = Conformant { max_count: u64::from(num_ents), elements };
        let response = LookupResponse { entry_handle, num_ents, entries, status };
        prop_assert_eq!(LookupResponse::decode(&response.encode(format), format), Ok(Decoded::clean(response)));
    }

    /// Golden stubs of which some octets changed are read or refused; no more elements are read than there is room for.
    #[test]
    fn hostile_octets_do_no_harm(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        for golden in [REQUEST, RESPONSE] {
            let mut octets = stub(golden).to_vec();
            for (place, octet) in &changes {
                let length = octets.len();
                octets[place.index(length)] = *octet;
            }
            let octets = Bytes::from(octets);
            let _ = LookupRequest::decode(&octets, NDR);
            if let Ok(decoded) = LookupResponse::decode(&octets, NDR) {
                prop_assert!(decoded.value.entries.elements.len() * 28 <= octets.len());
            }
        }
    }
}
