//! Octets that others have made.

use bytes::Bytes;
use dcerpc::security::{Level, Mechanism, Protection, SecurityError, Segments, Sender, SessionKey};
use rstest::rstest;
use security::{Password, unsealer, witness};

use crate::pair::{golden, keytab};

fn ntlm(flags: u32, key: &str) -> SessionKey {
    let mechanism = Mechanism::Ntlm { flags, first_sequence_number: 0 };
    SessionKey { mechanism, octets: hex::decode(key).unwrap().into() }
}

/// [MS-NLMP] 4.2.4.4.
#[test]
fn ntlm_opens_the_specifications_example() {
    let mut witness = unsealer(&ntlm(0xE28A_8233, "55555555555555555555555555555555")).unwrap();
    let mut body = hex::decode("54e50165bf1936dc996020c1811b0f06fb5f").unwrap();
    let token = Bytes::from(hex::decode("010000007fb38ec5c55d497600000000").unwrap());
    let segments = Segments { header: &[], body: &mut body, sec_trailer: &[] };
    let opened = witness.open(Sender::Initiator, Level::PRIVACY, segments, &token, false);
    assert_eq!(opened, Ok(Protection::Signed));
    assert_eq!(body, b"P\0l\0a\0i\0n\0t\0e\0x\0t\0");
}

/// A conversation as others had it: the tokens in order, and PDUs.
pub(crate) struct Conversation {
    pub(crate) tokens: Vec<Vec<u8>>,
    pdus: Vec<Recorded>,
}

struct Recorded {
    sender: Sender,
    level: Level,
    header_signing: bool,
    /// header, body, sec_trailer, token, plain body.
    segments: [Vec<u8>; 5],
}

impl Conversation {
    pub(crate) fn read(name: &str) -> Self {
        let mut conversation = Self { tokens: Vec::new(), pdus: Vec::new() };
        for line in std::fs::read_to_string(golden(name)).unwrap().lines() {
            match *line.split(' ').collect::<Vec<_>>() {
                ["token", _, token] => conversation.tokens.push(hex::decode(token).unwrap()),
                ["pdu", sender, level, header_signing, ref segments @ ..] => conversation.pdus.push(Recorded {
                    sender: if sender == "initiator" { Sender::Initiator } else { Sender::Acceptor },
                    level: Level(level.parse().unwrap()),
                    header_signing: header_signing == "1",
                    segments: std::array::from_fn(|index| hex::decode(segments[index]).unwrap()),
                }),
                _ => assert!(line.starts_with('#'), "{line}"),
            }
        }
        conversation
    }

    fn key(&self) -> Result<SessionKey, SecurityError> {
        let [first, second, third, ..] = self.tokens.as_slice() else { panic!("too few tokens") };
        match witness::kerberos(&keytab(), first, second) {
            Err(_) => witness::ntlm(&Password::new("Sesame!"), second, third),
            key => key,
        }
    }
}

#[rstest]
#[case("mit-kerberos.txt", 12)]
#[case("mit-kerberos-128.txt", 12)]
#[case("mit-negotiate.txt", 12)]
#[case("pyspnego-ntlm.txt", 6)]
#[case("pyspnego-negotiate.txt", 6)]
fn a_witness_reads_what_others_protect(#[case] name: &str, #[case] pdus: usize) {
    let conversation = Conversation::read(name);
    let mut witness = unsealer(&conversation.key().unwrap()).unwrap();
    assert_eq!(conversation.pdus.len(), pdus);
    for Recorded { sender, level, header_signing, segments } in conversation.pdus {
        let [header, mut body, sec_trailer, token, plain] = segments;
        let segments = Segments { header: &header, body: &mut body, sec_trailer: &sec_trailer };
        let opened = witness.open(sender, level, segments, &token.into(), header_signing);
        assert_eq!(opened, Ok(Protection::Signed), "{sender:?} {level:?}");
        assert_eq!(body, plain);
    }
}

#[test]
fn a_witness_with_another_secret_gets_no_key() {
    let conversation = Conversation::read("pyspnego-ntlm.txt");
    let wrong = witness::ntlm(&Password::new("Simsalabim"), &conversation.tokens[1], &conversation.tokens[2]);
    assert_eq!(wrong, Err(SecurityError::Refused("the password is wrong".into())));
}

/// After a PDU that does not verify, the next ones do.
#[rstest]
#[case("mit-kerberos.txt")]
#[case("pyspnego-negotiate.txt")]
fn a_witness_goes_on_behind_a_broken_pdu(#[case] name: &str) {
    let conversation = Conversation::read(name);
    let mut witness = unsealer(&conversation.key().unwrap()).unwrap();
    let mut verified = Vec::new();
    for (index, recorded) in conversation.pdus.into_iter().enumerate() {
        let [mut header, mut body, sec_trailer, token, _] = recorded.segments;
        if index == 1 {
            header[0] ^= 1;
            body[0] ^= 1;
        }
        let segments = Segments { header: &header, body: &mut body, sec_trailer: &sec_trailer };
        verified.push(witness.open(recorded.sender, recorded.level, segments, &token.into(), true).is_ok());
    }
    // MIT's first six were made without header signing.
    let due: Vec<bool> = match name {
        "mit-kerberos.txt" => (0..12).map(|index| index >= 6).collect(),
        _ => (0..6).map(|index| index != 1).collect(),
    };
    assert_eq!(verified, due);
}
