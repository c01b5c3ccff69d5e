//! `init`: a target file to begin with, from what a server offers, from options, or from questions on a terminal.

mod client;
mod dialogue;
mod draft;
mod offered;
mod server;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::arguments::{FileKind, Init, Subject};
use crate::exit::Exit;
use crate::platform::SHELL;
use crate::report::{can_be_made, write_whole};
use crate::scenario::embedded;
use crate::{schema, target};

pub use dialogue::Dialogue;

/// Why there is no file: the exit code, and the words for it.
type Failure = (Exit, String);

/// The file with the schema, beside the target file that names it.
pub const SCHEMA: &str = "pan-harness-target.schema.json";

/// A target file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its text, when it is for standard output.
    pub text: Option<String>,
    /// What the user should know of it, line by line.
    pub words: Vec<String>,
}

/// What there is to say of a target: the lines of its file, and what the user should know.
struct Described {
    text: String,
    remarks: Vec<String>,
}

/// Makes a target file and writes it, with its schema beside it. Where the arguments do not say what the target is, the person at the
/// terminal is asked. What is there stays, unless the arguments allow otherwise.
///
/// # Errors
/// The exit code, with the words for it. Nothing is written then.
pub fn init(arguments: &Init, dialogue: Option<Dialogue<'_>>) -> Result<Made, Failure> {
    if let Some(folder) = &arguments.scenarios {
        return scenarios(folder);
    }
    if let Some(file) = &arguments.output {
        writable(file, arguments.overwrite)?;
    }
    let (file, described) = match (&arguments.subject, dialogue) {
        (Some(Subject::Server(address)), _) => {
            let file = named(arguments, "my-server.yaml")?;
            (file, server::described(arguments, address)?)
        }
        (Some(Subject::Client(command)), _) => {
            let file = named(arguments, "my-client.yaml")?;
            (file, client::described(arguments, command))
        }
        (None, Some(mut dialogue)) => asked(arguments, &mut dialogue)?,
        (None, None) => {
            let why = "name a server's ADDRESS, or a client's COMMAND after `--`: there is no terminal to ask on";
            return Err((Exit::Mistake, why.to_owned()));
        }
    };
    let is_printed = file == Path::new(PRINTED);
    let Described { mut text, mut remarks } = described;
    if !is_printed {
        text.insert_str(0, &format!("# yaml-language-server: $schema=./{SCHEMA}\n"));
    }
    // What was given may make no target file, as with a placeholder that nobody knows.
    target::read(&file, text.clone())
        .map_err(|problem| (Exit::Mistake, format!("what was given makes no target file\n\n{}", problem.render())))?;
    if is_printed {
        return Ok(Made { text: Some(text), words: remarks });
    }
    remarks.extend(with_schema(&file, &text, arguments.overwrite)?);
    let name = file.display().to_string();
    remarks.insert(0, format!("{name} is written. Look it over, and then:"));
    remarks.insert(1, format!("  pan-harness run --target {}", SHELL.quoted(&name)));
    Ok(Made { text: None, words: remarks })
}

/// Writes out the scenarios that the program carries.
fn scenarios(folder: &Path) -> Result<Made, Failure> {
    let count = embedded::write_out(folder).map_err(|error| {
        let is_mistake = matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory);
        (if is_mistake { Exit::Mistake } else { Exit::Environment }, error.to_string())
    })?;
    let name = SHELL.quoted(&folder.display().to_string());
    let words =
        vec![format!("{count} files are written. To run them:"), format!("  pan-harness run --scenarios {name}")];
    Ok(Made { text: None, words })
}

/// What is a file for others, and standard output here.
const PRINTED: &str = "-";

/// All questions.
fn asked(arguments: &Init, dialogue: &mut Dialogue<'_>) -> Result<(PathBuf, Described), Failure> {
    let is_server = dialogue.ask_for("Is a server to be tested, or a client?", "server", |answer| match answer {
        "server" => Ok(true),
        "client" => Ok(false),
        other => Err((Exit::Mistake, format!("`{other}` is neither server nor client"))),
    })?;
    let file = match &arguments.output {
        Some(file) => file.clone(),
        None => {
            let usual = if is_server { "my-server.yaml" } else { "my-client.yaml" };
            dialogue.ask_for("The file to write", usual, |answer| {
                writable(Path::new(answer), arguments.overwrite).map(|()| PathBuf::from(answer))
            })?
        }
    };
    let described = match is_server {
        true => server::asked(arguments, dialogue)?,
        false => client::asked(arguments, dialogue)?,
    };
    Ok((file, described))
}

/// The file that was named, or the usual one.
fn named(arguments: &Init, usual: &str) -> Result<PathBuf, Failure> {
    if let Some(file) = &arguments.output {
        return Ok(file.clone());
    }
    let file = PathBuf::from(usual);
    writable(&file, arguments.overwrite).map(|()| file)
}

/// Whether the file can be written, before anything is asked for it.
fn writable(file: &Path, overwrites: bool) -> Result<(), Failure> {
    let named = |why: &str| format!("{}: {why}", file.display());
    if file == Path::new(PRINTED) {
        return Ok(());
    }
    if file.is_dir() || file.file_name().is_none() {
        return Err((Exit::Mistake, named("it is a folder; name a file")));
    }
    if !(overwrites && file.exists()) {
        can_be_made(file).map_err(|why| {
            let how = if file.exists() { " with --output, or say --overwrite" } else { "" };
            (Exit::Mistake, named(why) + how)
        })?;
    }
    // Whether the folder takes files shows only when it is given one.
    let trial = file.with_added_extension("part");
    std::fs::File::create(&trial)
        .and_then(|_| std::fs::remove_file(&trial))
        .map_err(|error| (Exit::Environment, named(&error.to_string())))
}

/// Writes the file, and its schema beside it. A schema of another version stays, and that is told.
fn with_schema(file: &Path, text: &str, overwrites: bool) -> Result<Option<String>, Failure> {
    let unwritable = |error: io::Error| (Exit::Environment, format!("the target file can't be written: {error}"));
    let schema = schema::schema(FileKind::Target).map_err(|error| (Exit::Environment, error.to_string()))?;
    let beside = file.with_file_name(SCHEMA);
    let stays = std::fs::read_to_string(&beside).is_ok_and(|there| there != schema && !overwrites);
    if !stays {
        write_whole(&beside, |out| out.write_all(schema.as_bytes())).map_err(unwritable)?;
    }
    write_whole(file, |out| out.write_all(text.as_bytes())).map_err(unwritable)?;
    Ok(stays.then(|| format!("{}: it is another schema than this version's, and stays", beside.display())))
}
