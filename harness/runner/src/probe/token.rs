//! First tokens of security providers. They name nobody and hold no secret, for all that is wanted is how servers begin to
//! answer.

use bytes::{BufMut as _, Bytes, BytesMut};
use dcerpc::security::token::NegotiateFlags;
use dcerpc::security::{Level, Provider};

/// The object identifiers of SPNEGO, Kerberos and NTLM ([MS-SPNG] 1.9.1), in DER.
const SPNEGO: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x02];
const KERBEROS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02];
const NTLM: &[u8] = &[0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A];

/// Tags of DER.
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const GENERAL_STRING: u8 = 0x1B;
const SEQUENCE: u8 = 0x30;
const APPLICATION_0: u8 = 0x60;
/// Of Ticket and AP-REQ (RFC 4120 5.3, 5.5.1).
const TICKET: u8 = 0x61;
const AP_REQ: u8 = 0x6E;

/// NegotiateFlags of a client that can do what everybody can ([MS-NLMP] 2.2.2.5): UNICODE, OEM, REQUEST_TARGET, NTLM,
/// ALWAYS_SIGN, EXTENDED_SESSIONSECURITY, 128, KEY_EXCH, 56.
const USUAL_FLAGS: u32 = 0xE008_8207;

/// The first token of a provider for a level.
pub(super) fn first(provider: Provider, level: Level) -> Bytes {
    match provider {
        Provider::NEGOTIATE => spnego(Mechanism::Ntlm, level),
        Provider::KERBEROS => ap_req_without_ticket(),
        _ => negotiate_message(level),
    }
}

/// A mechanism that can be offered in SPNEGO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    Ntlm,
    Kerberos,
}

impl Mechanism {
    pub(super) const ALL: [Self; 2] = [Self::Kerberos, Self::Ntlm];

    /// As target files name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ntlm => "ntlm",
            Self::Kerberos => "kerberos",
        }
    }
}

/// NegTokenInit that offers one mechanism (RFC 4178 4.2.1), with a token of it when it needs no secret.
pub(super) fn spnego(mechanism: Mechanism, level: Level) -> Bytes {
    let (identifier, token) = match mechanism {
        Mechanism::Ntlm => (NTLM, Some(negotiate_message(level))),
        Mechanism::Kerberos => (KERBEROS, None),
    };
    let types = der(0xA0, &[der(SEQUENCE, &[der(OBJECT_IDENTIFIER, &[identifier])])]);
    let token = token.map(|token| der(0xA2, &[der(OCTET_STRING, &[token])]));
    let init = der(0xA0, &[der(SEQUENCE, &[types, token.unwrap_or_default()])]);
    der(APPLICATION_0, &[der(OBJECT_IDENTIFIER, &[SPNEGO]), init])
}

/// NEGOTIATE_MESSAGE ([MS-NLMP] 2.2.1.1).
fn negotiate_message(level: Level) -> Bytes {
    let protection = match level {
        Level::PRIVACY => NegotiateFlags::SIGN.0 | NegotiateFlags::SEAL.0,
        Level::PKT | Level::INTEGRITY => NegotiateFlags::SIGN.0,
        _ => 0,
    };
    let mut message = BytesMut::with_capacity(32);
    message.put_slice(b"NTLMSSP\0");
    message.put_u32_le(1);
    message.put_u32_le(USUAL_FLAGS | protection);
    // DomainNameFields and WorkstationFields: none.
    message.put_bytes(0, 16);
    message.freeze()
}

/// An AP-REQ in the style of DCE whose ticket is for nobody (RFC 4120 5.5.1): whoever knows Kerberos says what is wrong.
fn ap_req_without_ticket() -> Bytes {
    let number = |tag, value: u8| der(tag, &[der(INTEGER, &[[value]])]);
    // aes256-cts-hmac-sha1-96 over nothing that anybody sealed.
    let sealed = || der(SEQUENCE, &[number(0xA0, 18), der(0xA2, &[der(OCTET_STRING, &[[0; 48]])])]);
    let text = |tag, text: &str| der(tag, &[der(GENERAL_STRING, &[text])]);
    let names = der(SEQUENCE, &[der(GENERAL_STRING, &["host"]), der(GENERAL_STRING, &["nobody"])]);
    let principal = der(0xA2, &[der(SEQUENCE, &[number(0xA0, 2), der(0xA1, &[names])])]);
    let fields = [number(0xA0, 5), text(0xA1, "NOWHERE"), principal, der(0xA3, &[sealed()])];
    let ticket = der(TICKET, &[der(SEQUENCE, &fields)]);
    // mutual-required.
    let options = der(0xA2, &[der(BIT_STRING, &[[0, 0x20, 0, 0, 0]])]);
    let fields = [number(0xA0, 5), number(0xA1, 14), options, der(0xA3, &[ticket]), der(0xA4, &[sealed()])];
    der(AP_REQ, &[der(SEQUENCE, &fields)])
}

/// One element of DER: tag, length, content.
fn der<C: AsRef<[u8]>>(tag: u8, content: &[C]) -> Bytes {
    let length: usize = content.iter().map(|piece| piece.as_ref().len()).sum();
    let mut element = BytesMut::with_capacity(length + 4);
    element.put_u8(tag);
    match u8::try_from(length) {
        Ok(short @ ..0x80) => element.put_u8(short),
        Ok(long) => element.put_slice(&[0x81, long]),
        // Nothing here comes near 64 KiB.
        Err(_) => {
            element.put_u8(0x82);
            element.put_u16(u16::try_from(length).unwrap_or(u16::MAX));
        }
    }
    content.iter().for_each(|piece| element.put_slice(piece.as_ref()));
    element.freeze()
}

#[cfg(test)]
mod tests {
    use dcerpc::security::token::{KerberosMessage, MechToken, NtlmMessage, Token};
    use dcerpc::security::{Level, Provider};

    use super::{Mechanism, first, spnego};

    fn read(octets: &bytes::Bytes) -> Token {
        let read = Token::decode(octets).expect("a token");
        assert!(read.defects.is_empty(), "{:?}", read.defects);
        read.value
    }

    #[test]
    fn tokens_are_what_a_witness_takes_them_for() {
        let Token::Bare(MechToken::Ntlm(NtlmMessage::Negotiate(flags))) = read(&first(Provider::NTLM, Level::PRIVACY))
        else {
            panic!("no NEGOTIATE_MESSAGE");
        };
        assert_eq!(flags.0, 0xE008_8237);
        let Token::Bare(MechToken::Kerberos(KerberosMessage::ApReq(request))) =
            read(&first(Provider::KERBEROS, Level::PKT))
        else {
            panic!("no AP-REQ");
        };
        assert!(request.mutual_required);
        assert_eq!((request.realm.as_str(), request.sname.components.join("/").as_str()), ("NOWHERE", "host/nobody"));
        let Token::Init(init) = read(&spnego(Mechanism::Ntlm, Level::CONNECT)) else { panic!("no NegTokenInit") };
        assert!(matches!(init.mech_token, Some(MechToken::Ntlm(NtlmMessage::Negotiate(_)))));
        let Token::Init(init) = read(&spnego(Mechanism::Kerberos, Level::PKT)) else { panic!("no NegTokenInit") };
        assert!(
            init.mech_token.is_none() && init.mech_types.iter().all(dcerpc::security::token::Mechanism::is_kerberos)
        );
    }
}
