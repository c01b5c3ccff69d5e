//! A KDC that is played here, with the questions that a client asks for a ticket.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use picky_krb::crypto::CipherSuite;
use rstest::rstest;
use security::{Error, Initiator, Kerberos, TicketSource};

use crate::pair::alice;

const KEY: [u8; 32] = [0x5A; 32];
const TIME: &[u8] = b"20360101000000Z";

/// What the KDC does otherwise than it should.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Does {
    Well,
    /// It asks for no pre-authentication.
    WithoutPreauth,
    /// It says no salt, so the default counts.
    WithoutSalt,
    /// It answers another question.
    WrongNonce,
    /// It sends on to another realm.
    Refers,
    /// It wants more iterations than the client makes.
    Iterates,
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, high, low], content].concat()
}

fn sequence(fields: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let fields: Vec<Vec<u8>> = fields.iter().map(|(number, field)| element(0xA0 | number, field)).collect();
    element(0x30, &fields.concat())
}

fn integer(value: u32) -> Vec<u8> {
    element(0x02, &[&[0], value.to_be_bytes().as_slice()].concat())
}

fn string(text: &str) -> Vec<u8> {
    element(0x1B, text.as_bytes())
}

fn name(components: &[&str]) -> Vec<u8> {
    let components: Vec<Vec<u8>> = components.iter().map(|component| string(component)).collect();
    sequence(&[(0, integer(2)), (1, element(0x30, &components.concat()))])
}

fn sealed(key: &[u8], usage: i32, plain: &[u8]) -> Vec<u8> {
    let cipher = CipherSuite::Aes256CtsHmacSha196.cipher().encrypt(key, usage, plain).unwrap();
    sequence(&[(0, integer(18)), (2, element(0x04, &cipher))])
}

fn ticket(server: &[&str]) -> Vec<u8> {
    let opaque = sealed(&[1; 32], 2, b"only the server reads this");
    element(0x61, &sequence(&[(0, integer(5)), (1, string("LAB.TEST")), (2, name(server)), (3, opaque)]))
}

/// KDC-REP and what is sealed in it.
fn reply(number: u8, server: &[&str], key: &[u8], usage: i32, nonce: u32) -> Vec<u8> {
    let session_key = sequence(&[(0, integer(18)), (1, element(0x04, &KEY))]);
    let part = sequence(&[(0, session_key), (2, integer(nonce)), (7, element(0x18, TIME))]);
    let part = element(if number == 11 { 0x79 } else { 0x7A }, &part);
    let fields = [
        (0, integer(5)),
        (1, integer(number.into())),
        (3, string("LAB.TEST")),
        (4, name(&["alice"])),
        (5, ticket(server)),
        (6, sealed(key, usage, &part)),
    ];
    element(0x60 | number, &sequence(&fields))
}

fn error(code: u32, data: &[u8]) -> Vec<u8> {
    element(0x7E, &sequence(&[(6, integer(code)), (12, element(0x04, data))]))
}

/// PA-ETYPE-INFO2 in METHOD-DATA.
fn method_data(does: Does) -> Vec<u8> {
    let mut info = vec![(0, integer(18))];
    if does != Does::WithoutSalt {
        info.push((1, string("a salt of its own")));
    }
    if does == Does::Iterates {
        info.push((2, element(0x04, &[0, 0, 0x20, 0])));
    }
    let infos = element(0x30, &sequence(&info));
    element(0x30, &sequence(&[(1, integer(19)), (2, element(0x04, &infos))]))
}

/// The nonce of a KDC-REQ, which is `[7] INTEGER` and stands right before the etypes, the last field.
fn nonce(request: &[u8]) -> u32 {
    let etypes = request.windows(2).rposition(|octets| octets == [0xA8, 0x08]).unwrap();
    // Its own octets may look like its tag: the lengths have to lead to the etypes too.
    let starts = |at: &usize| matches!(request[*at..etypes], [0xA7, length, 2, inner, ..] if usize::from(length) == etypes - at - 2 && length == inner + 2);
    let at = (0..etypes).rev().find(starts).unwrap();
    request[at + 4..etypes].iter().fold(0, |nonce, octet| (nonce << 8) | u32::from(*octet))
}

/// Whether a request holds an encrypted timestamp of that key: in padata of type 2, as `[2] OCTET STRING` of EncryptedData.
fn is_preauthenticated(request: &[u8], key: &[u8]) -> bool {
    let places = |mark: [u8; 6]| request.windows(6).position(|octets| octets == mark);
    if places([0xA1, 0x03, 0x02, 0x01, 0x02, 0xA2]).is_none() {
        return false;
    }
    // etype 18, and [2] OCTET STRING; how long it is hangs on the microseconds in it.
    let at = places([0xA0, 0x03, 0x02, 0x01, 0x12, 0xA2]).unwrap() + 6;
    let cipher = &request[at + 3..][..usize::from(request[at + 2])];
    CipherSuite::Aes256CtsHmacSha196.cipher().decrypt(key, 1, cipher).is_ok()
}

fn played(does: Does) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let salt: &[u8] = match does {
        Does::WithoutSalt | Does::WithoutPreauth => b"LAB.TESTalice",
        _ => b"a salt of its own",
    };
    let key = CipherSuite::Aes256CtsHmacSha196.cipher().generate_key_from_password(b"Sesame!", salt).unwrap();
    let answer = move |request: &[u8]| {
        let nonce = nonce(request) ^ u32::from(does == Does::WrongNonce);
        match request[0] {
            0x6A if does != Does::WithoutPreauth && !request.windows(6).any(|o| o == [0xA1, 3, 2, 1, 2, 0xA2]) => {
                error(25, &method_data(does))
            }
            0x6A if does != Does::WithoutPreauth && !is_preauthenticated(request, &key) => error(24, &[]),
            0x6A => reply(11, &["krbtgt", "LAB.TEST"], &key, 3, nonce),
            _ if does == Does::Refers => reply(13, &["krbtgt", "OTHER.TEST"], &KEY, 8, nonce),
            _ => reply(13, &["host", "printsrv"], &KEY, 8, nonce),
        }
    };
    let kdc = thread::spawn(move || {
        // It ends with its last question, or with a client that gave up and asks no more: that one connects without a word.
        loop {
            let (mut stream, _) = listener.accept().unwrap();
            let mut length = [0; 4];
            if stream.read_exact(&mut length).is_err() {
                return;
            }
            let mut request = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
            stream.read_exact(&mut request).unwrap();
            let answer = answer(&request);
            stream
                .write_all(&[&u32::try_from(answer.len()).unwrap().to_be_bytes(), answer.as_slice()].concat())
                .unwrap();
        }
    });
    (address, kdc)
}

fn asked(does: Does, password: &str) -> Result<Initiator, Error> {
    let (address, kdc) = played(does);
    let (realm, source, limit) = ("LAB.TEST".into(), TicketSource::Password, Duration::from_secs(5));
    let kerberos = Kerberos { realm, kdc: Some(address.clone()), source, limit };
    let initiator = Initiator::with_kerberos(Some(alice(password)), &kerberos, "host/printsrv");
    drop(std::net::TcpStream::connect(address).unwrap());
    kdc.join().unwrap();
    initiator
}

#[rstest]
fn a_password_brings_a_ticket(#[values(Does::Well, Does::WithoutPreauth, Does::WithoutSalt)] does: Does) {
    let initiator = asked(does, "Sesame!").unwrap();
    let mut client = initiator.context(dcerpc::security::Provider::KERBEROS, dcerpc::security::Level::PKT).unwrap();
    let token = client.step(None).unwrap().token.unwrap();
    assert!(token.windows(8).any(|octets| octets == b"printsrv"), "the ticket is in the first token");
}

#[rstest]
#[case(Does::Well, "the password is wrong (Kerberos error 24)")]
// Nobody but the client can tell that its password does not open the answer.
#[case(Does::WithoutPreauth, "the password is wrong")]
fn a_wrong_password_is_told(#[case] does: Does, #[case] words: &str) {
    let error = asked(does, "Simsalabim").unwrap_err().to_string();
    assert_eq!(error, format!("the KDC of LAB.TEST refuses: {words}"));
}

#[rstest]
#[case(Does::WrongNonce, "its answer is to another question")]
#[case(Does::Refers, "it refers to krbtgt/OTHER.TEST, and other realms are not asked")]
#[case(Does::Iterates, "it wants another number of iterations than 4096 for keys")]
fn answers_that_will_not_do_are_refused(#[case] does: Does, #[case] words: &str) {
    let error = asked(does, "Sesame!").unwrap_err().to_string();
    assert_eq!(error, format!("the KDC of LAB.TEST refuses: {words}"));
}
