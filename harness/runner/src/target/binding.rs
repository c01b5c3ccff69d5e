//! DCE string bindings.

use std::fmt;

/// A string binding over TCP: `ncacn_ip_tcp:HOST[PORT]`; the brackets of an IPv6 address come first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// A name or an address, without brackets.
    pub host: String,
    /// The port; none means that the endpoint mapper has to be asked.
    pub port: Option<u16>,
}

/// The port of endpoint mappers ([C706] appendix H).
const MAPPER_PORT: u16 = 135;

impl Binding {
    /// Reads a string binding.
    ///
    /// # Errors
    /// In words, when it is no binding over TCP.
    pub fn parse(written: &str) -> Result<Self, String> {
        let rest = match written.split_once(':') {
            Some(("ncacn_ip_tcp", rest)) => rest,
            Some((other, _)) if other.starts_with("ncac") || other.starts_with("ncad") => {
                return Err(format!("protocol sequence `{other}`: only ncacn_ip_tcp is spoken here"));
            }
            _ => return Err(format!("`{written}` is no string binding: expected ncacn_ip_tcp:HOST[PORT]")),
        };
        let (host, port) = match rest.strip_prefix('[') {
            Some(inner) => {
                let (host, after) = inner
                    .split_once(']')
                    .ok_or_else(|| format!("`{written}`: the `]` after the address is missing"))?;
                (host, after)
            }
            None => rest.split_once('[').map_or((rest, ""), |(host, _)| (host, rest.get(host.len()..).unwrap_or(""))),
        };
        // Brackets before a port hold an IPv6 address; `[49670]` alone is a port without a host.
        if host.is_empty() || rest.starts_with('[') && !host.contains(':') {
            return Err(format!("`{written}` names no host"));
        }
        Ok(Self { host: host.to_owned(), port: port_of(port).map_err(|why| format!("`{written}`: {why}"))? })
    }

    /// HOST:PORT as sockets take it; none without a port.
    #[must_use]
    pub fn socket(&self) -> Option<String> {
        self.port.map(|port| self.at(port))
    }

    /// HOST:PORT of another port of the host.
    #[must_use]
    pub fn at(&self, port: u16) -> String {
        if self.host.contains(':') { format!("[{}]:{port}", self.host) } else { format!("{}:{port}", self.host) }
    }

    /// Where its endpoint mapper is by default, for a binding that names no port.
    #[must_use]
    pub fn usual_mapper(&self) -> Option<String> {
        self.port.is_none().then(|| self.at(MAPPER_PORT))
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "ncacn_ip_tcp:[{}]", self.host)?,
            false => write!(f, "ncacn_ip_tcp:{}", self.host)?,
        }
        match self.port {
            Some(port) => write!(f, "[{port}]"),
            None => Ok(()),
        }
    }
}

fn port_of(written: &str) -> Result<Option<u16>, String> {
    if written.is_empty() {
        return Ok(None);
    }
    let inner = written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match inner.map(str::parse) {
        Some(Ok(0)) | None | Some(Err(_)) => Err(format!("`{written}` is no port in brackets, such as [49670]")),
        Some(Ok(port)) => Ok(Some(port)),
    }
}
