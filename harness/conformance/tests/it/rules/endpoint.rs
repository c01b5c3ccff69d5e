//! Dynamic endpoints and the endpoint mapper ([MS-PAN] 2.1, 3.1.1.3, 3.1.2.3, 3.2.1.3).

use bytes::Bytes;
use conformance::Severity::{Fail, Inconclusive};
use conformance::event::{
    AssociationId, CallFinished, CallId, CallStarted, Gap, Kind, Layer, MapperAnswer, MapperAnswered, MapperAsked,
    Negotiated, Opened, Outcome, Question,
};
use dcerpc::epm::{Entry, Floor, LookupRequest, LookupResponse, MAP, MapRequest, MapResponse, NOT_REGISTERED};
use dcerpc::epm::{TcpEndpoint, Tower, rule};
use dcerpc::ndr::{Conformant, Format};
use dcerpc::{Defect, TransferSyntax};
use mspan::Interface::{self, AsyncNotify, RemoteObject};
use trace::{CallMark, ConnectionId, Direction, LocalEvent, Time, Vantage};

use crate::case::Case;
use crate::script::Script;

/// Who takes part in a trace.
#[derive(Clone, Copy)]
enum Witness {
    /// The harness asks the mapper of its target.
    Harness,
    /// Two strangers speak.
    Recording,
    /// A client under test that was told of our mapper.
    Told,
}

impl Witness {
    fn name(self) -> Option<String> {
        match self {
            Self::Harness => Some("alice".to_owned()),
            Self::Told => Some("one".to_owned()),
            Self::Recording => None,
        }
    }

    fn mark(self) -> Option<CallMark> {
        let Self::Harness = self else { return None };
        let (connection, step, actor) = (ConnectionId(0), "map".to_owned(), "alice".to_owned());
        Some(CallMark { connection, call_id: 1, actor, step, line: 7, violates: Vec::new() })
    }
}

fn opened(script: Script, witness: Witness, number: u32, server: &str) -> Script {
    let (connection, client, server) = (ConnectionId(number), "10.0.0.9:50000".to_owned(), server.to_owned());
    script.event(Kind::Opened(Opened { connection, client, server, actor: witness.name() }))
}

/// A mapper is asked.
fn asks(script: Script, witness: Witness, question: Question) -> Script {
    let script = opened(script, witness, 0, "10.0.0.1:135");
    let (call, connection) = (CallId(0), ConnectionId(0));
    let script = script.event(Kind::CallStarted(CallStarted {
        call,
        association: AssociationId(0),
        connection,
        call_id: 1,
        begun: Time::ZERO,
        interface: None,
        opnum: MAP,
        method: None,
        protection: None,
        format: Format::default(),
        stub_length: 132,
        input: None,
        defects: Vec::new(),
        mark: witness.mark().map(Box::new),
    }));
    script.event(Kind::MapperAsked(MapperAsked { call, connection, question, defects: Vec::new() }))
}

fn comes_back(script: Script, outcome: Outcome) -> Script {
    let (call, connection, association) = (CallId(0), ConnectionId(0), AssociationId(0));
    script.event(Kind::CallFinished(CallFinished { call, method: None, connection, association, outcome }))
}

fn answers(script: Script, answer: MapperAnswer, defects: Vec<Defect>) -> Script {
    let script = script.event(Kind::MapperAnswered(MapperAnswered {
        call: CallId(0),
        connection: ConnectionId(0),
        answer,
        defects,
    }));
    let format = Format::default();
    comes_back(script, Outcome::Returned { output: None, defects: Vec::new(), format, stub_length: 132 })
}

/// ept_map of an interface.
fn map(interface: Interface) -> Question {
    let map_tower = Some(tcp(interface, 0));
    Question::Map(MapRequest { map_tower, max_towers: 4, ..MapRequest::default() })
}

fn tcp(interface: Interface, port: u16) -> Tower {
    Tower::tcp(interface.id(), TransferSyntax::Ndr.id(), TcpEndpoint { port, address: [10, 0, 0, 1] })
}

/// A tower of an interface over anything.
fn over(interface: Interface, transport: &[Floor]) -> Tower {
    let syntaxes = [Floor::Syntax(interface.id()), Floor::Syntax(TransferSyntax::Ndr.id())];
    Tower { floors: syntaxes.into_iter().chain(transport.iter().cloned()).collect() }
}

fn pipe(interface: Interface) -> Tower {
    over(interface, &[Floor::ConnectionOriented(0), Floor::NamedPipe(Bytes::from_static(b"\\pipe\\spoolss\0"))])
}

fn local(interface: Interface) -> Tower {
    let protocol = Floor::Other { identifier: Bytes::from_static(&[0x0C]), address: Bytes::from_static(&[0, 0]) };
    over(interface, &[protocol, Floor::Lrpc(Bytes::from_static(b"LRPC-1\0"))])
}

fn towers(towers: Vec<Tower>, status: u32) -> MapperAnswer {
    let towers = Conformant::from(towers.into_iter().map(Some).collect::<Vec<_>>());
    let num_towers = u32::try_from(towers.elements.len()).unwrap();
    MapperAnswer::Map(MapResponse { num_towers, towers, status, ..MapResponse::default() })
}

/// ept_map of an interface is answered.
fn mapped(script: Script, witness: Witness, interface: Interface, answer: MapperAnswer) -> Script {
    answers(asks(script, witness, map(interface)), answer, Vec::new())
}

/// ept_lookup gives these towers.
fn looked_up(script: Script, witness: Witness, found: Vec<Tower>) -> Script {
    let script = asks(script, witness, Question::Lookup(LookupRequest::default()));
    let entry = |tower| Entry { tower: Some(tower), ..Entry::default() };
    let elements: Vec<_> = found.into_iter().map(entry).collect();
    let num_ents = u32::try_from(elements.len()).unwrap();
    let entries = Conformant { max_count: num_ents.into(), elements };
    answers(script, MapperAnswer::Lookup(LookupResponse { num_ents, entries, ..LookupResponse::default() }), Vec::new())
}

/// ept_lookup gives one more endpoint than are remembered.
fn very_many(script: Script) -> Script {
    looked_up(script, Witness::Told, (1..=4_097).map(|port| tcp(AsyncNotify, port)).collect())
}

/// A bind at a port; with `refused` the interface is not there.
fn bound(script: Script, witness: Witness, interface: Interface, server: &str, refused: bool) -> Script {
    let ndr = TransferSyntax::Ndr.id();
    opened(script, witness, 1, server).event(Kind::Negotiated(Negotiated {
        connection: ConnectionId(1),
        association: Some(AssociationId(1)),
        begins: true,
        context_id: 0,
        abstract_syntax: interface.id(),
        proposed: vec![ndr],
        offered: vec![ndr, TransferSyntax::Ndr64.id()],
        result: if refused { 2 } else { 0 },
        reason: u16::from(refused),
        accepted: (!refused).then_some(ndr),
    }))
}

fn unreachable(script: Script, server: &str) -> Script {
    let (server, error) = (server.to_owned(), "Connection refused".to_owned());
    script.event(Kind::Local(LocalEvent::Unreachable { server, actor: Some("alice".to_owned()), error }))
}

/// A client under test is told of our mapper.
fn told(script: Script) -> Script {
    let mut script = script;
    script.config.vantage = Vantage::Server;
    let (client, address) = ("one".to_owned(), "10.0.0.1:135".to_owned());
    script.event(Kind::Local(LocalEvent::MapperOffered { client, address }))
}

fn rubbish(script: Script, over_http: bool) -> Script {
    script.event(Kind::Gap(Gap {
        connection: ConnectionId(1),
        direction: Direction::ToServer,
        layer: Layer::Transport,
        call: None,
        offset: 0,
        why: "no PDU begins here".into(),
        malformed: true,
        other_syntax: false,
        short_enumerations: false,
        over_http,
    }))
}

fn garbled(script: Script) -> Script {
    let script = asks(script, Witness::Harness, map(AsyncNotify));
    let script = script.event(Kind::Gap(Gap {
        connection: ConnectionId(0),
        direction: Direction::ToClient,
        layer: Layer::Stub,
        call: Some(CallId(0)),
        offset: 28,
        why: "the stub of ept_map can't be read".into(),
        malformed: true,
        other_syntax: false,
        short_enumerations: false,
        over_http: false,
    }));
    let format = Format::default();
    comes_back(script, Outcome::Returned { output: None, defects: Vec::new(), format, stub_length: 40 })
}

fn defect() -> Defect {
    Defect {
        offset: 40,
        field: "tower_octet_string",
        rule: rule::TOWER_ENDS_WITH_LAST_FLOOR,
        expected: "the end of the tower".into(),
        actual: "3 octets more".into(),
    }
}

const TOWERS: &str = "MS-PAN/2.1/towers-are-of-tcp";
const KNOWS: &str = "MS-PAN/2.1/mapper-knows-the-interfaces";
const TAKES: &str = "MS-PAN/2.1/mapped-endpoints-take-binds";
const FORMAT: &str = "C706/O/mapper-answers-keep-their-format";
const OVER_TCP: &str = "MS-PAN/2.1/client-speaks-over-tcp";
const ASKS: &str = "MS-PAN/2.1/client-asks-the-mapper";

const AT: &str = "10.0.0.1:49670";

pub(super) static CASES: &[Case] = &[
    Case {
        rule: TOWERS,
        requirement: "PAN-2.1-01",
        verdict: Fail,
        // Towers of ncalrpc are local, and those of other interfaces nobody's business.
        keeps: |script| {
            let other = Tower::tcp(
                dcerpc::epm::INTERFACE,
                TransferSyntax::Ndr.id(),
                TcpEndpoint { port: 135, address: [0; 4] },
            );
            let mut other_pipe = pipe(AsyncNotify);
            other_pipe.floors[0] = other.floors[0].clone();
            looked_up(script, Witness::Recording, vec![tcp(AsyncNotify, 49670), local(AsyncNotify), other, other_pipe])
        },
        breaks: |script| looked_up(script, Witness::Recording, vec![pipe(AsyncNotify), tcp(AsyncNotify, 49670)]),
        also: &[],
    },
    Case {
        rule: TOWERS,
        requirement: "PAN-2.1-01",
        verdict: Fail,
        keeps: |script| mapped(script, Witness::Harness, RemoteObject, towers(vec![tcp(RemoteObject, 1)], 0)),
        breaks: |script| {
            let http = over(RemoteObject, &[Floor::ConnectionOriented(0), Floor::Http(593), Floor::Ip([0; 4])]);
            mapped(script, Witness::Harness, RemoteObject, towers(vec![http, tcp(RemoteObject, 1)], 0))
        },
        also: &[],
    },
    Case {
        rule: KNOWS,
        requirement: "PAN-3.1.1.3-01",
        verdict: Fail,
        keeps: |script| mapped(script, Witness::Harness, AsyncNotify, towers(vec![tcp(AsyncNotify, 49670)], 0)),
        breaks: |script| mapped(script, Witness::Harness, AsyncNotify, towers(Vec::new(), NOT_REGISTERED)),
        also: &[],
    },
    Case {
        rule: KNOWS,
        requirement: "PAN-3.1.2-02",
        verdict: Fail,
        // Nobody has to have what the harness did not ask for.
        keeps: |script| looked_up(script, Witness::Harness, vec![tcp(RemoteObject, 49670)]),
        breaks: |script| mapped(script, Witness::Harness, RemoteObject, towers(vec![local(RemoteObject)], 0)),
        also: &[],
    },
    Case {
        rule: KNOWS,
        requirement: "PAN-3.1.2.3-01",
        verdict: Fail,
        keeps: |script| mapped(script, Witness::Recording, RemoteObject, towers(vec![tcp(RemoteObject, 49670)], 0)),
        // A port of 0 leads nowhere, and a tower of the other interface is no answer.
        breaks: |script| {
            let answer = towers(vec![tcp(RemoteObject, 0), tcp(AsyncNotify, 49670)], 0);
            mapped(script, Witness::Harness, RemoteObject, answer)
        },
        also: &[],
    },
    Case {
        rule: KNOWS,
        requirement: "PAN-2.1-02",
        verdict: Inconclusive,
        keeps: |script| mapped(script, Witness::Recording, AsyncNotify, towers(vec![tcp(AsyncNotify, 49670)], 0)),
        // In a recording the server may have been started later.
        breaks: |script| {
            let script = bound(script, Witness::Recording, AsyncNotify, AT, false);
            mapped(script, Witness::Recording, AsyncNotify, towers(Vec::new(), NOT_REGISTERED))
        },
        also: &[],
    },
    Case {
        rule: KNOWS,
        requirement: "PAN-2.1-02",
        verdict: Inconclusive,
        keeps: |script| mapped(script, Witness::Harness, AsyncNotify, towers(vec![tcp(AsyncNotify, 49670)], 0)),
        // ept_s_cant_perform_op says nothing of the map.
        breaks: |script| mapped(script, Witness::Harness, AsyncNotify, towers(Vec::new(), 0x16C9_A0CD)),
        also: &[],
    },
    Case {
        rule: KNOWS,
        requirement: "PAN-2.1-02",
        verdict: Inconclusive,
        keeps: |script| mapped(script, Witness::Harness, AsyncNotify, towers(vec![tcp(AsyncNotify, 49670)], 0)),
        breaks: |script| {
            let fault = Outcome::Fault { status: 5, did_not_execute: true };
            comes_back(asks(script, Witness::Harness, map(AsyncNotify)), fault)
        },
        also: &[],
    },
    Case {
        rule: TAKES,
        requirement: "PAN-3.1.1.3-01",
        verdict: Fail,
        keeps: |script| {
            let script = mapped(script, Witness::Harness, AsyncNotify, towers(vec![tcp(AsyncNotify, 49670)], 0));
            bound(script, Witness::Harness, AsyncNotify, AT, false)
        },
        breaks: |script| {
            let script = mapped(script, Witness::Harness, AsyncNotify, towers(vec![tcp(AsyncNotify, 49670)], 0));
            unreachable(script, "server.example:49670")
        },
        also: &[],
    },
    Case {
        rule: TAKES,
        requirement: "PAN-3.1.2-02",
        verdict: Fail,
        keeps: |script| {
            let script = mapped(script, Witness::Harness, RemoteObject, towers(vec![tcp(RemoteObject, 49670)], 0));
            // What is not where the mapper leads is another one's affair.
            let script = unreachable(script, "10.0.0.1:49671");
            bound(script, Witness::Harness, RemoteObject, AT, false)
        },
        breaks: |script| {
            let script = mapped(script, Witness::Harness, RemoteObject, towers(vec![tcp(RemoteObject, 49670)], 0));
            bound(script, Witness::Harness, RemoteObject, AT, true)
        },
        also: &["MS-PAN/1.9/interfaces-are-offered"],
    },
    Case {
        rule: TAKES,
        requirement: "PAN-2.1-02",
        verdict: Inconclusive,
        keeps: |script| {
            let script = mapped(script, Witness::Recording, RemoteObject, towers(vec![tcp(RemoteObject, 49670)], 0));
            bound(script, Witness::Recording, RemoteObject, AT, false)
        },
        breaks: |script| {
            let script = mapped(script, Witness::Recording, RemoteObject, towers(vec![tcp(RemoteObject, 49670)], 0));
            bound(script, Witness::Recording, RemoteObject, AT, true)
        },
        also: &["MS-PAN/1.9/interfaces-are-offered"],
    },
    Case {
        rule: FORMAT,
        requirement: "",
        verdict: Fail,
        keeps: |script| mapped(script, Witness::Harness, AsyncNotify, towers(vec![tcp(AsyncNotify, 49670)], 0)),
        breaks: |script| {
            let script = asks(script, Witness::Harness, map(AsyncNotify));
            answers(script, towers(vec![tcp(AsyncNotify, 49670)], 0), vec![defect()])
        },
        also: &[],
    },
    Case {
        rule: FORMAT,
        requirement: "",
        verdict: Fail,
        // A mapper that is nobody's target is not judged.
        keeps: |script| {
            let script = asks(script, Witness::Recording, map(AsyncNotify));
            let script = answers(script, towers(vec![tcp(AsyncNotify, 49670)], 0), vec![defect()]);
            mapped(script, Witness::Harness, AsyncNotify, towers(vec![tcp(AsyncNotify, 49670)], 0))
        },
        breaks: garbled,
        also: &[],
    },
    Case {
        rule: OVER_TCP,
        requirement: "PAN-2.1-01",
        verdict: Fail,
        // Other rubbish is another rule's, and what strangers speak is theirs.
        keeps: |script| {
            let script = rubbish(opened(told(script), Witness::Recording, 1, AT), true);
            let script = mapped(script, Witness::Told, AsyncNotify, towers(vec![tcp(AsyncNotify, 49670)], 0));
            bound(script, Witness::Told, AsyncNotify, AT, false)
        },
        breaks: |script| rubbish(opened(told(script), Witness::Told, 1, AT), true),
        also: &[],
    },
    Case {
        rule: ASKS,
        requirement: "PAN-2.1-02",
        verdict: Fail,
        keeps: |script| {
            let script = mapped(told(script), Witness::Told, AsyncNotify, towers(vec![tcp(AsyncNotify, 49670)], 0));
            bound(script, Witness::Told, AsyncNotify, AT, false)
        },
        breaks: |script| bound(told(script), Witness::Told, AsyncNotify, AT, false),
        also: &[],
    },
    Case {
        rule: ASKS,
        requirement: "PAN-3.2.1.3-01",
        verdict: Fail,
        // The interfaces may share an endpoint, a host has several addresses, and ept_lookup tells as well.
        keeps: |script| {
            let script = looked_up(told(script), Witness::Told, vec![tcp(AsyncNotify, 49670)]);
            bound(script, Witness::Told, RemoteObject, "192.168.0.1:49670", false)
        },
        breaks: |script| {
            let script = mapped(told(script), Witness::Told, AsyncNotify, towers(vec![tcp(AsyncNotify, 49670)], 0));
            bound(script, Witness::Told, AsyncNotify, "10.0.0.1:49671", false)
        },
        also: &[],
    },
    Case {
        rule: ASKS,
        requirement: "PAN-3.2.1.3-01",
        verdict: Inconclusive,
        keeps: |script| {
            let script = mapped(script, Witness::Recording, AsyncNotify, towers(vec![tcp(AsyncNotify, 49670)], 0));
            bound(script, Witness::Recording, AsyncNotify, AT, false)
        },
        breaks: |script| {
            let script = mapped(script, Witness::Recording, AsyncNotify, towers(vec![tcp(AsyncNotify, 49670)], 0));
            bound(script, Witness::Recording, AsyncNotify, "10.0.0.1:49671", false)
        },
        also: &[],
    },
    // More endpoints than are remembered: the client may have been given the one that it goes to.
    Case {
        rule: ASKS,
        requirement: "PAN-3.2.1.3-01",
        verdict: Inconclusive,
        keeps: |script| bound(very_many(told(script)), Witness::Told, AsyncNotify, "10.0.0.1:4096", false),
        breaks: |script| bound(very_many(told(script)), Witness::Told, AsyncNotify, "10.0.0.1:4097", false),
        also: &[],
    },
];

/// What says nothing: a recording without the mapper, of a server that does not run, of one that is asked for what it may lack.
#[rstest::rstest]
#[case::no_mapper(|script| bound(script, Witness::Recording, AsyncNotify, AT, false))]
#[case::no_mapper_was_offered(|script| bound(script, Witness::Told, AsyncNotify, AT, false))]
#[case::not_running(|script| mapped(script, Witness::Recording, AsyncNotify, towers(Vec::new(), NOT_REGISTERED)))]
#[case::pipe_asked_for(|script| {
    let question = MapRequest { map_tower: Some(pipe(AsyncNotify)), max_towers: 4, ..MapRequest::default() };
    let script = asks(script, Witness::Harness, Question::Map(question));
    answers(script, towers(Vec::new(), NOT_REGISTERED), Vec::new())
})]
#[case::no_room(|script| {
    let question = MapRequest { map_tower: Some(tcp(AsyncNotify, 0)), max_towers: 0, ..MapRequest::default() };
    let script = asks(script, Witness::Harness, Question::Map(question));
    answers(script, towers(Vec::new(), NOT_REGISTERED), Vec::new())
})]
#[case::unreachable_without_a_mapping(|script| unreachable(script, AT))]
fn says_nothing(#[case] write: fn(Script) -> Script) {
    let rules = [TOWERS, KNOWS, TAKES, FORMAT, ASKS].map(|id| conformance::rules::rule(id).unwrap());
    let report = write(Script::new()).judge(rules);
    let said: Vec<_> = report.findings.iter().map(crate::case::shown).collect();
    assert!(said.is_empty(), "{said:#?}");
}
