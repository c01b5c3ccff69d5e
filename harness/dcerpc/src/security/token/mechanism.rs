//! Mechanisms, by their object identifiers.

use core::fmt;

use bytes::Bytes;

use super::der::{Der, OBJECT_IDENTIFIER};
use crate::DecodeError;

/// A mechanism of GSS-API ([MS-SPNG] 1.9.1, 3.1.5.2).
#[derive(Clone, PartialEq, Eq)]
pub enum Mechanism {
    /// 1.3.6.1.5.5.2.
    Spnego,
    /// 1.2.840.113554.1.2.2.
    Kerberos,
    /// 1.2.840.48018.1.2.2: Kerberos by an identifier that lost a bit and stayed in use.
    MicrosoftKerberos,
    /// 1.2.840.113554.1.2.2.3: Kerberos between users.
    UserToUser,
    /// 1.3.6.1.4.1.311.2.2.10.
    Ntlm,
    /// 1.3.6.1.4.1.311.2.2.30.
    NegoEx,
    /// Another: the content of its OBJECT IDENTIFIER.
    Other(Bytes),
}

impl Mechanism {
    const KNOWN: [(Self, &[u8]); 6] = [
        (Self::Spnego, &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x02]),
        (Self::Kerberos, &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02]),
        (Self::MicrosoftKerberos, &[0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 0x01, 0x02, 0x02]),
        (Self::UserToUser, &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02, 0x03]),
        (Self::Ntlm, &[0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A]),
        (Self::NegoEx, &[0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x1E]),
    ];

    /// Whether it is Kerberos, by either identifier.
    #[must_use]
    pub fn is_kerberos(&self) -> bool {
        matches!(self, Self::Kerberos | Self::MicrosoftKerberos)
    }

    pub(super) fn read(der: &mut Der<'_>, field: &'static str) -> Result<Self, DecodeError> {
        let octets = der.of(OBJECT_IDENTIFIER, field)?.rest();
        let known = Self::KNOWN.into_iter().find(|(_, known)| *known == octets);
        Ok(known.map_or(Self::Other(octets), |(mechanism, _)| mechanism))
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spnego => f.write_str("SPNEGO"),
            Self::Kerberos | Self::MicrosoftKerberos => f.write_str("Kerberos"),
            Self::UserToUser => f.write_str("Kerberos between users"),
            Self::Ntlm => f.write_str("NTLM"),
            Self::NegoEx => f.write_str("NEGOEX"),
            Self::Other(octets) => dotted(octets, f),
        }
    }
}

impl fmt::Debug for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Octets of an identifier that are shown at most: longer ones are nobody's.
const SHOWN: usize = 32;

/// The numbers of an identifier ([X.690] 8.19). Its first two share one.
fn dotted(octets: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (mut number, mut first) = (0_u64, true);
    for octet in octets.iter().take(SHOWN) {
        number = (number << 7) | u64::from(octet & 0x7F);
        if octet & 0x80 != 0 {
            continue;
        }
        if first {
            let top = (number / 40).min(2);
            write!(f, "{top}.{}", number - top * 40)?;
        } else {
            write!(f, ".{number}")?;
        }
        (number, first) = (0, false);
    }
    if octets.len() > SHOWN { f.write_str("…") } else { Ok(()) }
}
