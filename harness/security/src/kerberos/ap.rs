//! AP-REQ and AP-REP in the style of DCE: without framing, and with a third leg (RFC 4120 5.5, [MS-KILE] 3.4.5.1).

use dcerpc::security::SecurityError;

use super::key::{EncryptedData, Key};
use super::principal::Principal;
use super::time;
use crate::der::{
    BIT_STRING, Element, Elements, Fields, OCTET_STRING, application, element, integer, read_integer, sequence, string,
};

/// pvno.
const VERSION: i64 = 5;
/// mutual-required in ap-options.
const MUTUAL_REQUIRED: [u8; 5] = [0, 0x20, 0, 0, 0];
/// initial and pre-authent in flags of a ticket (RFC 4120 5.3).
const INITIAL: [u8; 5] = [0, 0x00, 0x60, 0, 0];
/// The checksum that carries flags of GSS (RFC 4121 4.1.1).
const GSS_CHECKSUM: i64 = 0x8003;
/// Mutual, replay, sequence, confidentiality, integrity, style of DCE.
const GSS_FLAGS: u32 = 0x02 | 0x04 | 0x08 | 0x10 | 0x20 | DCE_STYLE;
const DCE_STYLE: u32 = 0x1000;

/// Key usage numbers (RFC 4120 7.5.1).
pub(super) mod usage {
    pub(crate) const TICKET: i32 = 2;
    pub(crate) const AUTHENTICATOR: i32 = 11;
    pub(crate) const AP_REP: i32 = 12;
}

/// What an Authenticator says (RFC 4120 5.5.1).
#[derive(Debug)]
pub(super) struct Authenticator {
    pub(super) realm: String,
    pub(super) client: Principal,
    pub(super) time: i64,
    pub(super) microseconds: i64,
    pub(super) subkey: Option<Key>,
    pub(super) sequence_number: u32,
    /// The flags in its checksum, when it is of GSS.
    pub(super) flags: Option<u32>,
}

impl Authenticator {
    /// Writes one, with the checksum that is given, or with that of GSS.
    pub(super) fn write(&self, checksum: Option<(i64, Vec<u8>)>) -> Element {
        let (kind, octets) = checksum.unwrap_or_else(|| {
            let [f0, f1, f2, f3] = GSS_FLAGS.to_le_bytes();
            let mut octets = vec![16, 0, 0, 0];
            octets.extend([0; 16]);
            octets.extend([f0, f1, f2, f3]);
            (GSS_CHECKSUM, octets)
        });
        let mut fields = vec![
            (0, integer(VERSION)),
            (1, string(&self.realm)),
            (2, self.client.write()),
            (3, sequence(&[(0, integer(kind)), (1, element(OCTET_STRING, &octets))])),
            (4, integer(self.microseconds)),
            (5, time::write(self.time)),
        ];
        fields.extend(self.subkey.as_ref().map(|key| (6, key.write())));
        fields.push((7, integer(self.sequence_number.into())));
        element(application(2), &sequence(&fields))
    }

    fn read(octets: &[u8]) -> Result<Self, SecurityError> {
        let fields = Fields::within(2, octets)?;
        let flags = fields.optional(3).map(gss_flags).transpose()?.flatten();
        Ok(Self {
            realm: fields.string(1)?,
            client: Principal::read(fields.field(2)?)?,
            time: time::read(fields.field(5)?)?,
            microseconds: fields.integer(4)?,
            subkey: fields.optional(6).map(Key::read).transpose()?,
            sequence_number: number(fields.optional(7))?,
            flags,
        })
    }

    /// Whether the client speaks the style of DCE.
    pub(super) fn is_of_dce(&self) -> bool {
        self.flags.is_some_and(|flags| flags & DCE_STYLE != 0)
    }
}

/// AP-REQ (RFC 4120 5.5.1), of the ticket's own octets.
pub(super) struct ApReq<'a> {
    pub(super) mutual: bool,
    pub(super) realm: String,
    pub(super) server: Principal,
    pub(super) ticket: EncryptedData<'a>,
    pub(super) authenticator: EncryptedData<'a>,
}

impl<'a> ApReq<'a> {
    /// Writes one that wants an AP-REP, or none as in a TGS-REQ.
    pub(super) fn write(ticket: &[u8], authenticator: Element, mutual: bool) -> Element {
        let options = if mutual { MUTUAL_REQUIRED } else { [0; 5] };
        let fields = [
            (0, integer(VERSION)),
            (1, integer(14)),
            (2, element(BIT_STRING, &options)),
            (3, ticket.to_vec().into()),
            (4, authenticator),
        ];
        element(application(14), &sequence(&fields))
    }

    pub(super) fn read(token: &'a [u8]) -> Result<Self, SecurityError> {
        if token.first() == Some(&application(0)) {
            return Err(SecurityError::Refused("a token of Kerberos that is not of the style of DCE".into()));
        }
        let fields = Fields::within(14, token)?;
        let options = Elements(fields.field(2)?).of(BIT_STRING)?;
        let ticket = Fields::within(1, fields.field(3)?)?;
        Ok(Self {
            mutual: options.get(1).is_some_and(|octet| octet & 0x20 != 0),
            realm: ticket.string(1)?,
            server: Principal::read(ticket.field(2)?)?,
            ticket: EncryptedData::read(ticket.field(3)?)?,
            authenticator: EncryptedData::read(fields.field(4)?)?,
        })
    }

    /// Opens the authenticator with the ticket's session key.
    pub(super) fn authenticator(&self, key: &Key) -> Result<Authenticator, SecurityError> {
        let plain = key.decrypt(usage::AUTHENTICATOR, &self.authenticator)?;
        let foreign = || SecurityError::Refused("its authenticator is not of the ticket's key".into());
        Authenticator::read(&plain.ok_or_else(foreign)?)
    }
}

/// What a ticket says to its server (RFC 4120 5.3).
#[derive(Debug)]
pub(super) struct EncTicketPart {
    pub(super) key: Key,
    pub(super) realm: String,
    pub(super) client: Principal,
    pub(super) start_time: i64,
    pub(super) end_time: i64,
}

impl EncTicketPart {
    /// Writes one of an initial ticket whose client no other realm has vouched for.
    pub(super) fn write(&self) -> Element {
        let transited = sequence(&[(0, integer(0)), (1, element(OCTET_STRING, &[]))]);
        let fields = [
            (0, element(BIT_STRING, &INITIAL)),
            (1, self.key.write()),
            (2, string(&self.realm)),
            (3, self.client.write()),
            (4, transited),
            (5, time::write(self.start_time)),
            (6, time::write(self.start_time)),
            (7, time::write(self.end_time)),
        ];
        element(application(3), &sequence(&fields))
    }

    pub(super) fn read(octets: &[u8]) -> Result<Self, SecurityError> {
        let fields = Fields::within(3, octets)?;
        let start_time = fields.optional(6).map_or_else(|| fields.field(5), Ok)?;
        Ok(Self {
            key: Key::read(fields.field(1)?)?,
            realm: fields.string(2)?,
            client: Principal::read(fields.field(3)?)?,
            start_time: time::read(start_time)?,
            end_time: time::read(fields.field(7)?)?,
        })
    }
}

/// What an AP-REP says (RFC 4120 5.5.2).
#[derive(Debug)]
pub(super) struct ApRep {
    pub(super) time: i64,
    pub(super) microseconds: i64,
    pub(super) subkey: Option<Key>,
    pub(super) sequence_number: u32,
}

impl ApRep {
    pub(super) fn write(&self, key: &Key) -> Result<Element, SecurityError> {
        let mut fields = vec![(0, time::write(self.time)), (1, integer(self.microseconds))];
        fields.extend(self.subkey.as_ref().map(|key| (2, key.write())));
        fields.push((3, integer(self.sequence_number.into())));
        let plain = element(application(27), &sequence(&fields));
        let enc_part = key.encrypt(usage::AP_REP, &plain)?;
        let fields = [(0, integer(VERSION)), (1, integer(15)), (2, enc_part)];
        Ok(element(application(15), &sequence(&fields)))
    }

    pub(super) fn read(token: &[u8], key: &Key) -> Result<Self, SecurityError> {
        let fields = Fields::within(15, token)?;
        let plain = key.decrypt(usage::AP_REP, &EncryptedData::read(fields.field(2)?)?)?;
        let foreign = || SecurityError::Refused("an AP-REP that is not of the ticket's key".into());
        let plain = plain.ok_or_else(foreign)?;
        let fields = Fields::within(27, &plain)?;
        Ok(Self {
            time: time::read(fields.field(0)?)?,
            microseconds: fields.integer(1)?,
            subkey: fields.optional(2).map(Key::read).transpose()?,
            sequence_number: number(fields.optional(3))?,
        })
    }
}

/// A sequence number. Some write it with a sign.
fn number(element: Option<&[u8]>) -> Result<u32, SecurityError> {
    let Some(element) = element else { return Ok(0) };
    let number = read_integer(element)?;
    let unsigned = u32::try_from(number).ok().or_else(|| i32::try_from(number).ok().map(i32::cast_unsigned));
    unsigned.ok_or_else(|| SecurityError::Refused(format!("a sequence number of more than 32 bits: {number}")))
}

fn gss_flags(checksum: &[u8]) -> Result<Option<u32>, SecurityError> {
    let fields = Fields::of(checksum)?;
    if fields.integer(0)? != GSS_CHECKSUM {
        return Ok(None);
    }
    let octets = fields.octets(1)?.get(20..).and_then(|octets| octets.first_chunk());
    Ok(octets.copied().map(u32::from_le_bytes))
}
