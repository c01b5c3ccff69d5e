//! Questions to the notification source.

use trace::stimulus::{Answer, Audience, ChannelLog, Request};

use super::datum::Missing;
use super::judge::{Mismatch, check};
use super::run::{Run, Stop};
use crate::scenario::meant::{self, AnswerExpectation, LogExpectation, Place, StimulusVerb, Term};
use mspan::method::Field;

impl Run<'_> {
    pub(super) async fn stimulus(
        &self,
        verb: &StimulusVerb,
        expect: &AnswerExpectation,
        place: &Place,
        words: &str,
    ) -> Result<(), Stop> {
        let Some(source) = &self.environment.source else {
            return Err(Stop::Unsupported("the target has no notification source that can be asked".to_owned()));
        };
        let request = self.question(verb)?;
        let tap = &self.environment.tap;
        if let Request::Notify { data, .. }
        | Request::ChannelNotify { data, .. }
        | Request::OpenChannel { data: Some(data), .. } = &request
        {
            self.triggers.borrow_mut().push((tap.now(), data.clone()));
        }
        let number = tap.stimulus_asked(request.clone());
        let answer = source.ask(request.clone()).await;
        tap.stimulus_answered(number, answer.clone());
        self.follow_channels(&request, &answer);
        self.judge_answer(expect, &answer, place, words)
    }

    /// Keeps in mind which channels are to be closed at the end.
    fn follow_channels(&self, request: &Request, answer: &Answer) {
        let mut channels = self.channels.borrow_mut();
        match (request, answer) {
            (Request::OpenChannel { id, .. }, Answer::Done) => channels.push(id.clone()),
            (Request::ChannelClose { id }, Answer::Done) => channels.retain(|open| open != id),
            (Request::Shutdown, _) => channels.clear(),
            _ => {}
        }
    }

    /// Closes the channels that nobody has closed at the source: sources are shared. What it answers does not matter, for
    /// a client may have closed them.
    pub(super) async fn close_channels(&self) {
        let Some(source) = &self.environment.source else { return };
        let channels = std::mem::take(&mut *self.channels.borrow_mut());
        for id in channels {
            let request = Request::ChannelClose { id };
            let number = self.environment.tap.stimulus_asked(request.clone());
            let answer = source.ask(request).await;
            self.environment.tap.stimulus_answered(number, answer.clone());
            if matches!(answer, Answer::Silent { .. }) {
                break;
            }
        }
    }

    fn judge_answer(
        &self,
        expect: &AnswerExpectation,
        answer: &Answer,
        place: &Place,
        words: &str,
    ) -> Result<(), Stop> {
        let mismatch = |expected: &str| Mismatch { expected: expected.to_owned(), actual: describe(answer) };
        match (expect, answer) {
            (_, Answer::Silent { why }) => Err(Stop::Error(format!("the notification source did not answer: {why}"))),
            (AnswerExpectation::Any, _)
            | (AnswerExpectation::Done, Answer::Done | Answer::Log(_))
            | (AnswerExpectation::Refused, Answer::Refused { .. })
            | (AnswerExpectation::Unsupported, Answer::Refused { unsupported: true, .. }) => Ok(()),
            (AnswerExpectation::Done | AnswerExpectation::Log(_), Answer::Refused { unsupported: true, error }) => {
                Err(Stop::Unsupported(format!("the notification source can't do this: {error}")))
            }
            (AnswerExpectation::Log(log), Answer::Log(actual)) => {
                self.judge_log(log, actual).map_err(|mismatch| self.fail(place, words, mismatch))
            }
            (AnswerExpectation::Done, _) => Err(self.fail(place, words, mismatch("that it is done"))),
            (AnswerExpectation::Refused, _) => Err(self.fail(place, words, mismatch("a refusal"))),
            (AnswerExpectation::Unsupported, _) => {
                Err(self.fail(place, words, mismatch("that it can't do such a thing")))
            }
            (AnswerExpectation::Log(_), _) => Err(self.fail(place, words, mismatch("a log"))),
        }
    }

    fn judge_log(&self, expect: &LogExpectation, actual: &ChannelLog) -> Result<(), Mismatch> {
        let names = self.names.borrow();
        if let Some(responses) = &expect.responses {
            if responses.len() != actual.responses.len() {
                let expected = format!("{} notification responses", responses.len());
                return Err(Mismatch { expected, actual: format!("{} of them", actual.responses.len()) });
            }
            for ((notification_type, data), response) in responses.iter().zip(&actual.responses) {
                let field = Field::Type(Some(mspan::NotificationType(response.notification_type)));
                check("type of a response", notification_type, &field, &names)?;
                let field = Field::Octets(Some(response.data.clone().into()));
                check("data of a response", data, &field, &names)?;
            }
        }
        if let (Some(expected), Some(actual)) = (expect.acquired, actual.acquired)
            && expected != actual
        {
            return Err(Mismatch { expected: format!("acquired: {expected}"), actual: format!("acquired: {actual}") });
        }
        if let (Some(expected), Some(actual)) = (expect.closed_by, actual.closed_by)
            && expected != actual
        {
            return Err(Mismatch {
                expected: format!("closed by {expected:?}"),
                actual: format!("closed by {actual:?}"),
            });
        }
        Ok(())
    }

    fn question(&self, verb: &StimulusVerb) -> Result<Request, Missing> {
        let names = self.names.borrow();
        Ok(match verb {
            StimulusVerb::Notify(audience, data) => {
                Request::Notify { audience: self.audience(audience)?, data: names.octets(data)? }
            }
            StimulusVerb::OpenChannel(id, audience, data) => Request::OpenChannel {
                id: self.channel(id)?,
                audience: self.audience(audience)?,
                data: data.as_ref().map(|data| names.octets(data)).transpose()?,
            },
            StimulusVerb::ChannelNotify(id, data) => {
                Request::ChannelNotify { id: self.channel(id)?, data: names.octets(data)? }
            }
            StimulusVerb::ChannelClose(id) => Request::ChannelClose { id: self.channel(id)? },
            StimulusVerb::ChannelLog(id) => Request::ChannelLog { id: self.channel(id)? },
            StimulusVerb::DeletePrinter(printer) => Request::DeletePrinter { printer: names.text(printer)? },
            StimulusVerb::Shutdown => Request::Shutdown,
            StimulusVerb::Nonsense(verb) => Request::Nonsense { verb: verb.clone() },
        })
    }

    /// The source's name for a channel: the scenario's own and the nonce, for sources are shared.
    fn channel(&self, id: &Term) -> Result<String, Missing> {
        let names = self.names.borrow();
        Ok(format!("{}-{}", names.text(id)?, names.text(&Term::Name("nonce".to_owned()))?))
    }

    fn audience(&self, audience: &meant::Audience) -> Result<Audience, Missing> {
        let names = self.names.borrow();
        let text = |term: &Option<Term>| term.as_ref().map(|term| names.text(term)).transpose();
        Ok(Audience {
            notification_type: names.notification_type(&audience.notification_type)?.0,
            filter: u32::try_from(names.number(&audience.filter)?).unwrap_or(u32::MAX),
            user: text(&audience.user)?,
            printer: text(&audience.printer)?,
        })
    }
}

fn describe(answer: &Answer) -> String {
    match answer {
        Answer::Done => "it is done".to_owned(),
        Answer::Log(log) => format!("a log of {} notification responses", log.responses.len()),
        Answer::Refused { error, unsupported: true } => format!("it can't do that: {error}"),
        Answer::Refused { error, unsupported: false } => format!("refused: {error}"),
        Answer::Silent { why } => format!("nothing: {why}"),
    }
}
