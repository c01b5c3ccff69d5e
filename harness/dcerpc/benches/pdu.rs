//! How fast PDUs are read and written, and a call goes through both ends of a connection without any transport.
#![expect(clippy::expect_used, clippy::panic, reason = "a benchmark that can't run has nothing to say")]

use std::hint::black_box;
use std::sync::Arc;

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dcerpc::connection::{client, server};
use dcerpc::fragment::Framer;
use dcerpc::pdu::{Bind, Body, ContextElement, Features, Flags, Pdu, Request};
use dcerpc::{ByteOrder, SyntaxId, TransferSyntax};
use uuid::uuid;

const INTERFACE: SyntaxId = SyntaxId::new(uuid!("0b6edbfa-4a24-4fc6-8a23-942b1eca65d1"), 1, 0);

fn bind() -> Pdu {
    let syntaxes = [TransferSyntax::Ndr.id(), TransferSyntax::Ndr64.id(), Features(3).to_syntax()];
    let contexts = (0..).zip(syntaxes).map(|(id, syntax)| ContextElement::new(id, INTERFACE, syntax)).collect();
    let bind = Bind { max_xmit_frag: 5840, max_recv_frag: 5840, contexts, ..Bind::default() };
    Pdu::new(Body::Bind(bind), Flags::WHOLE, ByteOrder::Little, 1)
}

fn request(octets: usize) -> Pdu {
    let request = Request { opnum: 5, stub: vec![7; octets].into(), ..Request::default() };
    Pdu::new(Body::Request(request), Flags::WHOLE, ByteOrder::Little, 2)
}

fn pdus(criterion: &mut Criterion) {
    let pdus = [("bind", bind()), ("request 20", request(20)), ("request 5816", request(5816))];
    let mut group = criterion.benchmark_group("decode");
    for (name, pdu) in &pdus {
        let octets = pdu.encode();
        group.throughput(Throughput::Bytes(octets.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &octets, |bencher, octets| {
            bencher.iter(|| Pdu::decode(black_box(octets)).expect("a PDU"));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("encode");
    for (name, pdu) in &pdus {
        group.throughput(Throughput::Bytes(pdu.encode().len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), pdu, |bencher, pdu| {
            bencher.iter(|| black_box(pdu).encode());
        });
    }
    group.finish();
}

/// A megabyte of requests that arrive in reads of 4096 octets.
fn framing(criterion: &mut Criterion) {
    let stream = Bytes::from(request(700).encode().repeat(1400));
    let mut group = criterion.benchmark_group("framer");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("reads of 4096", |bencher| {
        bencher.iter(|| {
            let mut framer = Framer::new(5840);
            let mut left = stream.clone();
            while !left.is_empty() {
                framer.push(left.split_to(left.len().min(4096)));
                while let Ok(Some(framed)) = framer.next_pdu() {
                    black_box(framed);
                }
            }
        });
    });
    group.finish();
}

fn calls(criterion: &mut Criterion) {
    let mut client = client::Client::new(client::Options::default());
    let mut server = server::Server::new(Arc::new(server::Options::new(vec![INTERFACE])));
    client.bind(vec![ContextElement::new(0, INTERFACE, TransferSyntax::Ndr.id())], 0).expect("nothing was bound");
    turn(&mut client, &mut server);
    let mut group = criterion.benchmark_group("call");
    for octets in [20, 700, 1 << 20] {
        let call = client::Call { stub: vec![7; octets].into(), ..client::Call::default() };
        group.throughput(Throughput::Elements(1));
        group.bench_with_input(BenchmarkId::from_parameter(octets), &call, |bencher, call| {
            bencher.iter(|| {
                client.call(call.clone()).expect("bound");
                turn(&mut client, &mut server)
            });
        });
    }
    group.finish();
}

fn turn(client: &mut client::Client, server: &mut server::Server) -> client::Event {
    while let Some(octets) = client.take_output() {
        server.receive(octets);
        while let Some(event) = server.next_event() {
            match event {
                server::Event::AssociationRequested { .. } => server.associate(Ok(1)),
                server::Event::Request(request) => drop(server.respond(request.call_id, Ok(request.stub))),
                other => panic!("{other:?}"),
            }
        }
    }
    while let Some(octets) = server.take_output() {
        client.receive(octets);
        if let Some(event) = client.next_event() {
            return event;
        }
    }
    panic!("no answer")
}

criterion_group!(benches, pdus, framing, calls);
criterion_main!(benches);
