//! The command that shows one scenario again, and nothing else.

use super::alike::Alike;
use super::results::{Results, Scenario, Variant};
use crate::platform::SHELL;

/// The option by which a transfer syntax is chosen.
const SYNTAX: &str = "--transfer-syntax";
/// The option by which a protection is chosen.
const SECURITY: &str = "--security";
/// The option with what identifiers are made from.
const SEED: &str = "--seed";

/// The command line that shows a scenario again in the ways in which it came out alike; none when nobody knows how it was
/// made.
pub(super) fn of_alike(results: &Results, found: &Alike<'_>) -> Option<String> {
    rerun(results, found.first, found.only_syntax(), found.only_security())
}

/// The command line that shows a row again, in its way alone.
#[must_use]
pub fn of_row(results: &Results, row: &Scenario) -> Option<String> {
    let is_recorded = results.command.get(1).is_some_and(|word| word == "check");
    let of_it = |other: &&Scenario| (&other.id, &other.target) == (&row.id, &row.target);
    let differs =
        |part: fn(&Scenario) -> &str| results.scenarios.iter().filter(of_it).any(|one| part(one) != part(row));
    let (by_syntax, by_security) = (differs(|one| &one.variant.syntax), differs(|one| &one.variant.security));
    let only = |is_needed: bool, word: &str| (is_needed && !is_recorded).then(|| word.to_owned());
    let (syntax, security) = (only(by_syntax, &row.variant.syntax), only(by_security, &row.variant.security));
    rerun(results, row, syntax.as_deref(), security.as_deref())
}

/// The words of the command that runs a row again in a way that is named, whether there are others or not.
#[must_use]
pub fn in_way(results: &Results, row: &Scenario, way: &Variant) -> Vec<String> {
    let mut words = results.command.clone();
    set(&mut words, SYNTAX, &way.syntax);
    set(&mut words, SECURITY, &way.security);
    if let Some(seed) = row.seed {
        set(&mut words, SEED, &seed.to_string());
    }
    words.push(row.id.clone());
    words
}

fn rerun(results: &Results, row: &Scenario, syntax: Option<&str>, security: Option<&str>) -> Option<String> {
    let mut words = results.command.clone();
    if words.is_empty() {
        return None;
    }
    if let Some(syntax) = syntax {
        set(&mut words, SYNTAX, syntax);
    }
    if let Some(security) = security {
        set(&mut words, SECURITY, security);
    }
    if let Some(seed) = row.seed {
        set(&mut words, SEED, &seed.to_string());
    }
    words.push(row.id.clone());
    Some(words.iter().map(|word| SHELL.quoted(word)).collect::<Vec<_>>().join(" "))
}

/// Gives an option this value, and no other.
fn set(words: &mut Vec<String>, option: &str, value: &str) {
    if let Some(at) = words.iter().position(|word| word == option) {
        words.drain(at..words.len().min(at + 2));
    }
    words.extend([option.to_owned(), value.to_owned()]);
}
