//! A program for each request: the object on its standard input, the answer on its standard output.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::sync::Mutex;
use trace::stimulus::{Answer, Request};

use super::protocol::{answer_from_json, request_to_json};

/// Exit status of a program that can't do what it is asked.
const UNSUPPORTED: i32 = 89;

/// The program that is run.
pub(super) struct Program {
    program: PathBuf,
    arguments: Vec<String>,
    folder: PathBuf,
    one_at_a_time: Mutex<()>,
}

impl Program {
    pub(super) fn new(program: PathBuf, arguments: Vec<String>, folder: PathBuf) -> Self {
        Self { program, arguments, folder, one_at_a_time: Mutex::new(()) }
    }

    pub(super) async fn ask(&self, request: &Request) -> Answer {
        let _turn = self.one_at_a_time.lock().await;
        self.run(request).await.unwrap_or_else(|why| Answer::Silent { why })
    }

    async fn run(&self, request: &Request) -> Result<Answer, String> {
        let name = self.program.display();
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("can't start {name}: {error}"))?;
        if let Some(mut input) = child.stdin.take() {
            let line = format!("{}\n", request_to_json(request));
            // A program that ends without reading its input is judged by its exit status and its answer.
            input.write_all(line.as_bytes()).await.ok();
        }
        let output = child.wait_with_output().await.map_err(|error| format!("{name}: {error}"))?;
        if output.status.code() == Some(UNSUPPORTED) {
            return Ok(Answer::Refused { error: format!("{name} ended with status 89"), unsupported: true });
        }
        if !output.status.success() {
            return Err(format!("{name} ended with {}", output.status));
        }
        let text = String::from_utf8(output.stdout).map_err(|_| format!("{name}: the answer is no UTF-8"))?;
        answer_from_json(text.trim()).map_err(|why| format!("{name}: the answer can't be read: {why}"))
    }
}
