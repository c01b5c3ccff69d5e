//! The stimulus protocol, from both ends.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use rstest::rstest;
use runner::stimulus::{
    Source, answer_from_json, answer_to_json, listen, request_from_json, request_to_json, serve_connection,
};
use runner::target::Means;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::task::LocalSet;
use trace::stimulus::{Answer, Audience, ChannelLog, ClosedBy, Request, SourceResponse};
use uuid::Uuid;

const TYPE: Uuid = Uuid::from_u128(0xf6853f92_eb31_4e23_b6e7_fd69056153f0);

fn audience() -> Audience {
    Audience {
        notification_type: TYPE,
        filter: 1,
        user: Some("alice".to_owned()),
        printer: Some(r"\\SRV\office".to_owned()),
    }
}

fn utf16(text: &str) -> Bytes {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[rstest]
#[case(Request::Notify { audience: audience(), data: utf16("<a>é\u{1F600}</a>") })]
#[case(Request::Notify { audience: audience(), data: Bytes::from_static(&[0x00, 0xd8]) })]
#[case(Request::Notify { audience: Audience { filter: 7, user: None, printer: None, ..audience() }, data: Bytes::new() })]
#[case(Request::OpenChannel { id: "c1".into(), audience: audience(), data: None })]
#[case(Request::OpenChannel { id: "c1".into(), audience: audience(), data: Some(Bytes::from_static(&[1])) })]
#[case(Request::ChannelNotify { id: "c1".into(), data: utf16("x") })]
#[case(Request::ChannelClose { id: "c1".into() })]
#[case(Request::ChannelLog { id: "c1".into() })]
#[case(Request::DeletePrinter { printer: r"\\SRV\q".into() })]
#[case(Request::Shutdown)]
fn a_request_survives_its_json(#[case] request: Request) {
    let line = request_to_json(&request).to_string();
    assert!(!line.contains('\n'));
    assert_eq!(request_from_json(&line).expect("readable"), request);
}

#[rstest]
#[case(Answer::Done)]
#[case(Answer::Refused { error: "no channel".into(), unsupported: false })]
#[case(Answer::Refused { error: "what?".into(), unsupported: true })]
#[case(Answer::Silent { why: "no answer within 5s".into() })]
#[case(Answer::Log(ChannelLog::default()))]
#[case(Answer::Log(ChannelLog {
    responses: vec![SourceResponse { notification_type: TYPE, data: Bytes::from_static(&[0, 1]) }],
    acquired: Some(true),
    closed_by: Some(None),
}))]
#[case(Answer::Log(ChannelLog { closed_by: Some(Some(ClosedBy::Client)), ..ChannelLog::default() }))]
fn an_answer_survives_its_json(#[case] answer: Answer) {
    assert_eq!(answer_from_json(&answer_to_json(&answer).to_string()).expect("readable"), answer);
}

#[test]
fn the_form_is_that_of_the_contract() {
    let request = Request::Notify { audience: audience(), data: utf16("<x/>") };
    insta::assert_snapshot!(request_to_json(&request), @r#"{"data_utf16":"<x/>","filter":"kAllUsers","op":"notify","printer":"\\\\SRV\\office","type":"f6853f92-eb31-4e23-b6e7-fd69056153f0","user":"alice"}"#);
    let log = ChannelLog {
        responses: vec![SourceResponse { notification_type: TYPE, data: Bytes::from_static(&[0xab]) }],
        ..ChannelLog::default()
    };
    insta::assert_snapshot!(answer_to_json(&Answer::Log(log)), @r#"{"ok":true,"responses":[{"data_hex":"ab","type":"f6853f92-eb31-4e23-b6e7-fd69056153f0"}]}"#);
}

#[rstest]
#[case("", "no JSON")]
#[case("[1]", "expected a JSON object, found [1]")]
#[case("{}", "key `op`: expected a string, found nothing")]
#[case(r#"{"op":"dance"}"#, "unknown verb `dance`")]
#[case(r#"{"op":"channel_close"}"#, "key `id`: expected a string, found nothing")]
#[case(r#"{"op":"channel_notify","id":"c"}"#, "the notification")]
#[case(r#"{"op":"channel_notify","id":"c","data_hex":"0"}"#, "octets in hexadecimal")]
#[case(r#"{"op":"channel_notify","id":"c","data_hex":"00","data_utf16":"x"}"#, "is there too")]
#[case(r#"{"op":"notify","type":"x","filter":"kAllUsers","data_hex":""}"#, "key `type`: expected a GUID")]
#[case(r#"{"op":"notify","type":"f6853f92-eb31-4e23-b6e7-fd69056153f0","filter":"all","data_hex":""}"#, "key `filter`")]
fn a_malformed_request_is_named(#[case] line: &str, #[case] words: &str) {
    let error = request_from_json(line).expect_err("malformed").to_string();
    assert!(error.contains(words), "{error}");
}

#[rstest]
#[case("true", "expected a JSON object")]
#[case(r#"{"error":"x"}"#, "key `ok`: expected true or false, found nothing")]
#[case(r#"{"ok":true,"responses":{}}"#, "key `responses`: expected an array")]
#[case(r#"{"ok":true,"responses":[1]}"#, "expected a JSON object, found 1")]
#[case(r#"{"ok":true,"responses":[],"closed_by":"nobody"}"#, "key `closed_by`")]
fn a_malformed_answer_is_named(#[case] line: &str, #[case] words: &str) {
    let error = answer_from_json(line).expect_err("malformed").to_string();
    assert!(error.contains(words), "{error}");
}

#[test]
fn further_keys_of_an_answer_are_ignored() {
    assert_eq!(answer_from_json(r#"{"ok":true,"took_ms":3}"#), Ok(Answer::Done));
}

/// A source that knows no channels.
async fn refuse_channels(request: Request) -> Answer {
    match request {
        Request::Notify { .. } => Answer::Done,
        Request::ChannelLog { .. } => Answer::Log(ChannelLog::default()),
        _ => Answer::Refused { error: "no such channel".to_owned(), unsupported: false },
    }
}

#[tokio::test]
async fn a_connection_is_answered_line_by_line() {
    let (near, far) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(far);
    let (near_input, mut near_output) = tokio::io::split(near);
    let lines: &[u8] =
        b"{\"op\":\"shutdown\"}\nrubbish\n{\"op\":\"dance\"}\n{\"op\":\"channel_log\",\"id\":\"c\"}\n{\"op\"";
    let write = async move {
        near_output.write_all(lines).await.expect("written");
        near_output.shutdown().await.expect("ended");
    };
    let (served, ()) = tokio::join!(serve_connection(BufReader::new(input), output, refuse_channels), write);
    served.expect("served");
    let mut answers = BufReader::new(near_input).lines();
    let mut seen = Vec::new();
    while let Some(line) = answers.next_line().await.expect("read") {
        seen.push(answer_from_json(&line).expect("readable"));
    }
    let unsupported = |answer: &Answer| matches!(answer, Answer::Refused { unsupported: true, .. });
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert_eq!(seen[0], Answer::Refused { error: "no such channel".to_owned(), unsupported: false });
    assert!(matches!(&seen[1], Answer::Refused { unsupported: false, .. }), "{seen:?}");
    assert!(unsupported(&seen[2]), "{seen:?}");
    assert_eq!(seen[3], Answer::Log(ChannelLog::default()));
}

/// Our listener, asked over TCP by our client.
#[test]
fn both_ends_meet_over_tcp() {
    local(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::task::spawn_local(listen(listener, refuse_channels));
        let source = Source::outside(&Means::Tcp(address), Duration::from_secs(30));
        assert_eq!(source.ask(Request::Notify { audience: audience(), data: utf16("x") }).await, Answer::Done);
        let log = source.ask(Request::ChannelLog { id: "c".into() }).await;
        assert_eq!(log, Answer::Log(ChannelLog::default()));
        assert_eq!(source.probe().await, Ok(()));
    });
}

#[test]
fn a_source_that_hangs_up_is_silent_and_asked_anew() {
    local(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::task::spawn_local(async move {
            drop(listener.accept().await);
            listen(listener, refuse_channels).await.ok();
        });
        let source = Source::outside(&Means::Tcp(address), Duration::from_secs(30));
        assert!(matches!(source.ask(Request::Shutdown).await, Answer::Silent { .. }));
        assert!(matches!(source.ask(Request::Shutdown).await, Answer::Refused { .. }));
    });
}

#[test]
fn nobody_there_is_silence_with_the_address() {
    local(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        drop(listener);
        let source = Source::outside(&Means::Tcp(address.clone()), Duration::from_secs(30));
        let Answer::Silent { why } = source.ask(Request::Shutdown).await else { panic!("an answer") };
        assert!(why.contains(&format!("can't connect to {address}")), "{why}");
    });
}

#[rstest]
#[case("read line; echo '{\"ok\":true}'", Ok(Answer::Done))]
#[case("exit 89", Err("unsupported"))]
#[case("exit 3", Err("ended with exit status: 3"))]
#[case("echo no", Err("can't be read: no JSON"))]
#[case("grep -q '\"op\":\"shutdown\"' && echo '{\"ok\":false,\"error\":\"no\"}'", Ok(Answer::Refused { error: "no".into(), unsupported: false }))]
fn a_command_answers_on_its_standard_output(#[case] script: &str, #[case] expected: Result<Answer, &str>) {
    local(async {
        let means = Means::Command {
            program: "sh".into(),
            arguments: vec!["-c".into(), script.into()],
            folder: std::env::temp_dir(),
        };
        let answer = Source::outside(&means, Duration::from_secs(30)).ask(Request::Shutdown).await;
        match (expected, answer) {
            (Ok(expected), answer) => assert_eq!(answer, expected),
            (Err("unsupported"), answer) => assert!(matches!(answer, Answer::Refused { unsupported: true, .. })),
            (Err(words), Answer::Silent { why }) => assert!(why.contains(words), "{why}"),
            (Err(_), answer) => panic!("{answer:?}"),
        }
    });
}

/// In virtual time: the limit passes at once.
#[tokio::test(start_paused = true)]
async fn a_source_that_does_not_answer_is_given_up() {
    let never = Rc::new(|_| Box::pin(std::future::pending()) as std::pin::Pin<Box<dyn Future<Output = Answer>>>);
    let source = Source::embedded(never, Duration::from_secs(5));
    let answer = source.ask(Request::Shutdown).await;
    assert_eq!(answer, Answer::Silent { why: "no answer within 5s".to_owned() });
}

#[tokio::test]
async fn a_source_that_knows_every_verb_is_not_believed() {
    let done = Rc::new(|_| Box::pin(async { Answer::Done }) as std::pin::Pin<Box<dyn Future<Output = Answer>>>);
    let error = Source::embedded(done, Duration::from_secs(5)).probe().await.expect_err("not believed");
    assert!(error.contains("answers a verb that does not exist with success"), "{error}");
}

fn local(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, test);
}
