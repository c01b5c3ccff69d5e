//! Questions to the person at the terminal, and the answers. Plain lines, so that they can be read out.

use std::io::{BufRead, Read as _, Write};

use super::Failure;
use crate::exit::Exit;

/// The longest answer, in octets.
const LONGEST: u64 = 64 * 1024;

/// The person at the terminal.
pub struct Dialogue<'a> {
    input: &'a mut dyn BufRead,
    output: &'a mut dyn Write,
}

impl<'a> Dialogue<'a> {
    /// With somebody who reads `output` and writes lines to `input`.
    pub fn new(input: &'a mut dyn BufRead, output: &'a mut dyn Write) -> Self {
        Self { input, output }
    }

    /// Says something.
    pub(super) fn say(&mut self, words: &str) -> Result<(), Failure> {
        writeln!(self.output, "{words}").and_then(|()| self.output.flush()).map_err(|error| broken(&error))
    }

    /// The answer to a question; what is usual when it is empty.
    pub(super) fn ask(&mut self, question: &str, usual: &str) -> Result<String, Failure> {
        let usually = if usual.is_empty() { String::new() } else { format!(" [{usual}]") };
        write!(self.output, "{question}{usually}: ")
            .and_then(|()| self.output.flush())
            .map_err(|error| broken(&error))?;
        let mut line = String::new();
        let read = self.input.take(LONGEST).read_line(&mut line).map_err(|error| broken(&error))?;
        if read == 0 {
            return Err((Exit::Mistake, "the answers ended before the last question; nothing is written".to_owned()));
        }
        let answer = line.trim();
        Ok(if answer.is_empty() { usual } else { answer }.to_owned())
    }

    /// Asks until the answer is one: `read` says what it means, or what is wrong with it.
    pub(super) fn ask_for<T>(
        &mut self,
        question: &str,
        usual: &str,
        mut read: impl FnMut(&str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        loop {
            let answer = self.ask(question, usual)?;
            match read(&answer) {
                Ok(meant) => return Ok(meant),
                Err((_, why)) => self.say(&format!("  {}", why.trim_end()))?,
            }
        }
    }
}

fn broken(error: &std::io::Error) -> Failure {
    (Exit::Environment, format!("the terminal: {error}; nothing is written"))
}
