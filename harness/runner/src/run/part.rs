//! What the parts of a run have to have in common.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::arguments::Run;
use crate::merge::digest;
use crate::scenario::meant::Scenario;

/// Whether all parts together are everything that there is.
pub(super) fn is_whole_joined(arguments: &Run) -> bool {
    arguments.transfer_syntaxes.is_empty()
        && arguments.security.is_empty()
        && arguments.selectors.is_empty()
        && arguments.exclude.is_empty()
        && arguments.rules.is_none()
}

/// What decides which scenarios run, against what, and how they are judged: by name.
pub(super) fn conditions(arguments: &Run, selected: &[&Scenario]) -> BTreeMap<String, String> {
    let words = |list: &[String]| list.join(" ");
    let all = |list: &mut dyn Iterator<Item = String>| words(&list.collect::<Vec<_>>());
    let content = |file: &str| std::fs::read(file).map_or_else(|_| file.to_owned(), |octets| digest(&octets));
    let scenarios: Vec<String> =
        selected.iter().map(|one| format!("{} {:?} {:?} {:?}", one.id, one.actors, one.steps, one.finally)).collect();
    let baseline = arguments.baseline.as_ref().map(|file| content(&file.display().to_string()));
    let syntaxes = all(&mut arguments.transfer_syntaxes.iter().map(|one| super::way::name_of(*one).to_owned()));
    let security = |one: &Option<crate::protection::Protection>| one.map_or("none".to_owned(), |one| one.to_string());
    let conditions = [
        ("selection", all(&mut arguments.selectors.iter().map(ToString::to_string))),
        ("exclusion", all(&mut arguments.exclude.iter().map(ToString::to_string))),
        ("target", arguments.target.as_deref().map_or_else(String::new, content)),
        ("scenarios", digest(scenarios.join("\n").as_bytes())),
        ("baseline", baseline.unwrap_or_default()),
        ("transfer syntax", syntaxes),
        ("security", all(&mut arguments.security.iter().map(security))),
        ("rules", arguments.rules.clone().unwrap_or_default()),
        ("overlay", arguments.overlay.map_or("", |overlay| overlay.name).to_owned()),
        ("repeat", told(arguments.repeat)),
        ("time scale", told(arguments.time_scale)),
        ("strict", told(arguments.strict)),
        ("no waivers", told(arguments.no_waivers)),
        ("thorough", told(arguments.thorough)),
        ("whole", told(is_whole_joined(arguments))),
    ];
    conditions.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn told(value: impl Display) -> String {
    value.to_string()
}
