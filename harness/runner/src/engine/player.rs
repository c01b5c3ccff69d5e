//! One actor: a client with an association of its own.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use dcerpc::pdu::ContextElement;
use dcerpc::{ByteOrder, SyntaxId, TransferSyntax};
use mspan::Method;
use mspan::method::Out;
use peer::Tap;
use peer::client::{Alteration, Association, Binding, Call, Choice, Cut, Options, Outcome, Stub, Then, Ticket};
use peer::server::Identity;

use super::Played;
use super::judge::Answer;
use crate::scenario::meant::{self, Actor, DropKind, Syntaxes};

/// Octets that alter a stub.
#[derive(Clone, Debug, Default)]
pub(super) struct StubChange {
    pub(super) patch: Option<(usize, Bytes)>,
    pub(super) truncate: usize,
    pub(super) append: Bytes,
}

/// One actor.
pub(super) struct Player {
    association: Association,
    /// What it proposes.
    transfer_syntaxes: Vec<TransferSyntax>,
}

impl Player {
    pub(super) fn new(actor: &Actor, played: &Played, tap: &Tap) -> Self {
        let user = played.user.as_deref().filter(|_| played.vouched_for);
        let identity = user.map(|user| Identity::user(user, played.administrator));
        let mut options = Options { actor: Some(actor.name.clone()), identity, ..Options::default() };
        options.connection.order = if actor.big_endian { ByteOrder::Big } else { ByteOrder::Little };
        options.connection.multiplexing = actor.multiplex;
        options.connection.packet_level = played.packet_level;
        options.security = played.security.clone();
        if let Some(octets) = actor.fragment {
            options.connection.max_xmit_frag = octets;
            options.connection.max_recv_frag = octets;
        }
        options.transfer_syntaxes = match actor.transfer_syntax {
            None => played.transfer_syntaxes.clone(),
            Some(Syntaxes::Ndr) => vec![TransferSyntax::Ndr],
            Some(Syntaxes::Ndr64) => vec![TransferSyntax::Ndr64],
            Some(Syntaxes::Both) => vec![TransferSyntax::Ndr, TransferSyntax::Ndr64],
        };
        let transfer_syntaxes = options.transfer_syntaxes.clone();
        Self { association: Association::new(played.connector.clone(), tap.clone(), options), transfer_syntaxes }
    }

    pub(super) fn association(&self) -> &Association {
        &self.association
    }

    pub(super) async fn cancel(&self, ticket: &Ticket, orphan: bool, limit: Duration) -> bool {
        match orphan {
            true => self.association.orphan(ticket, limit).await,
            false => self.association.cancel(ticket, limit).await,
        }
    }

    /// Ends one connection or all.
    pub(super) async fn drop_connections(&self, connection: Option<&str>, how: DropKind) {
        let names = match connection {
            Some(name) => vec![name.to_owned()],
            None => self.association.connections(),
        };
        for name in names {
            match how {
                DropKind::Close => self.association.close(&name).await,
                DropKind::Reset => self.association.abort(&name).await,
            };
        }
    }

    pub(super) async fn close(&self) {
        self.association.close_all().await;
    }

    /// Sends octets in place of a PDU and waits for what the server does.
    pub(super) async fn send_octets(&self, raw: Octets, limit: Duration) -> Answer {
        let name = raw.connection.clone().unwrap_or_else(|| format!("raw {}", self.association.connections().len()));
        let alteration = Alteration { octets: Some(raw.octets.clone()), cut: raw.cut, ..Alteration::default() };
        if raw.bound {
            let mut call = Call::method(Method::Create, Bytes::new());
            call.connection = Choice::Named(name);
            call.limit = limit;
            call.note = Some(raw.note);
            call.alteration = Some(alteration);
            return answer(self.association.call(&call).await, None);
        }
        if self.association.connection_id(&name).is_some() {
            if !self.association.send(&name, raw.octets, limit).await {
                return Answer::TimedOut;
            }
            return self.association.ended(&name, limit).await.map_or(Answer::TimedOut, |end| answer(end, None));
        }
        let binding =
            Binding { name: Some(name), contexts: Vec::new(), association: None, limit, alteration: Some(alteration) };
        match self.association.bind(&binding).await {
            Ok(_) => Answer::Unread,
            Err(outcome) => answer(outcome, None),
        }
    }

    /// Binds a connection of its own: the results of the contexts, or what came instead.
    pub(super) async fn bind(
        &self,
        connection: Option<&str>,
        contexts: &[(SyntaxId, Vec<SyntaxId>)],
        alteration: Option<Alteration>,
        limit: Duration,
    ) -> Result<Vec<u16>, Answer> {
        let usual: Vec<SyntaxId> = self.transfer_syntaxes.iter().map(|syntax| syntax.id()).collect();
        let element = |(id, (abstract_syntax, transfer_syntaxes)): (u16, &(SyntaxId, Vec<SyntaxId>))| ContextElement {
            id,
            reserved: 0,
            abstract_syntax: *abstract_syntax,
            transfer_syntaxes: if transfer_syntaxes.is_empty() { usual.clone() } else { transfer_syntaxes.clone() },
        };
        let contexts = (0..u16::MAX).zip(contexts).map(element).collect();
        let name = connection.map(str::to_owned);
        let binding = Binding { name, contexts, association: None, limit, alteration };
        match self.association.bind(&binding).await {
            Ok(bound) => Ok(bound.contexts.iter().map(|(_, result)| result.result.0).collect()),
            Err(outcome) => Err(answer(outcome, None)),
        }
    }
}

/// Octets to send in place of a PDU.
pub(super) struct Octets {
    pub(super) connection: Option<String>,
    pub(super) bound: bool,
    pub(super) octets: Bytes,
    pub(super) cut: Option<Cut>,
    pub(super) note: peer::client::Note,
}

/// What comes after a part of the octets.
pub(super) fn then(then: meant::Then) -> Then {
    match then {
        meant::Then::Nothing => Then::Wait,
        meant::Then::Close => Then::Close,
        meant::Then::Reset => Then::Reset,
    }
}

/// A stub that is changed after it was made.
pub(super) fn changed(stub: Stub, change: StubChange) -> Stub {
    Stub::from_format(move |format| {
        let octets = match &stub {
            Stub::Octets(octets) => octets.clone(),
            Stub::For(encode) => encode(format),
        };
        let mut octets = BytesMut::from(octets.as_ref());
        octets.truncate(octets.len().saturating_sub(change.truncate));
        if let Some((at, new)) = &change.patch {
            octets.iter_mut().skip(*at).zip(new).for_each(|(octet, new)| *octet = *new);
        }
        octets.extend_from_slice(&change.append);
        octets.freeze()
    })
}

/// How a call came back, with the parameters of its method.
pub(super) fn answer(outcome: Outcome, method: Option<Method>) -> Answer {
    match (outcome, method) {
        (Outcome::Returned { stub, format }, Some(method)) => match Out::decode(method, stub, format) {
            Ok(decoded) => Answer::Returned(Ok(decoded.value.fields())),
            Err(error) => Answer::Returned(Err(error.to_string())),
        },
        (Outcome::Returned { .. }, None) => Answer::Unread,
        (Outcome::Fault { status, .. }, _) => Answer::Fault(status),
        (Outcome::BindRefused(refused), _) => Answer::Refused(refused.to_string()),
        (Outcome::Closed { .. }, _) => Answer::Closed,
        (Outcome::Reset { .. }, _) => Answer::Reset,
        (Outcome::TimedOut, _) => Answer::TimedOut,
        (outcome @ (Outcome::Malformed { .. } | Outcome::Unverified { .. }), _) => {
            Answer::Malformed(outcome.to_string())
        }
        (outcome @ (Outcome::Unreachable { .. } | Outcome::Unauthenticated { .. }), _) => {
            Answer::Unreachable(outcome.to_string())
        }
        (outcome @ Outcome::Rejected { .. }, _) => Answer::Rejected(outcome.to_string()),
        (Outcome::Unprotected, _) => Answer::Unprotected,
        (Outcome::Dropped, _) => Answer::Dropped,
    }
}
