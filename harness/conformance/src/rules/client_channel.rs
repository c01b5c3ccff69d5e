//! What clients put into GetNotificationSendResponse and CloseChannel ([MS-PAN] 3.1.1.4.4, 3.1.1.4.6, 3.2.3 figure 11):
//! types, sizes and data of their requests.

use alloc::format;
use alloc::string::{String, ToString};

use mspan::document::Verdict as Reading;
use mspan::{Method, NotificationType};

use super::client_request::{ChannelRequest, client};
use crate::catalogue::Level;
use crate::event::{Event, Kind};
use crate::fact::Facts;
use crate::model::channel::{Belief, ChannelMethod};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

const GNSR: &str = "3.1.1.4.4";
const CLOSE: &str = "3.1.1.4.6";

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client("MS-PAN/3.1.1.4.4/first-call-has-no-type", GNSR, Level::Must, &["PAN-3.1.1.4.4-06"], first_has_no_type)
        .at(Occasions::STARTED.of(&[Method::GetNotificationSendResponse])),
    client(
        "MS-PAN/3.1.1.4.4/later-calls-have-the-registered-type",
        GNSR,
        Level::Must,
        &["PAN-3.1.1.4.4-07"],
        later_have_the_registered_type,
    )
    .at(Occasions::STARTED.of(&[Method::GetNotificationSendResponse])),
    client("MS-PAN/3.1.1.4.4/first-call-has-no-data", GNSR, Level::Should, &["PAN-3.1.1.4.4-10"], first_has_no_data)
        .at(Occasions::STARTED.of(&[Method::GetNotificationSendResponse])),
    client(
        "MS-PAN/3.2.3/channel-starts-with-an-empty-call",
        "3.2.3",
        Level::Must,
        &["PAN-3.2.3-02"],
        starts_with_an_empty_call,
    )
    .at(Occasions::STARTED.of(&[Method::GetNotificationSendResponse])),
    client(
        "MS-PAN/3.1.1.4.4/sized-response-is-there",
        GNSR,
        Level::MustNot,
        &["PAN-3.1.1.4.4-13"],
        |model, event, v| {
            size_counts_octets(model, event, v, ChannelMethod::Gnsr, "pInNotificationData");
        },
    )
    .at(Occasions::STARTED.of(&[Method::GetNotificationSendResponse])),
    client(
        "MS-PAN/3.1.1.4.6/sized-reason-is-there",
        CLOSE,
        Level::MustNot,
        &["PAN-3.1.1.4.6-12"],
        |model, event, v| {
            let Some(request) =
                ChannelRequest::of(model, event, ChannelMethod::Close).filter(|request| request.size > 0)
            else {
                return;
            };
            is_there(&request, v, "pReason");
        },
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel])),
    client("MS-PAN/3.1.1.4.6/size-counts-octets", CLOSE, Level::Must, &["PAN-3.1.1.4.6-11"], |model, event, v| {
        size_counts_octets(model, event, v, ChannelMethod::Close, "pReason");
    })
    .at(Occasions::STARTED.of(&[Method::CloseChannel])),
    client(
        "MS-PAN/3.1.1.4.6/response-has-the-format-of-its-type",
        CLOSE,
        Level::Must,
        &["PAN-3.1.1.4.4-12", "PAN-3.1.1.4.6-15", "PAN-2.2.1-04"],
        has_its_format,
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse])),
    client("MS-PAN/3.1.1.4.6/type-stands-inline", CLOSE, Level::Must, &["PAN-3.1.1.4.6-05"], type_stands_inline)
        .at(Occasions::STARTED.of(&[Method::CloseChannel])),
    client(
        "MS-PAN/3.1.1.4.6/close-without-response-is-a-release",
        CLOSE,
        Level::Should,
        &["PAN-3.1.1.4.6-06"],
        close_without_response_is_a_release,
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel]).given(Facts::EVENTFUL)),
    client(
        "MS-PAN/3.1.1.4.6/final-response-has-the-registered-type",
        CLOSE,
        Level::Must,
        &["PAN-3.1.1.4.6-07"],
        final_response_has_the_registered_type,
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel])),
    client(
        "MS-PAN/3.1.1.4.6/release-has-no-data",
        CLOSE,
        Level::Should,
        &["PAN-3.1.1.4.6-10", "PAN-3.1.1.4.6-13"],
        release_has_no_data,
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel]).given(Facts::EVENTFUL)),
    client("MS-PAN/3.2.3/replies-have-their-type", "3.2.3", Level::Must, &["PAN-3.2.3-01"], replies_have_their_type)
        .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse])),
    client(
        "MS-PAN/3.2.3.4/type-is-given-throughout",
        "3.2.3.4",
        Level::Must,
        &["PAN-3.2.3.4-01"],
        type_is_given_throughout,
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse])),
];

/// NULL; of AsyncUI clients the AsyncUI type is taken too (SD-09).
fn first_has_no_type(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = first(model, event) else { return };
    let Some(given) = request.notification_type else {
        verdicts.pass();
        return;
    };
    let registered = request.registered(model);
    let expected = "NULL as pInNotificationType of the first call for a channel";
    if given != NotificationType::ASYNC_UI {
        verdicts.fail(expected, format!("{given}"));
    } else if registered.is_none_or(|registered| registered == given) {
        verdicts.note(format!("{expected}, or the AsyncUI type (SD-09)"), "the AsyncUI type");
    } else {
        verdicts.fail(expected, format!("{given}, which is not the registered type"));
    }
}

fn later_have_the_registered_type(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = later(model, event) else { return };
    let Some(registered) = request.registered(model) else { return };
    let expected = || format!("{registered}, for which the client has registered");
    match request.notification_type {
        Some(given) if given == registered => verdicts.pass(),
        Some(NotificationType::RELEASE) => {
            verdicts.warn(format!("CloseChannel with NOTIFICATION_RELEASE, or {} (SD-05)", expected()), "a release")
        }
        Some(given) => verdicts.fail(expected(), format!("{given}")),
        None => verdicts.fail(expected(), "NULL"),
    };
}

fn first_has_no_data(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = first(model, event) else { return };
    no_data(&request, verdicts);
}

fn starts_with_an_empty_call(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = first(model, event) else { return };
    if request.registered(model) == Some(NotificationType::ASYNC_UI) {
        no_data(&request, verdicts);
    }
}

fn no_data(request: &ChannelRequest<'_>, verdicts: &mut Verdicts) {
    if request.size == 0 && request.octets().is_empty() {
        verdicts.pass();
    } else {
        verdicts.fail("InSize 0 and no data in the first call for a channel", shown(request));
    }
}

fn is_there(request: &ChannelRequest<'_>, verdicts: &mut Verdicts, name: &str) {
    if request.data.is_some() {
        verdicts.pass();
    } else {
        verdicts.fail(format!("{name} that is not NULL, for InSize is not 0"), shown(request));
    }
}

/// max_count, InSize and the number of octets are the same; NULL stands for none (SD-29).
fn size_counts_octets(
    model: &Scene<'_>,
    event: &Event,
    verdicts: &mut Verdicts,
    kind: ChannelMethod,
    name: &'static str,
) {
    let Some(request) = ChannelRequest::of(model, event, kind) else {
        return unreadable(model, event, verdicts, kind);
    };
    let size = u64::from(request.size);
    match request.data {
        // CloseChannel has a requirement of its own for this.
        None if size > 0 && kind == ChannelMethod::Close => {}
        None if size > 0 => is_there(&request, verdicts, name),
        None => {
            verdicts.pass();
        }
        Some(data) if data.max_count == size && data.elements.len() as u64 == size => {
            verdicts.pass();
        }
        Some(data) => {
            let actual = format!("InSize {size}, max_count {}, {} octets", data.max_count, data.elements.len());
            verdicts.fail(format!("as many octets of {name} as InSize says"), actual);
        }
    }
}

/// A CloseChannel whose parameters can't be read says its size wrong, for its other parameters have fixed sizes.
fn unreadable(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, kind: ChannelMethod) {
    let Kind::CallStarted(started) = &event.kind else { return };
    let close = kind == ChannelMethod::Close && started.method == Some(Method::CloseChannel);
    if close && model.is_malformed(started.call) {
        let actual = format!("a stub of {} octets that can't be read", started.stub_length);
        verdicts.fail("handle, type, InSize, and as many octets of pReason as InSize says", actual);
    }
}

/// AsyncUI is the one type with a format for responses; what vendors' types demand is their affair.
fn has_its_format(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = ChannelRequest::any(model, event) else { return };
    let decided: &[&str] = match request.kind {
        ChannelMethod::Close => &["PAN-3.1.1.4.6-15", "PAN-2.2.1-04"],
        ChannelMethod::Gnsr if request.is_first(model) == Belief::No => &["PAN-3.1.1.4.4-12", "PAN-2.2.1-04"],
        ChannelMethod::Gnsr => return,
    };
    if request.notification_type != Some(NotificationType::ASYNC_UI) {
        return;
    }
    let expected = "an AsyncUI reply";
    if request.octets().is_empty() {
        verdicts.fail(expected, "an empty response").on(decided);
        return;
    }
    let assessment = model.reply(request.octets());
    match (assessment.verdict(), assessment.intolerable.first()) {
        (Reading::Invalid, Some(breach)) => verdicts.fail(expected, breach.to_string()).on(decided),
        _ => verdicts.pass().on(decided),
    };
}

/// A unique pointer in place of the reference pointer puts a referent before the type.
fn type_stands_inline(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = ChannelRequest::of(model, event, ChannelMethod::Close) else { return };
    let Some(given) = request.notification_type else { return };
    let registered = request.registered(model);
    if given == NotificationType::RELEASE || registered == Some(given) {
        verdicts.pass();
        return;
    }
    let behind_a_referent = |meant: NotificationType| {
        let (given, meant) = (given.0.to_bytes_le(), meant.0.to_bytes_le());
        given.iter().skip(4).eq(meant.iter().take(12)) && given.iter().take(4).any(|octet| *octet != 0)
    };
    if let Some(meant) =
        registered.into_iter().chain([NotificationType::RELEASE]).find(|meant| behind_a_referent(*meant))
    {
        verdicts.fail("16 octets of pInNotificationType right behind the handle", format!("a referent, then {meant}"));
    }
}

/// Whether a vendor's type has empty responses is open.
fn close_without_response_is_a_release(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = ChannelRequest::of(model, event, ChannelMethod::Close) else { return };
    if request.size != 0 || !request.octets().is_empty() {
        return;
    }
    if request.releases() {
        verdicts.pass();
    } else if request.notification_type == Some(NotificationType::ASYNC_UI) {
        verdicts.fail("NOTIFICATION_RELEASE, for there is no response", "the AsyncUI type and no octets");
    }
}

fn final_response_has_the_registered_type(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = ChannelRequest::of(model, event, ChannelMethod::Close).filter(|request| !request.releases())
    else {
        return;
    };
    let Some((registered, given)) = request.registered(model).zip(request.notification_type) else { return };
    if given == registered {
        verdicts.pass();
    } else {
        verdicts.fail(format!("{registered}, for which the client has registered, or a release"), format!("{given}"));
    }
}

fn release_has_no_data(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = ChannelRequest::of(model, event, ChannelMethod::Close).filter(ChannelRequest::releases) else {
        return;
    };
    let decided: &[(bool, &'static [&'static str])] =
        &[(request.size == 0, &["PAN-3.1.1.4.6-10"]), (request.octets().is_empty(), &["PAN-3.1.1.4.6-13"])];
    for (holds, requirement) in decided {
        if *holds {
            verdicts.pass().on(requirement);
        } else {
            verdicts.fail("no response data with NOTIFICATION_RELEASE", shown(&request)).on(requirement);
        }
    }
}

/// An AsyncUI reply under another type is AsyncUI traffic that is not labelled so.
fn replies_have_their_type(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = ChannelRequest::any(model, event).filter(|request| request.is_first(model) != Belief::Yes)
    else {
        return;
    };
    let Some(registered) = request.registered(model) else { return };
    if request.octets().is_empty() || request.releases() || model.reply(request.octets()).meaning.is_none() {
        return;
    }
    let asked = NotificationType::ASYNC_UI;
    if registered == asked && request.notification_type == Some(asked) {
        verdicts.pass();
    } else {
        let given = request.notification_type.map_or_else(|| String::from("NULL"), |given| format!("{given}"));
        let actual = format!("registered for {registered}, type of the reply {given}");
        verdicts.fail("the AsyncUI type for AsyncUI replies, and in the registration", actual);
    }
}

/// NULL is for the first call (SD-09), NOTIFICATION_RELEASE for no reply (SD-10).
fn type_is_given_throughout(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = ChannelRequest::any(model, event) else { return };
    if request.registered(model) != Some(NotificationType::ASYNC_UI) {
        return;
    }
    let first = match request.kind {
        ChannelMethod::Gnsr => request.is_first(model),
        ChannelMethod::Close => Belief::No,
    };
    let empty = request.octets().is_empty();
    let fits = match request.notification_type {
        Some(NotificationType::ASYNC_UI) => true,
        None => first.possible(),
        // By GetNotificationSendResponse it is another rule's affair (SD-05), and so is data that is no reply (SD-02).
        Some(NotificationType::RELEASE) => empty || first.possible() || model.reply(request.octets()).meaning.is_none(),
        Some(_) => false,
    };
    if fits {
        verdicts.pass();
    } else {
        let given = request.notification_type.map_or_else(|| String::from("NULL"), |given| format!("{given}"));
        let with = if empty { "no response" } else { "a response" };
        verdicts.fail("the AsyncUI type wherever an AsyncUI client responds", format!("{given} with {with}"));
    }
}

/// A GetNotificationSendResponse that surely is the client's first on its channel.
fn first<'a>(model: &'a Scene<'_>, event: &'a Event) -> Option<ChannelRequest<'a>> {
    ChannelRequest::of(model, event, ChannelMethod::Gnsr).filter(|request| request.is_first(model).sure())
}

/// A GetNotificationSendResponse on a channel that has brought a notification, and that is not gone.
fn later<'a>(model: &'a Scene<'_>, event: &'a Event) -> Option<ChannelRequest<'a>> {
    let later = |request: &ChannelRequest<'_>| {
        request.is_first(model) == Belief::No && request.view.is_some_and(|view| view.nulled.is_none())
    };
    ChannelRequest::of(model, event, ChannelMethod::Gnsr).filter(later)
}

fn shown(request: &ChannelRequest<'_>) -> String {
    let octets = match request.data {
        None => String::from("NULL"),
        Some(data) => format!("{} octets", data.elements.len()),
    };
    format!("InSize {}, {octets}", request.size)
}
