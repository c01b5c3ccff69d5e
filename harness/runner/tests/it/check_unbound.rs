//! Captures that begin when connections had been bound already.

use std::sync::Arc;

use dcerpc::TransferSyntax;
use mspan::method::{CreateIn, DeleteIn, GetNotificationIn, In, Out, RegisterClientIn, UnregisterClientIn};
use mspan::{ConversationStyle, NotificationType, UserFilter};
use peer::Tap;
use peer::client::{Association, Call, Choice, Options, Outcome};
use peer::server::{Accepted, Server, ServerOptions};
use peer::transport::DuplexConnector;
use rstest::rstest;
use runner::report::{Results, Severity};
use trace::stimulus::{Audience, Request};
use trace::{ConnectionId, Direction, End, Entry, Seen};
use uuid::Uuid;

use crate::check_capture::{Wire, checked, file};

const TYPE: NotificationType = NotificationType(Uuid::from_u128(0x1111_2222_3333_4444_8555_6666_7777_8888));

/// What a client does on its second connection, whose bind the capture may lack.
const SECOND: ConnectionId = ConnectionId(1);

/// Create and Delete on one connection, the rest on a second one of the association.
async fn conversation(syntax: TransferSyntax) -> Vec<Entry> {
    let (server, tap) = (Server::new(ServerOptions { seed: Some(1), ..ServerOptions::default() }), Tap::new());
    let serving = server.clone();
    let connector = DuplexConnector::new("10.0.0.1:49670", move |link| {
        let server = serving.clone();
        tokio::spawn(async move {
            let accepted = Accepted { client: link.client.clone(), server: link.server.clone(), ..Accepted::default() };
            server.serve_connection(link.into_stream(), accepted).await
        });
    });
    let options = Options { transfer_syntaxes: vec![syntax], ..Options::default() };
    let association = Association::new(Arc::new(connector), tap.clone(), options);
    let call = async |connection: &str, input: In| {
        let method = input.method();
        let call = Call { connection: Choice::Named(connection.into()), ..Call::method(method, input) };
        match association.call(&call).await {
            Outcome::Returned { stub, format } => Out::decode(method, stub, format).unwrap().value,
            other => panic!("{method}: {other:?}"),
        }
    };
    let Out::Create(created) = call("one", In::Create(CreateIn)).await else { panic!("no handle") };
    let (registration_obj, style) = (created.remote_obj, ConversationStyle::UNIDIRECTIONAL);
    let filter = UserFilter::ALL_USERS;
    let register =
        RegisterClientIn { registration_obj, notification_type: TYPE, filter, style, ..RegisterClientIn::default() };
    call("two", In::RegisterClient(register)).await;
    for text in ["first", "second"] {
        let audience = Audience { notification_type: TYPE.0, filter: filter.0, user: None, printer: None };
        let _ = server.source(Request::Notify { audience, data: text.into() });
        call("two", In::GetNotification(GetNotificationIn { remote_obj: registration_obj })).await;
    }
    call("two", In::UnregisterClient(UnregisterClientIn { registration_obj })).await;
    call("one", In::Delete(DeleteIn { remote_obj: registration_obj })).await;
    association.close_all().await;
    tap.end(End::Complete);
    tap.take()
}

/// As captured, without the first packets of the second connection.
fn captured(entries: &[Entry], missed: usize) -> Vec<u8> {
    let mut wire = Wire::new();
    let mut packets = 0;
    let mut packet = |connection: ConnectionId, up: bool, flags: &str, payload: &[u8]| {
        let before = wire.file.len();
        wire.packet(connection.0, up, flags, payload);
        packets += usize::from(connection == SECOND);
        if connection == SECOND && packets <= missed {
            wire.file.truncate(before);
        }
    };
    for entry in entries {
        match &entry.seen {
            Seen::Opened(opened) => {
                packet(opened.connection, true, "S1", b"");
                packet(opened.connection, false, "S", b"");
            }
            Seen::Octets(seen) => packet(seen.connection, seen.direction == Direction::ToServer, "", &seen.octets),
            Seen::Closed(closed) => {
                packet(closed.connection, true, "F", b"");
                packet(closed.connection, false, "F", b"");
            }
            _ => {}
        }
    }
    wire.file
}

/// What `check` says without those packets.
fn judged(entries: &[Entry], name: &str, missed: usize) -> Results {
    checked(&file(&format!("unbound-{name}-{missed}.pcap"), &captured(entries, missed)), "").0
}

fn accused(results: &Results) -> Vec<String> {
    let grave = results.scenarios[0].findings.iter().filter(|finding| finding.verdict >= Severity::Warn);
    grave.map(|finding| finding.rule.clone()).collect()
}

/// The calls of a connection whose bind is not in the capture are judged once a handle of the association betrays it, in the
/// transfer syntax that they show.
#[rstest]
#[tokio::test(start_paused = true)]
async fn a_connection_is_known_by_a_handle(
    #[values(TransferSyntax::Ndr, TransferSyntax::Ndr64)] syntax: TransferSyntax,
    // The two that open it, bind and bind_ack; then RegisterClient and its answer, too.
    #[values((4, 6, 6), (6, 5, 5))] (missed, calls, answered): (usize, u64, u64),
) {
    let entries = conversation(syntax).await;
    let name = format!("{syntax:?}-{missed}");
    let whole = judged(&entries, &name, 0);
    let results = judged(&entries, &name, missed);
    let scenario = &results.scenarios[0];
    let found = scenario.witnessed.as_ref().unwrap();
    assert!(
        scenario.notes.contains(&"1 connection of MS-PAN without the bind, known by a handle".to_owned()),
        "{scenario:#?}"
    );
    assert_eq!((found.calls, found.answered), (calls, answered), "{found:#?}");
    assert!(accused(&results).iter().all(|rule| accused(&whole).contains(rule)), "{scenario:#?}");
}

/// Wherever the capture of a connection begins, as long as a call is left that names a handle, nobody is accused of what the
/// whole one does not show.
#[rstest]
#[tokio::test(start_paused = true)]
async fn wherever_it_begins_nobody_is_accused(
    #[values(TransferSyntax::Ndr, TransferSyntax::Ndr64)] syntax: TransferSyntax,
) {
    let entries = conversation(syntax).await;
    let name = format!("any-{syntax:?}");
    let whole = accused(&judged(&entries, &name, 0));
    for missed in 1..11 {
        let results = judged(&entries, &name, missed);
        assert!(accused(&results).iter().all(|rule| whole.contains(rule)), "{missed}: {:#?}", results.scenarios[0]);
    }
}
