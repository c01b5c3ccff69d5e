//! What came of a comparison, in the shape of `comparison.json`.

use conformance::Party;
use conformance::compare::{Accused, Class, Comparison, Difference, Side};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::report::{Spec, Tool, Variant};

/// What came of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "pan-harness comparison.json")]
pub struct Compared {
    /// Which program compared.
    pub tool: Tool,
    /// By which specification.
    pub spec: Spec,
    /// What stood on the left.
    pub left: String,
    /// What stood on the right.
    pub right: String,
    /// The product whose known ways accuse nobody, when `--overlay` names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlay: Option<String>,
    /// How many differences of each class there are, in all recordings.
    pub summary: Counts,
    /// The pairs of recordings.
    pub recordings: Vec<Recordings>,
    /// Scenarios that only one side has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unpaired: Vec<Unpaired>,
}

/// How many differences of each class there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Of which a rule accuses a side.
    pub breach: usize,
    /// Of which it can't be told whether they are allowed.
    pub unclear: usize,
    /// That a product note explains, under its overlay.
    pub product: usize,
    /// That the specification allows.
    pub allowed: usize,
}

/// A scenario that only one side has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unpaired {
    /// Its id.
    pub scenario: String,
    /// In which way it spoke.
    pub variant: Variant,
    /// `left` or `right`.
    pub side: String,
}

/// Two recordings side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recordings {
    /// The scenario that both are of; none of captures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// In which way it spoke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<Variant>,
    /// The file of the left side.
    pub left: String,
    /// The file of the right side.
    pub right: String,
    /// Whose conduct decides the exit code: `server`, `client` or `both`.
    pub party: String,
    /// Calls of the left side.
    pub left_calls: usize,
    /// Calls of the right side.
    pub right_calls: usize,
    /// Calls that were found on both.
    pub paired: usize,
    /// The differences, in the order of the calls.
    pub differences: Vec<Differing>,
    /// How many more there are.
    #[serde(default)]
    pub left_out: usize,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Differing {
    /// Its number within the recordings, from 1.
    pub number: usize,
    /// `allowed`, `product`, `unclear` or `breach`.
    pub class: String,
    /// Of a breach: `left`, `right` or `both`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Whether it makes the exit code 1.
    pub counts: bool,
    /// What differs: `call`, `order`, `in`, `outcome`, `out`, `conduct`, `connection`, `source` or `unreadable`.
    pub subject: String,
    /// The parameter, or the fact about connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Whose conduct it shows, where that can be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
    /// The call that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Called>,
    /// What the left side has.
    pub left: String,
    /// What the right side has.
    pub right: String,
    /// Why it is taken so.
    pub reason: String,
    /// Requirements, and defects of the specification, that this rests on.
    pub references: Vec<String>,
    /// What rules say against one side alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Found>,
    /// The number of an earlier difference that it may follow from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<usize>,
    /// The call on both sides as a unified diff.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<String>,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Called {
    /// The operation and what it is about.
    pub operation: String,
    /// The association, numbered from 1.
    pub association: usize,
    /// Packet of the capture, or entry of the trace, that completes the request on the left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_entry: Option<u64>,
    /// The same on the right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right_entry: Option<u64>,
    /// The line of the scenario that makes the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// Against which side.
    pub side: String,
    /// The rule.
    pub rule: String,
    /// The requirements that it decides.
    pub requirements: Vec<String>,
    /// `fail`, `warn` or `note`.
    pub verdict: String,
    /// What must hold.
    pub expected: String,
    /// What was seen.
    pub actual: String,
}

impl Compared {
    /// How the program ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let counts = self.recordings.iter().any(|one| one.left_out > 0 || one.differences.iter().any(|one| one.counts));
        if counts || !self.unpaired.is_empty() { Exit::Unexpected } else { Exit::AsExpected }
    }
}

impl Counts {
    /// Of some differences.
    #[must_use]
    pub fn of<'a>(differences: impl Iterator<Item = &'a Differing>) -> Self {
        let mut counts = Self::default();
        for difference in differences {
            match difference.class.as_str() {
                "breach" => counts.breach += 1,
                "unclear" => counts.unclear += 1,
                "product" => counts.product += 1,
                _ => counts.allowed += 1,
            }
        }
        counts
    }
}

/// The differences of a comparison; those of `parties` decide, and those of nobody.
pub(super) fn differing(comparison: &Comparison, parties: &[Party]) -> Vec<Differing> {
    let all = comparison.differences().iter().enumerate();
    all.map(|(at, one)| of(comparison, parties, at + 1, one)).collect()
}

fn of(comparison: &Comparison, parties: &[Party], number: usize, one: &Difference) -> Differing {
    let by = match one.class {
        Class::Breach(accused) => Some(accused),
        _ => None,
    };
    let concerns = one.party.is_none_or(|party| parties.contains(&party));
    let call = |side, pair| comparison.call(side, pair);
    Differing {
        number,
        class: one.class.name().to_owned(),
        by: by.map(|accused: Accused| accused.name().to_owned()),
        counts: concerns && !one.class.is_harmless(),
        subject: one.subject.name().to_owned(),
        field: one.subject.field().map(str::to_owned),
        party: one.party.map(|party| party.name().to_owned()),
        call: one.pair.filter(|_| !is_of_connection(one)).map(|pair| Called {
            operation: operation(comparison, pair),
            association: comparison.association(pair).unwrap_or_default(),
            left_entry: call(Side::Left, pair).map(|call| call.entry),
            right_entry: call(Side::Right, pair).map(|call| call.entry),
            line: call(Side::Left, pair).or_else(|| call(Side::Right, pair)).and_then(|call| call.line),
        }),
        left: one.left.clone(),
        right: one.right.clone(),
        reason: one.reason.clone(),
        references: one.references.iter().map(|id| (*id).to_owned()).collect(),
        findings: one
            .findings
            .iter()
            .map(|(side, finding)| Found {
                side: side.name().to_owned(),
                rule: finding.rule.to_owned(),
                requirements: finding.requirements.iter().map(|id| (*id).to_owned()).collect(),
                verdict: finding.verdict.name().to_owned(),
                expected: finding.expected.clone(),
                actual: finding.actual.clone(),
            })
            .collect(),
        follows: one.follows.map(|at| at + 1),
        diff: one.pair.filter(|_| !is_of_connection(one)).map_or_else(Vec::new, |pair| unified(comparison, pair)),
    }
}

fn is_of_connection(one: &Difference) -> bool {
    matches!(one.subject, conformance::compare::Subject::Connection(_))
}

/// A call by its operation and what it is about.
pub(super) fn operation(comparison: &Comparison, pair: usize) -> String {
    let first = |side| comparison.lines(side, pair).into_iter().next();
    first(Side::Left).or_else(|| first(Side::Right)).unwrap_or_default()
}

/// Lines around a change that a diff shows.
const CONTEXT: usize = 3;

/// The two sides of a call as a unified diff; without headers, which differ for each reader.
fn unified(comparison: &Comparison, pair: usize) -> Vec<String> {
    let text = |side| comparison.lines(side, pair).into_iter().map(|line| line + "\n").collect::<String>();
    let (left, right) = (text(Side::Left), text(Side::Right));
    let diff = similar::TextDiff::from_lines(&left, &right);
    let unified = diff.unified_diff().context_radius(CONTEXT).to_string();
    unified.lines().map(str::to_owned).collect()
}
