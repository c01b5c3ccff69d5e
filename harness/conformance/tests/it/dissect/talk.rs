//! Traces to dissect, put together by hand.

use bytes::Bytes;
use dcerpc::pdu::{Bind, BindAck, Body, ContextElement, ContextResult, Fault, Flags, Pdu, Request, Response};
use dcerpc::{ByteOrder, SyntaxId, TransferSyntax};
use mspan::Interface;
use trace::{Closed, ConnectionEnd, ConnectionId, Direction, Entry, Lost, Observation, Opened, Recorder, Seen, Time};

/// Entries in the making.
#[derive(Debug, Default)]
pub(super) struct Talk {
    recorder: Recorder,
}

impl Talk {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn see(&mut self, seen: Seen) -> &mut Self {
        let time = Time(self.recorder.entries().len() as u64 * 1_000);
        self.recorder.record(time, seen);
        self
    }

    pub(super) fn open(&mut self, connection: u32, server: &str) -> &mut Self {
        self.see(Seen::Opened(Opened {
            connection: ConnectionId(connection),
            client: format!("client:{connection}"),
            server: server.into(),
            actor: None,
        }))
    }

    pub(super) fn octets(&mut self, connection: u32, direction: Direction, octets: impl Into<Bytes>) -> &mut Self {
        let connection = ConnectionId(connection);
        self.see(Seen::Octets(Observation { connection, direction, octets: octets.into() }))
    }

    /// The client sends a PDU.
    pub(super) fn ask(&mut self, connection: u32, pdu: &Pdu) -> &mut Self {
        self.octets(connection, Direction::ToServer, pdu.encode())
    }

    /// The server sends a PDU.
    pub(super) fn tell(&mut self, connection: u32, pdu: &Pdu) -> &mut Self {
        self.octets(connection, Direction::ToClient, pdu.encode())
    }

    pub(super) fn lose(&mut self, connection: u32, direction: Direction, octets: Option<u64>) -> &mut Self {
        self.see(Seen::Lost(Lost { connection: ConnectionId(connection), direction, octets }))
    }

    pub(super) fn close(&mut self, connection: u32, by: Direction) -> &mut Self {
        let how = ConnectionEnd::Orderly { by };
        self.see(Seen::Closed(Closed { connection: ConnectionId(connection), how }))
    }

    /// A connection on which both interfaces are bound with NDR: contexts 0 and 1.
    pub(super) fn bound(&mut self, connection: u32, server: &str, group: u32) -> &mut Self {
        let accepted = ContextResult::accept(TransferSyntax::Ndr.id());
        self.open(connection, server).ask(connection, &bind(1)).tell(connection, &bind_ack(1, group, &[accepted; 2]))
    }

    pub(super) fn entries(&self) -> &[Entry] {
        self.recorder.entries()
    }
}

pub(super) fn pdu(body: Body, call_id: u32) -> Pdu {
    Pdu::new(body, Flags::WHOLE, ByteOrder::Little, call_id)
}

/// A bind for both interfaces with NDR.
pub(super) fn bind(call_id: u32) -> Pdu {
    let ndr = TransferSyntax::Ndr.id();
    let interfaces = [Interface::RemoteObject, Interface::AsyncNotify];
    let contexts = (0..).zip(interfaces).map(|(id, interface)| ContextElement::new(id, interface.id(), ndr));
    pdu(
        Body::Bind(Bind { max_xmit_frag: 5840, max_recv_frag: 5840, contexts: contexts.collect(), ..Bind::default() }),
        call_id,
    )
}

fn answer() -> BindAck {
    BindAck { padding: BindAck::padding_after(&Bytes::new()), ..BindAck::default() }
}

pub(super) fn alter_context(call_id: u32, context: u16, interface: Interface, syntax: SyntaxId) -> Pdu {
    let contexts = vec![ContextElement::new(context, interface.id(), syntax)];
    pdu(Body::AlterContext(Bind { contexts, ..Bind::default() }), call_id)
}

pub(super) fn bind_ack(call_id: u32, group: u32, results: &[ContextResult]) -> Pdu {
    pdu(Body::BindAck(BindAck { assoc_group_id: group, results: results.to_vec(), ..answer() }), call_id)
}

pub(super) fn alter_context_resp(call_id: u32, results: &[ContextResult]) -> Pdu {
    pdu(Body::AlterContextResp(BindAck { results: results.to_vec(), ..answer() }), call_id)
}

pub(super) fn request(call_id: u32, context_id: u16, opnum: u16, stub: impl Into<Bytes>) -> Pdu {
    pdu(Body::Request(Request { context_id, opnum, stub: stub.into(), ..Request::default() }), call_id)
}

pub(super) fn response(call_id: u32, stub: impl Into<Bytes>) -> Pdu {
    pdu(Body::Response(Response { stub: stub.into(), ..Response::default() }), call_id)
}

pub(super) fn fault(call_id: u32, status: u32) -> Pdu {
    pdu(Body::Fault(Fault::new(0, status)), call_id)
}

/// The same PDU with those flags.
pub(super) fn flagged(mut pdu: Pdu, flags: Flags) -> Pdu {
    pdu.header.flags = flags;
    pdu
}
