//! All scenarios of a folder, checked together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::check::{self, Loaded, Surroundings};
use super::meant::Scenario;
use super::written::{FragmentFile, ScenarioFile};
use crate::diagnostic::{Diagnostic, SourceText, did_you_mean};
use crate::yaml;

/// Folders below that of the scenarios that hold no scenarios.
const OTHERS: [&str; 2] = ["fragments", "documents"];

/// Deepest folder that is looked into.
const DEEPEST: usize = 8;

/// The scenarios of a folder.
#[derive(Debug, Default)]
pub struct Library {
    /// The scenarios by id, each instance of a family for itself.
    pub scenarios: Vec<Scenario>,
}

impl Library {
    /// Reads and checks all scenarios of a folder, and its fragments.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn load(root: &Path) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let (fragments, unreadable) = load_fragments(root, &mut problems);
        let files: Vec<Loaded<ScenarioFile>> = load_all(root, root, &mut problems);
        let scenarios = check_all(root, &fragments, unreadable, &files, &mut problems);
        check_controls(&scenarios, &files, &mut problems);
        if problems.is_empty() { Ok(Self { scenarios }) } else { Err(problems) }
    }

    /// Checks one scenario's text as if it were a file of the folder, with the fragments and files that lie there.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn check_text(root: &Path, id: &str, text: &str) -> Result<Vec<Scenario>, Vec<Diagnostic>> {
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

fn load_fragments(root: &Path, problems: &mut Vec<Diagnostic>) -> (BTreeMap<String, Loaded<FragmentFile>>, usize) {
    let before = problems.len();
    let files: Vec<Loaded<FragmentFile>> = load_all(root, &root.join("fragments"), problems);
    (files.into_iter().map(|file| (file.id.clone(), file)).collect(), problems.len() - before)
}

fn check_all(
    root: &Path,
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

/// Reads all files of a folder, in the order of their ids; those of the scenarios' own folder without the other folders.
fn load_all<T: DeserializeOwned>(root: &Path, folder: &Path, problems: &mut Vec<Diagnostic>) -> Vec<Loaded<T>> {
    let mut paths = Vec::new();
    if let Err(error) = collect(folder, folder == root, 0, &mut paths)
        && (folder == root || error.kind() != std::io::ErrorKind::NotFound)
    {
        problems.push(Diagnostic::unreadable(&folder.display().to_string(), &error));
    }
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        match load::<T>(folder, &path) {
            Ok(file) => files.push(file),
            Err(problem) => problems.push(*problem),
        }
    }
    files
}

fn load<T: DeserializeOwned>(folder: &Path, path: &Path) -> Result<Loaded<T>, Box<Diagnostic>> {
    let name = path.to_string_lossy().replace('\\', "/");
    let text = std::fs::read_to_string(path).map_err(|error| Box::new(Diagnostic::unreadable(&name, &error)))?;
    let source = Arc::new(SourceText { name, text });
    let file = yaml::read(&source)?;
    let id = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
    let id = id.strip_suffix(".yaml").unwrap_or(&id).to_owned();
    Ok(Loaded { id, source, file })
}

fn collect(folder: &Path, top: bool, depth: usize, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let name = entry.file_name();
        let other = top && OTHERS.iter().any(|other| name == *other);
        if kind.is_dir() && !other && depth < DEEPEST {
            collect(&path, false, depth + 1, paths)?;
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "yaml") {
            paths.push(path);
        }
    }
    Ok(())
}
