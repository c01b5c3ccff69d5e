//! Octets that others have made.

use bytes::Bytes;
use dcerpc::security::{Level, Mechanism, Protection, Segments, Sender, SessionKey};
use security::unsealer;

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
