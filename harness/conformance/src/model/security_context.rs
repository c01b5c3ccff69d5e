//! Security contexts, as the PDUs under them show them.

use trace::Direction;

use crate::event::{Pdu, Protection, Signature};

/// What is known of a security context under which PDUs have gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecurityContext {
    /// Whether the server has rightly signed something.
    pub server_signs: bool,
    /// By direction, whether a call or an answer has crossed.
    crossed: [bool; 2],
}

impl SecurityContext {
    /// Whether a call, or an answer, has crossed in that direction: how that is protected has been told then.
    #[must_use]
    pub fn told(&self, direction: Direction) -> bool {
        let [to_server, to_client] = self.crossed;
        if direction == Direction::ToServer { to_server } else { to_client }
    }

    /// A PDU of a call crosses.
    pub(super) fn pdu(&mut self, pdu: &Pdu, protection: &Protection) {
        let [to_server, to_client] = &mut self.crossed;
        match pdu.direction {
            Direction::ToServer => *to_server = true,
            Direction::ToClient => {
                *to_client |= pdu.ptype == PTYPE_RESPONSE;
                self.server_signs |= protection.signature == Signature::Verified;
            }
        }
    }
}

/// PTYPE of a response PDU ([C706] 12.6.4.10).
const PTYPE_RESPONSE: u8 = 2;
