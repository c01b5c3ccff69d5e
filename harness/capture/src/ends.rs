//! The addresses of connections, and how connections are found by them.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::net::{IpAddr, SocketAddr};

/// The addresses of a connection, the lower one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends(pub(crate) SocketAddr, pub(crate) SocketAddr);

impl Ends {
    /// Of a connection between these.
    pub(crate) fn of(one: SocketAddr, other: SocketAddr) -> Self {
        if one <= other { Self(one, other) } else { Self(other, one) }
    }
}

/// In as few pieces as they fit in.
impl Hash for Ends {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for end in [self.0, self.1] {
            match end.ip() {
                IpAddr::V4(ip) => state.write_u64(u64::from(ip.to_bits()) << 16 | u64::from(end.port())),
                IpAddr::V6(ip) => {
                    state.write_u128(ip.to_bits());
                    state.write_u64(u64::from(end.port()));
                }
            }
        }
    }
}

/// Hashes addresses, which every packet is looked up by: as the value of a polynomial over them at a place that is chosen anew for each
/// capture. Of two connections the polynomials have the same value at but a few of 2^61 places, so whoever writes a capture without
/// knowing the place can't make many connections fall together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keyed {
    place: u64,
}

/// The value so far.
#[derive(Debug)]
pub(crate) struct Polynomial {
    place: u64,
    value: u64,
}

/// A prime: values are reduced by it.
const PRIME: u64 = (1 << 61) - 1;

impl Default for Keyed {
    fn default() -> Self {
        Self { place: RandomState::new().hash_one(PRIME) % PRIME }
    }
}

impl BuildHasher for Keyed {
    type Hasher = Polynomial;

    fn build_hasher(&self) -> Polynomial {
        Polynomial { place: self.place, value: 0 }
    }
}

impl Hasher for Polynomial {
    fn write(&mut self, octets: &[u8]) {
        for octets in octets.chunks(7) {
            self.write_u64(octets.iter().fold(0, |word, octet| word << 8 | u64::from(*octet)));
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a product below 2^126 is below 2^62 after that")]
    fn write_u64(&mut self, word: u64) {
        let product = (u128::from(self.value) + u128::from(word)) * u128::from(self.place);
        self.value = reduced(reduced(product)) as u64;
    }

    /// The upper bits count as much as the lower ones do.
    fn finish(&self) -> u64 {
        self.value << 3 | self.value >> 58
    }
}

/// The same but for a multiple of [`PRIME`]: 2^61 is one more than that.
fn reduced(value: u128) -> u128 {
    (value & u128::from(PRIME)) + (value >> 61)
}
