//! What came of a run, in the shape of `results.json`.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Witnessed;
use super::baseline::{Baseline, Known};
use super::part::Part;
use crate::exit::Exit;

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "pan-harness results.json")]
pub struct Results {
    /// Which program judged.
    pub tool: Tool,
    /// By which specification.
    pub spec: Spec,
    /// When it started, UTC, RFC 3339.
    pub started: String,
    /// What identifiers and nonces were made from.
    pub seed: u64,
    /// The product whose known ways accuse nobody, when `--overlay` names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlay: Option<String>,
    /// Whether it was interrupted: what had not ended by then is missing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub interrupted: bool,
    /// The known deviations that `--baseline` names, and what came of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// The command line that shows one scenario again, in words, before the scenario's id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Which part of a run it is, with `--shard`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// What was judged.
    pub targets: Vec<Target>,
    /// How many of each.
    pub summary: Summary,
    /// Scenario by scenario (`check`: file by file).
    pub scenarios: Vec<Scenario>,
    /// How many requirements came out how.
    #[serde(default)]
    pub coverage: Coverage,
    /// Requirement by requirement, over all scenarios.
    pub requirements: Vec<Requirement>,
}

/// Which program judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `pan-harness`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// By which specification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// `MS-PAN`.
    pub document: String,
    /// Its revision.
    pub revision: String,
}

/// What was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// By which scenarios refer to it.
    pub id: String,
    /// `server` or `client`.
    pub party: String,
    /// Where it was.
    pub address: String,
    /// Its name, for people.
    pub name: String,
    /// What was not judged because it lacks something.
    pub waivers: Vec<Waiver>,
    /// Readings of the specification's defects that its target file chooses: `SD-04` to a word.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub readings: BTreeMap<String, String>,
}

/// Requirements that were not judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waiver {
    /// The key of the target file that says what the target lacks.
    pub key: String,
    /// Their ids.
    pub requirements: Vec<String>,
}

/// How many scenarios came out how, and how many findings are no failures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Scenarios that came out as they should.
    pub pass: usize,
    /// Scenarios in which the target broke something.
    pub fail: usize,
    /// Scenarios that could not be decided.
    pub inconclusive: usize,
    /// Scenarios that failed in some rounds and passed in others.
    pub flaky: usize,
    /// Scenarios that need what the target lacks.
    pub unsupported: usize,
    /// Scenarios that the harness or the environment kept from saying anything.
    pub error: usize,
    /// Scenarios that deviate as the baseline lists.
    pub skip: usize,
    /// Findings that are warnings.
    pub warnings: usize,
    /// Findings that are notes.
    pub notes: usize,
}

/// How many requirements came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Coverage {
    /// Requirements that were kept.
    pub pass: usize,
    /// Requirements that were broken.
    pub fail: usize,
    /// Requirements that should be kept and were not.
    pub warn: usize,
    /// Requirements that could not be decided.
    pub inconclusive: usize,
    /// Requirements that nothing brought up.
    pub not_exercised: usize,
    /// Requirements of what the target file says the target lacks.
    pub waived: usize,
    /// Requirements that no rule can decide.
    pub exempt: usize,
}

/// What came of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scenario {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The id of what it ran against.
    pub target: String,
    /// Whose behaviour was judged: `server`, `client`, or of recorded traffic `both`.
    pub party: String,
    /// How it spoke.
    pub variant: Variant,
    /// What came of it.
    pub verdict: Outcome,
    /// Why, where the findings don't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it would be without the baseline, when that makes it `skip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
    /// How long it took, in milliseconds of its own clock.
    pub duration_ms: f64,
    /// What else is worth knowing: which of the ways that the specification leaves open were taken, what was not judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What recorded traffic shows, and what of it could not be read; of captures, and of traces that are judged with secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witnessed: Option<Witnessed>,
    /// In which order branches that ran at the same time took their turns; the seed decides that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<String>,
    /// The seed of this row, where it is not that of the whole run: with `--repeat` every round has another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Every verdict but passes.
    pub findings: Vec<Finding>,
}

/// How a scenario spoke.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Variant {
    /// `ndr` or `ndr64`.
    pub syntax: String,
    /// The security provider, or `none`.
    pub security: String,
}

impl Variant {
    /// What tells a run of a scenario from the one that speaks in the simplest way: nothing of what its id tells.
    pub(crate) fn marks<'a>(&'a self, id: &str) -> impl Iterator<Item = &'a str> {
        let told = |key: &str| id.split('/').any(|part| part.starts_with(key));
        let syntax = (self.syntax != SIMPLEST.0 && !told("syntax:")).then_some(self.syntax.as_str());
        let security = (self.security != SIMPLEST.1).then_some(self.security.as_str());
        syntax.into_iter().chain(security).filter(|mark| *mark != "unknown")
    }
}

/// For people: what is not protected goes without saying.
impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.security.as_str() {
            "none" | "unknown" => f.write_str(&self.syntax),
            security => write!(f, "{} with {security}", self.syntax),
        }
    }
}

/// The transfer syntax and the security that go without saying.
const SIMPLEST: (&str, &str) = ("ndr", "none");

/// What came of a scenario. Nothing but `pass` counts as a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// All that it demands held.
    Pass,
    /// Something that must hold did not.
    Fail,
    /// What it covers could not be decided.
    Inconclusive,
    /// It failed, and passed when tried again.
    Flaky,
    /// The target lacks what it needs.
    Unsupported,
    /// The harness or the environment failed.
    Error,
    /// It did not pass, as a baseline lists.
    Skip,
}

impl Outcome {
    /// How much it says: where a scenario came out in several ways, the greatest is told.
    pub(crate) const fn gravity(self) -> u8 {
        match self {
            Self::Skip => 0,
            Self::Pass => 1,
            Self::Unsupported => 2,
            Self::Inconclusive => 3,
            Self::Error => 4,
            Self::Flaky => 5,
            Self::Fail => 6,
        }
    }
}

/// One verdict that is no pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule that gave it; `scenario` for an expectation that the scenario states itself.
    pub rule: String,
    /// The requirements that it decides.
    pub requirements: Vec<String>,
    /// The section of [MS-PAN].
    pub section: String,
    /// How strongly they bind.
    pub level: String,
    /// `server` or `client`.
    pub party: String,
    /// How grave it is.
    pub verdict: Severity,
    /// The entry of the catalogue (`PAN-7-12`) for the product note that makes a note of it, with `--overlay`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_note: Option<String>,
    /// What must hold.
    pub expected: String,
    /// What was seen, or why nothing could be decided.
    pub actual: String,
    /// The step that it is about, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Number of the event that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a finding comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Origin {
    /// A line of a scenario.
    Line {
        /// The scenario's file, below the folder of scenarios.
        scenario: String,
        /// Line, from 1; none where no step is to blame.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u32>,
    },
    /// An entry of a trace, or a packet of a capture.
    Entry {
        /// The file.
        file: String,
        /// The entry's number, from 0, or the packet's, from 1.
        packet: u64,
    },
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// It could not be decided.
    Inconclusive,
    /// A breach of what only should hold.
    Warn,
    /// A breach of what must hold.
    Fail,
}

/// How one requirement came out, over all scenarios.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Requirement {
    /// Its id.
    pub id: String,
    /// The section of [MS-PAN].
    pub section: String,
    /// How strongly it binds.
    pub level: String,
    /// Whom it binds.
    pub party: String,
    /// How it came out.
    pub verdict: RequirementVerdict,
    /// The rules that decide it.
    pub rules: Vec<String>,
    /// Why nothing can decide it, when it is exempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How a requirement came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RequirementVerdict {
    /// It held wherever it was seen.
    Pass,
    /// It was broken.
    Fail,
    /// It was broken, and that only warns.
    Warn,
    /// It could not be decided.
    Inconclusive,
    /// Nothing that was seen decides it.
    NotExercised,
    /// The target lacks what it takes.
    Waived,
    /// Nothing outside the party can show it.
    Exempt,
}

macro_rules! named {
    ($kind:ident: $($variant:ident = $name:literal),+) => {
        impl $kind {
            /// The word that reports use.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

named!(Outcome: Pass = "pass", Fail = "fail", Inconclusive = "inconclusive", Flaky = "flaky",
    Unsupported = "unsupported", Error = "error", Skip = "skip");
named!(Severity: Note = "note", Inconclusive = "inconclusive", Warn = "warn", Fail = "fail");
named!(RequirementVerdict: Pass = "pass", Fail = "fail", Warn = "warn", Inconclusive = "inconclusive",
    NotExercised = "not-exercised", Waived = "waived", Exempt = "exempt");

impl Scenario {
    /// Whether what a party does decides its verdict.
    #[must_use]
    pub fn judges(&self, party: &str) -> bool {
        self.party == party || self.party == "both"
    }
}

impl Results {
    /// The exit code for them: unexpected verdicts and what the baseline is wrong about before errors, errors before nothing.
    /// A deviation that came as it is listed counts as something that ran and came out as expected.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let Summary { pass, fail, inconclusive, flaky, error, skip, .. } = self.summary;
        let is_baseline_wrong = self.baseline.as_ref().is_some_and(|baseline| baseline.unexpected().next().is_some());
        if self.interrupted {
            Exit::Interrupted
        } else if fail + flaky + inconclusive > 0 || is_baseline_wrong {
            Exit::Unexpected
        } else if error > 0 {
            Exit::Environment
        } else if pass + skip == 0 {
            Exit::NothingPassed
        } else {
            Exit::AsExpected
        }
    }
}

impl Tool {
    /// This program.
    #[must_use]
    pub fn this() -> Self {
        Self { name: "pan-harness".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

impl Spec {
    /// The specification that the catalogue was made from.
    #[must_use]
    pub fn ms_pan() -> Self {
        Self { document: "MS-PAN".to_owned(), revision: "19.0".to_owned() }
    }
}

impl Summary {
    /// Counts scenarios and their findings.
    #[must_use]
    pub fn of(scenarios: &[Scenario]) -> Self {
        let mut summary = Self::default();
        for scenario in scenarios {
            *summary.of_outcome(scenario.verdict) += 1;
            summary.warnings += scenario.findings.iter().filter(|found| found.verdict == Severity::Warn).count();
            summary.notes += scenario.findings.iter().filter(|found| found.verdict == Severity::Note).count();
        }
        summary
    }

    fn of_outcome(&mut self, outcome: Outcome) -> &mut usize {
        match outcome {
            Outcome::Pass => &mut self.pass,
            Outcome::Fail => &mut self.fail,
            Outcome::Inconclusive => &mut self.inconclusive,
            Outcome::Flaky => &mut self.flaky,
            Outcome::Unsupported => &mut self.unsupported,
            Outcome::Error => &mut self.error,
            Outcome::Skip => &mut self.skip,
        }
    }
}

impl Coverage {
    /// Counts requirements.
    #[must_use]
    pub fn of(requirements: &[Requirement]) -> Self {
        let count = |wanted| requirements.iter().filter(|one| one.verdict == wanted).count();
        Self {
            pass: count(RequirementVerdict::Pass),
            fail: count(RequirementVerdict::Fail),
            warn: count(RequirementVerdict::Warn),
            inconclusive: count(RequirementVerdict::Inconclusive),
            not_exercised: count(RequirementVerdict::NotExercised),
            waived: count(RequirementVerdict::Waived),
            exempt: count(RequirementVerdict::Exempt),
        }
    }

    /// Each verdict with its count, in the order in which reports name them.
    pub fn counts(self) -> impl Iterator<Item = (RequirementVerdict, usize)> {
        [
            (RequirementVerdict::Pass, self.pass),
            (RequirementVerdict::Fail, self.fail),
            (RequirementVerdict::Warn, self.warn),
            (RequirementVerdict::Inconclusive, self.inconclusive),
            (RequirementVerdict::NotExercised, self.not_exercised),
            (RequirementVerdict::Waived, self.waived),
            (RequirementVerdict::Exempt, self.exempt),
        ]
        .into_iter()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}
