//! What people are told: standard output and standard error, which may be closed, full, or read by somebody who has seen enough.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use crate::exit::Exit;

/// Prints to standard output. A reader that has seen enough is no failure.
///
/// # Errors
/// The exit code, with the words for it, when it is closed in another way or full.
pub(crate) fn print(text: &str) -> Result<(), (Exit, String)> {
    let mut out = anstream::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if !has_left(&error) => Err((Exit::Environment, unprintable(&error))),
        _ => Ok(()),
    }
}

/// Whether an error of standard output only says that its reader has seen enough.
pub(crate) fn has_left(error: &io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe
}

/// What is said when something can't be printed.
pub(crate) fn unprintable(error: &io::Error) -> String {
    format!("standard output: {error}")
}

/// Says something on standard error. What can't be said there can be said nowhere, and changes no exit code.
pub(crate) fn say(words: impl Display) {
    writeln!(anstream::stderr(), "{words}").ok();
}
