//! Unix: signals and process groups.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use process_wrap::std::{CommandWrap, ProcessGroup};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Shell;

/// SIGINT, which is Ctrl-C, or SIGTERM.
pub(super) struct Ending {
    interrupt: Signal,
    terminate: Signal,
}

impl Ending {
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    pub(super) async fn asked_for(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

pub(super) fn as_one_with_its_children(command: &mut CommandWrap) {
    command.wrap(ProcessGroup::leader());
}

pub(super) fn ended_by(status: ExitStatus) -> String {
    match status.signal() {
        Some(_) => status.to_string(),
        None => format!("something that is no signal ({status})"),
    }
}

pub(super) const SHELL: Shell = Shell::Posix;
