//! The line that tells how far a run is.

use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::arguments;
use crate::report::Outcome;

/// The line; nothing is shown where there is no terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    told: Mutex<Told>,
}

/// What the line tells besides counts.
#[derive(Debug, Default)]
struct Told {
    failed: usize,
    undecided: usize,
    /// What runs, the longest first.
    running: Vec<String>,
}

/// What a bar of the width of a terminal looks like; what does not fit is cut off.
const LINE: &str = "{bar:20} {pos}/{len} {wide_msg}";
/// How often it is drawn anew, so that people see that the harness itself still lives.
const TICK: Duration = Duration::from_millis(200);

impl Progress {
    pub(crate) fn new(count: usize, when: arguments::Progress) -> Self {
        let shown = when == arguments::Progress::Auto && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(u64::try_from(count).ok(), target);
        if let Ok(style) = ProgressStyle::with_template(LINE) {
            bar.set_style(style);
        }
        if shown {
            bar.enable_steady_tick(TICK);
        }
        Self { bar, told: Mutex::default() }
    }

    /// A scenario begins.
    pub(crate) fn begins(&self, id: &str) {
        self.tell(|told| told.running.push(id.to_owned()));
    }

    /// A scenario came out.
    pub(crate) fn came_out(&self, id: &str, outcome: Outcome) {
        self.tell(|told| told.came_out(id, outcome));
        self.bar.inc(1);
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn tell(&self, change: impl FnOnce(&mut Told)) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut told);
        self.bar.set_message(told.words());
    }
}

impl Told {
    fn came_out(&mut self, id: &str, outcome: Outcome) {
        match outcome {
            Outcome::Fail | Outcome::Flaky | Outcome::Error => self.failed += 1,
            Outcome::Inconclusive => self.undecided += 1,
            Outcome::Pass | Outcome::Unsupported | Outcome::Skip => {}
        }
        if let Some(place) = self.running.iter().position(|running| running == id) {
            self.running.remove(place);
        }
    }

    fn words(&self) -> String {
        let count = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
        let counts = [count(self.failed, "failed"), count(self.undecided, "undecided")];
        let counts = counts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let running = match self.running.as_slice() {
            [] => String::new(),
            [only] => only.clone(),
            [first, others @ ..] => format!("{first} and {} more", others.len()),
        };
        let between = if counts.is_empty() || running.is_empty() { "" } else { ": " };
        format!("{counts}{between}{running}")
    }
}

#[cfg(test)]
mod tests {
    use super::Told;
    use crate::report::Outcome;

    #[test]
    fn the_line_says_what_failed_and_what_runs() {
        let mut told = Told::default();
        assert_eq!(told.words(), "");
        told.running.extend(["smoke/registration", "race/two-clients", "rpc/bind"].map(str::to_owned));
        assert_eq!(told.words(), "smoke/registration and 2 more");
        told.came_out("smoke/registration", Outcome::Pass);
        assert_eq!(told.words(), "race/two-clients and 1 more");
        told.came_out("rpc/bind", Outcome::Fail);
        assert_eq!(told.words(), "1 failed: race/two-clients");
        told.came_out("race/two-clients", Outcome::Inconclusive);
        assert_eq!(told.words(), "1 failed, 1 undecided");
        for outcome in [Outcome::Error, Outcome::Flaky, Outcome::Skip, Outcome::Unsupported] {
            told.running.push("channel/closed-twice".to_owned());
            told.came_out("channel/closed-twice", outcome);
        }
        assert_eq!(told.words(), "3 failed, 1 undecided");
    }
}
