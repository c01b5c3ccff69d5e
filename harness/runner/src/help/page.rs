//! Markdown as far as the topics use it.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A topic's text: its parts in their order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page(pub(super) Vec<Block>);

/// A part of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// The heading of what follows.
    Heading(Words),
    /// Running text.
    Paragraph(Words),
    /// An entry of a list.
    Item(Words),
    /// Lines as they are.
    Code(String),
    /// Rows of cells; the first row names the columns.
    Table(Vec<Vec<Words>>),
}

/// Running text, piece by piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words(pub(super) Vec<Word>);

/// A piece of running text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Plain(String),
    /// What is typed, or stands in a file.
    Code(String),
    Strong(String),
}

impl Page {
    pub(super) fn read(markdown: &str) -> Self {
        let mut reader = Reader::default();
        for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
            reader.take(event);
        }
        reader.page
    }
}

/// What is open while a page is read.
#[derive(Default)]
struct Reader {
    page: Page,
    words: Words,
    rows: Vec<Vec<Words>>,
    row: Vec<Words>,
    /// The text of a block of code.
    code: Option<String>,
    is_strong: bool,
    is_item: bool,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => self.code = Some(String::new()),
            Event::Start(Tag::Strong) => self.is_strong = true,
            Event::Start(Tag::Item) => self.is_item = true,
            Event::End(end) => self.end(end),
            Event::Text(text) => self.text(&text),
            Event::Code(text) => self.words.0.push(Word::Code(text.into_string())),
            Event::SoftBreak | Event::HardBreak => self.text(" "),
            // Links go nowhere here, and pictures are not shown: their words stand as text. There is nothing else in the topics.
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        match &mut self.code {
            Some(code) => code.push_str(text),
            None if self.is_strong => self.words.0.push(Word::Strong(text.to_owned())),
            None => self.words.0.push(Word::Plain(text.to_owned())),
        }
    }

    fn end(&mut self, end: TagEnd) {
        let block = match end {
            TagEnd::Strong => {
                self.is_strong = false;
                return;
            }
            TagEnd::TableCell => {
                self.row.push(std::mem::take(&mut self.words));
                return;
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                self.rows.push(std::mem::take(&mut self.row));
                return;
            }
            TagEnd::Item => {
                self.is_item = false;
                Block::Item(std::mem::take(&mut self.words))
            }
            // Of an entry of a list, whose end comes later.
            TagEnd::Paragraph if self.is_item => return,
            TagEnd::Paragraph => Block::Paragraph(std::mem::take(&mut self.words)),
            TagEnd::Heading(_) => Block::Heading(std::mem::take(&mut self.words)),
            TagEnd::CodeBlock => Block::Code(self.code.take().unwrap_or_default()),
            TagEnd::Table => Block::Table(std::mem::take(&mut self.rows)),
            _ => return,
        };
        self.page.0.push(block);
    }
}

impl Words {
    /// Without emphasis, code between the marks that Markdown has for it.
    pub(super) fn plain(&self) -> String {
        let piece = |word: &Word| match word {
            Word::Plain(text) | Word::Strong(text) => text.clone(),
            Word::Code(text) => format!("`{text}`"),
        };
        self.0.iter().map(piece).collect()
    }
}
