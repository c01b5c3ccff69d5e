//! Remote management: golden octets, what is wrong with octets, and that what is written comes back.

use bytes::Bytes;
use dcerpc::mgmt::{
    self, IfIdVector, InqIfIdsResponse, InqPrincNameRequest, InqPrincNameResponse, InqStatsRequest, InqStatsResponse,
    IsServerListeningResponse, StopServerListeningResponse,
};
use dcerpc::ndr::{Conformant, Format, rule};
use dcerpc::{ByteOrder, DecodeError, Decoded, SyntaxId, TransferSyntax, epm};
use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

const NDR: Format = Format::new(TransferSyntax::Ndr, ByteOrder::Little);
const NDR64: Format = Format::new(TransferSyntax::Ndr64, ByteOrder::Little);

/// Samba 4.17's answer of two interfaces.
const IF_IDS: &str = "00000200 02000000 02000000 04000200 08000200 \
    0883afe11f5dc91191a408002b14a0fa 0300 0000 80bda8af8a7dc911bef408002b102989 0100 0000 00000000";
/// The same in NDR64, impacket 0.13's, with the referents that are written here.
const IF_IDS_64: &str = "0000020000000000 0200000000000000 02000000 00000000 0400020000000000 0800020000000000 \
    0883afe11f5dc91191a408002b14a0fa 0300 0000 80bda8af8a7dc911bef408002b102989 0100 0000 00000000";
/// impacket 0.13's statistics, with zeros in the gaps.
const STATS: &str = "04000000 04000000 07000000 00000000 15000000 14000000 00000000";
const STATS_64: &str = "04000000 00000000 0400000000000000 07000000 00000000 15000000 14000000 00000000";
/// A name as Samba 4.17 reads it.
const PRINC_NAME: &str = "20000000 00000000 0e000000 686f73742f5052494e5453525600 0000 00000000";
/// The same by impacket 0.13 in NDR64, with zeros in the gap and another max_count.
const PRINC_NAME_64: &str =
    "2000000000000000 0000000000000000 0e00000000000000 686f73742f5052494e5453525600 0000 00000000";

fn stub(hex: &str) -> Bytes {
    hex::decode(hex.split_whitespace().collect::<String>()).unwrap().into()
}

fn if_ids() -> InqIfIdsResponse {
    let if_id_vector = Some(IfIdVector::from(vec![epm::INTERFACE, mgmt::INTERFACE]));
    InqIfIdsResponse { if_id_vector, status: 0 }
}

fn stats() -> InqStatsResponse {
    InqStatsResponse::from(vec![7, 0, 21, 20])
}

fn princ_name() -> InqPrincNameResponse {
    InqPrincNameResponse { max_count: 32, princ_name: Bytes::from_static(b"host/PRINTSRV\0"), status: 0 }
}

#[rstest]
#[case::ndr(NDR, IF_IDS, STATS, PRINC_NAME)]
#[case::ndr64(NDR64, IF_IDS_64, STATS_64, PRINC_NAME_64)]
fn answers_of_others(#[case] format: Format, #[case] ids: &str, #[case] counted: &str, #[case] name: &str) {
    assert_eq!(InqIfIdsResponse::decode(&stub(ids), format), Ok(Decoded::clean(if_ids())));
    assert_eq!(if_ids().encode(format), stub(ids));
    assert_eq!(InqStatsResponse::decode(&stub(counted), format), Ok(Decoded::clean(stats())));
    assert_eq!(stats().encode(format), stub(counted));
    assert_eq!(InqPrincNameResponse::decode(&stub(name), format), Ok(Decoded::clean(princ_name())));
    assert_eq!(princ_name().encode(format), stub(name));
}

/// Numbers alone look the same in both syntaxes. The first and the last are Samba 4.17's.
#[rstest]
#[case(NDR)]
#[case(NDR64)]
fn numbers(#[case] format: Format) {
    let listening = IsServerListeningResponse { status: 0, listening: 1 };
    assert_eq!(listening.encode(format), stub("00000000 01000000"));
    assert_eq!(IsServerListeningResponse::decode(&stub("00000000 01000000"), format), Ok(Decoded::clean(listening)));
    let stop = StopServerListeningResponse { status: mgmt::OP_DISALLOWED };
    assert_eq!(stop.encode(format), stub("6da0c916"));
    assert_eq!(StopServerListeningResponse::decode(&stub("6da0c916"), format), Ok(Decoded::clean(stop)));
    assert_eq!(InqStatsRequest { count: 4 }.encode(format), stub("04000000"));
    let name = InqPrincNameRequest { authn_proto: 9, princ_name_size: 32 };
    assert_eq!(name.encode(format), stub("09000000 20000000"));
    assert_eq!(InqPrincNameRequest::decode(&stub("09000000 20000000 00"), format), Ok(Decoded::clean(name)));
}

#[test]
fn no_interfaces() {
    let response = InqIfIdsResponse { if_id_vector: None, status: mgmt::OP_DISALLOWED };
    assert_eq!(response.encode(NDR), stub("00000000 6da0c916"));
    assert_eq!(InqIfIdsResponse::decode(&stub("00000000 6da0c916"), NDR), Ok(Decoded::clean(response)));
}

fn check<T>(decoded: Result<Decoded<T>, DecodeError>, rule: &str, place: usize) {
    let defects: Vec<_> = decoded.map(|decoded| decoded.defects).unwrap();
    let found: Vec<_> = defects.iter().map(|defect| (defect.rule, defect.offset)).collect();
    assert_eq!(found, [(rule, place)]);
}

#[test]
fn answers_with_defects() {
    let ids = |octets| InqIfIdsResponse::decode(&stub(octets), NDR);
    check(ids("00000200 01000000 02000000 00000000 00000000"), rule::MAX_COUNT_EQUALS_SIZE, 8);
    check(ids("00000000 00000000 00"), rule::OUTPUT_ENDS_WITH_LAST_PARAMETER, 8);
    let counted = |octets| InqStatsResponse::decode(&stub(octets), NDR);
    check(counted("02000000 01000000 07000000 00000000"), rule::MAX_COUNT_EQUALS_SIZE, 0);
    let name = |octets| InqPrincNameResponse::decode(&stub(octets), NDR);
    check(name("04000000 01000000 02000000 6800 0000 00000000"), rule::OFFSET_IS_ZERO, 4);
    check(name("01000000 00000000 02000000 6800 0000 00000000"), rule::MAX_COUNT_COVERS_ACTUAL_COUNT, 8);
    check(name("04000000 00000000 02000000 6868 0000 00000000"), rule::STRING_IS_TERMINATED, 14);
}

/// Counts that reach past the end of the stub.
#[rstest]
#[case::interfaces(InqIfIdsResponse::decode(&stub("00000200 ffffff7f ffffff7f 00000000"), NDR).err(), "if_id")]
#[case::statistics(InqStatsResponse::decode(&stub("04000000 04000000 00000000"), NDR).err(), "statistics")]
#[case::name(InqPrincNameResponse::decode(&stub("20000000 00000000 20000000 00"), NDR).err(), "princ_name")]
#[case::listening(IsServerListeningResponse::decode(&stub("00000000"), NDR).err(), "return")]
#[case::stop(StopServerListeningResponse::decode(&stub("00"), NDR).err(), "status")]
#[case::request(InqPrincNameRequest::decode(&stub("00000000"), NDR).err(), "princ_name_size")]
fn answers_that_cannot_be_read(#[case] error: Option<DecodeError>, #[case] wanted: &str) {
    let Some(DecodeError::Short { field, .. }) = error else { panic!("{error:?}") };
    assert_eq!(field, wanted);
}

fn format() -> impl Strategy<Value = Format> {
    (any::<bool>(), any::<bool>()).prop_map(|(wide, big)| {
        let syntax = if wide { TransferSyntax::Ndr64 } else { TransferSyntax::Ndr };
        Format::new(syntax, if big { ByteOrder::Big } else { ByteOrder::Little })
    })
}

proptest! {
    #[test]
    fn what_is_written_comes_back(
        ids in prop::option::of(prop::collection::vec(prop::option::of((any::<u128>(), any::<u32>())), 0..5)),
        statistics in prop::collection::vec(any::<u32>(), 0..6),
        name in "[a-z/]{0,20}",
        room in 0_u64..9,
        status in any::<u32>(),
        format in format(),
    ) {
        let id = |(uuid, version)| SyntaxId { uuid: Uuid::from_u128(uuid), version };
        let if_id_vector = ids.map(|ids| {
            let elements: Vec<_> = ids.into_iter().map(|one| one.map(id)).collect();
            IfIdVector { count: u32::try_from(elements.len()).unwrap(), if_id: Conformant::from(elements) }
        });
        let response = InqIfIdsResponse { if_id_vector, status };
        prop_assert_eq!(InqIfIdsResponse::decode(&response.encode(format), format), Ok(Decoded::clean(response)));
        let response = InqStatsResponse { status, ..InqStatsResponse::from(statistics) };
        prop_assert_eq!(InqStatsResponse::decode(&response.encode(format), format), Ok(Decoded::clean(response)));
        let princ_name = Bytes::from(name + "\0");
        let response = InqPrincNameResponse { max_count: princ_name.len() as u64 + room, princ_name, status };
        prop_assert_eq!(InqPrincNameResponse::decode(&response.encode(format), format), Ok(Decoded::clean(response)));
    }

    /// Golden stubs of which some octets changed are read or refused; no more is read than the stub has room for.
    #[test]
    fn hostile_octets_do_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        format in format(),
    ) {
        for golden in [IF_IDS, IF_IDS_64, STATS, PRINC_NAME] {
            let mut octets = stub(golden).to_vec();
            for (place, octet) in &changes {
                let length = octets.len();
                octets[place.index(length)] = *octet;
            }
            let octets = Bytes::from(octets);
            let _ = InqPrincNameResponse::decode(&octets, format);
            if let Ok(decoded) = InqIfIdsResponse::decode(&octets, format) {
                let count = decoded.value.if_id_vector.map_or(0, |vector| vector.if_id.elements.len());
                prop_assert!(count * 4 <= octets.len());
            }
            if let Ok(decoded) = InqStatsResponse::decode(&octets, format) {
                prop_assert!(decoded.value.statistics.elements.len() * 4 <= octets.len());
            }
        }
    }
}
