//! A ticket, as its client holds it.

use super::key::Key;
use super::principal::Principal;

/// A ticket and its key.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) client_realm: String,
    pub(crate) client: Principal,
    /// The realm that issued it.
    pub(crate) realm: String,
    pub(crate) key: Key,
    /// When it ends, in seconds since 1970.
    pub(crate) end_time: i64,
    /// How far its client's clock is ahead, in seconds: nothing but where that is to be tried.
    pub(crate) clock: i64,
    /// Its octets, which only its server can read.
    pub(crate) ticket: Vec<u8>,
}
