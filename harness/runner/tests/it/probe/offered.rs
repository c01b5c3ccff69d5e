//! What the reference server offers, in its variants.

use insta::assert_snapshot;
use peer::server::ServerOptions;
use peer::{Misbehaviour, Variant};
use rstest::rstest;
use runner::probe::to_text;
use runner::stimulus::Source;

use super::{in_virtual_time, probed, reference, server};

fn text(options: ServerOptions, is_mapped: bool) -> String {
    to_text(&probed(reference(options), is_mapped).expect("an offer"))
}

#[rstest]
#[case(Variant::NdrOnly)]
#[case(Variant::NoMultiplexing)]
#[case(Variant::BigEndian)]
#[case(Variant::SmallFragments)]
fn variants_are_told(#[case] variant: Variant) {
    let options = ServerOptions { variant: Some(variant), ..ServerOptions::default() };
    assert_snapshot!(format!("probe-{}", variant.name()), text(options, false));
}

#[test]
fn endpoints_are_told() {
    let options = ServerOptions { variant: Some(Variant::LocalTowers), ..ServerOptions::default() };
    assert_snapshot!("probe-mapped", text(options, true));
}

#[test]
fn the_offer_is_json() {
    let offer = probed(reference(ServerOptions::default()), true).expect("an offer");
    let json = serde_json::to_string_pretty(&offer).expect("JSON");
    assert_snapshot!("probe-json", json);
}

#[rstest]
#[case::no_remote_object(
    Misbehaviour::CreateReturnsNull,
    "Create            first connection  0x00000000 (S_OK) with the NULL handle"
)]
fn a_registration_goes_as_far_as_it_can(#[case] misbehaviour: Misbehaviour, #[case] line: &str) {
    let options = ServerOptions { misbehaviour: Some(misbehaviour), ..ServerOptions::default() };
    let told = text(options, false);
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(squeezed(&told).contains(&squeezed(line)), "{told}");
    assert!(!told.contains("RegisterClient  "), "{told}");
}

/// What a source says that it can't do is told, and whether it can be believed.
#[test]
fn a_notification_source_is_asked() {
    use std::rc::Rc;
    use std::time::Duration;
    use trace::stimulus::{Answer, Request};

    let one_way = Source::embedded(
        Rc::new(|request| {
            let answer = match request {
                Request::Notify { .. } => Answer::Done,
                Request::ChannelClose { .. } => Answer::Refused { error: "no such channel".into(), unsupported: false },
                _ => Answer::Refused { error: "one way only".into(), unsupported: true },
            };
            Box::pin(async move { answer })
        }),
        Duration::from_secs(5),
    );
    let offer = in_virtual_time(async {
        let mut server = server(reference(ServerOptions::default()), false);
        server.source = Some(one_way);
        runner::probe::probe(&server).await.expect("an offer")
    });
    let told = to_text(&offer);
    let section = told.split("Notification source\n").nth(1).expect("a section").to_owned();
    assert_snapshot!("probe-source", section);
}

/// A source that says yes to everything can't be believed; one that is silent is asked no further.
#[rstest]
#[case(true, "unknown: the notification source answers a verb that does not exist with success", 5)]
#[case(false, "unknown: the notification source does not answer: no answer within 5s", 1)]
fn a_source_may_say_anything(#[case] says_yes: bool, #[case] words: &str, #[case] asked: usize) {
    let source = Source::embedded(
        std::rc::Rc::new(move |_| {
            Box::pin(async move {
                if !says_yes {
                    std::future::pending::<()>().await;
                }
                trace::stimulus::Answer::Done
            })
        }),
        std::time::Duration::from_secs(5),
    );
    let offer = in_virtual_time(async {
        let mut server = server(reference(ServerOptions::default()), false);
        server.source = Some(source);
        runner::probe::probe(&server).await.expect("an offer")
    });
    assert!(to_text(&offer).contains(words), "{}", to_text(&offer));
    assert_eq!(offer.notification_source.expect("a source").verbs.len(), asked);
}
