//! The engine, against the reference server in memory and in virtual time.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use dcerpc::TransferSyntax;
use dcerpc::connection::PacketLevel;
use peer::server::{Accepted, Identity, Server, ServerOptions};
use peer::transport::DuplexConnector;
use peer::{Misbehaviour, Tap};
use rstest::rstest;
use runner::diagnostic::Diagnostic;
use runner::engine::{Environment, Execution, Limits, Played, Status, execute};
use runner::scenario::{Library, Need, Party, Root, Scenario};
use runner::stimulus::Source;
use trace::stimulus::{Answer, Request};
use trace::{Mark, Seen};

/// Runs a future on a runtime of its own whose clock is virtual.
fn in_virtual_time<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(future)
}

/// How an actor reaches a server in memory.
fn played(server: &Server, actor: &str) -> Played {
    let (server, user) = (server.clone(), actor.to_owned());
    let connector = DuplexConnector::new("server:49670", move |link| {
        let (server, user) = (server.clone(), user.clone());
        tokio::spawn(async move {
            let identity = Some(Identity { user: Some(user), administrator: true });
            let accepted = Accepted { client: link.client, server: link.server, identity, script: None };
            server.serve_connection(tokio::io::join(link.reading, link.writing), accepted).await
        });
    });
    Played {
        connector: Arc::new(connector),
        user: Some(actor.to_owned()),
        administrator: true,
        vouched_for: true,
        security: None,
        packet_level: PacketLevel::default(),
        transfer_syntaxes: vec![TransferSyntax::Ndr],
        mapper: None,
    }
}

/// Runs a scenario against a server with those options.
fn run(scenario: &Scenario, options: ServerOptions) -> Execution {
    run_in(scenario, options, |_, _| {})
}

/// The same in an environment that `change` has changed.
fn run_in(scenario: &Scenario, options: ServerOptions, change: impl FnOnce(&Server, &mut Environment)) -> Execution {
    in_virtual_time(async {
        let server = Server::new(options);
        let actors: BTreeMap<_, _> =
            scenario.actors.iter().map(|actor| (actor.name.clone(), played(&server, &actor.name))).collect();
        let asked = server.clone();
        let limits = Limits {
            call: Duration::from_secs(5),
            still_pending: Duration::from_millis(300),
            scenario: Duration::from_secs(60),
        };
        let mut environment = Environment {
            actors,
            source: Some(Rc::new(source(move |request| asked.source(request)))),
            exclusive_source: true,
            client: None,
            host: None,
            limits,
            time_scale: 1.0,
            seed: 1,
            variant: String::new(),
            server_name: r"\\PRINTSRV".to_owned(),
            printer: Some(r"\\PRINTSRV\office-laser".to_owned()),
            tap: Tap::new(),
        };
        change(&server, &mut environment);
        execute(scenario, &environment).await
    })
}

fn source(answer: impl Fn(Request) -> Answer + 'static) -> Source {
    let answer = Rc::new(answer);
    let ask: runner::stimulus::Ask = Rc::new(move |request| {
        let answer = Rc::clone(&answer);
        Box::pin(async move { answer(request) })
    });
    Source::embedded(ask, Duration::from_secs(5))
}

/// What the reference server in memory does not have, and what takes long.
const LACKING: [Need; 4] = [Need::Security, Need::NotAdministrator, Need::EndpointMapper, Need::Thorough];

fn shown(problems: &[Diagnostic]) -> String {
    problems.iter().map(Diagnostic::render).collect::<Vec<_>>().join("\n\n")
}

/// The one scenario that a text holds.
fn scenario(text: &str) -> Scenario {
    match Library::check_text(&Root::Embedded, "test/text", text) {
        Ok(mut scenarios) => scenarios.remove(0),
        Err(problems) => panic!("{}", shown(&problems)),
    }
}

/// Runs a scenario that is given by its steps, with two actors.
fn run_steps(steps: &str, options: ServerOptions) -> Execution {
    let indented: String = steps.lines().map(|line| format!("  {line}\n")).collect();
    let text = format!(
        "title: x\nactors: {{alice: {{}}, bob: {{}}}}\nsteps:\n  - call: {{actor: bob, method: Create}}\n  - drop: {{actor: alice}}\n{indented}"
    );
    run(&scenario(&text), options)
}

#[test]
fn the_reference_server_does_what_the_shipped_scenarios_expect() {
    let library = Library::load(&Root::Embedded).unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    let mut wrong = Vec::new();
    let can_run = |it: &&Scenario| it.party == Party::Server && !it.needs.iter().any(|need| LACKING.contains(need));
    for scenario in library.scenarios.iter().filter(can_run) {
        let execution = run(scenario, ServerOptions::default());
        let good = execution.failures.is_empty() && execution.status == Status::Completed;
        if !good || !execution.leftovers.is_empty() {
            let Execution { failures, notes, status, leftovers, .. } = execution;
            wrong.push(format!("{}: {status:?} {failures:#?} {notes:?} {leftovers:?}", scenario.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_run_is_the_same_each_time() {
    let library = Library::load(&Root::Embedded).unwrap_or_else(|problems| panic!("{}", shown(&problems)));
    let scenario = library.scenarios.iter().find(|it| it.id.starts_with("bidirectional/one-client-acquires")).unwrap();
    let options = ServerOptions { seed: Some(7), ..ServerOptions::default() };
    assert_eq!(run(scenario, options.clone()).entries, run(scenario, options).entries);
}

/// The one failure of a run: what was expected and what came.
fn failure(execution: &Execution) -> (&str, &str) {
    match execution.failures.as_slice() {
        [failure] => (&failure.expected, &failure.actual),
        other => panic!("expected one failure, not {other:#?} ({:?})", execution.status),
    }
}

const REGISTERED: &str =
    "- use: {fragment: register, with: {actor: alice, style: kUniDirectional}, returns: {object: o}}\n";

#[rstest]
#[case::status(
    "- call: {actor: alice, method: Create, expect: {returned: {status: failure}}}",
    "return a failure",
    "return 0x00000000 (S_OK)"
)]
#[case::field(
    "- call: {actor: alice, method: Create, expect: {returned: {out: {ppRemoteObj: null}}}}",
    "ppRemoteObj NULL",
    "ppRemoteObj "
)]
#[case::fault("- call: {actor: alice, method: Create, expect: {fault: any}}", "a fault", "returned ppRemoteObj=")]
#[case::alternatives(
    "- call: {actor: alice, method: Create, expect: {any_of: [{because: a, expect: lost}, {because: b, expect: refused}]}}",
    "the end of the connection, or a refused bind",
    "returned ppRemoteObj="
)]
#[case::unknown_operation(
    "- call: {actor: alice, interface: IRPCAsyncNotify, opnum: 9, expect: returned}",
    "a response",
    "fault 0x1c010002"
)]
#[case::refused_bind(
    "- bind: {actor: alice, contexts: [{interface: 00000000-0000-0000-0000-000000000001, transfer_syntaxes: [ndr]}]}",
    "that all contexts are accepted",
    "results [2]"
)]
#[case::octets_without_answer(
    "- raw: {actor: alice, octets: {hex: 05 00}, expect: lost}",
    "the end of the connection",
    "no answer within the limit"
)]
fn what_is_not_as_expected_is_a_failure(#[case] steps: &str, #[case] expected: &str, #[case] actual: &str) {
    let execution = run_steps(steps, ServerOptions::default());
    let (found_expected, found_actual) = failure(&execution);
    assert!(found_expected.contains(expected), "expected {expected:?} in {found_expected:?}");
    assert!(found_actual.contains(actual), "expected {actual:?} in {found_actual:?}");
}

#[rstest]
#[case::still_pending(
    "- start: {as: c, actor: alice, method: Create}\n- still_pending: {call: c}\n- finish: {call: c}",
    "c to be pending",
    "returned"
)]
#[case::handle_closed_by_the_server(
    "- call: {actor: alice, method: Create, save: {o: ppRemoteObj}}\n- call: {actor: alice, method: Delete, in: {ppRemoteObj: \"${o}\"}, expect: any}\n- call: {actor: alice, method: GetNotification, in: {pRemoteObj: \"${o}\"}, expect: any}",
    "an open handle",
    "was closed by the server"
)]
#[case::log(
    "- stimulus: {open_channel: {id: c}}\n- stimulus: {channel_log: c, expect: {log: {acquired: true}}}",
    "acquired: true",
    "acquired: false"
)]
#[case::refusal("- stimulus: {channel_close: c}", "that it is done", "refused")]
#[case::nonsense("- stimulus: {nonsense: make-coffee, expect: done}", "", "")]
fn other_steps_fail_too(#[case] steps: &str, #[case] expected: &str, #[case] actual: &str) {
    let steps = steps.replace(
        "{channel_close: c}",
        "{open_channel: {id: c}}\n- stimulus: {channel_close: c}\n- stimulus: {channel_close: c}",
    );
    let execution = run_steps(&steps, ServerOptions::default());
    if expected.is_empty() {
        assert!(matches!(execution.status, Status::Unsupported { .. }), "{execution:?}");
        return;
    }
    let (found_expected, found_actual) = failure(&execution);
    assert!(found_expected.contains(expected), "expected {expected:?} in {found_expected:?}");
    assert!(found_actual.contains(actual), "expected {actual:?} in {found_actual:?}");
}

#[test]
fn a_call_that_never_comes_back_is_bounded_by_its_limit() {
    let steps = format!(
        "{REGISTERED}- call: {{actor: alice, method: GetNotification, in: {{pRemoteObj: \"${{o}}\"}}, within: 2s}}"
    );
    let execution = run_steps(&steps, ServerOptions::default());
    let (_, actual) = failure(&execution);
    assert_eq!(actual, "no answer within the limit");
    // What the fragment does at the end has ended the call: unregistering completes it.
    assert_eq!(execution.leftovers, Vec::<String>::new());
    assert!(
        execution.duration >= Duration::from_secs(2) && execution.duration < Duration::from_secs(3),
        "{execution:?}"
    );
}

#[test]
fn a_scenario_is_bounded_by_its_limit_and_cleans_up() {
    let steps = format!(
        "{REGISTERED}- call: {{actor: alice, method: GetNotification, in: {{pRemoteObj: \"${{o}}\"}}, within: 10min}}"
    );
    let execution = run_steps(&steps, ServerOptions::default());
    assert_eq!(execution.status, Status::TimedOut { limit: "limits.scenario" });
    assert_eq!(execution.duration, Duration::from_secs(60));
}

#[test]
fn a_delivery_is_timed_and_foreign_ones_are_noted() {
    let steps = format!(
        "{REGISTERED}- start: {{as: c, actor: alice, method: GetNotification, in: {{pRemoteObj: \"${{o}}\"}}}}\n- idle: {{for: 1s, because: nothing happens}}\n- stimulus: {{notify: {{data: {{utf16: \"${{nonce}}\"}}}}}}\n- finish: {{call: c}}"
    );
    let execution = run_steps(&steps, ServerOptions::default());
    assert_eq!(execution.failures, []);
    assert_eq!(execution.deliveries.len(), 1);
    assert!(execution.deliveries[0] < Duration::from_millis(100), "{execution:?}");
}

#[test]
fn barriers_hold_branches_and_the_first_failure_ends_them() {
    let steps = "- parallel:\n    branches:\n      left: [{idle: {for: 1s, because: late}}, {barrier: go}]\n      right: [{barrier: go}, {call: {actor: alice, method: Create, expect: {fault: any}}}]\n      never: [{idle: {for: 50s, because: long}}]";
    let execution = run_steps(steps, ServerOptions::default());
    failure(&execution);
    assert!(
        execution.duration >= Duration::from_secs(1) && execution.duration < Duration::from_secs(2),
        "{execution:?}"
    );
}

/// Two clients make their objects at the same time; the server offers a channel to the object that came first, and bob's
/// misses it when alice's was first.
const FIRST_COME: &str = r#"
title: x
actors: {alice: {}, bob: {}}
steps:
  - parallel:
      branches:
        left: [{barrier: go}, {call: {actor: alice, method: Create, save: {a: ppRemoteObj}}}]
        right: [{barrier: go}, {call: {actor: bob, method: Create, save: {b: ppRemoteObj}}}]
  - call: {actor: alice, method: RegisterClient, in: {pRegistrationObj: "${a}", pName: null, pInNotificationType: "${type}", NotifyFilter: kAllUsers, conversationStyle: kBiDirectional}}
  - call: {actor: bob, method: RegisterClient, in: {pRegistrationObj: "${b}", pName: null, pInNotificationType: "${type}", NotifyFilter: kAllUsers, conversationStyle: kBiDirectional}}
  - stimulus: {open_channel: {id: c1, data: {utf16: "<a/>"}}}
  - call: {actor: bob, method: GetNewChannel, in: {pRemoteObj: "${b}"}}
"#;

#[test]
fn an_order_that_fails_is_found_by_some_seed_and_replayed_by_it() {
    let scenario = scenario(FIRST_COME);
    let run = |seed: u64| {
        let options = ServerOptions {
            misbehaviour: Some(Misbehaviour::ChannelOfferedOnce),
            seed: Some(1),
            ..ServerOptions::default()
        };
        run_in(&scenario, options, |_, environment| environment.seed = seed)
    };
    let runs: Vec<(u64, Execution)> = (1..=16).map(|seed| (seed, run(seed))).collect();
    let order = |execution: &Execution| execution.orders[0].words.clone();
    let (failed, passed): (Vec<_>, Vec<_>) = runs.iter().partition(|(_, execution)| !execution.failures.is_empty());
    assert!(!failed.is_empty() && !passed.is_empty(), "{} of 16 seeds fail", failed.len());
    assert!(failed.iter().all(|(_, execution)| order(execution) == "left, right"), "{failed:?}");
    assert!(passed.iter().all(|(_, execution)| order(execution) == "right, left"), "{passed:?}");
    for (seed, execution) in &runs {
        let again = run(*seed);
        assert_eq!((order(&again), &again.failures), (order(execution), &execution.failures), "seed {seed}");
    }
}

#[test]
fn an_end_that_fails_does_not_hide_a_failure_nor_make_one() {
    let text = "title: x\nactors: {alice: {}}\nsteps:\n  - call: {actor: alice, method: Create, save: {o: ppRemoteObj}, expect: {returned: {status: S_OK}}}\n  - call: {actor: alice, method: Create, expect: {fault: any}}\n  - call: {actor: alice, method: Create, save: {never: ppRemoteObj}}\nfinally:\n  - call: {actor: alice, method: Delete, in: {ppRemoteObj: \"${never}\"}}\n  - call: {actor: alice, method: Delete, in: {ppRemoteObj: \"${o}\"}}\n";
    let scenario = scenario(text);
    let execution = run(&scenario, ServerOptions::default());
    failure(&execution);
    assert_eq!(execution.status, Status::Completed);
    // Create twice and Delete once: three requests were marked.
    let marks = execution.entries.iter().filter(|entry| matches!(&entry.seen, Seen::Mark(Mark::Call(_)))).count();
    assert_eq!(marks, 3);
}

#[test]
fn a_server_that_can_not_be_reached_is_an_error_and_no_failure() {
    struct Nowhere;
    impl peer::transport::Connector for Nowhere {
        fn connect(&self) -> peer::transport::Connecting<'_> {
            Box::pin(std::future::ready(Err(std::io::Error::from(std::io::ErrorKind::ConnectionRefused))))
        }
        fn address(&self) -> &str {
            "nowhere:1"
        }
    }
    let text = "title: x\nactors: {alice: {}}\nsteps: [{call: {actor: alice, method: Create}}]\n";
    let scenario = scenario(text);
    let execution = run_in(&scenario, ServerOptions::default(), |_, environment| {
        let syntaxes = vec![TransferSyntax::Ndr];
        let played = Played {
            connector: Arc::new(Nowhere),
            user: None,
            administrator: false,
            vouched_for: false,
            security: None,
            packet_level: PacketLevel::default(),
            transfer_syntaxes: syntaxes,
            mapper: None,
        };
        environment.actors.insert("alice".to_owned(), played);
    });
    assert!(matches!(execution.status, Status::Error { .. }), "{execution:?}");
    assert_eq!(execution.failures, []);
}

#[rstest]
#[case::nobody_loses(
    "- start: {as: a, actor: alice, method: Create}\n- start: {as: b, actor: bob, method: Create}\n- race: {calls: [a, b], won: returned, lost: {fault: any}}",
    "1 of 2 calls to win and the others to lose"
)]
#[case::an_answer_too_many(
    "- unordered: {call: {actor: alice, method: Create}, expect: [returned, {fault: any}]}",
    "each of 2 answers once, in whichever order; answer 2"
)]
fn answers_that_nothing_explains_are_failures(#[case] steps: &str, #[case] expected: &str) {
    let execution = run_steps(steps, ServerOptions::default());
    assert_eq!(failure(&execution).0, expected);
}

#[rstest]
#[case::exclusive(true, false)]
#[case::shared(false, true)]
fn a_notification_of_others_is_released_on_a_shared_source(#[case] exclusive: bool, #[case] passes: bool) {
    let scenario = scenario(
        "title: x\nactors: {alice: {}}\nsteps:\n  - use: {fragment: register, with: {actor: alice, style: kUniDirectional, type: AsyncUI}, returns: {object: o}}\n  - stimulus: {notify: {type: AsyncUI, data: {utf16: \"${nonce}\"}}}\n  - call: {actor: alice, method: GetNotification, in: {pRemoteObj: \"${o}\"}, expect: {returned: {out: {ppOutNotificationData: {utf16: \"${nonce}\"}}}}}\n",
    );
    let execution = run_in(&scenario, ServerOptions::default(), |server, environment| {
        environment.exclusive_source = exclusive;
        let server = server.clone();
        environment.source = Some(Rc::new(source(move |request| {
            if let Request::Notify { audience, .. } = &request {
                let data = bytes::Bytes::from_static(b"f o r e i g n ");
                assert_eq!(server.source(Request::Notify { audience: audience.clone(), data }), Answer::Done);
            }
            server.source(request)
        })));
    });
    assert_eq!(execution.failures.is_empty(), passes, "{execution:?}");
    let released = execution.notes.iter().any(|note| note.words.contains("of others was delivered and released"));
    assert_eq!(released, passes, "{:?}", execution.notes);
}

#[test]
fn a_source_that_does_not_answer_is_an_error() {
    let scenario = scenario("title: x\nactors: {}\nsteps: [{stimulus: {notify: {data: {hex: \"\"}}}}]\n");
    let execution = run_in(&scenario, ServerOptions::default(), |_, environment| {
        environment.source = Some(Rc::new(source(|_| Answer::Silent { why: "gone".to_owned() })));
    });
    assert!(matches!(execution.status, Status::Error { .. }), "{execution:?}");
}

#[rstest]
#[case::default(1.0, Status::Completed)]
#[case::shorter(
    0.5,
    Status::Inconclusive { why: "scenarios/test/text.yaml:4: a window of 2s was watched for 1s only".to_owned() }
)]
fn a_window_that_is_too_short_shows_nothing(#[case] time_scale: f64, #[case] status: Status) {
    let scenario = scenario("title: x\nactors: {}\nsteps:\n  - idle: {for: 2s, because: nothing may come}\n");
    let execution = run_in(&scenario, ServerOptions::default(), |_, environment| environment.time_scale = time_scale);
    assert_eq!(execution.status, status);
}

/// A harness that was held up, by a clock that jumps while a call is waited for.
#[rstest]
#[case::in_time(0, None)]
#[case::a_little_late(400, None)]
#[case::late(1_900, Some(1_900))]
fn a_call_limit_that_fires_late_is_marked(#[case] jump: u64, #[case] marked: Option<u64>) {
    let text = format!(
        "title: x\nactors: {{alice: {{}}}}\nsteps:\n  {REGISTERED}  - start: {{as: c, actor: alice, method: GetNotification, in: \
         {{pRemoteObj: \"${{o}}\"}}}}\n  - finish: {{call: c, within: 5s, expect: timed_out}}\n"
    );
    let held_up = |_: &Server, _: &mut Environment| {
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(4_990)).await;
            tokio::time::advance(Duration::from_millis(20 + jump)).await;
        });
    };
    let execution = run_in(&scenario(&text), ServerOptions::default(), held_up);
    assert!(execution.failures.is_empty(), "{:?}", execution.failures);
    let late = execution.entries.iter().find_map(|entry| match &entry.seen {
        Seen::Mark(Mark::Late { nanoseconds }) => Some(nanoseconds / 1_000_000),
        _ => None,
    });
    assert_eq!(late, marked);
}

#[test]
fn octets_that_are_no_pdu_are_told_with_one_place() {
    let options = ServerOptions { misbehaviour: Some(Misbehaviour::Rubbish), ..ServerOptions::default() };
    let execution = run_steps("- call: {actor: alice, method: Create}", options);
    let (_, actual) = failure(&execution);
    let expected =
        "octets that can't be read: in the PDU at octet 84 of the connection, offset 0x0: rpc_vers is 0x7f, expected 5";
    assert_eq!(actual, expected);
}

#[test]
fn channels_that_nobody_closed_are_closed_at_the_end() {
    let scenario = scenario(
        "title: x\nactors: {}\nsteps:\n  - stimulus: {open_channel: {id: kept}}\n  - stimulus: {open_channel: {id: closed}}\n  - stimulus: {channel_close: closed}\n",
    );
    let execution = run(&scenario, ServerOptions::default());
    let closes = execution.entries.iter().filter_map(|entry| match &entry.seen {
        Seen::StimulusAsked { request, .. } => match &**request {
            Request::ChannelClose { id } => id.split('-').next(),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(closes.collect::<Vec<_>>(), ["closed", "kept"]);
}
