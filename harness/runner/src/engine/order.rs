//! In which order branches that run at the same time take their turns: drawn from the seed, so that the same seed gives the
//! same order in memory and in virtual time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// How often at most a branch lets the others go first before a step.
const MOST_YIELDS: u64 = 3;

/// How many turns are told of one `parallel` step.
const TOLD: usize = 20;

/// A generator of numbers (SplitMix64): the same for the same seed.
#[derive(Debug)]
pub(super) struct Chance(Cell<u64>);

impl Chance {
    /// From a seed and the id of a scenario.
    pub(super) fn new(seed: u64, id: &str) -> Self {
        // FNV-1a.
        let start = seed ^ 0xcbf2_9ce4_8422_2325;
        Self(Cell::new(id.bytes().fold(start, |hash, octet| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3))))
    }

    fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound that is not 0.
    fn below(&self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or_default()
    }

    /// The same things in a drawn order.
    pub(super) fn shuffled<T>(&self, mut things: Vec<T>) -> Vec<T> {
        let mut drawn = Vec::with_capacity(things.len());
        while !things.is_empty() {
            let index = usize::try_from(self.below(things.len() as u64)).unwrap_or_default();
            drawn.push(things.remove(index));
        }
        drawn
    }
}

/// The turns that the branches of one `parallel` step take.
#[derive(Debug)]
pub(super) struct Turns {
    chance: Rc<Chance>,
    taken: RefCell<Vec<String>>,
}

impl Turns {
    pub(super) fn new(chance: Rc<Chance>) -> Self {
        Self { chance, taken: RefCell::default() }
    }

    /// A branch comes to its next step: it may let the others go first, and then it is its turn.
    pub(super) async fn take(&self, branch: &str) {
        for _ in 0..self.chance.below(MOST_YIELDS) {
            tokio::task::yield_now().await;
        }
        self.taken.borrow_mut().push(branch.to_owned());
    }

    /// In which order the branches took their turns.
    pub(super) fn words(&self) -> String {
        let taken = self.taken.borrow();
        let more = if taken.len() > TOLD { ", …" } else { "" };
        format!("{}{more}", taken.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join(", "))
    }
}
