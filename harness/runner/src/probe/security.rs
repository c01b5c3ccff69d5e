//! Which security providers a server begins an exchange of tokens with, and at which levels.

use bytes::Bytes;
use dcerpc::TransferSyntax;
use dcerpc::pdu::{AuthVerifier, BindNak, Body, Flags};
use dcerpc::security::token::{KerberosMessage, MechToken, NegState, NtlmMessage, Token};
use dcerpc::security::{Level, Provider};
use mspan::Interface;

use super::line::{Came, Port, Silence};
use super::offer::{Fact, LevelOffer, MechanismOffer, Names, ProviderOffer, Reply, Security};
use super::proposal::{Asked, Proposal, acknowledged};
use super::token::{self, Mechanism};

/// Providers, by their names in target files.
pub(super) const PROVIDERS: [(&str, Provider); 3] =
    [("negotiate", Provider::NEGOTIATE), ("ntlm", Provider::NTLM), ("kerberos", Provider::KERBEROS)];
/// Levels, likewise.
pub(super) const LEVELS: [(&str, Level); 4] =
    [("connect", Level::CONNECT), ("pkt", Level::PKT), ("integrity", Level::INTEGRITY), ("privacy", Level::PRIVACY)];

/// What a first token brought.
struct Brought {
    begins: Fact<Reply>,
    header_signing: Option<bool>,
    names: Option<Names>,
}

/// Sends first tokens, each on a connection of its own. The second value tells whether headers are signed.
pub(super) async fn offered(asked: &mut Asked, port: &Port) -> (Security, Option<bool>) {
    let (mut signing, mut names) = (None, None);
    let mut providers = Vec::new();
    for (name, provider) in PROVIDERS {
        let mut levels = Vec::new();
        for (level_name, level) in LEVELS {
            let brought = begin(asked, port, provider, level, token::first(provider, level)).await;
            signing = signing.or(brought.header_signing);
            names = names.or(brought.names);
            levels.push(LevelOffer { level: level_name.to_owned(), auth_level: level.0, begins: brought.begins });
        }
        providers.push(ProviderOffer { provider: name.to_owned(), auth_type: provider.0, levels });
    }
    let mechanisms = match is_begun(&providers, Provider::NEGOTIATE) {
        true => mechanisms(asked, port).await,
        false => Vec::new(),
    };
    (Security { providers, mechanisms, names }, signing)
}

/// Whether a provider began an exchange at any level.
fn is_begun(providers: &[ProviderOffer], provider: Provider) -> bool {
    let levels = providers.iter().filter(|one| one.auth_type == provider.0).flat_map(|one| &one.levels);
    levels.filter_map(|level| level.begins.known()).any(|reply| reply.accepted)
}

async fn mechanisms(asked: &mut Asked, port: &Port) -> Vec<MechanismOffer> {
    let mut offers = Vec::new();
    for mechanism in Mechanism::ALL {
        let first = token::spnego(mechanism, Level::PKT);
        let brought = begin(asked, port, Provider::NEGOTIATE, Level::PKT, first).await;
        offers.push(MechanismOffer { mechanism: mechanism.name().to_owned(), taken: brought.begins });
    }
    offers
}

async fn begin(asked: &mut Asked, port: &Port, provider: Provider, level: Level, token: Bytes) -> Brought {
    let mut proposal = Proposal::new(Interface::AsyncNotify.id(), &[TransferSyntax::Ndr.id()]);
    proposal.flags = Flags::SUPPORT_HEADER_SIGN;
    proposal.auth = Some(AuthVerifier { auth_type: provider.0, auth_level: level.0, token, ..AuthVerifier::default() });
    match asked.bind(port, &proposal).await {
        Ok(came) => brought(&came, provider),
        Err(silence) => Brought { begins: unanswered(&silence), header_signing: None, names: None },
    }
}

/// Some servers hang up on what they don't know: that is their refusal.
fn unanswered(silence: &Silence) -> Fact<Reply> {
    match silence {
        Silence::Ended { octets: 0, .. } => Fact::Known(Reply { accepted: false, words: silence.to_string() }),
        _ => Fact::Unknown(silence.to_string()),
    }
}

fn brought(came: &Came, provider: Provider) -> Brought {
    if let Err(refusal) = acknowledged(came) {
        let is_about_the_token = provider == Provider::KERBEROS && !is_unknown_provider(&came.pdu.body);
        let begins = match is_about_the_token {
            true => Fact::Unknown(format!("a token without a ticket was answered by {}", refusal.words)),
            false => Fact::Known(refusal),
        };
        return Brought { begins, header_signing: None, names: None };
    }
    let token = came.pdu.auth.as_ref().map(|auth| auth.token.clone()).unwrap_or_default();
    let reply = reply(&token);
    let signs = came.pdu.header.flags.has(Flags::SUPPORT_HEADER_SIGN);
    Brought { header_signing: reply.accepted.then_some(signs), begins: Fact::Known(reply), names: names(&token) }
}

fn is_unknown_provider(body: &Body) -> bool {
    matches!(body, Body::BindNak(nak) if nak.reason == BindNak::AUTHENTICATION_TYPE_NOT_RECOGNIZED)
}

/// What a token that came back says.
fn reply(token: &Bytes) -> Reply {
    let no = |words: String| Reply { accepted: false, words };
    let yes = |words: &str| Reply { accepted: true, words: words.to_owned() };
    if token.is_empty() {
        return no("a bind_ack without a token".to_owned());
    }
    let token = match Token::decode(token) {
        Ok(read) => read.value,
        Err(error) => return no(format!("a token that can't be read: {error}")),
    };
    match &token {
        Token::Resp(resp) if resp.neg_state == Some(NegState::REJECT) => no("SPNEGO: reject".to_owned()),
        Token::Resp(resp) if resp.response_token.is_none() => match &resp.supported_mech {
            Some(mechanism) => yes(&format!("SPNEGO takes {mechanism}")),
            None => yes("SPNEGO goes on"),
        },
        Token::Init(_) => no("SPNEGO: the token of a client".to_owned()),
        _ => match token.mech_token() {
            Some(MechToken::Ntlm(NtlmMessage::Challenge(_))) => yes("challenge"),
            Some(MechToken::Kerberos(KerberosMessage::Error(error))) => yes(&error.error_code.to_string()),
            Some(MechToken::Kerberos(_)) => yes("Kerberos"),
            _ => no("a token of another kind".to_owned()),
        },
    }
}

fn names(token: &Bytes) -> Option<Names> {
    let token = Token::decode(token).ok()?.value;
    let Some(MechToken::Ntlm(NtlmMessage::Challenge(challenge))) = token.mech_token() else { return None };
    let info = challenge.target_info.clone().unwrap_or_default();
    Some(Names {
        target: challenge.target_name.clone(),
        computer: info.nb_computer_name,
        dns_computer: info.dns_computer_name,
        domain: info.nb_domain_name,
        dns_domain: info.dns_domain_name,
    })
}
