//! The methods that an interface has ([MS-PAN] 3.1.1.4, 3.1.2.4).

use alloc::format;

use mspan::method::In;
use mspan::{Interface, Method};
use trace::{ConnectionEnd, Direction};

use super::finish::Finish;
use crate::catalogue::Level;
use crate::event::{Event, Kind, Outcome};
use crate::handle;
use crate::model::Call;
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The methods of IRPCAsyncNotify.
const OF_ASYNC_NOTIFY: [Method; 6] = [
    Method::RegisterClient,
    Method::UnregisterClient,
    Method::GetNewChannel,
    Method::GetNotificationSendResponse,
    Method::GetNotification,
    Method::CloseChannel,
];

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/3.1.1.4/async-notify-has-its-methods",
        section: "3.1.1.4",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4-03"],
        occasions: Occasions::FINISHED.of(&OF_ASYNC_NOTIFY).or(Occasions::FINISHED.of_none()),
        judge: |model, event, verdicts| judge_opnums(model, event, verdicts, Interface::AsyncNotify),
    },
    Rule {
        id: "MS-PAN/3.1.2.4/remote-object-has-its-methods",
        section: "3.1.2.4",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.2.4-03"],
        occasions: Occasions::FINISHED.of(&[Method::Create, Method::Delete]).or(Occasions::FINISHED.of_none()),
        judge: |model, event, verdicts| judge_opnums(model, event, verdicts, Interface::RemoteObject),
    },
    Rule {
        id: "MS-PAN/3.1.1.4/reserved-opnum-does-no-harm",
        section: "3.1.1.4",
        level: Level::May,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4-05"],
        occasions: Occasions::FINISHED.of_none().or(Occasions::CLOSED),
        judge: reserved_opnum_does_no_harm,
    },
];

/// nca_op_rng_error.
const OP_RANGE: u32 = 0x1C01_0002;
/// RPC_X_BAD_STUB_DATA.
const BAD_STUB: u32 = 0x0000_06F7;
/// Access denied: the runtime did not get as far as the opnum.
const ACCESS_DENIED: u32 = 0x0000_0005;
/// The opnum of IRPCAsyncNotify that is reserved.
pub(super) const RESERVED: u16 = 2;

fn judge_opnums(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, interface: Interface) {
    let Some(finish) = Finish::any(model, event) else { return };
    let started = &finish.call.started;
    if started.interface != Some(interface) || (started.opnum == RESERVED && interface == Interface::AsyncNotify) {
        return;
    }
    let out_of_range = finish.outcome.fault() == Some(OP_RANGE);
    match (started.method, finish.outcome) {
        (_, Outcome::Lost) => {}
        (Some(method), _) if out_of_range => {
            verdicts.fail(format!("opnum {} to be {method}", started.opnum), "fault nca_op_rng_error");
        }
        // The stub was read by another method's parameters.
        (Some(method), Outcome::Fault { status: BAD_STUB, .. }) if is_well_formed(finish.call) => {
            let expected = format!("opnum {} to be {method}, whose stub is well-formed", started.opnum);
            verdicts.fail(expected, "fault RPC_X_BAD_STUB_DATA");
        }
        (None, Outcome::Fault { status: ACCESS_DENIED, .. }) => {
            verdicts.inconclusive("access was denied before the opnum was looked at");
        }
        (None, _) if !out_of_range => {
            let expected = format!("fault nca_op_rng_error for opnum {}", started.opnum);
            verdicts.fail(expected, format!("{}", finish.outcome));
        }
        _ => {
            verdicts.pass();
        }
    }
}

/// Whether nothing about a stub can have its runtime refuse it: of values out of range and of the NULL handle nothing is said (SD-46).
fn is_well_formed(call: &Call) -> bool {
    let Some(input) = &call.started.input else { return false };
    let in_range = match input {
        In::RegisterClient(input) => input.filter.name().is_some() && input.style.name().is_some(),
        _ => true,
    };
    let named = handle::of_in(input).is_none_or(|handle| !handle.is_null());
    in_range && named && call.started.defects.is_empty() && !call.breaks_on_purpose()
}

/// Any answer will do, so long as the server goes on serving.
fn reserved_opnum_does_no_harm(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let reserved =
        |call: &Call| call.started.interface == Some(Interface::AsyncNotify) && call.started.opnum == RESERVED;
    if let Some(finish) = Finish::any(model, event) {
        if reserved(finish.call) && *finish.outcome != Outcome::Lost {
            verdicts.pass();
        }
        return;
    }
    let Kind::Closed { connection, how } = &event.kind else { return };
    let by = match how {
        ConnectionEnd::Orderly { by } | ConnectionEnd::Broken { by, .. } => *by,
    };
    let known = model.connection(*connection).filter(|connection| !connection.blind);
    let lost = known.is_some_and(|connection| connection.lost.iter().any(reserved));
    if lost && by == Direction::ToClient {
        verdicts.note("any answer", "the server ended the connection");
    }
}
