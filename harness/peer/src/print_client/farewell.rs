//! Unregistering and deleting ([MS-PAN] 3.1.1.4.2, 3.1.2.4.2).

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use dcerpc::ContextHandle;
use mspan::Method;
use tokio::time::{sleep, timeout};

use super::PrintClient;
use super::call::Held;
use super::report::Report;
use crate::client::Ticket;
use crate::client_misbehaviour::ClientMisbehaviour::*;

/// How long a repeated call waits, where nothing may be repeated.
const AGAIN: Duration = Duration::from_secs(1);

impl PrintClient {
    /// Unregisters an object. An error is fatal and reported; nothing is repeated.
    pub(super) async fn unregister(&self, object: Held) {
        if self.does(RegisteredObjectDeleted) || self.does(LeavesWithoutFarewell) || !self.is_reachable(object) {
            return;
        }
        let mut left = if self.does(FailedUnregisterRepeated) { 3 } else { 1 };
        while left > 0 {
            left -= 1;
            match self.call_unregister(object).await {
                Ok(()) => {
                    self.tell(Report::Unregistered);
                    left = 0;
                }
                Err(failure) => self.fatal(Method::UnregisterClient, &failure),
            }
            if left > 0 {
                sleep(AGAIN).await;
            }
        }
        if self.does(UnregisteredTwice) {
            let _ = self.call_unregister(object).await;
        }
        if self.does(NullHandleUnregistered) {
            let _ = self.call_unregister(object.beside(ContextHandle::NULL)).await;
        }
    }

    /// Unregisters an object on which a call may be blocked, and waits for that call's end; what it brings is given back.
    /// A call that is not under way yet is not made any more.
    pub(super) async fn unregister_meanwhile<T>(
        &self,
        object: Held,
        mut waiting: Pin<&mut impl Future<Output = T>>,
        ticket: &Ticket,
    ) -> Option<T> {
        if !ticket.is_issued() {
            self.unregister(object).await;
            return None;
        }
        let mut unregister = std::pin::pin!(self.unregister(object));
        tokio::select! {
            biased;
            returned = &mut waiting => {
                unregister.await;
                return Some(returned);
            }
            () = &mut unregister => {}
        }
        timeout(self.0.options.limit, waiting).await.ok()
    }

    /// Deletes an object.
    pub(super) async fn delete(&self, object: Held) {
        if self.does(ObjectNotDeleted) || self.does(LeavesWithoutFarewell) || !self.is_reachable(object) {
            return;
        }
        match self.call_delete(object).await {
            Ok(()) => self.tell(Report::Deleted),
            Err(failure) => self.fatal(Method::Delete, &failure),
        }
        if self.does(ObjectDeletedTwice) {
            let _ = self.call_delete(object).await;
        }
        if self.does(NullHandleDeleted) {
            let _ = self.call_delete(object.beside(ContextHandle::NULL)).await;
        }
    }
}
