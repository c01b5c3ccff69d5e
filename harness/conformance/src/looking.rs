//! Which rules look at events of a kind.

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
    /// Those that are to be asked, by what is found: a few sets come again and again.
    given: Vec<(Facts, Vec<Placed>)>,
}

impl Looking {
    pub(crate) fn new(rules: &[&'static Rule], kind: usize) -> Self {
        let looking = (0..).zip(rules).filter_map(|(at, rule)| Some(((at, *rule), rule.occasions.at(kind)?)));
        let all: Vec<_> = looking.collect();
        let needed = all.iter().fold(Facts::NONE, |needed, (_, facts)| needed.and(*facts));
        Self { all, needed, given: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Those that are to be asked about an event of which that is found.
    pub(crate) fn given(&mut self, facts: Facts) -> &[Placed] {
        let facts = facts.common(self.needed);
        let place = self.given.iter().position(|(known, _)| *known == facts).unwrap_or_else(|| {
            if self.given.len() >= MOST {
                self.given.clear();
            }
            let asked = |(rule, needed): &(Placed, Facts)| facts.has(*needed).then_some(*rule);
            self.given.push((facts, self.all.iter().filter_map(asked).collect()));
            self.given.len() - 1
        });
        self.given.get(place).map_or(&[], |(_, asked)| asked)
    }
}
