//! The keys `security`, `identities` and `kerberos`: who calls, and how calls are protected.

use std::collections::BTreeSet;
use std::path::PathBuf;

use dcerpc::connection::PacketLevel;
use dcerpc::security::{Level, Provider};
use serde_saphyr::{Location, Spanned};

use super::file::{self, Party, TargetFile};
use super::meaning::Meaning;
use crate::diagnostic::Diagnostic;
use crate::protection::Protection;
use crate::scenario::written::Entries;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// How the target file names it.
    pub name: String,
    /// The user's name without domain.
    pub user: String,
    /// The user's domain.
    pub domain: String,
    /// Name of the environment variable that holds the password.
    pub password_env: Option<String>,
    /// Whether the user has the rights of an administrator.
    pub administrator: bool,
}

/// How calls are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Security {
    /// The provider.
    pub provider: Provider,
    /// The level.
    pub level: Level,
    /// What is sent at packet level, and expected there.
    pub packet_level: PacketLevel,
}

/// Where Kerberos tickets and keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kerberos {
    /// The realm.
    pub realm: Option<String>,
    /// HOST:PORT of the key distribution centre.
    pub kdc: Option<String>,
    /// The file with the keys of services.
    pub keytab: Option<PathBuf>,
    /// The file with the tickets of a user.
    pub ccache: Option<PathBuf>,
}

/// What a file says of all that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authentication {
    /// How calls are protected; none when they are not.
    pub security: Option<Security>,
    /// The accounts in the order of the file, for the first is the default.
    pub identities: Vec<Account>,
    /// Where Kerberos tickets and keys come from.
    pub kerberos: Option<Kerberos>,
}

impl Authentication {
    /// Provider and level, when calls are protected.
    #[must_use]
    pub fn protection(&self) -> Option<Protection> {
        self.security.map(|Security { provider, level, .. }| Protection { provider, level })
    }

    /// What the rules expect of it at packet level.
    #[must_use]
    pub fn expected_at_packet_level(&self) -> conformance::PacketLevel {
        match self.security.map_or_else(PacketLevel::default, |security| security.packet_level) {
            PacketLevel::Signed => conformance::PacketLevel::Signed,
            PacketLevel::Unsigned => conformance::PacketLevel::Unsigned,
            PacketLevel::Any => conformance::PacketLevel::Any,
        }
    }
}

impl Meaning<'_> {
    /// Who calls, and how.
    ///
    /// # Errors
    /// What contradicts itself or is not enough for the provider, with its place.
    pub(super) fn authentication(&self, file: &mut TargetFile) -> Result<Authentication, Box<Diagnostic>> {
        let party = file.party.value;
        let place = file.security.as_ref().map(|security| security.value.provider.referenced);
        let security = file.security.take().map(|written| self.security(&written.value)).transpose()?.flatten();
        let identities = file.identities.take().map(|written| self.accounts(written.value)).transpose()?;
        let identities = identities.unwrap_or_default();
        let kerberos = self.kerberos(file.kerberos.take(), security)?;
        if let (Some(security), Some(place)) = (security, place) {
            self.suffices(security, &identities, kerberos.as_ref(), party, place)?;
        }
        Ok(Authentication { security, identities, kerberos })
    }

    /// None where nothing is protected.
    fn security(&self, written: &file::Security) -> Result<Option<Security>, Box<Diagnostic>> {
        let provider = match written.provider.value {
            file::Provider::None => None,
            file::Provider::Ntlm => Some(Provider::NTLM),
            file::Provider::Kerberos => Some(Provider::KERBEROS),
            file::Provider::Negotiate => Some(Provider::NEGOTIATE),
        };
        let Some(provider) = provider else {
            let level = written.level.as_ref().map(|level| (level.referenced, "level"));
            let packet_level = written.packet_level.as_ref().map(|level| (level.referenced, "packet_level"));
            return match level.or(packet_level) {
                Some((place, key)) => Err(self.wrong(place, format!("`{key}` goes with a provider, and it is none"))),
                None => Ok(None),
            };
        };
        let level = match written.level.as_ref().map(|level| level.value) {
            Some(file::Level::Connect) => Level::CONNECT,
            None | Some(file::Level::Pkt) => Level::PKT,
            Some(file::Level::Integrity) => Level::INTEGRITY,
            Some(file::Level::Privacy) => Level::PRIVACY,
        };
        if let Some(packet_level) = &written.packet_level
            && level != Level::PKT
        {
            let why = "`packet_level` says what is expected at `level: pkt`, and the level is another";
            return Err(self.wrong(packet_level.referenced, why));
        }
        let packet_level = match written.packet_level.as_ref().map(|level| level.value) {
            Some(file::PacketLevel::Signed) => PacketLevel::Signed,
            Some(file::PacketLevel::Unsigned) => PacketLevel::Unsigned,
            None | Some(file::PacketLevel::Any) => PacketLevel::Any,
        };
        Ok(Some(Security { provider, level, packet_level }))
    }

    /// In the order of the file.
    fn accounts(&self, written: Entries<file::Identity>) -> Result<Vec<Account>, Box<Diagnostic>> {
        let mut known = BTreeSet::new();
        let mut accounts = Vec::new();
        for (name, identity) in written.0 {
            if identity.user.value.is_empty() {
                return Err(self.wrong(identity.user.referenced, "`user` is empty"));
            }
            if let Some(variable) = identity.password_env.as_ref().filter(|variable| !is_variable(&variable.value)) {
                let why = "`password_env` is the name of an environment variable: no `=`, and not empty";
                return Err(self.wrong(variable.referenced, why));
            }
            let domain = identity.domain.unwrap_or_default();
            if !known.insert((identity.user.value.to_lowercase(), domain.to_lowercase())) {
                let why = format!("the user `{}` of that domain stands under another name, too", identity.user.value);
                return Err(self.wrong(identity.user.referenced, why));
            }
            accounts.push(Account {
                name: name.value,
                user: identity.user.value,
                domain,
                password_env: identity.password_env.map(|variable| variable.value),
                administrator: identity.administrator.unwrap_or(true),
            });
        }
        Ok(accounts)
    }

    fn kerberos(
        &self,
        written: Option<Spanned<file::Kerberos>>,
        security: Option<Security>,
    ) -> Result<Option<Kerberos>, Box<Diagnostic>> {
        let Some(Spanned { value: written, referenced: place, .. }) = written else { return Ok(None) };
        let by_kerberos = |security: Security| [Provider::KERBEROS, Provider::NEGOTIATE].contains(&security.provider);
        if !security.is_some_and(by_kerberos) {
            let why = "`kerberos` goes with `security: {provider: kerberos}` or `{provider: negotiate}`";
            return Err(self.wrong(place, why));
        }
        if let Some(empty) = [&written.realm, &written.keytab, &written.ccache].into_iter().flatten().find(is_empty) {
            return Err(self.wrong(empty.referenced, "it is empty"));
        }
        let path = |written: &Spanned<String>| self.folder().join(&written.value).components().collect();
        Ok(Some(Kerberos {
            realm: written.realm.map(|realm| realm.value),
            kdc: written.kdc.map(|kdc| self.host_and_port(&kdc)).transpose()?,
            keytab: written.keytab.as_ref().map(path),
            ccache: written.ccache.as_ref().map(path),
        }))
    }

    /// Whether the provider has what it needs of the other keys: passwords or tickets of a client's, a keytab of a server's.
    fn suffices(
        &self,
        security: Security,
        identities: &[Account],
        kerberos: Option<&Kerberos>,
        party: Party,
        place: Location,
    ) -> Result<(), Box<Diagnostic>> {
        let wrong = |why: String| Err(self.wrong(place, why));
        if let Some(bare) = identities.iter().find(|account| account.password_env.is_none())
            && !kerberos.is_some_and(|kerberos| match party {
                Party::Server => kerberos.ccache.is_some() || kerberos.keytab.is_some(),
                Party::Client => kerberos.keytab.is_some(),
            })
        {
            return wrong(format!("this provider needs the password of `{}`: name its `password_env`", bare.name));
        }
        let tickets = match party {
            Party::Server => {
                let asks = |known: &Kerberos| known.kdc.is_some() || known.ccache.is_some();
                let mints = |known: &Kerberos| known.keytab.is_some() && !identities.is_empty();
                kerberos.is_some_and(|known| known.realm.is_some() && asks(known) || mints(known))
            }
            Party::Client => kerberos.is_some_and(|known| known.keytab.is_some()),
        };
        match (security.provider, party) {
            (Provider::KERBEROS, Party::Server) if !tickets => wrong(
                "Kerberos needs `kerberos: {realm: …}` with `kdc` or `ccache`, or a `keytab` and `identities`"
                    .to_owned(),
            ),
            (Provider::KERBEROS, Party::Client) if !tickets => wrong(
                "Kerberos needs `kerberos: {keytab: …}`, the keys that tickets for our server are opened with"
                    .to_owned(),
            ),
            (Provider::KERBEROS, _) => Ok(()),
            _ if identities.is_empty() && !tickets => wrong("this provider needs `identities`".to_owned()),
            _ => Ok(()),
        }
    }
}

fn is_empty(written: &&Spanned<String>) -> bool {
    written.value.is_empty()
}

/// What an environment variable can be called.
fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}
