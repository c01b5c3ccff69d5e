//! The endpoint mapper of the reference server, and the client that asks it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dcerpc::epm::{self, Floor, LookupRequest, LookupResponse, MapRequest, MapResponse, NOT_REGISTERED, Tower};
use dcerpc::ndr::Format;
use dcerpc::{ContextHandle, SyntaxId, TransferSyntax};
use mspan::{Interface, Method};
use peer::client::{Association, Call, Dial, Inquiry, MappedConnector, Mapper, Options, Outcome, Stub, Unmapped};
use peer::server::{Accepted, Server, ServerOptions};
use peer::transport::{Connector, DuplexConnector, Refusing};
use peer::{Misbehaviour, Tap, Variant};
use rstest::rstest;
use uuid::{Uuid, uuid};

const ASYNC_NOTIFY: SyntaxId = Interface::AsyncNotify.id();
const REMOTE_OBJECT: SyntaxId = Interface::RemoteObject.id();
const UNKNOWN: SyntaxId = SyntaxId::new(uuid!("7d9f0c1e-52a6-4be0-9f5c-3d1a2b4c5e6f"), 1, 0);
const PORT: u16 = 49670;
const LIMIT: Duration = Duration::from_secs(5);

/// A server in memory at that port, with its mapper at 135; nobody listens elsewhere.
fn dial(options: ServerOptions) -> Dial {
    let server = Server::new(ServerOptions { seed: Some(1), ..options });
    Arc::new(move |port| {
        let (server, name) = (server.clone(), format!("10.0.0.1:{port}"));
        if port != PORT && port != 135 {
            return Arc::new(Refusing::new(name));
        }
        Arc::new(DuplexConnector::new(name, move |link| {
            let server = server.clone();
            tokio::spawn(async move {
                let accepted =
                    Accepted { client: link.client.clone(), server: link.server.clone(), ..Accepted::default() };
                match port {
                    PORT => server.serve_connection(link.into_stream(), accepted).await,
                    _ => server.serve_mapper_connection(link.into_stream(), accepted, PORT).await,
                }
            });
        }))
    })
}

fn mapper(options: ServerOptions) -> Mapper {
    Mapper::new(dial(options)(135), Tap::off(), Options::default(), LIMIT)
}

fn badly(misbehaviour: Misbehaviour) -> ServerOptions {
    ServerOptions { misbehaviour: Some(misbehaviour), ..ServerOptions::default() }
}

fn not_registered() -> Unmapped {
    Unmapped::NotRegistered { mapper: "10.0.0.1:135".to_owned() }
}

#[rstest]
#[case::async_notify(ASYNC_NOTIFY)]
#[case::remote_object(REMOTE_OBJECT)]
#[tokio::test(start_paused = true)]
async fn the_mapper_knows_both_interfaces(#[case] interface: SyntaxId) {
    let endpoint = mapper(ServerOptions::default()).endpoint(interface).await.unwrap();
    assert_eq!((endpoint.port, endpoint.address), (PORT, [10, 0, 0, 1]));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_registered_is_not_found() {
    let mapper = mapper(ServerOptions::default());
    let (newer, major) = (SyntaxId::new(ASYNC_NOTIFY.uuid, 1, 1), SyntaxId::new(ASYNC_NOTIFY.uuid, 2, 0));
    for interface in [UNKNOWN, newer, major] {
        assert_eq!(mapper.endpoint(interface).await, Err(not_registered()), "{interface:?}");
    }
    let syntaxes = [ASYNC_NOTIFY, TransferSyntax::Ndr.id()].map(Floor::Syntax).into_iter();
    let pipe = [Floor::ConnectionOriented(0), Floor::NamedPipe(Bytes::from_static(b"\0"))];
    let pipe = Inquiry::Map(Tower { floors: syntaxes.chain(pipe).collect() });
    assert_eq!(mapper.ask(&pipe, None).await, Err(not_registered()));
    assert_eq!(mapper.ask(&Inquiry::Lookup(UNKNOWN), None).await, Err(not_registered()));
    assert_eq!(mapper.ask(&Inquiry::Lookup(major), None).await.map(|towers| towers.len()), Ok(1), "all versions");
}

#[rstest]
#[case::one_interface(Misbehaviour::RegistersOneInterfaceOnly, REMOTE_OBJECT, Err(not_registered()))]
#[case::a_pipe(Misbehaviour::OffersNamedPipeAlone, ASYNC_NOTIFY, Err(not_registered()))]
#[case::a_closed_port(Misbehaviour::MapsAClosedPort, ASYNC_NOTIFY, Ok(1))]
#[case::itself(Misbehaviour::MapsToTheMapper, ASYNC_NOTIFY, Ok(135))]
#[tokio::test(start_paused = true)]
async fn misbehaviours_show(
    #[case] misbehaviour: Misbehaviour,
    #[case] interface: SyntaxId,
    #[case] expected: Result<u16, Unmapped>,
) {
    assert_eq!(mapper(badly(misbehaviour)).endpoint(interface).await.map(|endpoint| endpoint.port), expected);
}

#[tokio::test(start_paused = true)]
async fn local_towers_come_beside_those_of_tcp() {
    let options = ServerOptions { variant: Some(Variant::LocalTowers), ..ServerOptions::default() };
    let mapper = mapper(options);
    let towers = mapper.ask(&Inquiry::Lookup(ASYNC_NOTIFY), None).await.unwrap();
    let ports: Vec<_> = towers.iter().map(|tower| tower.tcp_endpoint().map(|endpoint| endpoint.port)).collect();
    assert_eq!(ports, [None, Some(PORT)]);
    assert_eq!(mapper.endpoint(ASYNC_NOTIFY).await.map(|endpoint| endpoint.port), Ok(PORT));
}

/// A question below the client's own ones.
async fn ask(opnum: u16, stub: impl Into<Stub>) -> Outcome {
    let association = Association::new(dial(ServerOptions::default())(135), Tap::off(), Options::default());
    let outcome = association.call(&Call::new(epm::INTERFACE, opnum, stub)).await;
    association.close_all().await;
    outcome
}

fn map(max_towers: u32, entry_handle: ContextHandle) -> Bytes {
    let map_tower = Some(Mapper::open_tower(ASYNC_NOTIFY));
    MapRequest { map_tower, max_towers, entry_handle, ..MapRequest::default() }.encode(Format::default())
}

fn lookup(max_ents: u32, entry_handle: ContextHandle) -> Bytes {
    LookupRequest { inquiry_type: epm::ALL_ELEMENTS, max_ents, entry_handle, ..LookupRequest::default() }
        .encode(Format::default())
}

/// An answer that has no room for all gives a handle for the rest, by which the rest comes.
#[tokio::test(start_paused = true)]
async fn the_rest_of_an_answer_comes_by_its_handle() {
    let mut interfaces = Vec::new();
    let mut handle = ContextHandle::NULL;
    for _ in 0..2 {
        let Outcome::Returned { stub, format } = ask(epm::LOOKUP, lookup(1, handle)).await else { panic!("no answer") };
        let page = LookupResponse::decode(&stub, format).unwrap();
        assert_eq!((page.defects.len(), page.value.status, page.value.entries.max_count), (0, 0, 1));
        interfaces.extend(page.value.entries.elements.iter().filter_map(|entry| entry.tower.as_ref()?.interface()));
        handle = page.value.entry_handle;
    }
    assert_eq!((interfaces.len(), handle.is_null()), (2, true));
    assert!(interfaces.contains(&ASYNC_NOTIFY) && interfaces.contains(&REMOTE_OBJECT), "{interfaces:?}");
}

#[tokio::test(start_paused = true)]
async fn no_room_gives_no_tower() {
    let Outcome::Returned { stub, format } = ask(epm::MAP, map(0, ContextHandle::NULL)).await else {
        panic!("no answer")
    };
    let answer = MapResponse::decode(&stub, format).unwrap().value;
    assert_eq!((answer.num_towers, answer.entry_handle.is_null()), (0, true));
    assert_ne!((answer.status, NOT_REGISTERED), (0, answer.status));
}

const FOREIGN: ContextHandle = ContextHandle::new(Uuid::from_u128(7));

#[rstest]
#[case::foreign_handle(epm::MAP, map(4, FOREIGN), 0x1C00_001A)]
#[case::foreign_handle_of_lookup(epm::LOOKUP, lookup(4, FOREIGN), 0x1C00_001A)]
#[case::foreign_handle_is_not_freed(4, stub_of(FOREIGN), 0x1C00_001A)]
#[case::stub_cut_short(epm::MAP, map(4, ContextHandle::NULL).slice(..60), 0x6F7)]
#[case::tower_with_a_rest(epm::MAP, with_a_rest(), 0x6F7)]
#[case::nothing_at_all(epm::LOOKUP, Bytes::new(), 0x6F7)]
#[case::insert(0, Bytes::new(), 0x1C01_0002)]
#[case::beyond(9, Bytes::new(), 0x1C01_0002)]
#[tokio::test(start_paused = true)]
async fn hostile_questions_are_refused(#[case] opnum: u16, #[case] stub: Bytes, #[case] fault: u32) {
    match ask(opnum, stub).await {
        Outcome::Fault { status, .. } => assert_eq!(status, fault, "{status:#010x}"),
        other => panic!("{other:?}"),
    }
}

fn stub_of(handle: ContextHandle) -> Bytes {
    let mut writer = dcerpc::ndr::Writer::new(Format::default());
    writer.context_handle(handle);
    writer.finish()
}

/// A tower that says to have one floor less than it has.
fn with_a_rest() -> Bytes {
    let mut octets = map(4, ContextHandle::NULL).to_vec();
    let floors = octets.windows(2).position(|pair| pair == [5, 0]).unwrap();
    octets[floors] = 4;
    octets.into()
}

/// Both interfaces answer where the mapper leads.
#[tokio::test(start_paused = true)]
async fn a_mapped_connector_goes_where_the_mapper_leads() {
    let dial = dial(ServerOptions::default());
    let mapper = Mapper::new(dial(135), Tap::off(), Options::default(), LIMIT);
    let connector = Arc::new(MappedConnector::new(mapper, ASYNC_NOTIFY, dial));
    let association = Association::new(connector, Tap::off(), Options::default());
    let created = association.call(&Call::method(Method::Create, Bytes::new())).await;
    assert!(matches!(created, Outcome::Returned { .. }), "{created:?}");
}

#[tokio::test(start_paused = true)]
async fn a_mapped_connector_says_why_it_gets_nowhere() {
    let nobody: Arc<dyn Connector> = Arc::new(Refusing::new("10.0.0.1:135"));
    for (mapper, words) in [
        (nobody, "10.0.0.1:135: connection refused"),
        (dial(badly(Misbehaviour::OffersNamedPipeAlone))(135), "10.0.0.1:135 knows no such interface"),
    ] {
        let mapper = Mapper::new(mapper, Tap::off(), Options::default(), LIMIT);
        let connector = MappedConnector::new(mapper, ASYNC_NOTIFY, dial(ServerOptions::default()));
        let error = connector.connect().await.map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}
