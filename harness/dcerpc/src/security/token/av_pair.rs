//! AV_PAIR: what server and client tell of each other in NTLM ([MS-NLMP] 2.2.2.1).

use alloc::format;
use alloc::string::String;

use bytes::Bytes;

use super::der::Findings;
use super::rule;
use crate::{ByteOrder, DecodeError, Defect, ReadCursor};

const EOL: u16 = 0x0000;
const NB_COMPUTER_NAME: u16 = 0x0001;
const NB_DOMAIN_NAME: u16 = 0x0002;
const DNS_COMPUTER_NAME: u16 = 0x0003;
const DNS_DOMAIN_NAME: u16 = 0x0004;
const FLAGS: u16 = 0x0006;
const TARGET_NAME: u16 = 0x0009;

/// A list of AV_PAIR, by what it says. Of several of one kind the first counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetInfo {
    /// MsvAvNbComputerName.
    pub nb_computer_name: Option<String>,
    /// MsvAvNbDomainName.
    pub nb_domain_name: Option<String>,
    /// MsvAvDnsComputerName.
    pub dns_computer_name: Option<String>,
    /// MsvAvDnsDomainName.
    pub dns_domain_name: Option<String>,
    /// MsvAvFlags.
    pub flags: Option<u32>,
    /// MsvAvTargetName: the principal that the client asks for; empty when it asks for none.
    pub target_name: Option<String>,
}

impl TargetInfo {
    /// Reads a list that begins at an offset of its message.
    pub(super) fn read(octets: &Bytes, at: usize, defects: &Findings) -> Result<Self, DecodeError> {
        Self::pairs(octets, at, defects).map_err(|error| error.shifted(at))
    }

    fn pairs(octets: &Bytes, at: usize, defects: &Findings) -> Result<Self, DecodeError> {
        let mut cursor = ReadCursor::new(octets, ByteOrder::Little);
        let mut info = Self::default();
        while cursor.left() > 0 {
            let id = cursor.u16("AvId")?;
            let length = cursor.u16("AvLen")?;
            let offset = at + cursor.position();
            let value = cursor.octets(length.into(), "Value")?;
            let slot = match id {
                EOL => return Ok(info),
                NB_COMPUTER_NAME => &mut info.nb_computer_name,
                NB_DOMAIN_NAME => &mut info.nb_domain_name,
                DNS_COMPUTER_NAME => &mut info.dns_computer_name,
                DNS_DOMAIN_NAME => &mut info.dns_domain_name,
                TARGET_NAME => &mut info.target_name,
                FLAGS => {
                    let flags = ReadCursor::new(&value, ByteOrder::Little).u32("MsvAvFlags");
                    info.flags = Some(flags.map_err(|error| error.shifted(offset - at))?);
                    continue;
                }
                _ => continue,
            };
            let name = unicode(&value, offset, defects);
            slot.get_or_insert(name);
        }
        let (expected, actual) = ("MsvAvEOL at its end".into(), "none".into());
        let offset = at + cursor.position();
        defects.borrow_mut().push(Defect { offset, field: "AvPairs", rule: rule::AV_PAIRS_END, expected, actual });
        Ok(info)
    }
}

/// A name of UTF-16LE; what is none is replaced.
pub(super) fn unicode(octets: &[u8], offset: usize, defects: &Findings) -> String {
    let (pairs, rest) = octets.as_chunks();
    let units = pairs.iter().copied().map(u16::from_le_bytes);
    let mut clean = rest.is_empty();
    let name = char::decode_utf16(units)
        .map(|read| {
            clean &= read.is_ok();
            read.unwrap_or(char::REPLACEMENT_CHARACTER)
        })
        .collect();
    if !clean {
        let (expected, actual) = ("UTF-16".into(), format!("{} octets that are none", octets.len()));
        defects.borrow_mut().push(Defect { offset, field: "Value", rule: rule::NAME_IS_UNICODE, expected, actual });
    }
    name
}
