//! Security contexts, as the tokens show them.

use alloc::string::String;
use alloc::vec::Vec;

use dcerpc::security::token::{ErrorCode, KerberosMessage, MechToken, NegState, NtResponse, NtlmMessage, Token};
use trace::Direction;

use crate::event::{Auth, Pdu};

/// How a client sets up one security context of a connection, which auth_context_id names ([MS-RPCE] 3.3.1.5.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authentication {
    /// auth_type of the client's first token.
    pub auth_type: u8,
    /// The principal that the client has asked for last.
    pub target: Option<Target>,
    /// The names by which the server has called itself in NTLM's challenge.
    pub server_names: Vec<String>,
    /// The server's last word, where it has said one.
    pub answer: Option<Answer>,
}

/// A principal that a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// By a ticket of Kerberos: the components of its sname.
    Ticket(Vec<String>),
    /// By MsvAvTargetName of NTLM.
    Named(String),
    /// Of NTLM, without a word on it.
    Unnamed,
}

/// What a server answers to a client's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has read the ticket.
    TicketRead,
    /// It refuses the ticket.
    TicketRefused(ErrorCode),
    /// It goes on with NTLM.
    Challenge,
    /// It refuses without Kerberos's reason.
    Rejected,
}

impl Target {
    /// What a client's token asks for, where it asks.
    #[must_use]
    pub fn of(token: &Token) -> Option<Self> {
        match token.mech_token()? {
            MechToken::Kerberos(KerberosMessage::ApReq(request)) => {
                Some(Self::Ticket(request.sname.components.clone()))
            }
            MechToken::Ntlm(NtlmMessage::Authenticate(authenticate)) => Some(match &authenticate.response {
                NtResponse::V2(info) => info.target_name.clone().map_or(Self::Unnamed, Self::Named),
                NtResponse::V1 | NtResponse::Absent => Self::Unnamed,
            }),
            _ => None,
        }
    }
}

impl Answer {
    /// What a server's token answers, where it says.
    #[must_use]
    pub fn of(token: &Token) -> Option<Self> {
        match (token.mech_token(), token) {
            (Some(MechToken::Kerberos(KerberosMessage::ApRep(_))), _) => Some(Self::TicketRead),
            (Some(MechToken::Kerberos(KerberosMessage::Error(error))), _) => {
                Some(Self::TicketRefused(error.error_code))
            }
            (Some(MechToken::Ntlm(NtlmMessage::Challenge(_))), _) => Some(Self::Challenge),
            (_, Token::Resp(resp)) if resp.neg_state == Some(NegState::REJECT) => Some(Self::Rejected),
            _ => None,
        }
    }
}

impl Authentication {
    /// A token crosses.
    pub(super) fn token(&mut self, pdu: &Pdu, auth: &Auth) {
        let Some(token) = &auth.token else { return };
        match pdu.direction {
            Direction::ToServer if begins(token) => {
                *self = Self { auth_type: auth.auth_type, target: Target::of(token), ..Self::default() };
            }
            Direction::ToServer => self.target = Target::of(token).or_else(|| self.target.take()),
            Direction::ToClient => {
                self.answer = Answer::of(token).or(self.answer);
                if let Some(MechToken::Ntlm(NtlmMessage::Challenge(challenge))) = token.mech_token()
                    && let Some(info) = &challenge.target_info
                {
                    let names = [&info.nb_computer_name, &info.dns_computer_name];
                    self.server_names = names.into_iter().flatten().cloned().collect();
                }
            }
        }
    }
}

/// Whether a client's token is the first of an exchange.
fn begins(token: &Token) -> bool {
    match token {
        Token::Init(_) => true,
        Token::Resp(_) => false,
        Token::Bare(token) => {
            matches!(token, MechToken::Kerberos(KerberosMessage::ApReq(_)) | MechToken::Ntlm(NtlmMessage::Negotiate(_)))
        }
    }
}

/// What the tokens of a trace have left open about principals: told once, for it is so on every connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Principals {
    /// Whether a server has gone on with NTLM.
    pub by_ntlm: bool,
    /// Whether a client has named none in NTLM.
    pub unnamed: bool,
}

impl Principals {
    /// A PDU crosses.
    pub(super) fn pdu(&mut self, pdu: &Pdu) {
        let Some(token) = pdu.auth.as_ref().and_then(|auth| auth.token.as_ref()) else { return };
        match pdu.direction {
            Direction::ToServer => self.unnamed |= Target::of(token) == Some(Target::Unnamed),
            Direction::ToClient => self.by_ntlm |= Answer::of(token) == Some(Answer::Challenge),
        }
    }
}
