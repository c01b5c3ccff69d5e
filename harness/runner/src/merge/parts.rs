//! The parts, as they were read, and whether they are parts of one run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::report::{Gallery, Part, Results, Scenario};

/// What tells one text from another.
pub(crate) fn digest(octets: &[u8]) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, octets).to_string()
}

/// A part that was read.
#[derive(Debug)]
pub(super) struct Read {
    /// The folder of its report.
    pub(super) folder: PathBuf,
    /// What came of it.
    pub(super) results: Results,
    /// Which part it is.
    pub(super) part: Part,
}

/// All of them, in the order of their numbers.
#[derive(Debug)]
pub(super) struct Parts {
    first: Read,
    others: Vec<Read>,
}

impl Parts {
    /// Reads the reports of those folders.
    ///
    /// # Errors
    /// In words, when one is none, or is no part of a run.
    pub(super) fn read(folders: &[PathBuf]) -> Result<Self, String> {
        let mut all = folders.iter().map(|folder| read(folder)).collect::<Result<Vec<_>, _>>()?;
        all.sort_by_key(|read| read.part.part);
        let mut all = all.into_iter();
        let first = all.next().ok_or("there are no reports to join")?;
        Ok(Self { first, others: all.collect() })
    }

    /// The one with the lowest number.
    pub(super) fn first(&self) -> &Read {
        &self.first
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Read> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// What all have in common.
    pub(super) fn condition(&self, name: &str) -> Option<&str> {
        self.first.part.conditions.get(name).map(String::as_str)
    }

    /// The diagrams of rows that come from those folders.
    ///
    /// # Errors
    /// In words, when a part holds none.
    pub(super) fn gallery(&self, rows: &[Scenario], origins: &[PathBuf]) -> Result<Gallery, String> {
        let mut galleries = BTreeMap::new();
        for read in self.all() {
            galleries.insert(&read.folder, gallery(&read.folder)?);
        }
        let mut whole = Gallery::new(galleries.values().all(Gallery::has_all));
        for (row, from) in rows.iter().zip(origins) {
            if let Some(part) = galleries.get(from) {
                whole.adopt(part, row);
            }
        }
        Ok(whole)
    }

    /// Whether they are of recorded traffic.
    pub(super) fn is_recorded(&self) -> bool {
        self.first.results.command.get(1).is_some_and(|word| word == "check")
    }

    /// Sees to it that they are all the parts of one run, each once.
    ///
    /// # Errors
    /// In words, when they are not.
    pub(super) fn belong_together(&self) -> Result<(), String> {
        for other in &self.others {
            self.agrees(other)?;
        }
        let of = self.first.part.of;
        for number in 1..=of {
            let mut having = self.all().filter(|read| read.part.part == number);
            let (one, two) = (having.next(), having.next());
            match (one, two) {
                (None, _) => return Err(format!("part {number} of {of} is missing")),
                (Some(one), Some(two)) => {
                    let (one, two) = (one.folder.display(), two.folder.display());
                    return Err(format!("part {number} of {of} is there twice: {one} and {two}"));
                }
                (Some(_), None) => {}
            }
        }
        Ok(())
    }

    fn agrees(&self, other: &Read) -> Result<(), String> {
        let first = &self.first;
        let (here, there) = (first.folder.display(), other.folder.display());
        let apart = format!("{here} and {there} are no parts of one run");
        let differs = |what: &str, one: &str, two: &str, advice: &str| {
            Err(format!("{apart}: `{what}` is {one} in the one and {two} in the other{advice}"))
        };
        let (one, two) = (&first.results, &other.results);
        if one.tool.version != two.tool.version {
            return differs("version", &one.tool.version, &two.tool.version, "");
        }
        if one.seed != two.seed {
            let advice = ": give each part the same --seed";
            return differs("seed", &one.seed.to_string(), &two.seed.to_string(), advice);
        }
        if first.part.of != other.part.of {
            return differs("--shard", &format!("of {}", first.part.of), &format!("of {}", other.part.of), "");
        }
        let told = |read: &Read, name: &str| {
            read.part.conditions.get(name).filter(|told| !told.is_empty()).map_or("nothing", String::as_str).to_owned()
        };
        let names = || first.part.conditions.keys().chain(other.part.conditions.keys());
        let differing = |name: &&String| told(first, name) != told(other, name);
        // What says something to people comes first; of a digest only that it is another one.
        if let Some(name) = names().filter(|name| !DIGESTS.contains(&name.as_str())).find(differing) {
            return differs(name, &told(first, name), &told(other, name), "");
        }
        if let Some(name) = names().find(differing) {
            return Err(format!("{apart}: the {name} of the one is not that of the other"));
        }
        if first.part.targets != other.part.targets || first.part.rows != other.part.rows {
            return Err(format!("{apart}: other scenarios were to run"));
        }
        Ok(())
    }
}

/// Conditions that are told by a digest.
const DIGESTS: [&str; 4] = ["target", "scenarios", "baseline", "files"];

fn gallery(folder: &Path) -> Result<Gallery, String> {
    let file = folder.join(Gallery::FILE);
    let shown = file.display();
    let text = fs::read_to_string(&file)
        .map_err(|error| format!("{shown}: {error}; for report.html each part needs `--format json,html`"))?;
    Gallery::from_json(&text).map_err(|why| format!("{shown}: {why}"))
}

fn read(folder: &Path) -> Result<Read, String> {
    let file = folder.join("results.json");
    let shown = file.display();
    let text = fs::read_to_string(&file).map_err(|error| format!("{shown}: {error}; a part needs `--format json`"))?;
    let mut results: Results = serde_json::from_str(&text).map_err(|error| format!("{shown}: no results: {error}"))?;
    let folder = folder.to_owned();
    let Some(part) = results.part.take() else {
        return Err(format!("{} is no part of a run: it was not made with --shard", folder.display()));
    };
    let is_odd = part.places.len() != results.scenarios.len()
        || !(1..=part.of).contains(&part.part)
        || part.places.iter().any(|place| *place >= part.rows);
    if is_odd {
        return Err(format!("{shown}: its `part` does not fit its scenarios"));
    }
    Ok(Read { folder, results, part })
}
