//! The management interface of the reference server.

use std::sync::Arc;

use bytes::Bytes;
use dcerpc::mgmt::{
    self, InqIfIdsResponse, InqPrincNameRequest, InqPrincNameResponse, InqStatsRequest, InqStatsResponse,
    IsServerListeningResponse, StopServerListeningResponse,
};
use dcerpc::ndr::Format;
use dcerpc::{Decoded, SyntaxId, TransferSyntax, epm};
use mspan::{Interface, Method};
use peer::client::{Association, Call, Options, Outcome};
use peer::server::{Accepted, Server, ServerOptions};
use peer::transport::DuplexConnector;
use peer::{Tap, Variant};
use rstest::rstest;

/// A client of a server's port, or of its endpoint mapper's.
fn client(server: &Server, of_mapper: bool) -> Association {
    let server = server.clone();
    let connector = DuplexConnector::new("10.0.0.1:49670", move |link| {
        let server = server.clone();
        tokio::spawn(async move {
            let accepted = Accepted { client: link.client.clone(), server: link.server.clone(), ..Accepted::default() };
            match of_mapper {
                false => server.serve_connection(link.into_stream(), accepted).await,
                true => server.serve_mapper_connection(link.into_stream(), accepted, 49670).await,
            }
        });
    });
    Association::new(Arc::new(connector), Tap::off(), Options::default())
}

/// The stub of an answer, empty where the call failed.
async fn ask(association: &Association, opnum: u16, stub: Bytes) -> (Bytes, Format) {
    match association.call(&Call::new(mgmt::INTERFACE, opnum, stub)).await {
        Outcome::Returned { stub, format } => (stub, format),
        _ => (Bytes::new(), Format::default()),
    }
}

#[rstest]
#[case::of_the_server(false, Interface::ALL.map(Interface::id).to_vec())]
#[case::of_the_mapper(true, vec![epm::INTERFACE])]
#[tokio::test(start_paused = true)]
async fn interfaces_are_told(#[case] of_mapper: bool, #[case] mut expected: Vec<SyntaxId>) {
    let association = client(&Server::new(ServerOptions::default()), of_mapper);
    let (stub, format) = ask(&association, mgmt::INQ_IF_IDS, Bytes::new()).await;
    expected.push(mgmt::INTERFACE);
    let if_id_vector = Some(expected.into());
    assert_eq!(
        InqIfIdsResponse::decode(&stub, format),
        Ok(Decoded::clean(InqIfIdsResponse { if_id_vector, status: 0 }))
    );
}

/// In the byte order of the server, in either syntax.
#[rstest]
#[case::usual(None)]
#[case::big_endian(Some(Variant::BigEndian))]
#[case::ndr_only(Some(Variant::NdrOnly))]
#[tokio::test(start_paused = true)]
async fn it_listens_and_is_not_stopped(#[case] variant: Option<Variant>) {
    let server = Server::new(ServerOptions { variant, ..ServerOptions::default() });
    let association = client(&server, false);
    let (stub, format) = ask(&association, mgmt::IS_SERVER_LISTENING, Bytes::new()).await;
    let listening = IsServerListeningResponse { status: 0, listening: 1 };
    assert_eq!(IsServerListeningResponse::decode(&stub, format), Ok(Decoded::clean(listening)));
    let (stub, format) = ask(&association, mgmt::STOP_SERVER_LISTENING, Bytes::new()).await;
    let refused = StopServerListeningResponse { status: mgmt::OP_DISALLOWED };
    assert_eq!(StopServerListeningResponse::decode(&stub, format), Ok(Decoded::clean(refused)));
    let created = association.call(&Call::method(Method::Create, Bytes::new())).await;
    assert!(matches!(created, Outcome::Returned { .. }), "{created:?}");
}

#[tokio::test(start_paused = true)]
async fn calls_and_pdus_are_counted() {
    let server = Server::new(ServerOptions::default());
    let other = client(&server, false);
    other.call(&Call::method(Method::Create, Bytes::new())).await;
    let association = client(&server, false);
    let asked = |count| InqStatsRequest { count }.encode(Format::default());
    let mut found = Vec::new();
    for count in [9, 4, 1, 0] {
        let (stub, format) = ask(&association, mgmt::INQ_STATS, asked(count)).await;
        let decoded = InqStatsResponse::decode(&stub, format).unwrap();
        assert_eq!((decoded.defects.len(), decoded.value.status), (0, 0));
        found.push(decoded.value.statistics.elements);
    }
    // Of each connection a bind and its answer; a call is counted with its request before the answer is sent.
    assert_eq!(found, [vec![2, 0, 3, 3], vec![3, 0, 4, 4], vec![4], vec![]]);
}

#[tokio::test(start_paused = true)]
async fn it_is_under_no_principal() {
    let association = client(&Server::new(ServerOptions::default()), false);
    let asked = InqPrincNameRequest { authn_proto: 9, princ_name_size: 32 }.encode(Format::default());
    let (stub, format) = ask(&association, mgmt::INQ_PRINC_NAME, asked).await;
    let princ_name = Bytes::from_static(b"\0");
    let response = InqPrincNameResponse { max_count: 32, princ_name, status: mgmt::UNKNOWN_AUTHN_SERVICE };
    assert_eq!(InqPrincNameResponse::decode(&stub, format), Ok(Decoded::clean(response)));
}

fn no_room() -> Bytes {
    InqPrincNameRequest { authn_proto: 9, princ_name_size: 0 }
        .encode(Format::new(TransferSyntax::Ndr, Default::default()))
}

#[rstest]
#[case::unknown_opnum(5, Bytes::new(), 0x1C01_0002)]
#[case::no_count(mgmt::INQ_STATS, Bytes::new(), 0x6F7)]
#[case::no_room_for_a_name(mgmt::INQ_PRINC_NAME, no_room(), 0x6F7)]
#[tokio::test(start_paused = true)]
async fn hostile_questions_are_refused(#[case] opnum: u16, #[case] stub: Bytes, #[case] fault: u32) {
    let association = client(&Server::new(ServerOptions::default()), false);
    match association.call(&Call::new(mgmt::INTERFACE, opnum, stub)).await {
        Outcome::Fault { status, .. } => assert_eq!(status, fault, "{status:#010x}"),
        other => panic!("{other:?}"),
    }
}
