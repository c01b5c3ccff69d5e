//! What the report for people says of a baseline.

use super::{Text, counted, printable};
use crate::report::{EntryState, Outcome, Results, Scenario};

impl Text<'_> {
    /// The scenarios that came out as a baseline lists, by their reasons.
    pub(super) fn known(&mut self, results: &Results) {
        let mut reasons: Vec<(String, Vec<&Scenario>)> = Vec::new();
        for scenario in &results.scenarios {
            let Some(known) = &scenario.known else { continue };
            let reason = known.reasons.join("; ");
            match reasons.iter_mut().find(|(other, _)| *other == reason) {
                Some((_, scenarios)) => scenarios.push(scenario),
                None => reasons.push((reason, vec![scenario])),
            }
        }
        for (reason, scenarios) in reasons {
            let mut lines: Vec<String> = Vec::new();
            for scenario in scenarios {
                let verdict = scenario.known.as_ref().map_or(scenario.verdict, |known| known.verdict);
                let line = format!("{}: {verdict}", scenario.id);
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
            let (style, count) = (self.styles.of(Outcome::Skip), counted(lines.len(), "scenario"));
            self.line(0, &format!("{style}SKIP{style:#} {count}, known: {}", printable(&reason)));
            for line in lines {
                self.line(5, &line);
            }
        }
    }

    /// What the baseline is wrong about, and the count of its entries.
    pub(super) fn baseline(&mut self, results: &Results) {
        let Some(baseline) = &results.baseline else { return };
        for entry in baseline.unexpected() {
            let (style, title) = (self.styles.bad, self.styles.title);
            let word = entry.state.name().to_uppercase();
            let place = format!("{}:{}", baseline.file, entry.line);
            self.line(0, &format!("{style}{word}{style:#} {title}{}{title:#} ({place})", entry.name()));
            self.line(5, &printable(&entry.advice().unwrap_or_default()));
            if let Some(text) = entry.text.as_ref().filter(|_| entry.state != EntryState::MatchesNothing) {
                self.line(5, &format!("text: {}", printable(text)));
            }
            self.line(5, &format!("reason: {}", printable(&entry.reason)));
        }
        let states = [
            EntryState::AsListed,
            EntryState::Passes,
            EntryState::OtherText,
            EntryState::MatchesNothing,
            EntryState::Undecided,
        ];
        let counts = states.into_iter().map(|state| (baseline.count(state), state.name()));
        let words: Vec<String> =
            counts.filter(|(count, _)| *count > 0).map(|(n, name)| format!("{n} {name}")).collect();
        let words = if words.is_empty() { "no entries".to_owned() } else { words.join(", ") };
        self.line(0, &format!("baseline {}: {words}", baseline.file));
    }
}
