//! One line to the server: dcerpc's client end over a stream.

use bytes::{Bytes, BytesMut};
use dcerpc::TransferSyntax;
use dcerpc::connection::client::{Call, Client, Event, Options};
use dcerpc::ndr::Format;
use dcerpc::pdu::ContextElement;
use mspan::method::{In, Out};
use mspan::{Interface, Method};
use peer::server::{Accepted, Server};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};

pub(crate) struct Line<S> {
    pub(crate) client: Client,
    stream: S,
    syntax: TransferSyntax,
    methods: std::collections::HashMap<u32, Method>,
}

impl Line<DuplexStream> {
    /// A line in memory, bound to both interfaces.
    pub(crate) async fn open(server: &Server, accepted: Accepted, association: u32, syntax: TransferSyntax) -> Self {
        let (near, far) = tokio::io::duplex(0x1000);
        let server = server.clone();
        tokio::spawn(async move { server.serve_connection(far, accepted).await });
        Self::bind(near, association, syntax).await.unwrap()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    /// Binds both interfaces; the event when that is refused.
    pub(crate) async fn bind(stream: S, association: u32, syntax: TransferSyntax) -> Result<Self, Option<Event>> {
        let client = Client::new(Options { multiplexing: true, ..Options::default() });
        let mut line = Self { client, stream, syntax, methods: std::collections::HashMap::new() };
        let propose = |(id, interface): (u16, Interface)| ContextElement::new(id, interface.id(), syntax.id());
        line.client.bind((0..).zip(Interface::ALL).map(propose).collect(), association).unwrap();
        match line.event().await {
            Some(Event::Bound(_)) => Ok(line),
            other => Err(other),
        }
    }

    /// Makes a call and gives its call_id.
    pub(crate) async fn start(&mut self, input: &In) -> u32 {
        let stub = input.encode(Format { syntax: self.syntax, ..Format::default() });
        self.start_raw(input.method(), input.method().opnum(), stub).await
    }

    /// The same with an opnum and a stub of the caller's own.
    pub(crate) async fn start_raw(&mut self, method: Method, opnum: u16, stub: Bytes) -> u32 {
        let (context_id, _) = self.client.context_for(method.interface().id()).unwrap();
        let call_id = self.client.call(Call { context_id, opnum, stub, ..Call::default() }).unwrap();
        self.methods.insert(call_id, method);
        self.flush().await;
        call_id
    }

    /// The next call to end: its call_id with what it returned, or the status of a fault.
    pub(crate) async fn finish(&mut self) -> (u32, Result<Out, u32>) {
        match self.event().await.expect("the server closes") {
            Event::Returned(returned) => {
                let format = Format { syntax: self.syntax, order: returned.order };
                let out = Out::decode(self.methods[&returned.call_id], returned.stub, format).unwrap();
                assert_eq!(out.defects, [], "a defect of the server's stub");
                (returned.call_id, Ok(out.value))
            }
            Event::Fault(fault) => (fault.call_id, Err(fault.status)),
            other => panic!("neither response nor fault: {other:?}"),
        }
    }

    pub(crate) async fn call(&mut self, input: In) -> Result<Out, u32> {
        let call_id = self.start(&input).await;
        let (finished, outcome) = self.finish().await;
        assert_eq!(finished, call_id);
        outcome
    }

    pub(crate) async fn flush(&mut self) {
        while let Some(output) = self.client.take_output() {
            self.stream.write_all(&output).await.unwrap();
        }
    }

    /// The next event; none when the server closes the connection.
    pub(crate) async fn event(&mut self) -> Option<Event> {
        self.flush().await;
        loop {
            if let Some(event) = self.client.next_event() {
                return Some(event);
            }
            let mut octets = BytesMut::with_capacity(0x1000);
            if self.stream.read_buf(&mut octets).await.unwrap_or(0) == 0 {
                return None;
            }
            self.client.receive(octets.freeze());
        }
    }
}
