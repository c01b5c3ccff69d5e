//! The server behind PDUs.

use bytes::Bytes;
use dcerpc::connection::client::{Client, Event, Options};
use dcerpc::ndr::{Conformant, Format, WideString};
use dcerpc::pdu::{Body, ContextElement, Flags, Pdu};
use dcerpc::{ByteOrder, ContextHandle, TransferSyntax};
use mspan::method::{CloseChannelIn, DeleteIn, GetNotificationIn, In, Out, RegisterClientIn, UnregisterClientIn};
use mspan::{ConversationStyle, Hresult, Interface, Method, NotificationType};
use peer::server::{Accepted, Identity, Server, ServerOptions, fault};
use peer::{Misbehaviour, Variant};
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use trace::stimulus::{Answer, Audience, Request};

use crate::line::Line;

fn server(misbehaviour: Option<Misbehaviour>) -> Server {
    Server::new(ServerOptions { seed: Some(1), misbehaviour, ..ServerOptions::default() })
}

async fn open(server: &Server) -> Line<DuplexStream> {
    Line::open(server, Accepted::default(), 0, TransferSyntax::Ndr).await
}

async fn create<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(line: &mut Line<S>) -> ContextHandle {
    match line.call(In::new(Method::Create)).await {
        Ok(Out::Create(out)) if out.status == Hresult::OK => out.remote_obj,
        other => panic!("Create: {other:?}"),
    }
}

fn register(registration_obj: ContextHandle) -> In {
    In::RegisterClient(RegisterClientIn {
        registration_obj,
        notification_type: NotificationType::ASYNC_UI,
        style: ConversationStyle::UNIDIRECTIONAL,
        ..RegisterClientIn::default()
    })
}

fn get(remote_obj: ContextHandle) -> In {
    In::GetNotification(GetNotificationIn { remote_obj })
}

fn notify(user: Option<&str>, data: &'static [u8]) -> Request {
    Request::Notify {
        audience: Audience {
            notification_type: NotificationType::ASYNC_UI.0,
            filter: u32::from(user.is_none()),
            user: user.map(str::to_owned),
            printer: None,
        },
        data: Bytes::from_static(data),
    }
}

fn status(outcome: Result<Out, u32>) -> Hresult {
    match outcome {
        Ok(Out::RegisterClient(out)) => out.status,
        Ok(Out::UnregisterClient(out)) => out.status,
        other => panic!("no status expected: {other:?}"),
    }
}

fn data(outcome: Result<Out, u32>) -> Bytes {
    match outcome {
        Ok(Out::GetNotification(out)) if out.status == Hresult::OK => out.notification_data.unwrap().elements,
        other => panic!("no notification: {other:?}"),
    }
}

#[rstest]
#[case::ndr(TransferSyntax::Ndr)]
#[case::ndr64(TransferSyntax::Ndr64)]
#[tokio::test(start_paused = true)]
async fn calls_overtake_a_blocked_one(#[case] syntax: TransferSyntax) {
    let server = server(None);
    let mut line = Line::open(&server, Accepted::default(), 0, syntax).await;
    let object = create(&mut line).await;
    assert_eq!(status(line.call(register(object)).await), Hresult::OK);
    let blocked = line.start(&get(object)).await;
    create(&mut line).await;
    assert_eq!(server.source(notify(None, b"one")), Answer::Done);
    let (finished, outcome) = line.finish().await;
    assert_eq!((finished, data(outcome)), (blocked, Bytes::from_static(b"one")));
    let blocked = line.start(&get(object)).await;
    line.start(&In::UnregisterClient(UnregisterClientIn { registration_obj: object })).await;
    assert_eq!(line.finish().await, (blocked, Err(Hresult::NOTIFICATIONS_TERMINATED.0)));
    assert_eq!(status(line.finish().await.1), Hresult::OK);
    assert!(
        matches!(line.call(In::Delete(DeleteIn { remote_obj: object })).await, Ok(Out::Delete(out)) if out.remote_obj.is_null())
    );
}

#[tokio::test(start_paused = true)]
async fn handles_belong_to_an_association() {
    let server = server(None);
    let mut first = open(&server).await;
    let object = create(&mut first).await;
    let association = first.client.association();
    let mut second = Line::open(&server, Accepted::default(), association, TransferSyntax::Ndr).await;
    let mut stranger = open(&server).await;
    assert_eq!(stranger.call(register(object)).await, Err(fault::CONTEXT_MISMATCH));
    assert_eq!(status(second.call(register(object)).await), Hresult::OK);
    drop(first);
    let blocked = second.start(&get(object)).await;
    assert_eq!(server.source(notify(None, b"one")), Answer::Done);
    assert_eq!(second.finish().await.0, blocked);
    drop(second);
    while server.connections() > 1 {
        tokio::task::yield_now().await;
    }
    let (near, far) = tokio::io::duplex(0x1000);
    let serving = server.clone();
    tokio::spawn(async move { serving.serve_connection(far, Accepted::default()).await });
    let refused = Line::bind(near, association, TransferSyntax::Ndr).await.err().flatten();
    assert!(matches!(refused, Some(Event::BindRefused(_))), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn users_are_those_of_their_connections() {
    let server = server(None);
    let accepted = |user| Accepted { identity: Some(Identity::user(user, false)), ..Accepted::default() };
    let mut alice = Line::open(&server, accepted("alice"), 0, TransferSyntax::Ndr).await;
    let mut bob = Line::open(&server, accepted("bob"), 0, TransferSyntax::Ndr).await;
    for line in [&mut alice, &mut bob] {
        let object = create(line).await;
        assert_eq!(status(line.call(register(object)).await), Hresult::OK);
        line.start(&get(object)).await;
    }
    // The answer to a later call shows that the blocked one was taken in.
    create(&mut alice).await;
    create(&mut bob).await;
    assert_eq!(server.source(notify(Some("bob"), b"for bob")), Answer::Done);
    assert_eq!(server.source(notify(None, b"for all")), Answer::Done);
    assert_eq!(data(alice.finish().await.1), b"for all"[..]);
    assert_eq!(data(bob.finish().await.1), b"for bob"[..]);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_ends_with_a_fault() {
    let server = server(None);
    let mut line = open(&server).await;
    let object = create(&mut line).await;
    line.call(register(object)).await.unwrap();
    let blocked = line.start(&get(object)).await;
    line.client.cancel(blocked);
    assert_eq!(line.finish().await, (blocked, Err(fault::CANCELLED)));
    let blocked = line.start(&get(object)).await;
    line.client.orphan(blocked);
    let again = line.start(&get(object)).await;
    create(&mut line).await;
    assert_eq!(server.source(notify(None, b"one")), Answer::Done);
    assert_eq!(line.finish().await.0, again);
}

/// Variants below the methods: the same conversation in another dress.
#[rstest]
#[case(Variant::BigEndian, TransferSyntax::Ndr)]
#[case(Variant::BigEndian, TransferSyntax::Ndr64)]
#[case(Variant::SmallFragments, TransferSyntax::Ndr)]
#[case(Variant::NdrOnly, TransferSyntax::Ndr)]
#[case(Variant::NoMultiplexing, TransferSyntax::Ndr)]
#[tokio::test(start_paused = true)]
async fn variants_on_the_wire(#[case] variant: Variant, #[case] syntax: TransferSyntax) {
    let server = Server::new(ServerOptions { variant: Some(variant), ..ServerOptions::default() });
    let mut line = Line::open(&server, Accepted::default(), 0, syntax).await;
    assert_eq!(line.client.is_multiplexed(), variant != Variant::NoMultiplexing);
    let object = create(&mut line).await;
    line.call(register(object)).await.unwrap();
    assert_eq!(server.source(notify(None, b"one")), Answer::Done);
    line.start(&get(object)).await;
    let Some(Event::Returned(returned)) = line.event().await else { panic!("no response") };
    assert_eq!(returned.order == ByteOrder::Big, variant == Variant::BigEndian);
    let format = Format { syntax, order: returned.order };
    assert_eq!(data(Ok(Out::decode(Method::GetNotification, returned.stub, format).unwrap().value)), b"one"[..]);
    let ndr64 = Line::open(&server, Accepted::default(), 0, TransferSyntax::Ndr64).await;
    let offered = ndr64.client.context_for(Interface::AsyncNotify.id());
    assert_eq!(offered.is_none(), variant == Variant::NdrOnly);
}

/// A document of more than a fragment, both ways.
#[tokio::test(start_paused = true)]
async fn long_stubs_cross_in_fragments() {
    let server = server(None);
    let mut line = open(&server).await;
    let object = create(&mut line).await;
    let name = WideString::new(&format!(r"\\srv\{}", "q".repeat(9000)));
    let input = match register(object) {
        In::RegisterClient(input) => In::RegisterClient(RegisterClientIn { name: Some(name), ..input }),
        other => other,
    };
    assert_eq!(status(line.call(input).await), Hresult::OK);
    let other = create(&mut line).await;
    line.call(register(other)).await.unwrap();
    assert_eq!(server.source(notify(None, &[7; 70_000])), Answer::Done);
    assert_eq!(data(line.call(get(other)).await), [7; 70_000][..]);
}

fn bad_string(registration_obj: ContextHandle) -> Bytes {
    let mut name = WideString::new(r"\\srv\q");
    name.max_count = 1;
    let input = RegisterClientIn { registration_obj, name: Some(name), ..RegisterClientIn::default() };
    In::RegisterClient(input).encode(Format::default())
}

fn close(in_size: u32, reason: Option<&'static [u8]>) -> Bytes {
    let reason = reason.map(|octets| Conformant::from(Bytes::from_static(octets)));
    In::CloseChannel(CloseChannelIn { in_size, reason, ..CloseChannelIn::default() }).encode(Format::default())
}

#[rstest]
#[case::opnum_2(Method::RegisterClient, 2, Bytes::new(), fault::OPERATION_RANGE)]
#[case::opnum_7(Method::RegisterClient, 7, Bytes::new(), fault::OPERATION_RANGE)]
#[case::opnum_2_of_remote_object(Method::Create, 2, Bytes::new(), fault::OPERATION_RANGE)]
#[case::short(Method::Delete, 1, Bytes::from_static(&[0; 16]), fault::BAD_STUB_DATA)]
#[case::string(Method::RegisterClient, 0, bad_string(ContextHandle::NULL), fault::BAD_STUB_DATA)]
#[case::null_with_size(Method::CloseChannel, 6, close(4, None), fault::BAD_STUB_DATA)]
#[case::size_and_count_differ(Method::CloseChannel, 6, close(1, Some(b"abcd")), fault::BAD_STUB_DATA)]
#[case::null_handle(Method::CloseChannel, 6, close(4, Some(b"abcd")), fault::CONTEXT_MISMATCH)]
#[tokio::test(start_paused = true)]
async fn bad_requests_get_faults(#[case] method: Method, #[case] opnum: u16, #[case] stub: Bytes, #[case] status: u32) {
    let mut line = open(&server(None)).await;
    let call_id = line.start_raw(method, opnum, stub).await;
    assert_eq!(line.finish().await, (call_id, Err(status)));
    create(&mut line).await;
}

#[tokio::test]
async fn a_shutdown_closes_the_listener() {
    let server = server(None);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = server.clone();
    let listening = tokio::spawn(async move { serving.listen(listener).await });
    let stream = TcpStream::connect(address).await.unwrap();
    let mut line = Line::bind(stream, 0, TransferSyntax::Ndr).await.unwrap();
    let object = create(&mut line).await;
    line.call(register(object)).await.unwrap();
    let blocked = line.start(&get(object)).await;
    create(&mut line).await;
    assert_eq!(server.source(Request::Shutdown), Answer::Done);
    assert_eq!(line.finish().await, (blocked, Err(Hresult::NOTIFICATIONS_TERMINATED.0)));
    drop(line);
    listening.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

/// What the misbehaviours below the methods do to a client that makes one call, or sends an opnum with a stub.
#[rstest]
#[case(Misbehaviour::ShortDeleteAccepted, Method::Delete, Some((1, vec![1; 16])), "20 octets")]
#[case(Misbehaviour::CreateAndDeleteSwapped, Method::Delete, None, "24 octets")]
#[case(Misbehaviour::ReservedOpnumSkipped, Method::GetNewChannel, Some((6, vec![0; 20])), "fault 0x1c010002")]
#[case(Misbehaviour::OperationRangeNotChecked, Method::Create, Some((2, vec![])), "24 octets")]
#[case(Misbehaviour::StubNotChecked, Method::RegisterClient, Some((0, bad_string(ContextHandle::NULL).to_vec())), "fault 0x1c00001a")]
#[case(Misbehaviour::NullPointerWithSizeAccepted, Method::CloseChannel, Some((6, close(4, None).to_vec())), "fault 0x1c00001a")]
#[case(Misbehaviour::ForeignCallId, Method::Create, None, "foreign call_id")]
#[case(Misbehaviour::WrongFragLength, Method::Create, None, "20 octets")]
#[case(Misbehaviour::HalfResponse, Method::Create, None, "closed inside a PDU")]
#[case(Misbehaviour::Rubbish, Method::Create, None, "malformed")]
#[case(Misbehaviour::ClosesInMidCall, Method::Delete, None, "closed")]
#[case(Misbehaviour::NeverAnswers, Method::Create, None, "pending")]
#[tokio::test(start_paused = true)]
async fn misbehaviours_on_the_wire(
    #[case] misbehaviour: Misbehaviour,
    #[case] method: Method,
    #[case] raw: Option<(u16, Vec<u8>)>,
    #[case] expected: &str,
) {
    let mut line = open(&server(Some(misbehaviour))).await;
    let (opnum, stub) = raw.unwrap_or_else(|| (method.opnum(), In::new(method).encode(Format::default()).to_vec()));
    line.start_raw(method, opnum, stub.into()).await;
    let waiting = tokio::time::timeout(std::time::Duration::from_secs(60), line.event()).await;
    let seen = match waiting {
        Err(_) => "pending".to_owned(),
        Ok(event) => describe(event.as_ref(), line.client.pending()),
    };
    assert_eq!(seen, expected);
}

#[tokio::test(start_paused = true)]
async fn delete_can_return_a_result() {
    let mut line = open(&server(Some(Misbehaviour::DeleteReturnsResult))).await;
    let object = create(&mut line).await;
    line.start(&In::Delete(DeleteIn { remote_obj: object })).await;
    assert_eq!(describe(line.event().await.as_ref(), 0), "24 octets");
}

fn describe(event: Option<&Event>, pending: usize) -> String {
    match event {
        None if pending > 0 => "closed inside a PDU".to_owned(),
        None => "closed".to_owned(),
        Some(Event::Returned(returned)) => format!("{} octets", returned.stub.len()),
        Some(Event::Fault(fault)) => format!("fault {:#010x}", fault.status),
        Some(Event::Malformed { .. }) => "malformed".to_owned(),
        Some(Event::ForeignCallId { .. }) => "foreign call_id".to_owned(),
        Some(other) => format!("{other:?}"),
    }
}

/// A bind and a Create, whole.
fn conversation() -> Vec<u8> {
    let mut client = Client::new(Options::default());
    let contexts = vec![ContextElement::new(0, Interface::RemoteObject.id(), TransferSyntax::Ndr.id())];
    client.bind(contexts, 0).unwrap();
    let request = dcerpc::pdu::Request { context_id: 0, opnum: 0, ..Default::default() };
    let request = Pdu::new(Body::Request(request), Flags::WHOLE, ByteOrder::Little, 2).encode();
    [client.take_output().unwrap(), request].concat()
}

/// Octets from outside are hostile: whichever is changed, and wherever they end, the server goes on.
#[tokio::test(start_paused = true)]
async fn damaged_octets_hurt_nobody_else() {
    let server = server(None);
    let good = conversation();
    let damaged = (0..good.len()).flat_map(|at| {
        let changed = [0x00, 0x01, 0x7F, 0x80, 0xFF].map(|octet| {
            let mut octets = good.clone();
            octets[at] = octet;
            octets
        });
        changed.into_iter().chain([good[..at].to_vec()])
    });
    for octets in damaged.collect::<Vec<_>>() {
        let (mut near, far) = tokio::io::duplex(0x1000);
        let serving = server.clone();
        let served = tokio::spawn(async move { serving.serve_connection(far, Accepted::default()).await });
        let sent = near.write_all(&octets).await;
        assert!(sent.is_ok() || served.is_finished());
        near.shutdown().await.unwrap();
        let mut answers = Vec::new();
        near.read_to_end(&mut answers).await.unwrap();
        served.await.unwrap().unwrap();
    }
    assert_eq!(server.connections(), 0);
    create(&mut open(&server).await).await;
}
