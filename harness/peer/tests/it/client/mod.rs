//! The client against a server whose answers are known.

mod echo_server;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dcerpc::connection::client;
use dcerpc::ndr::Format;
use dcerpc::pdu::{ContextElement, Flags, ResultCode};
use dcerpc::{ByteOrder, SyntaxId, TransferSyntax};
use echo_server::{BLOCK, CLOSE, ECHO, ECHO_AND_CLOSE, EchoServer, FAULT, FOREIGN, HALF, RELEASE, RUBBISH};
use mspan::Interface;
use peer::Tap;
use peer::client::{
    Adding, Alteration, Association, Binding, Call, Choice, Cut, Note, Options, Outcome, Refused, Then, Ticket,
};
use peer::transport::{Connector, TcpConnector};
use rstest::rstest;
use tokio::join;
use trace::{ConnectionEnd, Direction, Seen};
use uuid::Uuid;

const LIMIT: Duration = Duration::from_secs(10);

/// What carries the octets in a test.
#[derive(Clone, Copy, Debug)]
enum Over {
    /// Pipes in memory, in virtual time.
    Memory,
    /// TCP, in real time.
    Tcp,
}

/// Runs a test over one of the transports.
fn run<F: Future<Output = ()>>(over: Over, options: Options, multiplexing: bool, test: impl FnOnce(Parts) -> F) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().start_paused(matches!(over, Over::Memory));
    runtime.build().unwrap().block_on(async {
        let server = EchoServer::new(multiplexing);
        let connector: Arc<dyn Connector> = match over {
            Over::Memory => Arc::new(server.in_memory()),
            Over::Tcp => Arc::new(server.over_tcp().await),
        };
        let tap = Tap::new();
        let association = Association::new(connector, tap.clone(), options);
        test(Parts { server, tap, association }).await;
    });
}

struct Parts {
    server: EchoServer,
    tap: Tap,
    association: Association,
}

fn call(opnum: u16) -> Call {
    Call { limit: LIMIT, ..Call::new(Interface::AsyncNotify.id(), opnum, Bytes::from_static(b"12345678")) }
}

fn on(name: &str, opnum: u16) -> Call {
    Call { connection: Choice::Named(name.into()), ..call(opnum) }
}

fn returned(stub: &'static [u8]) -> Outcome {
    Outcome::Returned { stub: Bytes::from_static(stub), format: Format::default() }
}

fn multiplexing() -> Options {
    Options { connection: client::Options { multiplexing: true, ..client::Options::default() }, ..Options::default() }
}

#[rstest]
#[case::echo(ECHO, returned(b"12345678"))]
#[case::fault(FAULT, Outcome::Fault { status: 0x1C01_0002, did_not_execute: true })]
#[case::half(HALF, Outcome::Closed { offset: 80, pending: 16 })]
#[case::close(CLOSE, Outcome::Closed { offset: 80, pending: 0 })]
#[case::rubbish(RUBBISH, Outcome::Malformed { offset: 80, why: "offset 0x0: rpc_vers is 0x72, expected 5".into() })]
#[case::foreign(FOREIGN, Outcome::Malformed { offset: 80, why: "response with call_id 99, which is not outstanding".into() })]
#[case::blocked(BLOCK, Outcome::TimedOut)]
fn a_call_comes_back(#[values(Over::Memory, Over::Tcp)] over: Over, #[case] opnum: u16, #[case] expected: Outcome) {
    run(over, Options::default(), false, async |parts: Parts| {
        // Over TCP the time that a blocked call takes is real.
        let limit = if opnum == BLOCK { Duration::from_millis(50) } else { LIMIT };
        assert_eq!(parts.association.call(&Call { limit, ..call(opnum) }).await, expected);
        // Whatever came of it, the next call is made.
        assert_eq!(parts.association.call(&call(ECHO)).await, returned(b"12345678"));
    });
}

#[rstest]
fn a_blocked_call_is_overtaken_on_another_connection(#[values(Over::Memory, Over::Tcp)] over: Over) {
    run(over, Options::default(), false, async |Parts { association, tap, .. }| {
        let (block, release) = (call(BLOCK), call(RELEASE));
        let (blocked, ()) = join!(association.call(&block), async {
            while association.connections().is_empty() || association.id() == 0 {
                tokio::task::yield_now().await;
            }
            assert_eq!(association.call(&call(ECHO)).await, returned(b"12345678"));
            assert_eq!(association.call(&release).await, returned(b""));
        });
        assert_eq!(blocked, returned(b"released"));
        assert_eq!(association.connections(), ["1", "2"]);
        assert_eq!(association.id(), 1);
        drop(association);
        let ends = tap.take().into_iter().filter(|entry| matches!(entry.seen, Seen::Closed(_)));
        assert_eq!(ends.count(), 2);
    });
}

#[rstest]
fn calls_overlap_on_one_connection_when_granted(#[values(Over::Memory, Over::Tcp)] over: Over) {
    run(over, multiplexing(), true, async |Parts { association, .. }| {
        assert_eq!(association.call(&call(ECHO)).await, returned(b"12345678"));
        let (block, release) = (call(BLOCK), call(RELEASE));
        let outcomes = join!(association.call(&block), association.call(&block), association.call(&release));
        assert_eq!(outcomes, (returned(b"released"), returned(b"released"), returned(b"")));
        assert_eq!(association.connections(), ["1"]);
    });
}

#[test]
fn calls_do_not_overlap_when_not_granted() {
    run(Over::Memory, multiplexing(), false, async |Parts { association, .. }| {
        assert_eq!(association.call(&call(ECHO)).await, returned(b"12345678"));
        let (block, release) = (call(BLOCK), call(RELEASE));
        let outcomes = join!(association.call(&block), association.call(&release));
        assert_eq!(outcomes, (returned(b"released"), returned(b"")));
        assert_eq!(association.connections(), ["1", "2"]);
    });
}

#[rstest]
fn a_named_connection_is_waited_for(#[values(Over::Memory, Over::Tcp)] over: Over) {
    run(over, Options::default(), false, async |Parts { association, .. }| {
        assert_eq!(association.call(&on("a", ECHO)).await, returned(b"12345678"));
        let (block, echo, release) = (on("a", BLOCK), on("a", ECHO), on("b", RELEASE));
        let outcomes = join!(association.call(&block), association.call(&echo), association.call(&release));
        assert_eq!(outcomes, (returned(b"released"), returned(b"12345678"), returned(b"")));
        assert_eq!(association.connections(), ["a", "b"]);
    });
}

#[test]
fn dropping_a_call_leaves_it_under_way() {
    run(Over::Memory, Options::default(), false, async |Parts { association, .. }| {
        let block = call(BLOCK);
        assert_eq!(association.call(&call(ECHO)).await, returned(b"12345678"));
        tokio::select! {
            _ = association.call(&block) => panic!("it should block"),
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
        assert_eq!(association.call(&on("other", RELEASE)).await, returned(b""));
        // Its connection becomes free once the answer that nobody waits for has come.
        assert_eq!(association.call(&on("1", ECHO)).await, returned(b"12345678"));
    });
}

/// A waiter that reads is dropped; another one goes on reading for itself.
#[test]
fn dropping_the_reader_hands_reading_over() {
    run(Over::Memory, multiplexing(), true, async |Parts { association, .. }| {
        assert_eq!(association.call(&call(ECHO)).await, returned(b"12345678"));
        let (block, echo) = (call(BLOCK), call(RELEASE));
        let mut reader = Box::pin(association.call(&block));
        assert!(poll_for_long(reader.as_mut()).await.is_none());
        let mut other = Box::pin(association.call(&block));
        assert!(poll_for_long(other.as_mut()).await.is_none());
        drop(reader);
        let (other, echo) = join!(other, association.call(&echo));
        assert_eq!((other, echo), (returned(b"released"), returned(b"")));
    });
}

/// Lets a future run until nothing moves any more.
async fn poll_for_long<F: Future + Unpin>(future: F) -> Option<F::Output> {
    tokio::time::timeout(Duration::from_millis(1), future).await.ok()
}

#[rstest]
#[case::alter_context(Adding::AlterContext, &["1"])]
#[case::new_connection(Adding::NewConnection, &["1", "2"])]
fn a_second_interface_is_added(#[case] adding: Adding, #[case] connections: &[&str]) {
    run(Over::Memory, Options { adding, ..Options::default() }, false, async |Parts { association, .. }| {
        for interface in Interface::ALL {
            let call = Call { interface: interface.id(), ..call(ECHO) };
            assert_eq!(association.call(&call).await, returned(b"12345678"));
        }
        assert_eq!(association.connections(), connections);
    });
}

#[test]
fn an_unknown_interface_is_refused() {
    run(Over::Memory, Options::default(), false, async |Parts { association, .. }| {
        let unknown = Call { interface: SyntaxId::new(Uuid::nil(), 1, 0), ..call(ECHO) };
        let refused = Outcome::BindRefused(Refused::Context { result: ResultCode::PROVIDER_REJECTION, reason: 1 });
        assert_eq!(association.call(&unknown).await, refused);
        assert_eq!(association.connections(), [""; 0]);
        assert_eq!(association.call(&call(ECHO)).await, returned(b"12345678"));
        assert_eq!(association.call(&unknown).await, refused);
        assert_eq!(association.connections(), ["2"]);
    });
}

#[test]
fn any_contexts_can_be_bound() {
    run(Over::Memory, Options::default(), false, async |Parts { association, .. }| {
        let context = |id, syntax: TransferSyntax| ContextElement::new(id, Interface::AsyncNotify.id(), syntax.id());
        let binding = Binding {
            name: Some("odd".into()),
            contexts: vec![context(9, TransferSyntax::Ndr64), context(4, TransferSyntax::Ndr)],
            association: Some(77),
            limit: LIMIT,
            alteration: None,
        };
        let bound = association.bind(&binding).await.unwrap();
        let results: Vec<_> = bound.contexts.iter().map(|(_, result)| (result.result.0, result.reason)).collect();
        assert_eq!((bound.association, results), (77, vec![(2, 2), (0, 0)]));
        assert_eq!(association.call(&on("odd", ECHO)).await, returned(b"12345678"));

        let version = Alteration { version: Some((4, 0)), ..Alteration::default() };
        let nak = association.bind(&Binding { name: None, alteration: Some(version), ..binding }).await;
        assert_eq!(nak, Err(Outcome::BindRefused(Refused::Nak { reason: 4 })));
    });
}

const PROTO_ERROR: Outcome = Outcome::Fault { status: 0x1C01_000B, did_not_execute: false };

#[rstest]
#[case::small_fragments(Alteration { stub_octets_per_fragment: Some(1), ..Alteration::default() }, returned(b"12345678"))]
#[case::version(Alteration { version: Some((5, 1)), ..Alteration::default() }, PROTO_ERROR)]
#[case::call_id(Alteration { call_id: Some(70), ..Alteration::default() }, returned(b"12345678"))]
#[case::call_id_before(Alteration { call_id: Some(1), ..Alteration::default() }, PROTO_ERROR)]
#[case::context(
    Alteration { context_id: Some(9), ..Alteration::default() },
    Outcome::Fault { status: 0x1C01_0003, did_not_execute: true }
)]
#[case::alloc_hint_of_one_pdu(Alteration { alloc_hint: Some(9), ..Alteration::default() }, returned(b"12345678"))]
#[case::alloc_hint(
    Alteration { alloc_hint: Some(9), stub_octets_per_fragment: Some(4), ..Alteration::default() },
    PROTO_ERROR
)]
#[case::flags(Alteration { flags: Some(Flags::LAST), call_id: Some(200), ..Alteration::default() }, PROTO_ERROR)]
#[case::edit(Alteration { edits: vec![(24, Bytes::from_static(b"abc"))], ..Alteration::default() }, returned(b"abc45678"))]
#[case::long_frag_length(Alteration { frag_length: Some(33), ..Alteration::default() }, Outcome::TimedOut)]
#[case::short_frag_length(Alteration { frag_length: Some(15), ..Alteration::default() }, Outcome::Closed { offset: 88, pending: 0 })]
#[case::rubbish(
    Alteration { octets: Some(Bytes::from_static(b"rubbish")), ..Alteration::default() },
    Outcome::Closed { offset: 88, pending: 0 }
)]
fn a_call_can_be_wrong(
    #[values(Over::Memory, Over::Tcp)] over: Over,
    #[case] alteration: Alteration,
    #[case] expected: Outcome,
) {
    run(over, Options { features: None, ..Options::default() }, false, async |Parts { association, .. }| {
        let second = call(ECHO);
        // A call to begin with, so that call_ids have passed.
        assert_eq!(association.call(&second).await, returned(b"12345678"));
        let limit = if expected == Outcome::TimedOut { Duration::from_millis(50) } else { LIMIT };
        let outcome = association.call(&Call { alteration: Some(alteration), limit, ..call(ECHO) }).await;
        assert_eq!(outcome, expected);
        let again = association.call(&Call { connection: Choice::New, ..second }).await;
        assert_eq!(again, returned(b"12345678"));
    });
}

#[rstest]
#[case::close(Then::Close, "end with 20 octets pending")]
#[case::reset(Then::Reset, "end with 20 octets pending")]
fn a_call_can_break_off(#[values(Over::Memory, Over::Tcp)] over: Over, #[case] then: Then, #[case] said: &str) {
    run(over, Options::default(), false, async |Parts { association, server, tap }| {
        let cut = Alteration { cut: Some(Cut { octets: 20, then }), ..Alteration::default() };
        let outcome = association.call(&Call { alteration: Some(cut), ..call(ECHO) }).await;
        assert_eq!(outcome, Outcome::Dropped);
        server.noted().await;
        // After a reset TCP may throw away what the server has not read yet.
        let lost = matches!((over, then), (Over::Tcp, Then::Reset));
        assert!(lost || server.said() == [said], "{:?}", server.said());
        let ends = tap.take().into_iter().filter_map(|entry| match entry.seen {
            Seen::Closed(closed) => Some(matches!(closed.how, ConnectionEnd::Orderly { by: Direction::ToServer })),
            _ => None,
        });
        assert_eq!(ends.collect::<Vec<_>>(), [then == Then::Close]);
    });
}

#[rstest]
fn a_call_can_be_cancelled_and_given_up(#[values(Over::Memory, Over::Tcp)] over: Over) {
    run(over, Options::default(), false, async |Parts { association, server, .. }| {
        let ticket = Ticket::new();
        let block = Call { ticket: Some(ticket.clone()), ..call(BLOCK) };
        assert!(!association.cancel(&ticket, LIMIT).await);
        let (outcome, ()) = join!(association.call(&block), async {
            while !association.cancel(&ticket, LIMIT).await {
                tokio::task::yield_now().await;
            }
            assert!(association.orphan(&ticket, LIMIT).await);
        });
        assert_eq!(outcome, Outcome::Dropped);
        // The connection is kept, as the features say, and free at once.
        assert_eq!(association.call(&call(ECHO)).await, returned(b"12345678"));
        assert_eq!(association.connections(), ["1"]);
        assert_eq!(server.said(), ["Cancelled { call_id: 2 }", "Orphaned { call_id: 2 }"]);
    });
}

#[rstest]
fn the_end_of_an_idle_connection_is_seen(#[values(Over::Memory, Over::Tcp)] over: Over) {
    run(over, Options::default(), false, async |Parts { association, tap, .. }| {
        assert_eq!(association.call(&on("a", ECHO_AND_CLOSE)).await, returned(b"12345678"));
        assert_eq!(association.ended("a", LIMIT).await, Some(Outcome::Closed { offset: 112, pending: 0 }));
        assert_eq!(association.connections(), [""; 0]);
        let ends = tap.take().into_iter().filter_map(|entry| match entry.seen {
            Seen::Closed(closed) => Some(closed.how),
            _ => None,
        });
        assert_eq!(ends.collect::<Vec<_>>(), [ConnectionEnd::Orderly { by: Direction::ToClient }]);
        // The next call begins a new association.
        assert_eq!(association.call(&call(ECHO)).await, returned(b"12345678"));
        assert_eq!(association.id(), 2);
    });
}

#[rstest]
fn closing_wakes_who_waits(#[values(Over::Memory, Over::Tcp)] over: Over) {
    run(over, Options::default(), false, async |Parts { association, .. }| {
        assert_eq!(association.call(&on("a", ECHO)).await, returned(b"12345678"));
        let block = on("a", BLOCK);
        let (outcome, ()) = join!(association.call(&block), async {
            tokio::task::yield_now().await;
            assert!(association.close("a").await);
            assert!(!association.close("a").await);
        });
        assert_eq!(outcome, Outcome::Dropped);
        assert_eq!(association.ended("a", LIMIT).await, Some(Outcome::Dropped));
    });
}

#[tokio::test]
async fn nobody_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let connector = Arc::new(TcpConnector::new(address.clone()));
    let association = Association::new(connector, Tap::off(), Options::default());
    let Outcome::Unreachable { address: told, .. } = association.call(&call(ECHO)).await else {
        panic!("it should be unreachable");
    };
    assert_eq!(told, address);
}

#[test]
fn a_trace_tells_what_crossed() {
    run(Over::Memory, Options { actor: Some("alice".into()), ..Options::default() }, false, async |parts: Parts| {
        let note = Note { actor: "alice".into(), step: "call alice Echo".into(), line: 7, violates: vec![] };
        parts.association.call(&Call { note: Some(note), ..call(ECHO) }).await;
        parts.association.close_all().await;
        let seen = parts.tap.take().into_iter().map(|entry| match entry.seen {
            Seen::Opened(opened) => format!("opened {} {} {:?}", opened.client, opened.server, opened.actor),
            Seen::Octets(seen) => {
                format!("{:?} {} octets of PTYPE {}", seen.direction, seen.octets.len(), seen.octets[2])
            }
            Seen::Closed(closed) => format!("closed {:?}", closed.how),
            Seen::Mark(mark) => format!("{mark:?}"),
            other => panic!("{other:?}"),
        });
        insta::assert_snapshot!(seen.collect::<Vec<_>>().join("\n"));
    });
}

/// What crossed, one string of octets for each way.
fn crossed(tap: &Tap) -> [Vec<u8>; 2] {
    let mut crossed = [Vec::new(), Vec::new()];
    for entry in tap.take() {
        if let Seen::Octets(seen) = entry.seen {
            crossed[usize::from(seen.direction == Direction::ToClient)].extend_from_slice(&seen.octets);
        }
    }
    crossed
}

#[rstest]
fn both_ends_see_the_same(#[values(Over::Memory, Over::Tcp)] over: Over) {
    run(over, Options::default(), false, async |Parts { association, server, tap }| {
        let stub = Bytes::from(vec![7; 100_000]);
        for opnum in [ECHO, FAULT, ECHO_AND_CLOSE] {
            association.call(&Call { stub: stub.clone().into(), ..call(opnum) }).await;
        }
        assert!(association.ended("1", LIMIT).await.is_some());
        let (near, far) = (crossed(&tap), crossed(&server.tap));
        assert!(near == far, "{:?}", [near, far].map(|ways| ways.map(|octets| octets.len())));
    });
}

#[rstest]
#[case::server_closes(CLOSE, Direction::ToClient)]
#[case::client_closes(ECHO, Direction::ToServer)]
fn the_server_sees_who_closes(
    #[values(Over::Memory, Over::Tcp)] over: Over,
    #[case] opnum: u16,
    #[case] by: Direction,
) {
    run(over, Options::default(), false, async |Parts { association, server, .. }| {
        association.call(&call(opnum)).await;
        association.close_all().await;
        if by == Direction::ToServer {
            server.noted().await;
        }
        let ends = server.tap.take().into_iter().filter_map(|entry| match entry.seen {
            Seen::Closed(closed) => Some(closed.how),
            _ => None,
        });
        assert_eq!(ends.collect::<Vec<_>>(), [ConnectionEnd::Orderly { by }]);
    });
}

#[rstest]
#[case::big_endian(ByteOrder::Big, 4)]
#[case::little_endian(ByteOrder::Little, 1)]
fn long_stubs_cross(#[values(Over::Memory, Over::Tcp)] over: Over, #[case] order: ByteOrder, #[case] mebibytes: usize) {
    let connection = client::Options { order, ..client::Options::default() };
    run(over, Options { connection, ..Options::default() }, false, async |Parts { association, .. }| {
        let stub = Bytes::from(vec![7; mebibytes << 20]);
        let outcome = association.call(&Call { stub: stub.clone().into(), ..call(ECHO) }).await;
        assert_eq!(outcome, Outcome::Returned { stub, format: Format::default() });
    });
}
