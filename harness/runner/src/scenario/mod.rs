//! The scenario language: what people write, what it means, and what is wrong with it. `scenarios/README.md` describes it.

pub mod schema;
pub mod written;
