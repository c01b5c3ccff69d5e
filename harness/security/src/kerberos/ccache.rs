//! Credential caches: files with a client's tickets, in MIT's format of version 4.

use std::path::Path;

use zeroize::Zeroizing;

use super::file::{File, Malformed};
use super::key::Key;
use super::principal::Principal;
use super::ticket::Held;
use crate::Error;

/// In the realm of entries that are settings of the library.
const CONFIGURATION: &str = "X-CACHECONF:";

/// A client's tickets.
pub(super) struct Ccache {
    pub(super) tickets: Vec<(Principal, Held)>,
}

impl Ccache {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |reason: String| Error::File { what: "credential cache", path: path.to_owned(), reason };
        let octets = std::fs::read(path).map(Zeroizing::new).map_err(|error| failed(error.to_string()))?;
        Self::read(&octets).map_err(|error| failed(error.to_string()))
    }

    fn read(octets: &[u8]) -> Result<Self, Malformed> {
        let mut file = File::new(octets);
        match file.u16()? {
            0x0504 => {}
            version => return Err(Malformed(format!("it begins with {version:#06x}, not with 0x0504"))),
        }
        file.short()?;
        principal(&mut file)?;
        let mut tickets = Vec::new();
        while !file.is_at_end() {
            let (server_realm, server, held) = credential(&mut file)?;
            if server_realm != CONFIGURATION {
                tickets.push((server, held));
            }
        }
        Ok(Self { tickets })
    }
}

fn credential(file: &mut File<'_>) -> Result<(String, Principal, Held), Malformed> {
    let (client_realm, client) = principal(file)?;
    let (server_realm, server) = principal(file)?;
    let encryption_type = file.u16()?;
    let key = Key { encryption_type: encryption_type.into(), octets: Zeroizing::new(file.long()?.to_vec()) };
    let [_auth_time, _start_time, end_time, _renew_till] = [file.u32()?, file.u32()?, file.u32()?, file.u32()?];
    let _is_skey = file.u8()?;
    let _flags = file.u32()?;
    for _list in ["addresses", "authorization data"] {
        for _ in 0..file.u32()? {
            file.u16()?;
            file.long()?;
        }
    }
    let ticket = file.long()?.to_vec();
    file.long()?;
    let (realm, end_time) = (server_realm.clone(), end_time.into());
    Ok((server_realm, server, Held { client_realm, client, realm, key, end_time, clock: 0, ticket }))
}

fn principal(file: &mut File<'_>) -> Result<(String, Principal), Malformed> {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    let name_type = file.u32()?.into();
    let count = file.u32()?;
    let realm = text(file.long()?);
    let components = (0..count).map(|_| file.long().map(text)).collect::<Result<_, _>>()?;
    Ok((realm, Principal { name_type, components }))
}
