//! Steps one after the other, branches at the same time, rounds.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use tokio::sync::Barrier;
use tokio::time::timeout;
use trace::Mark;

use super::Note;
use super::datum::Datum;
use super::judge::Mismatch;
use super::order::Turns;
use super::run::{Run, Stop};
use crate::scenario::meant::{Action, BindSpec, Place, Step, StimulusVerb};

/// Where steps run: the barriers of the branches around them, and whether it is the end.
#[derive(Clone, Default)]
pub(super) struct Branch {
    barriers: Rc<BTreeMap<String, Rc<Barrier>>>,
    at_the_end: bool,
    /// The branch's name, and the turns of the branches beside it.
    turns: Option<(Rc<str>, Rc<Turns>)>,
}

impl Branch {
    /// Outside of all branches.
    pub(super) fn trunk() -> Self {
        Self::default()
    }

    /// What happens at the end, whatever came before.
    pub(super) fn end() -> Self {
        Self { at_the_end: true, ..Self::default() }
    }
}

/// Steps that run.
pub(super) type Running<'r> = Pin<Box<dyn Future<Output = Result<(), Stop>> + 'r>>;

impl Run<'_> {
    /// Steps one after the other.
    pub(super) fn steps<'r>(&'r self, steps: &'r [Step], branch: Branch) -> Running<'r> {
        Box::pin(async move {
            for step in steps {
                self.step(step, &branch).await?;
            }
            Ok(())
        })
    }

    async fn step(&self, step: &Step, branch: &Branch) -> Result<(), Stop> {
        let (words, line) = (words_of(&step.action), step.place.line());
        // A barrier is where branches wait for each other, and no turn.
        if let (Some((name, turns)), false) = (&branch.turns, matches!(step.action, Action::Barrier { .. })) {
            turns.take(name).await;
        }
        self.environment.tap.mark(Mark::StepBegins { step: words.clone(), line });
        let result = self.action(step, &words, branch).await;
        self.environment.tap.mark(Mark::StepEnds { line });
        match result {
            Err(Stop::Missing(missing)) if !branch.at_the_end => Err(self.fail(
                &step.place,
                &words,
                Mismatch { expected: "its values".to_owned(), actual: missing.to_string() },
            )),
            Err(Stop::HandleClosed(name)) if !branch.at_the_end => {
                let expected = "an open handle, or `stale: true`".to_owned();
                Err(self.fail(&step.place, &words, Mismatch { expected, actual: name }))
            }
            other => other,
        }
    }

    async fn action(&self, step: &Step, words: &str, branch: &Branch) -> Result<(), Stop> {
        let place = &step.place;
        match &step.action {
            Action::Call { call, expect, save, within } => {
                let flight = self.start(call, place, words).await?;
                let name = format!("{words} in line {}", place.line());
                self.finish((name, flight), expect, save, *within, place, words).await
            }
            Action::Start { name, call } => {
                let flight = self.start(call, place, words).await?;
                self.calls.borrow_mut().insert(name.clone(), flight);
                Ok(())
            }
            Action::Finish { call, expect, save, within } => {
                let flight = self.take_flight(call)?;
                self.finish(flight, expect, save, *within, place, words).await
            }
            Action::StillPending { calls, window, fence } => {
                self.still_pending(calls, *window, *fence, place, words).await
            }
            Action::Parallel(branches) => self.parallel(branches, branch, place).await,
            Action::Barrier { name, .. } => {
                if let Some(barrier) = branch.barriers.get(name) {
                    barrier.wait().await;
                }
                Ok(())
            }
            Action::Unordered(unordered) => self.unordered(unordered, place, words).await,
            Action::Race(race) => self.race(race, place, words).await,
            Action::Stimulus { verb, expect } => self.stimulus(verb, expect, place, words).await,
            Action::Raw(raw) => self.raw(raw, place, words).await,
            Action::Bind(bind) => self.bind(bind, place, words).await,
            Action::Map(map) => self.map(map, place, words).await,
            Action::Cancel { call, orphan } => self.cancel(call, *orphan).await,
            Action::Drop { actor, connection, how } => {
                let actor = self.names.borrow().actor(actor)?;
                let player = self.player(&actor)?;
                let dropping = player.drop_connections(connection.as_deref(), *how);
                if timeout(self.within(None), dropping).await.is_err() {
                    self.note(place.line(), "the connections could not be ended within limits.call");
                }
                Ok(())
            }
            Action::Repeat { times, counter, steps, finally } => {
                for round in 1..=*times {
                    if let Some(counter) = counter {
                        let value = Datum::Number(round.into());
                        self.names.borrow_mut().values.insert(counter.clone(), value);
                    }
                    let result = self.steps(steps, branch.clone()).await;
                    let end: Running<'_> = Box::pin(async {
                        self.finally(finally).await;
                        Ok(())
                    });
                    end.await?;
                    result?;
                }
                Ok(())
            }
            Action::Idle { window, .. } => {
                self.watch(*window, place).await;
                Ok(())
            }
            Action::Launch(launch) => self.launch(launch).await,
            Action::Await(awaited) => self.awaited(awaited, place, words).await,
            Action::Exit { client, status, within } => self.exit(client, status, *within, place, words).await,
            Action::Answer(reply) => self.answer(reply, place, words),
            Action::HangUp { client, how } => self.hang_up(client, *how),
        }
    }

    /// Branches at the same time, whose turns the seed decides; the first that stops stops them all.
    async fn parallel(&self, branches: &[(String, Vec<Step>)], branch: &Branch, place: &Place) -> Result<(), Stop> {
        let mut barriers = BTreeMap::new();
        for (_, steps) in branches {
            collect_barriers(steps, &mut barriers);
        }
        let (barriers, turns) = (Rc::new(barriers), Rc::new(Turns::new(self.chance.clone())));
        let mut running: Vec<Option<Running<'_>>> = Vec::new();
        for (name, steps) in self.chance.shuffled(branches.iter().collect()) {
            let turns = Some((Rc::from(name.as_str()), turns.clone()));
            let branch = Branch { barriers: barriers.clone(), at_the_end: branch.at_the_end, turns };
            running.push(Some(self.steps(steps, branch)));
        }
        let result = std::future::poll_fn(move |context| {
            let mut left = 0;
            for slot in &mut running {
                let Some(steps) = slot else { continue };
                match steps.as_mut().poll(context) {
                    Poll::Ready(Ok(())) => *slot = None,
                    Poll::Ready(Err(stop)) => return Poll::Ready(Err(stop)),
                    Poll::Pending => left += 1,
                }
            }
            if left == 0 { Poll::Ready(Ok(())) } else { Poll::Pending }
        })
        .await;
        self.orders.borrow_mut().push(Note { line: place.line(), words: turns.words() });
        result
    }
}

fn collect_barriers(steps: &[Step], barriers: &mut BTreeMap<String, Rc<Barrier>>) {
    for step in steps {
        match &step.action {
            Action::Barrier { name, parties } => {
                barriers.entry(name.clone()).or_insert_with(|| Rc::new(Barrier::new(*parties)));
            }
            Action::Repeat { steps, .. } => collect_barriers(steps, barriers),
            _ => {}
        }
    }
}

/// A step in words.
fn words_of(action: &Action) -> String {
    match action {
        Action::Call { call, .. } => format!("call {} {}", call.actor, call.operation),
        Action::Start { name, call } => format!("start {name}: {} {}", call.actor, call.operation),
        Action::Finish { call, .. } => format!("finish {call}"),
        Action::StillPending { calls, .. } => {
            format!("still pending {}", calls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
        Action::Parallel(_) => "parallel".to_owned(),
        Action::Barrier { name, .. } => format!("barrier {name}"),
        Action::Unordered(_) => "unordered".to_owned(),
        Action::Race(race) => {
            format!("race {}", race.calls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
        Action::Stimulus { verb, .. } => match verb {
            StimulusVerb::Notify(..) => "stimulus notify".to_owned(),
            StimulusVerb::OpenChannel(..) => "stimulus open_channel".to_owned(),
            StimulusVerb::ChannelNotify(..) => "stimulus channel_notify".to_owned(),
            StimulusVerb::ChannelClose(_) => "stimulus channel_close".to_owned(),
            StimulusVerb::ChannelLog(_) => "stimulus channel_log".to_owned(),
            StimulusVerb::DeletePrinter(_) => "stimulus delete_printer".to_owned(),
            StimulusVerb::Shutdown => "stimulus shutdown".to_owned(),
            StimulusVerb::Nonsense(verb) => format!("stimulus {verb}"),
        },
        Action::Raw(raw) => format!("raw {}", raw.actor),
        Action::Bind(BindSpec { actor, .. }) => format!("bind {actor}"),
        Action::Map(map) => format!("map {}", map.actor),
        Action::Cancel { call, .. } => format!("cancel {call}"),
        Action::Drop { actor, .. } => format!("drop {actor}"),
        Action::Repeat { times, .. } => format!("repeat {times} times"),
        Action::Idle { because, .. } => format!("idle: {because}"),
        Action::Launch(launch) => format!("launch {}", launch.client),
        Action::Await(awaited) => format!("await {}", awaited.client),
        Action::Exit { client, .. } => format!("exit {client}"),
        Action::Answer(reply) => format!("answer {} of {}", reply.method, reply.client),
        Action::HangUp { client, .. } => format!("hang up on {client}"),
    }
}
