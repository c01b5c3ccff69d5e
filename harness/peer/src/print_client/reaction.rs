//! What a notification on a channel is answered ([MS-PAN] 3.2.3.4).

use bytes::Bytes;
use mspan::async_ui::{self, NotificationKind, Reply};
use tokio::time::sleep;

use super::PrintClient;
use super::report::{Document, Report};
use super::user::Answer;
use crate::client_misbehaviour::ClientMisbehaviour::*;
use crate::client_variant::ClientVariant::EntryPointsOutOfReach;

/// What a notification on a channel is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reaction {
    /// The channel is closed without a response.
    Release,
    /// The channel is closed with a response.
    Final(Bytes),
    /// A response, and the next notification is waited for.
    Respond(Bytes),
}

impl PrintClient {
    /// What a notification is answered, when the user has chosen or the entry point has returned. A user who is asked to
    /// leave does not choose.
    pub(super) async fn react(&self, document: &Document, is_last: bool) -> Reaction {
        let delay = match document {
            Document::AsyncUi(_) | Document::Other => self.0.options.user.delay,
            Document::Invalid(_) | Document::Configuration(_) => std::time::Duration::ZERO,
        };
        tokio::select! {
            biased;
            () = self.0.interest.stopped() => return Reaction::Release,
            () = sleep(delay) => {}
        }
        match document {
            Document::AsyncUi(notification) => self.reply(notification),
            Document::Invalid(_) if self.does(InvalidDocumentAnswered) => {
                reply(&Reply::MessageBox(Some("2".to_owned())))
            }
            Document::Invalid(_) | Document::Configuration(_) => Reaction::Release,
            Document::Other => match &self.0.options.user.answer {
                Answer::Respond(response) if !is_last => Reaction::Respond(response.clone()),
                Answer::Respond(response) | Answer::Close(response) => Reaction::Final(response.clone()),
                Answer::Release => Reaction::Release,
            },
        }
    }

    /// A message box is answered by its button, all else by what the entry point returned.
    fn reply(&self, notification: &async_ui::Notification) -> Reaction {
        if notification.kind == NotificationKind::MessageBox {
            let names = |button: &async_ui::Button| button.is_ok_or_cancel() && button.resource.is_some();
            if self.does(StringsOfOkWanted) && notification.buttons.iter().any(names) {
                return Reaction::Release;
            }
            let Some(button) = self.0.options.user.button.choose(&notification.buttons) else {
                return Reaction::Release;
            };
            self.tell(Report::Pressed(button.clone()));
            let string = button.resource.as_ref().map_or_else(|| "600".to_owned(), |resource| resource.key.clone());
            let named = if self.does(ButtonNamedByString) { string } else { button.value.clone() };
            return reply(&Reply::MessageBox(Some(named)));
        }
        match self.call_entry_point(notification).flatten() {
            Some(_) if self.does(MessageBoxReplyToAll) => reply(&Reply::MessageBox(Some("1".to_owned()))),
            Some(text) => match reply(&Reply::CustomUi(text)) {
                Reaction::Final(octets)
                    if self.does(CustomDataInReply) && notification.kind == NotificationKind::CustomData =>
                {
                    Reaction::Final(with_custom_data(&octets))
                }
                reaction => reaction,
            },
            None if self.does(AbsentEntryPointAnswered) => reply(&Reply::CustomUi("can't be called".to_owned())),
            None => Reaction::Release,
        }
    }

    /// Calls the entry point that a notification names: none when it names none, and none inside when it can't be called.
    pub(super) fn call_entry_point(&self, notification: &async_ui::Notification) -> Option<Option<String>> {
        let called = notification.entry_point.clone()?;
        let returned = self.0.options.user.drivers.call(&called.dll).map(str::to_owned);
        let returned = returned.filter(|_| !self.varies(EntryPointsOutOfReach));
        self.tell(Report::EntryPoint { called, data: notification.binary.clone(), returned: returned.clone() });
        Some(returned)
    }
}

fn reply(reply: &Reply) -> Reaction {
    Reaction::Final(reply.encode().into())
}

/// The reply with customData in place of CustomUI.
fn with_custom_data(octets: &[u8]) -> Bytes {
    let units: Vec<u16> = octets.as_chunks::<2>().0.iter().copied().map(u16::from_le_bytes).collect();
    let text = String::from_utf16_lossy(&units).replace("CustomUI>", "customData>");
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
