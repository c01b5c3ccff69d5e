//! Several answers: in whichever order, or of calls of which so many win.

use tokio::time::Instant;

use super::call::InFlight;
use super::judge::{Answer, Mismatch, judge};
use super::run::{Run, Stop};
use crate::scenario::meant::{CallSpec, Expectation, Outcomes, Place, Race, Unordered, UnorderedCalls};

impl Run<'_> {
    pub(super) async fn unordered(&self, unordered: &Unordered, place: &Place, words: &str) -> Result<(), Stop> {
        let deadline = Instant::now() + self.within(unordered.within);
        let mut answers = Vec::new();
        match &unordered.calls {
            UnorderedCalls::Started(calls) => {
                for call in calls {
                    let (name, flight) = self.take_flight(call)?;
                    answers.push(self.wait(&flight, deadline).await);
                    if !flight.is_back() {
                        self.calls.borrow_mut().insert(name, flight);
                    }
                    self.check_assignment(&unordered.expect, &answers, place, words)?;
                }
            }
            UnorderedCalls::Again(call) => {
                for _ in &unordered.expect {
                    answers.push(self.again(call, deadline, place, words).await?);
                    self.check_assignment(&unordered.expect, &answers, place, words)?;
                }
            }
        }
        Ok(())
    }

    async fn again(&self, call: &CallSpec, deadline: Instant, place: &Place, words: &str) -> Result<Answer, Stop> {
        let flight = self.start(call, place, words).await?;
        let answer = self.wait(&flight, deadline).await;
        if !flight.is_back() {
            let name = format!("{words} in line {}", place.line());
            self.calls.borrow_mut().insert(name, flight);
        }
        Ok(answer)
    }

    /// Whether each answer so far can meet an expectation of its own.
    fn check_assignment(
        &self,
        expect: &[Expectation],
        answers: &[Answer],
        place: &Place,
        words: &str,
    ) -> Result<(), Stop> {
        let names = self.names.borrow();
        let meets: Vec<Vec<bool>> = answers
            .iter()
            .map(|answer| expect.iter().map(|expect| judge(expect, answer, &names).is_ok()).collect())
            .collect();
        if all_assigned(&meets, expect.len()) {
            return Ok(());
        }
        let actual = answers.last().map_or_else(String::new, ToString::to_string);
        let expected = format!("each of {} answers once, in whichever order; answer {}", expect.len(), answers.len());
        drop(names);
        Err(self.fail(place, words, Mismatch { expected, actual }))
    }

    pub(super) async fn race(&self, race: &Race, place: &Place, words: &str) -> Result<(), Stop> {
        let flights: Vec<(String, InFlight)> =
            race.calls.iter().map(|call| self.take_flight(call)).collect::<Result<_, _>>()?;
        let answers = self.outcomes(race, &flights, place).await;
        let result = self.decide(race, &flights, &answers, place, words);
        for (name, flight) in flights {
            if !flight.is_back() {
                self.calls.borrow_mut().insert(name, flight);
            }
        }
        result
    }

    /// How each call came back; none while it is pending and may be.
    async fn outcomes(&self, race: &Race, flights: &[(String, InFlight)], place: &Place) -> Vec<Option<Answer>> {
        let pending = |way: &Expectation| *way == Expectation::Outcome(Outcomes::Pending);
        let may_wait = |expect: &Expectation| expect.some(&pending);
        let losers = flights.len().saturating_sub(race.winners);
        let wanted = match (may_wait(&race.won), may_wait(&race.lost)) {
            (false, false) => flights.len(),
            (true, false) => losers,
            (false, true) => race.winners,
            (true, true) => 0,
        };
        let (begun, limit) = (self.environment.tap.now(), self.within(race.within));
        let deadline = Instant::now() + limit;
        loop {
            let arrival = self.arrivals.notified();
            tokio::pin!(arrival);
            arrival.as_mut().enable();
            let back = flights.iter().filter(|(_, flight)| flight.is_back()).count();
            if back >= wanted || tokio::time::timeout_at(deadline, arrival).await.is_err() {
                break;
            }
        }
        self.mark_lateness(begun, limit);
        if wanted < flights.len() {
            self.watch(self.environment.limits.still_pending, place).await;
        }
        let outcome = |(_, flight): &(String, InFlight)| {
            flight.answer().map(|(answer, time)| {
                self.arrived(flight, &answer, time);
                answer
            })
        };
        flights.iter().map(outcome).collect()
    }

    /// Who has won: a choice of winners that explains all outcomes.
    fn decide(
        &self,
        race: &Race,
        flights: &[(String, InFlight)],
        answers: &[Option<Answer>],
        place: &Place,
        words: &str,
    ) -> Result<(), Stop> {
        let is = |expect: &Expectation| -> Vec<bool> {
            let names = self.names.borrow();
            let pending = Expectation::Outcome(Outcomes::Pending);
            let one = |answer: &Option<Answer>| match answer {
                Some(answer) => judge(expect, answer, &names).is_ok(),
                None => *expect == Expectation::Any || expect.some(&|way| *way == pending),
            };
            answers.iter().map(one).collect()
        };
        let (won, lost) = (is(&race.won), is(&race.lost));
        let Some(winners) = choose_winners(&won, &lost, race.winners) else {
            let show = |((name, _), answer): (&(String, InFlight), &Option<Answer>)| {
                let answer = answer.as_ref().map_or_else(|| "pending".to_owned(), ToString::to_string);
                format!("{name}: {answer}")
            };
            let actual = flights.iter().zip(answers).map(show).collect::<Vec<_>>().join("; ");
            let expected = format!("{} of {} calls to win and the others to lose", race.winners, flights.len());
            return Err(self.fail(place, words, Mismatch { expected, actual }));
        };
        let Some(winner) = winners.first().copied() else { return Ok(()) };
        for (name, terms) in &race.choose {
            if let Some(term) = terms.get(winner) {
                let value = self.names.borrow().value(term)?;
                self.names.borrow_mut().values.insert(name.clone(), value);
            }
        }
        if let (Some((_, flight)), Some(Some(answer))) = (flights.get(winner), answers.get(winner)) {
            self.keep(flight, answer, &race.save);
        }
        Ok(())
    }
}

/// Whether each row can be given a column of its own in which it is true (augmenting paths).
fn all_assigned(meets: &[Vec<bool>], columns: usize) -> bool {
    fn assign(row: usize, meets: &[Vec<bool>], seen: &mut [bool], taken: &mut [Option<usize>]) -> bool {
        let Some(candidates) = meets.get(row) else { return false };
        for (column, meets_it) in candidates.iter().enumerate() {
            let Some(seen_it) = seen.get_mut(column) else { continue };
            if !meets_it || std::mem::replace(seen_it, true) {
                continue;
            }
            let holder = taken.get(column).copied().flatten();
            if holder.is_none_or(|holder| assign(holder, meets, seen, taken)) {
                if let Some(place) = taken.get_mut(column) {
                    *place = Some(row);
                }
                return true;
            }
        }
        false
    }
    let mut taken = vec![None; columns];
    (0..meets.len()).all(|row| assign(row, meets, &mut vec![false; columns], &mut taken))
}

/// So many winners, that all others are losers; those who can only be winners first.
fn choose_winners(won: &[bool], lost: &[bool], count: usize) -> Option<Vec<usize>> {
    let outcomes: Vec<(bool, bool)> = won.iter().copied().zip(lost.iter().copied()).collect();
    if outcomes.iter().any(|(won, lost)| !won && !lost) {
        return None;
    }
    let only = |wanted: (bool, bool)| {
        outcomes.iter().enumerate().filter(move |(_, it)| **it == wanted).map(|(index, _)| index)
    };
    let mut winners: Vec<usize> = only((true, false)).collect();
    if winners.len() > count {
        return None;
    }
    winners.extend(only((true, true)).take(count - winners.len()));
    (winners.len() == count).then_some(winners)
}
