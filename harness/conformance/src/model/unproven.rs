//! Answers that our own side has spoilt on purpose, in what protects them: what they return is not proved to be the server's.

use alloc::string::String;

use mspan::Method;
use trace::AnswerMark;

use super::{Call, Model};
use crate::event::{CallFinished, CallStarted, Outcome};
use crate::handle;

/// Rules on what protects answers: who breaks them on purpose has spoilt the answer.
const SPOILS: [&str; 2] =
    ["MS-RPCE/3.3.1.5.2.2/server-signatures-verify", "MS-RPCE/3.3.1.5.2.2/server-protects-its-answers"];
/// Handles that are followed; nobody needs more.
const MOST: usize = 1024;

impl Model {
    /// Why the answer that gave out a handle of a call's does not verify, and whether it could be read; none where it verifies, or
    /// where that is not certain. An answer that is sealed can't be read then: but a handle that none of all the others has brought,
    /// and that nobody has named before it came, is out of it.
    #[must_use]
    pub fn unproven_handle(&self, started: &CallStarted) -> Option<(&str, bool)> {
        let handle = handle::of_in(started.input.as_ref()?).filter(|handle| !handle.is_null())?;
        let association = started.association;
        if let Some(why) = self.unproven.get(&(association, handle)) {
            return Some((why, true));
        }
        let (unread, why) = self.unread_answers.get(&association)?.as_ref()?;
        let excused = self.clients.has_elsewhere(handle, *unread) || self.clients.has_gaps(self, association);
        (!excused).then_some((why, false))
    }

    /// Whether there is any such answer.
    pub(crate) fn doubts_answers(&self) -> bool {
        !self.unproven.is_empty() || !self.unread_answers.is_empty()
    }

    pub(super) fn answer_marked(&mut self, mark: &AnswerMark) {
        if mark.violates.iter().any(|id| SPOILS.contains(&id.as_str())) {
            let connection = self.connections.or_default(mark.connection);
            connection.spoilt_answers.insert(mark.call_id);
            // From here on the two ends may count differently, and nobody can say what the client still takes.
            if let Some(association) = connection.association {
                self.lose_sight(association);
            }
        }
    }

    /// A call came back: what it gives out, and what another answer gives out anew. A handle that the call named and that comes back
    /// with it is as proved as before.
    pub(super) fn unproven_handles(&mut self, call: &Call, finished: &CallFinished) {
        let connection = self.connections.get(finished.connection);
        let why = connection.and_then(|known| known.unproven_answers.get(&call.started.call_id)).cloned();
        let Some(output) = finished.outcome.output() else {
            self.unread_answer(call, finished, why);
            return;
        };
        for handle in handle::of_out(output).into_iter().filter(|handle| !handle.is_null()) {
            let key = (finished.association, handle);
            match &why {
                Some(why) if self.unproven.len() < MOST => drop(self.unproven.insert(key, why.clone())),
                Some(_) => {}
                None => drop(self.unproven.remove(&key)),
            }
        }
    }

    /// An answer that may give out handles came back and can't be read; spoilt by our own side, where it is told why it does not
    /// verify. Once another one could not be read either, nobody can say which of them gave out what.
    fn unread_answer(&mut self, call: &Call, finished: &CallFinished, why: Option<String>) {
        let gives = matches!(call.started.method, Some(Method::Create | Method::GetNewChannel));
        if !gives || !matches!(finished.outcome, Outcome::Returned { .. }) {
            return;
        }
        let room = self.unread_answers.len() < MOST;
        match self.unread_answers.get_mut(&finished.association) {
            Some(known) if why.is_none() => *known = None,
            None if room => {
                let unread = why.map(|why| (call.id(), why));
                self.unread_answers.insert(finished.association, unread);
            }
            Some(_) | None => {}
        }
    }
}
