//! PDUs: octets of other implementations, defects, arbitrary octets.

mod octets;

use bytes::Bytes;
use dcerpc::pdu::{Body, Command, Features, Pdu, PduType, VerificationTrailer};
use dcerpc::{ByteOrder, TransferSyntax};
use octets::GOLDEN;
use proptest::prelude::*;
use rstest::rstest;

fn octets(hex: &str) -> Bytes {
    hex::decode(hex).unwrap().into()
}

/// The first PDU of that maker and type.
pub(crate) fn golden(maker: &str, ptype: &str) -> Bytes {
    octets(GOLDEN.iter().find(|golden| golden.maker == maker && golden.ptype == ptype).unwrap().hex)
}

#[test]
fn golden_octets_decode_and_encode_back() {
    for golden in GOLDEN {
        let octets = octets(golden.hex);
        let decoded = Pdu::decode(&octets).unwrap();
        let label = format!("{} of {}: {}", golden.ptype, golden.maker, golden.hex);
        assert_eq!(decoded.defects, [], "{label}");
        assert_eq!(decoded.value.header.ptype.name(), Some(golden.ptype), "{label}");
        assert_eq!(decoded.value.body.ptype(), decoded.value.header.ptype, "{label}");
        assert_eq!(decoded.value.encode(), octets, "{label}");
        assert_eq!(decoded.value.clone().measured(), decoded.value, "{label}");
    }
}

#[test]
fn golden_octets_survive_the_other_byte_order() {
    for golden in GOLDEN {
        let mut pdu = Pdu::decode(&octets(golden.hex)).unwrap().value;
        let body = pdu.body.clone();
        pdu.header.drep[0] ^= 0x10;
        let octets = pdu.encode();
        let decoded = Pdu::decode(&octets).unwrap();
        assert_eq!(decoded.defects, [], "{}", golden.hex);
        assert_eq!(decoded.value.body, body, "{}", golden.hex);
        assert_eq!(decoded.value.header.frag_length, pdu.header.frag_length);
    }
}

/// What Scapy says in its two byte orders is the same.
#[test]
fn both_byte_orders_mean_the_same() {
    let scapy = |ptype: &str, order| {
        let of = |golden: &&octets::Golden| golden.maker == "Scapy 2.8" && golden.ptype == ptype;
        let mut pdus = GOLDEN.iter().filter(of).map(|golden| Pdu::decode(&octets(golden.hex)).unwrap().value);
        pdus.rfind(|pdu| pdu.header.order() == order).unwrap().body
    };
    for ptype in ["fault", "bind_nak", "request", "response", "bind", "co_cancel"] {
        assert_eq!(scapy(ptype, ByteOrder::Little), scapy(ptype, ByteOrder::Big), "{ptype}");
    }
}

/// Replaces octets of a PDU and names the rules that it breaks then.
#[track_caller]
fn check_defects(hex: &str, at: usize, replacement: &[u8], rules: &[&str]) {
    let mut changed = octets(hex).to_vec();
    changed[at..at + replacement.len()].copy_from_slice(replacement);
    let changed = Bytes::from(changed);
    let decoded = Pdu::decode(&changed).unwrap();
    let found: Vec<_> = decoded.defects.iter().map(|defect| defect.rule).collect();
    assert_eq!(found, rules);
    assert!(decoded.defects.iter().all(|defect| defect.offset <= changed.len()));
    assert_eq!(decoded.value.encode(), changed);
}

const REQUEST: &str = "05000003100000002c00000001000000140000000000010000000000\
                       6eea45e2bc250f43a31609144ac1f59b";
const RESPONSE: &str = "05000203100000001c00000001000000040000000000000000000000";
const BIND: &str = "05000b03100000004800000001000000d016d0160000000001000000000001009b0633aea8a2ee46a235ddfd339be281\
                    01000000045d888aeb1cc9119fe808002b10486002000000";
const BIND_ACK: &str = "05000c03100000003c00000001000000d016d0160100000005003439313200000100000000000000045d888aeb1c\
                        c9119fe808002b10486002000000";
const SEALED: &str = "05000003100000003800100003000000040000000000040031323334bbbbbbbb0a0604007f35010001000000aaaa\
                      aaaaaaaaaaaa00000000";

#[rstest]
#[case::version(REQUEST, 0, &[4], &["MS-RPCE/3.3.1.5.1/version-is-5.0"])]
#[case::minor_version(REQUEST, 1, &[1], &["MS-RPCE/3.3.1.5.1/version-is-5.0"])]
#[case::reserved_flag(REQUEST, 3, &[0x0B], &["C706/12.6.3.1/reserved-flag-is-clear"])]
#[case::character_set(REQUEST, 4, &[0x12], &["C706/14.1/data-representation-is-known"])]
#[case::float(REQUEST, 5, &[4], &["C706/14.1/data-representation-is-known"])]
#[case::reserved_drep(REQUEST, 6, &[1], &["C706/14.1/data-representation-is-known"])]
#[case::short_frag_length(REQUEST, 8, &[0x2B], &["C706/12.6.3.1/frag-length-is-length-of-pdu"])]
#[case::long_frag_length(REQUEST, 8, &[0x2D], &["C706/12.6.3.1/frag-length-is-length-of-pdu"])]
#[case::auth_length(REQUEST, 10, &[0x20], &["MS-RPCE/2.2.2.11/auth-length-fits-frag-length"])]
#[case::auth_padding(SEALED, 34, &[0x11], &["MS-RPCE/2.2.2.11/auth-padding-fits-body"])]
#[case::auth_alignment(SEALED, 10, &[0x0F], &["C706/13.2.6.1/verifier-is-aligned"])]
#[case::response_reserved(RESPONSE, 23, &[1], &["C706/12.6.4/reserved-is-zero"])]
#[case::fragmented_bind(BIND, 3, &[1], &["C706/12.6.3.1/only-requests-and-responses-are-fragmented"])]
#[case::bind_reserved(BIND, 25, &[1, 2, 3], &["C706/12.6.4/reserved-is-zero"; 3])]
#[case::fewer_contexts(BIND, 24, &[0], &["C706/12.6.4/body-ends-where-its-fields-end"])]
#[case::context_reserved(BIND, 31, &[1], &["C706/12.6.4/reserved-is-zero"])]
#[case::open_address(BIND_ACK, 30, &[0x33], &["C706/12.6.3.1/secondary-address-is-terminated"])]
#[case::unknown_result(BIND_ACK, 36, &[9], &["MS-RPCE/2.2.2.4/result-is-known"])]
fn defects_are_named(#[case] hex: &str, #[case] at: usize, #[case] octets: &[u8], #[case] rules: &[&str]) {
    check_defects(hex, at, octets, rules);
}

#[rstest]
#[case::header("05000003100000002c000000", "offset 0xc: call_id needs 4 octets, 0 left")]
#[case::empty("", "offset 0x0: rpc_vers needs 1 octets, 0 left")]
#[case::request("0500000310000000160000000100000014000000", "offset 0x14: p_cont_id needs 2 octets, 0 left")]
#[case::object("05000083100000001800000001000000140000000000010000", "offset 0x18: object needs 16 octets, 1 left")]
fn short_octets_are_errors(#[case] hex: &str, #[case] error: &str) {
    assert_eq!(Pdu::decode(&octets(hex)).unwrap_err().to_string(), error);
}

#[test]
fn a_fault_without_its_reserved_field_is_read() {
    let octets = octets("05000303100000001c000000010000000000000001000000020001 1c".replace(' ', "").as_str());
    let decoded = Pdu::decode(&octets).unwrap();
    assert_eq!(decoded.defects.first().map(|defect| defect.rule), Some("C706/12.6.4.7/fault-is-complete"));
    assert!(matches!(&decoded.value.body, Body::Fault(fault) if fault.status == 0x1C01_0002));
    assert_eq!(decoded.value.encode(), octets);
}

#[test]
fn a_sealed_request_keeps_padding_and_token_apart_from_its_stub() {
    let pdu = Pdu::decode(&octets(SEALED)).unwrap().value;
    let Body::Request(request) = &pdu.body else { panic!("{pdu:?}") };
    let auth = pdu.auth.as_ref().unwrap();
    assert_eq!(request.stub, "1234");
    assert_eq!((auth.auth_type, auth.auth_level, auth.context_id), (10, 6, 79231));
    assert_eq!((auth.padding.len(), auth.token.len()), (4, 16));
}

#[test]
fn an_unknown_ptype_is_kept_raw() {
    let decoded = Pdu::decode(&octets("05001403100000001300000001000000aabbcc")).unwrap();
    assert_eq!(decoded.defects, []);
    assert_eq!(decoded.value.body, Body::Unknown(PduType(0x14), Bytes::from_static(b"\xAA\xBB\xCC")));
    assert_eq!(decoded.value.header.ptype.to_string(), "PTYPE 0x14");
}

#[test]
fn features_are_a_transfer_syntax() {
    let both = Features(3);
    assert_eq!(both.to_syntax().uuid.to_string(), "6cb71c2c-9812-4540-0300-000000000000");
    assert_eq!(Features::from_syntax(both.to_syntax()), Some(both));
    assert_eq!(Features::from_syntax(TransferSyntax::Ndr.id()), None);
    assert_eq!(both.common(Features::KEEP_CONNECTION_ON_ORPHAN).to_reason(), 2);
}

#[test]
fn scapys_verification_trailer_is_split_off() {
    let golden = GOLDEN.iter().find(|golden| golden.hex.contains("8ae3137102f43671")).unwrap();
    let pdu = Pdu::decode(&octets(golden.hex)).unwrap().value;
    let Body::Request(request) = pdu.body else { panic!("a request was expected") };
    let (stub, trailer) = VerificationTrailer::split(request.stub.clone());
    let trailer = trailer.unwrap();
    assert_eq!(stub, "");
    assert_eq!(trailer.commands.iter().map(Command::kind).collect::<Vec<_>>(), [Command::PCONTEXT]);
    assert_eq!(trailer.append(&stub), request.stub);
}

proptest! {
    #[test]
    fn arbitrary_octets_never_panic(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let octets = Bytes::from(octets);
        if let Ok(decoded) = Pdu::decode(&octets) {
            prop_assert_eq!(decoded.value.encode(), octets);
        }
    }

    /// Changed octets of real PDUs reach deeper than arbitrary ones.
    #[test]
    fn changed_octets_decode_and_encode_back(
        golden in 0..GOLDEN.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        whole: bool,
    ) {
        let mut octets = octets(GOLDEN[golden].hex).to_vec();
        for (at, octet) in changes {
            *at.get_mut(&mut octets) = octet;
        }
        octets.truncate(if whole { octets.len() } else { cut.index(octets.len()) });
        let octets = Bytes::from(octets);
        if let Ok(decoded) = Pdu::decode(&octets) {
            prop_assert_eq!(decoded.value.encode(), octets);
        }
    }

    #[test]
    fn a_trailer_splits_off_where_it_was_appended(
        stub in prop::collection::vec(any::<u8>(), 0..64),
        body in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let command = Command { command: Command::BITMASK_1 | Command::END, body: body.into() };
        let trailer = VerificationTrailer { commands: vec![command], rest: Bytes::new() };
        let stub = Bytes::from(stub);
        let (before, found) = VerificationTrailer::split(trailer.append(&stub));
        prop_assert_eq!(before.len(), stub.len().next_multiple_of(4));
        prop_assert_eq!(found, Some(trailer));
    }
}
