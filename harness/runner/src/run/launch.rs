//! A target that the harness starts itself.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap};

use crate::platform;
use crate::span::Span;
use crate::target::Launch;

/// How often it is looked whether a server is ready.
const LOOK: Duration = Duration::from_millis(20);
/// The longest piece of a line that is looked at for the words that tell of readiness.
const LINE_LIMIT: u64 = 1 << 16;
/// How long the last words of a target that ended are waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How much of its last line a message repeats, in characters.
const SHOWN: usize = 400;

/// A target that was started. It is killed when this goes away, with all that it has started itself.
#[derive(Debug)]
pub(super) struct Launched {
    child: Box<dyn ChildWrapper>,
}

impl Launched {
    /// Starts it, keeps what it prints in `log`, and waits until it is ready.
    ///
    /// # Errors
    /// In words: it can't be started, it ended, or it was not ready in time.
    pub(super) fn start(launch: &Launch, address: &str, log: &Path) -> Result<Self, String> {
        let name = launch.program.display();
        let mut command = CommandWrap::with_new(&launch.program, |command| {
            command
                .args(&launch.arguments)
                .current_dir(&launch.folder)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
        });
        platform::as_one_with_its_children(&mut command);
        let mut child = command
            .spawn()
            .map_err(|error| format!("can't start {name}, the command of the target file's `launch`: {error}"))?;
        let (tell, told) = mpsc::channel();
        let last_words = Arc::<Mutex<String>>::default();
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout().take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
            child.stderr().take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        ];
        let mut launched = Self { child };
        for stream in outputs.into_iter().flatten() {
            let (log, tell, words) = (open_log(log)?, tell.clone(), launch.ready_line.clone());
            let last_words = Arc::clone(&last_words);
            std::thread::spawn(move || keep(stream, log, words.as_deref(), &tell, &last_words));
        }
        drop(tell);
        launched.wait_until_ready(launch, address, &told).map_err(|why| {
            let last: String =
                last_words.lock().unwrap_or_else(PoisonError::into_inner).trim().chars().take(SHOWN).collect();
            let said = if last.is_empty() { "it printed nothing".to_owned() } else { format!("it said: {last}") };
            format!("{name}: {why}; {said} (all that it printed is in {})", log.display())
        })?;
        Ok(launched)
    }

    /// How it ended, when it has.
    pub(super) fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(|status| status.to_string())
    }

    fn wait_until_ready(&mut self, launch: &Launch, address: &str, told: &mpsc::Receiver<()>) -> Result<(), String> {
        let deadline = Instant::now() + launch.within;
        while Instant::now() < deadline {
            let ready = match launch.ready_line {
                Some(_) => match told.recv_timeout(LOOK) {
                    Ok(()) => true,
                    Err(RecvTimeoutError::Timeout) => false,
                    // It has closed its output and can't tell any more, but it may still end.
                    Err(RecvTimeoutError::Disconnected) => {
                        std::thread::sleep(LOOK);
                        false
                    }
                },
                None => accepts(address),
            };
            if ready {
                return Ok(());
            }
            if let Some(status) = self.ended() {
                // Until both its outputs are read to their ends, or somebody else holds them open.
                while told.recv_timeout(LAST_WORDS).is_ok() {}
                return Err(format!("it ended with {status} before it was ready"));
            }
            if launch.ready_line.is_none() {
                std::thread::sleep(LOOK);
            }
        }
        Err(format!("it was not ready within {}", Span(launch.within)))
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.start_kill().ok();
        self.child.wait().ok();
    }
}

/// Whether something accepts connections there.
fn accepts(address: &str) -> bool {
    reach(address, LOOK).is_ok()
}

/// Connects once, and hangs up.
///
/// # Errors
/// The address and the operating system's words.
pub(super) fn reach(address: &str, within: Duration) -> Result<(), String> {
    let said = |error: std::io::Error| format!("{address}: {error}");
    let mut last = format!("{address}: the name has no address");
    for resolved in address.to_socket_addrs().map_err(said)? {
        match TcpStream::connect_timeout(&resolved, within) {
            Ok(_) => return Ok(()),
            Err(error) => last = said(error),
        }
    }
    Err(last)
}

fn open_log(path: &Path) -> Result<File, String> {
    OpenOptions::new().create(true).append(true).open(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Copies what comes to the log, tells once when a line holds the words, and keeps the last line in mind.
fn keep(stream: impl Read, mut log: File, words: Option<&str>, tell: &mpsc::Sender<()>, last: &Mutex<String>) {
    let mut lines = BufReader::new(stream);
    let mut wanted = words;
    loop {
        let mut line = Vec::new();
        match (&mut lines).take(LINE_LIMIT).read_until(b'\n', &mut line) {
            Ok(read) if read > 0 => {}
            _ => return,
        }
        // A log that can't be written changes no verdict.
        log.write_all(&line).ok();
        let line = String::from_utf8_lossy(&line);
        if !line.trim().is_empty() {
            last.lock().unwrap_or_else(PoisonError::into_inner).replace_range(.., &line);
        }
        if wanted.is_some_and(|words| line.contains(words)) {
            wanted = None;
            tell.send(()).ok();
        }
    }
}
