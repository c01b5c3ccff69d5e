//! SPNEGO with clients that do it in other ways than ours.

use bytes::Bytes;
use dcerpc::security::token::{NegState, Token};
use dcerpc::security::{Acceptor, Level, Protection, Provider, SecurityContext, SecurityError, Sender};
use rstest::rstest;
use security::{Accounts, Initiator};

use crate::pair::{Pair, Way, alice};

/// An element of less than 64 KiB.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, high, low], content].concat()
}

/// NegTokenResp with some of its fields.
fn resp(token: Option<&[u8]>, mic: Option<&[u8]>) -> Bytes {
    let field = |tag, octets: &[u8]| element(tag, &element(0x04, octets));
    let fields = [token.map(|token| field(0xA2, token)), mic.map(|mic| field(0xA3, mic))];
    element(0xA1, &element(0x30, &fields.into_iter().flatten().collect::<Vec<_>>().concat())).into()
}

/// The client's last token of NTLM and its mechListMIC, which ends the token.
fn parts(token: &Bytes) -> (Bytes, Bytes) {
    let begin = token.windows(8).position(|octets| octets == b"NTLMSSP\0").unwrap();
    let end = token.len() - 20;
    (token.slice(begin..end), token.slice(end + 4..))
}

fn state(token: Option<&Bytes>) -> Option<NegState> {
    match Token::decode(token.unwrap()).unwrap().value {
        Token::Resp(resp) => resp.neg_state,
        other => panic!("{other:?}"),
    }
}

/// Both ends before the client's last token, and its parts.
fn begun(way: Way) -> ([Box<dyn SecurityContext>; 2], Bytes, Bytes) {
    let [mut initiator, mut acceptor] = way.ends(Level::PKT);
    let mut token = initiator.step(None).unwrap().token.unwrap();
    loop {
        let answer = acceptor.step(Some(&token)).unwrap().token.unwrap();
        token = initiator.step(Some(&answer)).unwrap().token.unwrap();
        if token.len() > 200 {
            let (last, mic) = parts(&token);
            return ([initiator, acceptor], last, mic);
        }
    }
}

/// NTLM with a MIC of its own wants the list signed, and so does another mechanism than the first one.
#[rstest]
fn a_mech_list_mic_can_come_by_itself(#[values(Way::NtlmInSpnego, Way::NtlmForWantOfKerberos)] way: Way) {
    let ([initiator, mut acceptor], last, mic) = begun(way);
    let step = acceptor.step(Some(&resp(Some(&last), None))).unwrap();
    assert!(!step.established);
    assert_eq!(state(step.token.as_ref()), Some(NegState::ACCEPT_INCOMPLETE));
    let answer = step.token.unwrap();
    let step = acceptor.step(Some(&resp(None, Some(&mic)))).unwrap();
    assert!(step.established);
    assert_eq!(state(step.token.as_ref()), Some(NegState::ACCEPT_COMPLETED));

    let mut initiator = initiator;
    let completed = element(0xA1, &element(0x30, &[&[0xA0, 3, 0x0A, 1, 0][..], &answer[answer.len() - 20..]].concat()));
    assert!(initiator.step(Some(&completed.into())).unwrap().established);
    let mut pair = Pair { initiator, acceptor };
    let pdu = pair.protected(Sender::Initiator, b"stub", true);
    assert_eq!(pair.received(Sender::Initiator, pdu, true), Ok((Protection::Signed, b"stub".to_vec())));
}

#[rstest]
#[case::absent(None, "the client sends no mechListMIC")]
#[case::another(Some(&[1; 16][..]), "a mechListMIC that does not verify: the protection of the PDU does not verify: its sequence number is 16843009 where 0 was due")]
fn a_mech_list_mic_that_is_due_is_waited_for(#[case] mic: Option<&[u8]>, #[case] reason: &str) {
    let ([_, mut acceptor], last, _) = begun(Way::NtlmInSpnego);
    acceptor.step(Some(&resp(Some(&last), None))).unwrap();
    assert_eq!(acceptor.step(Some(&resp(None, mic))).unwrap_err(), SecurityError::Refused(reason.into()));
}

#[rstest]
#[case::no_mic(&[0xA1, 0x07, 0x30, 0x05, 0xA0, 0x03, 0x0A, 0x01, 0x00], "the server sends no mechListMIC")]
#[case::incomplete(&[0xA1, 0x07, 0x30, 0x05, 0xA0, 0x03, 0x0A, 0x01, 0x01], "the server does not complete the negotiation")]
#[case::reject(&[0xA1, 0x07, 0x30, 0x05, 0xA0, 0x03, 0x0A, 0x01, 0x02], "the server rejects what was negotiated")]
fn a_client_wants_the_negotiation_completed(#[case] token: &'static [u8], #[case] reason: &str) {
    let ([mut initiator, _], ..) = begun(Way::NtlmInSpnego);
    let refused = initiator.step(Some(&Bytes::from_static(token))).unwrap_err();
    assert_eq!(refused, SecurityError::Refused(reason.into()));
}

/// [MS-SPNG] 7, note 8: clients that would prefer NTLM do so.
#[test]
fn ntlm_comes_bare_too() {
    let client = Initiator::new(alice("Sesame!")).context(Provider::NTLM, Level::PRIVACY).unwrap();
    let server = Accounts::new([alice("Sesame!")]).accept(Provider::NEGOTIATE, Level::PRIVACY).unwrap();
    let mut pair = Pair::established(client, server).unwrap();
    let pdu = pair.protected(Sender::Initiator, b"stub", true);
    assert_eq!(pair.received(Sender::Initiator, pdu, true), Ok((Protection::Signed, b"stub".to_vec())));
}

#[test]
fn a_server_without_the_mechanism_refuses() {
    let [mut initiator, _] = Way::KerberosInSpnego.ends(Level::PKT);
    let mut acceptor = Accounts::new([alice("Sesame!")]).accept(Provider::NEGOTIATE, Level::PKT).unwrap();
    let refused = acceptor.step(initiator.step(None).unwrap().token.as_ref()).unwrap_err();
    assert_eq!(refused, SecurityError::Refused("a client that offers no mechanism that is taken here".into()));
}
