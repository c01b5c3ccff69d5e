//! Expected and actual: side by side on a terminal, one below the other where they are read out or kept.

use anstyle::Style;
use similar::{ChangeTag, DiffOp, TextDiff};

use super::Styles;

/// Columns that a report's margins and the middle of the two take.
const MARGIN: usize = 7 + 3;
/// The fewest columns of one side.
const NARROWEST: usize = 24;
/// The most columns of one side: longer lines are hard to read.
const WIDEST: usize = 60;
/// Below this likeness two texts are no versions of each other, and marking words says nothing.
const ALIKE: f32 = 0.4;

/// What was expected and what came, line by line. Of what is not known nothing is told.
pub(super) fn lines(expected: &str, actual: &str, styles: &Styles) -> Vec<String> {
    match styles.columns {
        Some(columns) if !expected.is_empty() && !actual.is_empty() => beside(expected, actual, columns, styles),
        _ => below(expected, actual),
    }
}

fn below(expected: &str, actual: &str) -> Vec<String> {
    [labelled("expected: ", expected), labelled("actual:   ", actual)].concat()
}

fn labelled(label: &str, words: &str) -> Vec<String> {
    let indent = " ".repeat(label.len());
    let label_of = |number: usize| if number == 0 { label } else { &indent };
    words.lines().enumerate().map(|(number, line)| format!("{}{line}", label_of(number))).collect()
}

/// Some words of a line, and whether the other side has others in their place.
#[derive(Clone, Debug)]
struct Piece {
    text: String,
    differs: bool,
}

fn beside(expected: &str, actual: &str, columns: usize, styles: &Styles) -> Vec<String> {
    let width = (columns.saturating_sub(MARGIN) / 2).clamp(NARROWEST, WIDEST);
    let (left, right): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let faint = styles.faint;
    let mut out = vec![format!("{faint}{:width$} | actual{faint:#}", "expected")];
    for op in TextDiff::from_slices(&left, &right).ops() {
        let is_same = matches!(op, DiffOp::Equal { .. });
        let of = |lines: &[&str], range: std::ops::Range<usize>| -> Vec<String> {
            lines.get(range).unwrap_or_default().iter().map(|line| (*line).to_owned()).collect()
        };
        let (old, new) = (of(&left, op.old_range()), of(&right, op.new_range()));
        for row in 0..old.len().max(new.len()) {
            let (one, other) = (old.get(row).map_or("", String::as_str), new.get(row).map_or("", String::as_str));
            let mark = if is_same { ' ' } else { '|' };
            let (one, other) = pieces(one, other);
            let (one, other) = (wrapped(&one, width), wrapped(&other, width));
            for line in 0..one.len().max(other.len()) {
                let left = cell(one.get(line), styles.good, width);
                let right = cell(other.get(line), styles.bad, 0);
                out.push(format!("{left} {mark} {right}").trim_end().to_owned());
            }
        }
    }
    out
}

/// Both sides of a line in pieces.
fn pieces(one: &str, other: &str) -> (Vec<Piece>, Vec<Piece>) {
    let diff = TextDiff::from_words(one, other);
    let marks = diff.ratio() >= ALIKE;
    let of = |side: ChangeTag| {
        let changes = diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Equal || change.tag() == side);
        changes
            .map(|change| Piece { text: change.value().to_owned(), differs: marks && change.tag() == side })
            .collect()
    };
    (of(ChangeTag::Delete), of(ChangeTag::Insert))
}

/// Breaks a line where it is too long: between words, and within those that are too long themselves.
fn wrapped(pieces: &[Piece], width: usize) -> Vec<Vec<Piece>> {
    let mut rows: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut used = 0;
    for piece in pieces {
        let letters: Vec<char> = piece.text.chars().collect();
        let is_space = piece.text.trim().is_empty();
        for part in letters.chunks(width) {
            if used + part.len() > width {
                rows.push(Vec::new());
                used = 0;
            }
            // A line does not begin with the space that it was broken at.
            let is_first = rows.len() == 1;
            if let Some(row) = rows.last_mut().filter(|_| used > 0 || !is_space || is_first) {
                row.push(Piece { text: part.iter().collect(), differs: piece.differs });
                used += part.len();
            }
        }
    }
    rows
}

fn cell(pieces: Option<&Vec<Piece>>, style: Style, width: usize) -> String {
    let pieces = pieces.map_or(&[][..], Vec::as_slice);
    let used: usize = pieces.iter().map(|piece| piece.text.chars().count()).sum();
    let told = pieces.iter().map(|piece| match piece.differs {
        true => format!("{style}{}{style:#}", piece.text),
        false => piece.text.clone(),
    });
    format!("{}{:pad$}", told.collect::<String>(), "", pad = width.saturating_sub(used))
}
