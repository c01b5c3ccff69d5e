//! A security provider that protects nobody: for traces with signed and sealed PDUs.
//!
//! As with NTLM, each direction has a keystream and counts: what does not come in turn does not verify.

use bytes::{BufMut, Bytes, BytesMut};
use dcerpc::pdu::{AuthVerifier, Body, Pdu};
use dcerpc::security::{Level, Protection, SecurityError, Segments, Sender, SessionKey, Unseal};
use trace::{ConnectionId, ContextKey, Mechanism, Seen};
use zeroize::Zeroizing;

/// The auth_type of the toy: one that nobody has.
pub(crate) const TOY: u8 = 0x7F;
/// Octets of its token.
const TOKEN: usize = 8;

/// One direction.
#[derive(Clone, Debug, Default)]
struct Flow {
    sequence: u32,
    position: u32,
}

/// Reads along, or protects.
#[derive(Clone, Debug)]
pub(crate) struct Toy {
    key: u8,
    flows: [Flow; 2],
}

/// Makes what reads along.
pub(crate) fn unsealer(key: &SessionKey) -> Result<Box<dyn Unseal>, SecurityError> {
    match key.octets.first() {
        Some(key) => Ok(Box::new(Toy::new(*key))),
        None => Err(SecurityError::Unsupported("an empty key".into())),
    }
}

/// The key of a context, as a tap tells it.
pub(crate) fn told(connection: u32, auth_context_id: u32, key: &[u8]) -> Seen {
    let mechanism = Mechanism::Ntlm { flags: 0, first_sequence_number: 0 };
    let key = trace::SessionKey { mechanism, octets: Zeroizing::new(key.to_vec()) };
    Seen::Key(ContextKey { connection: ConnectionId(connection), auth_context_id, key: Some(key) })
}

/// A verifier that sets up a context.
pub(crate) fn begins(context_id: u32, level: Level) -> AuthVerifier {
    AuthVerifier {
        auth_type: TOY,
        auth_level: level.0,
        context_id,
        token: Bytes::from_static(b"toy token"),
        ..AuthVerifier::default()
    }
}

impl Toy {
    pub(crate) fn new(key: u8) -> Self {
        Self { key, flows: Default::default() }
    }

    fn flow(&mut self, sender: Sender) -> &mut Flow {
        &mut self.flows[usize::from(sender == Sender::Acceptor)]
    }

    fn crypt(&mut self, sender: Sender, octets: &mut [u8]) {
        let key = self.key;
        let flow = self.flow(sender);
        for octet in octets {
            *octet ^= key.wrapping_add(flow.position.to_le_bytes()[0]);
            flow.position += 1;
        }
    }

    /// The token of octets as they are unsealed.
    fn token(&mut self, sender: Sender, parts: &[&[u8]]) -> Bytes {
        let key = u32::from(self.key);
        let flow = self.flow(sender);
        let sum = parts
            .iter()
            .copied()
            .flatten()
            .fold(key, |sum, octet| sum.wrapping_mul(31).wrapping_add(u32::from(*octet)) ^ key);
        let mut token = BytesMut::with_capacity(TOKEN);
        token.put_u32_le(flow.sequence);
        token.put_u32_le(sum);
        flow.sequence += 1;
        token.freeze()
    }

    /// The octets of a PDU, protected.
    pub(crate) fn protect(&mut self, pdu: Pdu, context_id: u32, level: Level, header_signing: bool) -> Bytes {
        let sender = if matches!(pdu.body, Body::Request(_) | Body::CoCancel | Body::Orphaned) {
            Sender::Initiator
        } else {
            Sender::Acceptor
        };
        let stub_at = match &pdu.body {
            Body::Request(body) if body.object.is_some() => 40,
            Body::Request(_) | Body::Response(_) => 24,
            _ => 16,
        };
        let stub = pdu.encode().len() - stub_at;
        let padding = stub.next_multiple_of(16) - stub;
        let verifier = AuthVerifier {
            padding: Bytes::from(vec![0xBB; padding]),
            pad_length: u8::try_from(padding).unwrap(),
            token: Bytes::from_static(&[0; TOKEN]),
            ..begins(context_id, level)
        };
        let mut octets = BytesMut::from(pdu.with_auth(verifier).encode().as_ref());
        let end = octets.len() - TOKEN;
        let (covered, place) = octets.split_at_mut(end);
        let (rest, sec_trailer) = covered.split_at_mut(end - AuthVerifier::SEC_TRAILER_OCTETS);
        let (header, body) = rest.split_at_mut(stub_at);
        let parts: &[&[u8]] = if header_signing { &[header, body, sec_trailer] } else { &[body] };
        place.copy_from_slice(&self.token(sender, parts));
        if level == Level::PRIVACY {
            self.crypt(sender, body);
        }
        octets.freeze()
    }
}

impl Unseal for Toy {
    fn open(
        &mut self,
        sender: Sender,
        level: Level,
        segments: Segments<'_>,
        token: &Bytes,
        header_signing: bool,
    ) -> Result<Protection, SecurityError> {
        let Segments { header, body, sec_trailer } = segments;
        if level == Level::PRIVACY {
            self.crypt(sender, body);
        }
        let parts: &[&[u8]] = if header_signing { &[header, body, sec_trailer] } else { &[body] };
        let expected = self.token(sender, parts);
        if expected == *token {
            return Ok(Protection::Signed);
        }
        Err(SecurityError::Unverified(format!("expected {}, found {}", hex::encode(expected), hex::encode(token))))
    }
}
