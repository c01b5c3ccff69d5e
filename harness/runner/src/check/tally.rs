//! What was witnessed, counted event by event.

use std::collections::BTreeMap;

use conformance::event::{Event, Gap, Kind, Layer, Secured};
use dcerpc::security::{Level, Provider};
use trace::{ConnectionId, Direction};

use crate::report::{Witnessed, WitnessedContext, WitnessedGap};

/// Contexts, and gaps, that are listed at most.
const MOST: usize = 1_000;

/// Counts what was witnessed.
#[derive(Default)]
pub(super) struct Tally {
    witnessed: Witnessed,
    /// The ends of connections that are open.
    names: BTreeMap<ConnectionId, String>,
}

impl Tally {
    /// The next event.
    pub(super) fn event(&mut self, event: &Event) {
        match &event.kind {
            Kind::Opened(opened) => {
                self.names.insert(opened.connection, format!("{} to {}", opened.client, opened.server));
            }
            Kind::Closed { connection, .. } => {
                self.names.remove(connection);
            }
            Kind::CallStarted(started) if started.method.is_some() => self.witnessed.calls += 1,
            Kind::CallFinished(finished) if finished.method.is_some() => {
                self.witnessed.answered += u64::from(finished.outcome.succeeded().is_some());
            }
            Kind::Secured(secured) => self.secured(event.entry, secured),
            Kind::Gap(gap) => self.gap(event.entry, gap),
            _ => {}
        }
    }

    /// All of it.
    pub(super) fn close(self) -> Witnessed {
        self.witnessed
    }

    fn name(&self, connection: ConnectionId) -> String {
        self.names.get(&connection).cloned().unwrap_or_else(|| format!("connection {}", connection.0))
    }

    fn secured(&mut self, packet: u64, secured: &Secured) {
        if self.witnessed.contexts.len() >= MOST {
            self.witnessed.contexts_left_out += 1;
            return;
        }
        let user = secured.account.as_ref().map(|account| match account.domain.as_str() {
            "" => account.user.clone(),
            domain => format!("{} of {domain}", account.user),
        });
        self.witnessed.contexts.push(WitnessedContext {
            packet,
            connection: self.name(secured.connection),
            context_id: secured.context_id,
            provider: provider(Provider(secured.auth_type)),
            level: level(Level(secured.level)),
            user,
            closed: secured.missing.clone(),
        });
    }

    fn gap(&mut self, packet: u64, gap: &Gap) {
        self.witnessed.sealed += u64::from(gap.layer == Layer::Sealed);
        if self.witnessed.gaps.len() >= MOST {
            self.witnessed.gaps_left_out += 1;
            return;
        }
        self.witnessed.gaps.push(WitnessedGap {
            packet,
            connection: self.name(gap.connection),
            direction: match gap.direction {
                Direction::ToServer => "to server".to_owned(),
                Direction::ToClient => "to client".to_owned(),
            },
            layer: match gap.layer {
                Layer::Transport => "transport".to_owned(),
                Layer::Pdu => "PDU".to_owned(),
                Layer::Stub | Layer::Sealed => "stub".to_owned(),
                Layer::Token => "token".to_owned(),
            },
            offset: gap.offset,
            why: gap.why.clone(),
            sealed: gap.layer == Layer::Sealed,
        });
    }
}

fn provider(provider: Provider) -> String {
    match provider {
        Provider::NEGOTIATE => "negotiate".to_owned(),
        Provider::NTLM => "ntlm".to_owned(),
        Provider::KERBEROS => "kerberos".to_owned(),
        Provider(other) => other.to_string(),
    }
}

fn level(level: Level) -> String {
    match level {
        Level::CONNECT => "connect".to_owned(),
        Level::CALL => "call".to_owned(),
        Level::PKT => "pkt".to_owned(),
        Level::INTEGRITY => "integrity".to_owned(),
        Level::PRIVACY => "privacy".to_owned(),
        Level(other) => other.to_string(),
    }
}
