//! Known deviations of an implementation: what a baseline lists, whether what came is as listed, and drafts of one.

mod comparison;
mod deviation;
mod draft;
mod entry;
mod file;
mod meaning;
mod pattern;
mod state;

pub use comparison::Comparison;
pub use draft::{Draft, draft};
pub use entry::{Baseline, Entry, Named};
pub use file::BaselineFile;
pub use meaning::load;
pub use pattern::Pattern;
pub use state::Scope;
