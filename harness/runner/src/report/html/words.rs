//! Words that may come from the target, for a page: neither markup nor invisible characters get through.

use std::borrow::Cow;
use std::fmt::Write as _;

use maud::{PreEscaped, Render};

/// Words as text of the page.
pub(super) struct Shown<'a>(pub(super) &'a str);

impl Render for Shown<'_> {
    fn render_to(&self, buffer: &mut String) {
        escape(&visible(self.0), buffer);
    }
}

/// Words as text of the page, with their line ends.
pub(super) fn shown(words: &str) -> Shown<'_> {
    Shown(words)
}

/// Markup that this module's neighbours made.
pub(super) fn made(markup: String) -> PreEscaped<String> {
    PreEscaped(markup)
}

/// Writes words into text or into a quoted attribute.
pub(super) fn escape(words: &str, out: &mut String) {
    for c in words.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
}

/// The same words, with a sign in the place of each character that can't be seen or that turns the order of others around.
pub(super) fn visible(words: &str) -> Cow<'_, str> {
    if !words.chars().any(is_hidden) {
        return Cow::Borrowed(words);
    }
    let mut out = String::with_capacity(words.len() + 16);
    for c in words.chars() {
        match c {
            c if !is_hidden(c) => out.push(c),
            // Unicode has pictures of the control characters of ASCII.
            '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER)),
            '\u{7f}' => out.push('\u{2421}'),
            c => {
                let _ = write!(out, "‹U+{:04X}›", u32::from(c));
            }
        }
    }
    Cow::Owned(out)
}

fn is_hidden(c: char) -> bool {
    let is_order = matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    let is_other =
        matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}');
    (c.is_control() && !matches!(c, '\n' | '\t')) || is_order || is_other
}
