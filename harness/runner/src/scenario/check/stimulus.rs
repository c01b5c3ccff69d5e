//! Questions to the notification source.

use trace::stimulus::ClosedBy;

use super::Checker;
use super::expectation::Subject;
use crate::scenario::meant::{
    Action, AnswerExpectation, Audience, Kind, LogExpectation, Need, StimulusVerb, Term, Test,
};
use crate::scenario::written::{self, Answer, At, Log, Position, Stimulus, Value};

impl Checker<'_> {
    pub(super) fn stimulus(&mut self, stimulus: &Stimulus, position: Position) -> Option<Action> {
        let given = [
            stimulus.notify.is_some(),
            stimulus.open_channel.is_some(),
            stimulus.channel_notify.is_some(),
            stimulus.channel_close.is_some(),
            stimulus.channel_log.is_some(),
            stimulus.delete_printer.is_some(),
            stimulus.shutdown.is_some(),
            stimulus.nonsense.is_some(),
        ];
        if given.iter().filter(|given| **given).count() != 1 {
            self.complain(position, "exactly one verb is wanted");
            return None;
        }
        self.needs.insert(Need::Stimulus);
        let verb = self.verb(stimulus)?;
        let expect = self.answer(stimulus.expect.as_ref(), &verb)?;
        Some(Action::Stimulus { verb, expect })
    }

    fn verb(&mut self, stimulus: &Stimulus) -> Option<StimulusVerb> {
        if let Some(At { value, .. }) = &stimulus.notify {
            let audience = self.audience([&value.notification_type, &value.filter, &value.user, &value.printer])?;
            return Some(StimulusVerb::Notify(audience, self.value(&value.data, Kind::Octets)?));
        }
        if let Some(At { value, .. }) = &stimulus.open_channel {
            let audience = self.audience([&value.notification_type, &value.filter, &value.user, &value.printer])?;
            let data = match &value.data {
                Some(data) => Some(self.value(data, Kind::Octets)?),
                None => None,
            };
            let id = self.template(&value.id.value, value.id.position)?;
            if let Term::Text(name) = &id {
                self.channels.insert(name.clone());
            }
            return Some(StimulusVerb::OpenChannel(id, audience, data));
        }
        if let Some(At { value, .. }) = &stimulus.channel_notify {
            return Some(StimulusVerb::ChannelNotify(self.channel(&value.id)?, self.value(&value.data, Kind::Octets)?));
        }
        if let Some(id) = &stimulus.channel_close {
            return self.channel(id).map(StimulusVerb::ChannelClose);
        }
        if let Some(id) = &stimulus.channel_log {
            return self.channel(id).map(StimulusVerb::ChannelLog);
        }
        if let Some(printer) = &stimulus.delete_printer {
            return self.value(printer, Kind::Text).map(StimulusVerb::DeletePrinter);
        }
        match (&stimulus.shutdown, &stimulus.nonsense) {
            (Some(At { value: Value::Bool(true), .. }), _) => Some(StimulusVerb::Shutdown),
            (Some(other), _) => {
                self.complain(other.position, "`shutdown: true` is what can be said");
                None
            }
            (None, Some(verb)) => Some(StimulusVerb::Nonsense(verb.value.clone())),
            (None, None) => None,
        }
    }

    /// A channel that was opened before.
    fn channel(&mut self, id: &At<String>) -> Option<Term> {
        let term = self.template(&id.value, id.position)?;
        if let (Term::Text(name), Some(_)) = (&term, self.party)
            && !self.channels.contains(name)
        {
            let known: Vec<String> = self.channels.iter().cloned().collect();
            self.unknown(id.position, "channel", name, known.iter().map(String::as_str));
            return None;
        }
        Some(term)
    }

    fn audience(&mut self, [notification_type, filter, user, printer]: [&Option<At<Value>>; 4]) -> Option<Audience> {
        let notification_type = match notification_type {
            Some(written) => self.value(written, Kind::Type)?,
            None => Term::Name("type".to_owned()),
        };
        let filter = match filter {
            Some(written) => self.value(written, Kind::Filter)?,
            None => Term::Number(mspan::UserFilter::ALL_USERS.0.into()),
        };
        let user = self.optional_text(user)?;
        let printer = self.optional_text(printer)?;
        Some(Audience { notification_type, filter, user, printer })
    }

    /// A text that may be left out or null: the outer none is an error.
    fn optional_text(&mut self, written: &Option<At<Value>>) -> Option<Option<Term>> {
        match written {
            None | Some(At { value: Value::Null, .. }) => Some(None),
            Some(written) => self.value(written, Kind::Text).map(Some),
        }
    }

    fn answer(&mut self, written: Option<&At<Answer>>, verb: &StimulusVerb) -> Option<AnswerExpectation> {
        let words = [
            ("done", AnswerExpectation::Done),
            ("refused", AnswerExpectation::Refused),
            ("unsupported", AnswerExpectation::Unsupported),
            ("any", AnswerExpectation::Any),
        ];
        match written.map(|written| (&written.value, written.position)) {
            None if self.in_finally => Some(AnswerExpectation::Any),
            None if matches!(verb, StimulusVerb::ChannelLog(_)) => {
                Some(AnswerExpectation::Log(LogExpectation::default()))
            }
            None => Some(AnswerExpectation::Done),
            Some((Answer::Word(word), position)) => match words.iter().find(|(known, _)| known == word) {
                Some((_, answer)) => Some(answer.clone()),
                None => {
                    self.unknown(position, "answer", word, words.iter().map(|(known, _)| *known).chain(["log"]));
                    None
                }
            },
            Some((Answer::Forms(forms), position)) => {
                if !matches!(verb, StimulusVerb::ChannelLog(_)) {
                    self.complain(position, "only `channel_log` is answered with a log");
                }
                Some(AnswerExpectation::Log(self.log(&forms.log.value)))
            }
        }
    }

    fn log(&mut self, log: &Log) -> LogExpectation {
        let responses = log
            .responses
            .as_ref()
            .map(|responses| responses.iter().map(|response| self.logged(&response.value)).collect());
        let closed_by = log.closed_by.as_ref().map(|closed_by| match closed_by.value {
            written::ClosedBy::Nobody => None,
            written::ClosedBy::Client => Some(ClosedBy::Client),
            written::ClosedBy::Source => Some(ClosedBy::Source),
        });
        LogExpectation { responses, acquired: log.acquired, closed_by }
    }

    fn logged(&mut self, response: &written::LoggedResponse) -> (Test, Test) {
        let mut test = |matcher: &Option<At<written::Matcher>>, kind| match matcher {
            Some(matcher) => self.test(matcher, Subject::of(kind)).unwrap_or(Test::Any),
            None => Test::Any,
        };
        (test(&response.notification_type, Kind::Type), test(&response.data, Kind::Octets))
    }
}
