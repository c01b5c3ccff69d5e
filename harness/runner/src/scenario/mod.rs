//! The scenario language: what people write, what it means, and what is wrong with it. `scenarios/README.md` describes it.

mod check;
mod library;
pub mod meant;
pub mod schema;
pub mod written;

pub use library::Library;
pub use meant::{Need, Party, Scenario};
