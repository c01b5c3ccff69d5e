//! How clients leave.

use mspan::Method;
use trace::{ConnectionEnd, ConnectionId, Direction};

use super::{ClientCall, Clients};
use crate::event::AssociationId;
use crate::model::Model;

/// How an association came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// It has not.
    Open,
    /// Its client closed the connections in order: what it has not done by now, it has left undone.
    ByClient,
    /// It was cut, by the server or by the transport, or something else excuses the client.
    Excused,
}

impl Clients {
    /// How an association came to its end. To be asked at the event of that end.
    #[must_use]
    pub fn parting(&self, model: &Model, association: AssociationId) -> Parting {
        match self.associations.get(association) {
            Some(known) if !known.open.is_empty() => Parting::Open,
            _ if self.excuses(model, association) => Parting::Excused,
            _ => Parting::ByClient,
        }
    }

    /// Whether a Delete or an UnregisterClient with a handle is called, or was.
    #[must_use]
    pub fn has_called(&self, method: Method, object: &super::ClientObject) -> bool {
        self.calls_on(object).any(|call: &ClientCall| call.is(method))
    }

    pub(super) fn closed(&mut self, connection: ConnectionId, how: &ConnectionEnd) {
        let by_client = matches!(how, ConnectionEnd::Orderly { by: Direction::ToServer });
        let (ConnectionEnd::Orderly { by } | ConnectionEnd::Broken { by, .. }) = how;
        let Some(known) = self.connections.remove(connection) else { return };
        let Some(association) = known.association.and_then(|id| self.associations.get_mut(id)) else { return };
        association.open.remove(&connection);
        association.cut |= !by_client;
        association.cut_by_server |= *by == Direction::ToClient;
    }
}
