//! mechListMIC: both ends sign the list of mechanisms, so nobody in between has taken one out (RFC 4178 5).

use bytes::Bytes;
use dcerpc::security::{Mechanism, SecurityError, Sender};

use crate::exchange::Established;
use crate::protection::Lane;

/// The signature of that end over the list. It counts as a message of the mechanism.
pub(super) fn sign(list: &[u8], established: &mut Established, sender: Sender) -> Result<Bytes, SecurityError> {
    let mic = lane(established, sender)?.sign(list)?;
    count(established, sender);
    Ok(mic)
}

/// Verifies the signature of that end.
pub(super) fn verify(
    list: &[u8],
    mic: &Bytes,
    established: &mut Established,
    sender: Sender,
) -> Result<(), SecurityError> {
    let verified = lane(established, sender)?.verify(list, mic);
    verified.map_err(|error| SecurityError::Refused(format!("a mechListMIC that does not verify: {error}")))?;
    count(established, sender);
    Ok(())
}

/// A direction as it is before any message. NTLM's stream begins anew after the list is signed, so it is always a new one
/// ([MS-SPNG] 3.2.5.1, 3.3.5.1).
fn lane(established: &Established, sender: Sender) -> Result<Lane, SecurityError> {
    let mut key = established.key.clone();
    if let Mechanism::Ntlm { first_sequence_number, .. } = &mut key.mechanism {
        *first_sequence_number = 0;
    }
    let lane = Lane::new(&key, sender)?;
    Ok(match (established.sequence_numbers, sender) {
        (Some([number, _]), Sender::Initiator) | (Some([_, number]), Sender::Acceptor) => lane.beginning_at(number),
        (None, _) => lane,
    })
}

fn count(established: &mut Established, sender: Sender) {
    if let Mechanism::Ntlm { first_sequence_number, .. } = &mut established.key.mechanism {
        *first_sequence_number = 1;
    }
    if let Some([initiator, acceptor]) = &mut established.sequence_numbers {
        let number = if sender == Sender::Initiator { initiator } else { acceptor };
        *number = number.wrapping_add(1);
    }
}
