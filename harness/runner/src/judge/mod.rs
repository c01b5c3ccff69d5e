//! From what was seen to verdicts: findings of a trace, the verdict of a scenario, the table of requirements.

mod requirement;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use conformance::dissect::{Dissector, Keyring};
use conformance::event::{Event, Kind, Secured};
use conformance::{Checker, Config, Party, Report, Rule, rules};
use dcerpc::security::Derive;
use trace::{Entry, LocalEvent};

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
    secrets: Option<Arc<dyn Derive>>,
    users: Arc<[Known]>,
}

/// A user of whom more is known than tokens say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The user's name without domain.
    pub user: String,
    /// Whether the user has the rights of an administrator.
    pub administrator: bool,
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
        let decided_by = decided_by(&rules);
        Ok(Self { config, decided_by, rules, waived, strict, secrets: None, users: Arc::default() })
    }

    /// The same judge, who derives the keys of security contexts that a trace does not tell, and knows those users.
    #[must_use]
    pub fn with_secrets(self, secrets: Arc<dyn Derive>, users: impl IntoIterator<Item = Known>) -> Self {
        Self { secrets: Some(secrets), users: users.into_iter().collect(), ..self }
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

    /// Whether it can open what was protected with secrets of a user or a server.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        self.secrets.is_some()
    }

    /// How it judges.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What the rules say about a trace.
    #[must_use]
    pub fn report(&self, entries: &[Entry]) -> Report {
        self.report_showing(entries, false, &mut |_| {}).0
    }

    /// The same, with a diagram of the trace.
    #[must_use]
    pub fn report_drawn(&self, entries: &[Entry]) -> (Report, Diagram) {
        let (report, diagram) = self.report_showing(entries, true, &mut |_| {});
        (report, diagram.unwrap_or_default())
    }

    /// The same, with a diagram when one is to be drawn. `seen` is shown every event as it is judged.
    #[must_use]
    pub fn report_showing(
        &self,
        entries: &[Entry],
        is_drawn: bool,
        seen: &mut dyn FnMut(&Event),
    ) -> (Report, Option<Diagram>) {
        let mut dissector = self.dissector_with(Keyring::of(security::unsealer, entries));
        let mut sitting = if is_drawn { self.sit().drawing() } else { self.sit() };
        for entry in entries {
            dissector.push(entry, &mut |event| sitting.event(event, seen));
        }
        sitting.close_drawn()
    }

    /// What reads a trace that comes entry by entry, and is not known yet.
    #[must_use]
    pub fn dissector(&self) -> Dissector {
        self.dissector_with(Keyring::new(security::unsealer))
    }

    fn dissector_with(&self, keyring: Keyring) -> Dissector {
        Dissector::with_keys(match &self.secrets {
            Some(secrets) => keyring.with_secrets(secrets.clone()),
            None => keyring,
        })
    }

    /// Begins to judge what a dissector reads.
    #[must_use]
    pub fn sit(&self) -> Sitting {
        let checker = Checker::new(self.config.clone(), self.rules.iter().copied());
        Sitting { checker, drawing: None, users: self.users.clone() }
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
    checker: Checker,
    drawing: Option<Box<Drawing>>,
    users: Arc<[Known]>,
}

impl Sitting {
    /// The same sitting, which draws what it hears.
    #[must_use]
    pub fn drawing(self) -> Self {
        Self { drawing: Some(Box::default()), ..self }
    }

    /// The next event. `seen` is shown it and every one that comes of it, as they are judged.
    pub fn event(&mut self, event: Event, seen: &mut dyn FnMut(&Event)) {
        let Self { checker, drawing, users } = self;
        let caller = caller(&event, users);
        let mut shown = |event: &Event| {
            if let Some(drawing) = drawing {
                drawing.event(event);
            }
            seen(event);
        };
        checker.event(event, &mut shown);
        if let Some(caller) = caller {
            checker.event(caller, &mut shown);
        }
        if let Some(drawing) = drawing {
            drawing.hear(checker.findings());
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

/// In whose name calls go under a security context, when its client has proved to be somebody who is known.
fn caller(event: &Event, users: &[Known]) -> Option<Event> {
    let Kind::Secured(Secured { connection, context_id, account: Some(account), .. }) = &event.kind else {
        return None;
    };
    let known = users.iter().find(|known| known.user.to_lowercase() == account.user.to_lowercase())?;
    let authenticated = LocalEvent::Authenticated {
        connection: *connection,
        auth_context_id: Some(*context_id),
        user: known.user.clone(),
        administrator: known.administrator,
    };
    Some(Event { kind: Kind::Local(authenticated), ..*event })
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
