//! Joins dissector, model and rules: entries in, findings out.

use alloc::boxed::Box;
use alloc::vec::Vec;

use core::time::Duration;

use trace::{Entry, Mark, Time};

use crate::dissect::Dissector;
use crate::docket::Docket;
use crate::event::{CallStarted, Event, Kind};
use crate::finding::Finding;
use crate::looking::Looking;
use crate::model::{Config, Model};
use crate::occasion::Occasions;
use crate::rule::{Rule, Verdicts};
use crate::scene::Scene;

pub use crate::docket::{MOST_FINDINGS, MOST_GAPS, Report};

/// Judges one trace by some rules.
#[derive(Debug)]
pub struct Checker {
    /// None while it reads.
    dissector: Option<Box<Dissector>>,
    model: Model,
    /// Those that look at events of a kind, by the kind.
    looking: Vec<Looking>,
    /// What a rule says, in one place for all.
    verdicts: Verdicts,
    docket: Docket,
    next_event: u64,
}

impl Checker {
    /// A checker before the first event.
    pub fn new(config: Config, rules: impl IntoIterator<Item = &'static Rule>) -> Self {
        let rules: Vec<&'static Rule> = rules.into_iter().collect();
        Self {
            dissector: Some(Box::default()),
            model: Model::new(config),
            looking: (0..Occasions::KINDS).map(|kind| Looking::new(&rules, kind)).collect(),
            verdicts: Verdicts::new(),
            docket: Docket::new(rules),
            next_event: 0,
        }
    }

    /// What is known so far.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The findings so far, in the order in which they were made. Verdicts that wait for a word about the harness's own lateness
    /// are not among them.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        self.docket.findings()
    }

    /// Reads the next entry of the trace, judges the events that it completes, and lets them take effect.
    pub fn push(&mut self, entry: &Entry, seen: &mut dyn FnMut(&Event)) {
        self.pass(entry.time, entry.sequence, seen);
        let Some(mut dissector) = self.dissector.take() else { return };
        dissector.push(entry, &mut |event| self.event(event, seen));
        self.dissector = Some(dissector);
    }

    /// Judges one event and lets it take effect. Times that the model named and that have passed come first, each as an
    /// event of its own; so events are numbered anew here. `seen` is shown every event as judged.
    pub fn event(&mut self, mut event: Event, seen: &mut dyn FnMut(&Event)) {
        self.pass(event.time, event.entry, seen);
        self.step(&mut event, seen);
    }

    /// Time passes up to an entry.
    fn pass(&mut self, time: Time, entry: u64, seen: &mut dyn FnMut(&Event)) {
        while let Some((due, number)) = self.model.next_due()
            && due <= time
        {
            self.step(&mut Event { number: 0, time: due, entry, kind: Kind::Deadline(number) }, seen);
        }
    }

    /// The report. Verdicts that waited for a word about the harness's own lateness are in it.
    #[must_use]
    pub fn finish(self) -> Report {
        self.docket.close(self.next_event)
    }

    fn step(&mut self, event: &mut Event, seen: &mut dyn FnMut(&Event)) {
        event.number = self.next_event;
        self.next_event += 1;
        match &event.kind {
            Kind::Mark(Mark::Late { nanoseconds }) => self.docket.spoil(Duration::from_nanos(*nanoseconds)),
            Kind::Mark(mark) => {
                self.docket.release();
                if let Mark::Answer(mark) = mark {
                    self.docket.note_answer(&self.model, mark);
                }
            }
            Kind::End(_) => self.docket.release(),
            Kind::Gap(gap) => self.docket.add_gap(gap),
            Kind::CallStarted(CallStarted { mark: Some(mark), .. }) => self.docket.note_call(mark),
            _ => {}
        }
        seen(event);
        self.model.read(event);
        self.ask(event);
        self.model.apply(event);
    }

    /// Asks the rules that look at events of its kind.
    fn ask(&mut self, event: &Event) {
        let Self { model, docket, looking, verdicts, .. } = self;
        let kind = Occasions::kind(model, event);
        let Some(looking) = looking.get_mut(kind).filter(|looking| cfg!(debug_assertions) || !looking.is_empty())
        else {
            return;
        };
        let mut scene = Scene::new(model, event);
        let facts = scene.find();
        for (at, rule) in looking.given(facts) {
            verdicts.ask(rule, &scene);
            docket.enter((*at, rule), &scene, verdicts);
        }
        debug_assert_eq!(speaks_elsewhere(docket.rules(), kind, &scene), None, "a rule says of what it looks at");
    }

    /// The next time at which something is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Time> {
        self.model.next_due().map(|(time, _)| time)
    }
}

/// The first of the rules that don't look at such events and has something to say of one all the same.
fn speaks_elsewhere(rules: &[&'static Rule], kind: usize, scene: &Scene<'_>) -> Option<&'static str> {
    let looks = |rule: &Rule| rule.occasions.at(kind).is_some_and(|needed| scene.facts().has(needed));
    let mut verdicts = Verdicts::new();
    rules.iter().filter(|rule| !looks(rule)).find_map(|rule| {
        verdicts.ask(rule, scene);
        (!verdicts.is_empty()).then_some(rule.id)
    })
}
