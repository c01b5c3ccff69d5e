//! Identifiers as clients give them on channels ([MS-PAN] 2.2.1), and that printer configuration has none (3.2.4).

use alloc::format;

use mspan::{Method, NotificationType, method};

use super::client_request::{ChannelRequest, client, registered};
use super::exchange::server;
use super::finish::Finish;
use crate::catalogue::Level;
use crate::event::Event;
use crate::fact::Facts;
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    client(
        "MS-PAN/2.2.1/identifiers-are-given-back-as-they-are",
        "2.2.1",
        Level::Must,
        &["PAN-2.2.1-01"],
        identifiers_are_given_back_as_they_are,
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse])),
    client(
        "MS-PAN/2.2.1/client-releases-by-the-reserved-identifier",
        "2.2.1",
        Level::Must,
        &["PAN-2.2.1-02"],
        client_releases_by_the_reserved_identifier,
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    client(
        "MS-PAN/2.2.1/nothing-is-sent-after-a-release",
        "2.2.1",
        Level::Must,
        &["PAN-2.2.1-03"],
        nothing_is_sent_after_a_release,
    )
    .at(Occasions::STARTED.of(&[Method::CloseChannel, Method::GetNotificationSendResponse]).given(Facts::EVENTFUL)),
    server(
        "MS-PAN/3.2.4/configuration-has-no-channels",
        "3.2.4",
        Level::Must,
        &["PAN-3.2.4-02", "PAN-3.1.4.4-02"],
        configuration_has_no_channels,
    )
    .at(Occasions::FINISHED.of(&[Method::GetNotification, Method::GetNewChannel]).given(Facts::OF_CONFIGURATION)),
];

/// The bits of a GUID that RFC 4122 gives a meaning: version and variant.
const MEANINGFUL: u128 = 0x0000_0000_0000_F000_C000_0000_0000_0000;

/// An identifier with its octets in another order, or with version and variant put right, is the registered one, written
/// wrong. That a client gives quite another type is judged by the methods' own rules.
fn identifiers_are_given_back_as_they_are(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = ChannelRequest::any(model, event) else { return };
    let Some((given, registered)) = request.notification_type.zip(request.registered(model)) else { return };
    let normalized = (given.0.as_u128() ^ registered.0.as_u128()) & !MEANINGFUL == 0;
    if given == registered {
        verdicts.pass();
    } else if given.is_disordered(registered) || normalized {
        verdicts.fail(format!("{registered}, as registered"), format!("{given}"));
    }
}

/// The nil GUID without data and the reserved one in another order are meant for a release, and are none.
fn client_releases_by_the_reserved_identifier(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = ChannelRequest::any(model, event) else { return };
    let Some(given) = request.notification_type else { return };
    if given == NotificationType::RELEASE {
        verdicts.pass();
    } else if request.view.and_then(|view| registered(model, view)) == Some(given) {
        // A type that happens to look so, be it that others were given the handle, too.
    } else if given.0.is_nil() && request.octets().is_empty() || given.is_disordered(NotificationType::RELEASE) {
        verdicts.fail(format!("{}", NotificationType::RELEASE), format!("{given}"));
    }
}

fn nothing_is_sent_after_a_release(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(request) = ChannelRequest::any(model, event) else { return };
    let released = request.earlier(model).any(|call| {
        let own = match &call.input {
            Some(method::In::CloseChannel(input)) => input.notification_type == NotificationType::RELEASE,
            _ => false,
        };
        own && request.request.follows(call).sure()
    });
    if released && !request.octets().is_empty() {
        let actual = format!("{} octets on the channel that was released", request.octets().len());
        verdicts.fail("nothing more on a channel after NOTIFICATION_RELEASE", actual);
    } else if request.notification_type == Some(NotificationType::RELEASE) && request.octets().is_empty() {
        verdicts.pass();
    }
}

fn configuration_has_no_channels(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let types = [NotificationType::PRINTER_CONFIGURATION, NotificationType::PRINTER_CONFIGURATION_SDK];
    let of = |method| {
        let finish = Finish::of(model, event, method)?;
        let registration = finish.registration(model).filter(|known| known.certain)?;
        types.contains(&registration.notification_type).then_some(finish)
    };
    if let Some(finish) = of(Method::GetNewChannel)
        && let Some(method::Out::GetNewChannel(output)) = finish.outcome.output()
    {
        let channels = output.channel_ctxt.as_ref().map_or(0, |channels| channels.elements.len());
        if output.status.is_success() && channels > 0 {
            verdicts.fail("no channels for printer configuration", format!("{channels} returned"));
        }
    }
    if of(Method::GetNotification).is_some_and(|finish| finish.outcome.succeeded() == Some(true)) {
        verdicts.pass();
    }
}
