//! Answers that our own side has spoilt on purpose, in what protects them: what they return is not proved to be the server's.

use alloc::string::String;

use trace::AnswerMark;

use super::{Call, Model};
use crate::event::{CallFinished, CallStarted};
use crate::handle;

/// Rules on what protects answers: who breaks them on purpose has spoilt the answer.
const SPOILS: [&str; 2] =
    ["MS-RPCE/3.3.1.5.2.2/server-signatures-verify", "MS-RPCE/3.3.1.5.2.2/server-protects-its-answers"];
/// Handles that are followed; nobody needs more.
const MOST: usize = 1024;

impl Model {
    /// Why the answer that gave out a handle of a call's does not verify; none where it does, or where that is not certain.
    #[must_use]
    pub fn unproven_handle(&self, started: &CallStarted) -> Option<&str> {
        let handle = handle::of_in(started.input.as_ref()?)?;
        self.unproven.get(&(started.association, handle)).map(String::as_str)
    }

    pub(super) fn answer_marked(&mut self, mark: &AnswerMark) {
        if mark.violates.iter().any(|id| SPOILS.contains(&id.as_str())) {
            let connection = self.connections.entry(mark.connection).or_default();
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
        let connection = self.connections.get(&finished.connection);
        let why = connection.and_then(|known| known.unproven_answers.get(&call.started.call_id)).cloned();
        let Some(output) = finished.outcome.output() else { return };
        for handle in handle::of_out(output).into_iter().filter(|handle| !handle.is_null()) {
            let key = (finished.association, handle);
            match &why {
                Some(why) if self.unproven.len() < MOST => drop(self.unproven.insert(key, why.clone())),
                Some(_) => {}
                None => drop(self.unproven.remove(&key)),
            }
        }
    }
}
