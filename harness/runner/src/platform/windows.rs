//! Windows: console events and job objects. A process there always ends with a status.

use std::process::ExitStatus;

use process_wrap::std::{CommandWrap, JobObject};
use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown,
};

use super::Shell;

/// Ctrl-C, Ctrl-Break, the console's end, or that of the system.
pub(super) struct Ending {
    interrupt: CtrlC,
    stop: CtrlBreak,
    close: CtrlClose,
    shutdown: CtrlShutdown,
}

impl Ending {
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: ctrl_c()?, stop: ctrl_break()?, close: ctrl_close()?, shutdown: ctrl_shutdown()? })
    }

    pub(super) async fn asked_for(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.stop.recv() => {}
            _ = self.close.recv() => {}
            _ = self.shutdown.recv() => {}
        }
    }
}

pub(super) fn as_one_with_its_children(command: &mut CommandWrap) {
    command.wrap(JobObject);
}

pub(super) fn ended_by(status: ExitStatus) -> String {
    format!("something that is no signal ({status})")
}

pub(super) const SHELL: Shell = Shell::Cmd;
