//! Clients that the harness launches: a process group for each instance, which does not outlive its scenario.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use process_wrap::std::{ChildWrapper, CommandWrap};
use tokio::net::TcpListener;

use super::log::Log;
use super::mapping::{Listening, Mapping};
use super::{let_in, placeholders};
use crate::engine::{ClientUnderTest, Door, Ended, Instance, LaunchProblem, LaunchRequest, Launching, Waiting};
use crate::platform;
use crate::target::{self, Start};

/// How often it is looked whether a process has ended.
const LOOK: Duration = Duration::from_millis(5);

/// How long what a killed process has printed may take to be read.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// Launches instances of a client for one scenario.
pub(super) struct Launcher {
    target: target::Client,
    log: Log,
    /// Where the log is written; nowhere when none.
    place: Option<PathBuf>,
    passwords: Vec<String>,
    mapping: Mapping,
}

impl Launcher {
    /// A launcher of a target's client.
    ///
    /// # Errors
    /// In words, when the environment lacks a password that the target file names.
    pub(super) fn new(target: &target::Client, place: Option<PathBuf>) -> Result<Self, String> {
        let names = target.authentication.identities.iter().filter_map(|account| account.password_env.as_ref());
        let password = |name: &String| {
            std::env::var(name).map_err(|_| format!("the environment variable {name} (`password_env`) is not set"))
        };
        let passwords = names.map(password).collect::<Result<_, _>>()?;
        Ok(Self { target: target.clone(), log: Log::default(), place, passwords, mapping: Mapping::of(target) })
    }

    fn spawn(
        &self,
        request: &LaunchRequest,
        address: SocketAddr,
        mapper: Option<SocketAddr>,
    ) -> Result<Process, String> {
        let Start::Command { program, arguments, environment, folder } = &self.target.start else {
            return Err("the target file names no command".to_owned());
        };
        let values = placeholders(request, address, mapper, self.target.authentication.identities.first());
        let mut command = CommandWrap::with_new(program, |command| {
            command
                .args(arguments.iter().map(|words| words.filled(&values)))
                .envs(environment.iter().map(|(name, words)| (name, words.filled(&values))))
                .current_dir(folder)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
        });
        platform::as_one_with_its_children(&mut command);
        let mut child = command.spawn().map_err(|error| format!("can't start {}: {error}", program.display()))?;
        if let Some(stdout) = child.stdout().take() {
            self.log.follow(stdout);
        }
        if let Some(stderr) = child.stderr().take() {
            self.log.follow(stderr);
        }
        Ok(Process { child })
    }
}

impl ClientUnderTest for Launcher {
    fn launch(&self, request: LaunchRequest, door: Door) -> Launching<'_> {
        Box::pin(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| on_loopback(&error))?;
            let address = listener.local_addr().map_err(|error| on_loopback(&error))?;
            let mapper = self.mapping.listen().await?;
            let told = mapper.as_ref().map(Listening::address);
            if let Some(mapper) = mapper {
                mapper.serve(&door, address.port());
            }
            let process = self.spawn(&request, address, told).map_err(LaunchProblem::Error)?;
            tokio::task::spawn_local(let_in(listener, door));
            Ok(Box::new(process) as Box<dyn Instance>)
        })
    }

    /// A command that is not told the number waits for one notification at least.
    fn wants(&self, request: &LaunchRequest) -> Option<u32> {
        let Start::Command { arguments, environment, .. } = &self.target.start else { return None };
        let mut words = arguments.iter().chain(environment.iter().map(|(_, value)| value));
        let told = words.any(|words| words.names("count"));
        Some(if told { request.count } else { request.count.min(1) })
    }
}

fn on_loopback(error: &std::io::Error) -> LaunchProblem {
    LaunchProblem::Error(format!("can't listen on the loopback: {error}"))
}

impl Drop for Launcher {
    fn drop(&mut self) {
        if let Some(place) = &self.place {
            std::thread::sleep(LAST_WORDS);
            // A log that can't be written changes no verdict.
            self.log.write(place, &self.passwords).ok();
        }
    }
}

/// A process and what it has started. All of it is killed when this goes away.
struct Process {
    child: Box<dyn ChildWrapper>,
}

impl Instance for Process {
    fn wait(&mut self) -> Waiting<'_> {
        Box::pin(async {
            loop {
                if let Some(ended) = self.ended() {
                    return ended;
                }
                tokio::time::sleep(LOOK).await;
            }
        })
    }

    fn ended(&mut self) -> Option<Ended> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(match status.code() {
            Some(code) => Ended::Status(code),
            None => Ended::Signal(platform::ended_by(status)),
        })
    }

    fn kill(&mut self) {
        // Whoever has ended by itself may have left children behind, so the group is killed in any case; that nobody is
        // left in it is no error.
        self.child.start_kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
