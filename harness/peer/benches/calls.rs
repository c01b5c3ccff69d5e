//! How many calls a second one connection carries over loopback, next to a server that only echoes.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark that can't run has nothing to say"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use dcerpc::connection::client::{Client, Event, Options};
use dcerpc::ndr::Format;
use dcerpc::pdu::{Body, ContextElement, Flags, Pdu, Request};
use dcerpc::{ByteOrder, TransferSyntax};
use mspan::method::{In, Out, UnregisterClientIn};
use mspan::{Interface, Method};
use peer::server::{Server, ServerOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Octets of a response to UnregisterClient.
const RESPONSE: usize = 28;

/// Runs a server on a thread of its own and gives its address.
fn start<F, S>(serve: S) -> SocketAddr
where
    S: FnOnce(TcpListener) -> F + Send + 'static,
    F: Future<Output = ()>,
{
    let (tell, address) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            tell.send(listener.local_addr().expect("an address")).expect("somebody listens");
            serve(listener).await;
        });
    });
    address.recv().expect("a server")
}

async fn serve(listener: TcpListener) {
    Server::new(ServerOptions::default()).listen(listener).await.expect("the listener works");
}

/// Answers whatever comes with as many octets as a response has.
async fn echo(listener: TcpListener) {
    let (mut stream, _) = listener.accept().await.expect("a client");
    stream.set_nodelay(true).expect("a socket");
    let mut octets = vec![0; 0x1_0000];
    while stream.read(&mut octets).await.is_ok_and(|count| count > 0) {
        stream.write_all(&octets[..RESPONSE]).await.expect("the client reads");
    }
}

struct Line {
    stream: TcpStream,
    request: Vec<u8>,
    call_id: u32,
}

impl Line {
    fn connect(address: SocketAddr, request: &Bytes) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, request: request.to_vec(), call_id: 100 }
    }

    fn turn(&mut self) {
        self.call_id += 1;
        self.request[12..16].copy_from_slice(&self.call_id.to_le_bytes());
        self.stream.write_all(&self.request).expect("the server reads");
        let mut response = [0; RESPONSE];
        self.stream.read_exact(&mut response).expect("the server answers");
    }

    /// Binds both interfaces and creates an object; the request that is to be repeated.
    fn prepare(&mut self) {
        let mut client = Client::new(Options::default());
        let contexts = (0..)
            .zip(Interface::ALL)
            .map(|(id, interface)| ContextElement::new(id, interface.id(), TransferSyntax::Ndr.id()));
        client.bind(contexts.collect(), 0).expect("nothing was bound");
        self.exchange(&mut client);
        let create = dcerpc::connection::client::Call { context_id: 0, opnum: 0, ..Default::default() };
        client.call(create).expect("bound");
        let Event::Returned(returned) = self.exchange(&mut client) else { panic!("Create failed") };
        let out = Out::decode(Method::Create, returned.stub, Format::default()).expect("a stub").value;
        let Out::Create(out) = out else { panic!("another method") };
        self.request = request(&In::UnregisterClient(UnregisterClientIn { registration_obj: out.remote_obj })).to_vec();
    }

    fn exchange(&mut self, client: &mut Client) -> Event {
        while let Some(output) = client.take_output() {
            self.stream.write_all(&output).expect("the server reads");
        }
        loop {
            let mut octets = vec![0; 0x1000];
            let count = self.stream.read(&mut octets).expect("the server answers");
            client.receive(Bytes::from(octets).slice(..count));
            if let Some(event) = client.next_event() {
                return event;
            }
        }
    }
}

fn request(input: &In) -> Bytes {
    let stub = input.encode(Format::default());
    let alloc_hint = u32::try_from(stub.len()).expect("a short stub");
    let request = Request { alloc_hint, context_id: 1, opnum: input.method().opnum(), object: None, stub };
    Pdu::new(Body::Request(request), Flags::WHOLE, ByteOrder::Little, 0).encode()
}

fn calls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("calls");
    group.throughput(criterion::Throughput::Elements(1));
    let mut echoed = Line::connect(start(echo), &request(&In::new(Method::UnregisterClient)));
    group.bench_function(BenchmarkId::from_parameter("echo"), |bencher| bencher.iter(|| echoed.turn()));
    let mut served = Line::connect(start(serve), &Bytes::new());
    served.prepare();
    group.bench_function(BenchmarkId::from_parameter("server"), |bencher| bencher.iter(|| served.turn()));
    group.finish();
}

criterion_group!(benches, calls);
criterion_main!(benches);
