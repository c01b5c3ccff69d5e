//! Octets as a capture file: it is read to its end, or to a word on what is wrong, and its packets are put in order.
#![no_main]

use capture::{Packets, Witness};
use libfuzzer_sys::fuzz_target;
use trace::Seen;

fuzz_target!(|octets: &[u8]| {
    let Ok(mut packets) = Packets::new(octets) else { return };
    let mut witness = Witness::new(|_| None);
    let (mut number, mut offset, mut captured, mut told) = (0, 0, 0, 0);
    let mut count = |entry: trace::Entry| {
        if let Seen::Octets(seen) = entry.seen {
            told += seen.octets.len();
        }
    };
    while let Ok(Some(packet)) = packets.next_packet() {
        assert_eq!(packet.number, number + 1, "packets are numbered");
        number = packet.number;
        captured += packet.octets.len();
        witness.packet(&packet, &mut count);
        let at = packets.offset();
        assert!(at > offset && at <= octets.len() as u64, "every packet takes octets");
        offset = at;
    }
    witness.finish(&mut count);
    assert!(captured <= octets.len(), "packets are parts of their file");
    assert!(told <= captured, "what crossed the connections is part of the packets");
});
