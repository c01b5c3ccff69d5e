//! How fast a recorded conversation becomes events.

use std::hint::black_box;

use conformance::dissect::Dissector;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
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

fn dissect(c: &mut Criterion) {
    let (entries, octets) = entries(50);
    let mut group = c.benchmark_group("dissect");
    group.throughput(Throughput::Bytes(octets as u64));
    group.bench_function("recorded conversation", |b| {
        b.iter(|| {
            let mut dissector = Dissector::new();
            for entry in &entries {
                dissector.push(entry, &mut |event| {
                    black_box(&event);
                });
            }
        });
    });
    group.finish();
}

criterion_group!(benches, dissect);
criterion_main!(benches);
