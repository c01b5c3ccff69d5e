//! What a security provider does for a connection: tokens, protect, unprotect.
//!
//! The providers themselves lie elsewhere; here is how a connection talks to one. Protection is applied to the segments
//! of a PDU ([MS-RPCE] 2.2.2.1, 3.3.1.5.2.2).

mod key;
pub mod token;

pub use key::{Mechanism, SessionKey};

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt::Debug;

use bytes::Bytes;
use thiserror::Error;

/// auth_type: a security provider ([MS-RPCE] 2.2.1.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Provider(pub u8);

impl Provider {
    /// RPC_C_AUTHN_NONE.
    pub const NONE: Self = Self(0x00);
    /// RPC_C_AUTHN_GSS_NEGOTIATE: SPNEGO.
    pub const NEGOTIATE: Self = Self(0x09);
    /// RPC_C_AUTHN_WINNT: NTLM.
    pub const NTLM: Self = Self(0x0A);
    /// RPC_C_AUTHN_GSS_KERBEROS.
    pub const KERBEROS: Self = Self(0x10);
}

/// auth_level: how much is protected ([MS-RPCE] 2.2.1.1.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(pub u8);

impl Level {
    /// RPC_C_AUTHN_LEVEL_NONE.
    pub const NONE: Self = Self(1);
    /// RPC_C_AUTHN_LEVEL_CONNECT.
    pub const CONNECT: Self = Self(2);
    /// RPC_C_AUTHN_LEVEL_CALL.
    pub const CALL: Self = Self(3);
    /// RPC_C_AUTHN_LEVEL_PKT.
    pub const PKT: Self = Self(4);
    /// RPC_C_AUTHN_LEVEL_PKT_INTEGRITY.
    pub const INTEGRITY: Self = Self(5);
    /// RPC_C_AUTHN_LEVEL_PKT_PRIVACY.
    pub const PRIVACY: Self = Self(6);
}

/// What came of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The token to send, if there is one.
    pub token: Option<Bytes>,
    /// Whether the context stands.
    pub established: bool,
}

/// The segments of a PDU that protection covers.
#[derive(Debug)]
pub struct Segments<'a> {
    /// The header and the fields before the stub: at most signed.
    pub header: &'a [u8],
    /// Stub data and padding: signed, and sealed at [`Level::PRIVACY`].
    pub body: &'a mut [u8],
    /// The sec_trailer without the token: at most signed.
    pub sec_trailer: &'a [u8],
}

/// What the token on a PDU proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protection {
    /// The PDU is what its sender signed, and sealed at [`Level::PRIVACY`].
    Signed,
    /// At [`Level::PKT`], which implementations understand differently: the sender signed nothing. Whether that will do is the
    /// caller's policy.
    Unsigned(Unsigned),
    /// The level protects nothing; what the token says was not looked at.
    Unprotected,
}

/// How a sender left a PDU unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unsigned {
    /// There is no token.
    Absent,
    /// The token is of zeroes.
    Zeroes,
}

/// Why a provider refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecurityError {
    /// A token is not acceptable: wrong credentials, or octets that are no token.
    #[error("the token was refused: {0}")]
    Refused(String),
    /// A PDU is not what its sender sealed or signed.
    #[error("the protection of the PDU does not verify: {0}")]
    Unverified(String),
    /// The provider can't do that.
    #[error("the provider can't do that: {0}")]
    Unsupported(String),
}

/// The account that a client has proved to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Account {
    /// Its name without domain.
    pub user: String,
    /// Its domain, by the name that the provider has for it: in Kerberos the realm. Empty for none.
    pub domain: String,
}

impl Account {
    /// Whether this is the account that a list has in these words. Names are the same in any case, and a domain is the same by
    /// its DNS name, which is the realm of Kerberos, and by the first label of that, which NTLM calls it by. An entry without
    /// domain stands for that user of any.
    #[must_use]
    pub fn is(&self, listed: &Self) -> bool {
        let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        let label = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
        let short = |one: &str, other: &str| !one.contains('.') && one.to_lowercase() == label(other);
        let (domain, known) = (self.domain.as_str(), listed.domain.as_str());
        let domains = known.is_empty() || same(domain, known) || short(domain, known) || short(known, domain);
        domains && same(&self.user, &listed.user)
    }
}

/// One end's security context on one connection.
pub trait SecurityContext: Debug + Send {
    /// Its provider.
    fn provider(&self) -> Provider;

    /// Its level.
    fn level(&self) -> Level;

    /// Takes the peer's token (none at the very start) and gives the next one. It computes only: whatever has to be asked over
    /// a network was asked when the context was made.
    ///
    /// # Errors
    /// [`SecurityError::Refused`].
    fn step(&mut self, token: Option<&Bytes>) -> Result<Step, SecurityError>;

    /// Who the client is, at the server's end of a context that stands.
    fn account(&self) -> Option<Account>;

    /// What a witness needs to read along, once the context stands; nothing of a context that protects nothing.
    fn session_key(&self) -> Option<SessionKey>;

    /// Length of the token on the PDUs that this side protects, in octets; 0 when it sends none.
    fn token_octets(&self) -> usize;

    /// Protects a PDU about to be sent: seals the body in place as the level demands and gives the token. With
    /// `header_signing` the header and the sec_trailer are signed too.
    ///
    /// # Errors
    /// When the provider can't.
    fn protect(&mut self, segments: Segments<'_>, header_signing: bool) -> Result<Bytes, SecurityError>;

    /// Verifies a PDU that was received and unseals its body in place. The token is empty when the PDU has none.
    ///
    /// # Errors
    /// [`SecurityError::Unverified`].
    fn unprotect(
        &mut self,
        segments: Segments<'_>,
        token: &Bytes,
        header_signing: bool,
    ) -> Result<Protection, SecurityError>;
}

/// What a server has to take clients in with.
pub trait Acceptor: Debug + Send + Sync {
    /// The server's end of a context, for a client that begins one with that provider and level.
    ///
    /// # Errors
    /// [`SecurityError::Unsupported`] for a provider or a level that is not offered.
    fn accept(&self, provider: Provider, level: Level) -> Result<Box<dyn SecurityContext>, SecurityError>;
}

/// The end of a context that sent a PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sender {
    /// The client, which began the context.
    Initiator,
    /// The server.
    Acceptor,
}

/// Reads along as a witness: verifies and opens what either end has protected. Every PDU of the context has to be given, in
/// the order of each direction, for some providers count and chain them.
pub trait Unseal: Debug + Send {
    /// Verifies a PDU and opens its body in place. The token is empty when the PDU has none.
    ///
    /// # Errors
    /// [`SecurityError::Unverified`]; what the body is then, it stays, and later PDUs can be read all the same.
    fn open(
        &mut self,
        sender: Sender,
        level: Level,
        segments: Segments<'_>,
        token: &Bytes,
        header_signing: bool,
    ) -> Result<Protection, SecurityError>;
}

/// What a witness finds out of a context that it only watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// What protects the PDUs.
    pub key: SessionKey,
    /// Who the client has proved to be.
    pub account: Account,
}

/// Derives keys as a witness: from the tokens that set a context up, and the secrets of either end.
pub trait Derive: Debug + Send + Sync {
    /// The key of a context, from all its tokens in the order in which they crossed, each by its sender.
    ///
    /// # Errors
    /// Why not, in words that name the mechanism and the client: no secret of that client's is known, it is a wrong one, or
    /// tokens are missing.
    fn derive(&self, tokens: &[(Sender, Bytes)]) -> Result<Derived, SecurityError>;
}

/// No security at all: sends no tokens, protects nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSecurity;

impl SecurityContext for NoSecurity {
    fn provider(&self) -> Provider {
        Provider::NONE
    }

    fn level(&self) -> Level {
        Level::NONE
    }

    fn step(&mut self, token: Option<&Bytes>) -> Result<Step, SecurityError> {
        match token {
            None => Ok(Step { token: None, established: true }),
            Some(_) => Err(SecurityError::Unsupported("no security is configured".into())),
        }
    }

    fn account(&self) -> Option<Account> {
        None
    }

    fn session_key(&self) -> Option<SessionKey> {
        None
    }

    fn token_octets(&self) -> usize {
        0
    }

    fn protect(&mut self, _: Segments<'_>, _: bool) -> Result<Bytes, SecurityError> {
        Ok(Bytes::new())
    }

    fn unprotect(&mut self, _: Segments<'_>, token: &Bytes, _: bool) -> Result<Protection, SecurityError> {
        if token.is_empty() {
            return Ok(Protection::Unprotected);
        }
        Err(SecurityError::Unsupported("no security is configured".into()))
    }
}
