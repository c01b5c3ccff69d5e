//! Reading along with a session key.

use bytes::Bytes;
use dcerpc::security::{Level, Protection, SecurityError, Segments, Sender, SessionKey, Unseal};

use crate::protection::Lane;

/// Reads along with the session key of a context, from its first PDU on.
///
/// # Errors
/// [`SecurityError::Unsupported`] for a key of a mechanism or a variety that is not known here.
pub fn unsealer(key: &SessionKey) -> Result<Box<dyn Unseal>, SecurityError> {
    let (initiator, acceptor) = (Lane::new(key, Sender::Initiator)?, Lane::new(key, Sender::Acceptor)?);
    Ok(Box::new(Unsealer { initiator, acceptor }))
}

#[derive(Debug)]
struct Unsealer {
    initiator: Lane,
    acceptor: Lane,
}

impl Unseal for Unsealer {
    fn open(
        &mut self,
        sender: Sender,
        level: Level,
        segments: Segments<'_>,
        token: &Bytes,
        header_signing: bool,
    ) -> Result<Protection, SecurityError> {
        let lane = match sender {
            Sender::Initiator => &mut self.initiator,
            Sender::Acceptor => &mut self.acceptor,
        };
        lane.unprotect(level, segments, token, header_signing)
    }
}
