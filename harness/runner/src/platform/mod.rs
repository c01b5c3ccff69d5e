//! What operating systems do each in its own way. Nothing outside of this folder asks which one it is: `unix` and `windows` offer the same,
//! side by side, and where neither of the two is meant the program does not build.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as system;

pub mod shell;

use std::process::ExitStatus;

use process_wrap::std::CommandWrap;

pub use shell::Shell;

/// How people end a command that goes on by itself: Ctrl-C, or what else asks a process to end. Listened for from the moment that this is
/// made.
pub(crate) struct Ending(system::Ending);

impl Ending {
    /// Listens for it, in a runtime with I/O.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn listen() -> std::io::Result<Self> {
        system::Ending::listen().map(Self)
    }

    /// Waits until it is asked for.
    pub(crate) async fn asked_for(&mut self) {
        self.0.asked_for().await;
    }
}

/// Has a command start as the head of all processes that it starts: killing it kills all of them.
pub(crate) fn as_one_with_its_children(command: &mut CommandWrap) {
    system::as_one_with_its_children(command);
}

/// What a process without an exit status was ended by, in words.
pub(crate) fn ended_by(status: ExitStatus) -> String {
    system::ended_by(status)
}

/// The shell that people here paste commands into.
pub const SHELL: Shell = system::SHELL;
