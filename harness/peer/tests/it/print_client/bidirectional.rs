//! Bidirectional mode: sections 4.3 and 4.4.

use std::time::Duration;

use mspan::NotificationType;
use peer::ClientVariant;
use peer::print_client::{Answer, ClientOptions, Exit, Mode, Press, User};
use peer::server::ServerOptions;
use rstest::rstest;
use trace::stimulus::Request;

use super::stage::{Stage, document, open, options, text, utf16};

const BOX: &str = r#"<messageBoxUI><title stringID="100" resourceDll="IHV.dll"/><body stringID="101" resourceDll="IHV.dll"/><buttons><button stringID="102" resourceDll="IHV.dll" buttonID="3"/><button stringID="103" resourceDll="IHV.dll" buttonID="4"/></buttons></messageBoxUI>"#;
const OTHER: NotificationType = NotificationType(uuid::Uuid::from_u128(0x7));

fn replied(content: &str) -> String {
    format!(
        r#"<asyncPrintUIResponse xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/response"><v1><requestClose>{content}</requestClose></v1></asyncPrintUIResponse>"#
    )
}

/// As in 4.4, in every way that is allowed.
#[tokio::test(start_paused = true)]
async fn a_message_box_is_answered() {
    for variant in ClientVariant::ALL.iter().copied().map(Some).chain([None]) {
        let user = User { button: Press::Last, delay: Duration::from_secs(3), ..User::default() };
        let mut stage =
            Stage::new(ClientOptions { variant, user, ..options(Mode::Bidirectional, 1) }, ServerOptions::default());
        stage.begin().await;
        stage.ask(open("c1", NotificationType::ASYNC_UI, &document(BOX)));
        assert_eq!(stage.exit().await, Exit::Done, "{variant:?}");
        let log = stage.log("c1");
        let [response] = log.responses.as_slice() else { panic!("{variant:?}: {log:?}") };
        assert_eq!(text(&response.data), replied("<messageBoxUI><buttonID>4</buttonID></messageBoxUI>"), "{variant:?}");
        assert_eq!(stage.server.connections(), 0, "{variant:?}");
    }
}

#[rstest]
#[case::message_box(BOX, Some("<messageBoxUI><buttonID>3</buttonID></messageBoxUI>"))]
#[case::words(
    r#"<messageBoxUI><title>t</title><body>b</body><buttons><button buttonID="idCancel"/></buttons></messageBoxUI>"#,
    Some("<messageBoxUI><buttonID>2</buttonID></messageBoxUI>")
)]
#[case::number_with_more(
    r#"<messageBoxUI><title>t</title><buttons><button stringID="600" buttonID="12abc"/></buttons><body>b</body></messageBoxUI>"#,
    Some("<messageBoxUI><buttonID>12</buttonID></messageBoxUI>")
)]
#[case::no_buttons(r#"<messageBoxUI><title>t</title><body>b</body><buttons/></messageBoxUI>"#, None)]
#[case::custom_ui(
    r#"<customUI dll="a.dll" entrypoint="Show" bidi="true">x</customUI>"#,
    Some("<CustomUI>done &amp; dusted</CustomUI>")
)]
#[case::custom_ui_of_an_absent_driver(r#"<customUI dll="nosuch.dll" entrypoint="Show" bidi="true">x</customUI>"#, None)]
#[case::custom_ui_of_the_other_mode(r#"<customUI dll="a.dll" entrypoint="Show" bidi="maybe">x</customUI>"#, None)]
#[case::balloon(r#"<balloonUI><title>t</title><body>b</body></balloonUI>"#, None)]
#[case::text_next_to_string(
    r#"<messageBoxUI><title stringID="100">t</title><body>b</body><buttons><button buttonID="IDOK"/></buttons></messageBoxUI>"#,
    None
)]
#[case::unknown_attribute(
    r#"<messageBoxUI x="y"><title>t</title><body>b</body><buttons><button buttonID="IDOK" z=""/></buttons></messageBoxUI>"#,
    Some("<messageBoxUI><buttonID>1</buttonID></messageBoxUI>")
)]
#[tokio::test(start_paused = true)]
async fn documents_are_answered(#[case] content: &str, #[case] expected: Option<&str>) {
    let mut user = User::default();
    user.drivers.returns = Some("done & dusted".to_owned());
    let mut stage = Stage::new(ClientOptions { user, ..options(Mode::Bidirectional, 1) }, ServerOptions::default());
    stage.begin().await;
    stage.ask(open("c1", NotificationType::ASYNC_UI, &document(content)));
    assert_eq!(stage.exit().await, Exit::Done);
    let log = stage.log("c1");
    let responses: Vec<_> = log.responses.iter().map(|response| text(&response.data)).collect();
    assert_eq!(responses, expected.map(replied).into_iter().collect::<Vec<_>>());
    let end = if expected.is_some() { "channel Answered" } else { "channel Released" };
    assert!(stage.told().contains(&end.to_owned()), "{:?}", stage.told());
}

#[tokio::test(start_paused = true)]
async fn custom_data_is_passed_and_answered() {
    let mut stage = Stage::new(options(Mode::Bidirectional, 1), ServerOptions::default());
    stage.begin().await;
    let data = document(r#"<customData dll="a.dll" entrypoint="Take" bidi="true"/>"#) + "\0\u{0100}\u{00FF}";
    stage.ask(open("c1", NotificationType::ASYNC_UI, &data));
    assert_eq!(stage.exit().await, Exit::Done);
    assert!(stage.told().contains(&r#"a.dll!Take("" 0001ff00) = Some("done")"#.to_owned()), "{:?}", stage.told());
    assert_eq!(text(&stage.log("c1").responses[0].data), replied("<CustomUI>done</CustomUI>"));
}

/// As in 4.3: request and response alternate until the last notification that is wanted.
#[tokio::test(start_paused = true)]
async fn a_conversation_goes_on() {
    let user = User { answer: Answer::Respond(utf16("yes")), ..User::default() };
    let options = ClientOptions { notification_type: Some(OTHER), user, ..options(Mode::Bidirectional, 3) };
    let mut stage = Stage::new(options, ServerOptions::default());
    stage.begin().await;
    stage.ask(open("c1", OTHER, "one"));
    for data in ["two", "three"] {
        stage.rest().await;
        stage.ask(Request::ChannelNotify { id: "c1".into(), data: utf16(data) });
    }
    assert_eq!(stage.exit().await, Exit::Done);
    let log = stage.log("c1");
    assert_eq!(log.responses.iter().map(|response| text(&response.data)).collect::<Vec<_>>(), ["yes"; 3]);
    assert_eq!(stage.told(), ["registered", "other", "other", "other", "channel Answered", "unregistered", "deleted"]);
}

/// Of two clients one acquires the channel; the other goes on with its registration.
#[tokio::test(start_paused = true)]
async fn a_lost_channel_is_left_alone() {
    let user = User { delay: Duration::from_secs(5), ..User::default() };
    let slow = ClientOptions { user, ..options(Mode::Bidirectional, 2) };
    let mut stage = Stage::new(slow, ServerOptions::default());
    let mut other = Stage::beside(&stage.server, "bob", options(Mode::Bidirectional, 1));
    stage.begin().await;
    other.begin().await;
    stage.ask(open("c1", NotificationType::ASYNC_UI, &document(BOX)));
    assert_eq!(other.exit().await, Exit::Done);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(stage.told(), ["registered", "asyncui", "pressed 3", "channel Lost"]);
    stage.ask(open("c2", NotificationType::ASYNC_UI, &document(BOX)));
    assert_eq!(stage.exit().await, Exit::Done);
    assert_eq!((stage.log("c1").responses.len(), stage.log("c2").responses.len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn channels_are_processed_in_parallel() {
    let user = User { delay: Duration::from_secs(60), ..User::default() };
    let mut stage = Stage::new(ClientOptions { user, ..options(Mode::Bidirectional, 3) }, ServerOptions::default());
    for id in ["c1", "c2"] {
        stage.ask(open(id, NotificationType::ASYNC_UI, &document(BOX)));
    }
    stage.begin().await;
    stage.ask(open("c3", NotificationType::ASYNC_UI, &document(BOX)));
    let begin = tokio::time::Instant::now();
    assert_eq!(stage.exit().await, Exit::Done);
    assert!(begin.elapsed() < Duration::from_secs(61), "{:?}", begin.elapsed());
    for id in ["c1", "c2", "c3"] {
        assert_eq!(stage.log(id).responses.len(), 1, "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_its_source_closes_is_over() {
    let options = ClientOptions { notification_type: Some(OTHER), ..options(Mode::Bidirectional, 2) };
    let mut stage = Stage::new(options, ServerOptions::default());
    stage.begin().await;
    stage.ask(open("c1", OTHER, "one"));
    stage.rest().await;
    stage.ask(Request::ChannelClose { id: "c1".into() });
    stage.rest().await;
    assert_eq!(stage.told(), ["registered", "other", "channel Lost"]);
    stage.client.stop();
    assert_eq!(stage.exit().await, Exit::Done);
}

/// Channels that wait are closed without a response, and a user who has not chosen does not choose any more.
#[tokio::test(start_paused = true)]
async fn a_client_that_is_stopped_closes_its_channels() {
    let user = User { delay: Duration::from_secs(600), ..User::default() };
    let mut stage = Stage::new(ClientOptions { user, ..options(Mode::Bidirectional, 9) }, ServerOptions::default());
    stage.begin().await;
    stage.ask(open("c1", NotificationType::ASYNC_UI, &document(BOX)));
    stage.ask(Request::OpenChannel {
        data: None,
        id: "c2".into(),
        audience: trace::stimulus::Audience {
            notification_type: NotificationType::ASYNC_UI.0,
            filter: 1,
            user: None,
            printer: None,
        },
    });
    stage.rest().await;
    stage.client.stop();
    assert_eq!(stage.exit().await, Exit::Done);
    let told = stage.told();
    assert_eq!(told.iter().filter(|word| *word == "channel Released").count(), 2, "{told:?}");
    assert_eq!((stage.log("c1").responses.len(), stage.server.connections()), (0, 0));
}
