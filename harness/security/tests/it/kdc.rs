//! KDCs that answer, or don't.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use rstest::rstest;
use security::{Error, Initiator, Kerberos, TicketSource};

use crate::pair::alice;

fn asked(kdc: String, limit: Duration) -> Error {
    let kerberos = Kerberos { realm: "LAB.TEST".into(), kdc: Some(kdc), source: TicketSource::Password, limit };
    Initiator::with_kerberos(Some(alice("Sesame!")), &kerberos, "host/printsrv").unwrap_err()
}

/// A KDC that answers one question with octets.
fn answering(answer: Vec<u8>) -> Error {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let kdc = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        let mut request = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        stream.read_exact(&mut request).unwrap();
        assert!(!request.windows(7).any(|octets| octets == b"Sesame!"), "the password is sent");
        stream.write_all(&answer).unwrap();
    });
    let error = asked(address, Duration::from_secs(5));
    kdc.join().unwrap();
    error
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&u32::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
}

/// KRB-ERROR with nothing but what is asked of it.
fn krb_error(code: u8) -> Vec<u8> {
    framed(&[0x7E, 7, 0x30, 5, 0xA6, 3, 0x02, 1, code])
}

#[rstest]
#[case(6, "the KDC of LAB.TEST refuses: the user is unknown to the realm (Kerberos error 6)")]
#[case(24, "the KDC of LAB.TEST refuses: the password is wrong (Kerberos error 24)")]
#[case(37, "the KDC of LAB.TEST refuses: clock skew: its clock and ours are too far apart (Kerberos error 37)")]
#[case(68, "the KDC of LAB.TEST refuses: the realm is another one (Kerberos error 68)")]
#[case(99, "the KDC of LAB.TEST refuses: it gives no more than a number (Kerberos error 99)")]
// Pre-authentication without saying how.
#[case(25, "the KDC of LAB.TEST refuses: it wants no encryption type of AES")]
fn refusals_are_told_in_words(#[case] code: u8, #[case] words: &str) {
    assert_eq!(answering(krb_error(code)).to_string(), words);
}

#[rstest]
#[case::nonsense(framed(b"nonsense"), "a token that can't be read")]
#[case::nothing(Vec::new(), "it closed the connection without an answer")]
#[case::part(krb_error(6)[..9].to_vec(), "it closed the connection without an answer")]
#[case::endless(vec![0xFF; 4], "its answer would have 4294967295 octets")]
fn answers_that_are_none_are_refused(#[case] answer: Vec<u8>, #[case] words: &str) {
    let error = answering(answer).to_string();
    assert!(error.contains(words), "{error}");
}

#[test]
fn a_silent_kdc_is_waited_for_within_the_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let begin = Instant::now();
    let error = asked(listener.local_addr().unwrap().to_string(), Duration::from_millis(200));
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_kdc_that_is_not_there_is_unreachable() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = asked(port.to_string(), Duration::from_secs(1)).to_string();
    assert!(error.contains("Connection refused"), "{error}");
}
