//! The tests of the runner, in one binary.

#![cfg(test)]

mod arguments;
mod language;
mod report;
mod stimulus;
mod target;
