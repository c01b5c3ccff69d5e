//! Conformant and varying strings of 16-bit characters.

use alloc::string::String;
use alloc::vec::Vec;

/// A `[string] wchar_t *` as the octets say it ([C706] 14.3.4.2): three counts and the characters, terminator included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WideString {
    /// max_count, in characters.
    pub max_count: u64,
    /// offset, in characters.
    pub offset: u64,
    /// actual_count, in characters.
    pub actual_count: u64,
    /// The characters that follow, with the terminator if there is one.
    pub units: Vec<u16>,
}

impl WideString {
    /// A well-formed string: its counts include the terminator.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
        let count = units.len() as u64;
        Self { max_count: count, offset: 0, actual_count: count, units }
    }

    /// The text up to the first terminator; lone surrogates become U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf16_lossy(self.units.split(|unit| *unit == 0).next().unwrap_or_default())
    }
}
