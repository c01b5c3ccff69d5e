//! What a server is made with.

use dcerpc::TransferSyntax;

use super::authentication::Authentication;
use crate::misbehaviour::Misbehaviour;
use crate::variant::Variant;

/// What a server is made with. [`Default`] is the well-behaved server with the limits of the Windows product.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Where context handles come from: the same seed gives the same handles; none draws them at random.
    pub seed: Option<u64>,
    /// How many notifications wait for a unidirectional registration ([MS-PAN] 3.1.1.4.5, product note 10). The newest
    /// is lost when more come.
    pub queue_limit: usize,
    /// How many registrations there may be at a time (0x80070015, 3.1.1.4.1).
    pub registration_limit: usize,
    /// How many remote objects there may be at a time (0x8007000E).
    pub object_limit: usize,
    /// How many channels are kept; the oldest closed ones are forgotten first, then the source is refused.
    pub channel_limit: usize,
    /// The largest response, in octets (0x80040012, 3.1.1.4.4 and 3.1.1.4.6).
    pub response_limit: u32,
    /// Whether callers without an identity count as administrators.
    pub anonymous_administrator: bool,
    /// The transfer syntaxes that the server has, the preferred one first.
    pub transfer_syntaxes: Vec<TransferSyntax>,
    /// How many connections a listener serves at a time; more wait to be accepted.
    pub max_connections: usize,
    /// How many calls of one connection may be blocked at a time.
    pub max_outstanding: usize,
    /// Whom the server takes in; nobody can authenticate when absent.
    pub authentication: Option<Authentication>,
    /// What the server does in another way that is allowed as well.
    pub variant: Option<Variant>,
    /// What the server does wrong on purpose.
    pub misbehaviour: Option<Misbehaviour>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            seed: None,
            queue_limit: 100,
            registration_limit: 10_000,
            object_limit: 0x1_0000,
            channel_limit: 0x1_0000,
            response_limit: 0x00A0_0000,
            anonymous_administrator: true,
            transfer_syntaxes: vec![TransferSyntax::Ndr64, TransferSyntax::Ndr],
            max_connections: 1024,
            max_outstanding: 256,
            authentication: None,
            variant: None,
            misbehaviour: None,
        }
    }
}
