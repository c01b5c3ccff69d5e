//! Steps below the methods.

use peer::client::{Cut, Note};

use super::judge::{Answer, Mismatch, judge};
use super::player::{Octets, then};
use super::run::{Run, Stop};
use crate::scenario::meant::{BindExpectation, BindSpec, Place, RawSpec, Then};

impl Run<'_> {
    pub(super) async fn raw(&self, raw: &RawSpec, place: &Place, words: &str) -> Result<(), Stop> {
        let actor = self.names.borrow().actor(&raw.actor)?;
        let octets = self.names.borrow().octets(&raw.octets)?;
        let note =
            Note { actor: actor.clone(), step: words.to_owned(), line: place.line(), violates: raw.violates.clone() };
        let cut = (raw.prefix.is_some() || raw.then != Then::Nothing)
            .then(|| Cut { octets: raw.prefix.unwrap_or(octets.len()), then: then(raw.then) });
        let sent = Octets { connection: raw.connection.clone(), bound: raw.bound, octets, cut, note };
        let (begun, limit) = (self.environment.tap.now(), self.within(raw.within));
        let answer = self.player(&actor)?.send_octets(sent, limit).await;
        self.mark_lateness(begun, limit);
        match judge(&raw.expect, &answer, &self.names.borrow()) {
            Ok(reasons) => {
                self.taken(place, reasons);
                Ok(())
            }
            Err(_) if answer.is_of_the_environment() => Err(Stop::Error(answer.to_string())),
            Err(mismatch) => Err(self.fail(place, words, mismatch)),
        }
    }

    pub(super) async fn bind(&self, bind: &BindSpec, place: &Place, words: &str) -> Result<(), Stop> {
        let BindSpec { connection, contexts, alteration, expect, within, .. } = bind;
        let actor = self.names.borrow().actor(&bind.actor)?;
        let alteration = alteration.as_ref().map(|it| self.pdu_alteration(it)).transpose()?;
        let (begun, limit) = (self.environment.tap.now(), self.within(*within));
        let came = self.player(&actor)?.bind(connection.as_deref(), contexts, alteration, limit).await;
        self.mark_lateness(begun, limit);
        let fits = match (expect, &came) {
            (BindExpectation::Any, _) => true,
            (BindExpectation::Refused, Err(Answer::Rejected(_))) => true,
            (_, Err(answer)) if answer.is_of_the_environment() => return Err(Stop::Error(answer.to_string())),
            (BindExpectation::Accepted, Ok(results)) => results.iter().all(|result| matches!(result, 0 | 3)),
            (BindExpectation::Refused, Ok(results)) => results.iter().all(|result| *result != 0),
            (BindExpectation::Refused, Err(answer)) => {
                matches!(answer, Answer::Refused(_) | Answer::Closed | Answer::Reset | Answer::Fault(_))
            }
            (BindExpectation::BindNak, Err(Answer::Refused(_))) => true,
            (BindExpectation::Results(wanted), Ok(results)) => {
                wanted.len() == results.len()
                    && wanted.iter().zip(results).all(|(wanted, result)| wanted.is_none_or(|wanted| wanted == *result))
            }
            (BindExpectation::Accepted | BindExpectation::BindNak | BindExpectation::Results(_), _) => false,
        };
        if fits {
            return Ok(());
        }
        let actual = match came {
            Ok(results) => format!("results {results:?}"),
            Err(answer) => answer.to_string(),
        };
        Err(self.fail(place, words, Mismatch { expected: describe(expect), actual }))
    }
}

fn describe(expect: &BindExpectation) -> String {
    match expect {
        BindExpectation::Any => "anything".to_owned(),
        BindExpectation::Accepted => "that all contexts are accepted".to_owned(),
        BindExpectation::Refused => "that no context is accepted".to_owned(),
        BindExpectation::BindNak => "bind_nak".to_owned(),
        BindExpectation::Results(results) => format!("results {results:?}"),
    }
}
