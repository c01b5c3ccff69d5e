//! Reports: the model that is `results.json`, and its other forms.

mod baseline;
mod folder;
mod json;
mod junit;
mod results;
mod text;
pub mod trace_jsonl;

pub use baseline::{Baseline, BaselineEntry, EntryState, Known, Spoken};
pub(crate) use folder::OVER_TCP;
pub use folder::{Folder, scenario_folder, trace_folder, write_whole};
pub use json::to_json;
pub use junit::to_junit;
pub use results::{
    Coverage, Finding, Origin, Outcome, Requirement, RequirementVerdict, Results, Scenario, Severity, Spec, Summary,
    Target, Tool, Variant, Waiver,
};
pub use text::{Styles, quoted, to_text};
