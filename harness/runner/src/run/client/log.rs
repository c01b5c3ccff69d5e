//! What a launched client prints, kept beside the report.

use std::io::{Read, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::report::write_whole;

/// Octets that are kept of one scenario; more is read and forgotten.
const KEPT: usize = 1 << 20;

/// What comes in the place of a password.
const HIDDEN: &[u8] = b"********";

/// Collects output. Clones collect into the same log.
#[derive(Clone, Debug, Default)]
pub(super) struct Log(Arc<Mutex<Text>>);

#[derive(Debug, Default)]
struct Text {
    octets: Vec<u8>,
    forgotten: u64,
}

impl Log {
    /// Reads a stream to its end on a thread of its own.
    pub(super) fn follow(&self, mut stream: impl Read + Send + 'static) {
        let log = self.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 0x1000];
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                log.take(buffer.get(..read).unwrap_or_default());
            }
        });
    }

    fn take(&self, octets: &[u8]) {
        let mut text = self.text();
        let room = KEPT.saturating_sub(text.octets.len()).min(octets.len());
        text.octets.extend_from_slice(octets.get(..room).unwrap_or_default());
        text.forgotten += u64::try_from(octets.len() - room).unwrap_or(u64::MAX);
    }

    /// Writes what has come, without the passwords in it.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn write(&self, path: &Path, passwords: &[String]) -> std::io::Result<()> {
        let text = self.text();
        let mut octets = text.octets.clone();
        for password in passwords.iter().filter(|password| !password.is_empty()) {
            octets = without(&octets, password.as_bytes());
        }
        if text.forgotten > 0 {
            octets.extend_from_slice(format!("\n({} octets more are not kept)\n", text.forgotten).as_bytes());
        }
        write_whole(path, |out| out.write_all(&octets))
    }

    fn text(&self) -> MutexGuard<'_, Text> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The octets with something else for each place where a secret stands.
fn without(octets: &[u8], secret: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some((first, after)) = rest.split_first() {
        match rest.strip_prefix(secret) {
            Some(behind) => {
                clean.extend_from_slice(HIDDEN);
                rest = behind;
            }
            None => {
                clean.push(*first);
                rest = after;
            }
        }
    }
    clean
}
