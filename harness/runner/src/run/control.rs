//! Negative scenarios say nothing when their positive control did not pass.

use super::selection::controls_of;
use crate::report::{Outcome, Scenario as Row, Variant};
use crate::scenario::meant::Scenario;

/// Makes negative scenarios inconclusive whose control did not pass on the same target, in the same way of speaking where it
/// runs in that. Where the target lacks what the control needs, nobody can say whether it refuses for the right reason: a
/// refusal is unsupported then, too.
pub(super) fn doubt_negatives(rows: &mut [Row], all: &[Scenario]) {
    let came: Vec<Came> = rows.iter().map(Came::of).collect();
    for row in rows {
        let Some(scenario) = all.iter().find(|one| one.id == row.id) else { continue };
        let judged = matches!(row.verdict, Outcome::Pass | Outcome::Fail | Outcome::Flaky);
        let failed = controls_of(scenario, all).into_iter().find_map(|control| {
            let of_control = || came.iter().filter(|came| came.id == control.id && came.target == row.target);
            let in_its_way = of_control().find(|came| came.variant == row.variant);
            in_its_way.or_else(|| of_control().next()).filter(|came| came.verdict != Outcome::Pass)
        });
        if let (true, Some(Came { id, verdict, .. })) = (judged, failed) {
            row.reason = Some(format!("its control {id} came out as {verdict}, so this says nothing"));
            let lacks = row.verdict == Outcome::Pass && *verdict == Outcome::Unsupported;
            row.verdict = if lacks { Outcome::Unsupported } else { Outcome::Inconclusive };
        }
    }
}

/// What came of a scenario.
struct Came {
    id: String,
    target: String,
    variant: Variant,
    verdict: Outcome,
}

impl Came {
    fn of(row: &Row) -> Self {
        Self { id: row.id.clone(), target: row.target.clone(), variant: row.variant.clone(), verdict: row.verdict }
    }
}
