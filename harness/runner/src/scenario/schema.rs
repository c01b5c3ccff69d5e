//! JSON Schema of the files that people write.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use super::written::{FragmentFile, ScenarioFile};

/// The schema of a scenario file.
#[must_use]
pub fn scenario() -> Schema {
    of::<ScenarioFile>()
}

/// The schema of a fragment file.
#[must_use]
pub fn fragment() -> Schema {
    of::<FragmentFile>()
}

fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>()
}
