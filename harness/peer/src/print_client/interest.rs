//! Whether a client is still interested.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::watch;

/// How far a client's interest goes. It is lost once, and never comes back.
///
/// ```text
/// Interested ── the last notification that is wanted ──▶ Satisfied ── stop ──▶ Stopped
///      └───────────────────────── stop ─────────────────────────────────────────▲
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Interested,
    Satisfied,
    Stopped,
}

/// Whether a client is still interested in notifications, and in how many.
#[derive(Debug)]
pub(super) struct Interest {
    level: watch::Sender<Level>,
    /// How many are still wanted; u32::MAX means all.
    wanted: AtomicU32,
}

impl Interest {
    /// Interest in so many notifications, or in all.
    pub(super) fn new(count: Option<u32>) -> Self {
        let level = if count == Some(0) { Level::Satisfied } else { Level::Interested };
        Self { level: watch::Sender::new(level), wanted: AtomicU32::new(count.unwrap_or(u32::MAX)) }
    }

    /// A notification has come. True when it is the last one that is wanted, or there was no need for it.
    pub(super) fn take(&self) -> bool {
        let fewer = |wanted: u32| if wanted == u32::MAX { None } else { Some(wanted.saturating_sub(1)) };
        let Ok(before) = self.wanted.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer) else { return false };
        before <= 1
    }

    /// Interest ends where all that is wanted has come.
    pub(super) fn settle(&self) {
        if self.wanted.load(Ordering::Relaxed) == 0 {
            self.satisfy();
        }
    }

    /// Nothing more is wanted.
    pub(super) fn satisfy(&self) {
        self.lower(Level::Satisfied);
    }

    /// The client is asked to stop.
    pub(super) fn stop(&self) {
        self.lower(Level::Stopped);
    }

    pub(super) fn is_lost(&self) -> bool {
        *self.level.borrow() > Level::Interested
    }

    pub(super) fn is_stopped(&self) -> bool {
        *self.level.borrow() == Level::Stopped
    }

    /// Waits until interest is lost, for whatever reason.
    pub(super) async fn lost(&self) {
        self.fallen_to(Level::Satisfied).await;
    }

    /// Waits until the client is asked to stop.
    pub(super) async fn stopped(&self) {
        self.fallen_to(Level::Stopped).await;
    }

    fn lower(&self, level: Level) {
        self.level.send_if_modified(|now| {
            let lower = *now < level;
            *now = (*now).max(level);
            lower
        });
    }

    async fn fallen_to(&self, level: Level) {
        // The sender lives as long as this: the wait can't fail.
        let _ = self.level.subscribe().wait_for(|now| *now >= level).await;
    }
}
