//! `merge`: the reports of the parts of a run, joined to the report of the whole.

mod join;
mod parts;

use std::fs;
use std::path::{Path, PathBuf};

use crate::arguments::{Merge, ReportFormat};
use crate::baseline::{self, Baseline};
use crate::diagnostic::Diagnostic;
use crate::report::{Folder, Gallery, Outcome, Results, copy_scenario};
use crate::scenario::meant::Scenario;

use parts::Parts;
pub(crate) use parts::digest;

/// What came of `merge`.
#[derive(Debug)]
pub struct Merged {
    /// The results of the whole run.
    pub results: Results,
    /// The folder that takes the report.
    pub folder: Folder,
    /// The diagrams, where the report wants them.
    pub gallery: Option<Gallery>,
    /// Whether what lies beside the reports could be copied; in words, why not.
    pub copied: Result<(), String>,
    /// Whether it is of recorded traffic, of which something could not be read.
    pub unreadable: bool,
}

/// Joins the reports; `library` gives the scenarios, which only a baseline needs. What lies beside them (traces, bundles) is copied.
///
/// # Errors
/// In words, why they are no parts of one run, or what can't be read or written.
pub fn merge(
    arguments: &Merge,
    library: impl FnOnce() -> Result<Vec<Scenario>, String>,
    rendered: impl Fn(&[Diagnostic]) -> String,
) -> Result<Merged, String> {
    let parts = Parts::read(&arguments.folders)?;
    parts.belong_together()?;
    for folder in &arguments.folders {
        if is_same(folder, &arguments.report) {
            let report = arguments.report.display();
            return Err(format!(
                "--report: {report} is one of the parts, which would be cleared away; name another folder"
            ));
        }
    }
    let is_recorded = parts.is_recorded();
    let known = match baseline_of(&parts, arguments.baseline.as_deref())? {
        None => None,
        Some(file) => {
            let scenarios = if is_recorded { Vec::new() } else { library()? };
            let all = (!is_recorded).then_some(scenarios.as_slice());
            let baseline: Baseline = baseline::load(&file, all).map_err(|problems| rendered(&problems))?;
            Some((baseline, scenarios))
        }
    };
    let (results, origins) = join::joined(&parts, known.as_ref());
    let gallery = match arguments.formats.contains(&ReportFormat::Html) {
        true => Some(parts.gallery(&results.scenarios, &origins)?),
        false => None,
    };
    let folder = Folder::open(&arguments.report).map_err(|error| format!("--report: {error}"))?;
    let mut rows = results.scenarios.iter().zip(&origins);
    let copied = rows.try_for_each(|(row, from)| copy_scenario(from, &folder, row));
    let copied = copied.map_err(|error| format!("what lies beside a report can't be copied: {error}"));
    let unreadable = is_recorded && results.scenarios.iter().any(|row| row.verdict == Outcome::Error);
    Ok(Merged { results, folder, gallery, copied, unreadable })
}

/// The baseline of the parts, when they have one: that file again, or the one that is named now.
fn baseline_of(parts: &Parts, named: Option<&Path>) -> Result<Option<PathBuf>, String> {
    let recorded = parts.first().results.baseline.as_ref().map(|baseline| PathBuf::from(&baseline.file));
    let Some(recorded) = recorded else {
        return match named {
            Some(_) => Err("--baseline: the parts were run without one".to_owned()),
            None => Ok(None),
        };
    };
    let file = named.map_or(recorded, Path::to_owned);
    let octets = fs::read(&file).map_err(|error| {
        format!(
            "the parts were run with a baseline, and {} can't be read: {error}; name it with --baseline",
            file.display()
        )
    })?;
    if parts.condition("baseline") != Some(digest(&octets).as_str()) {
        return Err(format!("--baseline: {} is not what the parts were run with", file.display()));
    }
    Ok(Some(file))
}

fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or(path.to_owned());
    real(one) == real(other)
}
