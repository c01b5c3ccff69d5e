//! What a product is known to do otherwise: product notes of [MS-PAN] section 7, as data. With an overlay, what such a
//! note explains is a note and accuses nobody; it is reported all the same.

use mspan::Hresult;

use crate::event::{CallFinished, Event, Kind};
use crate::model::{Model, Moment, States};

/// What one product is known to do otherwise.
#[derive(Debug, PartialEq, Eq)]
pub struct Overlay {
    /// Its name, in `--overlay NAME`.
    pub name: &'static str,
    /// What the product calls itself.
    pub product: &'static str,
    /// The notes that explain something that a rule finds.
    pub notes: &'static [ProductNote],
}

/// One note: findings of these rules about calls that ended with this code, in that situation, are the product's way.
#[derive(Debug, PartialEq, Eq)]
pub struct ProductNote {
    /// Its number in section 7.
    pub number: u32,
    /// Its entry in the catalogue.
    pub requirement: &'static str,
    /// The rules.
    pub rules: &'static [&'static str],
    /// The return value, or status of a fault, that the note names.
    pub code: Hresult,
    /// When the product gives it.
    pub situation: Situation,
}

/// The situation of which a note speaks. What the witness does not know may be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Situation {
    /// The remote object was never registered.
    NeverRegistered,
    /// UnregisterClient was called for the remote object.
    Unregistered,
    /// The channel is lost or closed.
    ChannelGone,
}

impl Situation {
    /// Whether a call that comes back may have been made in it.
    fn may_be(self, model: &Model, event: &Event, finished: &CallFinished) -> bool {
        let object = || {
            let call = model.call(finished.call)?;
            let object = model.object_of(call)?;
            Some((object, object.states_during(call)))
        };
        let unknown = |states: States| states.may_be(States::UNKNOWN);
        match self {
            Self::NeverRegistered => object().is_none_or(|(object, states)| {
                unknown(states) || states.may_be(States::UNREGISTERED) && !object.was_unregistered
            }),
            Self::Unregistered => object().is_none_or(|(object, states)| {
                unknown(states) || states.may_be(States::UNREGISTERED) && object.registration.is_some()
            }),
            Self::ChannelGone => {
                let Some(call) = model.channels.call(finished.call) else { return true };
                let standing = model.channels.standing(call, Moment::of(event));
                let view = model.channels.view(call.view).filter(|view| !view.clouded);
                let registration = view.map(|view| view.registration.and_then(|id| model.registration(id)));
                let ended = registration.is_none_or(|known| known.is_none_or(|known| known.may_have_ended().is_some()));
                standing.may_end() || standing.nulled.is_some() || ended
            }
        }
    }
}

/// Windows. The notes are about local callers; what they say of the API shows on the wire as the code of a fault, or as the
/// return value of a call that should have succeeded. Notes that no rule contradicts are missing here: what the
/// product does within what the sections leave open has rules of its own, which speak only under this overlay.
static OVERLAYS: &[Overlay] = &[Overlay {
    name: "windows",
    product: "Windows",
    notes: &[
        ProductNote {
            number: 8,
            requirement: "PAN-7-12",
            rules: &["MS-PAN/3.1.1.4.3/no-other-exceptions"],
            code: Hresult::NOT_REGISTERED,
            situation: Situation::NeverRegistered,
        },
        ProductNote {
            number: 9,
            requirement: "PAN-7-13",
            rules: &["MS-PAN/3.1.1.4.3/no-other-exceptions"],
            code: Hresult::ALREADY_UNREGISTERED,
            situation: Situation::Unregistered,
        },
        ProductNote {
            number: 11,
            requirement: "PAN-7-16",
            rules: &["MS-PAN/3.1.1.4.6/no-exceptions", "MS-PAN/3.1.1/loser-closes-with-success"],
            code: Hresult::CHANNEL_CLOSED,
            situation: Situation::ChannelGone,
        },
    ],
}];

/// All of them.
#[must_use]
pub fn overlays() -> &'static [Overlay] {
    OVERLAYS
}

/// The overlay of that name.
#[must_use]
pub fn overlay(name: &str) -> Option<&'static Overlay> {
    OVERLAYS.iter().find(|overlay| overlay.name == name)
}

impl Overlay {
    /// The note that explains a rule's finding about a call that comes back.
    #[must_use]
    pub fn note(&self, model: &Model, rule: &str, event: &Event) -> Option<&'static ProductNote> {
        let Kind::CallFinished(finished) = &event.kind else { return None };
        let code = finished.outcome.code()?;
        let explains = |note: &&ProductNote| {
            let named = note.code.0 == code && note.rules.contains(&rule);
            named && note.situation.may_be(model, event, finished)
        };
        self.notes.iter().find(explains)
    }
}
