//! What scenarios run against.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use conformance::Party;
use conformance::catalogue::{self, Observable, Role};

use super::interrupt::Interrupt;
use super::way::Way;
use crate::judge::{Judge, Ran};
use crate::report;
use crate::scenario::meant::Scenario;
use crate::target::{Target, Users, Waiver, waivers};

/// What scenarios run against.
pub(crate) trait Stage: Sync {
    /// How reports name it.
    fn target(&self) -> &report::Target;

    /// What judges here.
    fn judge(&self) -> &Judge;

    /// What judges here when that way is spoken.
    fn judge_in(&self, _: Way) -> &Judge {
        self.judge()
    }

    /// Which party it is.
    fn party(&self) -> Party {
        Party::Server
    }

    /// How many scenarios can run at once, where there is a limit.
    fn most_jobs(&self) -> Option<NonZeroUsize> {
        None
    }

    /// Whether the scenario is meant for this target at all.
    fn takes(&self, scenario: &Scenario) -> bool;

    /// The ways to speak with it that were asked for, or all that it has; never none.
    fn ways(&self) -> &[Way];

    /// Why the scenario can't run here in that way; none when it can.
    fn lack(&self, scenario: &Scenario, way: Way) -> Option<String>;

    /// How many scenarios run at once when the user does not say.
    fn usual_jobs(&self) -> NonZeroUsize;

    /// Whether a person at the terminal is told what to do while it runs.
    fn asks_people(&self) -> bool {
        false
    }

    /// Whether a second scenario can end the target.
    fn rises_again(&self) -> bool;

    /// Runs the scenario once, in that way, with identifiers made from the seed. None when the run was interrupted meanwhile.
    fn attempt(&self, scenario: &Scenario, way: Way, seed: u64, interrupt: &Interrupt) -> Option<Ran>;
}

/// What is waived for a target with such users; for the embedded server when there is none.
pub(super) fn waived(target: Option<&Target>, users: Users, no_waivers: bool) -> Vec<Waiver> {
    if no_waivers {
        return Vec::new();
    }
    let seen_with_stimulus = |entry: &&catalogue::Requirement| {
        let exempt = catalogue::exemption(entry.id, Party::Server).is_some();
        entry.observable == Observable::WireWithStimulus && entry.role != Role::Client && !exempt
    };
    let with_stimulus: Vec<String> =
        catalogue::requirements().iter().filter(seen_with_stimulus).map(|entry| entry.id.to_owned()).collect();
    waivers(target, users, &with_stimulus)
}

/// The ids of all that is waived.
pub(crate) fn waived_ids(waivers: &[Waiver]) -> BTreeSet<String> {
    waivers.iter().flat_map(|waiver| waiver.requirements.iter().cloned()).collect()
}

/// Waivers as reports show them.
pub(crate) fn shown(waivers: &[Waiver]) -> Vec<report::Waiver> {
    let shown =
        |waiver: &Waiver| report::Waiver { key: waiver.key.to_owned(), requirements: waiver.requirements.clone() };
    waivers.iter().map(shown).collect()
}
