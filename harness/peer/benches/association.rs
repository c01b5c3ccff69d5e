//! How many calls a second an association makes over one TCP connection, next to a client that only moves octets:
//! anonymous, recorded, and protected with NTLM.
#![expect(clippy::expect_used, reason = "a benchmark that can't run has nothing to say")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dcerpc::ndr::Format;
use dcerpc::security::{Level, Provider};
use mspan::Method;
use mspan::method::{In, Out, UnregisterClientIn};
use peer::Tap;
use peer::client::{Association, Call, Choice, Options, Outcome, Security};
use peer::server::{Authentication, Server, ServerOptions};
use peer::transport::TcpConnector;
use security::{Accounts, Credentials, Initiator, Password};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

/// Octets of a request and of a response of UnregisterClient.
const REQUEST: usize = 44;
const RESPONSE: usize = 28;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Runs a server on a thread of its own and gives its address.
fn start<F: Future<Output = ()>>(serve: impl FnOnce(TcpListener) -> F + Send + 'static) -> SocketAddr {
    let (tell, address) = std::sync::mpsc::channel();
    thread::spawn(move || {
        runtime().block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            tell.send(listener.local_addr().expect("an address")).expect("somebody listens");
            serve(listener).await;
        });
    });
    address.recv().expect("a server")
}

/// Answers whatever comes with as many octets as a response has.
async fn echo(listener: TcpListener) {
    let (mut stream, _) = listener.accept().await.expect("a client");
    stream.set_nodelay(true).expect("a socket");
    let mut octets = [0; 4096];
    while stream.read(&mut octets).await.is_ok_and(|count| count > 0) {
        stream.write_all(&[0; RESPONSE]).await.expect("the client reads");
    }
}

fn alice() -> Credentials {
    Credentials { user: "alice".into(), domain: "LAB".into(), password: Password::new("a password") }
}

async fn print_server(listener: TcpListener) {
    let authentication = Some(Authentication::new(Arc::new(Accounts::new([alice()])), Vec::new()));
    let options = ServerOptions { authentication, ..ServerOptions::default() };
    Server::new(options).listen(listener).await.expect("the listener works");
}

fn ntlm(level: Level) -> Security {
    let initiator = Initiator::new(alice());
    Security::computed(move || initiator.context(Provider::NTLM, level))
}

/// An association with one object, and the call that is to be repeated: one that changes nothing.
async fn prepare(address: SocketAddr, tap: Tap, level: Level) -> (Association, Call) {
    let connector = Arc::new(TcpConnector::new(address.to_string()));
    let security = (level > Level::NONE).then(|| ntlm(level));
    let association = Association::new(connector, tap, Options { security, ..Options::default() });
    let named = |input: In| Call { connection: Choice::Named("one".into()), ..Call::method(input.method(), input) };
    let outcome = association.call(&named(In::new(Method::Create))).await;
    let Outcome::Returned { stub, format } = outcome else { unreachable!("Create failed: {outcome:?}") };
    let Ok(Out::Create(out)) = Out::decode(Method::Create, stub, format).map(|out| out.value) else {
        unreachable!("the stub of Create can't be read")
    };
    let unregister = In::UnregisterClient(UnregisterClientIn { registration_obj: out.remote_obj });
    let stub = unregister.encode(Format::default());
    (association, Call { stub: stub.into(), ..named(unregister) })
}

fn calls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("association");
    group.throughput(Throughput::Elements(1));
    let runtime = runtime();
    let mut stream = runtime.block_on(async {
        let stream = TcpStream::connect(start(echo)).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        stream
    });
    group.bench_function(BenchmarkId::from_parameter("octets to an echo"), |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                stream.write_all(&[0; REQUEST]).await.expect("the server reads");
                let mut response = [0; RESPONSE];
                stream.read_exact(&mut response).await.expect("the server answers");
            });
        });
    });
    let anonymous = Level::NONE;
    for (name, tap, level) in [
        ("calls", Tap::off(), anonymous),
        ("calls at packet level", Tap::off(), Level::PKT),
        ("calls at privacy", Tap::off(), Level::PRIVACY),
        ("recorded calls", Tap::new(), anonymous),
    ] {
        let (association, call) = runtime.block_on(prepare(start(print_server), tap.clone(), level));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                let outcome = runtime.block_on(association.call(&call));
                assert!(matches!(outcome, Outcome::Returned { .. }));
            });
            drop(tap.take());
        });
    }
    group.finish();
}

criterion_group!(benches, calls);
criterion_main!(benches);
