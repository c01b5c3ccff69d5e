//! `help`, manual pages and completions. The topics are the sections of README.md and REFERENCE.md, so that there is one text of each; what there is to
//! say of commands is made from the command line's own definition.

mod manual;
mod page;
mod plain;

use clap::CommandFactory as _;

use crate::arguments::Arguments;
use crate::diagnostic::did_you_mean;
use page::Page;

pub use manual::manual;

/// The texts that the topics are sections of.
const README: &str = include_str!("../../../../README.md");
const REFERENCE: &str = include_str!("../../../REFERENCE.md");
/// The reference of the scenario language: a topic as a whole.
const LANGUAGE: &str = include_str!("../../../../scenarios/README.md");

/// Names of sections that are shorter than their headings.
const NAMES: [(&str, &str); 18] = [
    ("server", "Judge a server"),
    ("client", "Judge a client"),
    ("capture", "Judge a capture"),
    ("windows", "Compare with Windows"),
    ("scenario", "Write a scenario"),
    ("ci", "Add it to CI"),
    ("exit-codes", "Exit codes"),
    ("limits", "Limits"),
    ("report", "Read a report"),
    ("baseline", "Known deviations"),
    ("parts", "Share a run out"),
    ("offers", "See what a server offers"),
    ("watching", "Watch a server"),
    ("serving", "Write a client"),
    ("recording", "Record a scenario"),
    ("trust", "Why believe it"),
    ("speed", "Speed"),
    ("development", "Work on it"),
];

/// Something that help tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The word for it.
    pub name: String,
    /// Its heading.
    pub heading: &'static str,
    /// Its text, in Markdown.
    pub text: &'static str,
}

/// All topics: the sections of README.md and REFERENCE.md in their order, and the language of scenarios.
#[must_use]
pub fn topics() -> Vec<Topic> {
    let section = |section: &'static str| {
        let (heading, text) = section.split_once('\n').unwrap_or((section, ""));
        let short = NAMES.iter().find(|(_, known)| *known == heading).map(|(name, _)| (*name).to_owned());
        let name = short.unwrap_or_else(|| heading.to_lowercase().replace(' ', "-"));
        Topic { name, heading, text: text.trim_matches('\n') }
    };
    let language = LANGUAGE.split_once('\n').map_or(LANGUAGE, |(_, text)| text);
    let language = Topic { name: "language".to_owned(), heading: "The scenario language", text: language };
    [README, REFERENCE]
        .into_iter()
        .flat_map(|text| text.split("\n## ").skip(1))
        .map(section)
        .chain([language])
        .collect()
}

/// The help that is asked for: of a command, of a topic, or the list of both. Lines have up to so many columns.
///
/// # Errors
/// In words, when there is no such command or topic.
pub fn help(words: &[String], columns: usize) -> Result<String, String> {
    let mut command = Arguments::command();
    command.build();
    let topics = topics();
    let [name] = words else {
        return match words {
            [] => Ok(format!("{}\n{}", command.render_long_help().ansi(), listed(&topics))),
            [..] => Err("one command or one topic at a time".to_owned()),
        };
    };
    if let Some(topic) = topics.iter().find(|topic| topic.name == *name) {
        return Ok(plain::text(topic.heading, &Page::read(topic.text), columns));
    }
    if let Some(found) = command.find_subcommand_mut(name) {
        let told: Vec<&str> =
            topics.iter().filter(|topic| tells_of(topic, name)).map(|one| one.name.as_str()).collect();
        let told = if told.is_empty() { String::new() } else { format!("\nTopics: {}\n", told.join(", ")) };
        return Ok(format!("{}{told}", found.render_long_help().ansi()));
    }
    let commands = command.get_subcommands().map(clap::Command::get_name);
    let hint = did_you_mean(name, topics.iter().map(|topic| topic.name.as_str()).chain(commands));
    let hint = hint.unwrap_or_else(|| "`pan-harness help` lists them".to_owned());
    Err(format!("there is no command or topic `{name}`; {hint}"))
}

/// The topics, a line for each.
fn listed(topics: &[Topic]) -> String {
    let lines = topics.iter().map(|topic| format!("  {:12} {}\n", topic.name, topic.heading));
    format!("Topics, for `pan-harness help TOPIC`:\n{}", lines.collect::<String>())
}

/// Whether a topic says how to use a command.
fn tells_of(topic: &Topic, command: &str) -> bool {
    let begins = format!("pan-harness {command}");
    let is_whole = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
    topic.text.lines().filter_map(|line| line.strip_prefix(&begins)).any(is_whole)
}

/// The completions of a shell.
#[must_use]
pub fn completions(shell: clap_complete::Shell) -> String {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "pan-harness", &mut out);
    let script = String::from_utf8_lossy(&out);
    match shell {
        // clap_complete 4.6.11 names its branches for bash otherwise than it asks for them, where the program's name has a hyphen.
        clap_complete::Shell::Bash => script.replace("pan__subcmd__harness", "pan__harness"),
        _ => script.into_owned(),
    }
}
