//! Dynamic endpoints and the endpoint mapper ([MS-PAN] 2.1, 3.1.1.3, 3.1.2, 3.1.2.3, 3.2.1.3; [C706] appendices L and O).
//!
//! Only who saw an endpoint mapper being asked can tell whether a server is registered there: the harness, which asks the one
//! that the target file names, or a recording. That a client did not ask is a breach only where the harness has told it of an
//! endpoint mapper.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dcerpc::epm::{Floor, NOT_REGISTERED, Tower};
use dcerpc::{SyntaxId, TransferSyntax};
use mspan::Interface;
use trace::{Direction, LocalEvent, Vantage};

use crate::catalogue::Level;
use crate::event::{Event, Gap, Kind, Layer, MapperAnswer, MapperAnswered, Negotiated, Outcome, Question};
use crate::model::endpoint::{Asked, Endpoint};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/2.1/towers-are-of-tcp",
        section: "2.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.1-01"],
        occasions: Occasions::MAPPER_ANSWERED,
        judge: towers_are_of_tcp,
    },
    Rule {
        id: "MS-PAN/2.1/mapper-knows-the-interfaces",
        section: "2.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.1-02", "PAN-3.1.1.3-01", "PAN-3.1.2-02", "PAN-3.1.2.3-01"],
        occasions: Occasions::FINISHED.of_none().or(Occasions::MAPPER_ANSWERED),
        judge: mapper_knows_the_interfaces,
    },
    Rule {
        id: "MS-PAN/2.1/mapped-endpoints-take-binds",
        section: "2.1",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-2.1-02", "PAN-3.1.1.3-01", "PAN-3.1.2-02", "PAN-3.1.2.3-01"],
        occasions: Occasions::NEGOTIATED.or(Occasions::LOCAL),
        judge: mapped_endpoints_take_binds,
    },
    Rule {
        id: "C706/O/mapper-answers-keep-their-format",
        section: "O",
        level: Level::Must,
        party: Party::Server,
        requirements: &[],
        occasions: Occasions::MAPPER_ANSWERED.or(Occasions::GAP),
        judge: mapper_answers_keep_their_format,
    },
    Rule {
        id: "MS-PAN/2.1/client-speaks-over-tcp",
        section: "2.1",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.1-01"],
        occasions: Occasions::NEGOTIATED.or(Occasions::GAP),
        judge: client_speaks_over_tcp,
    },
    Rule {
        id: "MS-PAN/2.1/client-asks-the-mapper",
        section: "2.1",
        level: Level::Must,
        party: Party::Client,
        requirements: &["PAN-2.1-02", "PAN-3.2.1.3-01"],
        occasions: Occasions::NEGOTIATED,
        judge: client_asks_the_mapper,
    },
];

/// Protocol identifiers of towers that are local to their machine: LRPC, connection-oriented and not ([C706] appendix I).
const LOCAL: [u8; 2] = [0x0C, 0x10];
/// Those of transports between machines but TCP: UDP, connectionless RPC, named pipes, HTTP.
const FOREIGN: [u8; 4] = [0x08, 0x0A, 0x0F, 0x1F];

const PROVIDER_REJECTION: u16 = 2;
const ABSTRACT_SYNTAX_NOT_SUPPORTED: u16 = 1;

/// Towers of ncalrpc are local to the machine and not judged.
fn towers_are_of_tcp(_: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::MapperAnswered(answered) = &event.kind else { return };
    for tower in answered.answer.towers() {
        let Some(interface) = tower.interface().and_then(Interface::from_id) else { continue };
        if tower.tcp_endpoint().is_some() {
            verdicts.pass();
        } else if let Some(foreign) = foreign(tower) {
            verdicts.fail(format!("towers of TCP and IP for {}", interface.name()), foreign);
        }
    }
}

/// What makes a tower one of another transport between machines.
fn foreign(tower: &Tower) -> Option<String> {
    let transport = tower.floors.get(2..)?;
    if transport.iter().any(|floor| floor.protocol().is_some_and(|protocol| LOCAL.contains(&protocol))) {
        return None;
    }
    let floor = transport.iter().find(|floor| floor.protocol().is_some_and(|protocol| FOREIGN.contains(&protocol)))?;
    Some(match floor {
        Floor::NamedPipe(name) => format!("a tower of the named pipe {:?}", String::from_utf8_lossy(name)),
        Floor::Http(port) => format!("a tower of HTTP, port {port}"),
        other => format!("a tower with protocol identifier {:#04x}", other.protocol().unwrap_or_default()),
    })
}

/// ept_map for an interface gives its TCP port.
fn mapper_knows_the_interfaces(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    match &event.kind {
        Kind::MapperAnswered(answered) => {
            let Some(asked) = model.endpoints.asked(answered.call) else { return };
            for interface in Interface::ALL.into_iter().filter(|interface| is_at(&answered.answer, *interface)) {
                verdicts.pass().on(listening(interface));
            }
            let missing = wanted(asked).filter(|interface| !is_at(&answered.answer, *interface));
            if let Some(interface) = missing {
                not_found(model, asked, interface, answered, verdicts);
            }
        }
        Kind::CallFinished(finished) => {
            let Some(asked) = model.endpoints.asked(finished.call).filter(|asked| asked.by_harness) else { return };
            if let (Outcome::Fault { .. }, Some(interface)) = (&finished.outcome, wanted(asked)) {
                let why = format!("the endpoint mapper answered ept_map with {}", finished.outcome);
                verdicts.inconclusive(why).on(listening(interface));
            }
        }
        _ => {}
    }
}

/// The interface of ours whose TCP endpoint an ept_map asks for, so that the mapper can only know it or not.
fn wanted(asked: &Asked) -> Option<Interface> {
    let Question::Map(request) = &asked.question else { return None };
    let tower = asked.question.wanted()?;
    let any_object = request.object.is_none_or(|object| object.is_nil());
    let in_ndr = tower.transfer_syntax() == Some(TransferSyntax::Ndr.id());
    let asks = asked.is_clean && any_object && in_ndr && request.max_towers > 0 && tower.tcp_endpoint().is_some();
    tower.interface().filter(|_| asks).and_then(Interface::from_id)
}

fn is_at(answer: &MapperAnswer, interface: Interface) -> bool {
    let leads = |tower: &Tower| {
        tower.interface() == Some(interface.id()) && tower.tcp_endpoint().is_some_and(|endpoint| endpoint.port != 0)
    };
    answer.status() == 0 && answer.towers().any(leads)
}

/// The mapper that the harness asks is the target's. In a recording, the server may not have run at that time.
fn not_found(
    model: &Scene<'_>,
    asked: &Asked,
    interface: Interface,
    answered: &MapperAnswered,
    verdicts: &mut Verdicts,
) {
    let status = answered.answer.status();
    let expected = format!("a TCP port of {} from the endpoint mapper", interface.name());
    let actual = match (status, answered.answer.towers().count()) {
        (0, 0) => String::from("no tower"),
        (0, count) => format!("{count} towers without one"),
        (NOT_REGISTERED, _) => format!("ept_s_not_registered ({status:#010x})"),
        (status, _) => {
            if asked.by_harness {
                let why = format!("the endpoint mapper answered ept_map with status {status:#010x}");
                verdicts.inconclusive(why).on(listening(interface));
            }
            return;
        }
    };
    if asked.by_harness {
        verdicts.fail(expected, actual).on(listening(interface));
    } else if model.endpoints.serves(&asked.ends.server.host, interface) {
        let why = format!("ept_map gave {actual} for {}, which the host serves", interface.name());
        verdicts.inconclusive(why).on(listening(interface));
    }
}

/// The requirements by which an interface listens on a dynamic endpoint.
fn listening(interface: Interface) -> &'static [&'static str] {
    match interface {
        Interface::AsyncNotify => &["PAN-2.1-02", "PAN-3.1.1.3-01"],
        Interface::RemoteObject => &["PAN-2.1-02", "PAN-3.1.2-02", "PAN-3.1.2.3-01"],
    }
}

/// Whoever goes where the mapper leads finds the interface there. Of others, nobody knows how long ago they asked.
fn mapped_endpoints_take_binds(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    match &event.kind {
        Kind::Negotiated(negotiated) => {
            let Some(interface) = Interface::from_id(negotiated.abstract_syntax) else { return };
            let Some(ends) = model.endpoints.ends(negotiated.connection) else { return };
            let mappings: Vec<_> = model.endpoints.at(&ends.server).filter(|(known, _)| *known == interface).collect();
            if mappings.is_empty() {
                return;
            }
            if negotiated.accepted.is_some() {
                verdicts.pass().on(listening(interface));
            } else if is_unknown_interface(negotiated) {
                let expected = format!("{} at port {}, as the mapper says", interface.name(), ends.server.port);
                let actual = "the bind was refused: abstract syntax not supported";
                if ends.is_known && mappings.iter().any(|(_, mapping)| mapping.by_harness) {
                    verdicts.fail(expected, actual).on(listening(interface));
                } else {
                    verdicts.inconclusive(format!("{actual}, perhaps long after the mapping")).on(listening(interface));
                }
            }
        }
        Kind::Local(LocalEvent::Unreachable { server, actor: Some(_), error }) => {
            let Some(endpoint) = Endpoint::parse(server) else { return };
            let by_harness = model.endpoints.at(&endpoint).filter(|(_, mapping)| mapping.by_harness);
            let interfaces: BTreeSet<Interface> = by_harness.map(|(interface, _)| interface).collect();
            for interface in interfaces {
                let expected = format!("{} at port {}, as the mapper says", interface.name(), endpoint.port);
                verdicts.fail(expected, format!("no connection: {error}")).on(listening(interface));
            }
        }
        _ => {}
    }
}

fn is_unknown_interface(negotiated: &Negotiated) -> bool {
    negotiated.result == PROVIDER_REJECTION && negotiated.reason == ABSTRACT_SYNTAX_NOT_SUPPORTED
}

/// Only the mapper that the harness asks is the target's.
fn mapper_answers_keep_their_format(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let is_targets = |call| model.endpoints.asked(call).is_some_and(|asked| asked.by_harness);
    match &event.kind {
        Kind::Gap(Gap {
            call: Some(call),
            layer: Layer::Stub,
            direction: Direction::ToClient,
            malformed: true,
            why,
            ..
        }) if is_targets(*call) => {
            verdicts.fail("an answer of the endpoint mapper that can be read", why.clone());
        }
        Kind::MapperAnswered(answered) if is_targets(answered.call) => {
            for defect in &answered.defects {
                let actual = format!("{} at offset {:#x} ({})", defect.actual, defect.offset, defect.rule);
                verdicts.fail(format!("{} {}", defect.field, defect.expected), actual);
            }
            if answered.defects.is_empty() {
                verdicts.pass();
            }
        }
        _ => {}
    }
}

/// The harness's port is for PDUs. Recordings hold other protocols too.
fn client_speaks_over_tcp(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    match &event.kind {
        Kind::Negotiated(negotiated) if Interface::from_id(negotiated.abstract_syntax).is_some() => {
            verdicts.pass();
        }
        Kind::Gap(gap) if gap.over_http && gap.direction == Direction::ToServer => {
            let is_known = model.endpoints.ends(gap.connection).is_some_and(|ends| ends.is_known);
            if is_known && model.config().vantage == Vantage::Server {
                verdicts.fail("PDUs on plain TCP", "a request of RPC over HTTP");
            }
        }
        _ => {}
    }
}

/// The interfaces may share an endpoint, so one of them asked for is enough.
fn client_asks_the_mapper(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::Negotiated(negotiated) = &event.kind else { return };
    let is_ours = |id: SyntaxId| Interface::ALL.iter().any(|interface| interface.id().uuid == id.uuid);
    let Some(ends) = model.endpoints.ends(negotiated.connection) else { return };
    if !is_ours(negotiated.abstract_syntax) {
        return;
    }
    if model.endpoints.is_given(&ends.who, &ends.server) {
        verdicts.pass();
        return;
    }
    if model.endpoints.forgets() {
        verdicts.inconclusive("endpoint mappers gave more endpoints than are remembered");
        return;
    }
    let given: Vec<String> = model.endpoints.given(&ends.who).map(|given| given.port.to_string()).collect();
    if let Some(mapper) = model.endpoints.offered(&ends.who) {
        let expected = format!("a bind at a port that the endpoint mapper at {mapper} gave before");
        let actual = match (model.endpoints.has_asked(&ends.who), given.is_empty()) {
            (false, true) => format!("a bind at port {}, and no question to the mapper", ends.server.port),
            (true, true) => format!("a bind at port {}, though the mapper gave none", ends.server.port),
            (_, false) => format!("a bind at port {}, though the mapper gave {}", ends.server.port, given.join(", ")),
        };
        verdicts.fail(expected, actual);
    } else if model.endpoints.given(&ends.who).any(|given| given.host == ends.server.host) {
        let (port, given) = (ends.server.port, given.join(", "));
        verdicts
            .inconclusive(format!("a bind at port {port}, and the mapper gave {given}: it may have been asked before"));
    }
}
