//! Unidirectional mode: sections 4.1 and 4.2, and printer configuration.

use mspan::NotificationType;
use peer::ClientVariant;
use peer::print_client::{ClientOptions, Exit, Mode};
use peer::server::ServerOptions;
use rstest::rstest;
use trace::stimulus::Request;

use super::stage::{Stage, document, notify, options};

const BALLOON: &str = r#"<balloonUI iconID="1" resourceDll="IHV.dll"><title stringID="1234" resourceDll="IHV.dll"/><body stringID="100" resourceDll="IHV.dll"/></balloonUI>"#;
const OTHER: NotificationType = NotificationType(uuid::Uuid::from_u128(0x7));

/// As in 4.2, in every way that is allowed.
#[tokio::test(start_paused = true)]
async fn balloons_are_received() {
    for variant in ClientVariant::ALL.iter().copied().map(Some).chain([None]) {
        let options = ClientOptions { variant, ..options(Mode::Unidirectional, 2) };
        let mut stage = Stage::new(options, ServerOptions::default());
        stage.begin().await;
        for _ in 0..2 {
            stage.ask(notify(NotificationType::ASYNC_UI, &document(BALLOON)));
            stage.rest().await;
        }
        assert_eq!(stage.exit().await, Exit::Done, "{variant:?}");
        assert_eq!(stage.server.connections(), 0, "{variant:?}");
        let told = stage.told();
        let told: Vec<_> =
            told.iter().map(String::as_str).filter(|word| !word.starts_with("GetNotification")).collect();
        assert_eq!(told, ["registered", "asyncui", "asyncui", "unregistered", "deleted"], "{variant:?}");
    }
}

#[rstest]
#[case::balloon(BALLOON, &["asyncui"])]
#[case::action(
    r#"<balloonUI><title>t</title><body>b</body><action dll="a.dll" entrypoint="Act">go</action></balloonUI>"#,
    &["asyncui", r#"a.dll!Act("go") = Some("done")"#]
)]
#[case::action_of_an_absent_driver(
    r#"<balloonUI><title>t</title><body>b</body><action dll="nosuch.dll" entrypoint="Act">go</action></balloonUI>"#,
    &["asyncui", r#"nosuch.dll!Act("go") = None"#]
)]
#[case::custom_ui(
    r#"<customUI dll="a.dll" entrypoint="Show" bidi="false">x</customUI>"#,
    &["asyncui", r#"a.dll!Show("x") = Some("done")"#]
)]
#[case::custom_ui_of_the_other_mode(r#"<customUI dll="a.dll" entrypoint="Show" bidi="true">x</customUI>"#, &["invalid"])]
#[case::message_box(
    r#"<messageBoxUI><title>t</title><body>b</body><buttons><button buttonID="IDOK"/></buttons></messageBoxUI>"#,
    &["invalid"]
)]
#[case::action_of_an_invalid_balloon(
    r#"<balloonUI><title>t</title><body>b</body><action dll="..\a.dll" entrypoint="Act">go</action></balloonUI>"#,
    &["invalid"]
)]
#[case::names_in_another_case(r#"<BALLOONUI><TITLE>t</TITLE><body>b</body></BALLOONUI>"#, &["asyncui"])]
#[case::without_body(r#"<balloonUI><title>t</title></balloonUI>"#, &["asyncui"])]
#[case::not_well_formed(r#"<balloonUI>"#, &["invalid"])]
#[tokio::test(start_paused = true)]
async fn documents_are_acted_on(#[case] content: &str, #[case] expected: &[&str]) {
    let mut stage = Stage::new(options(Mode::Unidirectional, 1), ServerOptions::default());
    stage.begin().await;
    stage.ask(notify(NotificationType::ASYNC_UI, &document(content)));
    assert_eq!(stage.exit().await, Exit::Done);
    assert_eq!(stage.told(), [&["registered"], expected, &["unregistered", "deleted"]].concat());
}

#[tokio::test(start_paused = true)]
async fn other_types_are_handed_up() {
    let options = ClientOptions { notification_type: Some(OTHER), ..options(Mode::Unidirectional, 1) };
    let mut stage = Stage::new(options, ServerOptions::default());
    stage.begin().await;
    stage.ask(notify(OTHER, "anything"));
    assert_eq!(stage.exit().await, Exit::Done);
    assert_eq!(stage.told(), ["registered", "other", "unregistered", "deleted"]);
}

#[tokio::test(start_paused = true)]
async fn a_printers_configuration_is_received() {
    let mut stage = Stage::new(options(Mode::PrinterConfiguration, 2), ServerOptions::default());
    stage.begin().await;
    let uri = "http://schemas.microsoft.com/windows/2005/03/printing/bidi";
    let good = format!(
        r#"<n:Notification xmlns:n="{uri}" printerName="p"><n:Schema name="\Printer.Status:Ink"><n:BIDI_INT>7</n:BIDI_INT></n:Schema></n:Notification>"#
    );
    for document in [&good, "<x/>"] {
        stage.ask(notify(NotificationType::PRINTER_CONFIGURATION, document));
    }
    assert_eq!(stage.exit().await, Exit::Done);
    assert_eq!(stage.told(), ["registered", "configuration", "invalid", "unregistered", "deleted"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_stopped_says_farewell() {
    let mut stage = Stage::new(ClientOptions::default(), ServerOptions::default());
    stage.begin().await;
    stage.client.stop();
    assert_eq!(stage.exit().await, Exit::Done);
    assert_eq!(stage.told(), ["registered", "unregistered", "deleted"]);
    assert_eq!(stage.server.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn configuration_has_one_direction_only() {
    let notification_type = Some(NotificationType::PRINTER_CONFIGURATION);
    let options = ClientOptions { notification_type, ..options(Mode::Bidirectional, 1) };
    let mut stage = Stage::new(options, ServerOptions::default());
    stage.begin().await;
    assert_eq!(stage.exit().await, Exit::ModeNotSupported);
    assert_eq!(stage.told(), [""; 0]);
}

#[rstest]
#[case::shutdown(Request::Shutdown, "GetNotification threw 0x8007071a (NOTIFICATIONS_TERMINATED)")]
#[case::queue(Request::DeletePrinter { printer: r"\\PRINTSRV\laser".into() }, "released")]
#[tokio::test(start_paused = true)]
async fn what_the_server_ends_is_not_retried(#[case] event: Request, #[case] expected: &str) {
    let printer = Some(r"\\PRINTSRV\laser".to_owned());
    let mut stage = Stage::new(ClientOptions { printer, ..options(Mode::Unidirectional, 1) }, ServerOptions::default());
    stage.begin().await;
    stage.ask(event);
    assert_eq!(stage.exit().await, Exit::Terminated);
    assert_eq!(stage.told()[1], expected);
    assert!(!stage.told().iter().any(|word| word.starts_with("again")), "{:?}", stage.told());
}
