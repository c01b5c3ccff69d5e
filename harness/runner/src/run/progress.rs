//! The line that tells how far a run is.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::arguments;
use crate::report::Outcome;

/// The line; nothing is shown where there is no terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    bad: usize,
}

impl Progress {
    pub(crate) fn new(count: usize, when: arguments::Progress) -> Self {
        let shown = when == arguments::Progress::Auto && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(u64::try_from(count).ok(), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        if shown {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar, bad: 0 }
    }

    /// A scenario came out.
    pub(crate) fn came_out(&mut self, id: &str, outcome: Outcome) {
        if !matches!(outcome, Outcome::Pass | Outcome::Unsupported | Outcome::Skip) {
            self.bad += 1;
        }
        let bad = if self.bad == 0 { String::new() } else { format!("{} not passed; ", self.bad) };
        self.bar.set_message(format!("{bad}{id}"));
        self.bar.inc(1);
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
