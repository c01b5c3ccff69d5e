//! How commands are written for people to paste or to start. Both dialects are there on every system, so that both are tested.

/// A shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// `sh`, as POSIX has it.
    Posix,
    /// `cmd.exe`.
    Cmd,
}

impl Shell {
    /// A word as the shell takes it.
    #[must_use]
    pub fn quoted(self, word: &str) -> String {
        let is_plain = |c: char| {
            let sign = matches!(c, '/' | '-' | '_' | ':' | '.' | '=' | ',') || (c == '\\' && self == Self::Cmd);
            c.is_ascii_alphanumeric() || sign
        };
        match self {
            _ if !word.is_empty() && word.chars().all(is_plain) => word.to_owned(),
            Self::Posix => format!("'{}'", word.replace('\'', r"'\''")),
            Self::Cmd => format!("\"{}\"", before_quotes(word)),
        }
    }

    /// What the script of a command is called.
    #[must_use]
    pub const fn script_name(self) -> &'static str {
        match self {
            Self::Posix => "command.sh",
            Self::Cmd => "command.cmd",
        }
    }

    /// A command, without the program before it, as a script. Its report goes elsewhere: that of the run, with the script, is not to be
    /// cleared away.
    #[must_use]
    pub fn script(self, words: &[String], about: &[String]) -> String {
        let words: Vec<String> = words.iter().map(|word| self.quoted(word)).collect();
        let words = words.join(" ");
        let remark = |start: &str| about.iter().map(|line| format!("{start} {line}\n")).collect::<String>();
        match self {
            Self::Posix => format!(
                "#!/bin/sh\n{}exec \"${{PAN_HARNESS:-pan-harness}}\" {words} --report \"${{PAN_REPORT:-reports/again}}\" \"$@\"\n",
                remark("#")
            ),
            Self::Cmd => {
                let text = format!(
                    "@echo off\n{}setlocal\n\
                     if not defined PAN_HARNESS set \"PAN_HARNESS=pan-harness\"\n\
                     if not defined PAN_REPORT set \"PAN_REPORT=reports\\again\"\n\
                     \"%PAN_HARNESS%\" {} --report \"%PAN_REPORT%\" %*\n",
                    remark("rem"),
                    // In a script a sign of percent that is meant stands twice.
                    words.replace('%', "%%")
                );
                text.replace('\n', "\r\n")
            }
        }
    }
}

/// What stands between the quotes: programs there read a backslash as an escape only where quotes follow.
fn before_quotes(word: &str) -> String {
    let mut out = String::new();
    let mut backslashes = 0;
    for c in word.chars() {
        match c {
            '\\' => backslashes += 1,
            '"' => {
                out.push_str(&"\\".repeat(backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        out.push(c);
    }
    out.push_str(&"\\".repeat(backslashes));
    out
}
