//! Durations as people write them: a number and a unit.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A duration as written in a file: `300ms`, `5s`, `10min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

const UNITS: [(&str, u64); 4] = [("us", 1), ("ms", 1_000), ("min", 60_000_000), ("s", 1_000_000)];

impl Span {
    /// Reads a duration.
    ///
    /// # Errors
    /// In words, when there is no number, no unit, or more time than there is.
    pub fn parse(written: &str) -> Result<Self, String> {
        let (unit, scale) = UNITS
            .iter()
            .find(|(unit, _)| written.ends_with(unit))
            .ok_or_else(|| format!("`{written}` has no unit: expected a duration such as 300ms, 5s or 10min"))?;
        let number = written.strip_suffix(unit).unwrap_or_default().trim_end();
        let microseconds =
            number.parse::<u64>().ok().and_then(|number| number.checked_mul(*scale)).ok_or_else(|| {
                format!("`{written}` is no duration: expected a whole number and a unit, such as 300ms")
            })?;
        Ok(Self(Duration::from_micros(microseconds)))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let microseconds = self.0.as_micros();
        match microseconds {
            0 => f.write_str("0s"),
            n if n % 60_000_000 == 0 => write!(f, "{}min", n / 60_000_000),
            n if n % 1_000_000 == 0 => write!(f, "{}s", n / 1_000_000),
            n if n % 1_000 == 0 => write!(f, "{}ms", n / 1_000),
            n => write!(f, "{n}us"),
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = String::deserialize(deserializer)?;
        Self::parse(&written).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]+ *(us|ms|s|min)$", "examples": ["300ms", "5s"]})
    }
}
