//! Where context handles come from.

use uuid::{Builder, Uuid};

/// Makes the UUIDs of context handles.
#[derive(Debug)]
pub(super) enum HandleMint {
    /// Unguessable ones.
    Random,
    /// The same ones for the same seed: SplitMix64 with this state.
    Seeded(u64),
}

impl HandleMint {
    pub(super) fn new(seed: Option<u64>) -> Self {
        seed.map_or(Self::Random, Self::Seeded)
    }

    pub(super) fn next_handle(&mut self) -> Uuid {
        match self {
            Self::Random => Uuid::new_v4(),
            Self::Seeded(state) => {
                let (high, low) = (split_mix(state), split_mix(state));
                let octets = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
                Builder::from_random_bytes(octets).into_uuid()
            }
        }
    }
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::HandleMint;

    #[test]
    fn a_seed_repeats_its_handles() {
        let take = |seed| {
            let mut mint = HandleMint::new(Some(seed));
            [mint.next_handle(), mint.next_handle()]
        };
        assert_eq!(take(1), take(1));
        assert_ne!(take(1), take(2));
        assert_ne!(take(1)[0], take(1)[1]);
    }
}
