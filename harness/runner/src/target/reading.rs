//! The key `readings`: which reading of a defect of the specification is taken.

use std::collections::BTreeMap;

use conformance::{catalogue, reading};
use serde_saphyr::Spanned;

use super::meaning::Meaning;
use crate::diagnostic::{Diagnostic, did_you_mean};

impl Meaning<'_> {
    /// The readings that differ from the recommended ones.
    ///
    /// # Errors
    /// Ids that the catalogue lacks, defects among whose readings no rule distinguishes, and words that no reading has.
    pub(super) fn readings(
        &self,
        written: Option<BTreeMap<String, Spanned<String>>>,
    ) -> Result<BTreeMap<String, String>, Box<Diagnostic>> {
        let mut chosen = BTreeMap::new();
        for (defect, word) in written.unwrap_or_default() {
            let known: Vec<&reading::Reading> = reading::readings_of(&defect).collect();
            if known.is_empty() {
                return Err(self.wrong(word.referenced, nothing_to_choose(&defect)));
            }
            let Some(found) = known.iter().find(|reading| reading.word == word.value) else {
                let words: Vec<String> = known.iter().map(|reading| format!("`{}`", reading.word)).collect();
                let message = format!("`{defect}` has no reading `{}`; it has {}", word.value, words.join(" and "));
                return Err(self.wrong(word.referenced, message));
            };
            if !found.is_recommended {
                chosen.insert(defect, word.value);
            }
        }
        Ok(chosen)
    }
}

fn nothing_to_choose(defect: &str) -> String {
    let choices = || reading::readings().iter().filter(|reading| reading.is_recommended).map(|reading| reading.defect);
    if catalogue::spec_defect(defect).is_some() {
        let choices: Vec<&str> = choices().collect();
        return format!(
            "no rule asks which reading of `{defect}` is taken; there is a choice for {}",
            choices.join(", ")
        );
    }
    let all = || catalogue::spec_defects().iter().map(|known| known.id);
    let hint = did_you_mean(defect, choices()).or_else(|| did_you_mean(defect, all()));
    let hint = hint.map_or_else(String::new, |hint| format!("; {hint}"));
    format!("`{defect}` is no defect of the specification{hint}")
}
