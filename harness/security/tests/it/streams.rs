//! Calls that others have protected, opened by who reads along: NetrServerGetInfo and NetrRemoteTOD of srvsvc.
//!
//! In each file: who made it, the mechanism with flags or encryption type, first sequence number or subkey and the session key,
//! and the PDUs of the client (`>`) and of the server (`<`).

use bytes::Bytes;
use dcerpc::pdu::{Header, PduType};
use dcerpc::security::{Level, Mechanism, Protection, Segments, Sender, SessionKey};
use rstest::rstest;
use security::unsealer;

const GENSEC_NTLM: &str = include_str!("streams/gensec-ntlm-packet.txt");
const GENSEC_SPNEGO: &str = include_str!("streams/gensec-spnego-integrity.txt");
const IMPACKET_INTEGRITY: &str = include_str!("streams/impacket-ntlm-integrity.txt");
const IMPACKET_PRIVACY: &str = include_str!("streams/impacket-ntlm-privacy.txt");

/// Where the stub begins in a request and in a response.
const STUB: usize = 24;
const SEC_TRAILER: usize = 8;

/// A protected PDU, and the octets of it that change for the test.
struct Protected {
    sender: Sender,
    octets: Vec<u8>,
}

fn key(words: &[&str]) -> SessionKey {
    let mechanism = match words {
        ["ntlm", flags, first, _] => Mechanism::Ntlm {
            flags: u32::from_str_radix(flags.trim_start_matches("0x"), 16).unwrap(),
            first_sequence_number: first.parse().unwrap(),
        },
        other => panic!("{other:?}"),
    };
    SessionKey { mechanism, octets: hex::decode(words.last().unwrap()).unwrap().into() }
}

fn read(stream: &str) -> (SessionKey, Vec<Protected>) {
    let lines: Vec<Vec<_>> = stream.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    let protected = lines.iter().skip(1).map(|words| {
        let sender = if words[0] == ">" { Sender::Initiator } else { Sender::Acceptor };
        Protected { sender, octets: hex::decode(words[1]).unwrap() }
    });
    (key(&lines[0]), protected.collect())
}

/// Opens all PDUs in order: whether each holds, and the stub data that it had.
fn open(stream: &str, change: impl Fn(usize, &mut Vec<u8>)) -> Vec<Result<Vec<u8>, ()>> {
    let (key, protected) = read(stream);
    let mut witness = unsealer(&key).unwrap();
    let open = |(place, Protected { sender, mut octets }): (usize, Protected)| {
        change(place, &mut octets);
        let header = Header::decode(&Bytes::from(octets.clone())).unwrap().value;
        assert!(matches!(header.ptype, PduType::REQUEST | PduType::RESPONSE));
        let token = octets.split_off(octets.len() - usize::from(header.auth_length));
        let sec_trailer = octets.split_off(octets.len() - SEC_TRAILER);
        let mut body = octets.split_off(STUB);
        let (level, padding) = (Level(sec_trailer[1]), usize::from(sec_trailer[2]));
        let segments = Segments { header: &octets, body: &mut body, sec_trailer: &sec_trailer };
        let opened = witness.open(sender, level, segments, &token.into(), true);
        body.truncate(body.len() - padding);
        opened.map(|protection| assert_eq!(protection, Protection::Signed)).map(|()| body).map_err(|_| ())
    };
    protected.into_iter().enumerate().map(open).collect()
}

#[rstest]
#[case::gensec_ntlm(GENSEC_NTLM)]
#[case::gensec_spnego(GENSEC_SPNEGO)]
#[case::impacket_integrity(IMPACKET_INTEGRITY)]
#[case::impacket_privacy(IMPACKET_PRIVACY)]
fn what_others_protected_opens(#[case] stream: &str) {
    let opened = open(stream, |_, _| {});
    let [Ok(asked), Ok(told), Ok(time_asked), Ok(time)] = opened.as_slice() else { panic!("{opened:?}") };
    assert_eq!(hex::encode(asked), "0000000065000000");
    let name: Vec<u8> = "SAMBAPEER".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(told.windows(name.len()).any(|window| window == name), "{told:02x?}");
    assert_eq!(hex::encode(time_asked), "00000000");
    assert_eq!(time.len(), 56);
}

/// One bit of the first request: of its header, its stub, its sec_trailer, its token.
#[rstest]
fn what_was_changed_does_not(
    #[values(GENSEC_NTLM, GENSEC_SPNEGO, IMPACKET_INTEGRITY, IMPACKET_PRIVACY)] stream: &str,
    #[values(12, 24, 32, 46)] place: usize,
) {
    let opened = open(stream, |number, octets| octets[place] ^= u8::from(number == 0));
    assert_eq!(opened[0], Err(()));
    assert!(opened[1].is_ok(), "the other direction stays");
}
