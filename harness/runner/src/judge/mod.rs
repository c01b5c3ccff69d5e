//! From what was seen to verdicts: findings of a trace, the verdict of a scenario, the table of requirements.

mod requirement;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use conformance::dissect::{Dissector, Keyring};
use conformance::{Checker, Config, Party, Report, Rule, rules};
use trace::Entry;

use crate::diagram::{Diagram, Drawing};

pub use requirement::Ledger;
pub use verdict::{Complaint, Ran, Stop, Subject};

/// What judges: rules, bounds, and what is not held against the target.
#[derive(Clone, Debug)]
pub struct Judge {
    config: Config,
    rules: Vec<&'static Rule>,
    waived: BTreeSet<String>,
    strict: bool,
    decided_by: BTreeMap<(&'static str, Party), Vec<&'static str>>,
}

impl Judge {
    /// A judge by the rules whose id begins with `prefix`, or by all of them.
    ///
    /// # Errors
    /// In words, when no rule begins so.
    pub fn new(config: Config, prefix: Option<&str>, waived: BTreeSet<String>, strict: bool) -> Result<Self, String> {
        let rules = rules::with_prefix(prefix.unwrap_or_default());
        if let (true, Some(prefix)) = (rules.is_empty(), prefix) {
            return Err(format!("--rules: no rule's id begins with `{prefix}`"));
        }
        Ok(Self { config, decided_by: decided_by(&rules), rules, waived, strict })
    }

    /// The same judge, for one party alone.
    #[must_use]
    pub fn of(mut self, party: Party) -> Self {
        self.rules.retain(|rule| rule.party == party);
        self.decided_by = decided_by(&self.rules);
        self
    }

    /// The same judge with other bounds.
    #[must_use]
    pub fn with_config(&self, config: Config) -> Self {
        Self { config, ..self.clone() }
    }

    /// The same judge, which holds other requirements not against the target.
    #[must_use]
    pub fn waiving(self, waived: BTreeSet<String>) -> Self {
        Self { waived, ..self }
    }

    /// The requirements that are not held against the target.
    #[must_use]
    pub fn waived(&self) -> &BTreeSet<String> {
        &self.waived
    }

    /// How it judges.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What the rules say about a trace.
    #[must_use]
    pub fn report(&self, entries: &[Entry]) -> Report {
        let mut sitting = self.sit_with(Keyring::of(security::unsealer, entries));
        entries.iter().for_each(|entry| sitting.hear(entry));
        sitting.close()
    }

    /// The same, with a diagram of the trace.
    #[must_use]
    pub fn report_drawn(&self, entries: &[Entry]) -> (Report, Diagram) {
        let mut sitting = self.sit_with(Keyring::of(security::unsealer, entries)).drawing();
        entries.iter().for_each(|entry| sitting.hear(entry));
        let (report, diagram) = sitting.close_drawn();
        (report, diagram.unwrap_or_default())
    }

    /// Begins to judge a trace that comes entry by entry.
    #[must_use]
    pub fn sit(&self) -> Sitting {
        self.sit_with(Keyring::new(security::unsealer))
    }

    fn sit_with(&self, keyring: Keyring) -> Sitting {
        let checker = Checker::new(self.config.clone(), self.rules.iter().copied());
        Sitting { dissector: Dissector::with_keys(keyring), checker, drawing: None }
    }

    /// Whether any rule for a party found something to judge.
    #[must_use]
    pub fn has_judged(&self, party: Party, report: &Report) -> bool {
        self.rules.iter().any(|rule| rule.party == party && report.rules.contains_key(rule.id))
    }

    /// The rules that decide a requirement for a party.
    fn rules_of<'a>(&'a self, requirement: &'a str, party: Party) -> &'a [&'static str] {
        self.decided_by.get(&(requirement, party)).map_or(&[], Vec::as_slice)
    }
}

/// A trace that is being judged.
#[derive(Debug)]
pub struct Sitting {
    dissector: Dissector,
    checker: Checker,
    drawing: Option<Box<Drawing>>,
}

impl Sitting {
    /// The same sitting, which draws what it hears.
    #[must_use]
    pub fn drawing(self) -> Self {
        Self { drawing: Some(Box::default()), ..self }
    }

    /// The next entry.
    pub fn hear(&mut self, entry: &Entry) {
        let Self { dissector, checker, drawing } = self;
        match drawing {
            None => dissector.push(entry, &mut |event| checker.event(event, &mut |_| {})),
            Some(drawing) => {
                dissector.push(entry, &mut |event| checker.event(event, &mut |event| drawing.event(event)));
                drawing.hear(checker.findings());
            }
        }
    }

    /// What the rules say.
    #[must_use]
    pub fn close(self) -> Report {
        self.checker.finish()
    }

    /// What the rules say, and the diagram when one was drawn.
    #[must_use]
    pub fn close_drawn(self) -> (Report, Option<Diagram>) {
        let report = self.checker.finish();
        let diagram = self.drawing.map(|mut drawing| {
            // Verdicts that waited for the end are among them; the others are known already.
            report.findings.iter().for_each(|finding| drawing.accuse(finding.event));
            drawing.finish()
        });
        (report, diagram)
    }
}

/// The rules that decide each requirement for a party.
fn decided_by(rules: &[&'static Rule]) -> BTreeMap<(&'static str, Party), Vec<&'static str>> {
    let mut decided_by: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for rule in rules {
        for id in rule.requirements {
            decided_by.entry((*id, rule.party)).or_default().push(rule.id);
        }
    }
    decided_by
}
