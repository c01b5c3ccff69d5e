//! The diagrams of a report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::results::{Outcome, Scenario, Severity, Variant};
use crate::diagram::Diagram;

/// How large a page may become for the sake of passes, in octets.
const LIMIT: usize = 8 << 20;

/// The diagrams of a report's rows. Of passes that look alike in several ways one is kept, unless all are wanted.
#[derive(Clone, Debug)]
pub struct Gallery {
    all: bool,
    limit: usize,
    own: BTreeMap<Place, Diagram>,
    shapes: BTreeMap<Place, u64>,
    shared: BTreeMap<Alike, (Variant, Diagram)>,
}

/// A diagram for a row.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// It.
    pub diagram: &'a Diagram,
    /// The way of speaking that it was drawn from: not always that of the row.
    pub variant: &'a Variant,
}

/// What passes have in common that share a diagram: target, id, shape.
type Alike = (String, String, u64);

/// A gallery in a file, whose maps have no text for keys.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    all: bool,
    own: Vec<(Place, Diagram)>,
    shapes: Vec<(Place, u64)>,
    shared: Vec<(Alike, (Variant, Diagram))>,
}

/// Which row: target, id, way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place(String, String, Variant);

impl Place {
    fn of(row: &Scenario) -> Self {
        Self(row.target.clone(), row.id.clone(), row.variant.clone())
    }
}

impl Gallery {
    /// An empty one; it keeps a diagram of each row when `all` are wanted.
    #[must_use]
    pub fn new(all: bool) -> Self {
        let limit = if all { usize::MAX } else { LIMIT };
        Self { all, limit, own: BTreeMap::new(), shapes: BTreeMap::new(), shared: BTreeMap::new() }
    }

    /// The same, which shows passes only until its page has so many octets of them.
    #[must_use]
    pub fn limited(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// How many octets a page may have of what opens on demand before the diagrams of passes are left out.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Whether each row has its own.
    #[must_use]
    pub fn has_all(&self) -> bool {
        self.all
    }

    /// Takes the diagram of a row. Which of several alike is kept does not depend on the order in which they come.
    pub fn hang(&mut self, row: &Scenario, diagram: Diagram) {
        let place = Place::of(row);
        let is_quiet = row.findings.iter().all(|finding| finding.verdict == Severity::Note);
        if self.all || row.verdict != Outcome::Pass || !is_quiet {
            self.own.insert(place, diagram);
            return;
        }
        let shape = diagram.shape();
        self.shapes.insert(place, shape);
        let simplicity = |variant: &Variant| (variant.marks("").count(), variant.clone());
        let key = (row.target.clone(), row.id.clone(), shape);
        match self.shared.get(&key) {
            Some((known, _)) if simplicity(known) <= simplicity(&row.variant) => {}
            _ => {
                self.shared.insert(key, (row.variant.clone(), diagram));
            }
        }
    }

    /// Takes what another gallery has for a row, which it took first.
    pub fn adopt(&mut self, other: &Self, row: &Scenario) {
        let place = Place::of(row);
        if let Some(diagram) = other.own.get(&place) {
            self.own.insert(place, diagram.clone());
        } else if let Some(shape) = other.shapes.get(&place) {
            let key = (row.target.clone(), row.id.clone(), *shape);
            self.shapes.insert(place, *shape);
            if let Some(shared) = other.shared.get(&key) {
                self.shared.insert(key, shared.clone());
            }
        }
    }

    /// The file that holds the diagrams of a part's page, for `merge`.
    pub const FILE: &'static str = "diagrams.json";

    /// What the file holds.
    ///
    /// # Errors
    /// Serialization.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let kept = Kept {
            all: self.all,
            own: self.own.clone().into_iter().collect(),
            shapes: self.shapes.clone().into_iter().collect(),
            shared: self.shared.clone().into_iter().collect(),
        };
        serde_json::to_string(&kept)
    }

    /// Reads what the file holds.
    ///
    /// # Errors
    /// In words, what is wrong with it.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let Kept { all, own, shapes, shared } =
            serde_json::from_str(text).map_err(|error| format!("no diagrams: {error}"))?;
        let shared_ones = shared.iter().map(|(_, (_, diagram))| diagram);
        if !own.iter().map(|(_, diagram)| diagram).chain(shared_ones).all(Diagram::is_sound) {
            return Err("a diagram has rows or bars at lifelines and rows that it lacks".to_owned());
        }
        let (own, shapes, shared) =
            (own.into_iter().collect(), shapes.into_iter().collect(), shared.into_iter().collect());
        Ok(Self { own, shapes, shared, ..Self::new(all) })
    }

    /// The diagram for a row; none when nothing was recorded.
    #[must_use]
    pub fn picture<'a>(&'a self, row: &'a Scenario) -> Option<Picture<'a>> {
        let place = Place::of(row);
        if let Some(diagram) = self.own.get(&place) {
            return Some(Picture { diagram, variant: &row.variant });
        }
        let shape = self.shapes.get(&place)?;
        let (variant, diagram) = self.shared.get(&(row.target.clone(), row.id.clone(), *shape))?;
        Some(Picture { diagram, variant })
    }
}
