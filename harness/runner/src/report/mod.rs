//! Reports: the model that is `results.json`, and its other forms.

mod alike;
mod annotations;
mod baseline;
mod folder;
mod gallery;
mod html;
mod json;
mod junit;
mod markdown;
mod part;
mod rerun;
mod results;
pub mod run_pcapng;
mod sarif;
mod tap;
mod text;
pub mod trace_jsonl;
mod witnessed;
mod words;

pub use annotations::to_annotations;
pub use baseline::{Baseline, BaselineEntry, EntryState, Known, Spoken};
pub(crate) use folder::OVER_TCP;
pub use folder::{
    Folder, bundle_folder, can_be_made, copy_scenario, scenario_folder, trace_files, trace_folder, write_whole,
};
pub use gallery::{Gallery, Picture};
pub use html::to_html;
pub use json::to_json;
pub use junit::to_junit;
pub use markdown::to_markdown;
pub use part::Part;
pub use rerun::{in_way as rerun_in, of_row as rerun_of};
pub use results::{
    Coverage, Finding, Origin, Outcome, Requirement, RequirementVerdict, Results, Scenario, Severity, Spec, Summary,
    Target, Tool, Variant, Waiver,
};
pub use sarif::to_sarif;
pub use tap::to_tap;
pub use text::{Styles, to_text};
pub use witnessed::{Witnessed, WitnessedContext, WitnessedGap};
