//! How calls are protected: a provider and a level, by the words for them.

use std::fmt;

use dcerpc::security::{Level, Provider};

use crate::diagnostic::did_you_mean;

/// A security provider and an authentication level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    /// The provider.
    pub provider: Provider,
    /// The level.
    pub level: Level,
}

/// The words for providers.
const PROVIDERS: [(&str, Provider); 3] =
    [("ntlm", Provider::NTLM), ("kerberos", Provider::KERBEROS), ("negotiate", Provider::NEGOTIATE)];

/// The words for levels.
const LEVELS: [(&str, Level); 4] =
    [("connect", Level::CONNECT), ("pkt", Level::PKT), ("integrity", Level::INTEGRITY), ("privacy", Level::PRIVACY)];

impl Protection {
    /// Reads `PROVIDER-LEVEL`, or `none`.
    ///
    /// # Errors
    /// In words, when it is none of them.
    pub fn parse(written: &str) -> Result<Option<Self>, String> {
        if written == "none" {
            return Ok(None);
        }
        all().find(|known| known.to_string() == written).map(Some).ok_or_else(|| {
            let known: Vec<String> = all().map(|known| known.to_string()).collect();
            let hint = did_you_mean(written, known.iter().map(String::as_str).chain(["none"]));
            let hint = hint.unwrap_or_else(|| {
                "known: none, or {ntlm|kerberos|negotiate}-{connect|pkt|integrity|privacy}".to_owned()
            });
            format!("`{written}` is no security; {hint}")
        })
    }
}

fn all() -> impl Iterator<Item = Protection> {
    let of = |(_, provider): &(&str, Provider)| LEVELS.map(|(_, level)| Protection { provider: *provider, level });
    PROVIDERS.iter().flat_map(of)
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let provider = PROVIDERS.iter().find(|(_, known)| *known == self.provider).map_or("?", |(word, _)| word);
        let level = LEVELS.iter().find(|(_, known)| *known == self.level).map_or("?", |(word, _)| word);
        write!(f, "{provider}-{level}")
    }
}
