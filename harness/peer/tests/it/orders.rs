//! Orders: what a server is told to answer.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dcerpc::TransferSyntax;
use dcerpc::connection::client::Event;
use mspan::method::{Field, In, Out};
use mspan::{Hresult, Method};
use peer::Tap;
use peer::client::{Alteration, Cut, Then};
use peer::server::{Accepted, Note, Order, Reply, Script, Scripted, Server, ServerOptions, StubEdit};
use rstest::rstest;
use tokio::io::DuplexStream;
use tokio::time::Instant;
use trace::{ConnectionId, Mark, Seen};

use crate::line::Line;

/// An order for the next Create.
fn order(reply: Reply) -> Order {
    Order {
        method: Method::Create,
        fits: Arc::new(|_| true),
        times: Some(1),
        processed: false,
        late: Duration::ZERO,
        reply,
        stub: StubEdit::default(),
        alteration: None,
        note: Note { step: "answer Create".to_owned(), line: 7, violates: vec!["PAN-3.1.2.4.1-01".to_owned()] },
    }
}

async fn open(order: Order) -> (Line<DuplexStream>, Scripted, Script, Tap) {
    let (script, tap) = (Script::new(), Tap::new());
    script.push(order);
    let scripted = Scripted::new(script.clone(), tap.clone(), ConnectionId(3));
    let accepted = Accepted { script: Some(scripted.clone()), ..Accepted::default() };
    let server = Server::new(ServerOptions { seed: Some(1), ..ServerOptions::default() });
    (Line::open(&server, accepted, 0, TransferSyntax::Ndr).await, scripted, script, tap)
}

async fn create(line: &mut Line<DuplexStream>) -> Result<Out, u32> {
    line.call(In::new(Method::Create)).await
}

fn status(outcome: &Result<Out, u32>) -> Option<(Hresult, bool)> {
    match outcome {
        Ok(Out::Create(out)) => Some((out.status, out.remote_obj.is_null())),
        _ => None,
    }
}

const FAILED: Hresult = Hresult::OUT_OF_MEMORY;

fn returned(status: Hresult) -> Reply {
    Reply::Returned(vec![("return", Field::Status(status))])
}

#[rstest]
#[case::own(order(Reply::Own), true, Some((Hresult::OK, false)))]
#[case::in_its_place(order(returned(FAILED)), false, Some((FAILED, true)))]
#[case::afterwards(order(returned(FAILED)), true, Some((FAILED, false)))]
#[tokio::test(start_paused = true)]
async fn an_order_is_for_one_call(
    #[case] order: Order,
    #[case] processed: bool,
    #[case] expected: Option<(Hresult, bool)>,
) {
    let (mut line, _, script, tap) = open(Order { processed, ..order }).await;
    assert_eq!(status(&create(&mut line).await), expected);
    assert_eq!(status(&create(&mut line).await), Some((Hresult::OK, false)), "the next is the server's own");
    assert_eq!(script.left_over(), Vec::<String>::new());
    let marks: Vec<_> = tap.take().into_iter().map(|entry| entry.seen).collect();
    let [Seen::Mark(Mark::Answer(mark))] = marks.as_slice() else { panic!("{marks:?}") };
    assert_eq!((mark.connection, mark.line, mark.violates.len()), (ConnectionId(3), 7, 1));
}

#[tokio::test(start_paused = true)]
async fn faults_are_what_the_order_says() {
    let (mut line, ..) = open(Order { times: Some(2), ..order(Reply::Fault(0x1C00_0012)) }).await;
    assert_eq!(create(&mut line).await, Err(0x1C00_0012));
    assert_eq!(create(&mut line).await, Err(0x1C00_0012));
    assert!(create(&mut line).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn only_calls_that_fit_are_answered_so() {
    let (mut line, _, script, _) = open(Order { fits: Arc::new(|_| false), ..order(Reply::Fault(1)) }).await;
    assert!(create(&mut line).await.is_ok());
    assert_eq!(script.left_over(), ["answer Create"]);
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_lets_others_pass() {
    let late = Duration::from_secs(30);
    let (mut line, ..) = open(Order { late, processed: true, ..order(Reply::Own) }).await;
    let begun = Instant::now();
    let first = line.start(&In::new(Method::Create)).await;
    let second = line.start(&In::new(Method::Create)).await;
    assert_eq!(line.finish().await.0, second);
    assert_eq!(line.finish().await.0, first);
    assert!((late..late + Duration::from_millis(10)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_never_answered_holds_up_nothing() {
    let (mut line, ..) = open(order(Reply::Nothing)).await;
    line.start(&In::new(Method::Create)).await;
    assert!(create(&mut line).await.is_ok());
}

#[rstest]
#[case::close(order(Reply::Close), false)]
#[case::reset(order(Reply::Reset), true)]
#[case::octets_cut_short(
    Order { alteration: Some(Alteration { cut: Some(Cut { octets: 10, then: Then::Reset }), ..Alteration::default() }), ..order(Reply::Own) },
    true
)]
#[tokio::test(start_paused = true)]
async fn a_connection_ends_in_place_of_an_answer(#[case] order: Order, #[case] reset: bool) {
    let (mut line, scripted, ..) = open(order).await;
    line.start(&In::new(Method::Create)).await;
    assert!(line.event().await.is_none(), "no answer");
    assert_eq!(scripted.is_reset(), reset);
}

#[rstest]
#[case::call_id(Alteration { call_id: Some(77), ..Alteration::default() })]
#[case::frag_length(Alteration { frag_length: Some(8), ..Alteration::default() })]
#[case::octets(Alteration { edits: vec![(0, Bytes::from_static(&[4]))], ..Alteration::default() })]
#[tokio::test(start_paused = true)]
async fn what_is_altered_is_no_answer(#[case] alteration: Alteration) {
    let (mut line, ..) = open(Order { processed: true, alteration: Some(alteration), ..order(Reply::Own) }).await;
    line.start(&In::new(Method::Create)).await;
    let event = line.event().await;
    assert!(matches!(event, Some(Event::Malformed { .. } | Event::ForeignCallId { .. })), "{event:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stub_is_edited() {
    let stub = StubEdit {
        truncate: 4,
        append: Bytes::from_static(&[1, 0, 0, 0, 9]),
        patch: Some((0, Bytes::from_static(&[5]))),
    };
    let (mut line, ..) = open(Order { processed: true, stub, ..order(Reply::Own) }).await;
    line.start(&In::new(Method::Create)).await;
    let Some(Event::Returned(returned)) = line.event().await else { panic!("no response") };
    assert_eq!((returned.stub.len(), returned.stub.first(), returned.stub.last()), (25, Some(&5), Some(&9)));
}
