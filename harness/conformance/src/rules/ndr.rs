//! The strict consistency check of stubs ([MS-PAN] 3.1.1.4, 3.1.2.4; [MS-RPCE] 3.1.1.5.3).

use alloc::format;
use alloc::string::{String, ToString};

use dcerpc::Defect;
use dcerpc::ndr::rule;
use mspan::Interface;
use trace::{ConnectionEnd, Direction};

use super::c706::may_have_outlived_client;
use super::finish::Finish;
use crate::catalogue::Level;
use crate::event::{Event, Kind, Outcome};
use crate::fact::Facts;
use crate::model::Call;
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/3.1.1.4/malformed-stubs-of-async-notify-are-rejected",
        section: "3.1.1.4",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4-01"],
        occasions: Occasions::FINISHED.or(Occasions::CLOSED).given(Facts::FLAWED),
        judge: |model, event, verdicts| {
            judge_stubs(model, event, verdicts, |call| flaw(call, Interface::AsyncNotify));
        },
    },
    Rule {
        id: "MS-PAN/3.1.1.4/null-pointers-with-a-size-are-rejected",
        section: "3.1.1.4",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.1.4-02"],
        occasions: Occasions::FINISHED.or(Occasions::CLOSED).given(Facts::FLAWED),
        judge: |model, event, verdicts| {
            judge_stubs(model, event, verdicts, |call| {
                let absent = |defect: &Defect| defect.rule == rule::SIZED_ARRAY_IS_PRESENT;
                call.started.defects.iter().find(|defect| absent(defect)).map(shown)
            });
        },
    },
    Rule {
        id: "MS-PAN/3.1.2.4/malformed-stubs-of-remote-object-are-rejected",
        section: "3.1.2.4",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.2.4-01"],
        occasions: Occasions::FINISHED.or(Occasions::CLOSED).given(Facts::FLAWED),
        judge: |model, event, verdicts| {
            judge_stubs(model, event, verdicts, |call| flaw(call, Interface::RemoteObject));
        },
    },
];

/// nca_s_fault_context_mismatch: the handle was refused, and perhaps for that alone.
const CONTEXT_MISMATCH: u32 = 0x1C00_001A;

/// What makes a stub one that has to be rejected.
fn flaw(call: &Call, interface: Interface) -> Option<String> {
    if call.started.interface != Some(interface) {
        return None;
    }
    if call.unreadable {
        return Some("that ends too early or can't be read".to_string());
    }
    let strict = [rule::MAX_COUNT_EQUALS_SIZE, rule::MAX_COUNT_COVERS_ACTUAL_COUNT];
    call.started.defects.iter().find(|defect| strict.contains(&defect.rule)).map(shown)
}

fn shown(defect: &Defect) -> String {
    format!("whose {} is {}, not {}", defect.field, defect.actual, defect.expected)
}

fn judge_stubs(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts, flaw: impl Fn(&Call) -> Option<String>) {
    if let Kind::Closed { connection, how } = &event.kind {
        let by = match how {
            ConnectionEnd::Orderly { by } | ConnectionEnd::Broken { by, .. } => *by,
        };
        let is_cut = |call: &&Call| !may_have_outlived_client(model, event, how, call);
        let known = model.connection(*connection).filter(|known| !known.blind);
        let lost = known.and_then(|connection| connection.lost.iter().filter(is_cut).find_map(&flaw));
        if let Some(flaw) = lost.filter(|_| by == Direction::ToClient) {
            verdicts.fail(format!("a fault for a stub {flaw}"), "the server ended the connection");
        }
        return;
    }
    let Some(finish) = Finish::any(model, event) else { return };
    let Some(flaw) = flaw(finish.call) else { return };
    match finish.outcome {
        Outcome::Fault { status: CONTEXT_MISMATCH, .. } => {
            verdicts.inconclusive("the context handle was refused before the stub was looked at");
        }
        Outcome::Fault { .. } => {
            verdicts.pass();
        }
        Outcome::Returned { .. } => {
            verdicts.fail(format!("a fault for a stub {flaw}"), format!("{}", finish.outcome));
        }
        Outcome::Lost => {}
    }
}
