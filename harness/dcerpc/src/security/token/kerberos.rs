//! Kerberos: whom a ticket is for, and why it is refused (RFC 4120 5.3, 5.5, 5.9).

use alloc::string::String;
use alloc::vec::Vec;

use core::fmt;

use super::der::{BIT_STRING, Der, INTEGER, SEQUENCE, unreadable};
use crate::DecodeError;

/// [APPLICATION 1].
const TICKET: u8 = 0x61;
/// [APPLICATION 14].
const AP_REQ: u8 = 0x6E;
/// [APPLICATION 15].
const AP_REP: u8 = 0x6F;
/// [APPLICATION 30].
const KRB_ERROR: u8 = 0x7E;
/// Components that a name can have here; nobody's has more.
const MOST_COMPONENTS: usize = 16;

/// A message of Kerberos that sets up a security context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KerberosMessage {
    /// The client's ticket.
    ApReq(ApReq),
    /// The server has read the ticket; in the style of DCE, also the client's third leg.
    ApRep(ApRep),
    /// The server refuses.
    Error(KrbError),
}

/// AP-REQ (RFC 4120 5.5.1): what stands in the open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApReq {
    /// Whether mutual-required is set in ap-options.
    pub mutual_required: bool,
    /// realm of the ticket.
    pub realm: String,
    /// sname of the ticket: the server that it is for.
    pub sname: PrincipalName,
    /// How the ticket is encrypted.
    pub ticket: EncryptedData,
}

/// AP-REP (RFC 4120 5.5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApRep {
    /// How it is encrypted.
    pub enc_part: EncryptedData,
}

/// KRB-ERROR (RFC 4120 5.9.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KrbError {
    /// error-code.
    pub error_code: ErrorCode,
    /// realm of the server.
    pub realm: String,
    /// sname: the server.
    pub sname: PrincipalName,
}

/// PrincipalName (RFC 4120 5.2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrincipalName {
    /// name-type.
    pub name_type: i32,
    /// name-string: `host` and the server's name, for instance.
    pub components: Vec<String>,
}

/// EncryptedData without what is encrypted (RFC 4120 5.2.9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EncryptedData {
    /// etype.
    pub etype: i32,
    /// kvno: the version of the key.
    pub kvno: Option<i64>,
}

/// error-code (RFC 4120 7.5.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCode(pub i32);

impl ErrorCode {
    /// KRB_AP_ERR_NOT_US: the ticket isn't for us.
    pub const NOT_US: Self = Self(35);
    /// KRB_AP_ERR_NOKEY: service key not available.
    pub const NO_KEY: Self = Self(45);

    const NAMES: [(i32, &str); 14] = [
        (14, "KDC_ERR_ETYPE_NOSUPP"),
        (31, "KRB_AP_ERR_BAD_INTEGRITY"),
        (32, "KRB_AP_ERR_TKT_EXPIRED"),
        (33, "KRB_AP_ERR_TKT_NYV"),
        (34, "KRB_AP_ERR_REPEAT"),
        (35, "KRB_AP_ERR_NOT_US"),
        (36, "KRB_AP_ERR_BADMATCH"),
        (37, "KRB_AP_ERR_SKEW"),
        (38, "KRB_AP_ERR_BADADDR"),
        (41, "KRB_AP_ERR_MODIFIED"),
        (44, "KRB_AP_ERR_BADKEYVER"),
        (45, "KRB_AP_ERR_NOKEY"),
        (46, "KRB_AP_ERR_MUT_FAIL"),
        (60, "KRB_ERR_GENERIC"),
    ];
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.iter().find(|(code, _)| *code == self.0) {
            Some((code, name)) => write!(f, "{name} ({code})"),
            None => write!(f, "Kerberos error {}", self.0),
        }
    }
}

impl fmt::Display for PrincipalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.components.join("/"))
    }
}

impl KerberosMessage {
    /// Whether an element of that tag is one of the messages, as in the style of DCE, which does without framing.
    pub(super) fn begins_with(tag: u8) -> bool {
        matches!(tag, AP_REQ | AP_REP | KRB_ERROR)
    }

    /// After the framing and the mechanism: a token id of two octets precedes (RFC 4121 4.1). None for other tokens.
    pub(super) fn read_framed(der: &mut Der<'_>) -> Result<Option<Self>, DecodeError> {
        let tag = match der.raw(2, "TOK_ID")?.as_ref() {
            [0x01, 0x00] => AP_REQ,
            [0x02, 0x00] => AP_REP,
            [0x03, 0x00] => KRB_ERROR,
            _ => return Ok(None),
        };
        let mut content = der.of(tag, "the message that TOK_ID names")?;
        der.end("Kerberos");
        Self::content(tag, &mut content)
    }

    /// Without framing.
    pub(super) fn read(der: &mut Der<'_>) -> Result<Option<Self>, DecodeError> {
        let Some((tag, mut content)) = der.next("Kerberos")? else { return Ok(None) };
        der.end("Kerberos");
        Self::content(tag, &mut content)
    }

    fn content(tag: u8, content: &mut Der<'_>) -> Result<Option<Self>, DecodeError> {
        match tag {
            AP_REQ => Ok(Some(Self::ApReq(ApReq::read(content)?))),
            AP_REP => Ok(Some(Self::ApRep(ApRep::read(content)?))),
            KRB_ERROR => Ok(Some(Self::Error(KrbError::read(content)?))),
            _ => Ok(None),
        }
    }
}

impl ApReq {
    fn read(der: &mut Der<'_>) -> Result<Self, DecodeError> {
        let at = der.position();
        let mut fields = der.of(SEQUENCE, "AP-REQ")?;
        let (mut mutual_required, mut ticket) = (false, None);
        while let Some((tag, mut field)) = fields.next("AP-REQ")? {
            match tag {
                // The first octet of a BIT STRING counts unused bits; mutual-required is bit 2, counted from the highest.
                0xA2 => {
                    let bits = field.of(BIT_STRING, "ap-options")?.rest();
                    mutual_required = bits.get(1).is_some_and(|octet| octet & 0x20 != 0);
                }
                0xA3 => ticket = Some(ticket_of(&mut field)?),
                _ => {}
            }
        }
        let (realm, sname, ticket) = ticket.ok_or_else(|| missing(at, "ticket"))?;
        Ok(Self { mutual_required, realm, sname, ticket })
    }
}

fn ticket_of(der: &mut Der<'_>) -> Result<(String, PrincipalName, EncryptedData), DecodeError> {
    let at = der.position();
    let mut fields = der.of(TICKET, "Ticket")?.of(SEQUENCE, "Ticket")?;
    let (mut realm, mut sname, mut enc_part) = (None, None, None);
    while let Some((tag, mut field)) = fields.next("Ticket")? {
        match tag {
            0xA1 => realm = Some(field.string("realm")?),
            0xA2 => sname = Some(PrincipalName::read(&mut field, "sname")?),
            0xA3 => enc_part = Some(EncryptedData::read(&mut field)?),
            _ => {}
        }
    }
    let realm = realm.ok_or_else(|| missing(at, "realm"))?;
    let sname = sname.ok_or_else(|| missing(at, "sname"))?;
    Ok((realm, sname, enc_part.ok_or_else(|| missing(at, "enc-part"))?))
}

impl ApRep {
    fn read(der: &mut Der<'_>) -> Result<Self, DecodeError> {
        let at = der.position();
        let mut fields = der.of(SEQUENCE, "AP-REP")?;
        let mut enc_part = None;
        while let Some((tag, mut field)) = fields.next("AP-REP")? {
            if tag == 0xA2 {
                enc_part = Some(EncryptedData::read(&mut field)?);
            }
        }
        Ok(Self { enc_part: enc_part.ok_or_else(|| missing(at, "enc-part"))? })
    }
}

impl KrbError {
    fn read(der: &mut Der<'_>) -> Result<Self, DecodeError> {
        let at = der.position();
        let mut fields = der.of(SEQUENCE, "KRB-ERROR")?;
        let (mut error_code, mut realm, mut sname) = (None, None, None);
        while let Some((tag, mut field)) = fields.next("KRB-ERROR")? {
            match tag {
                0xA6 => error_code = Some(ErrorCode(field.integer(INTEGER, "error-code")?)),
                0xA9 => realm = Some(field.string("realm")?),
                0xAA => sname = Some(PrincipalName::read(&mut field, "sname")?),
                _ => {}
            }
        }
        let error_code = error_code.ok_or_else(|| missing(at, "error-code"))?;
        let realm = realm.ok_or_else(|| missing(at, "realm"))?;
        Ok(Self { error_code, realm, sname: sname.ok_or_else(|| missing(at, "sname"))? })
    }
}

impl PrincipalName {
    fn read(der: &mut Der<'_>, name: &'static str) -> Result<Self, DecodeError> {
        let mut fields = der.of(SEQUENCE, name)?;
        let mut principal = Self::default();
        while let Some((tag, mut field)) = fields.next(name)? {
            match tag {
                0xA0 => principal.name_type = field.integer(INTEGER, "name-type")?,
                0xA1 => principal.components = components(&mut field)?,
                _ => {}
            }
        }
        Ok(principal)
    }
}

fn components(der: &mut Der<'_>) -> Result<Vec<String>, DecodeError> {
    let mut list = der.of(SEQUENCE, "name-string")?;
    let mut components = Vec::new();
    while list.left() > 0 {
        if components.len() == MOST_COMPONENTS {
            let expected = "a name of at most 16 components";
            return Err(unreadable(list.position(), "name-string", expected, "a longer one"));
        }
        components.push(list.string("name-string")?);
    }
    Ok(components)
}

impl EncryptedData {
    fn read(der: &mut Der<'_>) -> Result<Self, DecodeError> {
        let mut fields = der.of(SEQUENCE, "EncryptedData")?;
        let mut data = Self::default();
        while let Some((tag, mut field)) = fields.next("EncryptedData")? {
            match tag {
                0xA0 => data.etype = field.integer(INTEGER, "etype")?,
                0xA1 => data.kvno = Some(field.integer(INTEGER, "kvno")?),
                _ => {}
            }
        }
        Ok(data)
    }
}

fn missing(at: usize, field: &'static str) -> DecodeError {
    unreadable(at, field, "a field of its message", "missing")
}
