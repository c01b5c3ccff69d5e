//! What is known of clients.

use conformance::event::{Event, Kind, Layer};
use conformance::model::client::{Belief, Parting};
use conformance::model::{Model, States};
use mspan::{Hresult, Method};
use rstest::rstest;
use trace::{ConnectionId, Direction, Vantage};

use crate::dialogue::*;
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

/// The client proposes concurrent multiplexing, and the server does not agree.
fn proposed(script: Script, line: Line) -> Script {
    let script = multiplexed(script, line);
    script.pdu(line, Direction::ToClient, 12, 0)
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
#[case::where_calls_might_have_crossed_on_one_connection(
    left(proposed(at(Vantage::Server), A)).start(A, "last", delete(h(1))),
    Belief::Yes
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

const ASSOCIATION: conformance::event::AssociationId = conformance::event::AssociationId(0);

fn replay(script: Script) -> Model {
    let mut model = Model::new(script.config.clone());
    for event in script.events() {
        model.apply(&event);
    }
    model
}

/// A was started to wait for one notification.
fn launched() -> Script {
    at(Vantage::Client).launched(A, 1)
}

/// A's channel brings this.
fn reads(outcome: conformance::event::Outcome) -> Script {
    let script = launched().opens("c", Some(n(1))).joins(A, h(1), &[HA]);
    script.call(A, first(HA), outcome)
}

/// A's GetNotification brings this.
fn gets(outcome: conformance::event::Outcome) -> Script {
    launched().uni(A, h(1), t(1)).call(A, get_notification(h(1)), outcome)
}

#[rstest]
#[case::nobody_knows(at(Vantage::Client).uni(A, h(1), t(1)), None)]
#[case::nothing_yet(launched().uni(A, h(1), t(1)), Some(true))]
#[case::a_notification(gets(notification(t(1), n(1))), Some(false))]
#[case::a_release(gets(no_notification(Some(mspan::NotificationType::RELEASE), Hresult::OK)), Some(true))]
#[case::a_failure(gets(no_notification(None, Hresult::ACCESS_DENIED)), Some(true))]
#[case::something(gets(unreadable()), Some(false))]
#[case::a_notification_on_a_channel(reads(brings(HA, n(1))), Some(false))]
#[case::a_release_on_a_channel(reads(released()), Some(true))]
#[case::a_failure_on_a_channel(reads(fails(HA, Hresult::ACCESS_DENIED)), Some(true))]
fn clients_want_more(#[case] script: Script, #[case] expected: Option<bool>) {
    assert_eq!(replay(script).clients.wants_more(ASSOCIATION), expected);
}

#[rstest]
#[case::none(at(Vantage::Client).create(A, h(1)), false)]
#[case::a_lost_segment(at(Vantage::Client).create(A, h(1)).gap(A, Direction::ToClient, Layer::Transport, false), true)]
#[case::a_pdu(at(Vantage::Client).create(A, h(1)).gap(A, Direction::ToServer, Layer::Pdu, false), true)]
#[case::a_token(at(Vantage::Client).create(A, h(1)).gap(A, Direction::ToServer, Layer::Token, false), false)]
#[case::a_stub(
    at(Vantage::Client).start(A, "c", create()).stub_gap("c", Direction::ToClient, false).finish("c", unreadable()), false
)]
fn calls_may_have_gone_unseen(#[case] script: Script, #[case] expected: bool) {
    let model = replay(script);
    assert_eq!(model.clients.has_gaps(&model, ASSOCIATION), expected);
}

#[rstest]
#[case::a_handle_of_a_live_object(at(Vantage::Client).create(A, h(1)).create(A, h(1)), true)]
#[case::a_handle_of_a_deleted_object(at(Vantage::Client).create(A, h(1)).delete(A, h(1)).create(A, h(1)), false)]
#[case::null(at(Vantage::Client).create(A, dcerpc::ContextHandle::NULL), true)]
#[case::no_type(at(Vantage::Client).uni(A, h(1), t(1)).call(A, get_notification(h(1)), no_notification(None, Hresult::OK)), true)]
fn clients_are_misled(#[case] script: Script, #[case] expected: bool) {
    assert_eq!(replay(script).clients.misled(ASSOCIATION).is_some(), expected);
}

#[test]
fn what_was_lost_was_never_received() {
    let script = at(Vantage::Client).uni(A, h(1), t(1)).open(A2).start(A, "u", unregister(h(1)));
    let script = script.finish("u", conformance::event::Outcome::Lost).start(A2, "last", delete(h(1)));
    let (model, last) = before_last(script);
    let request = model.request(&last).unwrap();
    let unregister = model.clients.calls_of(ASSOCIATION).find(|call| call.is(Method::UnregisterClient)).unwrap();
    assert_eq!(request.knows(unregister), Belief::No);
}

#[test]
fn a_request_that_had_begun_before_the_answer_came_is_no_consequence() {
    let (model, mut last) = before_last(left(at(Vantage::Client)).start(A2, "last", delete(h(1))));
    if let Kind::CallStarted(started) = &mut last.kind {
        started.begun = trace::Time::ZERO;
    }
    let request = model.request(&last).unwrap();
    let unregister = model.clients.calls_of(ASSOCIATION).find(|call| call.is(Method::UnregisterClient)).unwrap();
    assert_eq!(request.knows(unregister), Belief::No);
}
