//! What is no call, in a few words.

use conformance::event::{
    Auth, Gap, Layer, MapperAnswer, MapperAnswered, MapperAsked, Negotiated, Pdu, Question, Refused,
};
use dcerpc::TransferSyntax;
use dcerpc::pdu::PduType;
use mspan::{Interface, NotificationType, UserFilter};
use trace::stimulus::{Answer, Audience, Request};
use trace::{ConnectionEnd, Flaw, LocalEvent, Mark};

use super::call::MOST_LABEL;
use super::detail::{Detail, shortened, text};

/// A PDU that belongs to no call.
pub(super) fn pdu(pdu: &Pdu) -> (String, Detail) {
    let ptype = PduType(pdu.ptype);
    let mut names: Vec<&str> = pdu.interfaces.iter().map(|interface| interface.name()).collect();
    names.dedup();
    let interfaces = if names.is_empty() { String::new() } else { format!(" {}", names.join(", ")) };
    let secured = pdu.auth.as_ref().map_or_else(String::new, |auth| format!(" · {}", provider(auth)));
    let mut detail = Detail::default();
    detail.field("PDU", format!("{ptype}, {} octets, flags {:#04x}", pdu.frag_length, pdu.flags));
    if let Some(auth) = &pdu.auth {
        detail.field(
            "authentication",
            format!("{}, level {}, context {}", provider(auth), auth.auth_level, auth.context_id),
        );
        detail.defects(&auth.defects);
    }
    detail.defects(&pdu.defects);
    detail.pdu(pdu);
    (shortened(format!("{ptype}{interfaces}{secured}"), MOST_LABEL), detail)
}

fn provider(auth: &Auth) -> String {
    match auth.auth_type {
        9 => "Negotiate".to_owned(),
        10 => "NTLM".to_owned(),
        16 => "Kerberos".to_owned(),
        other => format!("auth_type {other}"),
    }
}

/// The server's answer to a presentation context.
pub(super) fn negotiated(answer: &Negotiated) -> String {
    let syntax = |id| match TransferSyntax::from_id(id) {
        Some(TransferSyntax::Ndr) => "NDR".to_owned(),
        Some(TransferSyntax::Ndr64) => "NDR64".to_owned(),
        None => "another syntax".to_owned(),
    };
    let interface = Interface::from_id(answer.abstract_syntax).map_or("another interface", Interface::name);
    match (answer.result, answer.accepted) {
        (0, Some(accepted)) => format!("{interface} in {}", syntax(accepted)),
        (0, None) => format!("{interface} accepted"),
        (3, _) => format!("features {:#06x}", answer.reason),
        (result, _) => format!("{interface} refused, result {result}, reason {}", answer.reason),
    }
}

/// A bind that was refused as a whole.
pub(super) fn refused(refused: &Refused) -> String {
    format!("provider_reject_reason {}", refused.reason)
}

/// What an endpoint mapper was asked.
pub(super) fn mapper_asked(asked: &MapperAsked) -> String {
    let verb = match asked.question {
        Question::Map(_) => "ept_map",
        Question::Lookup(_) => "ept_lookup",
    };
    let interface = asked.question.interface().and_then(Interface::from_id).map_or("", Interface::name);
    format!("{verb} {interface}").trim_end().to_owned()
}

/// What it answered.
pub(super) fn mapper_answered(answered: &MapperAnswered) -> (String, Detail) {
    let mut detail = Detail::default();
    detail.field("status", format!("{:#010x}", answered.answer.status()));
    let (mut towers, mut ports) = (0_usize, Vec::new());
    for tower in answered.answer.towers() {
        towers += 1;
        if let Some(endpoint) = tower.tcp_endpoint().filter(|_| towers <= 8) {
            ports.push(endpoint.port.to_string());
            detail.field(
                "tower",
                format!("TCP port {} of {}", endpoint.port, std::net::Ipv4Addr::from(endpoint.address)),
            );
        }
    }
    detail.field("towers", towers.to_string());
    detail.defects(&answered.defects);
    let verb = if matches!(answered.answer, MapperAnswer::Map(_)) { "port" } else { "ports" };
    let ports = if ports.is_empty() { "no towers".to_owned() } else { format!("{verb} {}", ports.join(", ")) };
    (shortened(format!("{:#010x} · {ports}", answered.answer.status()), MOST_LABEL), detail)
}

/// What could not be read.
pub(super) fn gap(gap: &Gap) -> (String, Detail) {
    let layer = match gap.layer {
        Layer::Transport => "stream",
        Layer::Pdu => "PDU",
        Layer::Stub | Layer::Sealed => "stub",
        Layer::Token => "token",
    };
    let mut detail = Detail::default();
    detail.field("unreadable", format!("{layer}, from octet {} on: {}", gap.offset, gap.why));
    detail.field("to blame", if gap.malformed { "who sent it" } else { "nobody: the recording lacks it" });
    (shortened(format!("unreadable {layer}: {}", gap.why), MOST_LABEL), detail)
}

/// How a connection ended.
pub(super) fn closed(how: &ConnectionEnd) -> String {
    match how {
        ConnectionEnd::Orderly { .. } => "closes the connection".to_owned(),
        ConnectionEnd::Broken { error, .. } => shortened(format!("the connection breaks: {error}"), MOST_LABEL),
    }
}

/// What the notification source was asked for.
pub(super) fn asked(request: &Request) -> (String, Detail) {
    let mut detail = Detail::default();
    let label = match request {
        Request::Notify { audience, data } => {
            format!("notify {}{}", whom(audience, &mut detail), much(data, &mut detail))
        }
        Request::OpenChannel { id, audience, data } => {
            let whom = whom(audience, &mut detail);
            let data = data.as_ref().map_or_else(String::new, |data| much(data, &mut detail));
            format!("open_channel {id} · {whom}{data}")
        }
        Request::ChannelNotify { id, data } => format!("channel_notify {id}{}", much(data, &mut detail)),
        Request::ChannelClose { id } => format!("channel_close {id}"),
        Request::ChannelLog { id } => format!("channel_log {id}"),
        Request::DeletePrinter { printer } => format!("delete_printer {printer}"),
        Request::Shutdown => "shutdown".to_owned(),
        Request::Nonsense { verb } => verb.clone(),
    };
    (shortened(label, MOST_LABEL), detail)
}

fn whom(audience: &Audience, detail: &mut Detail) -> String {
    let name = NotificationType(audience.notification_type);
    detail.field("type", name.to_string());
    detail.field("filter", UserFilter(audience.filter).to_string());
    detail.field("user", audience.user.as_deref().unwrap_or("nobody in particular"));
    detail.field("printer", audience.printer.as_deref().unwrap_or("the print server itself"));
    let name = name.name().map_or_else(|| format!("{:.8}…", audience.notification_type.to_string()), str::to_owned);
    let user = audience.user.as_ref().map_or_else(String::new, |user| format!(" {user}"));
    format!("{name} {}{user}", UserFilter(audience.filter))
}

fn much(data: &[u8], detail: &mut Detail) -> String {
    let words = text(data).unwrap_or_else(|| "(no text)".to_owned());
    detail.field("data", format!("{} octets: {words}", data.len()));
    format!(" · {} octets", data.len())
}

/// What it answered; whether it did what it was asked for.
pub(super) fn answered(answer: &Answer) -> (String, Detail) {
    let mut detail = Detail::default();
    let label = match answer {
        Answer::Done => "done".to_owned(),
        Answer::Log(log) => {
            for response in log.responses.iter().take(8) {
                let words = text(&response.data).unwrap_or_else(|| "(no text)".to_owned());
                detail.field("response", format!("{} octets: {words}", response.data.len()));
            }
            let count = log.responses.len();
            format!("{count} response{}", if count == 1 { "" } else { "s" })
        }
        Answer::Refused { error, unsupported } => {
            format!("{}: {error}", if *unsupported { "unsupported" } else { "refused" })
        }
        Answer::Silent { why } => format!("no answer: {why}"),
    };
    (shortened(label, MOST_LABEL), detail)
}

/// Why somebody can't prove to be whom he claims to be.
fn false_by(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::UnknownUser => "whom the server does not know",
        Flaw::WrongPassword => "with a wrong password",
        Flaw::ExpiredTicket => "with a ticket that has expired",
        Flaw::EarlyTicket => "with a ticket that is not valid yet",
        Flaw::WrongKey => "with a ticket of another key",
        Flaw::OtherService => "with a ticket for another service",
        Flaw::ClockSkew => "by a clock that is a day off",
    }
}

/// What only our side could see.
pub(super) fn local(event: &LocalEvent) -> String {
    let label = match event {
        LocalEvent::Authenticated { user, administrator, .. } => {
            format!("is {user}{}", if *administrator { ", an administrator" } else { "" })
        }
        LocalEvent::FalseCredentials { user, flaw, .. } => format!("claims to be {user}, {}", false_by(*flaw)),
        LocalEvent::Unreachable { server, error, .. } => format!("can't reach {server}: {error}"),
        LocalEvent::MapperOffered { address, .. } => format!("is told of the endpoint mapper at {address}"),
    };
    shortened(label, MOST_LABEL)
}

/// What the harness notes, where that is worth a row of its own.
pub(super) fn mark(mark: &Mark) -> Option<String> {
    match mark {
        Mark::Launched { wants, .. } => Some(format!("is started, for {wants} notifications")),
        Mark::Late { nanoseconds } => Some(format!("the harness was late by {} ms", nanoseconds / 1_000_000)),
        _ => None,
    }
}
