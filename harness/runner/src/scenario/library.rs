//! All scenarios of one root, checked together.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, ErrorKind};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::check::{self, Loaded, Surroundings};
use super::meant::Scenario;
use super::root::Root;
use super::written::{FragmentFile, ScenarioFile};
use crate::diagnostic::{Diagnostic, SourceText, did_you_mean};
use crate::yaml;

/// The folder of the fragments.
const FRAGMENTS: &str = "fragments";

/// Folders below that of the scenarios that hold no scenarios.
const OTHERS: [&str; 2] = [FRAGMENTS, "documents"];

/// The scenarios of one root.
#[derive(Debug, Default)]
pub struct Library {
    /// The scenarios by id, each instance of a family for itself.
    pub scenarios: Vec<Scenario>,
}

impl Library {
    /// Reads and checks all scenarios of a root, and its fragments.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn load(root: &Root) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let (fragments, unreadable) = load_fragments(root, &mut problems);
        let files: Vec<Loaded<ScenarioFile>> = load_all(root, "", &OTHERS, &mut problems);
        let scenarios = check_all(root, &fragments, unreadable, &files, &mut problems);
        check_controls(&scenarios, &files, &mut problems);
        if problems.is_empty() { Ok(Self { scenarios }) } else { Err(problems) }
    }

    /// Checks one scenario's text as if it were a file of the root, with the fragments and files that lie there.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn check_text(root: &Root, id: &str, text: &str) -> Result<Vec<Scenario>, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let (fragments, unreadable) = load_fragments(root, &mut problems);
        let source = Arc::new(SourceText { name: format!("scenarios/{id}.yaml"), text: text.to_owned() });
        let files = match yaml::read(&source) {
            Ok(file) => vec![Loaded { id: id.to_owned(), source, file }],
            Err(problem) => return Err(vec![*problem]),
        };
        let scenarios = check_all(root, &fragments, unreadable, &files, &mut problems);
        if problems.is_empty() { Ok(scenarios) } else { Err(problems) }
    }
}

fn load_fragments(root: &Root, problems: &mut Vec<Diagnostic>) -> (BTreeMap<String, Loaded<FragmentFile>>, usize) {
    let before = problems.len();
    let files: Vec<Loaded<FragmentFile>> = load_all(root, FRAGMENTS, &[], problems);
    (files.into_iter().map(|file| (file.id.clone(), file)).collect(), problems.len() - before)
}

fn check_all(
    root: &Root,
    fragments: &BTreeMap<String, Loaded<FragmentFile>>,
    unreadable: usize,
    files: &[Loaded<ScenarioFile>],
    problems: &mut Vec<Diagnostic>,
) -> Vec<Scenario> {
    let none = BTreeSet::new();
    let mut broken = BTreeSet::new();
    for fragment in fragments.values() {
        let found = check::fragment(fragment, &Surroundings { root, fragments, broken: &none });
        if !found.is_empty() {
            broken.insert(fragment.id.clone());
        }
        for problem in found {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    if unreadable > 0 {
        return Vec::new();
    }
    let surroundings = Surroundings { root, fragments, broken: &broken };
    let mut scenarios = Vec::new();
    for file in files {
        let (instances, found) = check::scenario(file, &surroundings);
        scenarios.extend(instances);
        problems.extend(found);
    }
    scenarios
}

/// A control has to be another scenario.
fn check_controls(scenarios: &[Scenario], files: &[Loaded<ScenarioFile>], problems: &mut Vec<Diagnostic>) {
    let mut ids: Vec<&str> = scenarios.iter().flat_map(|known| [known.id.as_str(), known.family.as_str()]).collect();
    ids.sort_unstable();
    ids.dedup();
    for file in files {
        let Some(control) = &file.file.control else { continue };
        let (line, column) = (control.position.line, control.position.column);
        if control.value == file.id {
            problems.push(Diagnostic::new(&file.source, line, column, "a scenario can't be its own control"));
        } else if !ids.contains(&control.value.as_str()) {
            let message = format!("there is no scenario `{}`", control.value);
            let mut problem = Diagnostic::new(&file.source, line, column, message);
            problem.suggestion = did_you_mean(&control.value, ids.iter().copied());
            problems.push(problem);
        }
    }
}

/// Reads all files of a folder but for those in `others`, in the order of their ids. Only the root itself has to be there.
fn load_all<T: DeserializeOwned>(
    root: &Root,
    below: &str,
    others: &[&str],
    problems: &mut Vec<Diagnostic>,
) -> Vec<Loaded<T>> {
    let names = root.yaml_files(below, others).unwrap_or_else(|error| {
        if below.is_empty() || error.kind() != ErrorKind::NotFound {
            problems.push(Diagnostic::unreadable(&root.name_of(below), &error));
        }
        Vec::new()
    });
    let mut files = Vec::new();
    for name in names {
        match load::<T>(root, below, &name) {
            Ok(file) => files.push(file),
            Err(problem) => problems.push(*problem),
        }
    }
    files
}

fn load<T: DeserializeOwned>(root: &Root, below: &str, file: &str) -> Result<Loaded<T>, Box<Diagnostic>> {
    let name = root.name_of(file);
    let text = root.read(file).and_then(|octets| {
        String::from_utf8(octets.into_owned()).map_err(|_| Error::new(ErrorKind::InvalidData, "it is no UTF-8"))
    });
    let text = text.map_err(|error| Box::new(Diagnostic::unreadable(&name, &error)))?;
    let source = Arc::new(SourceText { name, text });
    let read = yaml::read(&source)?;
    let id = file.strip_prefix(below).unwrap_or(file).trim_start_matches('/');
    let id = id.strip_suffix(".yaml").unwrap_or(id).to_owned();
    Ok(Loaded { id, source, file: read })
}
