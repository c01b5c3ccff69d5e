//! The parts of pan-harness joined: command line, scenarios, targets, runs and reports.

pub mod arguments;
pub mod diagnostic;
pub mod exit;
pub mod report;
pub mod scenario;
pub mod span;
pub mod stimulus;
pub mod target;
pub mod yaml;
