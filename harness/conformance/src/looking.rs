//! Which rules look at events of a kind.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::fact::Facts;
use crate::rule::Rule;

/// A rule, and its place among all.
pub(crate) type Placed = (usize, &'static Rule);

/// How many sets of facts are kept apart; others are looked through anew.
const MOST: usize = 64;

/// The rules that look at events of one kind.
#[derive(Debug)]
pub(crate) struct Looking {
    /// With what has to be found of the event.
    all: Vec<(Placed, Facts)>,
    /// What makes a difference among what is found.
    needed: Facts,
    /// Those that are to be asked, by what is found.
    given: BTreeMap<Facts, Vec<Placed>>,
}

impl Looking {
    pub(crate) fn new(rules: &[&'static Rule], kind: usize) -> Self {
        let looking = (0..).zip(rules).filter_map(|(at, rule)| Some(((at, *rule), rule.occasions.at(kind)?)));
        let all: Vec<_> = looking.collect();
        let needed = all.iter().fold(Facts::NONE, |needed, (_, facts)| needed.and(*facts));
        Self { all, needed, given: BTreeMap::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Those that are to be asked about an event of which that is found.
    pub(crate) fn given(&mut self, facts: Facts) -> &[Placed] {
        let facts = facts.common(self.needed);
        if self.given.len() >= MOST && !self.given.contains_key(&facts) {
            self.given.clear();
        }
        let all = &self.all;
        let asked = |(rule, needed): &(Placed, Facts)| facts.has(*needed).then_some(*rule);
        self.given.entry(facts).or_insert_with(|| all.iter().filter_map(asked).collect())
    }
}
