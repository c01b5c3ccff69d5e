//! PDUs: what negotiates stays, but for names; tokens and whatever is not known to be harmless is blanked.

use bytes::Bytes;
use dcerpc::pdu::{Bind, BindAck, BindNak, Body, Command, Header, Pdu, PduType, Signed, VerificationTrailer};

use super::aliases::Aliases;
use super::token;

/// Words of endpoints that name nobody.
pub(super) const NO_NAMES: [&str; 4] = ["pipe", "spoolss", "epmapper", "localhost"];

/// The longest port in a secondary address, with its terminator.
const LONGEST_PORT: usize = 6;

/// The PDU without what it says of anybody, as long as before. Stub data are left alone.
pub(super) fn scrubbed(pdu: Pdu, aliases: &mut Aliases) -> Pdu {
    let Pdu { header, mut body, rest, mut auth } = pdu;
    match &mut body {
        Body::Request(request) => request.object = request.object.map(|object| aliases.uuid(object)),
        Body::Response(_) | Body::Shutdown | Body::CoCancel | Body::Orphaned => {}
        Body::Fault(fault) => {
            fault.reserved2 = blank(&fault.reserved2);
            fault.stub = blank(&fault.stub);
        }
        Body::Bind(bind) | Body::AlterContext(bind) => proposal(bind, aliases),
        Body::BindAck(answer) | Body::AlterContextResp(answer) => self::answer(answer, aliases),
        Body::BindNak(BindNak { signed, .. }) => {
            if let Some(Signed { padding, signature, blob }) = signed {
                (*padding, *blob) = (blank(padding), blank(blob));
                *signature = aliases.uuid(*signature);
            }
        }
        Body::Auth3(auth) => auth.pad = blank(&auth.pad),
        Body::Unknown(_, octets) => *octets = blank(octets),
    }
    if let Some(auth) = &mut auth {
        auth.padding = blank(&auth.padding);
        auth.token = if sets_up(header.ptype) {
            token::token(&auth.token, aliases).into()
        } else {
            let mut token = auth.token.to_vec();
            token::verifier(&mut token);
            token.into()
        };
    }
    Pdu { header, body, rest: blank(&rest), auth }
}

/// The octets of a PDU of which nothing but the header can be read. They can't be read afterwards, either.
pub(super) fn unreadable(octets: &Bytes) -> Bytes {
    let filled = |fill: u8| -> Bytes {
        let header = octets.iter().take(Header::OCTETS).copied();
        header.chain(std::iter::repeat(fill)).take(octets.len()).collect()
    };
    [0, u8::MAX].map(filled).into_iter().find(|made| Pdu::decode(made).is_err()).unwrap_or_else(|| filled(0))
}

/// Whether a verifier of such PDUs holds a token of a login ([MS-RPCE] 2.2.2.11).
pub(super) fn sets_up(ptype: PduType) -> bool {
    let types = [PduType::BIND, PduType::BIND_ACK, PduType::ALTER_CONTEXT, PduType::ALTER_CONTEXT_RESP, PduType::AUTH3];
    types.contains(&ptype)
}

/// As many zeros.
pub(super) fn blank(octets: &Bytes) -> Bytes {
    vec![0; octets.len()].into()
}

/// A verification trailer with the commands that [MS-RPCE] 2.2.2.13 knows; the others are blanked.
pub(super) fn trailer(trailer: VerificationTrailer, aliases: &mut Aliases) -> VerificationTrailer {
    let VerificationTrailer { commands, rest } = trailer;
    let scrubbed = |command: Command| {
        let body = match (command.kind(), command.body.len()) {
            (Command::BITMASK_1, 4) | (Command::HEADER2, 16) => command.body.clone(),
            (Command::PCONTEXT, 40) => syntaxes(&command.body, aliases),
            _ => blank(&command.body),
        };
        Command { body, ..command }
    };
    VerificationTrailer { commands: commands.into_iter().map(scrubbed).collect(), rest: blank(&rest) }
}

/// Two syntaxes, each a UUID and a version, little-endian.
fn syntaxes(body: &Bytes, aliases: &mut Aliases) -> Bytes {
    let mut made = body.to_vec();
    for syntax in made.chunks_mut(20) {
        if let Some(uuid) = syntax.first_chunk_mut::<16>() {
            *uuid = aliases.uuid(uuid::Uuid::from_bytes_le(*uuid)).to_bytes_le();
        }
    }
    made.into()
}

fn proposal(bind: &mut Bind, aliases: &mut Aliases) {
    for element in &mut bind.contexts {
        element.abstract_syntax = aliases.syntax(element.abstract_syntax);
        for syntax in &mut element.transfer_syntaxes {
            *syntax = aliases.syntax(*syntax);
        }
    }
}

fn answer(answer: &mut BindAck, aliases: &mut Aliases) {
    answer.padding = blank(&answer.padding);
    for result in &mut answer.results {
        result.transfer_syntax = aliases.syntax(result.transfer_syntax);
    }
    let address = &answer.secondary_address;
    let is_port = address.len() <= LONGEST_PORT && address.iter().all(|octet| octet.is_ascii_digit() || *octet == 0);
    if !is_port {
        let mut octets = address.to_vec();
        aliases.words.octets(&mut octets, &|word| NO_NAMES.iter().any(|known| known.eq_ignore_ascii_case(word)));
        answer.secondary_address = octets.into();
    }
}
