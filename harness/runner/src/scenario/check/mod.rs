//! From what is written to what is meant: every name, kind, matcher and reference is looked at before anything runs.

mod call;
mod client;
mod expectation;
mod file;
mod flow;
mod names;
mod reply;
mod step;
mod stimulus;
mod tampering;
mod value;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::meant::{Need, Place, Scenario, Step};
use super::root::Root;
use super::written::{FragmentFile, Position, ScenarioFile};
use crate::diagnostic::{Diagnostic, SourceText, Use, did_you_mean};
use call::CallState;
use names::Scope;

/// A file that was read.
#[derive(Clone, Debug)]
pub(super) struct Loaded<T> {
    /// Its id: its path without `.yaml`.
    pub(super) id: String,
    /// Its text.
    pub(super) source: Arc<SourceText>,
    /// What it says.
    pub(super) file: T,
}

/// What a check can refer to.
#[derive(Debug)]
pub(super) struct Surroundings<'a> {
    /// Where the scenarios lie.
    pub(super) root: &'a Root,
    /// The fragments by id.
    pub(super) fragments: &'a BTreeMap<String, Loaded<FragmentFile>>,
    /// Those of them that are wrong themselves.
    pub(super) broken: &'a BTreeSet<String>,
}

/// Checks a fragment for itself.
#[must_use]
pub(super) fn fragment(loaded: &Loaded<FragmentFile>, surroundings: &Surroundings<'_>) -> Vec<Diagnostic> {
    let mut checker = Checker::new(surroundings, &loaded.source);
    checker.fragment_alone(loaded);
    checker.problems
}

/// Checks a scenario: its instances, and what is wrong.
#[must_use]
pub(super) fn scenario(
    loaded: &Loaded<ScenarioFile>,
    surroundings: &Surroundings<'_>,
) -> (Vec<Scenario>, Vec<Diagnostic>) {
    let mut problems: Vec<Diagnostic> = Vec::new();
    let mut instances = Vec::new();
    for variant in file::variants(&loaded.file.matrix) {
        let mut checker = Checker::new(surroundings, &loaded.source);
        instances.push(checker.scenario(loaded, &variant));
        for problem in checker.problems {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    (instances, problems)
}

/// The state of checking one scenario, or one fragment for itself.
struct Checker<'a> {
    surroundings: &'a Surroundings<'a>,
    /// The file whose text is being looked at.
    source: Arc<SourceText>,
    /// The uses that led there, the outermost first.
    uses: Vec<Use>,
    /// The names of the file.
    scope: Scope,
    calls: BTreeMap<String, CallState>,
    /// Handles that are closed for certain at this point.
    closed: BTreeSet<String>,
    channels: BTreeSet<String>,
    clients: BTreeSet<String>,
    /// Instances whose calls are answered otherwise, and where that is said first.
    answered: BTreeMap<String, (Arc<SourceText>, Position)>,
    needs: BTreeSet<Need>,
    /// Actors whose PDUs nothing protects, whatever the target's settings are.
    unprotected: BTreeSet<String>,
    /// What the fragments in use do at the end, the first used first.
    deferred: Vec<Vec<Step>>,
    uses_so_far: usize,
    /// What the target is; not known while a fragment is checked for itself.
    party: Option<super::written::Party>,
    in_finally: bool,
    /// How many branches of the surrounding `parallel` name each barrier.
    barriers: BTreeMap<String, usize>,
    problems: Vec<Diagnostic>,
}

impl<'a> Checker<'a> {
    fn new(surroundings: &'a Surroundings<'a>, source: &Arc<SourceText>) -> Self {
        Self {
            surroundings,
            source: Arc::clone(source),
            uses: Vec::new(),
            scope: Scope::with_given_names(),
            calls: BTreeMap::new(),
            closed: BTreeSet::new(),
            channels: BTreeSet::new(),
            clients: BTreeSet::new(),
            answered: BTreeMap::new(),
            needs: BTreeSet::new(),
            unprotected: BTreeSet::new(),
            deferred: Vec::new(),
            uses_so_far: 0,
            party: None,
            in_finally: false,
            barriers: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    /// Notes a problem.
    fn complain(&mut self, position: Position, message: impl Into<String>) {
        self.complain_with(position, message, None);
    }

    fn complain_with(&mut self, position: Position, message: impl Into<String>, suggestion: Option<String>) {
        let mut diagnostic = Diagnostic::new(&self.source, position.line, position.column, message);
        diagnostic.suggestion = suggestion;
        diagnostic.uses = self.uses.iter().rev().cloned().collect();
        if !self.problems.contains(&diagnostic) {
            self.problems.push(diagnostic);
        }
    }

    /// Notes that a word is none of those that are possible.
    fn unknown<'w>(&mut self, position: Position, what: &str, word: &str, possible: impl IntoIterator<Item = &'w str>) {
        let possible: Vec<&str> = possible.into_iter().collect();
        let suggestion = did_you_mean(word, possible.iter().copied()).or_else(|| match possible.len() {
            1..=24 => Some(format!("known here: {}", possible.join(", "))),
            _ => None,
        });
        self.complain_with(position, format!("unknown {what} `{word}`"), suggestion);
    }

    /// The meaning of one of several words.
    fn one_of<T: Copy>(&mut self, position: Position, what: &str, word: &str, words: &[(&str, T)]) -> Option<T> {
        match words.iter().find(|(known, _)| *known == word) {
            Some((_, meaning)) => Some(*meaning),
            None => {
                self.unknown(position, what, word, words.iter().map(|(known, _)| *known));
                None
            }
        }
    }

    fn place(&self, position: Position) -> Place {
        let own = (self.source.name.clone(), position.line);
        let uses = self.uses.iter().rev().map(|frame| (frame.source.name.clone(), frame.line));
        Place { frames: std::iter::once(own).chain(uses).collect() }
    }
}
