//! Manual pages: section 1 has the commands, section 7 the topics.

use std::io;
use std::path::Path;

use clap::CommandFactory as _;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::page::{Block, Page, Word, Words};
use super::{Topic, topics};
use crate::arguments::Arguments;
use crate::report::{Folder, write_whole};

/// Writes all pages into a folder, and says how many they are.
///
/// # Errors
/// What the operating system says, with the path.
pub fn manual(folder: &Path) -> io::Result<usize> {
    Folder::probe(folder)?;
    let mut whole = Arguments::command();
    whole.build();
    let commands = whole.get_subcommands().filter(|one| !one.is_hide_set());
    let commands: Vec<Man> = [&whole].into_iter().chain(commands).cloned().map(Man::new).collect();
    let topics = topics();
    let count = commands.len() + topics.len();
    for page in commands {
        write_whole(&folder.join(page.get_filename()), |out| page.render(out))?;
    }
    for topic in topics {
        let file = folder.join(format!("{}.7", name_of(&topic)));
        write_whole(&file, |out| page(&topic).to_writer(out))?;
    }
    Ok(count)
}

/// What a topic's page is called.
fn name_of(topic: &Topic) -> String {
    format!("pan-harness-{}", topic.name)
}

fn page(topic: &Topic) -> Roff {
    let mut roff = Roff::new();
    let name = name_of(topic);
    roff.control("TH", [name.as_str(), "7", "", "pan-harness", ""]);
    roff.control("SH", ["NAME"]).text([roman(format!("{name} - {}", topic.heading))]);
    roff.control("SH", ["DESCRIPTION"]);
    for block in &Page::read(topic.text).0 {
        match block {
            Block::Heading(words) => roff.control("SS", [words.plain().as_str()]),
            Block::Paragraph(words) => roff.control("PP", []).text(inlines(words)),
            Block::Item(words) => roff.control("IP", ["-", "2"]).text(inlines(words)),
            Block::Code(code) => {
                roff.control("PP", []).control("RS", ["4"]).control("nf", []);
                for line in code.trim_end().lines() {
                    roff.text([roman(line)]);
                }
                roff.control("fi", []).control("RE", [])
            }
            Block::Table(rows) => table(&mut roff, rows),
        };
    }
    roff
}

/// A row is a paragraph with its first cell as the tag; the row that names the columns says nothing there.
fn table<'a>(roff: &'a mut Roff, rows: &[Vec<Words>]) -> &'a mut Roff {
    for row in rows.iter().skip(1) {
        let Some((first, rest)) = row.split_first() else { continue };
        let mut cells: Vec<Inline> = Vec::new();
        for cell in rest.iter().filter(|cell| !cell.0.is_empty()) {
            if !cells.is_empty() {
                cells.push(roman(" - "));
            }
            cells.extend(inlines(cell));
        }
        roff.control("TP", []).text([bold(first.plain())]).text(cells);
    }
    roff
}

fn inlines(words: &Words) -> Vec<Inline> {
    let piece = |word: &Word| match word {
        Word::Plain(text) => roman(text.clone()),
        Word::Code(text) | Word::Strong(text) => bold(text.clone()),
    };
    words.0.iter().map(piece).collect()
}
