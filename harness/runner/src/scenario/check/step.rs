//! Steps, one by one.

use super::Checker;
use crate::scenario::meant::{Action, Step};
use crate::scenario::written::{self, At, Party};

impl Checker<'_> {
    /// Steps in their order; a fragment becomes the steps that it holds.
    pub(super) fn steps(&mut self, written: &[At<written::Step>]) -> Vec<Step> {
        let mut steps = Vec::new();
        for step in written {
            match &step.value {
                written::Step::Use(used) => steps.extend(self.use_fragment(used, step.position)),
                _ => {
                    let place = self.place(step.position);
                    steps.extend(self.action(step).map(|action| Step { place, action }));
                }
            }
        }
        steps
    }

    /// Steps of the end.
    pub(super) fn finally(&mut self, written: &[At<written::Step>]) -> Vec<Step> {
        let before = std::mem::replace(&mut self.in_finally, true);
        let steps = self.steps(written);
        self.in_finally = before;
        steps
    }

    fn action(&mut self, step: &At<written::Step>) -> Option<Action> {
        use written::Step as S;
        let position = step.position;
        self.check_party(step);
        match &step.value {
            S::Call(call) => self.call(call, position),
            S::Start(start) => self.start(start, position),
            S::Finish(finish) => self.finish(finish),
            S::StillPending(pending) => self.still_pending(pending, position),
            S::Parallel(parallel) => self.parallel(parallel),
            S::Barrier(name) => self.barrier(name),
            S::Unordered(unordered) => self.unordered(unordered, position),
            S::Race(race) => self.race(race, position),
            S::Stimulus(stimulus) => self.stimulus(stimulus, position),
            S::Raw(raw) => self.raw(raw),
            S::Bind(bind) => self.bind_step(bind, position),
            S::Map(map) => self.map_step(map),
            S::Cancel(cancel) => {
                let call = self.call_ref(&cancel.call)?;
                Some(Action::Cancel { call, orphan: cancel.orphan })
            }
            S::Drop(drop) => {
                let actor = self.actor(&drop.actor)?;
                let connection = self.connection(drop.connection.as_ref());
                Some(Action::Drop { actor, connection, how: drop.how })
            }
            S::Use(_) => None,
            S::Repeat(repeat) => self.repeat(repeat),
            S::Idle(idle) => {
                let window = self.duration(Some(&idle.window))?;
                Some(Action::Idle { window, because: idle.because.clone() })
            }
            S::Launch(launch) => self.launch(launch),
            S::Await(awaited) => self.awaited(awaited, position),
            S::Exit(exit) => self.exit(exit),
            S::Answer(reply) => self.reply(reply, position),
            S::HangUp(hang_up) => {
                let client = self.client(&hang_up.client)?;
                Some(Action::HangUp { client, how: hang_up.how })
            }
        }
    }

    /// Whether the step is one for this kind of target.
    fn check_party(&mut self, step: &At<written::Step>) {
        use written::Step as S;
        let wanted = match &step.value {
            S::Launch(_) | S::Await(_) | S::Exit(_) | S::Answer(_) | S::HangUp(_) => Party::Client,
            S::Stimulus(_) | S::Parallel(_) | S::Barrier(_) | S::Repeat(_) | S::Idle(_) | S::Use(_) => return,
            _ => Party::Server,
        };
        match (self.party, wanted) {
            (Some(Party::Server), Party::Client) => {
                self.complain(step.position, "this step is for `party: client`: here the target is a server");
            }
            (Some(Party::Client), Party::Server) => {
                self.complain(step.position, "the target is a client: our side makes no calls");
            }
            _ => {}
        }
    }
}
