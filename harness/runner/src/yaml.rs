//! The one loader of YAML that people write: exact places, unknown and duplicate keys are errors.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_saphyr::{Error, Location};

use crate::diagnostic::{Diagnostic, SourceText, did_you_mean};

/// How deep values may lie in each other.
const DEEPEST: usize = 64;
/// How many values a file may hold.
const MOST_VALUES: usize = 100_000;

/// Reads a file and what it says.
///
/// # Errors
/// A [`Diagnostic`] for what is wrong with the text, without a place where the file can't be read at all.
pub fn load<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<(T, Arc<SourceText>), Box<Diagnostic>> {
    let name = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return Err(Box::new(Diagnostic::unreadable(&name, &error))),
    };
    let source = Arc::new(SourceText { name, text });
    let value = read(&source)?;
    Ok((value, source))
}

/// Reads what a text says.
///
/// # Errors
/// A [`Diagnostic`] for the first thing that is wrong.
pub fn read<T: for<'de> Deserialize<'de>>(source: &Arc<SourceText>) -> Result<T, Box<Diagnostic>> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
        budget: serde_saphyr::budget! { max_depth: DEEPEST, max_documents: 1, max_nodes: MOST_VALUES, max_aliases: 0, max_anchors: 0 },
    };
    serde_saphyr::from_str_with_options(&source.text, options).map_err(|error| Box::new(diagnose(source, &error)))
}

/// A diagnostic at the place that the loader gave a value.
#[must_use]
pub fn at(source: &Arc<SourceText>, location: Location, message: impl Into<String>) -> Diagnostic {
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    Diagnostic::new(source, number(location.line()), number(location.column()), message)
}

fn diagnose(source: &Arc<SourceText>, error: &Error) -> Diagnostic {
    let error = error.without_snippet();
    let location = error.location().unwrap_or(Location::UNKNOWN);
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            let message = format!("unknown key `{field}`");
            suggest(at(source, location, message), field, expected)
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            let message = format!("unknown value `{variant}`");
            suggest(at(source, location, message), variant, expected)
        }
        Error::SerdeMissingField { field, .. } => at(source, location, format!("the key `{field}` is missing")),
        Error::DuplicateMappingKey { key, .. } => {
            let name = key.as_ref().map_or_else(String::new, |key| format!(" `{key}`"));
            at(source, location, format!("the key{name} stands twice"))
        }
        Error::Eof { .. } => {
            let is_empty = source.text.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#'));
            let what = if is_empty { "the file is empty" } else { "the file ends here" };
            at(source, location, format!("{what}: expected keys with their values"))
        }
        Error::MultipleDocuments { .. } => at(source, location, SEVERAL),
        Error::Budget { breach, .. } => at(source, location, too_much(breach)),
        Error::UnsupportedTag { tag, .. } => unknown_tag(source, location, tag),
        Error::Unexpected { expected, .. } => at(source, location, unexpected(expected)),
        other => {
            let words = other.to_string();
            let words = words.split_once(" at line ").map_or(words.as_str(), |(words, _)| words);
            at(source, location, words)
        }
    }
}

/// What is said of a second document.
const SEVERAL: &str = "a second document begins here: a file is one document, without a line `---` in its midst";

/// What is said of a file that is larger than people write, or uses what these files do without.
fn too_much(breach: &BudgetBreach) -> String {
    match breach {
        BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. } => {
            "anchors (`&name`) and aliases (`*name`) are not taken: write the value out".to_owned()
        }
        BudgetBreach::Documents { .. } => SEVERAL.to_owned(),
        BudgetBreach::Depth { .. } => format!("values lie deeper in each other than {DEEPEST} levels"),
        BudgetBreach::Nodes { .. } => format!("the file holds more than {MOST_VALUES} values"),
        other => format!("the file holds more than is taken ({other:?})"),
    }
}

/// What is said of a tag, at its own place: the loader tells that of the value behind it, which may be a line below.
fn unknown_tag(source: &Arc<SourceText>, value: Location, tag: &str) -> Diagnostic {
    let value = at(source, value, format!("the tag `{tag}` is not known here: expected the value without it"));
    let before = |(number, line): (usize, &str)| {
        let end = line.char_indices().nth(value.column - 1).filter(|_| number == value.line);
        let start = line.get(..end.map_or(line.len(), |(end, _)| end))?.rfind(tag)?;
        Some((number, line.get(..start)?.chars().count() + 1))
    };
    match (1..).zip(source.text.lines()).take(value.line).filter_map(before).last() {
        Some((line, column)) => Diagnostic { line, column, ..value },
        None => value,
    }
}

/// What is said of a value of another kind, from the loader's word for what it expected.
fn unexpected(expected: &str) -> String {
    let kind = match expected {
        "string scalar" | "scalar" => "one word or text, not a list or keys",
        "sequence start" => "a list, such as [one, two]",
        "mapping start" => "keys with their values, such as {key: value}",
        other => other,
    };
    format!("expected {kind}")
}

fn suggest(diagnostic: Diagnostic, written: &str, expected: &[&'static str]) -> Diagnostic {
    let known = match expected {
        [] => None,
        names => Some(format!("known here: {}", names.join(", "))),
    };
    match did_you_mean(written, expected.iter().copied()).or(known) {
        Some(words) => diagnostic.suggesting(words),
        None => diagnostic,
    }
}
