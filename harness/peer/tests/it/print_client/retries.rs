//! What may be retried, after how long, and what must not.

use std::time::Duration;

use mspan::{NotificationType, UserFilter};
use peer::print_client::{ClientOptions, Exit, Mode};
use peer::server::{Server, ServerOptions};
use peer::{ClientVariant, Misbehaviour};
use rstest::rstest;
use tokio::time::sleep;

use super::stage::{Stage, document, notify, open, options};

const BALLOON: &str = "<balloonUI><title>t</title><body>b</body></balloonUI>";
const BOX: &str =
    r#"<messageBoxUI><title>t</title><body>b</body><buttons><button buttonID="IDOK"/></buttons></messageBoxUI>"#;
const HALF_AN_HOUR: Duration = Duration::from_secs(1800);
const GROWING: [u64; 9] = [1, 2, 4, 8, 16, 32, 60, 60, 60];

fn wrong(misbehaviour: Misbehaviour) -> ServerOptions {
    ServerOptions { misbehaviour: Some(misbehaviour), ..ServerOptions::default() }
}

#[rstest]
#[case::registration_limit(Mode::Unidirectional, ServerOptions { registration_limit: 0, ..ServerOptions::default() }, Exit::Done)]
#[case::lost_connections(Mode::Bidirectional, wrong(Misbehaviour::ClosesInMidCall), Exit::Done)]
#[case::unknown_handles(Mode::Unidirectional, wrong(Misbehaviour::CreateReturnsUnknownHandle), Exit::Failed)]
#[case::no_channels(Mode::Bidirectional, wrong(Misbehaviour::GetNewChannelReturnsNothing), Exit::Done)]
#[tokio::test(start_paused = true)]
async fn pauses_grow_from_a_second_to_a_minute(#[case] mode: Mode, #[case] server: ServerOptions, #[case] exit: Exit) {
    let mut stage = Stage::new(options(mode, 1), server);
    stage.begin().await;
    sleep(HALF_AN_HOUR).await;
    let pauses = stage.pauses();
    assert_eq!(pauses[..GROWING.len()], GROWING);
    assert!(pauses[GROWING.len()..].iter().rev().skip(1).all(|pause| *pause == 60), "{pauses:?}");
    stage.client.stop();
    assert_eq!(stage.exit().await, exit);
    assert_eq!(stage.server.connections(), 0);
}

/// What a server returns in breach of the specification is a failure, and the object is replaced.
#[rstest]
#[case::out_size(
    Mode::Unidirectional,
    Misbehaviour::OutSizeCountsCharacters,
    "GetNotification returned what can't be taken"
)]
#[case::nil_type(
    Mode::Unidirectional,
    Misbehaviour::NotificationTypeIsNil,
    "GetNotification returned what can't be taken"
)]
#[case::no_type(
    Mode::Unidirectional,
    Misbehaviour::NotificationTypeIsNull,
    "GetNotification returned what can't be taken"
)]
#[case::count(Mode::Bidirectional, Misbehaviour::ChannelCountTooLarge, "GetNewChannel returned what can't be taken")]
#[tokio::test(start_paused = true)]
async fn what_can_t_be_taken_is_a_failure(
    #[case] mode: Mode,
    #[case] misbehaviour: Misbehaviour,
    #[case] expected: &str,
) {
    let mut stage = Stage::new(options(mode, 1), wrong(misbehaviour));
    stage.begin().await;
    stage.ask(match mode {
        Mode::Bidirectional => open("c1", NotificationType::ASYNC_UI, &document(BOX)),
        _ => notify(NotificationType::ASYNC_UI, &document(BALLOON)),
    });
    stage.rest().await;
    let told = stage.told();
    assert!(told[1].starts_with(expected), "{told:?}");
    assert_eq!(told[2..], ["unregistered", "deleted", "again in 1 s"]);
}

#[rstest]
#[case::denied(
    ClientOptions { filter: UserFilter::ALL_USERS, ..options(Mode::Unidirectional, 1) },
    "RegisterClient returned 0x80070005 (E_ACCESSDENIED)"
)]
#[case::malformed(
    ClientOptions { printer: Some("laser".into()), ..options(Mode::Bidirectional, 1) },
    "RegisterClient returned 0x8007007b (INVALID_NAME)"
)]
#[tokio::test(start_paused = true)]
async fn some_registrations_are_not_repeated(#[case] options: ClientOptions, #[case] expected: &str) {
    let mut stage = Stage::beside(&Server::new(ServerOptions::default()), "guest", options);
    stage.begin().await;
    assert_eq!(stage.exit().await, Exit::Failed);
    assert_eq!(stage.told(), [expected, "deleted"]);
}

#[rstest]
#[case::null(Misbehaviour::CreateReturnsNull, Exit::Failed)]
#[case::thrown(Misbehaviour::CreateThrows, Exit::Failed)]
#[case::silence(Misbehaviour::NeverAnswers, Exit::Unreachable)]
#[case::rubbish(Misbehaviour::Rubbish, Exit::Unreachable)]
#[tokio::test(start_paused = true)]
async fn a_first_create_that_fails_is_the_end(#[case] misbehaviour: Misbehaviour, #[case] exit: Exit) {
    let mut stage = Stage::new(options(Mode::Unidirectional, 1), wrong(misbehaviour));
    stage.begin().await;
    assert_eq!(stage.exit().await, exit);
    assert_eq!(stage.told().len(), 1, "{:?}", stage.told());
}

#[tokio::test(start_paused = true)]
async fn a_failed_unregister_is_not_repeated() {
    let mut stage = Stage::new(options(Mode::Unidirectional, 1), wrong(Misbehaviour::UnregisterReturnsFailure));
    stage.begin().await;
    stage.ask(notify(NotificationType::ASYNC_UI, &document(BALLOON)));
    assert_eq!(stage.exit().await, Exit::Failed);
    let told = stage.told();
    assert_eq!(told.iter().filter(|word| word.starts_with("UnregisterClient")).count(), 1, "{told:?}");
    assert_eq!(told.last().unwrap(), "deleted");
}

/// A server that is away is looked for until it is back; the first pause is a second again afterwards.
#[rstest]
#[case(Mode::Unidirectional)]
#[case(Mode::Bidirectional)]
#[tokio::test(start_paused = true)]
async fn a_client_comes_back_to_a_server_that_comes_back(#[case] mode: Mode) {
    let mut stage = Stage::new(options(mode, 1), ServerOptions::default());
    stage.begin().await;
    stage.wire.cut();
    sleep(Duration::from_secs(25)).await;
    assert_eq!(stage.pauses()[..4], [1, 2, 4, 8]);
    stage.wire.mend(&stage.server);
    sleep(Duration::from_secs(20)).await;
    assert_eq!(stage.told().last().unwrap(), "registered");
    stage.ask(match mode {
        Mode::Bidirectional => open("c1", NotificationType::ASYNC_UI, &document(BOX)),
        _ => notify(NotificationType::ASYNC_UI, &document(BALLOON)),
    });
    assert_eq!(stage.exit().await, Exit::Done);
    assert_eq!(stage.server.connections(), 0);
}

/// As long as the association lives, the old object is unregistered and deleted.
#[tokio::test(start_paused = true)]
async fn an_object_outlives_the_connection_of_its_blocked_call() {
    let variant = Some(ClientVariant::ConnectionPerInterface);
    let mut stage = Stage::new(ClientOptions { variant, ..options(Mode::Unidirectional, 1) }, ServerOptions::default());
    stage.begin().await;
    stage.wire.break_connection(1);
    sleep(Duration::from_secs(2)).await;
    let expected = [
        "registered",
        "GetNotification the server closed the connection",
        "unregistered",
        "deleted",
        "again in 1 s",
        "registered",
    ];
    assert_eq!(stage.told(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_there_is_named() {
    let mut stage = Stage::new(options(Mode::Unidirectional, 1), ServerOptions::default());
    stage.wire.cut();
    stage.begin().await;
    assert_eq!(stage.exit().await, Exit::Unreachable);
    assert_eq!(stage.told(), ["Create server:1: connection refused"]);
}

/// An error of a call on a channel is fatal for the channel alone: it is closed, and the client goes on.
#[tokio::test(start_paused = true)]
async fn a_channel_that_fails_is_closed() {
    let mut stage = Stage::new(options(Mode::Bidirectional, 1), wrong(Misbehaviour::OutSizeCountsCharacters));
    stage.begin().await;
    stage.ask(open("c1", NotificationType::ASYNC_UI, &document(BOX)));
    stage.rest().await;
    let told = stage.told();
    assert!(told[1].starts_with("GetNotificationSendResponse returned what can't be taken"), "{told:?}");
    assert_eq!(told[2..], ["channel Failed"]);
    stage.client.stop();
    assert_eq!(stage.exit().await, Exit::Failed);
    assert_eq!(stage.log("c1").responses.len(), 0);
}
