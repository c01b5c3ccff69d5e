//! Scenarios whose target is a client, against the reference client.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use mspan::method::{In, Out};
use mspan::{ConversationStyle, Method, UserFilter};
use peer::Tap;
use peer::client::{Association, Call, Options, Outcome};
use peer::server::{Server, ServerOptions};
use peer::transport::DuplexConnector;
use rstest::rstest;
use runner::engine::{
    ClientUnderTest, Door, Ended, Environment, Execution, Host, Instance, LaunchProblem, LaunchRequest, Launching,
    Limits, Status, Waiting, execute,
};
use runner::scenario::{Library, Root};
use runner::stimulus::Source;
use trace::{Mark, Seen};

/// Launches clients that register, wait for notifications and go.
struct Clients;

struct Running(Option<tokio::task::JoinHandle<i32>>);

impl ClientUnderTest for Clients {
    fn launch(&self, request: LaunchRequest, door: Door) -> Launching<'_> {
        let connector = DuplexConnector::new("server:1", move |link| {
            let door = door.clone();
            let (client, server) = (link.client.clone(), link.server.clone());
            tokio::spawn(async move { door.serve(link.into_stream(), &client, &server, |_| {}).await });
        });
        let association = Association::new(Arc::new(connector), Tap::off(), Options::default());
        Box::pin(async move {
            match request.mode.as_str() {
                "bidirectional" => Err(LaunchProblem::Unsupported("one way only".to_owned())),
                _ => {
                    let task = tokio::task::spawn_local(listen(association, request));
                    Ok(Box::new(Running(Some(task))) as Box<dyn Instance>)
                }
            }
        })
    }
}

impl Instance for Running {
    fn wait(&mut self) -> Waiting<'_> {
        Box::pin(async {
            match self.0.take() {
                Some(task) => task.await.map_or(Ended::Unseen, Ended::Status),
                None => Ended::Unseen,
            }
        })
    }

    fn ended(&mut self) -> Option<Ended> {
        None
    }

    fn kill(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }
}

/// A unidirectional client's life; its exit status is the number of notifications that it got.
async fn listen(association: Association, request: LaunchRequest) -> i32 {
    let call = |method: Method, input: In| {
        let association = association.clone();
        async move {
            let mut call = Call::method(method, input);
            call.limit = Duration::from_secs(3600);
            match association.call(&call).await {
                Outcome::Returned { stub, format } => Out::decode(method, stub, format).unwrap().value,
                other => panic!("{other:?}"),
            }
        }
    };
    let Out::Create(created) = call(Method::Create, In::new(Method::Create)).await else { return -1 };
    let mut input = In::new(Method::RegisterClient);
    let In::RegisterClient(parameters) = &mut input else { return -1 };
    parameters.registration_obj = created.remote_obj;
    parameters.notification_type = request.notification_type;
    parameters.filter = UserFilter::ALL_USERS;
    parameters.style = ConversationStyle::UNIDIRECTIONAL;
    call(Method::RegisterClient, input).await;
    let mut got = 0;
    for _ in 0..request.count {
        let mut input = In::new(Method::GetNotification);
        let In::GetNotification(parameters) = &mut input else { return -1 };
        parameters.remote_obj = created.remote_obj;
        call(Method::GetNotification, input).await;
        got += 1;
    }
    association.close_all().await;
    got
}

fn run(steps: &str) -> Execution {
    let indented: String = steps.lines().map(|line| format!("  {line}\n")).collect();
    let text = format!("title: x\nparty: client\nsteps:\n{indented}");
    let scenarios = Library::check_text(&Root::Embedded, "client/test", &text);
    let scenarios = scenarios.unwrap_or_else(|problems| panic!("{}", problems[0].render()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (server, tap) = (Server::new(ServerOptions::default()), Tap::new());
        let asked = server.clone();
        let ask: runner::stimulus::Ask = Rc::new(move |request| {
            let server = asked.clone();
            Box::pin(async move { server.source(request) })
        });
        let second = Duration::from_secs(1);
        let environment = Environment {
            actors: BTreeMap::new(),
            source: Some(Rc::new(Source::embedded(ask, second))),
            exclusive_source: true,
            client: Some(Rc::new(Clients)),
            host: Some(Host::new(server, tap.clone())),
            limits: Limits { call: second * 5, still_pending: second, scenario: second * 60 },
            time_scale: 1.0,
            seed: 1,
            variant: String::new(),
            server_name: r"\\S".to_owned(),
            printer: None,
            tap,
        };
        execute(&scenarios[0], &environment).await
    })
}

const LAUNCHED: &str = "- launch: {client: one, mode: unidirectional}\n- await: {client: one, call: GetNotification, save: {object: pRemoteObj}}\n";

#[test]
fn a_client_is_launched_watched_and_waited_for() {
    let steps = format!(
        "{LAUNCHED}- await: {{client: one, call: RegisterClient, in: {{pRegistrationObj: \"${{object}}\", conversationStyle: kUniDirectional, pInNotificationType: \"${{type}}\"}}}}\n- await: {{client: one, answer: GetNotification, never: true, within: 2s}}\n- stimulus: {{notify: {{data: {{utf16: \"${{nonce}}\"}}}}}}\n- await: {{client: one, answer: GetNotification, out: {{ppOutNotificationData: {{utf16: \"${{nonce}}\"}}}}}}\n- await: {{client: one, disconnect: true}}\n- exit: {{client: one, status: 1}}"
    );
    let execution = run(&steps);
    assert_eq!(execution.failures, []);
    assert_eq!(execution.status, Status::Completed);
    assert!(execution.entries.iter().zip(0..).all(|(entry, number)| entry.sequence == number));
    // What nobody waited for is reported: the first call, and the answers before the notification.
    let expected = ["one: a call of Create", "one: an answer to Create", "one: an answer to RegisterClient"];
    assert_eq!(execution.leftovers, expected);
}

#[rstest]
#[case::parameter(
    "- await: {client: one, call: RegisterClient, in: {conversationStyle: kBiDirectional}, within: 1s}",
    "call of RegisterClient that fits",
    "one: a call of Create, one: an answer to Create, one: a call of RegisterClient"
)]
#[case::never(
    "- await: {client: one, call: Create, never: true, within: 1s}",
    "no call of Create that fits",
    "it came"
)]
#[case::consumed(
    "- await: {client: one, call: GetNotification, within: 1s}",
    "call of GetNotification that fits",
    "one: a call"
)]
#[case::still_running("- exit: {client: one, within: 1s}", "that it exits", "it still runs")]
fn what_a_client_does_otherwise_is_a_failure(#[case] step: &str, #[case] expected: &str, #[case] actual: &str) {
    let steps =
        format!("{LAUNCHED}{step}\n- await: {{client: one, call: Delete, in: {{ppRemoteObj: \"${{object}}\"}}}}");
    let execution = run(&steps);
    let [failure] = execution.failures.as_slice() else { panic!("{execution:?}") };
    assert_eq!(failure.expected, expected);
    assert!(failure.actual.starts_with(actual), "{failure:?}");
}

#[test]
fn a_mode_that_a_client_does_not_have_is_unsupported() {
    let execution = run("- launch: {client: one, mode: bidirectional}\n- exit: {client: one}");
    assert_eq!(execution.status, Status::Unsupported { why: "one way only".to_owned() });
}

#[test]
fn calls_are_answered_as_the_scenario_says() {
    let steps = "- answer: {client: one, call: GetNotification, late: 20s}\n\
        - launch: {client: one, mode: unidirectional, count: 2}\n\
        - await: {client: one, call: GetNotification, save: {object: pRemoteObj}}\n\
        - answer: {client: one, call: GetNotification, in: {pRemoteObj: \"${object}\"}, out: {ppOutNotificationType: AsyncUI}, violates: [PAN-3.1.1.4.5-05]}\n\
        - stimulus: {notify: {data: {utf16: \"${nonce}\"}}}\n\
        - await: {client: one, answer: GetNotification, never: true, within: 19s}\n\
        - await: {client: one, answer: GetNotification, out: {ppOutNotificationType: \"${type}\"}}\n\
        - stimulus: {notify: {data: {utf16: \"${nonce}\"}}}\n\
        - await: {client: one, answer: GetNotification, out: {ppOutNotificationType: AsyncUI}}\n\
        - exit: {client: one, status: 2}";
    let execution = run(steps);
    assert_eq!((execution.failures.as_slice(), &execution.status), (&[][..], &Status::Completed));
    let mark = execution.entries.iter().find_map(|entry| match &entry.seen {
        Seen::Mark(Mark::Answer(mark)) if !mark.violates.is_empty() => Some(mark.clone()),
        _ => None,
    });
    let mark = mark.expect("a mark");
    assert_eq!((mark.step.as_str(), mark.line), ("answer GetNotification of one", 7));
}

#[rstest]
#[case::not_answered(
    "- answer: {client: one, call: RegisterClient, never: true}",
    "- await: {client: one, call: GetNotification, never: true, within: 60s}",
    ""
)]
#[case::ended(
    "- answer: {client: one, call: GetNotification, end: reset}",
    "- await: {client: one, disconnect: true}",
    ""
)]
#[case::hung_up(
    "",
    "- await: {client: one, call: GetNotification}\n- hang_up: {client: one}\n- await: {client: one, disconnect: true}",
    ""
)]
#[case::never_used(
    "- answer: {client: one, call: CloseChannel, never: true}",
    "- await: {client: one, call: GetNotification}",
    "one: no call came for: answer CloseChannel of one"
)]
fn our_side_does_otherwise(#[case] before: &str, #[case] after: &str, #[case] left_over: &str) {
    let execution = run(&format!("{before}\n- launch: {{client: one, mode: unidirectional}}\n{after}"));
    assert_eq!(execution.failures, []);
    assert!(left_over.is_empty() || execution.leftovers.iter().any(|words| words == left_over), "{execution:?}");
}
