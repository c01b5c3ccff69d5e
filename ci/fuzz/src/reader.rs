//! Octets as a capture file: it is read to its end, or to a word on what is wrong, and its packets are put in order.
#![no_main]

use capture::{Packets, Witness};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let Ok(mut packets) = Packets::new(octets) else { return };
    let mut witness = Witness::new(|_| None);
    let (mut number, mut offset, mut told) = (0, 0, 0);
    while let Ok(Some(packet)) = packets.next_packet() {
        assert_eq!(packet.number, number + 1, "packets are numbered");
        assert!(packet.octets.len() <= octets.len(), "a packet is part of its file");
        number = packet.number;
        witness.packet(&packet, &mut |_| told += 1);
        let at = packets.offset();
        assert!(at > offset && at <= octets.len() as u64, "every packet takes octets");
        offset = at;
    }
    witness.finish(&mut |_| told += 1);
    assert!(told <= 8 * (number + 1) * (octets.len() as u64 + 1), "what is told is bounded");
});
