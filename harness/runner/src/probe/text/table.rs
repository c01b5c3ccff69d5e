//! Aligned columns, and notes below them.

use std::fmt::Write as _;

use super::super::offer::{Fact, Reply};

/// Rows of cells, each column as wide as its widest cell.
pub(super) struct Table {
    indent: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(indent: usize) -> Self {
        Self { indent, rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        // A line end from outside would tear the table.
        self.rows.push(cells.into_iter().map(|cell| cell.replace('\n', "\u{FFFD}")).collect());
    }

    pub(super) fn text(&self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let mut text = String::new();
        for row in &self.rows {
            let mut line = " ".repeat(self.indent);
            for (column, cell) in row.iter().enumerate() {
                let room = width(column);
                let _ = write!(line, "{cell:room$}  ");
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }
}

/// What replies said, and where, in the order in which it came.
#[derive(Default)]
pub(super) struct Notes(Vec<(String, Vec<String>)>);

impl Notes {
    /// A reply, whichever it is.
    pub(super) fn add(&mut self, reply: &Fact<Reply>, place: &str) {
        let words = match reply {
            Fact::Known(Reply { accepted: true, words }) => format!("yes, {words}"),
            Fact::Known(Reply { accepted: false, words }) => format!("no, {words}"),
            Fact::Unknown(why) => format!("?, {why}"),
        };
        match self.0.iter_mut().find(|(known, _)| *known == words) {
            Some((_, places)) => places.push(place.to_owned()),
            None => self.0.push((words, vec![place.to_owned()])),
        }
    }

    /// A reply that is no acceptance.
    pub(super) fn add_refusal(&mut self, reply: &Fact<Reply>, place: &str) {
        if !matches!(reply, Fact::Known(Reply { accepted: true, .. })) {
            self.add(reply, place);
        }
    }

    pub(super) fn text(&self) -> String {
        self.0
            .iter()
            .map(|(words, places)| format!("  {}: {}\n", places.join(", "), words.replace('\n', " ")))
            .collect()
    }
}
