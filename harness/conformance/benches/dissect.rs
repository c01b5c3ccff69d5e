//! How fast a recorded conversation becomes events, and how fast these are judged.

use std::hint::black_box;

use bytes::Bytes;
use conformance::dissect::Dissector;
use conformance::{Checker, Config, rules};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dcerpc::ByteOrder;
use dcerpc::fragment::{pieces, stub_room};
use dcerpc::pdu::{Body, Flags, Pdu, Request, Response};
use trace::{Closed, ConnectionEnd, ConnectionId, Direction, Entry, Observation, Opened, Recorder, Seen, Time};

/// The recorded conversation, over and over on connections of their own.
fn entries(repetitions: u32) -> (Vec<Entry>, usize) {
    let text = include_str!("../tests/it/conversations/wine-to-go-msrpc.txt");
    let mut recorder = Recorder::new();
    let mut octets = 0;
    for repetition in 0..repetitions {
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            if let Some(seen) = seen(line, repetition * 100) {
                octets += if let Seen::Octets(seen) = &seen { seen.octets.len() } else { 0 };
                recorder.record(Time::ZERO, seen);
            }
        }
    }
    (recorder.take(), octets)
}

fn seen(line: &str, base: u32) -> Option<Seen> {
    let mut words = line.split(' ');
    let connection = ConnectionId(base + words.next()?.parse::<u32>().ok()?);
    let way = words.next()?;
    let rest = words.next()?;
    let direction = |arrow| if arrow == ">" { Direction::ToServer } else { Direction::ToClient };
    Some(match way {
        "open" => {
            Seen::Opened(Opened { connection, client: "client".into(), server: format!("server:{base}"), actor: None })
        }
        "end" => Seen::Closed(Closed { connection, how: ConnectionEnd::Orderly { by: direction(rest) } }),
        arrow => {
            let octets = hex::decode(rest).ok()?.into();
            Seen::Octets(Observation { connection, direction: direction(arrow), octets })
        }
    })
}

/// Responses of 2 MiB in fragments of 5840 octets: a notification near the limit.
fn large(repetitions: u32) -> (Vec<Entry>, usize) {
    let connection = ConnectionId(0);
    let stub = Bytes::from(vec![0_u8; 2 << 20]);
    let mut recorder = Recorder::new();
    let mut octets = 0;
    for call_id in 0..repetitions {
        let request = Request { stub: Bytes::from_static(&[0; 20]), opnum: 5, ..Request::default() };
        let asked = Pdu::new(Body::Request(request), Flags::WHOLE, ByteOrder::Little, call_id);
        let answered = pieces(stub.clone(), stub_room(5840, Response::OCTETS_BEFORE_STUB)).map(|piece| {
            let response = Response { stub: piece.stub, ..Response::default() };
            Pdu::new(Body::Response(response), piece.flags, ByteOrder::Little, call_id)
        });
        let asked = [(Direction::ToServer, asked)].into_iter();
        for (direction, pdu) in asked.chain(answered.map(|pdu| (Direction::ToClient, pdu))) {
            let seen = Observation { connection, direction, octets: pdu.encode() };
            octets += seen.octets.len();
            recorder.record(Time::ZERO, Seen::Octets(seen));
        }
    }
    (recorder.take(), octets)
}

fn dissect(c: &mut Criterion) {
    let mut group = c.benchmark_group("dissect");
    for (name, (entries, octets)) in [("recorded conversation", entries(50)), ("large notifications", large(4))] {
        group.throughput(Throughput::Bytes(octets as u64));
        group.bench_function(name, |b| {
            b.iter(|| {
                let mut dissector = Dissector::new();
                for entry in &entries {
                    dissector.push(entry, &mut |event| {
                        black_box(&event);
                    });
                }
            });
        });
    }
    group.finish();
}

/// Beside it the baseline: the same judge without rules.
fn judge(c: &mut Criterion) {
    let mut group = c.benchmark_group("check");
    let (entries, octets) = entries(50);
    group.throughput(Throughput::Bytes(octets as u64));
    for (name, is_judged) in [("baseline: without rules", false), ("all rules", true)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let rules = rules::all().filter(|_| is_judged);
                let mut checker = Checker::new(Config::default(), rules);
                for entry in &entries {
                    checker.push(entry, &mut |event| {
                        black_box(event);
                    });
                }
                black_box(checker.finish())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, dissect, judge);
criterion_main!(benches);
