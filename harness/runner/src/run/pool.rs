//! Several scenarios at once, each on a thread of its own.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::mpsc;

/// Does `work` on every item, on up to `jobs` threads, and shows each result to `done` as it comes. No further item is
/// begun once `done` says false. What panics gives the panic's words. The results lie in the order of the items; none
/// for what was not begun.
pub(crate) fn each<T: Sync, R: Send>(
    items: &[T],
    jobs: NonZeroUsize,
    work: impl Fn(&T) -> R + Sync,
    mut done: impl FnMut(&T, &Result<R, String>) -> bool,
) -> Vec<Option<Result<R, String>>> {
    let mut results: Vec<Option<Result<R, String>>> = items.iter().map(|_| None).collect();
    let queue = Mutex::new(Some(items.iter().enumerate()));
    let next = || match queue.lock() {
        Ok(mut left) => left.as_mut().and_then(Iterator::next),
        Err(_) => None,
    };
    let (tell, told) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs.get().min(items.len()) {
            let (tell, next, work) = (tell.clone(), &next, &work);
            scope.spawn(move || {
                while let Some((index, item)) = next() {
                    let result = catch_unwind(AssertUnwindSafe(|| work(item))).map_err(|panic| words_of(&*panic));
                    if tell.send((index, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(tell);
        for (index, result) in told {
            if let Some(item) = items.get(index)
                && !done(item, &result)
                && let Ok(mut left) = queue.lock()
            {
                *left = None;
            }
            if let Some(place) = results.get_mut(index) {
                *place = Some(result);
            }
        }
    });
    results
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let words = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("the harness itself failed: {}", words.unwrap_or("no words"))
}
