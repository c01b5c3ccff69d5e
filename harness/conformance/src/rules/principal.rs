//! The principal that a client asks for, and that a server answers to ([MS-PAN] 2.1), as tokens show them.
//!
//! What a name is can be doubted in many ways: a KDC and a resolver put another name of a server in place of the one that was
//! asked for, servers have several, and a recording doesn't tell which one the client knew. Such doubt accuses nobody.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use core::net::IpAddr;

use dcerpc::security::Provider;
use dcerpc::security::token::{ErrorCode, Token};
use mspan::Interface;
use trace::Direction;

use crate::catalogue::Level;
use crate::event::{Event, Kind, Pdu, Refused};
use crate::model::{Answer, Authentication, Target};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/2.1/server-takes-tickets-for-its-host-principal",
        section: "2.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.1-05"],
        occasions: Occasions::OTHER_PDU.or(Occasions::REFUSED),
        judge: server_takes_tickets_for_its_host_principal,
    },
    Rule {
        id: "MS-PAN/2.1/client-asks-for-the-host-principal",
        section: "2.1",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.1-07"],
        occasions: Occasions::OTHER_PDU.or(Occasions::REFUSED),
        judge: client_asks_for_the_host_principal,
    },
];

/// What a principal is, by its words.
#[derive(Debug)]
enum Principal<'a> {
    /// host/ and a name.
    Host(&'a str),
    /// host/, a name, and more.
    HostAndMore,
    /// One word: nothing, or an account's name.
    Word(&'a str),
    /// Of another service class.
    Other,
}

/// Whether a name is the print server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Known,
    Another,
    Untold,
}

/// A server that reads the ticket has the principal's key. One that says that the ticket is not for it, or that it lacks the
/// key, hasn't. Every other refusal may have another reason: clocks, an older key, a ticket used before.
fn server_takes_tickets_for_its_host_principal(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let is_false = |connection| model.connection(connection).is_some_and(|known| known.impostor.is_some());
    match &event.kind {
        // What our own side makes wrong on purpose has to be refused.
        Kind::Pdu(Pdu { connection, .. }) | Kind::Refused(Refused { connection, .. }) if is_false(*connection) => {}
        Kind::Pdu(pdu) if pdu.direction == Direction::ToClient => {
            let Some((known, token)) = exchange(model, pdu) else { return };
            let Some(known) = known.filter(|known| awaits_negotiate(known)) else { return };
            match Answer::of(token) {
                Some(Answer::Challenge) if model.principals.by_ntlm => {}
                Some(Answer::Challenge) => {
                    verdicts.inconclusive("NTLM was taken, for which no principal has to be registered");
                }
                Some(answer) => judge_answer(model, known, answer, verdicts),
                None => {}
            }
        }
        Kind::Refused(refused) => {
            for name in refused_authentications(model, refused).filter(|known| awaits_negotiate(known)).filter_map(host)
            {
                verdicts.inconclusive(format!("bind_nak, reason {}, to a ticket for host/{name:?}", refused.reason));
            }
        }
        _ => {}
    }
}

fn judge_answer(model: &Scene<'_>, known: &Authentication, answer: Answer, verdicts: &mut Verdicts) {
    let Some(name) = host(known) else { return };
    match answer {
        Answer::TicketRead => verdicts.pass(),
        Answer::TicketRefused(code @ (ErrorCode::NOT_US | ErrorCode::NO_KEY)) if is_given(model, name) => {
            verdicts.fail(format!("a ticket for host/{name} to be taken"), format!("{code}"))
        }
        Answer::TicketRefused(code) => verdicts.inconclusive(format!("{code} to a ticket for host/{name:?}")),
        Answer::Rejected | Answer::Challenge => verdicts.inconclusive(format!("reject to a ticket for host/{name:?}")),
    };
}

/// The service class is judged when the client asks. The name may have been put in place of another one by the KDC: a server
/// that reads the ticket goes by it.
fn client_asks_for_the_host_principal(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    match &event.kind {
        Kind::Pdu(pdu) => {
            let Some((known, token)) = exchange(model, pdu) else { return };
            match (pdu.direction, known) {
                (Direction::ToServer, _) => {
                    let own = known.map(|known| known.server_names.as_slice()).unwrap_or_default();
                    judge_target(model, own, token, verdicts);
                }
                (Direction::ToClient, Some(known)) => judge_ticket(model, known, Answer::of(token), verdicts),
                (Direction::ToClient, None) => {}
            }
        }
        Kind::Refused(refused) => {
            for known in refused_authentications(model, refused) {
                judge_ticket(model, known, Some(Answer::Rejected), verdicts);
            }
        }
        _ => {}
    }
}

fn judge_target(model: &Scene<'_>, own: &[String], token: &Token, verdicts: &mut Verdicts) {
    let (written, by_ticket) = match Target::of(token) {
        Some(Target::Ticket(components)) => (components.join("/"), true),
        Some(Target::Named(name)) => (name, false),
        Some(Target::Unnamed) if model.principals.unnamed => return,
        Some(Target::Unnamed) => {
            verdicts.inconclusive("NTLM without MsvAvTargetName: the principal is not told");
            return;
        }
        None => return,
    };
    let words: Vec<&str> = written.split('/').collect();
    let expected = "the target principal host/ and the print server's name";
    match principal(&words) {
        Principal::Host(name) => match (standing(model, own, name), by_ticket) {
            (Standing::Known, _) => {
                verdicts.pass();
            }
            // Its answer will tell.
            (_, true) => {}
            (Standing::Another, false) => {
                let server = model.config().server_name.as_deref().unwrap_or_default();
                verdicts.fail(format!("the target principal host/{server}"), format!("{written:?}"));
            }
            (Standing::Untold, false) => {
                verdicts.inconclusive(format!("whether {name:?} is the print server's name is not known"));
            }
        },
        Principal::HostAndMore => {
            verdicts.inconclusive(format!("{written:?} holds more than the print server's name"));
        }
        Principal::Word(word) if by_ticket && !word.is_empty() => {
            verdicts.inconclusive(format!("{word:?} may be the account that the KDC gave in place of a principal"));
        }
        Principal::Word("") => {
            verdicts.fail(expected, "an empty target name");
        }
        Principal::Word(_) | Principal::Other => {
            verdicts.fail(expected, format!("{written:?}"));
        }
    }
}

/// A ticket whose name is not known to be the server's is decided by the answer to it.
fn judge_ticket(model: &Scene<'_>, known: &Authentication, answer: Option<Answer>, verdicts: &mut Verdicts) {
    let Some(name) = host(known).filter(|name| standing(model, &[], name) != Standing::Known) else { return };
    match answer {
        _ if known.answer.is_some() => {}
        Some(Answer::TicketRead) => {
            verdicts.pass();
        }
        Some(_) => {
            verdicts.inconclusive(format!("whether {name:?} is the print server's name is not known"));
        }
        None => {}
    }
}

/// The token of a PDU where our interfaces are spoken, and what is known of its security context.
fn exchange<'a>(model: &'a Scene<'_>, pdu: &'a Pdu) -> Option<(Option<&'a Authentication>, &'a Token)> {
    let connection = model.connection(pdu.connection);
    let ours = !pdu.interfaces.is_empty() || connection.is_some_and(|known| known.ours);
    let auth = pdu.auth.as_ref().filter(|_| ours)?;
    let known = connection.and_then(|known| known.authentications.get(&auth.context_id));
    Some((known, auth.token.as_ref()?))
}

/// What a client has begun, for one of our interfaces, on a connection whose bind is refused.
fn refused_authentications<'a>(model: &'a Scene<'_>, refused: &Refused) -> impl Iterator<Item = &'a Authentication> {
    let ours = refused.abstract_syntaxes.iter().any(|syntax| Interface::from_id(*syntax).is_some());
    let connection = model.connection(refused.connection).filter(|_| ours);
    connection.into_iter().flat_map(|known| known.authentications.values())
}

/// Whether it is the negotiate provider's and was not answered yet.
fn awaits_negotiate(known: &Authentication) -> bool {
    Provider(known.auth_type) == Provider::NEGOTIATE && known.answer.is_none()
}

/// The name after host/ in the ticket that a client has sent.
fn host(known: &Authentication) -> Option<&str> {
    let Some(Target::Ticket(components)) = &known.target else { return None };
    let words: Vec<&str> = components.iter().flat_map(|component| component.split('/')).collect();
    match principal(&words) {
        Principal::Host(name) => Some(name),
        _ => None,
    }
}

/// Service classes know no case.
fn principal<'a>(words: &[&'a str]) -> Principal<'a> {
    match words {
        [class, name, more @ ..] if class.eq_ignore_ascii_case("host") && !name.is_empty() => {
            if more.is_empty() {
                Principal::Host(name)
            } else {
                Principal::HostAndMore
            }
        }
        [] => Principal::Word(""),
        [word] => Principal::Word(word),
        _ => Principal::Other,
    }
}

/// `own` are names by which the server calls itself.
fn standing(model: &Scene<'_>, own: &[String], name: &str) -> Standing {
    let given = model.config().server_name.as_deref();
    let mut known = given.into_iter().chain(own.iter().map(String::as_str));
    if known.any(|known| is_same(known, name)) {
        return Standing::Known;
    }
    match given {
        Some(given) if !is_address(given) && !is_address(name) => Standing::Another,
        _ => Standing::Untold,
    }
}

/// A short name and a full one agree when the full one begins with it.
fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_end_matches('.'), other.trim_end_matches('.'));
    if is_address(one) || is_address(other) {
        return one.eq_ignore_ascii_case(other);
    }
    let label = |name: &str| name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let short = !one.contains('.') || !other.contains('.');
    one.eq_ignore_ascii_case(other) || short && label(one) == label(other)
}

/// Whether that very name was given for the server. Of an address nobody has to hold a key.
fn is_given(model: &Scene<'_>, name: &str) -> bool {
    let given = model.config().server_name.as_deref();
    given.is_some_and(|given| given.trim_end_matches('.').eq_ignore_ascii_case(name)) && !is_address(name)
}

/// What names no host for good: an address, or the loopback's name.
fn is_address(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok() || name.eq_ignore_ascii_case("localhost")
}
