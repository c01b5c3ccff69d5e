//! What keeps words within the place where they stand in Markdown.

use crate::report::words::on_a_line;

/// Words on one line, in which no sign means anything.
pub(super) fn escaped(words: &str) -> String {
    let mut out = String::new();
    for c in on_a_line(words).chars() {
        // A full stop, a comma or a hyphen within a line means nothing; the rest of them may.
        if c.is_ascii_punctuation()
            && !matches!(c, '.' | ',' | '-' | ':' | ';' | '/' | '\'' | '(' | ')' | '%' | '?' | '=')
        {
            out.push('\\');
        }
        out.push(c);
    }
    // An address is no link.
    out.replace("://", "\\://").replace("www.", "www\\.")
}

/// Words as code within a line.
pub(super) fn code(words: &str) -> String {
    let words = on_a_line(words);
    let ticks = "`".repeat(longest_run(&words) + 1);
    let pad = if words.starts_with('`') || words.ends_with('`') || words.is_empty() { " " } else { "" };
    format!("{ticks}{pad}{words}{pad}{ticks}")
}

/// Lines as a block of code, with an empty line after it.
pub(super) fn block(language: &str, words: &str) -> String {
    let fence = "`".repeat(longest_run(words).max(2) + 1);
    format!("{fence}{language}\n{words}\n{fence}\n")
}

/// The most backticks in a row.
fn longest_run(words: &str) -> usize {
    words.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
