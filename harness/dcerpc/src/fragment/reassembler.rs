//! Fragments of calls in, whole stubs out.

use alloc::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use thiserror::Error;

use crate::pdu::Flags;

/// Joins the stub data of fragments, by call_id.
///
/// ```text
///            FIRST                   LAST
/// no call ──────────▶ assembling ──────────▶ whole (given out)
///    │                  ▲     │
///    │ FIRST and LAST   └─────┘ neither
///    └──────────────────────────────────────▶ whole (given out)
/// ```
///
/// `T` is what the first fragment tells of the call.
#[derive(Clone, Debug)]
pub struct Reassembler<T> {
    calls: BTreeMap<u32, Assembly<T>>,
    limits: Limits,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    octets: usize,
    interleaved: usize,
}

#[derive(Clone, Debug)]
struct Assembly<T> {
    about: T,
    stub: BytesMut,
}

impl<T> Assembly<T> {
    /// What begins with that fragment.
    fn begun(about: T, stub: &[u8], hint: usize) -> Self {
        let mut assembly = Self { about, stub: BytesMut::new() };
        assembly.add(stub, hint);
        assembly
    }

    /// The next fragment. Where there is no room for it, room is made for all that is said to come, as far as what has come warrants
    /// that: a long stub should not be moved for each of its fragments, nor keep room that it does not need.
    fn add(&mut self, stub: &[u8], hint: usize) {
        if self.stub.capacity() - self.stub.len() < stub.len() {
            let warranted = 3 * self.stub.len() + 4 * stub.len();
            self.stub.reserve(hint.min(warranted).max(stub.len()));
        }
        self.stub.extend_from_slice(stub);
    }
}

/// One fragment.
#[derive(Clone, Debug)]
pub struct Fragment<T> {
    /// call_id.
    pub call_id: u32,
    /// pfc_flags; only PFC_FIRST_FRAG and PFC_LAST_FRAG count.
    pub flags: Flags,
    /// alloc_hint: octets of stub that are said to be in this and all following fragments. It is not relied on.
    pub alloc_hint: u32,
    /// Its stub data.
    pub stub: Bytes,
    /// What it tells of the call; kept of the first fragment only.
    pub about: T,
}

/// A stub that is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole<T> {
    /// What the first fragment told of the call.
    pub about: T,
    /// The stub data of all fragments.
    pub stub: Bytes,
}

/// A fragment that does not fit to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReassemblyError {
    /// It is not a first fragment, and there is none to follow.
    #[error("a later fragment of call {call_id} without a first one")]
    FirstMissing {
        /// Its call_id.
        call_id: u32,
    },
    /// It is a first fragment, and the call has one already.
    #[error("a second first fragment of call {call_id} before its last one")]
    FirstRepeated {
        /// Its call_id.
        call_id: u32,
    },
    /// It begins a call while another one is unfinished, and that is not allowed here.
    #[error("call {call_id} begins before the last fragment of call {unfinished}")]
    Interleaved {
        /// Its call_id.
        call_id: u32,
        /// A call that is unfinished.
        unfinished: u32,
    },
    /// The stub grows too long.
    #[error("the stub of call {call_id} exceeds {limit} octets")]
    TooLong {
        /// Its call_id.
        call_id: u32,
        /// The limit, in octets.
        limit: usize,
    },
}

impl<T> Reassembler<T> {
    /// A reassembler for stubs of at most `octets`, of which at most `interleaved` may be unfinished at a time. For
    /// requests that is 1: a client sends all of a request before the next one ([MS-RPCE] 3.3.1.5.8).
    #[must_use]
    pub fn new(octets: usize, interleaved: usize) -> Self {
        Self { calls: BTreeMap::new(), limits: Limits { octets, interleaved } }
    }

    /// Takes a fragment; gives the whole stub when it was the last one.
    ///
    /// # Errors
    /// When it does not fit. What was collected of its call is dropped then.
    pub fn push(&mut self, fragment: Fragment<T>) -> Result<Option<Whole<T>>, ReassemblyError> {
        let Fragment { call_id, flags, alloc_hint, stub, about } = fragment;
        let hint = usize::try_from(alloc_hint).unwrap_or(usize::MAX);
        let (first, last) = (flags.has(Flags::FIRST), flags.has(Flags::LAST));
        let known = self.calls.remove(&call_id);
        match (known, first) {
            (Some(_), true) => Err(ReassemblyError::FirstRepeated { call_id }),
            (None, false) => Err(ReassemblyError::FirstMissing { call_id }),
            (None, true) => {
                self.check_length(call_id, stub.len())?;
                self.check_interleaving(call_id)?;
                if last {
                    return Ok(Some(Whole { about, stub }));
                }
                self.calls.insert(call_id, Assembly::begun(about, &stub, hint));
                Ok(None)
            }
            (Some(mut assembly), false) => {
                self.check_length(call_id, assembly.stub.len().saturating_add(stub.len()))?;
                assembly.add(&stub, hint);
                if last {
                    return Ok(Some(Whole { about: assembly.about, stub: assembly.stub.freeze() }));
                }
                self.calls.insert(call_id, assembly);
                Ok(None)
            }
        }
    }

    /// What the first fragment of an unfinished call told.
    #[must_use]
    pub fn unfinished(&self, call_id: u32) -> Option<&T> {
        self.calls.get(&call_id).map(|assembly| &assembly.about)
    }

    /// The same, to be changed by what later fragments tell.
    pub fn unfinished_mut(&mut self, call_id: u32) -> Option<&mut T> {
        self.calls.get_mut(&call_id).map(|assembly| &mut assembly.about)
    }

    /// The call_ids that are unfinished.
    pub fn unfinished_calls(&self) -> impl Iterator<Item = u32> {
        self.calls.keys().copied()
    }

    /// Drops what was collected of a call.
    pub fn forget(&mut self, call_id: u32) -> Option<T> {
        self.calls.remove(&call_id).map(|assembly| assembly.about)
    }

    fn check_length(&self, call_id: u32, octets: usize) -> Result<(), ReassemblyError> {
        let limit = self.limits.octets;
        if octets > limit { Err(ReassemblyError::TooLong { call_id, limit }) } else { Ok(()) }
    }

    fn check_interleaving(&self, call_id: u32) -> Result<(), ReassemblyError> {
        match self.calls.keys().next() {
            Some(unfinished) if self.calls.len() >= self.limits.interleaved => {
                Err(ReassemblyError::Interleaved { call_id, unfinished: *unfinished })
            }
            _ => Ok(()),
        }
    }
}
