//! `NAME.expected`: what is expected of the recording `NAME` beside it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use trace::Vantage;

use crate::diagnostic::SourceText;
use crate::report::{Outcome, Scenario, Severity};
use crate::yaml;

/// The longest file of expectations, in octets.
const LONGEST: u64 = 1 << 20;

/// What has to come of a recording.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expectation {
    verdict: Outcome,
    /// Whose behaviour decides, in place of the one that the recording tells.
    #[serde(default)]
    pub(super) party: Option<Party>,
    /// Where it was recorded, where the recording does not tell.
    #[serde(default)]
    vantage: Option<Stand>,
    /// The keytab beside it that opens all that is sealed.
    #[serde(default)]
    keytab: Option<String>,
    /// Words of the reason for a verdict that findings do not explain.
    #[serde(default)]
    reason: Option<String>,
    /// All that fails or warns: the verdict and the rule, of both parties (`fail MS-PAN/3.1.1.4.2/…`).
    #[serde(default)]
    findings: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Party {
    Server,
    Client,
    Both,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Stand {
    Server,
    Client,
    Unknown,
}

impl Party {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Both => "both",
        }
    }
}

impl Expectation {
    /// The expectation of a recording; none where there is no such file.
    ///
    /// # Errors
    /// In words, when it can't be read.
    pub(super) fn beside(recording: &Path) -> Result<Option<Self>, String> {
        let path = recording.with_extension("expected");
        let said = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
        match fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(said(&error)),
            Ok(data) if data.len() > LONGEST => {
                return Err(said(&format!("expected at most {LONGEST} octets, found {}", data.len())));
            }
            Ok(_) => {}
        }
        let text = fs::read_to_string(&path).map_err(|error| said(&error))?;
        let source = Arc::new(SourceText { name: path.display().to_string(), text });
        yaml::read(&source).map(Some).map_err(|problem| problem.to_string())
    }

    /// The keytab beside a recording that opens it.
    ///
    /// # Errors
    /// In words, when it is no name of a file beside it: an expectation opens nothing else.
    pub(super) fn keytab(&self, recording: &Path) -> Result<Option<PathBuf>, String> {
        let Some(name) = &self.keytab else { return Ok(None) };
        if Path::new(name).file_name() != Some(name.as_ref()) {
            let path = recording.with_extension("expected");
            return Err(format!("{}: keytab: expected the name of a file beside it, found `{name}`", path.display()));
        }
        Ok(Some(recording.with_file_name(name)))
    }

    pub(super) fn vantage(&self) -> Option<Vantage> {
        self.vantage.map(|vantage| match vantage {
            Stand::Server => Vantage::Server,
            Stand::Client => Vantage::Client,
            Stand::Unknown => Vantage::Unknown,
        })
    }

    /// What came of a recording as it was expected to: what did not pass is `skip`. What came otherwise fails.
    pub(super) fn settle(&self, row: Scenario) -> Scenario {
        let found = told(&row);
        let sealed = self.keytab.as_ref().and_then(|_| closed(&row));
        let has_reason = |part: &String| row.reason.as_ref().is_some_and(|reason| reason.contains(part));
        let is_met = row.verdict == self.verdict
            && found == self.findings
            && self.reason.as_ref().is_none_or(has_reason)
            && sealed.is_none();
        let reason = row.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        match (is_met, row.verdict) {
            (true, Outcome::Pass) => row,
            (true, verdict) => {
                Scenario { verdict: Outcome::Skip, reason: Some(format!("{verdict}, as expected{reason}")), ..row }
            }
            (false, verdict) => {
                let mut words = format!("expected {}, found {verdict}{reason}", self.verdict);
                if let Some(part) = self.reason.as_ref().filter(|part| !has_reason(part)) {
                    let _ = write!(words, "; expected the reason `{part}`");
                }
                if let (Some(name), Some(sealed)) = (&self.keytab, &sealed) {
                    let _ = write!(words, "; expected that {name} opens all of it: {sealed}");
                }
                for one in self.findings.difference(&found) {
                    let _ = write!(words, "; expected and not found: {one}");
                }
                for one in found.difference(&self.findings) {
                    let _ = write!(words, "; not expected: {one}");
                }
                Scenario { verdict: Outcome::Fail, reason: Some(words), ..row }
            }
        }
    }
}

/// What of a recording stayed closed, in words.
fn closed(row: &Scenario) -> Option<String> {
    let Some(witnessed) = &row.witnessed else { return Some("nothing was opened".to_owned()) };
    let why = witnessed.contexts.iter().find_map(|context| context.closed.clone());
    why.or_else(|| (witnessed.sealed > 0).then(|| format!("{} PDUs stayed sealed", witnessed.sealed)))
}

/// What fails or warns.
fn told(row: &Scenario) -> BTreeSet<String> {
    let grave = row.findings.iter().filter(|finding| finding.verdict >= Severity::Warn);
    grave
        .map(|finding| {
            let verdict = if finding.verdict == Severity::Fail { "fail" } else { "warn" };
            format!("{verdict} {}", finding.rule)
        })
        .collect()
}
