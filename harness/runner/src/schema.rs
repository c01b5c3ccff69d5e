//! `schema`: the JSON Schema of a kind of file, made from the types that read or write it.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::arguments::FileKind;
use crate::baseline::BaselineFile;
use crate::compare::Compared;
use crate::report::Results;
use crate::scenario::written::{FragmentFile, ScenarioFile};
use crate::target::TargetFile;

/// The schema as JSON.
///
/// # Errors
/// Never for the schemas of this crate; serialization.
pub fn schema(kind: FileKind) -> serde_json::Result<String> {
    let schema = match kind {
        FileKind::Scenario => of::<ScenarioFile>(),
        FileKind::Fragment => of::<FragmentFile>(),
        FileKind::Target => of::<TargetFile>(),
        FileKind::Baseline => of::<BaselineFile>(),
        FileKind::Results => of::<Results>(),
        FileKind::Comparison => of::<Compared>(),
    };
    serde_json::to_string_pretty(&schema).map(|text| text + "\n")
}

fn of<T: JsonSchema>() -> Schema {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    RecursiveTransform(describe_key).transform(&mut schema);
    schema
}

/// Of a choice between keys, what is told of a choice is told of its key: there editors show it.
fn describe_key(schema: &mut Schema) {
    let Some(about) = schema.get("description").cloned() else { return };
    let Some(Value::Object(keys)) = schema.get_mut("properties") else { return };
    if keys.len() > 1 {
        return;
    }
    for key in keys.values_mut().filter_map(Value::as_object_mut) {
        key.entry("description").or_insert_with(|| about.clone());
    }
}
