//! How fast a capture becomes packets, and packets become what crossed the connections.
//!
//! The baseline goes over the same file by the lengths of its records and copies what they hold.
#![expect(clippy::expect_used, reason = "a benchmark that can't go on has nothing to say")]

use std::hint::black_box;

use capture::{Packets, Witness};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use etherparse::PacketBuilder;

/// Connections at a time.
const CONNECTIONS: u16 = 64;
/// Octets of payload of a frame on Ethernet.
const SEGMENT: usize = 1_460;
/// Octets of a pcap file's header, and of that of a record.
const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

/// A pcap file of so many segments that go on, in turn, with several connections.
fn file(segments: u32) -> Vec<u8> {
    let words: [u32; 6] = [0xA1B2_C3D4, 4 << 16 | 2, 0, 0, 65_535, 1];
    let mut file: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let payload = vec![5; SEGMENT];
    for number in 0..segments {
        let port = 50_000 + u16::try_from(number % u32::from(CONNECTIONS)).expect("a few connections");
        let round = number / u32::from(CONNECTIONS);
        let sequence = 1_000 + round * u32::try_from(SEGMENT).expect("a short segment");
        let mut frame = Vec::new();
        let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
            .ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
            .tcp(port, 49_670, sequence, 65_000)
            .ack(1);
        builder.write(&mut frame, &payload).expect("a packet");
        let length = u32::try_from(frame.len()).expect("a frame");
        for word in [number / 1_000, number % 1_000, length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend(frame);
    }
    file
}

/// Copies what the records hold.
fn copied(file: &[u8]) -> usize {
    let mut rest = file.get(FILE_HEADER..).unwrap_or_default();
    let mut octets = 0;
    while let Some((header, behind)) = rest.split_at_checked(RECORD_HEADER) {
        let length = header.get(8..12).and_then(|word| word.try_into().ok()).map_or(0, u32::from_le_bytes);
        let Some((record, next)) = behind.split_at_checked(length as usize) else { break };
        octets += black_box(record.to_vec()).len();
        rest = next;
    }
    octets
}

fn read(c: &mut Criterion) {
    let file = file(20_000);
    let mut group = c.benchmark_group("capture");
    group.throughput(Throughput::Bytes(file.len() as u64));
    group.bench_function("baseline: records copied", |b| b.iter(|| copied(black_box(&file))));
    group.bench_function("reader", |b| {
        b.iter(|| {
            let mut packets = Packets::new(file.as_slice()).expect("a capture");
            while let Some(packet) = packets.next_packet().expect("a packet") {
                black_box(packet.octets);
            }
        });
    });
    group.bench_function("reader and reassembly", |b| {
        b.iter(|| {
            let mut packets = Packets::new(file.as_slice()).expect("a capture");
            let mut witness = Witness::new(|_| None);
            while let Some(packet) = packets.next_packet().expect("a packet") {
                witness.packet(&packet, &mut |entry| drop(black_box(entry)));
            }
            witness.finish(&mut |entry| drop(black_box(entry)));
        });
    });
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
