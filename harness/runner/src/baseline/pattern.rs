//! Words of a finding, and what they are compared with.

use std::fmt;

/// Words that a finding has to hold somewhere; `*` stands for any others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Reads a pattern. None when it holds no words.
    #[must_use]
    pub fn new(written: &str) -> Option<Self> {
        let tidied = tidy(written);
        tidied.chars().any(|c| c != '*' && c != ' ').then_some(Self(tidied))
    }

    /// Whether these words, tidied, hold it.
    #[must_use]
    pub fn is_in(&self, words: &str) -> bool {
        let mut rest = Some(words);
        for part in self.0.split('*') {
            rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, after)| after);
        }
        rest.is_some()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Words on one line with single spaces, without what YAML can't hold as it is.
pub(super) fn tidy(words: &str) -> String {
    let shown = |c: char| match c {
        '\u{feff}' | '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => ' ',
        c => c,
    };
    let replaced: String = words.chars().map(shown).collect();
    replaced.split_whitespace().collect::<Vec<_>>().join(" ")
}
