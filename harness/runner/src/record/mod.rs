//! `record`: a scenario that replays what was recorded.
//!
//! ```text
//! recording ─▶ Story ─▶ calls, answers, what the source was asked ─▶ steps ─▶ YAML, checked as any scenario is
//! ```
//!
//! Times become waits: a call that something overtook is started, said to be still pending, and finished. Where what the source was
//! asked was not recorded it is made out from what came. What can't be expressed stands in the file as a comment.

mod client;
mod server;
mod story;
mod word;

use std::path::Path;

use conformance::Party;

use crate::recording::Recording;
use crate::scenario::{Library, Root};
use client::Client;
use server::Server;
use story::Story;
use word::quoted;

/// A scenario that was made of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its text.
    pub text: String,
    /// What of the recording it does not hold, in words.
    pub unexpressed: Vec<String>,
}

/// The fragment that is used where the folder of scenarios has it.
pub const FRAGMENT: &str = "fragments/register.yaml";

/// Makes a scenario against that party of what was recorded. With `scenarios`, a folder of scenarios that it will lie in, its
/// fragments are used.
///
/// # Errors
/// In words, when there is nothing to make a scenario of, or it can't be made.
pub fn record(recording: &Recording, party: Party, scenarios: Option<&Path>) -> Result<Recorded, String> {
    let story = Story::of(recording)?;
    if !story.transcript.calls().iter().any(|call| call.method.is_some()) {
        return Err(format!("{}: no call of MS-PAN in it, so there is nothing to replay", recording.name));
    }
    let has_fragment = scenarios.is_some_and(|folder| folder.join(FRAGMENT).is_file());
    let mut unexpressed = story.unexpressed.clone();
    let (head, steps) = match party {
        Party::Server => {
            let mut server = Server::new(&story, has_fragment);
            server.write();
            unexpressed.append(&mut server.unexpressed);
            let head = format!("{}actors:\n{}", needs(&server, true), server.heads());
            (head, server.steps)
        }
        Party::Client => {
            let mut client = Client::new(&story);
            client.write();
            unexpressed.append(&mut client.server.unexpressed);
            (format!("party: client\n{}", needs(&client.server, false)), client.steps)
        }
    };
    let file =
        Path::new(&recording.name).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let of = recording.header.as_ref().map(|header| header.title.clone()).filter(|title| !title.is_empty());
    let title = of.unwrap_or_else(|| format!("What {file} holds"));
    let mut text = format!("title: {}\n", quoted(&title));
    for what in &unexpressed {
        text += &format!("# Not expressed: {}\n", what.replace(['\r', '\n'], " "));
    }
    text += &head;
    text += &format!("steps:\n{steps}");
    // Without them, as if in a folder that holds none.
    let folder = scenarios.filter(|_| has_fragment).unwrap_or(Path::new(NOWHERE));
    check(&Root::Folder(folder.to_owned()), &text)?;
    Ok(Recorded { text, unexpressed })
}

/// A folder that holds no fragments.
const NOWHERE: &str = "fragments-are-not-used";

fn needs(server: &Server<'_>, is_server: bool) -> String {
    let mut needs: Vec<String> = Vec::new();
    if server.asks {
        needs.push("stimulus".to_owned());
    }
    if server.words.names_printer {
        needs.push("printer".to_owned());
    }
    let (administrators, has_other) = server.identities();
    if is_server && administrators > 1 {
        needs.push(format!("{{identities: {administrators}}}"));
    }
    if is_server && has_other {
        needs.push("not-administrator".to_owned());
    }
    if needs.is_empty() { String::new() } else { format!("needs: [{}]\n", needs.join(", ")) }
}

/// That it loads: a scenario that does not is of no use to anybody.
fn check(root: &Root, text: &str) -> Result<(), String> {
    match Library::check_text(root, "recorded", text) {
        Ok(_) => Ok(()),
        Err(problems) => {
            let shown: Vec<String> = problems.iter().map(crate::diagnostic::Diagnostic::render).collect();
            Err(format!("what was recorded can't be written as a scenario:\n{}", shown.join("\n\n")))
        }
    }
}
