//! Keys that may be left out, but not be null.

use serde::{Deserialize, Deserializer};

/// Reads what stands under a key; `null` is what its type makes of it, not the same as no key.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
