//! A whole stub in, fragments out.

use bytes::Bytes;

use crate::pdu::Flags;

/// The stub data of one fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// PFC_FIRST_FRAG and PFC_LAST_FRAG, as they apply.
    pub flags: Flags,
    /// Its octets.
    pub stub: Bytes,
    /// Octets of stub in this and all following fragments: what alloc_hint says ([MS-RPCE] 2.2.2.6).
    pub remaining: usize,
}

/// How many octets of stub fit in a fragment of `max_frag` octets, of which `overhead` are taken by header, fields and
/// verifier: a multiple of 8, so that stubs stay aligned across fragments, and at least 8.
#[must_use]
pub fn stub_room(max_frag: u16, overhead: usize) -> usize {
    (usize::from(max_frag).saturating_sub(overhead) & !7).max(8)
}

/// The same for fragments with a verifier, whose stub is padded to a multiple of 16 ([MS-RPCE] 2.2.2.11): a multiple of 16,
/// and at least that.
#[must_use]
pub fn protected_stub_room(max_frag: u16, overhead: usize) -> usize {
    (usize::from(max_frag).saturating_sub(overhead) & !15).max(16)
}

/// Cuts a stub into pieces of `octets` (at least 1); the last may be shorter. An empty stub is one empty piece.
pub fn pieces(stub: Bytes, octets: usize) -> impl Iterator<Item = Piece> {
    let octets = octets.max(1);
    let mut rest = Some(stub);
    let mut flags = Flags::FIRST;
    core::iter::from_fn(move || {
        let mut stub = rest.take()?;
        let remaining = stub.len();
        if remaining > octets {
            rest = Some(stub.split_off(octets));
        } else {
            flags = flags.with(Flags::LAST);
        }
        let piece = Piece { flags, stub, remaining };
        flags = Flags::NONE;
        Some(piece)
    })
}
