//! What can be wrong about a call on purpose, below its stub.

use bytes::{Bytes, BytesMut};
use dcerpc::pdu::{Body, Flags, Pdu, PduType};

use super::tampering::Tampering;
use super::trailer::Trailer;

/// What is wrong about the PDUs of a call or a bind on purpose. Everything that is not set stays as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alteration {
    /// Stub octets in one fragment, from 1; not wrong, but unusual.
    pub stub_octets_per_fragment: Option<usize>,
    /// rpc_vers and rpc_vers_minor.
    pub version: Option<(u8, u8)>,
    /// PTYPE.
    pub ptype: Option<PduType>,
    /// pfc_flags, all of them.
    pub flags: Option<Flags>,
    /// packed_drep.
    pub drep: Option<[u8; 4]>,
    /// frag_length.
    pub frag_length: Option<u16>,
    /// auth_length.
    pub auth_length: Option<u16>,
    /// call_id.
    pub call_id: Option<u32>,
    /// alloc_hint.
    pub alloc_hint: Option<u32>,
    /// p_cont_id.
    pub context_id: Option<u16>,
    /// What is wrong about the protection of the PDUs; everything above is changed before they are protected.
    pub tampering: Option<Tampering>,
    /// Octets that replace others: where in the first PDU they begin, and what they are.
    pub edits: Vec<(usize, Bytes)>,
    /// Octets to send in place of all PDUs.
    pub octets: Option<Bytes>,
    /// A verification trailer behind the stub.
    pub trailer: Option<Trailer>,
    /// Send only a part, and what comes then.
    pub cut: Option<Cut>,
}

/// Where sending breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// How many octets are sent.
    pub octets: usize,
    /// What comes then.
    pub then: Then,
}

/// What comes after a part of the octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// An orderly close.
    Close,
    /// A reset.
    Reset,
    /// Nothing: the answer is waited for.
    Wait,
}

impl Alteration {
    /// Changes a PDU whose lengths are set.
    pub(crate) fn alter(&self, pdu: &mut Pdu) {
        let header = &mut pdu.header;
        if let Some((version, version_minor)) = self.version {
            (header.version, header.version_minor) = (version, version_minor);
        }
        header.ptype = self.ptype.unwrap_or(header.ptype);
        header.flags = self.flags.unwrap_or(header.flags);
        header.drep = self.drep.unwrap_or(header.drep);
        header.frag_length = self.frag_length.unwrap_or(header.frag_length);
        header.auth_length = self.auth_length.unwrap_or(header.auth_length);
        let (alloc_hint, context_id) = match &mut pdu.body {
            Body::Request(request) => (&mut request.alloc_hint, &mut request.context_id),
            Body::Response(response) => (&mut response.alloc_hint, &mut response.context_id),
            Body::Fault(fault) => (&mut fault.alloc_hint, &mut fault.context_id),
            _ => return,
        };
        *alloc_hint = self.alloc_hint.unwrap_or(*alloc_hint);
        *context_id = self.context_id.unwrap_or(*context_id);
    }

    /// What is sent in place of these PDUs; none when nothing protects them that could be spoilt.
    pub(crate) fn rewrite(&self, mut pdus: Vec<Bytes>) -> Option<Vec<Bytes>> {
        if let Some(tampering) = self.tampering {
            pdus = tampering.rewrite(pdus)?;
        }
        if let Some(octets) = &self.octets {
            pdus = vec![octets.clone()];
        }
        if let Some(first) = pdus.first_mut().filter(|_| !self.edits.is_empty()) {
            let mut octets = BytesMut::from(first.as_ref());
            for (at, edit) in &self.edits {
                octets.iter_mut().skip(*at).zip(edit).for_each(|(octet, new)| *octet = *new);
            }
            *first = octets.freeze();
        }
        let mut left = self.cut.map_or(usize::MAX, |cut| cut.octets);
        for pdu in &mut pdus {
            pdu.truncate(left);
            left -= pdu.len();
        }
        pdus.retain(|pdu| !pdu.is_empty());
        Some(pdus)
    }
}
