//! The target file of a client.

use super::dialogue::Dialogue;
use super::draft::{Draft, list};
use super::{Described, Failure};
use crate::arguments::Init;
use crate::exit::Exit;
use crate::target::Words;

/// A client that the arguments describe, started by those words; by hand where there are none.
pub(super) fn described(arguments: &Init, command: &[String]) -> Described {
    let mut draft = Draft::default();
    draft.key("party", "client", "");
    draft.text("name", arguments.name.as_deref(), "my client 0.3", "for reports");
    match command {
        [] => draft.key("launch", "{manual: true}", "somebody starts it for each scenario"),
        words => {
            draft.line("launch:");
            draft.line(&format!("  command: {}", list(words.iter().map(String::as_str))));
        }
    }
    draft.text("server_name", arguments.server_name.as_deref(), "PRINTSRV", "what our server is called");
    draft.text("printer", arguments.printer.as_deref(), "office-laser", "the print queue that it has");
    draft.open("transfer_syntax", "[ndr, ndr64]", "what the client speaks; NDR alone when absent");
    draft.key("limits", "{call: 5s, scenario: 60s}", "");
    draft.accounts(&arguments.accounts, "whom our server lets in; {user} and {domain} stand for the first");
    let words = "none|ntlm|kerberos|negotiate; connect|pkt|integrity|privacy";
    match arguments.accounts.is_empty() {
        false => draft.key("security", "{provider: negotiate, level: pkt}", words),
        true => draft.open("security", "{provider: negotiate, level: pkt}", words),
    }
    Described { text: draft.into_text(), remarks: remarks(command) }
}

/// A client that the person at the terminal describes.
pub(super) fn asked(arguments: &Init, dialogue: &mut Dialogue<'_>) -> Result<Described, Failure> {
    if arguments.stimulus.is_some() {
        return Err((Exit::Mistake, "--stimulus is for a server: here the harness is the server".to_owned()));
    }
    let name = match &arguments.name {
        Some(name) => Some(name.clone()),
        None => Some(dialogue.ask("Its name, for reports", "none")?).filter(|answer| answer != "none"),
    };
    dialogue.say("Its command, word by word: {host} and {port} stand for where our server is, {mode}, {type}, {count} and {printer}")?;
    dialogue.say(
        "for what it has to register for. For instance: ./my-client --server {host} --port {port} --mode {mode}",
    )?;
    let command =
        dialogue.ask_for("How is it started? `by hand` when somebody does it", "by hand", |answer| match answer {
            "by hand" => Ok(Vec::new()),
            quoted if quoted.contains(['"', '\'', '\\']) => {
                let why = "quotes are not understood here; write words with spaces into the file's `command`";
                Err((Exit::Mistake, why.to_owned()))
            }
            line => {
                let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
                for word in &words {
                    Words::parse(word).map_err(|why| (Exit::Mistake, why))?;
                }
                Ok(words)
            }
        })?;
    let arguments = Init { name, ..arguments.clone() };
    Ok(described(&arguments, &command))
}

/// What is odd about a command.
fn remarks(command: &[String]) -> Vec<String> {
    let is_told = command.iter().any(|word| word.contains("{port}") || word.contains("{epm_port}"));
    let untold = "No word of the command holds {port}: the client has to know by itself where our server is.";
    (!command.is_empty() && !is_told).then(|| untold.to_owned()).into_iter().collect()
}
