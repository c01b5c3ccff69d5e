//! What a server's PDUs to a client show of how they are protected.

use dcerpc::fragment::Framer;
use dcerpc::pdu::{Body, Flags, Pdu};
use dcerpc::security::token::Token;
use trace::{Direction, Entry, Seen};

/// What was seen on one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answered {
    /// Whether the bind_ack says that headers are signed.
    pub(super) header_signing: Option<bool>,
    /// The mechanism that SPNEGO chose.
    pub(super) mechanism: Option<String>,
    /// Whether the first response has a token that is one.
    pub(super) is_signed: Option<bool>,
}

impl Answered {
    /// Reads what was recorded of one connection.
    pub(super) fn read(entries: &[Entry]) -> Self {
        let mut framer = Framer::new(u16::MAX);
        for entry in entries {
            if let Seen::Octets(seen) = &entry.seen
                && seen.direction == Direction::ToClient
            {
                framer.push(seen.octets.clone());
            }
        }
        let mut answered = Self::default();
        while let Ok(Some(framed)) = framer.next_pdu() {
            let Ok(pdu) = Pdu::decode(&framed.octets) else { break };
            answered.add(&pdu.value);
        }
        answered
    }

    fn add(&mut self, pdu: &Pdu) {
        let token = pdu.auth.as_ref().map(|auth| &auth.token);
        match &pdu.body {
            Body::BindAck(_) | Body::AlterContextResp(_) => {
                self.header_signing.get_or_insert(pdu.header.flags.has(Flags::SUPPORT_HEADER_SIGN));
                let chosen = token.and_then(|token| match Token::decode(token).ok()?.value {
                    Token::Resp(resp) => resp.supported_mech.map(|mechanism| mechanism.to_string()),
                    _ => None,
                });
                self.mechanism = self.mechanism.take().or(chosen);
            }
            Body::Response(_) => {
                // Wine's token at packet level is of zeroes.
                self.is_signed.get_or_insert(token.is_some_and(|token| token.iter().any(|octet| *octet != 0)));
            }
            _ => {}
        }
    }
}
