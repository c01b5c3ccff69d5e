//! `schema`: the JSON Schema of a kind of file, made from the types that read or write it.

use schemars::schema_for;

use crate::arguments::FileKind;
use crate::baseline::BaselineFile;
use crate::compare::Compared;
use crate::report::Results;
use crate::scenario;
use crate::target::TargetFile;

/// The schema as JSON.
///
/// # Errors
/// Never for the schemas of this crate; serialization.
pub fn schema(kind: FileKind) -> serde_json::Result<String> {
    let schema = match kind {
        FileKind::Scenario => scenario::schema::scenario(),
        FileKind::Target => schema_for!(TargetFile),
        FileKind::Baseline => schema_for!(BaselineFile),
        FileKind::Results => schema_for!(Results),
        FileKind::Comparison => schema_for!(Compared),
    };
    serde_json::to_string_pretty(&schema).map(|text| text + "\n")
}
