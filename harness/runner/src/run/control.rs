//! Negative scenarios say nothing when their positive control did not pass.

use super::selection::controls_of;
use crate::report::{Outcome, Scenario as Row};
use crate::scenario::meant::Scenario;

/// Makes negative scenarios inconclusive whose control did not pass on the same target. Where the target lacks what the
/// control needs, nobody can say whether it refuses for the right reason: a refusal is unsupported then, too.
pub(super) fn doubt_negatives(rows: &mut [Row], all: &[Scenario]) {
    let verdicts: Vec<(String, String, Outcome)> =
        rows.iter().map(|row| (row.id.clone(), row.target.clone(), row.verdict)).collect();
    for row in rows {
        let Some(scenario) = all.iter().find(|one| one.id == row.id) else { continue };
        let judged = matches!(row.verdict, Outcome::Pass | Outcome::Fail | Outcome::Flaky);
        let failed = controls_of(scenario, all).into_iter().find_map(|control| {
            let of = |(id, target, _): &&(String, String, Outcome)| *id == control.id && *target == row.target;
            verdicts.iter().find(of).filter(|(_, _, verdict)| *verdict != Outcome::Pass)
        });
        if let (true, Some((control, _, verdict))) = (judged, failed) {
            row.reason = Some(format!("its control {control} came out as {verdict}, so this says nothing"));
            let lacks = row.verdict == Outcome::Pass && *verdict == Outcome::Unsupported;
            row.verdict = if lacks { Outcome::Unsupported } else { Outcome::Inconclusive };
        }
    }
}
