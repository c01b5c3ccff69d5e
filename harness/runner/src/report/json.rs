//! `results.json`.

use super::Results;

/// The results as `results.json`.
///
/// # Errors
/// Never for results that this crate makes; serialization of numbers that are no JSON.
pub fn to_json(results: &Results) -> serde_json::Result<String> {
    serde_json::to_string_pretty(results).map(|text| text + "\n")
}
