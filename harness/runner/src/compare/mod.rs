//! `compare`: two recordings side by side, or all those of two runs.

mod html;
mod pairing;
mod results;
mod side;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use conformance::compare::Comparison;
use conformance::{Config, Overlay, Party};

use crate::arguments::{Compare, Tested};
use crate::check::means::Means;
use crate::exit::Exit;
use crate::judge::Judge;
use crate::recording::Recording;
use crate::report::{Spec, Tool};

pub use results::{Called, Compared, Counts, Differing, Found, Recordings, Unpaired};
pub use text::to_text;

use html::Rows;
use side::{Key, Side, key_of};

/// On which terms two recordings are compared.
struct Terms<'a> {
    judge: &'a Judge,
    /// How captures are judged.
    captures: Config,
    overlay: Option<&'static Overlay>,
    strict: bool,
}

/// What came of a comparison, with its page.
#[derive(Debug)]
pub struct Ended {
    /// What came of it.
    pub compared: Compared,
    /// The page, where it is wanted.
    pub html: Option<String>,
}

/// Compares what the arguments name.
///
/// # Errors
/// The exit code, and in words what can't be compared.
pub fn compare(arguments: &Compare) -> Result<Ended, (Exit, String)> {
    let mistake = |why: String| (Exit::Mistake, why);
    let config = Config { overlay: arguments.overlay, ..Config::default() };
    let judge = Judge::new(config, arguments.rules.as_deref(), BTreeSet::new(), false).map_err(mistake)?;
    let means = Means::of(arguments.target.as_deref(), arguments.keytab.as_deref()).map_err(mistake)?;
    let judge = means.equip(judge).waiving(means.waived());
    let captures = means.config(Config::default());
    let terms = Terms { judge: &judge, captures, overlay: arguments.overlay, strict: arguments.strict };
    let (pairs, unpaired) = pairs(arguments).map_err(mistake)?;
    let mut recordings = Vec::new();
    let mut pages = Vec::new();
    let mut is_any_ours = false;
    for (key, left, right) in pairs {
        let read = |file: &Path| Recording::read_for(file, judge.has_secrets()).map_err(mistake);
        let (left, right) = (read(&left)?, read(&right)?);
        is_any_ours |= left.speaks() || right.speaks();
        let comparison = pairing::compared(&left, &right, &terms).map_err(mistake)?;
        let wants_page = arguments.html && !comparison.differences().is_empty();
        pages.push(wants_page.then(|| Rows::of(&comparison)));
        recordings.push(row(key, (&left, &right), &comparison, arguments.party));
    }
    if !is_any_ours {
        let why = "no MS-PAN traffic on either side: no connection binds its interfaces";
        return Err((Exit::NothingPassed, why.to_owned()));
    }
    let compared = Compared {
        tool: Tool::this(),
        spec: Spec::ms_pan(),
        left: arguments.left.display().to_string(),
        right: arguments.right.display().to_string(),
        overlay: arguments.overlay.map(|overlay| overlay.name.to_owned()),
        summary: Counts::of(recordings.iter().flat_map(|one: &Recordings| one.differences.iter())),
        recordings,
        unpaired,
    };
    let html = arguments.html.then(|| html::to_html(&compared, &pages));
    Ok(Ended { compared, html })
}

/// Compares two recordings by all rules and without an overlay.
///
/// # Errors
/// In words, when one can't be compared.
pub fn recordings(left: &Recording, right: &Recording) -> Result<Comparison, String> {
    let judge = Judge::new(Config::default(), None, BTreeSet::new(), false)?;
    pairing::compared(left, right, &Terms { judge: &judge, captures: Config::default(), overlay: None, strict: false })
}

/// Two files that are compared, with what tells them apart from others of the same runs.
type Paired = (Option<Key>, PathBuf, PathBuf);

fn pairs(arguments: &Compare) -> Result<(Vec<Paired>, Vec<Unpaired>), String> {
    let Compare { left, right, .. } = arguments;
    match (Side::of(left)?, Side::of(right)?) {
        (Side::One(left), Side::One(right)) => Ok((vec![(None, left, right)], Vec::new())),
        (Side::Run(left), Side::Run(right)) => runs(arguments, left, right),
        (Side::One(one), Side::Run(run)) => Ok((vec![(None, one.clone(), one_of(&run, &one, right)?)], Vec::new())),
        (Side::Run(run), Side::One(one)) => Ok((vec![(None, one_of(&run, &one, left)?, one)], Vec::new())),
    }
}

/// The trace of a run that is of the same scenario as a recording.
fn one_of(run: &BTreeMap<Key, PathBuf>, one: &Path, folder: &Path) -> Result<PathBuf, String> {
    let key = key_of(one).ok();
    let found = key.as_ref().and_then(|key| run.get(key)).cloned();
    found.ok_or_else(|| {
        let count = run.len();
        let (folder, one) = (folder.display(), one.display());
        format!("{folder}: a run of {count} scenarios, none of them that of {one}; name the folder of one of them")
    })
}

fn runs(
    arguments: &Compare,
    left: BTreeMap<Key, PathBuf>,
    mut right: BTreeMap<Key, PathBuf>,
) -> Result<(Vec<Paired>, Vec<Unpaired>), String> {
    let unpaired =
        |key: Key, side: &str| Unpaired { variant: key.variant(), scenario: key.scenario, side: side.to_owned() };
    let (mut pairs, mut lonely) = (Vec::new(), Vec::new());
    for (key, trace) in left {
        match right.remove(&key) {
            Some(other) => pairs.push((Some(key), trace, other)),
            // The same scenario over another transport has been compared.
            None if key.is_second => {}
            None => lonely.push(unpaired(key, "left")),
        }
    }
    lonely.extend(right.into_keys().filter(|key| !key.is_second).map(|key| unpaired(key, "right")));
    if pairs.is_empty() {
        let (left, right) = (arguments.left.display(), arguments.right.display());
        return Err(format!("{left} and {right} have no scenario in common"));
    }
    Ok((pairs, lonely))
}

fn row(
    key: Option<Key>,
    (left, right): (&Recording, &Recording),
    comparison: &Comparison,
    chosen: Option<Tested>,
) -> Recordings {
    let parties = parties(left, right, chosen);
    let count = |side: conformance::compare::Side| {
        (0..comparison.pairs().len()).filter(|pair| comparison.call(side, *pair).is_some()).count()
    };
    Recordings {
        variant: key.as_ref().map(Key::variant),
        scenario: key.map(|key| key.scenario),
        left: left.name.clone(),
        right: right.name.clone(),
        party: match parties {
            [one] => one.name().to_owned(),
            _ => "both".to_owned(),
        },
        left_calls: count(conformance::compare::Side::Left),
        right_calls: count(conformance::compare::Side::Right),
        paired: comparison.pairs().iter().filter(|pair| pair.left.is_some() && pair.right.is_some()).count(),
        differences: results::differing(comparison, parties),
        left_out: comparison.left_out(),
    }
}

/// Whose conduct decides: the chosen party's, else that of the party that the recorded runs were judging.
fn parties(left: &Recording, right: &Recording, chosen: Option<Tested>) -> &'static [Party] {
    let told = |recording: &Recording| recording.header.as_ref().and_then(|header| pairing::party_of(&header.party));
    let told = match (told(left), told(right)) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => one.or(other),
    };
    match (chosen, told) {
        (Some(Tested::Server), _) | (None, Some(Party::Server)) => &[Party::Server],
        (Some(Tested::Client), _) | (None, Some(Party::Client)) => &[Party::Client],
        _ => &[Party::Server, Party::Client],
    }
}
