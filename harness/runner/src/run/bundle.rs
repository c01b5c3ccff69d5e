//! A bundle for each failure: all that somebody else needs to look at it.

use std::io::{self, Write as _};

use trace::Entry;

use super::secret::Secrets;
use super::transcript::transcript;
use super::way::Way;
use crate::expand::expanded;
use crate::judge::Judge;
use crate::platform::SHELL;
use crate::report::{Folder, Results, Scenario as Row, Styles, Summary, bundle_folder, rerun_in, to_text, trace_files};
use crate::scenario::meant::Scenario;

/// What all bundles of a run have in common.
pub(super) struct Bundles {
    /// What every report of the run says; of one scenario when it is told in a bundle.
    pub(super) common: Results,
    /// The target file without what nobody else may know; none without one.
    pub(super) target: Option<String>,
    /// What may stand in no file.
    pub(super) secrets: Secrets,
}

impl Bundles {
    /// Writes the bundle of a row whose files lie in the report already.
    ///
    /// # Errors
    /// What the operating system says, with the path.
    pub(super) fn write(
        &self,
        folder: &Folder,
        scenario: &Scenario,
        row: &Row,
        way: Way,
        (judge, entries): (&Judge, &[Entry]),
    ) -> io::Result<()> {
        let here = bundle_folder(row);
        let alone = Results {
            scenarios: vec![row.clone()],
            summary: Summary::of(std::slice::from_ref(row)),
            ..self.common.clone()
        };
        let seed = row.seed.unwrap_or(alone.seed);
        let command = rerun_in(&alone, row, &way.variant());
        let texts = [
            ("failure.txt", Some(to_text(&alone, Styles::default()))),
            ("scenario.txt", Some(expanded(scenario))),
            ("transcript.txt", Some(transcript(judge, entries))),
            ("target.yaml", self.target.clone()),
            (SHELL.script_name(), Some(script(&command, seed))),
        ];
        for (name, text) in texts {
            let Some(text) = text else { continue };
            let text = self.secrets.withheld(&text);
            folder.write(&format!("{here}/{name}"), |out| out.write_all(text.as_bytes()))?;
        }
        for (name, path) in trace_files(folder.root(), row) {
            // What the target prints is its own affair, but not the passwords that it was given.
            let octets = std::fs::read(path)?;
            let octets = match String::from_utf8(octets) {
                Ok(text) => self.secrets.withheld(&text).into_bytes(),
                Err(error) => error.into_bytes(),
            };
            folder.write(&format!("{here}/{name}"), |out| out.write_all(&octets))?;
        }
        Ok(())
    }
}

/// The command as a script.
fn script(command: &[String], seed: u64) -> String {
    let about = [
        format!(
            "Runs this scenario again, alone and in the same way (seed {seed}). Paths are those of the run: start it where that was"
        ),
        "started. Elsewhere, another target file can be named after it: the last --target counts.".to_owned(),
    ];
    SHELL.script(command.get(1..).unwrap_or_default(), &about)
}
