//! `listen`, as written and as meant.

use clap::Args;
use mspan::NotificationType;
use peer::print_client::Mode;

use super::choice::ListFormat;
use super::value::wrong;
use super::whereabouts::Whereabouts;

#[derive(Debug, Args)]
pub(super) struct Written {
    /// The server: HOST:PORT or a string binding (ncacn_ip_tcp:127.0.0.1[49670]; without a port its endpoint mapper is asked)
    address: String,
    /// unidirectional, bidirectional or printer-configuration
    #[arg(long, value_name = "MODE", default_value = "unidirectional")]
    mode: String,
    /// The notification type: a GUID, AsyncUI or PrinterConfiguration; the mode's usual one when absent
    #[arg(long = "type", value_name = "GUID")]
    notification_type: Option<String>,
    /// UNC name of the print queue; the print server itself when absent or empty
    #[arg(long, value_name = "NAME")]
    printer: Option<String>,
    /// Do this wrong on purpose (see `list misbehaviours`)
    #[arg(long, value_name = "NAME")]
    misbehave: Option<String>,
    /// Authenticate as the first of the `identities` of this target file, with its `security` and `kerberos`
    #[arg(long, value_name = "FILE")]
    target: Option<String>,
    /// End after so many notifications
    #[arg(long, value_name = "N")]
    count: Option<u32>,
    /// How to print them; json is one object a line
    #[arg(long, value_enum, default_value_t = ListFormat::Text, value_name = "FORMAT")]
    format: ListFormat,
}

/// `listen`.
#[derive(Debug)]
pub struct Listen {
    /// The server.
    pub address: Whereabouts,
    /// The mode.
    pub mode: Mode,
    /// The notification type.
    pub notification_type: NotificationType,
    /// UNC name of the print queue.
    pub printer: Option<String>,
    /// What to do wrong.
    pub misbehave: Option<String>,
    /// The file with the user to be.
    pub target: Option<String>,
    /// How many notifications to wait for; all when none.
    pub count: Option<u32>,
    /// How to print them.
    pub format: ListFormat,
}

impl Written {
    pub(super) fn meant(self) -> Result<Listen, clap::Error> {
        let mode = Mode::from_name(&self.mode).ok_or_else(|| {
            let known = Mode::ALL.map(Mode::name).join(", ");
            wrong("--mode", format!("`{}` is no mode; there are {known}", self.mode))
        })?;
        let notification_type = match self.notification_type.as_deref() {
            None => mode.usual_type(),
            Some(written) => notification_type(written)
                .ok_or_else(|| wrong("--type", format!("`{written}` is no GUID, AsyncUI or PrinterConfiguration")))?,
        };
        if !mode.has(notification_type) {
            let why = format!("{notification_type} is not sent in mode {}", mode.name());
            return Err(wrong("--type", why));
        }
        Ok(Listen {
            address: Whereabouts::parse(&self.address).map_err(|why| wrong("ADDRESS", why))?,
            mode,
            notification_type,
            printer: self.printer.filter(|name| !name.is_empty()),
            misbehave: self.misbehave,
            target: self.target,
            count: self.count,
            format: self.format,
        })
    }
}

fn notification_type(written: &str) -> Option<NotificationType> {
    let named = NotificationType::NAMED.into_iter().find(|(name, _)| *name == written).map(|(_, value)| value);
    named.or_else(|| written.parse().ok().map(NotificationType))
}
