//! What can be wrong about the protection of PDUs on purpose.

use bytes::{Bytes, BytesMut};
use dcerpc::pdu::{Body, Pdu, Request, Response};

/// What is wrong about the protection of PDUs on purpose: they are changed after they were signed or sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tampering {
    /// One bit of the token is another one.
    WrongSignature,
    /// One bit of the stub is another one, or of its padding where there is no stub.
    ChangedStub,
    /// The token is of zeroes.
    ZeroSignature,
    /// There is no verifier, and the lengths say so.
    NoVerifier,
    /// The sec_trailer says another auth_type.
    Type(u8),
    /// The sec_trailer says another auth_level.
    Level(u8),
    /// The sec_trailer says another auth_context_id.
    Context(u32),
    /// All PDUs come once more.
    Replayed,
    /// The PDUs come in the reverse order.
    Reordered,
    /// The first PDU is missing.
    LeftOut,
}

impl Tampering {
    /// What is sent in place of these PDUs; none when there is nothing to spoil: no verifier, or one PDU where several are meant.
    pub(super) fn rewrite(self, mut pdus: Vec<Bytes>) -> Option<Vec<Bytes>> {
        let of_several = matches!(self, Self::Reordered | Self::LeftOut);
        if !pdus.iter().all(is_protected) || pdus.len() < 1 + usize::from(of_several) {
            return None;
        }
        match self {
            Self::Replayed => pdus.extend_from_within(..),
            Self::Reordered => pdus.reverse(),
            Self::LeftOut => drop(pdus.drain(..1)),
            _ => pdus.iter_mut().for_each(|pdu| self.change(pdu)),
        }
        Some(pdus)
    }

    fn change(self, octets: &mut Bytes) {
        let Ok(decoded) = Pdu::decode(octets) else { return };
        let mut pdu = decoded.value;
        let Some(auth) = &mut pdu.auth else { return };
        match self {
            Self::WrongSignature => flip(&mut auth.token),
            Self::ZeroSignature => auth.token = BytesMut::zeroed(auth.token.len()).freeze(),
            Self::ChangedStub => match &mut pdu.body {
                Body::Request(Request { stub, .. }) | Body::Response(Response { stub, .. }) if !stub.is_empty() => {
                    flip(stub);
                }
                _ => flip(&mut auth.padding),
            },
            Self::NoVerifier => {
                pdu.auth = None;
                pdu = pdu.measured();
            }
            Self::Type(auth_type) => auth.auth_type = auth_type,
            Self::Level(auth_level) => auth.auth_level = auth_level,
            Self::Context(context_id) => auth.context_id = context_id,
            Self::Replayed | Self::Reordered | Self::LeftOut => {}
        }
        *octets = pdu.encode();
    }
}

/// Whether a PDU has a verifier whose token can mean something: at connect level it is of zeroes.
fn is_protected(octets: &Bytes) -> bool {
    let auth = Pdu::decode(octets).ok().and_then(|decoded| decoded.value.auth);
    auth.is_some_and(|auth| auth.token.iter().any(|octet| *octet != 0))
}

/// Changes a bit in the middle of some octets; there signatures have their checksums.
fn flip(octets: &mut Bytes) {
    let mut changed = BytesMut::from(octets.as_ref());
    let middle = changed.len() / 2;
    if let Some(octet) = changed.get_mut(middle) {
        *octet ^= 1;
    }
    *octets = changed.freeze();
}
