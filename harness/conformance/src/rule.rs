//! Rules: data and a small pure function.

use alloc::string::String;
use alloc::vec::Vec;

use core::time::Duration;

use crate::catalogue::{self, Level};
use crate::event::{CallId, Event};
use crate::finding::Severity;
use crate::occasion::Occasions;
use crate::scene::Scene;

/// One rule. It holds no state: what it has to know of the past stands in the model, which it sees as it was before the
/// event.
#[derive(Debug)]
pub struct Rule {
    /// `MS-PAN/3.1.1.4.2/unregister-needs-registration`; the slug states what must hold.
    pub id: &'static str,
    /// The section, of [MS-PAN] unless the id begins otherwise.
    pub section: &'static str,
    /// How strongly it binds: as the strongest of its requirements.
    pub level: Level,
    /// Whose behaviour it judges.
    pub party: Party,
    /// The requirements that it decides.
    pub requirements: &'static [&'static str],
    /// The events at which it may have something to say.
    pub occasions: Occasions,
    /// Looks at one event.
    pub judge: fn(&Scene<'_>, &Event, &mut Verdicts),
}

impl Rule {
    /// The rule, asked only at some events.
    #[must_use]
    pub(crate) const fn at(self, occasions: Occasions) -> Self {
        Self { occasions, ..self }
    }
}

/// Whose behaviour is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The protocol server, with its notification sources.
    Server,
    /// The protocol client.
    Client,
}

impl Party {
    /// The word that files use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

/// What one rule says about one event: nothing, or some verdicts.
#[derive(Debug)]
pub struct Verdicts {
    level: Level,
    requirements: &'static [&'static str],
    given: Vec<Verdict>,
}

/// One verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The requirements that it decides: the rule's, or some of them.
    pub requirements: &'static [&'static str],
    /// Their level.
    pub level: Level,
    /// None for a pass.
    pub severity: Option<Severity>,
    /// What must hold.
    pub expected: String,
    /// What was seen, or why nothing could be decided.
    pub actual: String,
    /// The call that it is about, where that is not the event's own.
    pub call: Option<CallId>,
    /// For a verdict about time: the bound. It falls to inconclusive when the harness itself was late.
    pub bound: Option<Duration>,
}

impl Verdicts {
    /// What a rule says, of which nothing was said yet.
    #[must_use]
    pub const fn of(rule: &Rule) -> Self {
        Self { level: rule.level, requirements: rule.requirements, given: Vec::new() }
    }

    /// Nobody was asked yet.
    pub(crate) const fn new() -> Self {
        Self { level: Level::May, requirements: &[], given: Vec::new() }
    }

    /// What a rule says of an event, in place of what was said before.
    pub(crate) fn ask(&mut self, rule: &Rule, scene: &Scene<'_>) {
        (self.level, self.requirements) = (rule.level, rule.requirements);
        self.given.clear();
        (rule.judge)(scene, scene.event(), self);
    }

    /// Whether nothing but passes of a call was said.
    pub(crate) fn are_passes_of(&self, call: Option<CallId>) -> bool {
        let is_plain =
            |verdict: &Verdict| verdict.severity.is_none() && (verdict.call.is_none() || verdict.call == call);
        self.given.iter().all(is_plain)
    }

    /// What was decided.
    pub(crate) fn decided(&self) -> impl Iterator<Item = &'static [&'static str]> {
        self.given.iter().map(|verdict| verdict.requirements)
    }

    /// Takes what was said.
    pub fn take(&mut self) -> impl Iterator<Item = Verdict> {
        self.given.drain(..)
    }

    /// Whether nothing was said.
    pub(crate) const fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// It holds.
    pub fn pass(&mut self) -> &mut Verdict {
        self.give(None, String::new(), String::new())
    }

    /// It is broken: a failure, or what the level makes of it.
    pub fn fail(&mut self, expected: impl Into<String>, actual: impl Into<String>) -> &mut Verdict {
        self.give(Some(Severity::Fail), expected.into(), actual.into())
    }

    /// It is broken, and a reading of the specification says that this only warns.
    pub fn warn(&mut self, expected: impl Into<String>, actual: impl Into<String>) -> &mut Verdict {
        self.give(Some(Severity::Warn), expected.into(), actual.into())
    }

    /// Something worth knowing.
    pub fn note(&mut self, expected: impl Into<String>, actual: impl Into<String>) -> &mut Verdict {
        self.give(Some(Severity::Note), expected.into(), actual.into())
    }

    /// It can't be decided.
    pub fn inconclusive(&mut self, why: impl Into<String>) -> &mut Verdict {
        self.give(Some(Severity::Inconclusive), String::new(), why.into())
    }

    fn give(&mut self, severity: Option<Severity>, expected: String, actual: String) -> &mut Verdict {
        let (requirements, level) = (self.requirements, self.level);
        let severity = severity.map(|severity| severity_at(level, severity));
        let index = self.given.len();
        self.given.push(Verdict { requirements, level, severity, expected, actual, call: None, bound: None });
        #[expect(clippy::indexing_slicing, reason = "the element was pushed in the line before")]
        &mut self.given[index]
    }
}

impl Verdict {
    /// Names which of the rule's requirements it decides; severity is capped by the strongest of those.
    pub fn on(&mut self, requirements: &'static [&'static str]) -> &mut Self {
        debug_assert!(requirements.iter().all(|id| catalogue::requirement(id).is_some()), "{requirements:?}");
        self.requirements = requirements;
        // Of a pass nobody asks how strongly it binds.
        if let Some((severity, level)) = self.severity.zip(self.severity.and_then(|_| strongest(requirements))) {
            self.level = level;
            self.severity = Some(severity_at(level, severity));
        }
        self
    }

    /// Names the call that it is about.
    pub fn about(&mut self, call: CallId) -> &mut Self {
        self.call = Some(call);
        self
    }

    /// Says that it rests on a bound in time.
    pub fn within(&mut self, bound: Duration) -> &mut Self {
        self.bound = Some(bound);
        self
    }
}

/// The level of the strongest of some requirements.
#[must_use]
pub fn strongest(requirements: &[&str]) -> Option<Level> {
    let levels = requirements.iter().filter_map(|id| catalogue::requirement(id)).map(|entry| entry.level);
    levels.max_by_key(|level| cap(*level))
}

/// The gravest verdict that a breach at a level can earn.
fn cap(level: Level) -> Severity {
    match level {
        Level::Must | Level::MustNot => Severity::Fail,
        Level::Should | Level::ShouldNot => Severity::Warn,
        Level::May => Severity::Note,
    }
}

/// A severity as a level allows it. Inconclusive stays what it is.
fn severity_at(level: Level, severity: Severity) -> Severity {
    match severity {
        Severity::Inconclusive => severity,
        _ => severity.min(cap(level)),
    }
}
