//! Drafts of a baseline: what deviates now, each with an empty reason that a person has to fill in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::comparison::Comparison;
use super::deviation::{Deviation, verdict};
use super::entry::{Baseline, Entry, Named};
use super::pattern::{Pattern, tidy};
use crate::arguments::Selector;
use crate::report::{EntryState, Outcome, Results, Scenario as Row, Spoken, Variant};
use crate::scenario::meant::Scenario;

/// The most characters of a finding that a draft quotes: the whole of it is in the report.
const LONGEST: usize = 240;

/// What a draft holds.
#[derive(Debug)]
pub struct Draft {
    /// The file.
    pub text: String,
    /// How many entries it has.
    pub entries: usize,
    /// How many of them have no reason yet.
    pub unfilled: usize,
}

/// A baseline of what deviates now. Entries of the baseline of this run that still hold are kept; what they don't list gets an
/// entry for each scenario, or one for all instances of a matrix that deviate alike.
#[must_use]
pub fn draft(results: &Results, baseline: Option<&Baseline>, all: &[Scenario], strict: bool) -> Draft {
    let kept = kept(results, baseline);
    let comparison = Comparison::new(&kept, strict);
    let open: Vec<&Row> = results.scenarios.iter().filter(|row| !comparison.lists(&row.id, row)).collect();
    let mut in_ways: BTreeMap<Alike, BTreeMap<&str, BTreeSet<&Variant>>> = BTreeMap::new();
    for row in &open {
        for found in found(row, &results.scenarios, all, strict) {
            in_ways.entry(found).or_default().entry(row.id.as_str()).or_default().insert(&row.variant);
        }
    }
    let alike = over_ways(in_ways, &results.scenarios);
    let mut text = head(results);
    for entry in &kept.entries {
        write(&mut text, "", entry);
    }
    let mut new: Vec<(String, String, Entry)> = Vec::new();
    for ((found, variant), ids) in alike {
        for id in folded(&found.family, &ids, all) {
            let Ok(selector) = Selector::parse(id) else { continue };
            let entry = Entry {
                named: Named::Scenario(selector),
                variant: variant.map(Spoken::from),
                text: Pattern::new(&found.text),
                reason: found.reason.clone(),
                sometimes: found.sometimes,
                line: 0,
            };
            new.push((id.to_owned(), found.comment.clone(), entry));
        }
    }
    new.sort_by(|left, right| left.0.cmp(&right.0));
    for (_, comment, entry) in &new {
        write(&mut text, comment, entry);
    }
    let entries = kept.entries.len() + new.len();
    if entries == 0 {
        text.push_str("  []\n");
    }
    Draft { text, entries, unfilled: new.iter().filter(|(_, _, entry)| entry.reason.is_empty()).count() }
}

/// The same, by the way of speaking: none for scenarios that deviate so in all ways in which they ran.
fn over_ways<'a>(
    in_ways: BTreeMap<Alike, BTreeMap<&'a str, BTreeSet<&'a Variant>>>,
    rows: &'a [Row],
) -> BTreeMap<(Alike, Option<&'a Variant>), BTreeSet<&'a str>> {
    let mut alike: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for (found, ids) in in_ways {
        for (id, ways) in ids {
            let all: BTreeSet<&Variant> = rows.iter().filter(|row| row.id == id).map(|row| &row.variant).collect();
            let ways = if ways == all { vec![None] } else { ways.into_iter().map(Some).collect() };
            for way in ways {
                alike.entry((found.clone(), way)).or_default().insert(id);
            }
        }
    }
    alike
}

/// What several instances of a matrix may have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    family: String,
    text: String,
    comment: String,
    reason: String,
    sometimes: bool,
}

/// The entries of the baseline that still hold, or of which nothing could be said.
fn kept(results: &Results, baseline: Option<&Baseline>) -> Baseline {
    let (Some(baseline), Some(came)) = (baseline, &results.baseline) else { return Baseline::default() };
    let holds = |state: EntryState| matches!(state, EntryState::AsListed | EntryState::Undecided);
    let with_state = baseline.entries.iter().zip(&came.entries);
    let entries = with_state.filter(|(_, came)| holds(came.state)).map(|(entry, _)| entry.clone()).collect();
    Baseline { entries, ..baseline.clone() }
}

/// What a row deviates in, without what follows from the rest.
fn found(row: &Row, rows: &[Row], all: &[Scenario], strict: bool) -> Vec<Alike> {
    let deviations = Deviation::all(row, strict);
    let accusing: Vec<&Deviation<'_>> = deviations.iter().filter(|deviation| deviation.accuses).collect();
    let own = accusing.iter().filter(|deviation| !accusing.iter().any(|other| deviation.follows(other)));
    let passes = |other: &Row| (&other.id, &other.variant) == (&row.id, &row.variant) && other.verdict == Outcome::Pass;
    let family = all.iter().find(|one| one.id == row.id).map_or(&row.id, |one| &one.family);
    let alike = |deviation: &&Deviation<'_>| Alike {
        family: family.clone(),
        text: stable(&deviation.words),
        comment: format!("{}: {}", verdict(row), tidy(&row.title)),
        reason: row.known.as_ref().map_or_else(String::new, |known| known.reasons.join("; ")),
        sometimes: verdict(row) == Outcome::Flaky || rows.iter().any(passes),
    };
    own.copied().map(|deviation| alike(&deviation)).collect()
}

/// The family alone where all its instances are there, else the instances.
fn folded<'a>(family: &'a str, ids: &BTreeSet<&'a str>, all: &[Scenario]) -> Vec<&'a str> {
    let mut instances = all.iter().filter(|one| one.family == family).peekable();
    match instances.peek().is_some() && instances.all(|one| ids.contains(one.id.as_str())) {
        true => vec![family],
        false => ids.iter().copied().collect(),
    }
}

fn head(results: &Results) -> String {
    let names: Vec<String> = results.targets.iter().map(|target| tidy(&target.name)).collect();
    let cut =
        if results.interrupted { "# The run was interrupted: what had not ended by then is missing.\n" } else { "" };
    let errors = match results.summary.error {
        0 => String::new(),
        errors => format!("# Errors kept {errors} of the scenarios from showing anything: draft again without them.\n"),
    };
    format!(
        "# Known deviations of {}, drafted by {} {} on {}.\n# Each entry needs a reason: with an empty one the file is refused. \
         `text` may be shortened to any words of the finding.\n{cut}{errors}deviations:\n",
        names.join(", "),
        results.tool.name,
        results.tool.version,
        results.started,
    )
}

fn write(out: &mut String, comment: &str, entry: &Entry) {
    if !comment.is_empty() {
        let _ = writeln!(out, "  # {comment}");
    }
    let key = match &entry.named {
        Named::Scenario(_) => "scenario",
        Named::Requirement(_) => "requirement",
    };
    let _ = writeln!(out, "  - {key}: {}", scalar(&entry.named.to_string()));
    if let Some(variant) = &entry.variant {
        let _ = writeln!(out, "    variant: {variant}");
    }
    if let Some(text) = &entry.text {
        let _ = writeln!(out, "    text: {}", scalar(&text.to_string()));
    }
    if entry.sometimes {
        let _ = writeln!(out, "    sometimes: true");
    }
    let _ = writeln!(out, "    reason: {}", scalar(&entry.reason));
}

/// Text as YAML takes it: plain where that is safe, else in single quotes.
fn scalar(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    match text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.contains(['/', '-']) && text.chars().all(safe) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "''")),
    }
}

/// The words without what another run has otherwise: identifiers, lapses of time, ports; and not more than is worth comparing.
fn stable(words: &str) -> String {
    let masked: Vec<String> = words.split(' ').map(masked).collect();
    let joined = masked.join(" ");
    match joined.char_indices().nth(LONGEST) {
        // Not in the middle of a word.
        Some((end, _)) => {
            let cut = joined.get(..end).unwrap_or_default();
            cut.rsplit_once(' ').map_or(cut, |(whole, _)| whole).to_owned()
        }
        None => joined,
    }
}

/// A word in which what varies is `*`: GUIDs, long runs of hexadecimal digits, numbers with a unit of time.
fn masked(word: &str) -> String {
    let is_lapse = |bare: &str| {
        let number = bare.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == 'µ');
        let unit = bare.get(number.len()..).unwrap_or_default();
        ["ns", "us", "µs", "ms", "s", "min"].contains(&unit)
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    if is_lapse(bare) {
        return word.replacen(bare, "*", 1);
    }
    let mut out = String::new();
    let mut run = String::new();
    for c in word.chars().chain([' ']) {
        if c.is_ascii_hexdigit() || (c == '-' && !run.is_empty()) {
            run.push(c);
            continue;
        }
        let digits = run.chars().filter(char::is_ascii_hexdigit).count();
        let has_number = run.chars().any(|c| c.is_ascii_digit());
        match digits >= 16 && has_number {
            true => out.push('*'),
            false => out.push_str(&run),
        }
        run.clear();
        out.push(c);
    }
    out.pop();
    out
}
