//! From who makes things to who takes them, in their order.
//!
//! ```text
//!           batches of things ──▶
//!  make ──────────────────────────────▶ take        side by side: each on a thread of its own
//!           ◀── room for further ones
//!
//!  make, take, make, take, …                        in turn: a batch at a time
//! ```
//!
//! What lies between the two is bounded: who makes things waits for who takes them.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

/// Things in a batch, at most: many enough that what each side works with stays near it meanwhile, and few enough to take little room.
const MOST: usize = 64;

/// Octets after which a batch is full.
const MOST_OCTETS: usize = 256 << 10;

/// Batches that wait, at most.
const WAITING: usize = 4;

/// Passes on all that `make` gives to `take`, on one thread, or side by side on two. `octets` tells what room a thing needs beside its
/// own. What panics on either side panics here.
pub(super) fn pass<T: Send, R>(
    is_side_by_side: bool,
    octets: fn(&T) -> usize,
    make: impl FnOnce(&mut dyn FnMut(T)) -> R,
    take: &mut (dyn FnMut(T) + Send),
) -> R {
    if is_side_by_side { side_by_side(octets, make, take) } else { in_turn(octets, make, take) }
}

fn in_turn<T, R>(
    octets: fn(&T) -> usize,
    make: impl FnOnce(&mut dyn FnMut(T)) -> R,
    take: &mut (dyn FnMut(T) + Send),
) -> R {
    let mut batch = Batch::default();
    let made = make(&mut |thing| {
        if batch.is_full_with(thing, octets) {
            batch.things.drain(..).for_each(&mut *take);
            batch.octets = 0;
        }
    });
    batch.things.into_iter().for_each(take);
    made
}

fn side_by_side<T: Send, R>(
    octets: fn(&T) -> usize,
    make: impl FnOnce(&mut dyn FnMut(T)) -> R,
    take: &mut (dyn FnMut(T) + Send),
) -> R {
    let (give, given) = sync_channel(WAITING);
    let (give_back, empty) = channel();
    thread::scope(|scope| {
        let taker = scope.spawn(move || take_all(&given, &give_back, take));
        let mut batch = Batch::default();
        let made = make(&mut |thing| {
            if batch.is_full_with(thing, octets) {
                batch.send(&give, &empty);
            }
        });
        batch.send(&give, &empty);
        drop(give);
        if let Err(panic) = taker.join() {
            resume_unwind(panic);
        }
        made
    })
}

fn take_all<T>(given: &Receiver<Vec<T>>, give_back: &Sender<Vec<T>>, take: &mut dyn FnMut(T)) {
    for mut things in given {
        things.drain(..).for_each(&mut *take);
        // Nobody wants it back at the end.
        let _ = give_back.send(things);
    }
}

/// Things on their way.
struct Batch<T> {
    things: Vec<T>,
    octets: usize,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self { things: Vec::with_capacity(MOST), octets: 0 }
    }
}

impl<T> Batch<T> {
    /// Takes a thing, and tells whether the batch is full with it.
    fn is_full_with(&mut self, thing: T, octets: fn(&T) -> usize) -> bool {
        self.octets += octets(&thing);
        self.things.push(thing);
        self.things.len() >= MOST || self.octets >= MOST_OCTETS
    }

    /// Goes off, and is empty afterwards.
    fn send(&mut self, give: &SyncSender<Vec<T>>, empty: &Receiver<Vec<T>>) {
        let room = empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(MOST));
        // Nobody takes what comes after a panic, which is told at the end.
        let _ = give.send(std::mem::replace(&mut self.things, room));
        self.octets = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rstest::rstest;

    use super::*;

    /// All arrive, in their order, and what `make` says comes back.
    #[rstest]
    fn all_arrive_in_their_order(
        #[values(false, true)] is_side_by_side: bool,
        #[values(0, 1, MOST - 1, MOST, MOST + 1, 100 * MOST)] count: usize,
    ) {
        let mut taken = Vec::new();
        let made =
            pass(is_side_by_side, |_| 0, |give| (0..count).map(give).count(), &mut |thing: usize| taken.push(thing));
        assert_eq!((made, taken), (count, (0..count).collect()));
    }

    /// Who makes things is never further ahead than what may wait, by number or by octets.
    #[rstest]
    #[case::many(0, MOST * (WAITING + 3))]
    #[case::large(MOST_OCTETS, WAITING + 3)]
    fn little_lies_in_between(
        #[values(false, true)] is_side_by_side: bool,
        #[case] weight: usize,
        #[case] most: usize,
    ) {
        let taken = AtomicUsize::new(0);
        let mut farthest = 0;
        let make = |give: &mut dyn FnMut(usize)| {
            for made in 0..10 * most {
                give(weight);
                farthest = farthest.max(made + 1 - taken.load(Ordering::SeqCst));
            }
        };
        pass(is_side_by_side, |weight| *weight, make, &mut |_| {
            taken.fetch_add(1, Ordering::SeqCst);
        });
        assert!(farthest <= most, "{farthest} of {most}");
    }

    #[rstest]
    fn what_panics_is_told(#[values(false, true)] is_side_by_side: bool, #[values(false, true)] makes: bool) {
        let make = |give: &mut dyn FnMut(usize)| {
            (0..100 * MOST).for_each(give);
            assert!(!makes, "who makes");
        };
        let take = &mut |thing| assert!(makes || thing < MOST, "who takes");
        let panic = catch_unwind(AssertUnwindSafe(|| pass(is_side_by_side, |_| 0, make, take))).expect_err("a panic");
        let words = if makes { "who makes" } else { "who takes" };
        assert_eq!(panic.downcast_ref::<&str>(), Some(&words));
    }
}
