//! Logins of a client under test that our server refuses.

use std::sync::{Arc, OnceLock};

use peer::server::OnRefusal;
use trace::{LocalEvent, Seen};

use crate::judge::Ran;
use crate::protection::Protection;

/// Why the first login of a scenario was refused, when one was.
#[derive(Clone, Debug, Default)]
pub(super) struct Refused(Arc<OnceLock<String>>);

impl Refused {
    /// What the server tells of it.
    pub(super) fn hook(&self) -> OnRefusal {
        let first = Arc::clone(&self.0);
        Arc::new(move |why| {
            // Later ones say no more.
            let _ = first.set(why.to_owned());
        })
    }

    /// Why a scenario did not come out, when its client was never let in.
    pub(super) fn instead_of(&self, ran: &Ran, protection: Protection) -> Option<String> {
        let why = self.0.get()?;
        let let_in =
            ran.entries.iter().any(|entry| matches!(entry.seen, Seen::Local(LocalEvent::Authenticated { .. })));
        let went_wrong = ran.stop.is_some() || !ran.complaints.is_empty();
        (went_wrong && !let_in).then(|| format!("login refused for the client by our server ({protection}): {why}"))
    }
}
