//! Where a server is.

use std::fmt;

use crate::target::Binding;

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// At HOST:PORT.
    Known(String),
    /// At the port of the host that its endpoint mapper gives.
    Mapped {
        /// The host.
        host: Binding,
        /// HOST:PORT of the mapper.
        mapper: String,
    },
}

impl Whereabouts {
    /// Reads HOST:PORT, or a string binding: without a port its endpoint mapper knows where it is.
    ///
    /// # Errors
    /// In words, when it is neither.
    pub fn parse(written: &str) -> Result<Self, String> {
        if written.starts_with("nca") {
            let host = Binding::parse(written)?;
            return Ok(match (host.socket(), host.usual_mapper()) {
                (None, Some(mapper)) => Self::Mapped { host, mapper },
                (socket, _) => Self::Known(socket.unwrap_or_default()),
            });
        }
        let port = written.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        match port.and_then(|(_, port)| port.parse::<u16>().ok()) {
            Some(1..) => Ok(Self::Known(written.to_owned())),
            _ => Err(format!(
                "`{written}` is neither HOST:PORT nor a string binding such as ncacn_ip_tcp:127.0.0.1[49670]"
            )),
        }
    }

    /// As a string binding.
    ///
    /// # Errors
    /// In words, when what stands for the host is none.
    pub fn binding(&self) -> Result<Binding, String> {
        match self {
            Self::Mapped { host, .. } => Ok(host.clone()),
            Self::Known(written) => {
                let (host, port) = written.rsplit_once(':').unwrap_or((written, ""));
                Binding::parse(&format!("ncacn_ip_tcp:{host}[{port}]"))
            }
        }
    }
}

impl fmt::Display for Whereabouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(address) => f.write_str(address),
            Self::Mapped { host, .. } => write!(f, "{host}"),
        }
    }
}
