//! Security contexts that do something wrong on purpose, around those that don't.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use dcerpc::security::{
    Account, Level, Protection, Provider, SecurityContext, SecurityError, Segments, SessionKey, Step,
};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoil {
    /// Whatever is wrong with a later token, the context stands.
    TokensNotChecked,
    /// What does not verify is taken as if it did.
    SignaturesNotChecked,
    /// What verified once is taken when it comes again.
    CopiesTaken,
    /// One bit of each token is another one.
    WrongSignatures,
    /// PDUs are sent without a token.
    NoSignatures,
}

/// A context with something wrong about it.
#[derive(Debug)]
pub(crate) struct SpoiltContext {
    inner: Box<dyn SecurityContext>,
    spoil: Spoil,
    legs: u32,
    /// Whether it stands although its inner one does not.
    bluffs: bool,
    /// What has verified: as it came, and opened.
    taken: VecDeque<(Came, Bytes)>,
}

/// A PDU as it came: its segments and its token.
type Came = [Bytes; 4];

/// How many PDUs are remembered.
const REMEMBERED: usize = 16;

/// NegTokenResp with accept-completed alone ([MS-SPNG] 2.2.1, RFC 4178 4.2.2).
const COMPLETED: &[u8] = &[0xA1, 0x07, 0x30, 0x05, 0xA0, 0x03, 0x0A, 0x01, 0x00];

impl SpoiltContext {
    pub(crate) fn new(inner: Box<dyn SecurityContext>, spoil: Spoil) -> Self {
        Self { inner, spoil, legs: 0, bluffs: false, taken: VecDeque::new() }
    }

    fn take_copies(
        &mut self,
        segments: Segments<'_>,
        token: &Bytes,
        header_signing: bool,
    ) -> Result<Protection, SecurityError> {
        let Segments { header, body, sec_trailer } = segments;
        let copy = [header, &*body, sec_trailer, token.as_ref()].map(Bytes::copy_from_slice);
        if let Some((_, opened)) = self.taken.iter().find(|(known, _)| *known == copy) {
            body.copy_from_slice(opened);
            return Ok(Protection::Signed);
        }
        let protection =
            self.inner.unprotect(Segments { header, body: &mut *body, sec_trailer }, token, header_signing)?;
        self.taken.push_back((copy, Bytes::copy_from_slice(body)));
        if self.taken.len() > REMEMBERED {
            self.taken.pop_front();
        }
        Ok(protection)
    }
}

impl SecurityContext for SpoiltContext {
    fn provider(&self) -> Provider {
        self.inner.provider()
    }

    fn level(&self) -> Level {
        self.inner.level()
    }

    fn step(&mut self, token: Option<&Bytes>) -> Result<Step, SecurityError> {
        self.legs += 1;
        let bare = self.inner.provider() != Provider::NEGOTIATE;
        match self.inner.step(token) {
            Err(_) if self.spoil == Spoil::TokensNotChecked && self.legs > 1 => {
                self.bluffs = true;
                let token = (!bare).then(|| Bytes::from_static(COMPLETED));
                Ok(Step { token, established: true })
            }
            stepped => stepped,
        }
    }

    fn account(&self) -> Option<Account> {
        self.inner.account()
    }

    fn session_key(&self) -> Option<SessionKey> {
        self.inner.session_key()
    }

    fn token_octets(&self) -> usize {
        if self.spoil == Spoil::NoSignatures { 0 } else { self.inner.token_octets() }
    }

    fn protect(&mut self, segments: Segments<'_>, header_signing: bool) -> Result<Bytes, SecurityError> {
        let token = self.inner.protect(segments, header_signing)?;
        if self.spoil != Spoil::WrongSignatures {
            return Ok(token);
        }
        let mut token = BytesMut::from(token.as_ref());
        let middle = token.len() / 2;
        token.iter_mut().skip(middle).take(1).for_each(|octet| *octet ^= 1);
        Ok(token.freeze())
    }

    fn unprotect(
        &mut self,
        segments: Segments<'_>,
        token: &Bytes,
        header_signing: bool,
    ) -> Result<Protection, SecurityError> {
        match self.spoil {
            _ if self.bluffs => Ok(Protection::Signed),
            Spoil::SignaturesNotChecked => {
                // What was sealed is opened all the same.
                Ok(self.inner.unprotect(segments, token, header_signing).unwrap_or(Protection::Signed))
            }
            Spoil::CopiesTaken => self.take_copies(segments, token, header_signing),
            _ => self.inner.unprotect(segments, token, header_signing),
        }
    }
}
