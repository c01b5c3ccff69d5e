//! A part of a selection.

use super::value::wrong;

/// One of several parts of a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub part: usize,
    /// How many parts there are.
    pub of: usize,
}

impl Shard {
    /// Reads `K/N`.
    pub(super) fn parse(written: &str) -> Result<Self, clap::Error> {
        let parts = written.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((part, of)) if (1..=of).contains(&part) => Ok(Self { part, of }),
            _ => Err(wrong("--shard", format!("`{written}` is no K/N with K from 1 to N"))),
        }
    }
}
