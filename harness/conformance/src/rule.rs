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

/// What one rule says about one event: nothing, or some verdicts. Passes are kept apart from all others: nearly all verdicts are
/// passes, which are only counted, and need no words.
#[derive(Debug)]
pub struct Verdicts {
    level: Level,
    requirements: &'static [&'static str],
    passes: Vec<Verdict>,
    others: Vec<Told>,
}

/// One verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The requirements that it decides: the rule's, or some of them.
    pub requirements: &'static [&'static str],
    /// The call that it is about, where that is not the event's own.
    pub call: Option<CallId>,
    /// None for a pass.
    pub gravity: Option<Gravity>,
}

/// How grave a verdict is that is no pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gravity {
    /// The level of the requirements.
    pub level: Level,
    /// What the level makes of it.
    pub severity: Severity,
    /// For a verdict about time: the bound. It falls to inconclusive when the harness itself was late.
    pub bound: Option<Duration>,
}

/// A verdict and its words; a pass has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The verdict.
    pub verdict: Verdict,
    /// What must hold.
    pub expected: String,
    /// What was seen, or why nothing could be decided.
    pub actual: String,
}

impl Verdicts {
    /// What a rule says, of which nothing was said yet.
    #[must_use]
    pub const fn of(rule: &Rule) -> Self {
        Self { level: rule.level, requirements: rule.requirements, passes: Vec::new(), others: Vec::new() }
    }

    /// Nobody was asked yet.
    pub(crate) const fn new() -> Self {
        Self { level: Level::May, requirements: &[], passes: Vec::new(), others: Vec::new() }
    }

    /// What a rule says of an event, in place of what was said before: passes, for all others were taken.
    pub(crate) fn ask(&mut self, rule: &Rule, scene: &Scene<'_>) {
        (self.level, self.requirements) = (rule.level, rule.requirements);
        self.passes.clear();
        debug_assert!(self.are_passes(), "what is no pass is taken before the next rule is asked");
        (rule.judge)(scene, scene.event(), self);
    }

    /// The passes.
    pub(crate) fn passes(&self) -> &[Verdict] {
        &self.passes
    }

    /// Whether nothing but passes was said.
    pub(crate) const fn are_passes(&self) -> bool {
        self.others.is_empty()
    }

    /// Takes what was said: passes, then all others.
    pub fn take(&mut self) -> impl Iterator<Item = Told> {
        let told = |verdict| Told { verdict, expected: String::new(), actual: String::new() };
        self.passes.drain(..).map(told).chain(self.others.drain(..))
    }

    /// Whether nothing was said.
    pub(crate) const fn is_empty(&self) -> bool {
        self.passes.is_empty() && self.others.is_empty()
    }

    /// It holds.
    pub fn pass(&mut self) -> &mut Verdict {
        let index = self.passes.len();
        self.passes.push(Verdict { requirements: self.requirements, call: None, gravity: None });
        #[expect(clippy::indexing_slicing, reason = "the element was pushed in the line before")]
        &mut self.passes[index]
    }

    /// It is broken: a failure, or what the level makes of it.
    pub fn fail(&mut self, expected: impl Into<String>, actual: impl Into<String>) -> &mut Verdict {
        self.tell(Severity::Fail, expected.into(), actual.into())
    }

    /// It is broken, and a reading of the specification says that this only warns.
    pub fn warn(&mut self, expected: impl Into<String>, actual: impl Into<String>) -> &mut Verdict {
        self.tell(Severity::Warn, expected.into(), actual.into())
    }

    /// Something worth knowing.
    pub fn note(&mut self, expected: impl Into<String>, actual: impl Into<String>) -> &mut Verdict {
        self.tell(Severity::Note, expected.into(), actual.into())
    }

    /// It can't be decided.
    pub fn inconclusive(&mut self, why: impl Into<String>) -> &mut Verdict {
        self.tell(Severity::Inconclusive, String::new(), why.into())
    }

    fn tell(&mut self, severity: Severity, expected: String, actual: String) -> &mut Verdict {
        let gravity = Gravity { level: self.level, severity: severity_at(self.level, severity), bound: None };
        let verdict = Verdict { requirements: self.requirements, call: None, gravity: Some(gravity) };
        let index = self.others.len();
        self.others.push(Told { verdict, expected, actual });
        #[expect(clippy::indexing_slicing, reason = "the element was pushed in the line before")]
        &mut self.others[index].verdict
    }
}

impl Verdict {
    /// Names which of the rule's requirements it decides; severity is capped by the strongest of those.
    #[inline]
    pub fn on(&mut self, requirements: &'static [&'static str]) -> &mut Self {
        debug_assert!(requirements.iter().all(|id| catalogue::requirement(id).is_some()), "{requirements:?}");
        self.requirements = requirements;
        // Of a pass nobody asks how strongly it binds.
        if let Some(gravity) = &mut self.gravity {
            gravity.cap(requirements);
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
        if let Some(gravity) = &mut self.gravity {
            gravity.bound = Some(bound);
        }
        self
    }
}

impl Gravity {
    #[cold]
    fn cap(&mut self, requirements: &[&str]) {
        if let Some(level) = strongest(requirements) {
            (self.level, self.severity) = (level, severity_at(level, self.severity));
        }
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
