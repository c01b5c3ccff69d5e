//! Model and checker.

use conformance::catalogue::Level;
use conformance::event::{CallId, Event, Kind, Outcome};
use conformance::model::{Due, Ending, Expectation, Model, RegistrationId, States};
use conformance::rule::Verdicts;
use conformance::{Checker, Config, Occasions, Party, Rule, Severity};
use mspan::method::In;
use mspan::{ConversationStyle, Hresult};
use rstest::rstest;
use trace::stimulus::{Answer, Audience, Request};
use trace::{AnswerMark, ConnectionId, Direction, Mark, Time};

use crate::script::*;

/// Fails whatever is pending for 5 seconds.
static NOTHING_WAITS: Rule = Rule {
    id: "MS-PAN/0/nothing-waits",
    section: "0",
    level: Level::Must,
    party: Party::Server,
    requirements: &["PAN-3.1.1.4.2-07"],
    occasions: Occasions::ALL,
    judge: |model, event, verdicts| {
        if let Kind::Deadline(number) = event.kind
            && let Some(Due::Answered(call)) = model.due(number)
            && model.call(*call).is_some()
        {
            verdicts.fail("an answer", "none").about(*call).within(model.config().prompt);
        }
    },
};

/// Blames the client for every UnregisterClient.
static NOBODY_LEAVES: Rule = Rule {
    id: "MS-PAN/0/nobody-leaves",
    section: "0",
    level: Level::Must,
    party: Party::Client,
    requirements: &["PAN-3.1.1.4.2-10"],
    occasions: Occasions::ALL,
    judge: |_, event, verdicts| {
        if let Kind::CallStarted(started) = &event.kind
            && started.method == Some(mspan::Method::UnregisterClient)
        {
            verdicts.fail("nobody leaves", "somebody does");
        }
    },
};

#[rstest]
#[case::in_time(0, Some(Severity::Fail))]
#[case::late_by_a_little(400, Some(Severity::Fail))]
#[case::late_by_more_than_a_tenth_of_the_bound(600, Some(Severity::Inconclusive))]
fn lateness_of_the_harness_spoils_verdicts_about_time(#[case] late: u64, #[case] expected: Option<Severity>) {
    let script = Script::new().start(A, "create", create()).wait(6_000).late(late);
    let report = script.judge([&NOTHING_WAITS]);
    assert_eq!(report.findings.first().map(|finding| finding.verdict), expected);
}

#[test]
fn deadlines_are_events_of_their_own_numbered_in_order() {
    let mut seen: Vec<Event> = Vec::new();
    let mut checker = Checker::new(Config::default(), [&NOTHING_WAITS]);
    for event in Script::new().start(A, "create", create()).wait(6_000).close(A, Direction::ToServer).events() {
        checker.event(event, &mut |event| seen.push(event.clone()));
    }
    assert!(seen.iter().enumerate().all(|(at, event)| event.number == at as u64));
    let deadline = seen.iter().position(|event| matches!(event.kind, Kind::Deadline(_)));
    assert_eq!(deadline, Some(seen.len() - 2));
    assert_eq!(checker.finish().findings.len(), 1);
}

/// Numbers and times mostly grow. In whatever order they come, deadlines pass in that of their times, and calls stand in that of
/// their numbers.
#[test]
fn deadlines_and_calls_are_kept_in_order() {
    const CALLS: u64 = 61;
    let events = Script::new().call(A, create(), created(h(1))).events();
    let of = |number: u64, kind: &Kind| {
        let mut kind = kind.clone();
        match &mut kind {
            Kind::CallStarted(started) => started.call = CallId(number),
            Kind::CallFinished(finished) => finished.call = CallId(number),
            _ => {}
        }
        Event { number, time: Time(number * 1_000_000), entry: 0, kind }
    };
    let find = |wanted: fn(&Kind) -> bool| events.iter().map(|event| &event.kind).find(|kind| wanted(kind)).unwrap();
    let started = find(|kind| matches!(kind, Kind::CallStarted(_)));
    let finished = find(|kind| matches!(kind, Kind::CallFinished(_)));
    let mixed = |number: u64| number * 55 % CALLS;
    let mut model = Model::new(Config::default());
    (0..CALLS).for_each(|number| model.apply(&of(mixed(number), started)));
    assert!(model.calls().map(|call| call.id().0).eq(0..CALLS));
    (0..CALLS).map(mixed).filter(|number| number % 3 != 0).for_each(|number| model.apply(&of(number, finished)));
    assert!(model.calls().map(|call| call.id().0).eq((0..CALLS).step_by(3)));
    assert!((0..CALLS).all(|number| model.call(CallId(number)).is_some() == (number % 3 == 0)));
    let first = (0..CALLS).map_while(|_| {
        let (time, number) = model.next_due()?;
        let due = *model.due(number)?;
        model.apply(&Event { number: 0, time, entry: 0, kind: Kind::Deadline(number) });
        Some((time, due))
    });
    let prompt = Config::default().prompt;
    let expected = (0..CALLS).map(|number| (Time(number * 1_000_000) + prompt, Due::Answered(CallId(number))));
    assert!(first.eq(expected));
    assert_eq!(model.next_due(), None);
}

#[rstest]
#[case::unmarked(&[], 1)]
#[case::another_breach(&["PAN-3.1.1.4.2-09"], 1)]
#[case::that_breach(&["PAN-3.1.1.4.2-10"], 0)]
fn what_our_side_breaks_on_purpose_is_no_finding(#[case] violates: &[&str], #[case] findings: usize) {
    let script = Script::new().create(A, h(1)).violating(violates);
    let report = script.call(A, unregister(h(1)), unregistered(Hresult::NOT_REGISTERED)).judge([&NOBODY_LEAVES]);
    assert_eq!(report.findings.len(), findings);
}

#[rstest]
#[case::unmarked(&[], 1)]
#[case::another_breach(&["PAN-3.1.1.4.2-09"], 1)]
#[case::that_breach(&["PAN-3.1.1.4.2-07"], 0)]
fn what_our_side_answers_wrongly_on_purpose_is_no_finding(#[case] violates: &[&str], #[case] findings: usize) {
    let mark = AnswerMark {
        connection: ConnectionId(A.0),
        call_id: 1,
        step: "answer".to_owned(),
        line: 1,
        violates: violates.iter().map(|id| (*id).to_owned()).collect(),
    };
    let started = Script::new().start(A, "create", create());
    let call_id = started.clone().events().iter().find_map(|event| match &event.kind {
        Kind::CallStarted(started) => Some(started.call_id),
        _ => None,
    });
    let mark = AnswerMark { call_id: call_id.unwrap(), ..mark };
    let report = started.event(Kind::Mark(Mark::Answer(mark))).wait(6_000).judge([&NOTHING_WAITS]);
    assert_eq!(report.findings.len(), findings);
}

#[rstest]
#[case::must("PAN-3.1.1.4.1-07", Severity::Fail)]
#[case::should("PAN-3.1.1.4.1-12", Severity::Warn)]
#[case::may("PAN-1.8-05", Severity::Note)]
fn severity_is_capped_by_the_level(#[case] requirement: &'static str, #[case] expected: Severity) {
    let rule = Rule { requirements: &["PAN-3.1.1.4.1-07"], ..copy(&NOTHING_WAITS) };
    let mut verdicts = Verdicts::of(&rule);
    verdicts.fail("a", "b").on(Vec::leak(vec![requirement]));
    let gravity = verdicts.take().next().unwrap().verdict.gravity;
    assert_eq!(gravity.unwrap().severity, expected);
}

/// What a rule would have to say of other events than it says it looks at is not lost unseen.
#[test]
#[cfg(debug_assertions)]
#[should_panic(expected = "MS-PAN/0/nobody-leaves")]
fn a_rule_looks_at_nothing_but_its_occasions() {
    static ELSEWHERE: Rule = Rule { occasions: Occasions::FINISHED, ..NOBODY_LEAVES };
    let _report = Script::new().uni(A, h(1), t(1)).unregister(A2, h(1)).judge([&ELSEWHERE]);
}

fn copy(rule: &Rule) -> Rule {
    Rule { ..*rule }
}

/// The state of object 1 of A's association after a script.
#[rstest]
#[case::created(Script::new().create(A, h(1)), States::UNREGISTERED)]
#[case::registered(Script::new().uni(A, h(1), t(1)), States::REGISTERED)]
#[case::unregistered(Script::new().uni(A, h(1), t(1)).unregister(A2, h(1)), States::UNREGISTERED)]
#[case::deleted(Script::new().create(A, h(1)).delete(A, h(1)), States::GONE)]
#[case::never_seen(Script::new().start(A, "x", delete(h(1))).finish("x", fault(5)), States::GONE)]
#[case::of_another_association(Script::new().create(A, h(1)).run_down(A), States::GONE)]
#[case::sealed(Script::new().create(A, h(1)).gap(A, Direction::ToClient, conformance::event::Layer::Pdu, false), States::UNKNOWN)]
#[case::failed(Script::new().create(A, h(1)).call(A, register(h(1)).into(), registered(Hresult::ACCESS_DENIED)), States::UNREGISTERED)]
#[case::unreadable(Script::new().create(A, h(1)).call(A, register(h(1)).into(), unreadable()), States::UNREGISTERED | States::REGISTERED)]
#[case::overlapping(
    Script::new().uni(A, h(1), t(1)).start(A, "u", unregister(h(1))).start(A2, "r", register(h(1)).into())
        .finish("u", unregistered(Hresult::OK)).finish("r", registered(Hresult::OK)),
    States::UNREGISTERED | States::REGISTERED
)]
fn states(#[case] script: Script, #[case] expected: States) {
    let model = replay(script);
    let object = model.objects().find(|object| object.handle == h(1)).map(|object| object.states);
    assert_eq!(
        object.map(|states| (states.within(expected), expected.within(states))),
        Some((true, true)),
        "{object:?}"
    );
}

#[test]
fn a_registration_records_its_parameters_and_its_user() {
    let model = replay(Script::new().user(A, "alice", false).create(A, h(1)).call(
        A,
        register(h(1)).of(t(7)).name(r"\\s\q").into(),
        registered(Hresult::OK),
    ));
    let registration = model.registration(RegistrationId(CallId(1))).unwrap();
    assert_eq!(registration.name.as_deref(), Some(r"\\s\q"));
    assert_eq!(registration.user.as_ref().map(|user| user.name.as_str()), Some("alice"));
    assert_eq!((registration.notification_type, registration.style), (t(7), ConversationStyle::UNIDIRECTIONAL));
    assert!(registration.certain && registration.is_live());
}

fn replay(script: Script) -> Model {
    let mut model = Model::new(script.config.clone());
    for event in script.events() {
        model.apply(&event);
    }
    model
}

/// What one party keeps of a requirement that binds both says nothing about the other.
#[test]
fn verdicts_are_counted_for_each_party() {
    let report = Script::new().create(A, h(1)).delete(A, h(1)).judge([&KEPT_BY_SERVERS, &BROKEN_BY_CLIENTS]);
    let tally = |party| report.requirements[&("PAN-3-01", party)];
    assert_eq!((tally(Party::Server).pass, tally(Party::Server).fail), (2, 0));
    assert_eq!((tally(Party::Client).pass, tally(Party::Client).fail), (0, 2));
}

static KEPT_BY_SERVERS: Rule = Rule {
    id: "MS-PAN/0/kept-by-servers",
    section: "0",
    level: Level::Must,
    party: Party::Server,
    requirements: &["PAN-3-01"],
    occasions: Occasions::ALL,
    judge: |_, event, verdicts| {
        if let Kind::CallStarted(_) = event.kind {
            verdicts.pass();
        }
    },
};

static BROKEN_BY_CLIENTS: Rule = Rule {
    id: "MS-PAN/0/broken-by-clients",
    section: "0",
    level: Level::Must,
    party: Party::Client,
    requirements: &["PAN-3-01"],
    occasions: Occasions::ALL,
    judge: |_, event, verdicts| {
        if let Kind::CallStarted(_) = event.kind {
            verdicts.fail("none", "one");
        }
    },
};

/// What overlaps leaves open whether the object is registered, and for what.
#[rstest]
#[case::alone(Script::new().uni(A, h(1), t(1)).unregister(A, h(1)).register(A, h(1), t(2), ConversationStyle::UNIDIRECTIONAL), true)]
#[case::beside_an_unregistration(
    Script::new().uni(A, h(1), t(1)).start(A, "u", unregister(h(1))).start(A2, "r", register(h(1)).of(t(2)).into())
        .finish("r", registered(Hresult::OK)).finish("u", unregistered(Hresult::OK)),
    false
)]
#[case::twice(Script::new().uni(A, h(1), t(1)).register(A, h(1), t(2), ConversationStyle::UNIDIRECTIONAL), false)]
#[case::unreadable(Script::new().create(A, h(1)).call(A, register(h(1)).of(t(2)).into(), unreadable()), false)]
fn registrations_are_certain(#[case] script: Script, #[case] expected: bool) {
    let model = replay(script);
    let registration = model.registrations().find(|known| known.notification_type == t(2));
    assert_eq!(registration.map(|known| known.certain), Some(expected));
}

/// UnregisterClient, or Delete, of object 1 comes back so.
fn leaves(script: Script, input: In, outcome: Outcome) -> Script {
    script.call(A, input, outcome)
}

/// How the registration of type 1 has ended, and whether its object counts as unregistered once.
#[rstest]
#[case::not(Script::new().uni(A, h(1), t(1)), None, false)]
#[case::by_its_client(Script::new().uni(A, h(1), t(1)).unregister(A, h(1)), Some(Ending::Unregistered), true)]
#[case::in_vain(
    leaves(Script::new().uni(A, h(1), t(1)), unregister(h(1)), unregistered(Hresult::ACCESS_DENIED)), None, false
)]
#[case::with_its_object(Script::new().uni(A, h(1), t(1)).delete(A, h(1)), Some(Ending::Deleted), false)]
#[case::with_its_object_in_vain(leaves(Script::new().uni(A, h(1), t(1)), delete(h(1)), fault(5)), None, false)]
#[case::with_its_association(
    Script::new().uni(A, h(1), t(1)).close(A, Direction::ToServer).run_down(A), Some(Ending::RunDown), false
)]
#[case::not_with_another(
    Script::new().uni(A, h(1), t(1)).open(B).close(B, Direction::ToServer).run_down(B), None, false
)]
#[case::once(
    Script::new().uni(A, h(1), t(1)).unregister(A, h(1)).close(A, Direction::ToServer).run_down(A),
    Some(Ending::Unregistered),
    true
)]
fn registrations_end(#[case] script: Script, #[case] expected: Option<Ending>, #[case] was_unregistered: bool) {
    let model = replay(script);
    let registration = model.registrations().find(|known| known.notification_type == t(1)).unwrap();
    assert_eq!(registration.ended.map(|ended| ended.how), expected);
    let object = model.objects().find(|object| object.handle == h(1)).unwrap();
    assert_eq!(object.was_unregistered, was_unregistered);
}

/// What is left open of an object whose client failed to leave.
#[rstest]
#[case::unregistration(unregister(h(1)), unregistered(Hresult::ACCESS_DENIED), States::REGISTERED | States::UNREGISTERED)]
#[case::deletion(delete(h(1)), fault(5), States::REGISTERED)]
fn states_after_a_failure(#[case] input: In, #[case] outcome: Outcome, #[case] expected: States) {
    let model = replay(leaves(Script::new().uni(A, h(1), t(1)), input, outcome));
    assert_eq!(model.objects().find(|object| object.handle == h(1)).map(|object| object.states), Some(expected));
}

/// What becomes of the one notification that was raised for type 1.
#[rstest]
#[case::raised(Script::new().uni(A, h(1), t(1)).notify(t(1), n(1)), Expectation::Must)]
#[case::raised_before_the_shutdown(shuts_down(Script::new().uni(A, h(1), t(1)).notify(t(1), n(1))), Expectation::Must)]
#[case::raised_after_the_shutdown(shuts_down(Script::new().uni(A, h(1), t(1))).notify(t(1), n(1)), Expectation::May)]
#[case::after_an_answer_that_could_not_be_read(
    Script::new().uni(A, h(1), t(1)).call(A, get_notification(h(1)), unreadable()).notify(t(1), n(1)), Expectation::May
)]
#[case::after_a_fault(
    Script::new().uni(A, h(1), t(1)).call(A, get_notification(h(1)), fault(5)).notify(t(1), n(1)), Expectation::Must
)]
#[case::after_an_answer_that_could_not_be_read_and_a_fault(
    Script::new().uni(A, h(1), t(1)).call(A, get_notification(h(1)), unreadable()).call(A, get_notification(h(1)), fault(5))
        .notify(t(1), n(1)),
    Expectation::May
)]
fn notifications_belong_into_a_queue(#[case] script: Script, #[case] expected: Expectation) {
    let model = replay(script);
    let registration = model.registrations().next().unwrap();
    let stimulus = model.stimuli().iter().find(|stimulus| matches!(stimulus.request, Request::Notify { .. })).unwrap();
    assert_eq!(model.expectation(registration, stimulus), Some(expected));
}

fn shuts_down(script: Script) -> Script {
    script.stimulus(Request::Shutdown, Answer::Done)
}

/// Which call draws on the registration for certain.
#[rstest]
#[case::alone(Script::new().uni(A, h(1), t(1)), true)]
#[case::beside_an_unregistration(Script::new().uni(A, h(1), t(1)).start(A2, "u", unregister(h(1))), false)]
#[case::unregistered(Script::new().uni(A, h(1), t(1)).unregister(A, h(1)), false)]
fn waiting_calls_draw_on_registrations(#[case] script: Script, #[case] expected: bool) {
    let model = replay(script.start(A, "g", get_notification(h(1))));
    let call = model.calls().find(|call| call.is(mspan::Method::GetNotification)).unwrap();
    assert_eq!(call.registration.is_some(), expected);
}

/// Names of queues and users whose letters differ in case may be the same.
#[rstest]
#[case::queue(register(h(1)).name(r"\\s\q"), Audience { printer: Some(r"\\S\Q".into()), ..to_all(t(1)) }, true)]
#[case::another_queue(register(h(1)).name(r"\\s\q"), Audience { printer: Some(r"\\s\p".into()), ..to_all(t(1)) }, false)]
#[case::user(register(h(1)), to_user(t(1), "ALICE"), true)]
#[case::another_user(register(h(1)), to_user(t(1), "bob"), false)]
fn letters_may_differ_in_case(#[case] register: Register, #[case] audience: Audience, #[case] perhaps: bool) {
    let script = Script::new().user(A, "alice", false).create(A, h(1));
    let script = script.call(A, register.of(t(1)).into(), registered(Hresult::OK)).notify_to(audience, n(1));
    let model = replay(script);
    let registration = model.registrations().next().unwrap();
    let expected = model.expectation(registration, model.stimuli().iter().next().unwrap());
    assert_eq!(expected == Some(Expectation::May), perhaps, "{expected:?}");
}
