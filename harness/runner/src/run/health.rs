//! Whether a target as a whole can still be judged, looked at after a scenario in which something went wrong.
//!
//! A target that forgot its associations would fail one scenario after the other for a single reason. The check makes a
//! remote object on one connection and deletes it on a second one of the same association ([MS-RPCE] 3.3.1.5.6).

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use conformance::Report;
use dcerpc::connection::PacketLevel;
use dcerpc::pdu::{BindNak, ContextElement, status};
use dcerpc::{ContextHandle, TransferSyntax};
use mspan::method::{CreateIn, DeleteIn, In, Out};
use mspan::{Interface, Method};
use peer::Tap;
use peer::client::{Association, Binding, Call, Choice, Options, Outcome, Refused, Security};
use peer::transport::Connector;
use trace::{Closed, ConnectionEnd, Direction, Entry, Seen, Time};

use crate::span::Span;

/// The rule that accuses a target which does not know a handle of its own.
const HANDLE_IS_KNOWN: &str = "MS-PAN/3.1.2.4.1/created-handle-is-known";

/// What servers answer whom they don't let in with: ERROR_ACCESS_DENIED and RPC_S_SEC_PKG_ERROR.
pub(crate) const LOGIN_REFUSED: [u32; 2] = [0x0000_0005, 0x0000_0721];

/// The names of the check's connections.
const FIRST: &str = "first";
const SECOND: &str = "second";

/// How a target is looked at.
pub(super) struct Examination {
    /// What opens connections to it.
    pub(super) connector: Arc<dyn Connector>,
    /// Who looks; nobody in particular when none.
    pub(super) security: Option<Security>,
    /// What is sent at packet level.
    pub(super) packet_level: PacketLevel,
    /// What it speaks.
    pub(super) transfer_syntaxes: Vec<TransferSyntax>,
    /// How long it may take for each answer.
    pub(super) limit: Duration,
    /// How long the remote object is left alone between the two calls.
    pub(super) age: Duration,
}

/// How old the handles were at most that a target did not know any more, in whole milliseconds; zero when it knew all.
pub(super) fn age_of_unknown_handles(report: &Report) -> Duration {
    let unknown = report.findings.iter().filter(|finding| finding.rule == HANDLE_IS_KNOWN);
    let age = unknown.map(|finding| finding.time.since(Time::ZERO)).max();
    age.map_or(Duration::ZERO, |age| {
        Duration::from_secs(age.as_secs()) + Duration::from_millis(u64::from(age.subsec_millis()) + 1)
    })
}

impl Examination {
    /// Why no scenario can be judged any more, with what was expected and what came; none when the target is well, and when
    /// the check can't tell.
    pub(super) async fn ailment(&self) -> Option<String> {
        let association = self.association();
        let ailment = self.look(&association).await;
        // Whoever does not let go of a connection is left to the end of this runtime.
        tokio::time::timeout(self.limit, association.close_all()).await.ok();
        ailment.map(|Ailment { expected, actual }| {
            format!("the target at {}: expected {expected}; came {actual}", self.connector.address())
        })
    }

    /// Why the target does not let in whoever looks, in words; none when it does, and when what came may have other reasons.
    pub(super) async fn refusal(&self) -> Option<String> {
        let association = self.association();
        let created = association.call(&self.call(FIRST, In::Create(CreateIn))).await;
        if let Outcome::Returned { stub, format } = &created
            && let Ok(decoded) = Out::decode(Method::Create, stub.clone(), *format)
            && let Out::Create(output) = decoded.value
            && output.status.is_success()
        {
            self.delete(&association, FIRST, output.remote_obj).await;
        }
        tokio::time::timeout(self.limit, association.close_all()).await.ok();
        let refused = match &created {
            Outcome::Returned { .. } => false,
            Outcome::Fault { status, .. } => LOGIN_REFUSED.contains(status),
            _ => true,
        };
        refused.then(|| created.to_string())
    }

    fn association(&self) -> Association {
        let mut options = Options {
            transfer_syntaxes: self.transfer_syntaxes.clone(),
            security: self.security.clone(),
            ..Options::default()
        };
        // Whether a target signs what the target file says is for the rules.
        options.connection.packet_level = match self.packet_level {
            PacketLevel::Signed | PacketLevel::Any => PacketLevel::Any,
            PacketLevel::Unsigned => PacketLevel::Unsigned,
        };
        Association::new(Arc::clone(&self.connector), Tap::off(), options)
    }

    async fn look(&self, association: &Association) -> Option<Ailment> {
        let created = association.call(&self.call(FIRST, In::Create(CreateIn))).await;
        let handle = match created {
            Outcome::Returned { stub, format } => match Out::decode(Method::Create, stub, format).ok()?.value {
                Out::Create(output) if output.status.is_success() => output.remote_obj,
                _ => return None,
            },
            // A refusal may have other reasons, and is for the rules.
            Outcome::Fault { .. } | Outcome::BindRefused(_) | Outcome::Dropped => return None,
            silence => return Some(self.ailing("an answer to Create on a new connection", &silence)),
        };
        tokio::time::sleep(self.age).await;
        if let Err(refusal) = self.join(association).await {
            self.delete(association, FIRST, handle).await;
            return refusal;
        }
        let deleted = self.delete(association, SECOND, handle).await;
        if !is_context_mismatch(&deleted) {
            return None;
        }
        let still_known = match self.delete(association, FIRST, handle).await {
            Outcome::Returned { .. } => "; the first connection still knew it",
            _ => "; the first connection did not know it either",
        };
        let expected = format!(
            "a handle that Create returned on one connection to be known {}on a second one of the same association \
             (assoc_group_id {})",
            Later(self.age),
            association.id()
        );
        Some(Ailment { expected, actual: format!("{deleted} for its Delete{still_known}") })
    }

    /// Binds a second connection of the association.
    ///
    /// # Errors
    /// That the target refused; none where it says that it has no room for another connection.
    async fn join(&self, association: &Association) -> Result<(), Option<Ailment>> {
        let group = association.id();
        let expected = || format!("the bind of a second connection with assoc_group_id {group} to be accepted");
        let elements = (0..).zip(&self.transfer_syntaxes);
        let binding = Binding {
            name: Some(SECOND.to_owned()),
            contexts: elements
                .map(|(id, syntax)| ContextElement::new(id, Interface::RemoteObject.id(), syntax.id()))
                .collect(),
            association: None,
            limit: self.limit,
            alteration: None,
        };
        match association.bind(&binding).await {
            Ok(bound) if bound.association == group => Ok(()),
            Ok(bound) => {
                let actual = format!("a bind_ack with assoc_group_id {}", bound.association);
                Err(Some(Ailment { expected: expected(), actual }))
            }
            Err(Outcome::BindRefused(Refused::Nak { reason })) if is_want_of_room(reason) => Err(None),
            Err(outcome) => Err(Some(self.ailing(expected(), &outcome))),
        }
    }

    async fn delete(&self, association: &Association, connection: &str, handle: ContextHandle) -> Outcome {
        association.call(&self.call(connection, In::Delete(DeleteIn { remote_obj: handle }))).await
    }

    fn call(&self, connection: &str, input: In) -> Call {
        let connection = Choice::Named(connection.to_owned());
        Call { connection, limit: self.limit, ..Call::method(input.method(), input) }
    }

    fn ailing(&self, expected: impl Into<String>, came: &Outcome) -> Ailment {
        let actual = match came {
            Outcome::TimedOut => format!("nothing within {}", Span(self.limit)),
            other => other.to_string(),
        };
        Ailment { expected: expected.into(), actual }
    }
}

/// Whether a target did not know a handle: by the status of [C706], or by that of the Windows runtime.
fn is_context_mismatch(outcome: &Outcome) -> bool {
    let statuses = [status::NCA_FAULT_CONTEXT_MISMATCH, status::CONTEXT_MISMATCH];
    matches!(outcome, Outcome::Fault { status, .. } if statuses.contains(status))
}

/// Whether a bind_nak says that there is no room for the connection, whatever association it belongs to.
fn is_want_of_room(reason: u16) -> bool {
    [BindNak::LOCAL_LIMIT_EXCEEDED, BindNak::TEMPORARY_CONGESTION].contains(&reason)
}

/// Whether the target ended a connection and was silent on all others that were open then: so it looks when it was restarted.
pub(super) fn was_cut_off(entries: &[Entry]) -> bool {
    let by_target = |seen: &Seen| match seen {
        Seen::Closed(Closed { how: ConnectionEnd::Orderly { by } | ConnectionEnd::Broken { by, .. }, .. }) => {
            *by == Direction::ToClient
        }
        _ => false,
    };
    let Some(cut) = entries.iter().position(|entry| by_target(&entry.seen)) else { return false };
    let (before, after) = entries.split_at(cut);
    let opened = |entry: &Entry| match &entry.seen {
        Seen::Opened(opened) => Some(opened.connection),
        _ => None,
    };
    let open: BTreeSet<_> = before.iter().filter_map(opened).collect();
    !after.iter().any(|entry| match &entry.seen {
        Seen::Octets(octets) => octets.direction == Direction::ToClient && open.contains(&octets.connection),
        _ => false,
    })
}

/// What is wrong with a target.
struct Ailment {
    expected: String,
    actual: String,
}

/// `5s later `, or nothing at once.
struct Later(Duration);

impl fmt::Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_zero() { Ok(()) } else { write!(f, "{} later ", Span(self.0)) }
    }
}
