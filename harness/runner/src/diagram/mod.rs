//! Sequence diagrams of what was seen: a model, apart from how it is drawn.
//!
//! A [`Drawing`] hears the events of a trace as they are judged and keeps the rows of a [`Diagram`]: calls and what came back, PDUs
//! that set connections up, what the notification source was asked, what could not be read. Its size is bounded: of a long trace
//! the beginning, the end and whatever a finding is about are kept, and the diagram says how much was left out between.

mod call;
mod detail;
mod drawing;
mod other;

pub use detail::{Detail, Octets};
pub use drawing::Drawing;
pub(crate) use drawing::time;

use serde::{Deserialize, Serialize};
use trace::Time;

/// What crossed between the parties of one run, in the order in which it was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagram {
    /// The parties, from left to right.
    pub lifelines: Vec<Lifeline>,
    /// What was seen, from top to bottom.
    pub rows: Vec<Row>,
    /// Calls that were outstanding while something else happened.
    pub bars: Vec<Bar>,
}

/// A party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifeline {
    /// What it is.
    pub kind: Party,
    /// Its name.
    pub name: String,
}

/// What a lifeline stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Party {
    /// Who calls: an actor of the scenario, a client under test, or an address of a capture.
    Client,
    /// An endpoint mapper.
    Mapper,
    /// The server.
    Server,
    /// The server's notification source.
    Source,
}

/// One thing that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Number of the event that it is.
    pub event: u64,
    /// Numbers of events that it tells of as well.
    pub also: Vec<u64>,
    /// When.
    #[serde(with = "nanoseconds")]
    pub time: Time,
    /// Line of the scenario whose step was under way, from 1.
    pub line: Option<u32>,
    /// What it is.
    pub kind: RowKind,
    /// The lifeline that it comes from.
    pub from: usize,
    /// The lifeline that it goes to; the same one when it happens there.
    pub to: usize,
    /// What it is, in a few words.
    pub label: String,
    /// What there is to know of it.
    pub detail: Detail,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RowKind {
    /// A call starts.
    Call,
    /// A call comes back with success.
    Return,
    /// A call comes back with a failure or a fault.
    Refusal,
    /// A call can't come back any more.
    Lost,
    /// A PDU that belongs to no call.
    Setup,
    /// The notification source is asked for something.
    Ask,
    /// It answers.
    Answer,
    /// Something happens at a party, or time passes.
    Note,
    /// Something can't be read.
    Gap,
    /// Rows were left out.
    Cut,
}

impl RowKind {
    /// The word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Return => "return",
            Self::Refusal => "refusal",
            Self::Lost => "lost",
            Self::Setup => "setup",
            Self::Ask => "ask",
            Self::Answer => "answer",
            Self::Note => "note",
            Self::Gap => "gap",
            Self::Cut => "cut",
        }
    }
}

/// A call that was outstanding while something else happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// Whose call it is.
    pub lifeline: usize,
    /// Which of the bars beside each other on that lifeline, from 0.
    pub lane: usize,
    /// Index of the row in which it starts.
    pub first: usize,
    /// Index of the row in which it comes back; none when it does not.
    pub last: Option<usize>,
}

impl Diagram {
    /// The index of the row that an event shows in: its own, the one that tells of it, or else the one before it.
    #[must_use]
    pub fn row_of(&self, event: u64) -> Option<usize> {
        let told = self.rows.iter().position(|row| row.event == event || row.also.contains(&event));
        told.or_else(|| self.rows.iter().rposition(|row| row.event <= event))
    }

    /// The index of the last row of a scenario's line.
    #[must_use]
    pub fn last_of_line(&self, line: u32) -> Option<usize> {
        self.rows.iter().rposition(|row| row.line == Some(line))
    }

    /// Whether what it says of its own lifelines and rows can be: it may have been read from a file.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let (lifelines, rows) = (self.lifelines.len(), self.rows.len());
        let is_row = |row: &Row| row.from < lifelines && row.to < lifelines && row.detail.is_sound();
        let is_bar = |bar: &Bar| {
            let ends = bar.last.unwrap_or(bar.first);
            bar.lifeline < lifelines && bar.lane < self.bars.len() && bar.first <= ends && ends < rows
        };
        self.rows.iter().all(is_row) && self.bars.iter().all(is_bar)
    }

    /// What tells the diagram from others of the same scenario for whoever reads calls: parties, calls, what came back and in which
    /// order. Neither times nor octets, nor how connections were set up.
    #[must_use]
    pub fn shape(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        for line in &self.lifelines {
            (line.kind, &line.name).hash(&mut hasher);
        }
        for row in self.rows.iter().filter(|row| row.kind != RowKind::Setup && row.kind != RowKind::Note) {
            (row.kind, row.from, row.to, &row.label).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// A moment in a file.
mod nanoseconds {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};
    use trace::Time;

    pub(super) fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        time.0.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        u64::deserialize(deserializer).map(Time)
    }
}
