//! The default resource file of clients ([MS-PAN] 2.2.6): which strings it has.

/// Whether the default resource file has a string of that key.
#[must_use]
pub const fn is_default_key(key: u32) -> bool {
    matches!(key, 100..=132 | 600..=601 | 1000..=1009 | 1100..=1102 | 1200..=1204 | 1300..=1302 | 1400..=1403 | 1500..=1503 | 1600..=1601 | 1700..=1701 | 1800..=1805 | 2000..=2018 | 2100..=2106 | 2200..=2203 | 2300..=2303 | 2400..=2405 | 2500..=2506 | 2600..=2602 | 2700..=2703)
}

/// How many positional replacement tags the default string of a key has.
#[must_use]
pub const fn replacement_tags(key: u32) -> usize {
    match key {
        104 | 108 | 110 | 112 | 114 | 116 | 118 | 120 | 122 | 124 | 126 | 128 | 130 | 132 | 1000 | 1001 | 1002
        | 1003 | 1004 | 1005 | 1502 | 2601 | 2602 => 1,
        1503 | 2702 => 2,
        102 | 106 => 4,
        _ => 0,
    }
}
