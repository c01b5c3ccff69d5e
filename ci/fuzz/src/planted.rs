//! A crash put in on purpose. Chance does not find it; who is guided by what the octets reach finds it in seconds.
#![no_main]

use libfuzzer_sys::fuzz_target;

const WORD: [u8; 6] = *b"MS-PAN";

fuzz_target!(|octets: &[u8]| {
    let mut octets = octets.iter();
    for expected in WORD {
        if octets.next() != Some(&expected) {
            return;
        }
    }
    panic!("planted");
});
