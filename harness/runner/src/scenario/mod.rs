//! The scenario language: what people write, what it means, and what is wrong with it. `scenarios/README.md` describes it.

mod check;
pub mod embedded;
mod library;
pub mod meant;
mod root;
pub mod written;

pub use library::Library;
pub use meant::{Need, Party, Scenario};
pub use root::Root;
