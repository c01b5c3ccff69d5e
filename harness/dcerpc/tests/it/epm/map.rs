//! ept_map and its towers.

use bytes::Bytes;
use dcerpc::epm::{Floor, MapRequest, MapResponse, NOT_REGISTERED, TcpEndpoint, Tower, rule};
use dcerpc::ndr::{Conformant, Format, rule as ndr};
use dcerpc::{ByteOrder, ContextHandle, DecodeError, Decoded, TransferSyntax};
use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

use super::{ASYNC_NOTIFY, NDR, changed, format, handle, stub, tower};

/// Made by impacket 0.13.1 (`epm.ept_map`): IRPCAsyncNotify over ncacn_ip_tcp. It fills gaps with 0xAB.
const REQUEST: &str = "a44f0000 00000000000000000000000000000000 79030000 4b000000 4b000000 0500 \
    1300 0d fadb6e0b244ac64f8a23942b1eca65d1 0100 0200 0000 1300 0d 045d888aeb1cc9119fe808002b104860 0200 0200 0000 \
    0100 0b 0200 0000 0100 07 0200 0000 0100 09 0400 00000000 ab 00000000 00000000000000000000000000000000 04000000";

/// Made by impacket 0.13.1 (`epm.ept_mapResponse`): a TCP endpoint and a named pipe of a NetBIOS host.
const RESPONSE: &str = "00000000 00000000000000000000000000000000 02000000 02000000 00000000 02000000 564c0000 e6840000 \
    4b000000 4b000000 0500 \
    1300 0d fadb6e0b244ac64f8a23942b1eca65d1 0100 0200 0000 1300 0d 045d888aeb1cc9119fe808002b104860 0200 0200 0000 \
    0100 0b 0200 0000 0100 07 0200 c206 0100 09 0400 0a000210 ee \
    5e000000 5e000000 0500 \
    1300 0d fadb6e0b244ac64f8a23942b1eca65d1 0100 0200 0000 1300 0d 045d888aeb1cc9119fe808002b104860 0200 0200 0000 \
    0100 0b 0200 0000 0100 0f 0e00 5c706970655c73706f6f6c7373 00 0100 11 0b00 5c5c5052494e54535256 00 bfbf 00000000";

fn tcp(port: u16, address: [u8; 4]) -> Tower {
    Tower::tcp(ASYNC_NOTIFY, TransferSyntax::Ndr.id(), TcpEndpoint { port, address })
}

fn request() -> MapRequest {
    let (object, map_tower) = (Some(Uuid::nil()), Some(tcp(0, [0; 4])));
    MapRequest { object, map_tower, entry_handle: ContextHandle::NULL, max_towers: 4 }
}

fn response() -> MapResponse {
    let host = Floor::Other { identifier: stub("11"), address: Bytes::from_static(b"\\\\PRINTSRV\0") };
    let pipe = Floor::NamedPipe(Bytes::from_static(b"\\pipe\\spoolss\0"));
    let syntaxes = [ASYNC_NOTIFY, TransferSyntax::Ndr.id()].map(Floor::Syntax);
    let floors = syntaxes.into_iter().chain([Floor::ConnectionOriented(0), pipe, host]).collect();
    let towers = Conformant::from(vec![Some(tcp(49670, [10, 0, 2, 16])), Some(Tower { floors })]);
    MapResponse { entry_handle: ContextHandle::NULL, num_towers: 2, towers, status: 0 }
}

#[test]
fn golden_request() {
    assert_eq!(MapRequest::decode(&stub(REQUEST), NDR), Ok(Decoded::clean(request())));
    // Encoded, only referents and the content of gaps differ.
    let own = REQUEST.replace("a44f0000", "00000200").replace("79030000", "04000200").replace(" ab ", " 00 ");
    assert_eq!(request().encode(NDR), stub(&own));
}

#[test]
fn golden_response() {
    assert_eq!(MapResponse::decode(&stub(RESPONSE), NDR), Ok(Decoded::clean(response())));
    let own = RESPONSE.replace("564c0000", "00000200").replace("e6840000", "04000200");
    assert_eq!(response().encode(NDR), stub(&own.replace(" ee ", " 00 ").replace("bfbf", "0000")));
}

#[test]
fn endpoints_of_towers() {
    let towers = response().towers.elements;
    let endpoints: Vec<_> = towers.iter().flatten().map(Tower::tcp_endpoint).collect();
    assert_eq!(endpoints, [Some(TcpEndpoint { port: 49670, address: [10, 0, 2, 16] }), None]);
    for tower in towers.iter().flatten() {
        assert_eq!(tower.interface(), Some(ASYNC_NOTIFY));
        assert_eq!(tower.transfer_syntax(), Some(TransferSyntax::Ndr.id()));
    }
    assert_eq!(Tower::default().tcp_endpoint(), None);
}

/// Counts and referents are 8 octets wide in NDR64, towers stay as they are.
#[test]
fn layout_in_ndr64() {
    let format = Format::new(TransferSyntax::Ndr64, ByteOrder::Little);
    let tower = Tower { floors: vec![Floor::Tcp(135)] };
    let towers = Conformant::from(vec![None, Some(tower)]);
    let response = MapResponse { entry_handle: ContextHandle::NULL, num_towers: 2, towers, status: NOT_REGISTERED };
    let expected = "00000000 00000000000000000000000000000000 02000000 0200000000000000 0000000000000000 \
        0200000000000000 0000000000000000 0000020000000000 0900000000000000 09000000 0100 0100 07 0200 0087 000000 \
        d6a0c916";
    assert_eq!(hex::encode(response.encode(format)), hex::encode(stub(expected)));
    assert_eq!(MapResponse::decode(&stub(expected), format), Ok(Decoded::clean(response)));
}

#[rstest]
#[case::tower_length("4b000000 4b000000", "4b000000 4a000000", ndr::MAX_COUNT_EQUALS_SIZE, 48)]
#[case::num_towers("02000000 02000000 00000000", "03000000 02000000 00000000", rule::ACTUAL_COUNT_IS_AS_GIVEN, 32)]
#[case::max_count("02000000 02000000 00000000", "02000000 01000000 00000000", rule::MAX_COUNT_COVERS_ARRAY, 32)]
#[case::offset("02000000 02000000 00000000", "02000000 03000000 01000000", rule::ARRAY_BEGINS_AT_ZERO, 28)]
#[case::short_port(
    "07 0200 c206 0100 09 0400 0a000210 ee",
    "07 0100 c2 0100 09 0500 0a00021000 ee",
    rule::FLOOR_FITS_ITS_PROTOCOL,
    111
)]
#[case::short_address("0400 0a000210 ee", "0300 0a0002 eeee", rule::FLOOR_FITS_ITS_PROTOCOL, 118)]
#[case::end("5e000000 5e000000 0500", "5e000000 5e000000 0400", rule::TOWER_ENDS_WITH_LAST_FLOOR, 214)]
#[case::rest("bfbf 00000000", "bfbf 00000000 00", ndr::OUTPUT_ENDS_WITH_LAST_PARAMETER, 236)]
fn responses_with_defects(#[case] from: &str, #[case] to: &str, #[case] rule: &str, #[case] place: usize) {
    let stub = changed(RESPONSE, from, to);
    let decoded = MapResponse::decode(&stub, NDR).unwrap();
    let defects: Vec<_> = decoded.defects.iter().map(|defect| (defect.rule, defect.offset)).collect();
    assert!(defects.contains(&(rule, place)), "{defects:?}");
}

/// A side that is longer or shorter than its protocol has is kept as it is, and told.
#[rstest]
#[case::nothing("", "")]
#[case::syntax_with_more("0d fadb6e0b244ac64f8a23942b1eca65d1 0100 00", "0000")]
#[case::syntax_with_less("0d fadb6e0b244ac64f8a23942b1eca65d1 01", "0000")]
#[case::minor_version("0b", "000000")]
#[case::port("07 00", "c206")]
#[case::pipe("0f 00", "00")]
fn sides_that_do_not_fit(#[case] identifier: &str, #[case] address: &str) {
    let misfit = Floor::Other { identifier: stub(identifier), address: stub(address) };
    let map_tower = Some(Tower { floors: vec![Floor::Tcp(135), misfit] });
    let request = MapRequest { map_tower, ..MapRequest::default() };
    let decoded = MapRequest::decode(&request.encode(NDR), NDR).unwrap();
    assert_eq!(decoded.value, request);
    let defects: Vec<_> = decoded.defects.iter().map(|defect| (defect.rule, defect.offset)).collect();
    assert_eq!(defects, [(rule::FLOOR_FITS_ITS_PROTOCOL, 25)]);
}

/// A floor or a tower that reaches past its end, and an array that is longer than the stub.
#[rstest]
#[case::floor("0100 09 0400 0a000210 ee", "0100 09 0500 0a000210 ee", "address_data")]
#[case::floors("4b000000 4b000000 0500", "4b000000 4b000000 0600", "lhs_byte_count")]
#[case::tower("5e000000 5e000000", "ff000000 5e000000", "tower_octet_string")]
#[case::array("00000000 02000000 564c0000", "00000000 ffffff7f 564c0000", "ITowers")]
#[case::alias("564c0000 e6840000", "564c0000 564c0000", "ITowers")]
#[case::status("bfbf 00000000", "bfbf 000000", "status")]
fn responses_that_cannot_be_read(#[case] from: &str, #[case] to: &str, #[case] wanted: &str) {
    let error = MapResponse::decode(&changed(RESPONSE, from, to), NDR).unwrap_err();
    let (DecodeError::Short { field, .. } | DecodeError::Unreadable { field, .. }) = error;
    assert_eq!(field, wanted);
}

/// The place of what is missing counts from the start of the stub, inside of towers too.
#[test]
fn errors_name_their_place() {
    let cut = changed(RESPONSE, "0100 09 0400 0a000210 ee", "0100 09 0500 0a000210 ee");
    let error = DecodeError::Short { offset: 123, field: "address_data", needed: 5, left: 4 };
    assert_eq!(MapResponse::decode(&cut, NDR), Err(error));
}

proptest! {
    #[test]
    fn requests_come_back(
        object in prop::option::of(any::<u128>().prop_map(Uuid::from_u128)),
        map_tower in prop::option::of(tower()),
        entry_handle in handle(),
        max_towers in any::<u32>(),
        format in format(),
    ) {
        let request = MapRequest { object, map_tower, entry_handle, max_towers };
        prop_assert_eq!(MapRequest::decode(&request.encode(format), format), Ok(Decoded::clean(request)));
    }

    #[test]
    fn responses_come_back(
        towers in prop::collection::vec(prop::option::of(tower()), 0..5),
        room in 0_u64..9,
        entry_handle in handle(),
        status in any::<u32>(),
        format in format(),
    ) {
        let num_towers = u32::try_from(towers.len()).unwrap();
        let towers = Conformant { max_count: u64::from(num_towers) + room, elements: towers };
        let response = MapResponse { entry_handle, num_towers, towers, status };
        prop_assert_eq!(MapResponse::decode(&response.encode(format), format), Ok(Decoded::clean(response)));
    }

    /// Golden stubs of which some octets changed are read or refused; no more towers are read than the stub has room for.
    #[test]
    fn hostile_octets_do_no_harm(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        for golden in [REQUEST, RESPONSE] {
            let mut octets = stub(golden).to_vec();
            for (place, octet) in &changes {
                let length = octets.len();
                octets[place.index(length)] = *octet;
            }
            let octets = Bytes::from(octets);
            let _ = MapRequest::decode(&octets, NDR);
            if let Ok(decoded) = MapResponse::decode(&octets, NDR) {
                prop_assert!(decoded.value.towers.elements.len() * 4 <= octets.len());
            }
        }
    }
}
