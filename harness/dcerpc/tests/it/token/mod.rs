//! Tokens of security providers: golden octets, what can't be read, and that nothing of it panics.

mod golden;

use bytes::Bytes;
use dcerpc::Decoded;
use dcerpc::security::token::{
    ApRep, Authenticate, Challenge, EncryptedData, KerberosMessage, MechToken, Mechanism, NegState, NegTokenInit,
    NegTokenResp, NegotiateFlags, NtResponse, NtlmMessage, PrincipalName, TargetInfo, Token, rule,
};
use proptest::prelude::*;
use rstest::rstest;

use golden::{Golden, octets};

fn decode(octets: &Bytes) -> Token {
    let Decoded { value, defects } = Token::decode(octets).unwrap();
    assert_eq!(defects, []);
    value
}

fn kerberos(message: KerberosMessage) -> MechToken {
    MechToken::Kerberos(message)
}

/// The server of the golden tokens, by a service class.
fn principal(class: &str) -> PrincipalName {
    PrincipalName { name_type: 1, components: vec![class.to_owned(), "printsrv.lab.test".to_owned()] }
}

fn init(mechanism: Mechanism, mech_token: Option<MechToken>) -> Token {
    Token::Init(NegTokenInit { mech_types: vec![mechanism], mech_token, hints: false, mech_list_mic: false })
}

fn resp(state: NegState, supported_mech: Option<Mechanism>, response_token: Option<MechToken>) -> Token {
    Token::Resp(NegTokenResp { neg_state: Some(state), supported_mech, response_token, mech_list_mic: false })
}

#[rstest]
#[case::bare(golden::MIT_AP_REQ, "host")]
#[case::framed(golden::MIT_SPNEGO_AP_REQ_FRAMED, "host")]
#[case::of_dce(golden::MIT_SPNEGO_AP_REQ, "host")]
#[case::of_another_service(golden::MIT_SPNEGO_AP_REQ_CIFS, "cifs")]
fn ap_req(#[case] golden: Golden, #[case] class: &str) {
    let token = decode(&octets(golden));
    let Some(MechToken::Kerberos(KerberosMessage::ApReq(request))) = token.mech_token() else { panic!("{token:?}") };
    assert_eq!((request.realm.as_str(), &request.sname), ("LAB.TEST", &principal(class)));
    let kvno = Some(if class == "host" { 3 } else { 2 });
    assert_eq!((request.ticket, request.mutual_required), (EncryptedData { etype: 18, kvno }, true));
    if let Token::Init(init) = &token {
        assert_eq!(init.mech_types, [Mechanism::Kerberos]);
    }
}

#[test]
fn kerberos_is_answered() {
    let reply = kerberos(KerberosMessage::ApRep(ApRep { enc_part: EncryptedData { etype: 18, kvno: None } }));
    assert_eq!(decode(&octets(golden::MIT_AP_REP)), Token::Bare(reply.clone()));
    let answered = |state| resp(state, Some(Mechanism::Kerberos), Some(reply.clone()));
    assert_eq!(decode(&octets(golden::MIT_SPNEGO_AP_REP)), answered(NegState::ACCEPT_INCOMPLETE));
    assert_eq!(decode(&octets(golden::MIT_SPNEGO_AP_REP_FRAMED)), answered(NegState::ACCEPT_COMPLETED));
    let third = resp(NegState::ACCEPT_INCOMPLETE, None, Some(reply));
    assert_eq!(decode(&octets(golden::MIT_SPNEGO_THIRD_LEG)), third);
    assert_eq!(decode(&octets(golden::MIT_SPNEGO_COMPLETED)), resp(NegState::ACCEPT_COMPLETED, None, None));
}

#[rstest]
#[case::without_the_key(golden::MIT_SPNEGO_NOT_US, 35, "KRB_AP_ERR_NOT_US (35)")]
#[case::with_an_older_key(golden::MIT_SPNEGO_BAD_KEY_VERSION, 44, "KRB_AP_ERR_BADKEYVER (44)")]
fn kerberos_is_refused(#[case] golden: Golden, #[case] code: i32, #[case] shown: &str) {
    let token = decode(&octets(golden));
    let Some(MechToken::Kerberos(KerberosMessage::Error(error))) = token.mech_token() else { panic!("{token:?}") };
    assert_eq!((error.error_code.0, error.error_code.to_string().as_str()), (code, shown));
    assert_eq!((error.realm.as_str(), &error.sname), ("LAB.TEST", &principal("host")));
    assert!(matches!(&token, Token::Resp(resp) if resp.neg_state == Some(NegState::REJECT)));
}

#[test]
fn ntlm_by_pyspnego() {
    let flags = NegotiateFlags(0xE208_8237);
    let first = MechToken::Ntlm(NtlmMessage::Negotiate(flags));
    assert_eq!(decode(&octets(golden::PYSPNEGO_NTLM_NEGOTIATE)), Token::Bare(first.clone()));
    assert_eq!(decode(&octets(golden::PYSPNEGO_NEGOTIATE)), init(Mechanism::Ntlm, Some(first)));
    let target_info = TargetInfo {
        nb_computer_name: Some("PRINTSRV".to_owned()),
        nb_domain_name: Some("WORKSTATION".to_owned()),
        dns_computer_name: Some("PRINTSRV".to_owned()),
        ..TargetInfo::default()
    };
    let flags = NegotiateFlags(0xE28A_8235);
    let challenge =
        Challenge { flags, target_name: Some("PRINTSRV".to_owned()), target_info: Some(target_info.clone()) };
    let second = MechToken::Ntlm(NtlmMessage::Challenge(challenge));
    let answer = resp(NegState::REQUEST_MIC, Some(Mechanism::Ntlm), Some(second));
    assert_eq!(decode(&octets(golden::PYSPNEGO_CHALLENGE)), answer);

    let named = |name: &str| {
        let info = TargetInfo { flags: Some(2), target_name: Some(name.to_owned()), ..target_info.clone() };
        MechToken::Ntlm(NtlmMessage::Authenticate(Authenticate { flags, response: NtResponse::V2(info) }))
    };
    let third = decode(&octets(golden::PYSPNEGO_AUTHENTICATE));
    assert_eq!(third.mech_token(), Some(&named("host/PRINTSRV")));
    assert!(matches!(&third, Token::Resp(resp) if resp.mech_list_mic && resp.supported_mech.is_none()));
    assert_eq!(decode(&octets(golden::PYSPNEGO_NTLM_AUTHENTICATE)), Token::Bare(named("host/PRINTSRV")));
    assert_eq!(decode(&octets(golden::PYSPNEGO_AUTHENTICATE_CIFS)).mech_token(), Some(&named("cifs/PRINTSRV")));
    let last = decode(&octets(golden::PYSPNEGO_COMPLETED));
    assert!(matches!(last, Token::Resp(resp) if resp.mech_list_mic && resp.response_token.is_none()));
}

#[test]
fn ntlm_by_the_specification() {
    let target_info = TargetInfo {
        nb_computer_name: Some("Server".to_owned()),
        nb_domain_name: Some("Domain".to_owned()),
        ..TargetInfo::default()
    };
    let (flags, target_name) = (NegotiateFlags(0xE28A_8233), Some("Server".to_owned()));
    let challenge = Challenge { flags, target_name, target_info: Some(target_info.clone()) };
    let token = Token::Bare(MechToken::Ntlm(NtlmMessage::Challenge(challenge)));
    assert_eq!(decode(&octets(golden::MS_NLMP_CHALLENGE)), token);

    let (flags, response) = (NegotiateFlags(0xE288_8235), NtResponse::V2(target_info));
    let token = Token::Bare(MechToken::Ntlm(NtlmMessage::Authenticate(Authenticate { flags, response })));
    assert_eq!(decode(&octets(golden::MS_NLMP_AUTHENTICATE)), token);
    // The same with a response of 24 octets, and with none.
    for (length, expected) in [("18001800", NtResponse::V1), ("00000000", NtResponse::Absent)] {
        let changed = changed(golden::MS_NLMP_AUTHENTICATE, "54005400", length);
        let other = decode(&changed);
        let Token::Bare(MechToken::Ntlm(NtlmMessage::Authenticate(authenticate))) = other else { panic!("{other:?}") };
        assert_eq!(authenticate.response, expected);
    }
}

#[test]
fn hints_of_ms_spng() {
    let expected = NegTokenInit {
        mech_types: vec![Mechanism::NegoEx, Mechanism::Ntlm],
        mech_token: Some(MechToken::Other(None)),
        hints: true,
        mech_list_mic: false,
    };
    assert_eq!(decode(&octets(golden::MS_SPNG_NEG_TOKEN_INIT2)), Token::Init(expected));
}

/// The golden octets with one piece of them, in hexadecimal, replaced by another of the same length.
fn changed(golden: Golden, from: &str, to: &str) -> Bytes {
    let hex = hex::encode(octets(golden));
    assert_eq!(hex.matches(from).count(), 1, "{from} has to stand there once");
    assert_eq!(from.len(), to.len());
    hex::decode(hex.replace(from, to)).unwrap().into()
}

#[rstest]
#[case::message_type(
    changed(golden::MS_NLMP_CHALLENGE, "5353500002", "5353500004"),
    "offset 0x8: MessageType is 4, expected 1, 2 or 3"
)]
#[case::payload_outside(
    changed(golden::MS_NLMP_CHALLENGE, "2400240044000000", "2400240045000000"),
    "offset 0x45: TargetInfo needs 36 octets, 35 left"
)]
#[case::av_pair_outside(
    changed(golden::MS_NLMP_CHALLENGE, "02000c0044006f", "0200ff0044006f"),
    "offset 0x48: Value needs 255 octets, 32 left"
)]
#[case::response_too_short(
    changed(golden::MS_NLMP_AUTHENTICATE, "54005400", "20005400"),
    "offset 0x84: NTLMv2_CLIENT_CHALLENGE needs 44 octets, 32 left"
)]
#[case::tag(
    changed(golden::MIT_AP_REQ, "a10a1b084c41422e", "a10a04084c41422e"),
    "offset 0x2e: realm is an element of tag 0x04, expected a GeneralString"
)]
#[case::length(
    changed(golden::MIT_AP_REQ, "6e8202b8308202b4", "6e8202b8308202b5"),
    "offset 0x8: AP-REQ needs 693 octets, 692 left"
)]
#[case::indefinite_length(
    changed(golden::MIT_AP_REQ, "6e8202b8308202b4", "6e8202b8308002b4"),
    "offset 0x5: AP-REQ is a length of form 0x80, expected a length in at most 4 octets"
)]
#[case::nothing(Bytes::from_static(&[0x6E, 0x00]), "offset 0x2: AP-REQ needs 2 octets, 0 left")]
#[case::no_ticket(
    Bytes::from_static(&[0x6E, 0x02, 0x30, 0x00]),
    "offset 0x2: ticket is missing, expected a field of its message"
)]
#[case::integer(
    Bytes::from_static(&[0x7E, 0x08, 0x30, 0x06, 0xA6, 0x04, 0x02, 0x02, 0x80, 0x00]),
    "offset 0x2: realm is missing, expected a field of its message"
)]
#[case::wide_integer(
    Bytes::from_static(&[0x7E, 0x0B, 0x30, 0x09, 0xA6, 0x07, 0x02, 0x05, 1, 0, 0, 0, 0]),
    "offset 0x8: error-code is 4294967296, expected an integer of its type"
)]
#[case::empty_integer(
    Bytes::from_static(&[0x7E, 0x06, 0x30, 0x04, 0xA6, 0x02, 0x02, 0x00]),
    "offset 0x8: error-code is one of 0 octets, expected an integer of 1 to 8 octets"
)]
fn what_cant_be_read(#[case] octets: Bytes, #[case] expected: &str) {
    assert_eq!(Token::decode(&octets).unwrap_err().to_string(), expected);
}

/// What can't be read of a mechanism's token leaves SPNEGO's own fields; offsets are of the whole token.
#[rstest]
#[case::message_type(
    changed(golden::PYSPNEGO_CHALLENGE, "5353500002", "5353500005"),
    "offset 0x27: MessageType is 5, expected 1, 2 or 3"
)]
#[case::another_message_than_its_frame_names(
    changed(golden::MIT_SPNEGO_AP_REP_FRAMED, "01020202006f", "01020203006f"),
    "offset 0x2e: the message that TOK_ID names is an element of tag 0x6f, expected the element of its APPLICATION tag"
)]
fn mechanisms_that_cant_be_read(#[case] octets: Bytes, #[case] expected: &str) {
    let token = decode(&octets);
    let Some(MechToken::Unreadable(error)) = token.mech_token() else { panic!("{token:?}") };
    assert_eq!(error.to_string(), expected);
    assert!(matches!(token, Token::Resp(resp) if resp.supported_mech.is_some()));
}

#[rstest]
#[case::long_length(&[0xA1, 0x81, 0x02, 0x30, 0x00], rule::LENGTH_IS_MINIMAL, 1)]
#[case::tail(&[0xA1, 0x02, 0x30, 0x00, 0x00], rule::NOTHING_FOLLOWS, 4)]
fn defects(#[case] octets: &'static [u8], #[case] rule: &str, #[case] offset: usize) {
    let defects = Token::decode(&Bytes::from_static(octets)).unwrap().defects;
    let seen: Vec<_> = defects.iter().map(|defect| (defect.rule, defect.offset)).collect();
    assert_eq!(seen, [(rule, offset)]);
}

#[rstest]
#[case::lone_surrogate("53006500720076006500720002", "00d86500720076006500720002", rule::NAME_IS_UNICODE, 0x38)]
#[case::no_end("72000000000000000000c5da", "72000a0000000a000000c5da", rule::AV_PAIRS_END, 0xD8)]
fn defects_of_ntlm(#[case] from: &str, #[case] to: &str, #[case] rule: &str, #[case] offset: usize) {
    let golden = if offset < 0x40 { golden::MS_NLMP_CHALLENGE } else { golden::MS_NLMP_AUTHENTICATE };
    let defects = Token::decode(&changed(golden, from, to)).unwrap().defects;
    let seen: Vec<_> = defects.iter().map(|defect| (defect.rule, defect.offset)).collect();
    assert_eq!(seen, [(rule, offset)]);
}

#[rstest]
#[case::of_nobody(&[0x06, 0x03, 0x2A, 0x03, 0x04], "1.2.3.4")]
#[case::of_high_arcs(&[0x06, 0x04, 0x88, 0x37, 0x84, 0x22], "2.999.546")]
#[case::of_kerberos_between_users(&[0x06, 0x0A, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2, 3], "Kerberos between users")]
fn other_mechanisms(#[case] identifier: &[u8], #[case] shown: &str) {
    let mut octets = vec![0x60, u8::try_from(identifier.len()).unwrap()];
    octets.extend(identifier);
    let Token::Bare(MechToken::Other(Some(mechanism))) = decode(&octets.into()) else { panic!("no mechanism") };
    assert_eq!(mechanism.to_string(), shown);
}

/// SPNEGO inside SPNEGO, however deep, is looked at once.
#[test]
fn nested_negotiation_is_not_followed() {
    let inner = octets(golden::PYSPNEGO_NEGOTIATE);
    let mut octets = vec![0xA1, 0x52, 0x30, 0x50, 0xA2, 0x4E, 0x04, 0x4A];
    octets[7] = u8::try_from(inner.len()).unwrap();
    (octets[1], octets[3], octets[5]) = (octets[7] + 6, octets[7] + 4, octets[7] + 2);
    octets.extend(&inner);
    let token = decode(&octets.into());
    assert_eq!(token.mech_token(), Some(&MechToken::Other(Some(Mechanism::Spnego))));
}

/// What proves who somebody is stays out of what is kept.
#[test]
fn nothing_secret_is_kept() {
    let shown = format!("{:?}", decode(&octets(golden::MS_NLMP_AUTHENTICATE)));
    for secret in ["User", "User".to_uppercase().as_str(), "Password", "86", "aa", "c5", "170"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

/// Tokens that begin as the golden ones do, and then go astray.
fn astray() -> impl Strategy<Value = Bytes> {
    let golden = prop::sample::select(golden::ALL).prop_map(|golden| octets(golden).to_vec());
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6);
    (golden, changes, any::<prop::sample::Index>()).prop_map(|(mut octets, changes, end)| {
        for (index, octet) in changes {
            let index = index.index(octets.len());
            octets[index] = octet;
        }
        // One in some is cut too.
        if end.index(3) == 0 {
            octets.truncate(end.index(octets.len()));
        }
        octets.into()
    })
}

fn arbitrary() -> impl Strategy<Value = Bytes> {
    let begin = prop::sample::select(vec![&b""[..], b"NTLMSSP\0", &[0x60], &[0xA1], &[0x6E], &[0x6F], &[0x7E]]);
    (begin, prop::collection::vec(any::<u8>(), 0..200)).prop_map(|(begin, rest)| [begin, &rest].concat().into())
}

proptest! {
    #[test]
    fn any_octets_are_read_or_refused(octets in prop_oneof![astray(), arbitrary()]) {
        match Token::decode(&octets) {
            Ok(Decoded { value, defects }) => {
                prop_assert!(defects.iter().all(|defect| defect.offset <= octets.len()));
                if let Some(MechToken::Unreadable(error)) = value.mech_token() {
                    prop_assert!(error.offset() <= octets.len());
                }
            }
            Err(error) => prop_assert!(error.offset() <= octets.len()),
        }
    }
}
