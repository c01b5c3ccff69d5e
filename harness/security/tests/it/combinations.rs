//! Every provider, level and role against itself.

use bytes::Bytes;
use dcerpc::Decoded;
use dcerpc::security::token::{MechToken, NtResponse, NtlmMessage, Token};
use dcerpc::security::{
    Acceptor, Account, Level, Mechanism, Protection, Provider, SecurityError, Sender, SessionKey, Unsigned,
};
use rstest::rstest;
use security::{Accounts, Initiator, PacketLevel, unsealer};

use crate::pair::{Pair, Way, alice, other};

const BODIES: [&[u8]; 4] = [b"", b"x", b"a stub of some octets", &[7; 1000]];

#[rstest]
fn protected_pdus_come_through(
    #[values(
        Way::Ntlm,
        Way::NtlmInSpnego,
        Way::NtlmForWantOfKerberos,
        Way::Kerberos,
        Way::Kerberos128,
        Way::KerberosInSpnego
    )]
    way: Way,
    #[values(Level::CALL, Level::PKT, Level::INTEGRITY, Level::PRIVACY)] level: Level,
    #[values(false, true)] header_signing: bool,
) {
    let mut pair = way.pair(level);
    let mut witness = unsealer(&pair.initiator.session_key().unwrap()).unwrap();
    for body in BODIES {
        for sender in [Sender::Initiator, Sender::Acceptor, Sender::Initiator] {
            let mut pdu = pair.protected(sender, body, header_signing);
            assert_eq!(pdu.token.len(), pair.end(sender).token_octets());
            // A single octet can be sealed to itself.
            assert!(body.len() < 8 || (pdu.body != body) == (level == Level::PRIVACY), "only privacy seals");
            let received = pair.received(sender, pdu.clone(), header_signing);
            assert_eq!(received, Ok((Protection::Signed, body.to_vec())));
            let (segments, token) = pdu.segments();
            assert_eq!(witness.open(sender, level, segments, &token, header_signing), Ok(Protection::Signed));
            assert_eq!(pdu.body, body);
        }
    }
}

#[rstest]
fn both_ends_agree_and_the_server_knows_the_client(
    #[values(
        Way::Ntlm,
        Way::NtlmInSpnego,
        Way::NtlmForWantOfKerberos,
        Way::Kerberos,
        Way::Kerberos128,
        Way::KerberosInSpnego
    )]
    way: Way,
) {
    let pair = way.pair(Level::PKT);
    assert_eq!(pair.initiator.session_key(), pair.acceptor.session_key());
    let domain = if way.is_kerberos() { "LAB.TEST" } else { "LAB" };
    let account = Account { user: "alice".into(), domain: domain.into() };
    assert_eq!((pair.initiator.account(), pair.acceptor.account()), (None, Some(account)));
    assert_eq!((pair.acceptor.provider(), pair.acceptor.level()), (way.provider(), Level::PKT));
}

#[rstest]
fn at_connect_level_nothing_is_protected(
    #[values(
        Way::Ntlm,
        Way::NtlmInSpnego,
        Way::NtlmForWantOfKerberos,
        Way::Kerberos,
        Way::Kerberos128,
        Way::KerberosInSpnego
    )]
    way: Way,
) {
    let mut pair = way.pair(Level::CONNECT);
    assert_eq!(pair.initiator.session_key(), None);
    assert_eq!(pair.initiator.token_octets(), 0);
    let mut pdu = pair.protected(Sender::Initiator, b"stub", false);
    assert_eq!((pdu.body.as_slice(), pdu.token.len()), (&b"stub"[..], 0));
    // Some send a token all the same.
    pdu.token = Bytes::from_static(&[1; 16]);
    assert_eq!(pair.received(Sender::Initiator, pdu, false), Ok((Protection::Unprotected, b"stub".to_vec())));
}

/// Which octet of a PDU is another one.
#[derive(Clone, Copy, Debug)]
enum Tampered {
    Header,
    Body,
    SecTrailer,
    Token(usize),
}

#[rstest]
fn a_tampered_octet_is_refused(
    #[values(
        Way::Ntlm,
        Way::NtlmInSpnego,
        Way::NtlmForWantOfKerberos,
        Way::Kerberos,
        Way::Kerberos128,
        Way::KerberosInSpnego
    )]
    way: Way,
    #[values(Level::PKT, Level::INTEGRITY, Level::PRIVACY)] level: Level,
    #[values(Sender::Initiator, Sender::Acceptor)] sender: Sender,
    #[values(
        Tampered::Header,
        Tampered::Body,
        Tampered::SecTrailer,
        Tampered::Token(0),
        Tampered::Token(5),
        Tampered::Token(15)
    )]
    tampered: Tampered,
) {
    let mut pair = way.pair(level);
    let mut pdu = pair.protected(sender, b"a stub", true);
    match tampered {
        Tampered::Header => pdu.header[3] ^= 1,
        Tampered::Body => pdu.body[3] ^= 1,
        Tampered::SecTrailer => pdu.sec_trailer[3] ^= 1,
        Tampered::Token(at) => {
            let mut token = pdu.token.to_vec();
            token[at] ^= 1;
            pdu.token = token.into();
        }
    }
    assert!(matches!(pair.received(sender, pdu, true), Err(SecurityError::Unverified(_))));
}

/// NTLM signs all segments in any case ([MS-NLMP] 3.4.8.1), Kerberos without header signing only the body.
#[rstest]
#[case(Way::Ntlm, false)]
#[case(Way::Kerberos, true)]
fn without_header_signing_the_mechanism_says_what_is_covered(
    #[case] way: Way,
    #[case] taken: bool,
    #[values(Level::INTEGRITY, Level::PRIVACY)] level: Level,
    #[values(Tampered::Header, Tampered::Body, Tampered::SecTrailer)] tampered: Tampered,
) {
    let mut pair = way.pair(level);
    let mut pdu = pair.protected(Sender::Initiator, b"a stub", false);
    match tampered {
        Tampered::Header => pdu.header[3] ^= 1,
        Tampered::SecTrailer => pdu.sec_trailer[3] ^= 1,
        Tampered::Body | Tampered::Token(_) => pdu.body[3] ^= 1,
    }
    let taken = taken && !matches!(tampered, Tampered::Body);
    assert_eq!(pair.received(Sender::Initiator, pdu, false).is_ok(), taken);
}

#[rstest]
fn replayed_reordered_and_reflected_pdus_are_refused(
    #[values(
        Way::Ntlm,
        Way::NtlmInSpnego,
        Way::NtlmForWantOfKerberos,
        Way::Kerberos,
        Way::Kerberos128,
        Way::KerberosInSpnego
    )]
    way: Way,
    #[values(Level::PKT, Level::INTEGRITY, Level::PRIVACY)] level: Level,
) {
    let refused = |received: Result<_, SecurityError>, what: &str| {
        assert!(matches!(received, Err(SecurityError::Unverified(_))), "{what}: {received:?}");
    };
    let mut replayed = way.pair(level);
    let pdu = replayed.protected(Sender::Initiator, b"once", true);
    replayed.received(Sender::Initiator, pdu.clone(), true).unwrap();
    refused(replayed.received(Sender::Initiator, pdu.clone(), true), "a replay");
    refused(replayed.received(other(Sender::Initiator), pdu, true), "a reflection");

    let mut reordered = way.pair(level);
    let _first = reordered.protected(Sender::Initiator, b"first", true);
    let second = reordered.protected(Sender::Initiator, b"second", true);
    refused(reordered.received(Sender::Initiator, second, true), "the second PDU in place of the first");
}

/// The number in front of a Wrap token is signed by its copy inside.
#[test]
fn a_replay_with_the_number_that_is_due_is_refused() {
    let mut pair = Way::Kerberos.pair(Level::PRIVACY);
    let mut pdu = pair.protected(Sender::Initiator, b"once", true);
    pair.received(Sender::Initiator, pdu.clone(), true).unwrap();
    let mut token = pdu.token.to_vec();
    let number = u64::from_be_bytes(token[8..16].try_into().unwrap()) + 1;
    token[8..16].copy_from_slice(&number.to_be_bytes());
    pdu.token = token.into();
    let refused = pair.received(Sender::Initiator, pdu, true).unwrap_err();
    assert_eq!(refused, SecurityError::Unverified("its seal does not fit the octets".into()));
}

/// [MS-SPNG] 3.2.5.1, 3.3.5.1: the list of mechanisms was signed with number 0, and the stream begins anew.
#[rstest]
#[case(Way::Ntlm, 0)]
#[case(Way::NtlmInSpnego, 1)]
fn after_a_mech_list_mic_the_first_pdu_has_number_1(#[case] way: Way, #[case] number: u8) {
    let mut pair = way.pair(Level::PKT);
    for sender in [Sender::Initiator, Sender::Acceptor] {
        assert_eq!(pair.protected(sender, b"stub", true).token[12..], [number, 0, 0, 0]);
    }
    let key = pair.acceptor.session_key().unwrap();
    let Mechanism::Ntlm { first_sequence_number, .. } = key.mechanism else { panic!("{key:?}") };
    assert_eq!(first_sequence_number, number.into());
}

#[rstest]
#[case(PacketLevel::Absent, Unsigned::Absent)]
#[case(PacketLevel::Zeroes, Unsigned::Zeroes)]
fn unsigned_pdus_are_told_apart_at_packet_level(#[case] sent: PacketLevel, #[case] told: Unsigned) {
    let client = Initiator::new(alice("Sesame!")).with_packet_level(sent);
    let accounts = Accounts::new([alice("Sesame!")]);
    let ends = |level| {
        let initiator = client.context(Provider::NTLM, level).unwrap();
        Pair::established(initiator, accounts.accept(Provider::NTLM, level).unwrap()).unwrap()
    };
    let mut pair = ends(Level::PKT);
    let pdu = pair.protected(Sender::Initiator, b"stub", false);
    assert_eq!(pdu.token.len(), pair.initiator.token_octets());
    let received = pair.received(Sender::Initiator, pdu.clone(), false);
    assert_eq!(received, Ok((Protection::Unsigned(told), b"stub".to_vec())));
    // What is signed goes on to verify, and elsewhere nothing goes unsigned.
    let signed = pair.protected(Sender::Acceptor, b"stub", false);
    assert_eq!(pair.received(Sender::Acceptor, signed, false), Ok((Protection::Signed, b"stub".to_vec())));
    for level in [Level::INTEGRITY, Level::PRIVACY] {
        let mut pair = ends(level);
        assert!(matches!(pair.received(Sender::Initiator, pdu.clone(), false), Err(SecurityError::Unverified(_))));
    }
}

#[rstest]
#[case::wrong_password(Provider::NTLM, "Simsalabim", "the password is wrong")]
#[case::wrong_password_in_spnego(Provider::NEGOTIATE, "Simsalabim", "the password is wrong")]
fn a_wrong_password_is_refused(#[case] provider: Provider, #[case] password: &str, #[case] reason: &str) {
    let initiator = Initiator::new(alice(password)).context(provider, Level::PKT).unwrap();
    let acceptor = Accounts::new([alice("Sesame!")]).accept(provider, Level::PKT).unwrap();
    let refused = Pair::established(initiator, acceptor).unwrap_err();
    assert_eq!(refused, SecurityError::Refused(reason.into()));
}

#[rstest]
#[case("LAB", "ALICE", true)]
#[case("lab", "alice", true)]
#[case("", "alice", true)]
#[case("", "alice@lab", true)]
#[case("OTHER", "alice", false)]
#[case("LAB", "mallory", false)]
fn an_account_is_found_by_user_and_domain(#[case] domain: &str, #[case] user: &str, #[case] found: bool) {
    let mut client = alice("Sesame!");
    (client.user, client.domain) = (user.into(), domain.into());
    let initiator = Initiator::new(client).context(Provider::NTLM, Level::PKT).unwrap();
    let acceptor = Accounts::new([alice("Sesame!")]).accept(Provider::NTLM, Level::PKT).unwrap();
    let pair = Pair::established(initiator, acceptor);
    assert_eq!(pair.map(|pair| pair.acceptor.account().unwrap().user).ok(), found.then(|| "alice".to_owned()));
}

/// The client leaves its MIC out, so nothing but NTProofStr tells that it does not know the password.
#[test]
fn a_wrong_password_is_refused_without_a_mic_too() {
    let mut initiator = Initiator::new(alice("Simsalabim")).context(Provider::NTLM, Level::PKT).unwrap();
    let mut acceptor = Accounts::new([alice("Sesame!")]).accept(Provider::NTLM, Level::PKT).unwrap();
    let negotiate = initiator.step(None).unwrap().token.unwrap();
    let challenge = acceptor.step(Some(&negotiate)).unwrap().token.unwrap();
    let mut authenticate = initiator.step(Some(&challenge)).unwrap().token.unwrap().to_vec();
    // MsvAvFlags with the MIC's flag.
    let flags = authenticate.windows(8).position(|octets| octets == [6, 0, 4, 0, 2, 0, 0, 0]).unwrap();
    authenticate[flags + 4] = 0;
    let refused = acceptor.step(Some(&authenticate.into())).unwrap_err();
    assert_eq!(refused, SecurityError::Refused("the password is wrong".into()));
}

#[test]
fn after_a_refusal_nothing_goes_on() {
    let mut acceptor = Accounts::new([alice("Sesame!")]).accept(Provider::NTLM, Level::PKT).unwrap();
    assert!(acceptor.step(Some(&Bytes::from_static(b"no token"))).is_err());
    let mut initiator = Initiator::new(alice("Sesame!")).context(Provider::NTLM, Level::PKT).unwrap();
    let negotiate = initiator.step(None).unwrap().token.unwrap();
    assert!(acceptor.step(Some(&negotiate)).is_err(), "the context is over");
}

#[test]
fn what_is_not_offered_is_unsupported() {
    let accounts = Accounts::new([alice("Sesame!")]);
    for (provider, level) in [(Provider(0x44), Level::PKT), (Provider::NTLM, Level(7)), (Provider::NTLM, Level::NONE)] {
        assert!(matches!(accounts.accept(provider, level), Err(SecurityError::Unsupported(_))));
    }
    let kerberos = Initiator::new(alice("Sesame!")).context(Provider::KERBEROS, Level::PKT);
    assert!(matches!(kerberos, Err(SecurityError::Unsupported(_))));
}

#[test]
fn nothing_shows_a_secret() {
    let pair = Way::Ntlm.pair(Level::PKT);
    let SessionKey { octets, .. } = pair.initiator.session_key().unwrap();
    let shown = format!("{pair:?} {:?} {:?}", Accounts::new([alice("Sesame!")]), Initiator::new(alice("Sesame!")));
    assert!(!shown.contains("Sesame") && !shown.contains(&format!("{:?}", octets.as_slice())), "{shown}");
}

/// What a token says of whom the client asks for, and whether a MIC goes with it.
fn named(way: Way) -> Option<String> {
    let [mut initiator, mut acceptor] = way.ends(Level::PKT);
    let negotiate = initiator.step(None).unwrap().token.unwrap();
    let challenge = acceptor.step(Some(&negotiate)).unwrap().token.unwrap();
    let authenticate = initiator.step(Some(&challenge)).unwrap().token.unwrap();
    let Decoded { value: token, defects } = Token::decode(&authenticate).unwrap();
    assert_eq!(defects, []);
    let Some(MechToken::Ntlm(NtlmMessage::Authenticate(message))) = token.mech_token() else { panic!("{token:?}") };
    match &message.response {
        NtResponse::V2(info) => {
            assert_eq!(info.flags, Some(2), "the MIC is announced");
            info.target_name.clone()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn with_ntlm_too_the_client_names_its_service() {
    assert_eq!(named(Way::NtlmInSpnego), Some("host/printsrv".into()));
    assert_eq!(named(Way::Ntlm), None);
}

#[rstest]
#[case(0x0008_0000, "NTLM without extended session security")]
#[case(0x2000_0000, "NTLM with keys of less than 128 bits")]
fn a_server_with_less_is_refused(#[case] flag: u32, #[case] what: &str) {
    let [mut initiator, mut acceptor] = Way::Ntlm.ends(Level::PKT);
    let negotiate = initiator.step(None).unwrap().token.unwrap();
    let mut challenge = acceptor.step(Some(&negotiate)).unwrap().token.unwrap().to_vec();
    let flags = u32::from_le_bytes(challenge[20..24].try_into().unwrap()) & !flag;
    challenge[20..24].copy_from_slice(&flags.to_le_bytes());
    assert_eq!(initiator.step(Some(&challenge.into())).unwrap_err(), SecurityError::Unsupported(what.into()));
}
