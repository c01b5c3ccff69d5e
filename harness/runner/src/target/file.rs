//! The target file as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::scenario::written::Entries;
use crate::span::Span;

/// What is to be judged, and what it has.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "pan-harness target file")]
pub struct TargetFile {
    /// The role that the target plays.
    #[schemars(with = "Party")]
    pub(super) party: Spanned<Party>,
    /// Its name, for reports.
    pub(super) name: Option<String>,
    /// String binding of a server: `ncacn_ip_tcp:HOST[PORT]`; without a port the endpoint mapper is asked.
    #[schemars(with = "Option<String>")]
    pub(super) address: Option<Spanned<String>>,
    /// HOST:PORT of a server's endpoint mapper; port 135 of the address when that has no port. Of a client: where the harness's
    /// own endpoint mapper listens, in place of `{epm_port}`.
    #[schemars(with = "Option<String>")]
    pub(super) endpoint_mapper: Option<Spanned<String>>,
    /// The server's name in `\\SERVER\queue` and in the SPN `host/SERVER`.
    pub(super) server_name: Option<String>,
    /// A print queue that it has.
    pub(super) printer: Option<String>,
    /// How to start it: lets scenarios that end the target run.
    #[schemars(with = "Option<Launch>")]
    pub(super) launch: Option<Spanned<Launch>>,
    /// Accounts; the first is the default. Absent means anonymous.
    #[schemars(with = "Option<BTreeMap<String, Identity>>")]
    pub(super) identities: Option<Spanned<Entries<Identity>>>,
    /// How calls are protected.
    #[schemars(with = "Option<Security>")]
    pub(super) security: Option<Spanned<Security>>,
    /// Where Kerberos tickets come from.
    #[schemars(with = "Option<Kerberos>")]
    pub(super) kerberos: Option<Spanned<Kerberos>>,
    /// Transfer syntaxes that it speaks.
    #[schemars(with = "Option<Vec<TransferSyntax>>", extend("uniqueItems" = true))]
    pub(super) transfer_syntax: Option<Vec<Spanned<TransferSyntax>>>,
    /// How its notification source is asked; absent means that it can't be.
    #[schemars(with = "Option<Stimulus>")]
    pub(super) stimulus: Option<Spanned<Stimulus>>,
    /// Readings of defects of the specification (SD-04), where another one than the default is wanted.
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub(super) readings: Option<BTreeMap<String, Spanned<String>>>,
    /// How long the harness waits.
    pub(super) limits: Option<Limits>,
}

/// The role that a target plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Party {
    Server,
    Client,
}

/// How to start the target.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Launch {
    /// The program and its arguments. A relative program is sought from the folder of the target file.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) command: Option<Spanned<Vec<String>>>,
    /// When a server is ready; when absent, as soon as its address accepts a connection.
    pub(super) ready: Option<Ready>,
    /// Environment variables for a client.
    pub(super) env: Option<BTreeMap<String, String>>,
    /// A client that somebody starts by hand.
    pub(super) manual: Option<bool>,
}

/// When a launched server is ready.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ready {
    /// A line of its output that holds these words.
    pub(super) line: Option<String>,
    /// How long that may take.
    pub(super) within: Option<Span>,
}

/// An account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Identity {
    /// The user's name without domain.
    #[schemars(with = "String")]
    pub(super) user: Spanned<String>,
    /// The user's domain.
    pub(super) domain: Option<String>,
    /// Name of the environment variable that holds the password.
    #[schemars(with = "Option<String>")]
    pub(super) password_env: Option<Spanned<String>>,
    /// Whether the user has the rights of an administrator; true when absent.
    pub(super) administrator: Option<bool>,
}

/// How calls are protected.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Security {
    /// The security provider.
    #[schemars(with = "Provider")]
    pub(super) provider: Spanned<Provider>,
    /// The authentication level; `pkt` when absent.
    #[schemars(with = "Option<Level>")]
    pub(super) level: Option<Spanned<Level>>,
    /// What is sent at packet level, and expected of the target there; `any` when absent.
    #[schemars(with = "Option<PacketLevel>")]
    pub(super) packet_level: Option<Spanned<PacketLevel>>,
}

/// A security provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Provider {
    None,
    Ntlm,
    Kerberos,
    Negotiate,
}

/// An authentication level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Connect,
    Pkt,
    Integrity,
    Privacy,
}

/// What is expected at packet level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum PacketLevel {
    Signed,
    Unsigned,
    Any,
}

/// Where Kerberos tickets come from.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Kerberos {
    /// The realm.
    #[schemars(with = "Option<String>")]
    pub(super) realm: Option<Spanned<String>>,
    /// HOST:PORT of the key distribution centre.
    #[schemars(with = "Option<String>")]
    pub(super) kdc: Option<Spanned<String>>,
    /// A file with the keys of services.
    #[schemars(with = "Option<String>")]
    pub(super) keytab: Option<Spanned<String>>,
    /// A file with the tickets of a user.
    #[schemars(with = "Option<String>")]
    pub(super) ccache: Option<Spanned<String>>,
}

/// A transfer syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum TransferSyntax {
    Ndr,
    Ndr64,
}

/// How the notification source is asked: exactly one of tcp, command and manual.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Stimulus {
    /// HOST:PORT that takes one JSON object a line.
    #[schemars(with = "Option<String>")]
    pub(super) tcp: Option<Spanned<String>>,
    /// A program that is run once for each request: JSON on its standard input, the answer on its standard output.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) command: Option<Spanned<Vec<String>>>,
    /// Ask the person at the terminal.
    pub(super) manual: Option<bool>,
    /// Whether the target notifies only when it is asked to; true when absent.
    pub(super) exclusive: Option<bool>,
}

/// How long the harness waits.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    /// For a call that must come back, or an answer of the notification source; 5s when absent.
    pub(super) call: Option<Span>,
    /// After which a call counts as pending; 300ms when absent.
    pub(super) still_pending: Option<Span>,
    /// For a whole scenario; 60s when absent.
    pub(super) scenario: Option<Span>,
}
