//! Keytabs: files with a service's keys, in MIT's format of version 2.

use std::path::Path;

use zeroize::Zeroizing;

use super::file::{File, Malformed};
use super::key::Key;
use super::principal::{NT_PRINCIPAL, Principal};
use crate::Error;

/// A service's keys.
#[derive(Clone, Debug)]
pub struct Keytab {
    pub(super) entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) realm: String,
    pub(super) principal: Principal,
    pub(super) key_version: u32,
    pub(super) key: Key,
}

impl Keytab {
    /// Reads a keytab file.
    ///
    /// # Errors
    /// [`Error::File`] when it is not there or is no keytab.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |reason: String| Error::File { what: "keytab", path: path.to_owned(), reason };
        let octets = std::fs::read(path).map(Zeroizing::new).map_err(|error| failed(error.to_string()))?;
        Self::read(&octets).map_err(|error| failed(error.to_string()))
    }

    /// Reads a keytab.
    ///
    /// # Errors
    /// In words, when the octets are none.
    pub fn parse(octets: &[u8]) -> Result<Self, String> {
        Self::read(octets).map_err(|error| error.to_string())
    }

    fn read(octets: &[u8]) -> Result<Self, Malformed> {
        let mut file = File::new(octets);
        match file.u16()? {
            0x0502 => {}
            version => return Err(Malformed(format!("it begins with {version:#06x}, not with 0x0502"))),
        }
        let mut entries = Vec::new();
        while !file.is_at_end() {
            let size = file.u32()?.cast_signed();
            let record = file.take(usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX))?;
            // A hole has a negative size, and the rest of a file may be of zeroes.
            if size > 0 {
                entries.push(entry(&mut File::new(record))?);
            }
        }
        match entries.is_empty() {
            true => Err(Malformed("it holds no keys".into())),
            false => Ok(Self { entries }),
        }
    }
}

fn entry(record: &mut File<'_>) -> Result<Entry, Malformed> {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    let count = record.u16()?;
    let realm = text(record.short()?);
    let components = (0..count).map(|_| record.short().map(text)).collect::<Result<_, _>>()?;
    let _name_type = record.u32()?;
    let _timestamp = record.u32()?;
    let short_version = record.u8()?;
    let encryption_type = record.u16()?;
    let octets = Zeroizing::new(record.short()?.to_vec());
    // A number of 32 bits may follow; zero says nothing.
    let long_version = record.u32().ok().filter(|version| *version != 0);
    Ok(Entry {
        realm,
        principal: Principal { name_type: NT_PRINCIPAL, components },
        key_version: long_version.unwrap_or(short_version.into()),
        key: Key { encryption_type: encryption_type.into(), octets },
    })
}
