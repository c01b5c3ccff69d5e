//! What is known of clients.

use conformance::event::{Event, Kind};
use conformance::model::client::{Belief, Parting};
use conformance::model::{Model, States};
use mspan::{Hresult, Method};
use rstest::rstest;
use trace::{ConnectionId, Direction, Vantage};

use crate::script::*;

/// The model after all events but the last.
fn before_last(script: Script) -> (Model, Event) {
    let mut model = Model::new(script.config.clone());
    let mut events = script.events();
    let last = events.pop().unwrap();
    for event in &events {
        model.apply(event);
    }
    (model, last)
}

fn at(vantage: Vantage) -> Script {
    let mut script = Script::new();
    script.config.vantage = vantage;
    script
}

/// Both sides agree on concurrent multiplexing.
fn multiplexed(script: Script, line: Line) -> Script {
    let bind = |ptype, direction| {
        Kind::Pdu(conformance::event::Pdu {
            connection: ConnectionId(line.0),
            direction,
            ptype,
            flags: 0x13,
            frag_length: 72,
            auth_length: 0,
            call_id: 0,
            octets: bytes::Bytes::new(),
            interfaces: Vec::new(),
            auth: None,
            protection: None,
            defects: Vec::new(),
        })
    };
    script.open(line).event(bind(11, Direction::ToServer)).event(bind(12, Direction::ToClient))
}

/// UnregisterClient comes back on A; the last request is made then.
fn left(script: Script) -> Script {
    script.uni(A, h(1), t(1)).open(A2).unregister(A, h(1))
}

#[rstest]
#[case::on_the_same_connection(left(at(Vantage::Server)).start(A, "last", delete(h(1))), Belief::Yes)]
#[case::on_another_one(left(at(Vantage::Server)).start(A2, "last", delete(h(1))), Belief::Maybe)]
#[case::on_another_one_much_later(left(at(Vantage::Server)).wait(60_000).start(A2, "last", delete(h(1))), Belief::Maybe)]
#[case::on_another_one_at_the_client_s_tap(left(at(Vantage::Client)).start(A2, "last", delete(h(1))), Belief::Yes)]
#[case::after_another_request_that_shows_it(
    left(at(Vantage::Server)).call(A, create(), created(h(2))).start(A2, "last", delete(h(2))),
    Belief::Yes
)]
#[case::after_another_request_whose_answer_is_not_shown(
    left(at(Vantage::Server)).call(A, create(), created(h(2))).start(A2, "last", delete(h(1))),
    Belief::Maybe
)]
#[case::where_calls_may_cross_on_one_connection(
    left(multiplexed(at(Vantage::Server), A)).start(A, "last", delete(h(1))),
    Belief::Maybe
)]
#[case::before_it_came(
    at(Vantage::Client).uni(A, h(1), t(1)).start(A2, "u", unregister(h(1))).start(A, "last", delete(h(1))),
    Belief::No
)]
fn clients_know_what_they_have_received(#[case] script: Script, #[case] expected: Belief) {
    let (model, last) = before_last(script);
    let request = model.request(&last).unwrap();
    let unregister = model.clients.calls_of(request.started.association).find(|call| call.is(Method::UnregisterClient));
    assert_eq!(request.knows(unregister.unwrap()), expected);
}

#[rstest]
#[case::on_the_same_connection(A, Vantage::Server, 0, Belief::Yes)]
#[case::on_another_one(A2, Vantage::Server, 0, Belief::Maybe)]
#[case::on_another_one_much_later(A2, Vantage::Server, 5_000, Belief::Yes)]
#[case::at_the_client_s_tap(A2, Vantage::Client, 0, Belief::Yes)]
fn requests_follow_one_another(
    #[case] line: Line,
    #[case] vantage: Vantage,
    #[case] wait: u64,
    #[case] expected: Belief,
) {
    let script = at(vantage).uni(A, h(1), t(1)).open(A2).start(A, "u", unregister(h(1))).wait(wait);
    let (model, last) = before_last(script.start(line, "last", get_notification(h(1))));
    let request = model.request(&last).unwrap();
    let unregister = model.clients.calls_of(request.started.association).find(|call| call.is(Method::UnregisterClient));
    assert_eq!(request.follows(unregister.unwrap()), expected);
}

#[test]
fn a_handle_that_is_given_out_anew_stands_for_another_object() {
    let script = at(Vantage::Client).uni(A, h(1), t(1)).unregister(A, h(1)).delete(A, h(1)).create(A, h(1));
    let (model, last) = before_last(script.start(A, "last", register(h(1)).into()));
    let request = model.request(&last).unwrap();
    let object = request.object().unwrap();
    assert_eq!(model.clients.calls_on(object).count(), 0);
    assert_eq!(model.clients.objects_of(object.association).count(), 2);
    assert_eq!(model.object(object.association, h(1)).unwrap().states, States::UNREGISTERED);
}

fn served() -> Script {
    at(Vantage::Server).uni(A, h(1), t(1))
}

#[rstest]
#[case::by_itself(served().close(A, Direction::ToServer), Parting::ByClient)]
#[case::by_the_server(served().close(A, Direction::ToClient), Parting::Excused)]
#[case::with_a_connection_left(served().open(A2).close(A, Direction::ToServer), Parting::Open)]
#[case::misled(served().create(A, dcerpc::ContextHandle::NULL).close(A, Direction::ToServer), Parting::Excused)]
#[case::misled_by_channels(
    at(Vantage::Server).bidi(A, h(1), t(1)).call(A, get_new_channel(h(1)), channels(&[h(2), h(2)], Hresult::OK))
        .close(A, Direction::ToServer),
    Parting::Excused
)]
#[case::unanswered(
    served().start(A, "u", unregister(h(1))).finish("u", conformance::event::Outcome::Lost).close(A, Direction::ToServer),
    Parting::Excused
)]
#[case::while_it_waited(
    served().start(A, "g", get_notification(h(1))).finish("g", conformance::event::Outcome::Lost)
        .close(A, Direction::ToServer),
    Parting::ByClient
)]
fn clients_leave(#[case] script: Script, #[case] expected: Parting) {
    let (model, last) = before_last(script.run_down(A));
    let Kind::AssociationEnded(association) = last.kind else { panic!() };
    assert_eq!(model.clients.parting(&model, association), expected);
}
