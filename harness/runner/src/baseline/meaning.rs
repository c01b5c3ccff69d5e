//! The baseline as meant: its ids are known, every reason is filled in, and nothing stands twice.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use conformance::catalogue;
use serde_saphyr::Spanned;

use super::entry::{Baseline, Entry, Named};
use super::file::{BaselineFile, Deviation};
use super::pattern::Pattern;
use crate::arguments::Selector;
use crate::diagnostic::{Diagnostic, SourceText, did_you_mean};
use crate::report::Spoken;
use crate::scenario::meant::Scenario;
use crate::yaml;

/// Reads a baseline. Without scenarios, ids of scenarios are not looked up.
///
/// # Errors
/// Everything that is wrong with it, with its place.
pub fn load(path: &Path, scenarios: Option<&[Scenario]>) -> Result<Baseline, Vec<Diagnostic>> {
    let (file, source) = yaml::load::<BaselineFile>(path).map_err(|problem| vec![*problem])?;
    let mut reading = Reading { source: &source, scenarios, problems: Vec::new() };
    let mut entries = Vec::new();
    let mut known = BTreeSet::new();
    for written in file.deviations {
        let Some(entry) = reading.entry(&written) else { continue };
        let variant = entry.variant.as_ref().map(ToString::to_string);
        if known.insert((entry.named.to_string(), variant, entry.text.as_ref().map(ToString::to_string))) {
            entries.push(entry);
        } else {
            let message =
                format!("`{}` stands twice; a second entry for it needs another `text` or `variant`", entry.named);
            reading.problems.push(yaml::at(&source, written.referenced, message));
        }
    }
    match reading.problems.is_empty() {
        true => Ok(Baseline { file: source.name.clone(), entries }),
        false => Err(reading.problems),
    }
}

struct Reading<'a> {
    source: &'a Arc<SourceText>,
    scenarios: Option<&'a [Scenario]>,
    problems: Vec<Diagnostic>,
}

impl Reading<'_> {
    fn entry(&mut self, written: &Spanned<Deviation>) -> Option<Entry> {
        let Deviation { scenario, requirement, variant, reason, text, sometimes } = &written.value;
        let named = match (scenario, requirement) {
            (Some(scenario), None) => self.scenario(scenario),
            (None, Some(requirement)) => self.requirement(requirement),
            _ => {
                let why = "an entry needs exactly one of the keys `scenario` and `requirement`";
                self.problems.push(yaml::at(self.source, written.referenced, why));
                None
            }
        };
        if reason.value.trim().is_empty() {
            let why = "the reason is empty: say why this deviation is accepted";
            self.problems.push(yaml::at(self.source, reason.referenced, why));
        }
        let text = text.as_ref().and_then(|written| {
            let pattern = Pattern::new(&written.value);
            if pattern.is_none() {
                let why = "`text` holds no words; leave it out where any finding will do";
                self.problems.push(yaml::at(self.source, written.referenced, why));
            }
            pattern
        });
        let line = usize::try_from(written.referenced.line()).unwrap_or(usize::MAX);
        if let Some(written) = variant
            && written.value.syntax.is_none()
            && written.value.security.is_none()
        {
            let why = "`variant` says nothing: it needs `syntax`, `security`, or both";
            self.problems.push(yaml::at(self.source, written.referenced, why));
        }
        let variant = variant.as_ref().map(|written| &written.value).map(|written| Spoken {
            syntax: written.syntax.map(|syntax| syntax.name().to_owned()),
            security: written.security.clone(),
        });
        Some(Entry {
            named: named?,
            variant,
            text,
            reason: reason.value.trim().to_owned(),
            sometimes: *sometimes,
            line,
        })
    }

    fn scenario(&mut self, written: &Spanned<String>) -> Option<Named> {
        let id = written.value.as_str();
        let selector = match Selector::parse(id) {
            Ok(Selector::Tag(_)) => Err("a baseline names scenarios by id or by a prefix that ends in `/`".to_owned()),
            other => other,
        };
        let problem = match selector {
            Ok(selector) => {
                let mut known = self.scenarios.iter().flat_map(|all| all.iter());
                if self.scenarios.is_none() || known.any(|one| selector.matches(&one.id, &[])) {
                    return Some(Named::Scenario(selector));
                }
                let ids = self.scenarios.iter().flat_map(|all| all.iter());
                let candidates = ids.flat_map(|one| [one.id.as_str(), one.family.as_str()]);
                let problem = yaml::at(self.source, written.referenced, format!("there is no scenario `{id}`"));
                suggesting(problem, did_you_mean(id, candidates))
            }
            Err(why) => yaml::at(self.source, written.referenced, why),
        };
        self.problems.push(problem);
        None
    }

    fn requirement(&mut self, written: &Spanned<String>) -> Option<Named> {
        let id = written.value.as_str();
        let Some(entry) = catalogue::requirement(id) else {
            let problem = yaml::at(self.source, written.referenced, format!("there is no requirement `{id}`"));
            let hint = did_you_mean(id, catalogue::requirements().iter().map(|known| known.id));
            self.problems.push(suggesting(problem, hint));
            return None;
        };
        let parties = entry.role.parties();
        if parties.iter().all(|party| catalogue::exemption(id, *party).is_some()) {
            let why =
                format!("nothing can decide `{id}` (`explain {id}` says why), so no deviation from it is ever found");
            self.problems.push(yaml::at(self.source, written.referenced, why));
            return None;
        }
        Some(Named::Requirement(id.to_owned()))
    }
}

fn suggesting(problem: Diagnostic, hint: Option<String>) -> Diagnostic {
    match hint {
        Some(hint) => problem.suggesting(hint),
        None => problem,
    }
}
