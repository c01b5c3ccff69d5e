//! Values of several commands: read from what is written, or refused.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use conformance::{Overlay, overlay};

use super::selector::Selector;
use crate::diagnostic::did_you_mean;
use crate::scenario::Root;

pub(super) fn wrong(option: &str, why: impl fmt::Display) -> clap::Error {
    clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("{option}: {why}\n"))
}

pub(super) fn named_overlay(name: &str) -> Result<&'static Overlay, clap::Error> {
    overlay::overlay(name).ok_or_else(|| {
        let names: Vec<&str> = overlay::overlays().iter().map(|one| one.name).collect();
        let hint =
            did_you_mean(name, names.iter().copied()).unwrap_or_else(|| format!("there is `{}`", names.join("`, `")));
        wrong("--overlay", format!("no overlay is called `{name}`; {hint}"))
    })
}

pub(super) fn root(folder: Option<PathBuf>) -> Root {
    folder.map_or(Root::Embedded, Root::Folder)
}

pub(super) fn jobs(written: Option<usize>) -> Result<Option<NonZeroUsize>, clap::Error> {
    written.map(|jobs| NonZeroUsize::new(jobs).ok_or_else(|| wrong("--jobs", "at least 1"))).transpose()
}

pub(super) fn selectors(written: &[String], option: &str) -> Result<Vec<Selector>, clap::Error> {
    written.iter().map(|one| Selector::parse(one).map_err(|why| wrong(option, why))).collect()
}

/// A user and the environment variable of the password: never the password itself, which everybody could see.
pub(super) fn account(written: &str) -> Result<(String, String), clap::Error> {
    let parts = written.split_once('=').filter(|(user, variable)| !user.is_empty() && !variable.is_empty());
    let (user, variable) = parts.ok_or_else(|| {
        let words = format!("`{written}` is no USER=VARIABLE, with the environment variable that holds the password");
        wrong("--account", words)
    })?;
    Ok((user.to_owned(), variable.to_owned()))
}
