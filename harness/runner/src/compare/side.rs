//! What stands on one side of a comparison.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use crate::report::Variant;
use crate::report::trace_jsonl;

/// One side.
#[derive(Debug)]
pub(super) enum Side {
    /// One recording.
    One(PathBuf),
    /// The traces of a run.
    Run(BTreeMap<Key, PathBuf>),
}

/// What tells the traces of a run apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) scenario: String,
    pub(super) syntax: String,
    pub(super) security: String,
    /// Whether it is the second of two alike: the embedded server reached over TCP besides.
    pub(super) is_second: bool,
}

/// Deepest folder that is looked into.
const DEEPEST: usize = 16;

/// Traces that a run may have.
const MOST_TRACES: usize = 100_000;

/// The name of traces in the folders of a report.
const TRACE: &str = "trace.jsonl";

impl Key {
    pub(super) fn variant(&self) -> Variant {
        Variant { syntax: self.syntax.clone(), security: self.security.clone() }
    }
}

impl Side {
    /// A capture, a trace, a scenario's folder, or the folder of a run.
    pub(super) fn of(path: &Path) -> Result<Self, String> {
        let name = path.display();
        if !path.exists() {
            return Err(format!("{name}: there is no such file or folder"));
        }
        if !path.is_dir() {
            return Ok(Self::One(path.to_owned()));
        }
        if path.join(TRACE).is_file() {
            return Ok(Self::One(path.join(TRACE)));
        }
        let mut traces = Vec::new();
        collect(path, 0, &mut traces).map_err(|error| format!("{name}: {error}"))?;
        if traces.is_empty() {
            return Err(format!(
                "{name}: no {TRACE} in it: expected the folder of a run's report, or of one of its scenarios"
            ));
        }
        if traces.len() > MOST_TRACES {
            return Err(format!("{name}: more than {MOST_TRACES} traces"));
        }
        traces.sort();
        let mut run = BTreeMap::new();
        for trace in traces {
            let mut key = key_of(&trace)?;
            key.is_second = run.contains_key(&key);
            run.insert(key, trace);
        }
        Ok(Self::Run(run))
    }
}

pub(super) fn key_of(trace: &Path) -> Result<Key, String> {
    let read = || {
        let file = File::open(trace).map_err(|error| error.to_string())?;
        trace_jsonl::read_header(&mut BufReader::new(file))
    };
    let header = read().map_err(|why| format!("{}: {why}", trace.display()))?;
    let trace_jsonl::Header { scenario, syntax, security, .. } = header;
    Ok(Key { scenario, syntax, security, is_second: false })
}

fn collect(folder: &Path, depth: usize, traces: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < DEEPEST {
            collect(&entry.path(), depth + 1, traces)?;
        } else if kind.is_file() && entry.file_name() == TRACE && traces.len() <= MOST_TRACES {
            traces.push(entry.path());
        }
    }
    Ok(())
}
