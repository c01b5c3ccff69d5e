//! Which scenarios run, and in which order.

use std::collections::BTreeSet;

use crate::arguments::{Selector, Shard};
use crate::scenario::meant::Scenario;

/// The tag of scenarios that end their target.
pub(super) const ENDS_TARGET: &str = "ends-target";

/// What is to run.
pub(crate) struct Selection<'a> {
    /// The scenarios: those that end their target last, otherwise in the order of their ids.
    pub(crate) scenarios: Vec<&'a Scenario>,
    /// Those of them that run only because a selected one names them as its control.
    pub(crate) controls: BTreeSet<&'a str>,
    /// The ids of those that are in the shard, and of their controls; none when all are.
    pub(crate) part: Option<BTreeSet<&'a str>>,
    /// Why nothing is to run, where a selector selects nothing.
    pub(crate) empty_because: Option<String>,
}

/// Picks what is selected and not excluded, and the controls of those; and of them what is in the shard, so that a part knows its
/// place among all.
///
/// # Errors
/// In words, when one selector among others selects nothing. When nothing at all is selected, that is no mistake but an
/// empty selection.
pub(crate) fn select<'a>(
    all: &'a [Scenario],
    selectors: &[Selector],
    exclude: &[Selector],
    shard: Option<Shard>,
) -> Result<Selection<'a>, String> {
    let is_met = |selector: &Selector| all.iter().any(|one| selector.matches(&one.id, &one.tags));
    let unmet = selectors.iter().find(|selector| !is_met(selector));
    let unmet = unmet.map(|selector| format!("`{selector}` selects no scenario{}", nearest(selector, all)));
    let selects = |list: &[Selector], one: &Scenario| list.iter().any(|selector| selector.matches(&one.id, &one.tags));
    let mut picked: Vec<&Scenario> =
        all.iter().filter(|one| (selectors.is_empty() || selects(selectors, one)) && !selects(exclude, one)).collect();
    picked.sort_by(|left, right| left.id.cmp(&right.id));
    match unmet {
        Some(why) if picked.is_empty() => {
            return Ok(Selection {
                scenarios: Vec::new(),
                controls: BTreeSet::new(),
                part: None,
                empty_because: Some(why),
            });
        }
        Some(why) => return Err(why),
        None => {}
    }
    let mut sharded: Option<Vec<&Scenario>> =
        shard.map(|Shard { part, of }| picked.iter().copied().skip(part - 1).step_by(of).collect());
    let mut controls = with_controls(all, &mut picked);
    if let Some(sharded) = &mut sharded {
        controls = with_controls(all, sharded);
    }
    picked.sort_by_key(|one| one.has_tag(ENDS_TARGET));
    let part = sharded.map(|sharded| sharded.into_iter().map(|one| one.id.as_str()).collect());
    Ok(Selection { scenarios: picked, controls, part, empty_because: None })
}

/// Adds the controls that are not selected themselves, before what needs them.
fn with_controls<'a>(all: &'a [Scenario], picked: &mut Vec<&'a Scenario>) -> BTreeSet<&'a str> {
    let mut added = BTreeSet::new();
    let mut next = 0;
    while let Some(one) = picked.get(next).copied() {
        next += 1;
        for control in controls_of(one, all) {
            if !picked.iter().any(|known| known.id == control.id) {
                added.insert(control.id.as_str());
                picked.push(control);
            }
        }
    }
    picked.sort_by(|left, right| left.id.cmp(&right.id));
    added
}

/// The scenarios that a negative one names as its control: one, or all instances of a family.
pub(super) fn controls_of<'a>(scenario: &Scenario, all: &'a [Scenario]) -> Vec<&'a Scenario> {
    match &scenario.control {
        Some(control) => all.iter().filter(|one| one.id == *control || one.family == *control).collect(),
        None => Vec::new(),
    }
}

fn nearest(selector: &Selector, all: &[Scenario]) -> String {
    let names: BTreeSet<String> = match selector {
        Selector::Tag(_) => all.iter().flat_map(|one| one.tags.iter().map(|tag| format!("tag:{tag}"))).collect(),
        Selector::Id(_) => all.iter().map(|one| one.id.clone()).collect(),
        Selector::Prefix(_) => all.iter().flat_map(|one| folders(&one.id)).collect(),
    };
    let hint = crate::diagnostic::did_you_mean(&selector.to_string(), names.iter().map(String::as_str));
    format!("; {}", hint.unwrap_or_else(|| "`pan-harness list scenarios` has them all".to_owned()))
}

/// The folders that a scenario lies in, as prefixes of its id.
fn folders(id: &str) -> impl Iterator<Item = String> {
    id.match_indices('/').filter_map(|(at, _)| id.get(..=at)).map(str::to_owned)
}
