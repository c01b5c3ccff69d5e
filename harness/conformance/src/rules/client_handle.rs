//! Which channel handles clients use ([MS-PAN] 3.1.1.4.4, 3.1.1.4.6): those of GetNewChannel, and none that is closed.

use alloc::string::String;

use mspan::method::Out;
use mspan::{Method, NotificationType};

use super::client_request::{ChannelRequest, client, registered, view_of};
use crate::catalogue::Level;
use crate::event::{AssociationId, Event, Kind, Outcome};
use crate::model::channel::{Belief, ChannelMethod};
use crate::model::client::ClientCall;
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const GNSR: &str = "3.1.1.4.4";
const CLOSE: &str = "3.1.1.4.6";

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/3.1.1.4.4/handle-is-of-get-new-channel",
        GNSR,
        Level::Must,
        &["PAN-3.1.1.4.4-01", "PAN-3.1.1.4.4-03", "PAN-2.2.5-01"],
        |model, event, verdicts| {
            stems(model, event, verdicts, ChannelMethod::Gnsr, &["PAN-3.1.1.4.4-03", "PAN-2.2.5-01"]);
        },
    )
    .at(Occasions::STARTED.of(&[Method::GetNotificationSendResponse])),
    client(
        "MS-PAN/3.1.1.4.6/handle-is-of-get-new-channel",
        CLOSE,
        Level::Must,
        &["PAN-3.1.1.4.6-01", "PAN-3.1.1.4.6-03", "PAN-2.2.5-01"],
        |model, event, verdicts| {
            stems(model, event, verdicts, ChannelMethod::Close, &["PAN-3.1.1.4.6-03", "PAN-2.2.5-01"]);
        },
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel])),
    client(
        "MS-PAN/3.1.1.4.4/handle-is-open",
        GNSR,
        Level::MustNot,
        &["PAN-3.1.1.4.4-02", "PAN-3.1.1.4.4-40", "PAN-3.1.1.4.4-41"],
        |model, event, verdicts| is_open(model, event, verdicts, ChannelMethod::Gnsr, &OF_GNSR),
    )
    .at(Occasions::STARTED.of(&[Method::GetNotificationSendResponse]).or(Occasions::ASSOCIATION_ENDED)),
    client(
        "MS-PAN/3.1.1.4.6/handle-is-open",
        CLOSE,
        Level::MustNot,
        &["PAN-3.1.1.4.6-02", "PAN-3.1.1.4.6-24", "PAN-3.1.1.4.6-25"],
        |model, event, verdicts| is_open(model, event, verdicts, ChannelMethod::Close, &OF_CLOSE),
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel]).or(Occasions::ASSOCIATION_ENDED)),
];

/// The requirements on open handles.
struct Decided {
    /// The handle is neither closed nor zero.
    open: &'static [&'static str],
    /// The same, after a GetNotificationSendResponse that returned NULL.
    after_null: &'static [&'static str],
    /// The same, after CloseChannel.
    after_close: &'static [&'static str],
    /// Nothing came after a GetNotificationSendResponse that returned NULL.
    null: &'static [&'static str],
    /// Nothing came after CloseChannel.
    close: &'static [&'static str],
}

static OF_GNSR: Decided = Decided {
    open: &["PAN-3.1.1.4.4-02"],
    after_null: &["PAN-3.1.1.4.4-02", "PAN-3.1.1.4.4-40"],
    after_close: &["PAN-3.1.1.4.4-02", "PAN-3.1.1.4.4-41"],
    null: &["PAN-3.1.1.4.4-40"],
    close: &["PAN-3.1.1.4.4-41"],
};

static OF_CLOSE: Decided = Decided {
    open: &["PAN-3.1.1.4.6-02"],
    after_null: &["PAN-3.1.1.4.6-02", "PAN-3.1.1.4.6-24"],
    after_close: &["PAN-3.1.1.4.6-02", "PAN-3.1.1.4.6-25"],
    null: &["PAN-3.1.1.4.6-24"],
    close: &["PAN-3.1.1.4.6-25"],
};

/// How a client learnt that its handle is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    /// A GetNotificationSendResponse succeeded with NULL.
    Null {
        /// With NOTIFICATION_RELEASE.
        released: bool,
    },
    /// CloseChannel succeeded, whatever handle it returned.
    Closed,
    /// A call failed with NULL.
    Failed,
}

impl Gone {
    /// Whether a call ended its channel.
    pub(super) fn by(call: &ClientCall) -> Option<Self> {
        let Outcome::Returned { output: Some(output), .. } = call.outcome()? else { return None };
        match output {
            Out::GetNotificationSendResponse(output) if output.status.is_success() => output
                .channel
                .is_null()
                .then_some(Self::Null { released: output.notification_type == Some(NotificationType::RELEASE) }),
            Out::GetNotificationSendResponse(output) => output.channel.is_null().then_some(Self::Failed),
            Out::CloseChannel(output) if output.status.is_success() => Some(Self::Closed),
            Out::CloseChannel(output) => output.channel.is_null().then_some(Self::Failed),
            _ => None,
        }
    }
}

/// The handle was returned by GetNewChannel in the same association, and is no remote object's.
fn stems(
    model: &Scene<'_>,
    event: &Event,
    verdicts: &mut Verdicts,
    kind: ChannelMethod,
    foreign: &'static [&'static str],
) {
    let Some(request) = ChannelRequest::of(model, event, kind) else { return };
    let Some(handle) = request.request.handle().filter(|handle| !handle.is_null()) else { return };
    let association = request.request.started.association;
    let expected = "a handle that GetNewChannel has returned";
    match model.clients.giver(association, handle) {
        Some(giver) if giver.is(Method::GetNewChannel) => {
            verdicts.pass();
        }
        Some(_) => {
            verdicts.fail(expected, "the handle of a remote object");
        }
        None if !request.request.has_whole_past(model) || has_unread_channels(model, association) => {}
        None => {
            verdicts.fail(expected, "a handle that was not returned in this association").on(foreign);
        }
    }
}

/// Whether a GetNewChannel came back with what can't be read.
fn has_unread_channels(model: &Scene<'_>, association: AssociationId) -> bool {
    let unread = |call: &ClientCall| matches!(call.outcome(), Some(Outcome::Returned { output: None, .. }));
    model.clients.calls_of(association).any(|call| call.is(Method::GetNewChannel) && unread(call))
}

fn is_open(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, kind: ChannelMethod, decided: &Decided) {
    if let Kind::AssociationEnded(association) = event.kind {
        return nothing_followed(model, association, verdicts, kind, decided);
    }
    let Some(request) = ChannelRequest::of(model, event, kind) else { return };
    if request.request.handle().is_some_and(|handle| handle.is_null()) {
        return zero(model, &request, verdicts, decided);
    }
    if request.known().is_none() {
        return;
    }
    for call in request.earlier(model) {
        let Some(gone) = Gone::by(call) else { continue };
        match request.request.knows(call) {
            // The answer and this request may have crossed.
            Belief::Maybe => return,
            Belief::No => continue,
            Belief::Yes => {}
        }
        let expected = "no call on a channel that is closed";
        match gone {
            Gone::Null { .. } => {
                let actual = "GetNotificationSendResponse had returned NULL for the handle";
                verdicts.fail(expected, actual).on(decided.after_null)
            }
            Gone::Closed => verdicts.fail(expected, "CloseChannel had closed it").on(decided.after_close),
            Gone::Failed => verdicts.fail(expected, "a call had returned NULL for the handle").on(decided.open),
        };
        return;
    }
    verdicts.pass().on(decided.open);
}

/// Where the handle is zero, the channel that was closed last tells of what the client took no notice, unless that is drawn.
fn zero(model: &Scene<'_>, request: &ChannelRequest<'_>, verdicts: &mut Verdicts, decided: &Decided) {
    let calls = model.clients.calls_of(request.request.started.association).rev();
    let known = calls.filter(|call| request.request.knows(call).possible());
    let mut gone = known.filter_map(|call| Some((call, Gone::by(call)?))).peekable();
    let last = gone.peek().map(|(_, gone)| *gone);
    let lost = |call, gone| gone == Gone::Null { released: true } && is_async_ui(model, call);
    let releases = request.kind == ChannelMethod::Close && request.releases();
    let expected = "a handle that is not zero";
    // Figure 11 draws such a call (SD-11), and of several channels it may be for any that was lost.
    if releases && gone.any(|(call, gone)| lost(call, gone)) {
        let actual = "a release of the NULL handle, as figure 11 draws it (SD-11)";
        verdicts.warn(expected, actual).on(decided.after_null);
        return;
    }
    match last {
        Some(Gone::Null { .. }) => {
            let actual = "the NULL handle, which GetNotificationSendResponse had returned";
            verdicts.fail(expected, actual).on(decided.after_null)
        }
        Some(Gone::Closed) => verdicts.fail(expected, "the NULL handle, after CloseChannel").on(decided.after_close),
        _ => verdicts.fail(expected, String::from("the NULL handle")).on(decided.open),
    };
}

fn is_async_ui(model: &Scene<'_>, call: &ClientCall) -> bool {
    view_of(model, call).and_then(|view| registered(model, view)) == Some(NotificationType::ASYNC_UI)
}

/// The association has ended: channels that had ended before were left alone.
fn nothing_followed(
    model: &Scene<'_>,
    association: AssociationId,
    verdicts: &mut Verdicts,
    kind: ChannelMethod,
    decided: &Decided,
) {
    for (call, gone) in model.clients.calls_of(association).filter_map(|call| Some((call, Gone::by(call)?))) {
        let Some((view, answer)) = view_of(model, call).zip(call.answer.as_ref()) else { continue };
        let mut calls = model.channels.calls_of(view);
        if calls.any(|other| other.kind == kind && other.started > answer.at) {
            continue;
        }
        match gone {
            Gone::Null { .. } => drop(verdicts.pass().on(decided.null)),
            Gone::Closed => drop(verdicts.pass().on(decided.close)),
            Gone::Failed => {}
        }
    }
}
