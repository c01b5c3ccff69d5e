//! A page as a terminal shows it: plain lines, which can be read out as well.

use anstyle::Style;
use textwrap::{Options, fill};

use super::page::{Block, Page, Words};

/// The fewest columns for the last cell of a row.
const NARROWEST: usize = 24;

/// The text, in lines of up to so many columns. Code is not wrapped.
pub(super) fn text(heading: &str, page: &Page, columns: usize) -> String {
    let mut blocks = vec![title(heading)];
    for block in &page.0 {
        blocks.push(match block {
            Block::Heading(words) => title(&words.plain()),
            Block::Paragraph(words) => fill(&words.plain(), columns),
            Block::Item(words) => {
                fill(&words.plain(), Options::new(columns).initial_indent("- ").subsequent_indent("  "))
            }
            Block::Code(code) => code.trim_end().lines().map(indented).collect::<Vec<_>>().join("\n"),
            Block::Table(rows) => table(rows, columns),
        });
    }
    // Entries of a list stand line below line.
    let is_item = |block: Option<&Block>| matches!(block, Some(Block::Item(_)));
    let mut out = String::new();
    for (index, block) in blocks.iter().enumerate() {
        let follows = index.checked_sub(1).is_some_and(|index| {
            is_item(page.0.get(index)) && is_item(index.checked_sub(1).and_then(|index| page.0.get(index)))
        });
        if index > 0 && !follows {
            out.push('\n');
        }
        out += block;
        out.push('\n');
    }
    out
}

fn title(words: &str) -> String {
    let bold = Style::new().bold();
    format!("{bold}{words}{bold:#}")
}

fn indented(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("    {line}") }
}

/// Columns beside one another, the last one wrapped; where they are too wide, each row is a paragraph.
fn table(rows: &[Vec<Words>], columns: usize) -> String {
    let cells: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(Words::plain).collect()).collect();
    let count = cells.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..count.saturating_sub(1)).map(|column| width(column).unwrap_or_default()).collect();
    let indent = widths.iter().map(|width| width + 2).sum::<usize>();
    let is_wide = indent + NARROWEST > columns;
    let row = |cells: &Vec<String>| {
        if is_wide {
            return fill(&cells.join(" · "), Options::new(columns).subsequent_indent("    "));
        }
        let mut first: String =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}  ", width = *width)).collect();
        if cells.len() < count {
            first.truncate(first.trim_end().len());
        }
        let rest = " ".repeat(indent);
        let last = cells.get(widths.len()).map_or("", String::as_str);
        fill(last, Options::new(columns).initial_indent(&first).subsequent_indent(&rest)).trim_end().to_owned()
    };
    // Tables that name no columns have an empty first row.
    let rows = cells.iter().filter(|row| row.iter().any(|cell| !cell.is_empty()));
    rows.map(row).collect::<Vec<_>>().join("\n")
}
