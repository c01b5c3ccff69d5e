//! Each row's leaf: what the page shows when somebody opens it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::article::facts;
use super::pack::{block, details};
use super::svg::{placed, svg};
use super::words::visible;
use crate::report::{Gallery, Outcome, Picture, Results, Scenario, rerun_of};

/// The leaves of all rows, in blocks.
#[derive(Default)]
pub(super) struct Leaves {
    /// The blocks' texts.
    pub(super) blocks: Vec<String>,
    /// By row: its block, and its place in it.
    pub(super) places: Vec<(usize, usize)>,
    /// How many diagrams there are.
    pub(super) drawn: usize,
    /// How many passes show the diagram of another way that looks alike.
    pub(super) shared: usize,
    /// How many passes lack theirs, for the page would become too large.
    pub(super) left_out: usize,
}

impl Leaves {
    /// Those of a report.
    pub(super) fn of(results: &Results, gallery: Option<&Gallery>) -> Self {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut known: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (index, row) in results.scenarios.iter().enumerate() {
            let group = *known.entry((&row.target, &row.id)).or_insert(groups.len());
            match groups.get_mut(group) {
                Some(rows) => rows.push(index),
                None => groups.push(vec![index]),
            }
        }
        let mut leaves = Self { places: vec![(0, 0); results.scenarios.len()], ..Self::default() };
        let mut size = 0;
        for (number, group) in groups.iter().enumerate() {
            // What did not pass has its diagram always.
            let is_open = gallery.is_none_or(|gallery| size < gallery.limit());
            let rows: Vec<&Scenario> = group.iter().filter_map(|index| results.scenarios.get(*index)).collect();
            let value = leaves.group(results, &rows, gallery, is_open);
            let text = block(&value);
            size += text.len();
            leaves.blocks.push(text);
            for (place, index) in group.iter().enumerate() {
                if let Some(slot) = leaves.places.get_mut(*index) {
                    *slot = (number, place);
                }
            }
        }
        leaves
    }

    /// The rows of one scenario, with their diagrams, each once.
    fn group(&mut self, results: &Results, rows: &[&Scenario], gallery: Option<&Gallery>, is_open: bool) -> Value {
        let mut pictures: Vec<(Picture<'_>, Value)> = Vec::new();
        let mut leaves = Vec::new();
        for row in rows {
            let picture = gallery.and_then(|gallery| gallery.picture(row));
            let is_left_out = row.verdict == Outcome::Pass && !is_open && picture.is_some();
            let place = picture.filter(|_| !is_left_out).map(|picture| {
                let same = |(known, _): &(Picture<'_>, Value)| std::ptr::eq(known.diagram, picture.diagram);
                pictures.iter().position(same).unwrap_or_else(|| {
                    let findings = placed(picture.diagram, row);
                    let title = format!("Sequence diagram of {} in {}", row.id, picture.variant);
                    let drawn = json!({
                        "s": svg(picture.diagram, &findings, &title),
                        "d": details(picture.diagram),
                        "w": picture.variant.to_string(),
                    });
                    pictures.push((picture, drawn));
                    pictures.len() - 1
                })
            });
            self.left_out += usize::from(is_left_out);
            self.shared += usize::from(picture.is_some_and(|picture| !is_left_out && *picture.variant != row.variant));
            let command = rerun_of(results, row);
            leaves.push(json!({
                "i": visible(&row.id),
                "t": visible(&row.title),
                "v": row.verdict.name(),
                "w": row.variant.to_string(),
                "h": facts(results, row, None, command.as_deref()).into_string(),
                "p": place,
                "l": is_left_out,
            }));
        }
        self.drawn += pictures.len();
        let pictures: Vec<Value> = pictures.into_iter().map(|(_, drawn)| drawn).collect();
        json!({"r": leaves, "p": pictures})
    }
}
