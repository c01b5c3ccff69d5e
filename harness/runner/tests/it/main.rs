//! Tests of the runner.

mod language;
