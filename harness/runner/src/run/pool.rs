//! Several scenarios at once, each on a thread of its own.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Does `work` on every item, on up to `jobs` threads, and shows each result to `done` as it comes. No further item is
/// begun once `done` has said false. What panics gives the panic's words. The results lie in the order of the items; none
/// for what was not begun.
pub(crate) fn each<T: Sync, R: Send>(
    items: &[T],
    jobs: NonZeroUsize,
    work: impl Fn(&T) -> R + Sync,
    done: impl FnMut(&T, &Result<R, String>) -> bool + Send,
) -> Vec<Option<Result<R, String>>> {
    let queue = Mutex::new(Some(items.iter().enumerate()));
    let next = || lock(&queue).as_mut().and_then(Iterator::next);
    let results: Mutex<Vec<Option<Result<R, String>>>> = Mutex::new(items.iter().map(|_| None).collect());
    let done = Mutex::new(done);
    std::thread::scope(|scope| {
        for _ in 0..jobs.get().min(items.len()) {
            scope.spawn(|| {
                while let Some((index, item)) = next() {
                    let result = catch_unwind(AssertUnwindSafe(|| work(item))).map_err(|panic| words_of(&*panic));
                    if !lock(&done)(item, &result) {
                        *lock(&queue) = None;
                    }
                    if let Some(place) = lock(&results).get_mut(index) {
                        *place = Some(result);
                    }
                }
            });
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// What is behind a lock; a thread that panicked while it held one has left nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let words = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("the harness itself failed: {}", words.unwrap_or("no words"))
}
