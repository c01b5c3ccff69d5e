//! Receiving channels in bidirectional communication mode ([MS-PAN] 3.1.1.4.3, figure 9).

use std::pin::pin;

use mspan::Method;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::PrintClient;
use super::call::Held;
use super::failure::Failure;
use super::interval::Intervals;
use super::subscription::Ended;
use crate::client::Ticket;
use crate::client_misbehaviour::ClientMisbehaviour::*;
use crate::client_variant::ClientVariant::DeletesBeforeChannelsEnd;

impl PrintClient {
    /// Receives channels with a registered object until interest is lost or something fails, and has them processed in
    /// parallel with each other and with the registration. When interest is lost, the object has been unregistered.
    pub(super) async fn take_channels(
        &self,
        object: Held,
        intervals: &mut Intervals,
        channels: &mut JoinSet<()>,
    ) -> Ended {
        loop {
            if self.0.interest.is_lost() && !self.waits_for_farewell() {
                self.unregister(object).await;
                return self.leave_channels(channels).await;
            }
            let (ticket, since) = (Ticket::new(), Instant::now());
            let mut waiting = pin!(self.get_new_channel(object, &ticket));
            let returned = tokio::select! {
                biased;
                returned = &mut waiting => returned,
                never = self.polls(object), if self.does(PollsWhileWaiting) => match never {},
                () = self.farewell_is_due() => {
                    if let Some(Ok(handles)) = self.unregister_meanwhile(object, waiting, &ticket).await {
                        self.process_channels(handles, channels).ok();
                    }
                    return self.leave_channels(channels).await;
                }
            };
            if since.elapsed() > Intervals::LONGEST {
                intervals.begin_anew();
            }
            match returned.and_then(|handles| self.process_channels(handles, channels)) {
                Ok(()) => intervals.begin_anew(),
                Err(failure) => match self.not_waited(Method::GetNewChannel, &failure, intervals).await {
                    Some(ended) => return ended,
                    None => continue,
                },
            }
            if self.does(NextCallLate) {
                self.read_on().await;
            }
            if self.does(ChannelsOneByOne) {
                while channels.join_next().await.is_some() {}
            }
            if self.does(RegistrationPerNotification) && !self.0.interest.is_lost() {
                return Ended::Anew;
            }
        }
    }

    /// Has channels processed, those but once that come twice.
    fn process_channels(&self, handles: Vec<Held>, channels: &mut JoinSet<()>) -> Result<(), Failure> {
        let fresh: Vec<Held> = handles.into_iter().filter(|channel| self.begins(*channel)).collect();
        if fresh.is_empty() {
            return Err(Failure::Refused("no channel that is new".to_owned()));
        }
        let served = if self.does(FirstChannelOnly) { 1 } else { fresh.len() };
        for channel in fresh.into_iter().take(served) {
            let client = self.clone();
            channels.spawn(async move { client.process_channel(channel).await });
        }
        Ok(())
    }

    /// The object may be deleted before the channels end, or after.
    async fn leave_channels(&self, channels: &mut JoinSet<()>) -> Ended {
        while !self.varies(DeletesBeforeChannelsEnd) && channels.join_next().await.is_some() {}
        Ended::Farewell
    }
}
