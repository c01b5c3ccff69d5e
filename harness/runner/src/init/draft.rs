//! The text of a target file, line by line.

use std::fmt::Write as _;

use crate::arguments::NewAccount;

/// A target file that is being written. What nobody knows stands in it as a comment, to be filled in.
#[derive(Debug, Default)]
pub(super) struct Draft(String);

/// The column at which the words about a key begin.
const COLUMN: usize = 64;

impl Draft {
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// A line as it is.
    pub(super) fn line(&mut self, line: &str) {
        self.0 += line;
        self.0.push('\n');
    }

    /// A key with its value, and words about it.
    pub(super) fn key(&mut self, key: &str, value: &str, words: &str) {
        let line = format!("{key}: {value}");
        if words.is_empty() {
            return self.line(&line);
        }
        let _ = writeln!(self.0, "{line:COLUMN$} # {words}");
    }

    /// A key that is left open: an example of its value.
    pub(super) fn open(&mut self, key: &str, example: &str, words: &str) {
        self.key(&format!("# {key}"), example, words);
    }

    /// A key with a text as its value, or an example of it.
    pub(super) fn text(&mut self, key: &str, value: Option<&str>, example: &str, words: &str) {
        match value {
            Some(value) => self.key(key, &scalar(value), words),
            None => self.open(key, example, words),
        }
    }

    /// The accounts, or an example of one.
    pub(super) fn accounts(&mut self, accounts: &[NewAccount], words: &str) {
        if accounts.is_empty() {
            self.line(&format!("{:COLUMN$} # {words}", "# identities:"));
            return self.line("#   alice: {user: alice, domain: LAB, password_env: ALICE_PASSWORD}");
        }
        self.line(&format!("{:COLUMN$} # {words}", "identities:"));
        for NewAccount { user, domain, variable } in accounts {
            let domain = domain.as_ref().map_or_else(String::new, |domain| format!("domain: {}, ", scalar(domain)));
            let (user, variable) = (scalar(user), scalar(variable));
            self.line(&format!("  {user}: {{user: {user}, {domain}password_env: {variable}}}"));
        }
    }
}

/// A string binding, as it is where nothing in it could be taken for something else.
pub(super) fn binding(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '[' | ']');
    if text.chars().all(is_plain) && !text.ends_with(':') { text.to_owned() } else { scalar(text) }
}

/// A text as YAML takes it, anywhere: bare where nothing in it could be taken for something else, or quoted as in JSON.
pub(super) fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '_' | '/' | '-');
    let is_bare = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(is_plain)
        && !text.ends_with(' ')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_bare { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

/// A list of texts, on one line.
pub(super) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(scalar).collect();
    format!("[{}]", texts.join(", "))
}
