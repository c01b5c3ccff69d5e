//! Receiving in unidirectional communication mode ([MS-PAN] 3.1.1.4.5, figure 8).

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use mspan::Method;
use tokio::time::{Instant, sleep};

use super::PrintClient;
use super::call::{Brought, Held};
use super::failure::Failure;
use super::interval::Intervals;
use super::report::{Document, Report};
use super::subscription::Ended;
use crate::client::Ticket;
use crate::client_misbehaviour::ClientMisbehaviour::*;
use crate::client_variant::ClientVariant::UnregistersWhileWaiting;

/// How long a user reads a notification.
pub(super) const READING: Duration = Duration::from_secs(60);

impl PrintClient {
    /// Receives notifications with a registered object until interest is lost or something fails. When interest is lost, the
    /// object has been unregistered.
    pub(super) async fn take_notifications(&self, object: Held, intervals: &mut Intervals) -> Ended {
        loop {
            if self.0.interest.is_lost() && !self.waits_for_farewell() {
                self.unregister(object).await;
                return Ended::Farewell;
            }
            let (ticket, since) = (Ticket::new(), Instant::now());
            let mut waiting = pin!(self.get_notification(object, &ticket));
            let returned = tokio::select! {
                biased;
                returned = &mut waiting => returned,
                never = self.polls(object), if self.does(PollsWhileWaiting) => match never {},
                () = self.farewell_is_due() => {
                    if let Some(Ok(brought)) = self.unregister_meanwhile(object, waiting, &ticket).await {
                        self.take_notification(brought);
                    }
                    return Ended::Farewell;
                }
            };
            if since.elapsed() > Intervals::LONGEST {
                intervals.begin_anew();
            }
            match returned {
                Ok(brought) => {
                    intervals.begin_anew();
                    if let Some(ended) = self.take_notification(brought) {
                        return ended;
                    }
                }
                Err(failure) => match self.not_waited(Method::GetNotification, &failure, intervals).await {
                    Some(ended) => return ended,
                    None => continue,
                },
            }
            if self.does(NextCallLate) {
                self.read_on().await;
            }
            if self.does(RegistrationPerNotification) && !self.0.interest.is_lost() {
                return Ended::Anew;
            }
        }
    }

    /// What follows a waiting call that failed; none when it is to be repeated, which is wrong.
    pub(super) async fn not_waited(
        &self,
        method: Method,
        failure: &Failure,
        intervals: &mut Intervals,
    ) -> Option<Ended> {
        self.failed(method, failure);
        let (terminated, on_old_object) = (failure.is_termination(), self.does(RepeatedOnOldObject));
        if terminated && !self.does(TerminationNotAccepted) {
            return Some(Ended::Terminated);
        }
        if !(terminated || on_old_object) || failure.is_of_connection() {
            return Some(Ended::Failed);
        }
        tokio::select! {
            () = sleep(intervals.next()) => None,
            () = self.0.interest.lost() => Some(Ended::Failed),
        }
    }

    /// Takes what a waiting call brought; says when nothing more is to be received.
    fn take_notification(&self, brought: Brought) -> Option<Ended> {
        let Brought::Notification(data) = brought else {
            self.tell(Report::Released);
            return (!self.does(TerminationNotAccepted)).then_some(Ended::Terminated);
        };
        self.show_notification(data);
        None
    }

    /// No answer is expected: the document is shown, and what it wants called is called.
    fn show_notification(&self, data: Bytes) {
        self.0.interest.take();
        let document = self.document(&data);
        let is_invalid = matches!(document, Document::Invalid(_));
        self.tell(Report::Notification(self.notification(data, document.clone())));
        let could_call = match &document {
            Document::AsyncUi(notification) => self.call_entry_point(notification),
            _ => None,
        };
        let stops = is_invalid && self.does(StopsAtInvalidDocument)
            || could_call == Some(None) && self.does(StopsAtAbsentEntryPoint);
        if stops {
            self.0.interest.satisfy();
        }
        self.0.interest.settle();
    }

    /// Polls each second while a call is blocked, which is wrong.
    pub(super) async fn polls(&self, object: Held) -> Infallible {
        loop {
            sleep(Duration::from_secs(1)).await;
            self.misuse(self.waiting_call(object, self.0.options.mode.style()), object).await;
        }
    }

    /// Waits as long as a user reads, unless interest is lost.
    pub(super) async fn read_on(&self) {
        tokio::select! {
            () = sleep(READING) => {}
            () = self.0.interest.lost() => {}
        }
    }

    /// Whether a client that has lost its interest makes the waiting call once more.
    pub(super) fn waits_for_farewell(&self) -> bool {
        self.varies(UnregistersWhileWaiting) && !self.0.interest.is_stopped()
    }

    /// Waits until a blocked call is to be ended by UnregisterClient.
    pub(super) async fn farewell_is_due(&self) {
        self.0.interest.lost().await;
        if self.waits_for_farewell() {
            tokio::select! {
                () = sleep(Duration::from_secs(1)) => {}
                () = self.0.interest.stopped() => {}
            }
        }
    }
}
