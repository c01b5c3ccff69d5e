//! A call that comes back, as rules look at it.

use alloc::format;

use mspan::{Hresult, Method};

use crate::event::{Event, Kind, Outcome};
use crate::model::{Call, Due, Model, Registration, RemoteObject, States};
use crate::rule::Verdicts;
use crate::scene::Scene;

/// A call that comes back, with what the model knows of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finish<'a> {
    /// The call.
    pub(super) call: &'a Call,
    /// How it came back.
    pub(super) outcome: &'a Outcome,
    /// The remote object that it names, when anything is known of it.
    pub(super) object: Option<&'a RemoteObject>,
    /// The states in which that object may have been while the server handled the call.
    pub(super) states: States,
}

impl<'a> Finish<'a> {
    /// The call of that event, when it is of that method.
    pub(super) fn of(model: &'a Scene<'_>, event: &'a Event, method: Method) -> Option<Self> {
        let Kind::CallFinished(finished) = &event.kind else { return None };
        (finished.method == Some(method)).then(|| Self::any(model, event)).flatten()
    }

    /// The call of that event.
    pub(super) fn any(scene: &'a Scene<'_>, event: &'a Event) -> Option<Self> {
        debug_assert!(core::ptr::eq(event, scene.event()), "a scene knows one event");
        scene.finish()
    }

    /// The call of that event, looked up.
    pub(crate) fn find(model: &'a Model, event: &'a Event) -> Option<Self> {
        let Kind::CallFinished(finished) = &event.kind else { return None };
        let call = model.call(finished.call)?;
        let object = model.object_of(call);
        let states = match (object, call.remote_object()) {
            (Some(object), _) => object.states_during(call),
            // The NULL handle names nothing.
            (None, Some(_)) => States::GONE,
            (None, None) => States::UNKNOWN,
        };
        Some(Self { call, outcome: &finished.outcome, object, states })
    }

    /// Whether the object certainly was in one of these states.
    pub(super) fn within(&self, states: States) -> bool {
        self.states.within(states)
    }

    /// The registration that a waiting call draws on, where that is certain.
    pub(super) fn registration(&self, model: &'a Scene<'_>) -> Option<&'a Registration> {
        self.call.registration.and_then(|id| model.registration(id))
    }

    /// Whether it came back with that HRESULT, or with a fault of that status.
    pub(super) fn has_code(&self, code: Hresult) -> bool {
        self.outcome.code() == Some(code.0)
    }
}

/// Whether a call waits on a certain registration, in its mode, and no call that was lost may wait there too.
pub(super) fn waits_rightly(model: &Scene<'_>, call: &Call) -> bool {
    let registration = call.registration.and_then(|id| model.registration(id)).filter(|known| known.certain);
    let haunted = model.object_of(call).is_none_or(|object| object.haunted);
    !haunted && registration.is_some_and(|known| known.is_unidirectional() == call.is(Method::GetNotification))
}

/// Why a waiting call may have ended for something abnormal that nobody was seen to ask for, as in a capture: a shutdown or
/// the deletion of a queue ends calls in any way (SD-67). One that fails at once was not ended by that.
pub(super) fn unseen_end(model: &Scene<'_>, call: &Call, event: &Event) -> Option<&'static str> {
    let waited = event.time.since(call.at.time) >= model.config().still_pending;
    (!model.knows_sources() && call.waits() && waited)
        .then_some("the server may have shut down, or a queue have been deleted, unseen")
}

/// Whether no other call of its method waits on the object.
pub(super) fn is_alone(model: &Scene<'_>, call: &Call) -> bool {
    call.rival.is_none() && !(call.is_rivalled && model.calls().any(|other| other.rival == Some(call.id())))
}

/// What is due, at the event of a deadline.
pub(super) fn due<'a>(model: &'a Scene<'_>, event: &Event) -> Option<&'a Due> {
    match event.kind {
        Kind::Deadline(number) => model.due(number),
        _ => None,
    }
}

/// HRESULTs that [MS-PAN] names as return values, its product notes included. As the status of a fault they are the
/// server's own exceptions, and no runtime's.
pub(super) const OF_THE_TABLES: [Hresult; 13] = [
    Hresult::CHANNEL_ACQUIRED,
    Hresult::CHANNEL_CLOSED,
    Hresult::CALL_OUTSTANDING,
    Hresult::NOT_REGISTERED,
    Hresult::ALREADY_UNREGISTERED,
    Hresult::RESPONSE_TOO_LARGE,
    Hresult::TYPE_MISMATCH,
    Hresult::REGISTRATION_LIMIT_MEANT,
    Hresult::ACCESS_DENIED,
    Hresult::OUT_OF_MEMORY,
    Hresult::REGISTRATION_LIMIT,
    Hresult::INVALID_NAME,
    Hresult::NOTIFICATIONS_TERMINATED,
];

/// Faults of the runtime that other rules judge: nca_s_fault_context_mismatch, and what becomes of a cancelled call.
const ORDINARY: [u32; 3] = [0x1C00_001A, 0x1C00_000D, 0x0000_071A];

/// A method that raises no exceptions but those of the RPC runtime, and of its own only `allowed`: a fault with a code of
/// the tables fails, another one is noted where nothing was wrong with the call.
pub(super) fn judge_exceptions(
    model: &Scene<'_>,
    event: &Event,
    verdicts: &mut Verdicts,
    method: Method,
    allowed: &[Hresult],
) {
    let Some(finish) = Finish::of(model, event, method) else { return };
    let status = match finish.outcome {
        Outcome::Fault { status, .. } => Hresult(*status),
        Outcome::Returned { .. } => {
            verdicts.pass();
            return;
        }
        Outcome::Lost => return,
    };
    let expected = "failures as HRESULT in a response";
    let blameless =
        finish.call.started.defects.is_empty() && !finish.call.unreadable && !finish.call.breaks_on_purpose();
    if allowed.contains(&status) {
        verdicts.pass();
    } else if OF_THE_TABLES.contains(&status) {
        verdicts.fail(expected, format!("fault {status}"));
    } else if ORDINARY.contains(&status.0) {
        verdicts.pass();
    } else if blameless && finish.within(States::UNREGISTERED | States::REGISTERED) {
        verdicts.note(expected, format!("fault {status}, which is the RPC runtime's"));
    } else {
        verdicts.pass();
    }
}

/// A method that returns exactly zero for success. `bare` is what a Win32 code in place of an HRESULT breaks too.
pub(super) fn judge_zero(
    model: &Scene<'_>,
    event: &Event,
    verdicts: &mut Verdicts,
    method: Method,
    plain: &'static [&'static str],
    bare: &'static [&'static str],
) {
    let Some(finish) = Finish::of(model, event, method) else { return };
    let Some(status) = finish.outcome.hresult() else { return };
    match status {
        Hresult::OK => verdicts.pass(),
        status if status.is_failure() => verdicts.pass(),
        Hresult(2..=0xFFFF) => {
            verdicts.fail("0, or an HRESULT with bit 31 set", format!("{status}, a bare Win32 code")).on(bare)
        }
        status => verdicts.fail("0, or an HRESULT with bit 31 set", format!("{status}")).on(plain),
    };
}

/// Whether there are so many registrations that the server's limit may be reached.
pub(super) fn is_crowded(model: &Scene<'_>) -> bool {
    const MANY: usize = 100;
    model.registrations().filter(|known| known.is_live()).nth(MANY - 1).is_some()
}

/// Codes that tell of a lack of resources, which nobody can be blamed for.
pub(super) fn tells_of_lack(outcome: &Outcome) -> bool {
    // E_OUTOFMEMORY, nca_s_server_too_busy, nca_s_fault_remote_no_memory, RPC_S_SERVER_TOO_BUSY, RPC_S_OUT_OF_RESOURCES.
    matches!(outcome.code(), Some(0x8007_000E | 0x1C01_0014 | 0x1C00_001B | 0x6BB | 0x6B9))
}
