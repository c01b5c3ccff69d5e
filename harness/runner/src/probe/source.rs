//! What a notification source says that it can't do.

use bytes::Bytes;
use trace::stimulus::{Answer, Audience, Request};

use super::offer::{Fact, SourceOffer, Verb};
use super::registration::TYPE;
use crate::stimulus::Source;

/// The channel that is opened, and closed again.
const CHANNEL: &str = "probe";

/// Tries a verb that does not exist, and then those that do no harm: nobody is registered for their notification type.
pub(super) async fn tried(source: &Source) -> SourceOffer {
    let nonsense = source.probe().await.map(|()| "unsupported, as it should be".to_owned());
    let mut verbs = Vec::new();
    for (verb, request) in requests() {
        let answer = source.ask(request).await;
        verbs.push(told(verb, &answer));
        // Who does not answer now does not answer the next.
        if matches!(answer, Answer::Silent { .. }) {
            break;
        }
    }
    let not_tried = ["delete_printer", "shutdown"].map(str::to_owned).to_vec();
    SourceOffer { nonsense: nonsense.into(), verbs, not_tried }
}

fn requests() -> [(&'static str, Request); 5] {
    let audience = || Audience { notification_type: TYPE, filter: 1, user: None, printer: None };
    let data = || Bytes::from_static(b"<\0p\0/\0>\0");
    let id = || CHANNEL.to_owned();
    [
        ("notify", Request::Notify { audience: audience(), data: data() }),
        ("open_channel", Request::OpenChannel { id: id(), audience: audience(), data: None }),
        ("channel_notify", Request::ChannelNotify { id: id(), data: data() }),
        ("channel_log", Request::ChannelLog { id: id() }),
        ("channel_close", Request::ChannelClose { id: id() }),
    ]
}

fn told(verb: &str, answer: &Answer) -> Verb {
    let (can, answer) = match answer {
        Answer::Done | Answer::Log(_) => (Fact::Known(true), "done".to_owned()),
        Answer::Refused { unsupported: true, error } => (Fact::Known(false), format!("unsupported: {error}")),
        Answer::Refused { unsupported: false, error } => {
            (Fact::Unknown("it refused without calling it unsupported".to_owned()), format!("refused: {error}"))
        }
        Answer::Silent { why } => (Fact::Unknown("it did not answer".to_owned()), why.clone()),
    };
    Verb { verb: verb.to_owned(), can, answer }
}
