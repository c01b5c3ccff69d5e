//! The parts of pan-harness joined: command line, scenarios, targets, runs and reports.

pub mod arguments;
pub mod baseline;
pub mod check;
mod command;
pub mod compare;
pub mod diagnostic;
pub mod diagram;
pub mod engine;
pub mod exit;
pub mod expand;
pub mod explain;
pub mod help;
pub mod init;
pub mod judge;
pub mod list;
mod listen;
pub mod merge;
pub mod platform;
mod principal;
pub mod probe;
mod protection;
pub mod record;
pub mod recording;
pub mod report;
pub mod run;
pub mod scenario;
pub mod schema;
pub mod selftest;
mod serve;
pub mod span;
pub mod stimulus;
pub mod target;
mod terminal;
pub mod yaml;

pub use command::main;
pub use protection::Protection;
