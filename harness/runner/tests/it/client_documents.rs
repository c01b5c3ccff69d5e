//! What the rules say of the reference client about the documents that it receives, well-behaved or not.

use std::sync::Arc;
use std::time::Duration;

use conformance::{Checker, Config, Finding, Party, Severity, Source, rules};
use mspan::NotificationType;
use peer::print_client::{ClientOptions, Mode, PrintClient};
use peer::server::{Accepted, Identity, Server, ServerOptions};
use peer::transport::DuplexConnector;
use peer::{ClientMisbehaviour, Tap, client};
use rstest::rstest;
use trace::stimulus::{Answer, Audience, Request};
use trace::{End, Mark, Vantage};

/// Documents that a client answers on a channel, tolerates there, or releases.
const ON_CHANNELS: [&str; 14] = [
    r#"<messageBoxUI><title>t</title><body>b</body><buttons><button buttonID="3" stringID="600"/><button buttonID="IDCANCEL"/></buttons></messageBoxUI>"#,
    r#"<messageBoxUI><title>t</title><body>b</body><buttons><button buttonID="IDOK" stringID="1" resourceDll="missing.dll"/></buttons></messageBoxUI>"#,
    r#"<MessageBoxUI a="1"><buttons><button stringID="600" buttonID="7x"/></buttons><title>t</title></MessageBoxUI>"#,
    r#"<messageBoxUI><title>t</title><body>b</body><buttons><button buttonID="idOk"/></buttons></messageBoxUI>"#,
    r#"<messageBoxUI><title stringID="109">x</title><body>b</body><buttons><button buttonID="IDOK"/></buttons></messageBoxUI>"#,
    r#"<messageBoxUI><title>t</title><body stringID="110">x</body><buttons><button buttonID="IDOK"/></buttons></messageBoxUI>"#,
    r#"<messageBoxUI><title>t</title><body>b<parameter type="PrinterName">x</parameter></body><buttons><button buttonID="IDOK"/></buttons></messageBoxUI>"#,
    r#"<messageBoxUI><title>t</title><body>b</body><buttons/></messageBoxUI>"#,
    r#"<messageBoxUI><title>t</title><body>b</body><buttons>"#,
    r#"<customUI dll="a.dll" entrypoint="E" bidi="TRUE">x</customUI>"#,
    r#"<customUI dll="nosuch.dll" entrypoint="E" bidi="true">x</customUI>"#,
    r#"<customUI dll="..\evil.dll" entrypoint="E" bidi="true">x</customUI>"#,
    r#"<customUI dll="a.dll" entrypoint="E" bidi="yes">x</customUI>"#,
    r#"<balloonUI><title>t</title><body>b</body></balloonUI>"#,
];

/// Documents in one direction.
const IN_ONE_DIRECTION: [&str; 6] = [
    r#"<balloonUI><title>t</title><body>b</body></balloonUI>"#,
    r#"<balloonUI><title>t</title><body>b"#,
    r#"<balloonUI><title>t</title><body>b</body><action dll="nosuch.dll" entrypoint="E">x</action></balloonUI>"#,
    r#"<customUI dll="nosuch.dll" entrypoint="E" bidi="false">x</customUI>"#,
    r#"<customUI dll="a.dll" entrypoint="E" bidi="no">x</customUI>"#,
    r#"<balloonUI><title>t</title><body>b</body></balloonUI>"#,
];

fn document(content: &str) -> bytes::Bytes {
    let text = format!(
        r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen>{content}</requestOpen></v1></asyncPrintUIRequest>"#
    );
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// What a client does that gets documents, one after the other, and leaves; judged as a witness at a place knows it.
async fn judged(options: ClientOptions, documents: &[&str], vantage: Vantage) -> Vec<Finding> {
    let server = Server::new(ServerOptions { seed: Some(1), ..ServerOptions::default() });
    let serving = server.clone();
    let connector = DuplexConnector::new("server:1", move |link| {
        let (server, identity) = (serving.clone(), Some(Identity::user("alice", true)));
        tokio::spawn(async move {
            let accepted = Accepted { client: link.client, server: link.server, identity, script: None };
            server.serve_connection(tokio::io::join(link.reading, link.writing), accepted).await
        });
    });
    let count = u32::try_from(documents.len()).expect("few");
    let (tap, channels) = (Tap::new(), options.mode == Mode::Bidirectional);
    let association = client::Options { actor: Some("one".to_owned()), ..options.association };
    let options = ClientOptions { count: Some(count), association, ..options };
    tap.mark(Mark::Launched { client: "one".to_owned(), wants: count });
    let client = PrintClient::new(options, Arc::new(connector), tap.clone(), |_| {});
    let running = tokio::spawn(async move { client.run().await });
    let kind = NotificationType::ASYNC_UI;
    let audience = || Audience { notification_type: kind.0, filter: 1, user: None, printer: None };
    for (number, content) in documents.iter().enumerate() {
        tokio::time::sleep(Duration::from_secs(8)).await;
        let data = document(content);
        let request = match channels {
            true => Request::OpenChannel { id: format!("c{number}"), audience: audience(), data: Some(data) },
            false => Request::Notify { audience: audience(), data },
        };
        assert_eq!(server.source(request), Answer::Done);
    }
    tokio::time::timeout(Duration::from_secs(600), running).await.ok();
    tap.end(End::Complete);
    let config = Config { vantage, source: Source::Unseen, ..Config::default() };
    let mut checker = Checker::new(config, rules::all().filter(|rule| rule.party == Party::Client));
    for entry in tap.take() {
        checker.push(&entry, &mut |_| {});
    }
    checker.finish().findings
}

#[rstest]
#[case::on_channels(Mode::Bidirectional, &ON_CHANNELS)]
#[case::in_one_direction(Mode::Unidirectional, &IN_ONE_DIRECTION)]
#[tokio::test(start_paused = true)]
async fn a_correct_client_is_accused_of_nothing(
    #[case] mode: Mode,
    #[case] documents: &[&str],
    #[values(Vantage::Client, Vantage::Server, Vantage::Unknown)] vantage: Vantage,
) {
    let findings = judged(ClientOptions { mode, ..ClientOptions::default() }, documents, vantage).await;
    // What sections 2.1 and 2.2 demand of binds, target files waive: authentication, and NDR64 unless they list it.
    let held = |finding: &&Finding| finding.verdict > Severity::Note && !["2.1", "2.2"].contains(&finding.section);
    let accused: Vec<_> = findings.iter().filter(held).collect();
    assert!(accused.is_empty(), "{accused:#?}");
}

/// Each breach is found by the rule of the requirement that it is made to break first.
#[rstest]
#[case(ClientMisbehaviour::InvalidDocumentAnswered)]
#[case(ClientMisbehaviour::NothingTolerated)]
#[case(ClientMisbehaviour::ButtonNamedByString)]
#[case(ClientMisbehaviour::MessageBoxReplyToAll)]
#[case(ClientMisbehaviour::AbsentEntryPointAnswered)]
#[case(ClientMisbehaviour::ReplyByResponse)]
#[case(ClientMisbehaviour::ClosedByResponse)]
#[case(ClientMisbehaviour::FinalResponseEmpty)]
#[case(ClientMisbehaviour::FinalResponseUnderRelease)]
#[case(ClientMisbehaviour::FinalResponseUnderNil)]
#[case(ClientMisbehaviour::FirstCallWithData)]
#[case(ClientMisbehaviour::FirstCallReleases)]
#[case(ClientMisbehaviour::ChannelsLeftOpen)]
#[case(ClientMisbehaviour::TypeOctetsReversed)]
#[case(ClientMisbehaviour::StopsAtInvalidDocument)]
#[case(ClientMisbehaviour::StopsAtAbsentEntryPoint)]
#[case(ClientMisbehaviour::WaitsInOtherMode)]
#[tokio::test(start_paused = true)]
async fn misbehaviours_about_documents_are_found(#[case] misbehaviour: ClientMisbehaviour) {
    let mut found = Vec::new();
    for (mode, documents) in [(Mode::Bidirectional, &ON_CHANNELS[..]), (Mode::Unidirectional, &IN_ONE_DIRECTION[..])] {
        let options = ClientOptions { mode, misbehaviour: Some(misbehaviour), ..ClientOptions::default() };
        let findings = judged(options, documents, Vantage::Client).await;
        let grave = findings.into_iter().filter(|finding| finding.verdict >= Severity::Warn);
        found.extend(grave.flat_map(|finding| finding.requirements.iter().copied()));
    }
    let first = misbehaviour.requirements()[0];
    assert!(found.contains(&first), "{first} among {found:?}");
}
