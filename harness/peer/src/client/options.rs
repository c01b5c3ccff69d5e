//! How a client's association behaves.

use dcerpc::TransferSyntax;
use dcerpc::connection::client;
use dcerpc::pdu::Features;

use super::security::Security;
use crate::server::Identity;

/// How a client's association behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// The actor of the scenario whose connections these are.
    pub actor: Option<String>,
    /// In whose name the server takes their calls, where that is certain without authentication. It goes into the trace,
    /// unless they authenticate.
    pub identity: Option<Identity>,
    /// How each connection behaves.
    pub connection: client::Options,
    /// The transfer syntaxes that a bind proposes, each in a context of its own.
    pub transfer_syntaxes: Vec<TransferSyntax>,
    /// The features that a bind tells of; none leaves bind time feature negotiation out.
    pub features: Option<Features>,
    /// How a second interface is brought to a connection.
    pub adding: Adding,
    /// How connections authenticate; not at all when absent.
    pub security: Option<Security>,
}

/// How a second interface is brought to a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Adding {
    /// By alter_context, as Windows does.
    #[default]
    AlterContext,
    /// Not at all: each interface has connections of its own, as Wine does.
    NewConnection,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            actor: None,
            identity: None,
            connection: client::Options::default(),
            transfer_syntaxes: vec![TransferSyntax::Ndr],
            features: Some(Features(Features::SECURITY_CONTEXT_MULTIPLEXING.0 | Features::KEEP_CONNECTION_ON_ORPHAN.0)),
            adding: Adding::default(),
            security: None,
        }
    }
}
