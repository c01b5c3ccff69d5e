//! Security providers behind [`dcerpc::security`]: NTLM, Kerberos, and SPNEGO that chooses between them.
//!
//! Tokens are exchanged with the help of sspi. PDUs are protected here, from the key that an exchange ends up with, so live
//! contexts of either end and whoever reads along ([`unsealer`]) share one reading of [MS-NLMP] 3.4 and of RFC 4121.
//!
//! sspi logs under the tracing target `sspi`, and there also what tokens hold: leave it out unless you look for just that.

mod acceptor;
mod context;
mod credentials;
mod der;
mod error;
mod exchange;
mod initiator;
mod kerberos;
mod ntlm;
mod protection;
mod spnego;
mod unsealer;
pub mod witness;

pub use acceptor::Accounts;
pub use credentials::{Credentials, Password};
pub use error::Error;
pub use initiator::Initiator;
pub use kerberos::{Kerberos, Keytab, TicketFlaw, TicketMistake, TicketSource};
pub use unsealer::unsealer;

/// What to send at [`Level::PKT`](dcerpc::security::Level::PKT), which implementations understand differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PacketLevel {
    /// Signatures, as at integrity.
    #[default]
    Signed,
    /// PDUs without a token, as impacket and Scapy.
    Absent,
    /// A token of zeroes, as Wine.
    Zeroes,
}
