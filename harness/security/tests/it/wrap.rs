//! Wrap tokens of Kerberos as others lay them out.

use dcerpc::security::{Level, Protection, SecurityError, Sender, SessionKey};
use hmac::{Hmac, KeyInit, Mac};
use picky_krb::crypto::CipherSuite;
use rstest::rstest;

use crate::pair::{Pdu, Way};

/// A Wrap token of the acceptor with that many extra octets and that rotation count (RFC 4121 4.2.4; usage 22 is the acceptor's
/// seal), rotated by the extra octets, the header's copy and the checksum.
fn wrapped(key: &SessionKey, number: u64, body: &[u8], extra: u16, count: u16, flags: u8) -> Pdu {
    let mut pdu = Pdu::plain(body);
    let header = |count: u16| {
        let [e0, e1] = extra.to_be_bytes();
        let [r0, r1] = count.to_be_bytes();
        [&[5, 4, flags, 0xFF, e0, e1, r0, r1], number.to_be_bytes().as_slice()].concat()
    };
    let (filler, copy) = (vec![0; extra.into()], header(0));
    let cipher = CipherSuite::Aes256CtsHmacSha196.cipher();
    let plain = [body, &filler, &copy].concat();
    let sealed = cipher.encrypt_no_checksum(&key.octets, 22, &plain).unwrap();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&sealed.ki).unwrap();
    for part in [sealed.confounder.as_slice(), &pdu.header, body, &pdu.sec_trailer, &filler, &copy] {
        mac.update(part);
    }
    let checksum = mac.finalize().into_bytes();
    let (confounder, rest) = sealed.encrypted.split_at(16);
    let (data, rest) = rest.split_at(body.len());
    pdu.body = data.to_vec();
    pdu.token = [&header(count), rest, &checksum[..12], confounder].concat().into();
    pdu
}

#[rstest]
// sspi's acceptor sends such ones.
#[case::without_extra_octets(0, 28, 60)]
#[case::as_windows_and_mit(16, 28, 76)]
#[case::counted_as_rotated(16, 44, 76)]
fn other_layouts_are_read(#[case] extra: u16, #[case] count: u16, #[case] octets: usize) {
    let mut pair = Way::Kerberos.pair(Level::PRIVACY);
    let key = pair.acceptor.session_key().unwrap();
    let first = pair.protected(Sender::Acceptor, b"the first", true);
    let number = u64::from_be_bytes(first.token[8..16].try_into().unwrap());
    pair.received(Sender::Acceptor, first, true).unwrap();
    let pdu = wrapped(&key, number + 1, b"the second, as another one seals it", extra, count, 7);
    assert_eq!(pdu.token.len(), octets);
    let received = pair.received(Sender::Acceptor, pdu, true);
    assert_eq!(received, Ok((Protection::Signed, b"the second, as another one seals it".to_vec())));
}

#[rstest]
#[case::rotation(0, 12, 7, "its token is rotated by 12 octets, not by 28")]
#[case::of_the_client(0, 28, 6, "it is a PDU of the other end")]
#[case::not_sealed(0, 28, 5, "its flags are 0x05 where 0x07 were due")]
#[case::without_the_acceptors_subkey(0, 28, 3, "its flags are 0x03 where 0x07 were due")]
fn other_headers_are_refused(#[case] extra: u16, #[case] count: u16, #[case] flags: u8, #[case] words: &str) {
    let mut pair = Way::Kerberos.pair(Level::PRIVACY);
    let key = pair.acceptor.session_key().unwrap();
    let first = pair.protected(Sender::Acceptor, b"the first", true);
    let number = u64::from_be_bytes(first.token[8..16].try_into().unwrap());
    let pdu = wrapped(&key, number, b"a stub", extra, count, flags);
    assert_eq!(pair.received(Sender::Acceptor, pdu, true), Err(SecurityError::Unverified(words.into())));
}
