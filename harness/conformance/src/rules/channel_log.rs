//! What the source of a channel has received ([MS-PAN] 3.1.1 figure 7, 3.1.1.1, 3.1.1.4.4, 3.1.1.4.6).

use alloc::format;
use alloc::string::String;

use mspan::NotificationType;
use trace::stimulus::{Answer, ChannelLog, ClosedBy};

use super::exchange::server;
use crate::catalogue::Level;
use crate::event::{CallId, Event, Kind};
use crate::model::channel::{
    Belief, ChannelCall, ChannelMethod, Fate, LogRequest, Mislogged, Origin, RESPONSE_LIMIT, View,
};
use crate::model::{Model, Moment};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

/// The rules about logs of sources.
pub(super) static RULES: &[Rule] = &[
    server(
        "MS-PAN/3.1.1.4.4/response-reaches-the-source",
        "3.1.1.4.4",
        Level::Must,
        &["PAN-3.1.1.4.4-37"],
        response_reaches_the_source,
    )
    .at(Occasions::STIMULUS_ANSWERED),
    server(
        "MS-PAN/3.1.1.4.4/first-response-is-ignored",
        "3.1.1.4.4",
        Level::Must,
        &["PAN-3.1.1.4.4-11", "PAN-3.1.3.4.2-04"],
        first_response_is_ignored,
    )
    .at(Occasions::STIMULUS_ANSWERED),
    server(
        "MS-PAN/3.1.1/responses-keep-their-order",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-18"],
        responses_keep_their_order,
    )
    .at(Occasions::STIMULUS_ANSWERED),
    server(
        "MS-PAN/3.1.1/close-reaches-the-source",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-13", "PAN-3.1.1-17", "PAN-3.1.1-19", "PAN-3.1.1-20"],
        close_reaches_the_source,
    )
    .at(Occasions::STIMULUS_ANSWERED),
    server(
        "MS-PAN/3.1.1.4.4/acquisition-reaches-the-source",
        "3.1.1.4.4",
        Level::Must,
        &["PAN-3.1.1.4.4-34"],
        acquisition_reaches_the_source,
    )
    .at(Occasions::STIMULUS_ANSWERED),
    server(
        "MS-PAN/3.1.1/first-call-leaves-the-channel-free",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-11"],
        first_call_leaves_the_channel_free,
    )
    .at(Occasions::STIMULUS_ANSWERED),
    server(
        "MS-PAN/3.1.1/release-does-not-close-for-others",
        "3.1.1",
        Level::Must,
        &["PAN-3.1.1-12"],
        release_does_not_close_for_others,
    )
    .at(Occasions::STIMULUS_ANSWERED),
    server(
        "MS-PAN/3.1.1.1/source-hears-the-owner-alone",
        "3.1.1.1",
        Level::Must,
        &["PAN-3.1.1.1-07"],
        source_hears_the_owner_alone,
    )
    .at(Occasions::STIMULUS_ANSWERED),
    server(
        "MS-PAN/3.1.1.4.4/large-response-is-not-passed-on",
        "3.1.1.4.4",
        Level::Should,
        &["PAN-3.1.1.4.4-08", "PAN-3.1.1.4.6-08"],
        large_response_is_not_passed_on,
    )
    .at(Occasions::STIMULUS_ANSWERED),
    server(
        "MS-PAN/3.1.1.4.4/refused-response-is-not-passed-on",
        "3.1.1.4.4",
        Level::Must,
        &["PAN-3.1.1.4.4-09", "PAN-3.1.1.4.4-29"],
        refused_response_is_not_passed_on,
    )
    .at(Occasions::STIMULUS_ANSWERED),
    server(
        "MS-PAN/3.1.1.4.6/refused-response-is-not-passed-on",
        "3.1.1.4.6",
        Level::Must,
        &["PAN-3.1.1.4.6-09", "PAN-3.1.1.4.6-20"],
        refused_final_response_is_not_passed_on,
    )
    .at(Occasions::STIMULUS_ANSWERED),
    server(
        "MS-PAN/3.1.1.4.6/release-passes-nothing-on",
        "3.1.1.4.6",
        Level::Must,
        &["PAN-3.1.1.4.6-14"],
        release_passes_nothing_on,
    )
    .at(Occasions::STIMULUS_ANSWERED),
];

fn response_reaches_the_source(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "each response of the owner reaches the source, octet for octet";
    let Some(logged) = Logged::of(model, event) else { return };
    match logged.wrong {
        Some(Mislogged::Missing(id)) if logged.kind(id) == Some(ChannelMethod::Gnsr) => {
            verdicts.fail(EXPECTED, format!("a response of {} octets is missing", logged.size(id))).about(id);
        }
        Some(Mislogged::Foreign(index, Origin::Unknown)) => {
            verdicts.fail(EXPECTED, format!("{}, which no client sent so", logged.entry(index)));
        }
        Some(Mislogged::Foreign(index, Origin::Refused(id))) => {
            verdicts.fail(EXPECTED, format!("{}, of a call that failed", logged.entry(index))).about(id);
        }
        None if !logged.log.responses.is_empty() => {
            verdicts.pass();
        }
        _ => {}
    }
}

fn first_response_is_ignored(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(logged) = Logged::of(model, event) else { return };
    let decided = |view: Option<&View>| -> &'static [&'static str] {
        match view.and_then(|view| view.notification_type) {
            Some(NotificationType::ASYNC_UI) => &["PAN-3.1.1.4.4-11", "PAN-3.1.3.4.2-04"],
            _ => &["PAN-3.1.1.4.4-11"],
        }
    };
    if let Some(Mislogged::Foreign(index, Origin::FirstCall(id))) = logged.wrong {
        let actual = format!("the source received {}", logged.entry(index));
        let view = model.channels.call(id).and_then(|call| model.channels.view(call.view));
        verdicts.fail("data of the first call on a channel is ignored", actual).on(decided(view)).about(id);
        return;
    }
    let mut ignored = logged.calls().filter(|(_, call)| is_first(call) && !call.data.is_empty());
    if let Some((view, _)) = ignored.next().filter(|_| logged.wrong.is_none()) {
        verdicts.pass().on(decided(Some(view)));
    }
}

fn responses_keep_their_order(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(logged) = Logged::of(model, event) else { return };
    match logged.wrong {
        Some(Mislogged::Disordered) => {
            let actual = format!("{} responses, in another order or some of them repeated", logged.log.responses.len());
            verdicts.fail("the source receives responses once each, in their order", actual);
        }
        None if logged.log.responses.len() > 1 => {
            verdicts.pass();
        }
        _ => {}
    }
}

fn close_reaches_the_source(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(logged) = Logged::of(model, event) else { return };
    if let Some(Mislogged::Missing(id)) = logged.wrong
        && logged.kind(id) == Some(ChannelMethod::Close)
    {
        let owned = logged.calls().any(|(view, call)| {
            view.calls.contains(&id) && call.id != id && call.fate == Fate::Taken && !is_first(call)
        });
        let which: &'static [&'static str] = if owned { &["PAN-3.1.1-20"] } else { &["PAN-3.1.1-13"] };
        let actual = format!("a final response of {} octets is missing", logged.size(id));
        verdicts.fail("a final response reaches the source", actual).on(which).about(id);
        return;
    }
    if let Some(Mislogged::Foreign(index, Origin::Release(id))) = logged.wrong
        && logged.size(id) == 0
    {
        let waiting = model.channels.call(id).is_some_and(|call| call.overtakes);
        let which: &'static [&'static str] = if waiting { &["PAN-3.1.1-17"] } else { &["PAN-3.1.1-19"] };
        let expected = "a release is told to the source as the end of the channel, not as a response";
        verdicts.fail(expected, format!("the source received {}", logged.entry(index))).on(which).about(id);
        return;
    }
    let Some(told) = logged.log.closed_by else { return };
    let owner = model.channels.owner(logged.request.source, logged.request.asked);
    let Some(view) = owner.and_then(|(owner, _)| model.channels.view(owner)) else { return };
    let closing = model.channels.calls_of(view).find(|call| {
        let ended = call.finished.is_some_and(|finished| finished < logged.request.asked);
        call.kind == ChannelMethod::Close && call.fate == Fate::Taken && ended
    });
    let Some(closing) = closing else { return };
    let which: &'static [&'static str] =
        match (closing.notification_type == Some(NotificationType::RELEASE), closing.overtakes) {
            (true, true) => &["PAN-3.1.1-17"],
            (true, false) => &["PAN-3.1.1-19"],
            (false, _) if view.calls.len() > 2 => &["PAN-3.1.1-20"],
            (false, _) => &["PAN-3.1.1-13"],
        };
    match told {
        None => verdicts.fail("the source learns that its channel is closed", "for the source it is still open"),
        Some(_) => verdicts.pass(),
    }
    .on(which)
    .about(closing.id);
}

fn acquisition_reaches_the_source(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(logged) = Logged::of(model, event) else { return };
    if model.channels.owner(logged.request.source, logged.request.asked).is_none() {
        return;
    }
    match logged.log.acquired {
        Some(false) => {
            let expected = "the channel is acquired by the first response, an empty one too";
            verdicts.fail(expected, "for the source no client has acquired it");
        }
        Some(true) => {
            verdicts.pass();
        }
        None => {}
    }
}

fn first_call_leaves_the_channel_free(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(logged) = Logged::of(model, event) else { return };
    let (mut read, mut more) = (false, false);
    for (_, call) in logged.calls() {
        read |= is_first(call) && call.finished.is_some();
        more |= !is_first(call);
    }
    match logged.log.acquired {
        _ if !read || more => {}
        Some(true) => {
            let expected = "a channel of which clients have only read the first notification is free";
            verdicts.fail(expected, "for the source a client has acquired it");
        }
        Some(false) => {
            verdicts.pass();
        }
        None => {}
    }
}

fn release_does_not_close_for_others(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "a release by a client that has not acquired the channel leaves it to the others";
    let Some(logged) = Logged::of(model, event) else { return };
    let source = logged.request.source;
    let (mut views, mut open) = (0_u32, 0_u32);
    for (_, view) in model.channels.views_on(source) {
        views += 1;
        open += u32::from(view.nulled.is_none());
    }
    let released = logged.calls().find(|(_, call)| is_release(call) && call.fate == Fate::Taken);
    let Some((_, release)) = released else { return };
    let free = model.channels.contenders(source, logged.now).next().is_none();
    if !free || views < 2 || open == 0 {
        return;
    }
    if logged.log.closed_by == Some(Some(ClosedBy::Client)) {
        verdicts.fail(EXPECTED, "for the source a client has closed it").about(release.id);
    } else if logged.log.acquired == Some(true) {
        verdicts.fail(EXPECTED, "for the source a client has acquired it").about(release.id);
    } else {
        verdicts.pass();
    }
}

fn source_hears_the_owner_alone(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    const EXPECTED: &str = "only the responses of the client that acquired the channel are accepted";
    let Some(logged) = Logged::of(model, event) else { return };
    if let Some(Mislogged::Foreign(index, Origin::Loser(id))) = logged.wrong {
        verdicts.fail(EXPECTED, format!("the source received {} of another client", logged.entry(index))).about(id);
    } else if logged.wrong.is_none() && logged.calls().any(|(_, call)| call.fate == Fate::Lost && !call.data.is_empty())
    {
        verdicts.pass();
    }
}

fn large_response_is_not_passed_on(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(logged) = Logged::of(model, event).filter(|logged| logged.wrong.is_none()) else { return };
    if logged.calls().any(|(_, call)| call.size > RESPONSE_LIMIT && call.fate == Fate::Refused) {
        verdicts.pass();
    }
    let large = logged.log.responses.iter().find(|entry| entry.data.len() as u64 > u64::from(RESPONSE_LIMIT));
    let Some(entry) = large else { return };
    let which: &'static [&'static str] = match logged.calls().find(|(_, call)| call.data == entry.data) {
        Some((_, call)) if call.kind == ChannelMethod::Close => &["PAN-3.1.1.4.6-08"],
        _ => &["PAN-3.1.1.4.4-08"],
    };
    let expected = format!("responses above {RESPONSE_LIMIT:#010x} octets are refused");
    verdicts.fail(expected, format!("the source received {} octets", entry.data.len())).on(which);
}

fn refused_response_is_not_passed_on(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    judge_refused(model, event, verdicts, ChannelMethod::Gnsr, &["PAN-3.1.1.4.4-09"], &["PAN-3.1.1.4.4-29"]);
}

fn refused_final_response_is_not_passed_on(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    judge_refused(model, event, verdicts, ChannelMethod::Close, &["PAN-3.1.1.4.6-09"], &["PAN-3.1.1.4.6-20"]);
}

fn judge_refused(
    model: &Scene<'_>,
    event: &Event,
    verdicts: &mut Verdicts,
    kind: ChannelMethod,
    too_large: &'static [&'static str],
    other_type: &'static [&'static str],
) {
    let Some(logged) = Logged::of(model, event) else { return };
    match logged.wrong {
        Some(Mislogged::Foreign(index, Origin::TooLarge(id))) if logged.kind(id) == Some(kind) => {
            let expected = "a response above the limit does not reach the source, neither whole nor cut off";
            verdicts.fail(expected, format!("the source received {}", logged.entry(index))).on(too_large).about(id);
        }
        Some(Mislogged::Foreign(index, Origin::TypeMismatch(id))) if logged.kind(id) == Some(kind) => {
            let expected = "a response with another type than the channel's does not reach the source";
            verdicts.fail(expected, format!("the source received {}", logged.entry(index))).on(other_type).about(id);
        }
        None if logged.calls().any(|(view, call)| {
            let other = call.notification_type.zip(view.notification_type).is_some_and(|(own, kind)| own != kind);
            call.kind == kind && other && !is_release(call) && !is_first(call) && call.fate == Fate::Refused
        }) =>
        {
            verdicts.pass().on(other_type);
        }
        _ => {}
    }
}

fn release_passes_nothing_on(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(logged) = Logged::of(model, event) else { return };
    if let Some(Mislogged::Foreign(index, Origin::Release(id))) = logged.wrong {
        if logged.size(id) == 0 {
            return;
        }
        let actual = format!("the source received {}", logged.entry(index));
        verdicts.fail("data with NOTIFICATION_RELEASE is ignored: the source receives no response", actual).about(id);
    } else if logged.wrong.is_none() && logged.calls().any(|(_, call)| is_release(call) && !call.data.is_empty()) {
        verdicts.pass();
    }
}

/// A source's log, with what is wrong with it.
struct Logged<'a> {
    model: &'a Model,
    request: LogRequest,
    log: &'a ChannelLog,
    wrong: Option<Mislogged>,
    now: Moment,
}

impl<'a> Logged<'a> {
    fn of(model: &'a Scene<'_>, event: &'a Event) -> Option<Self> {
        let Kind::StimulusAnswered { number, answer: Answer::Log(log) } = &event.kind else { return None };
        let request = model.channels.log_request(*number)?;
        if !model.channels.log_is_judgeable(request.source) {
            return None;
        }
        let now = Moment::of(event);
        Some(Self { model, request, log, wrong: model.channels.mislogged(request, log, now), now })
    }

    /// The calls on the channel.
    fn calls(&self) -> impl Iterator<Item = (&'a View, &'a ChannelCall)> {
        let model = self.model;
        let views = model.channels.views_on(self.request.source);
        views.flat_map(move |(_, view)| model.channels.calls_of(view).map(move |call| (view, call)))
    }

    fn kind(&self, id: CallId) -> Option<ChannelMethod> {
        self.model.channels.call(id).map(|call| call.kind)
    }

    fn size(&self, id: CallId) -> usize {
        self.model.channels.call(id).map_or(0, |call| call.data.len())
    }

    fn entry(&self, index: usize) -> String {
        let size = self.log.responses.get(index).map_or(0, |entry| entry.data.len());
        format!("a response of {size} octets")
    }
}

fn is_release(call: &ChannelCall) -> bool {
    call.kind == ChannelMethod::Close && call.notification_type == Some(NotificationType::RELEASE)
}

fn is_first(call: &ChannelCall) -> bool {
    call.kind == ChannelMethod::Gnsr && call.first == Belief::Yes
}
