//! Bidirectional Notification Channels as their notification source was told to handle them ([MS-PAN] 3.1.1.6.2 to
//! 3.1.1.6.4).

use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use trace::stimulus::Audience;

use super::{Belief, ViewId};
use crate::model::Moment;

/// A channel that a notification source was asked to open.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name by which the source was told of it.
    pub id: String,
    /// Whom it is for.
    pub audience: Audience,
    /// The request to open it.
    pub opening: Asked,
    /// Its notifications in the order of the requests; the first is the initial one.
    pub notifications: Vec<Notification>,
    /// The requests to close it.
    pub closings: Vec<Asked>,
    /// The client that acquired it, and since when, where the source itself showed that.
    pub owner: Option<(ViewId, Moment)>,
}

/// A notification that the source was asked to send on a channel.
#[derive(Clone, Debug)]
pub struct Notification {
    /// The request.
    pub asked: Asked,
    /// Its octets.
    pub data: Bytes,
}

/// A request to the notification source, with what is known of its effect.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Joins question and answer.
    pub number: u64,
    /// When it was asked: the effect lies after this.
    pub at: Moment,
    /// What was answered.
    pub answer: Answered,
}

/// What a notification source answered to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Nothing yet, or nothing that can be believed: the effect may lie anywhere after the question.
    Not,
    /// Done: the effect lies before this.
    Done(Moment),
    /// It refused: there was no effect.
    Refused,
}

impl Source {
    /// Whether the channel existed at a moment.
    #[must_use]
    pub fn opened(&self, at: Moment) -> Belief {
        self.opening.effective(at)
    }

    /// Whether its source had closed it at a moment.
    #[must_use]
    pub fn closed(&self, at: Moment) -> Belief {
        Belief::any(self.closings.iter().map(|closing| closing.effective(at)))
    }

    /// Since when it has surely had a notification: a channel without one may be returned, and may be kept back (SD-26).
    #[must_use]
    pub fn spoke(&self) -> Option<Moment> {
        let opened = self.opening.done()?;
        self.notifications.iter().find_map(|sent| sent.asked.done()).map(|sent| sent.max(opened))
    }

    /// Since when it has surely been closed by its source.
    #[must_use]
    pub fn closed_since(&self) -> Option<Moment> {
        self.closings.iter().filter_map(Asked::done).min()
    }

    /// The notifications that may come after those that a client has been given, as far as they were asked for before
    /// a moment: the next one, and those behind it while it is unknown whether the source sent the next one at all.
    pub fn next_after<'a>(
        &'a self,
        delivered: impl IntoIterator<Item = &'a Bytes>,
        before: Moment,
    ) -> impl Iterator<Item = &'a Notification> {
        let mut from = 0_usize;
        let mut last: Option<&Bytes> = None;
        for data in delivered {
            let mut rest = self.notifications.iter().enumerate().skip(from);
            match rest.find(|(_, sent)| sent.counts() && sent.data == *data) {
                Some((index, _)) => from = index.saturating_add(1),
                // Nothing, or the same again, was nothing new. What was altered on its way counts as delivered.
                None if data.is_empty() || last == Some(data) => {}
                None => from = from.saturating_add(1),
            }
            last = Some(data);
        }
        let mut open = true;
        self.notifications.iter().skip(from).filter(|sent| sent.counts()).take_while(move |sent| {
            let take = open && sent.asked.at < before;
            open = sent.asked.done().is_none();
            take
        })
    }

    /// Whether a notification with these octets was ever asked for on it before a moment.
    #[must_use]
    pub fn ever_sent(&self, data: &Bytes, before: Moment) -> bool {
        self.notifications.iter().any(|sent| sent.counts() && sent.asked.at < before && sent.data == *data)
    }
}

impl Notification {
    /// Whether it may have been sent: the source did not refuse.
    fn counts(&self) -> bool {
        self.asked.answer != Answered::Refused
    }
}

impl Asked {
    /// A request that was just asked.
    #[must_use]
    pub const fn new(number: u64, at: Moment) -> Self {
        Self { number, at, answer: Answered::Not }
    }

    /// Whether it had taken effect at a moment.
    #[must_use]
    pub fn effective(&self, at: Moment) -> Belief {
        match self.answer {
            Answered::Refused => Belief::No,
            Answered::Done(done) if done <= at => Belief::Yes,
            _ if self.at < at => Belief::Maybe,
            _ => Belief::No,
        }
    }

    /// By when it had surely taken effect.
    #[must_use]
    pub fn done(&self) -> Option<Moment> {
        match self.answer {
            Answered::Done(at) => Some(at),
            _ => None,
        }
    }
}
