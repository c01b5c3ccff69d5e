//! What is wrong with a file that somebody wrote, and where.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A file that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// Its name, as messages show it.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// One thing that is wrong with a file: place, words, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file.
    pub source: Arc<SourceText>,
    /// Line, from 1; 0 where it is the file as a whole.
    pub line: usize,
    /// Column in characters, from 1; 0 where it is the file as a whole.
    pub column: usize,
    /// What is wrong: expected and found.
    pub message: String,
    /// What might have been meant.
    pub suggestion: Option<String>,
    /// The uses that led there (of scenario fragments), the innermost first.
    pub uses: Vec<Use>,
}

/// Where something was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The file.
    pub source: Arc<SourceText>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Diagnostic {
    /// A diagnostic without a suggestion. Line 0 means that the place is not known: the first line then.
    #[must_use]
    pub fn new(source: &Arc<SourceText>, line: usize, column: usize, message: impl Into<String>) -> Self {
        Self {
            source: Arc::clone(source),
            line: line.max(1),
            column: column.max(1),
            message: message.into(),
            suggestion: None,
            uses: Vec::new(),
        }
    }

    /// That a file can't be read, in the operating system's words.
    #[must_use]
    pub fn unreadable(name: &str, error: &std::io::Error) -> Self {
        let source = Arc::new(SourceText { name: name.to_owned(), text: String::new() });
        Self { line: 0, column: 0, ..Self::new(&source, 0, 0, format!("can't read {name}: {error}")) }
    }

    /// Whether it speaks of the file as a whole, of which no line can be shown.
    #[must_use]
    pub fn is_without_place(&self) -> bool {
        self.line == 0
    }

    /// The same with a suggestion.
    #[must_use]
    pub fn suggesting(self, suggestion: impl Into<String>) -> Self {
        Self { suggestion: Some(suggestion.into()), ..self }
    }

    /// The diagnostic with the line that it speaks of, in plain text.
    #[must_use]
    pub fn render(&self) -> String {
        if self.is_without_place() {
            return self.message.clone();
        }
        let title = Level::ERROR.primary_title(self.message.as_str());
        let shown = self.source.without_passwords();
        let annotation = AnnotationKind::Primary.span(shown.word(self.line, self.column));
        let snippet = Snippet::source(shown.text.as_str()).path(self.source.name.as_str()).annotation(annotation);
        let group: Group<'_> = title.element(snippet);
        let group = self.uses.iter().fold(group, |group, place| {
            let span = place.source.word(place.line, place.column);
            let annotation = AnnotationKind::Context.span(span).label("used here");
            group.element(
                Snippet::source(place.source.text.as_str()).path(place.source.name.as_str()).annotation(annotation),
            )
        });
        let group = match &self.suggestion {
            Some(suggestion) => group.element(Level::HELP.message(suggestion.as_str())),
            None => group,
        };
        Renderer::plain().render(&[group])
    }
}

/// What stands in the place of a password.
const WITHHELD: &str = "********";

impl SourceText {
    /// The text as messages may show it: a password that somebody wrote into it by mistake is withheld, with the rest of its line.
    fn without_passwords(&self) -> Self {
        let shown = |line: &str| {
            let (words, end) = line.split_at(line.trim_end_matches(['\n', '\r']).len());
            match password_at(words) {
                Some(at) => [words.get(..at).unwrap_or_default(), " ", WITHHELD, end].concat(),
                None => line.to_owned(),
            }
        };
        Self { name: self.name.clone(), text: self.text.split_inclusive('\n').map(shown).collect() }
    }

    /// The octets of the word at a place.
    fn word(&self, line: usize, column: usize) -> Range<usize> {
        let text = self.text.as_str();
        let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let line = text.get(before..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let start = line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(offset, _)| offset);
        let word = line.get(start..).unwrap_or_default();
        let length = word.find(|c: char| c == ':' || c == ',' || c.is_whitespace()).unwrap_or(word.len());
        before + start..before + start + length
    }
}

/// Where the value of a key begins that is called like a password and is not the name of a variable.
fn password_at(line: &str) -> Option<usize> {
    const NAMES: [&str; 4] = ["password", "passwd", "passphrase", "secret"];
    let lower = line.to_ascii_lowercase();
    let value = |name: &str| {
        let after = |(at, name): (usize, &str)| {
            let rest = lower.get(at + name.len()..)?;
            let colon = rest.find(|c: char| !c.is_whitespace() && c != '"' && c != '\'')?;
            rest.get(colon..)?.starts_with(':').then_some(at + name.len() + colon + 1)
        };
        lower.match_indices(name).find_map(after)
    };
    NAMES.into_iter().filter_map(value).min()
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_without_place() {
            return f.write_str(&self.message);
        }
        write!(f, "{}:{}:{}: {}", self.source.name, self.line, self.column, self.message)
    }
}

impl std::error::Error for Diagnostic {}

/// `did you mean X?`, when one of the candidates is near to what was written.
#[must_use]
pub fn did_you_mean<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    candidates
        .into_iter()
        .map(|candidate| (likeness(written, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

fn likeness(left: &str, right: &str) -> f32 {
    let (left, right) = (left.to_lowercase(), right.to_lowercase());
    similar::TextDiff::from_chars(left.as_str(), right.as_str()).ratio()
}
