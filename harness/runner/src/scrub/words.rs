//! Words that stand for others.

use std::collections::HashMap;

/// Replaces words: runs of letters and digits. The same word, whatever the case of its letters, is the same replacement
/// everywhere; of the same length, with digits where it has digits and capitals where it has capitals. What stands between
/// words is left alone, so that a UNC name stays one and markup stays markup.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// By the word in small letters.
    known: HashMap<Vec<u16>, Vec<u16>>,
    /// How many words of each shape there are: where digits stand.
    counted: HashMap<Vec<bool>, u64>,
    /// How many were replaced, each time that they occurred.
    pub(super) places: u64,
}

/// Letters of replacements. The first fills: `xxxxa`.
const LETTERS: &[u8; 26] = b"xabcdefghijklmnopqrstuvwyz";

impl Words {
    /// How many different words were replaced.
    pub(super) fn count(&self) -> usize {
        self.known.len()
    }

    /// Replaces all words of a text in UTF-16, but for those to be kept.
    pub(super) fn text(&mut self, units: &mut [u16], is_kept: &dyn Fn(&str) -> bool) {
        let mut at = 0;
        while at < units.len() {
            let length = word_at(units.get(at..).unwrap_or_default());
            if let Some(word) = units.get_mut(at..at + length).filter(|word| !word.is_empty())
                && !is_kept(&String::from_utf16_lossy(word))
            {
                self.word(word);
            }
            at += length.max(1);
        }
    }

    /// The same of a text in octets: UTF-8, or else one octet a character. What is longer than the replacement of its word
    /// ends in `x`.
    pub(super) fn octets(&mut self, octets: &mut [u8], is_kept: &dyn Fn(&str) -> bool) {
        let text = match std::str::from_utf8(octets) {
            Ok(text) => text.to_owned(),
            Err(_) => octets.iter().copied().map(char::from).collect(),
        };
        let is_utf8 = text.len() == octets.len();
        let mut at = 0;
        let mut rest = text.as_str();
        while let Some(first) = rest.chars().next() {
            let width = |part: &str| if is_utf8 { part.len() } else { part.chars().count() };
            let units: Vec<u16> = rest.encode_utf16().take(MOST_UNITS).collect();
            let length = String::from_utf16_lossy(units.get(..word_at(&units)).unwrap_or_default()).len();
            let (word, behind) = rest.split_at(if length == 0 { first.len_utf8() } else { length });
            let places = octets.get_mut(at..at + width(word)).unwrap_or_default();
            if length > 0 && !is_kept(word) {
                let mut units: Vec<u16> = word.encode_utf16().collect();
                self.word(&mut units);
                let replacement = units.into_iter().map(|unit| u8::try_from(unit).unwrap_or(b'x'));
                places.iter_mut().zip(replacement.chain(std::iter::repeat(b'x'))).for_each(|(to, from)| *to = from);
            }
            at += width(word);
            rest = behind;
        }
    }

    fn word(&mut self, word: &mut [u16]) {
        let small: Vec<u16> = word.iter().map(|unit| small(*unit)).collect();
        self.places += 1;
        if !self.known.contains_key(&small) {
            let made = self.make(&small);
            self.known.insert(small.clone(), made);
        }
        let replacement = self.known.get(&small).into_iter().flatten();
        for (unit, replacement) in word.iter_mut().zip(replacement) {
            *unit = if is_capital(*unit) { capital(*replacement) } else { *replacement };
        }
    }

    /// Another word of the same shape, that no word of that shape has, nor is itself. Where a shape is too short to tell all its
    /// words apart some share one.
    fn make(&mut self, word: &[u16]) -> Vec<u16> {
        let shape: Vec<bool> = word.iter().map(|unit| is_digit(*unit)).collect();
        let counted = self.counted.entry(shape.clone()).or_default();
        for _ in 0..2 {
            *counted += 1;
            let made = numbered(&shape, *counted);
            if made != word {
                return made;
            }
        }
        numbered(&shape, *counted)
    }
}

/// Units that are looked at to find the end of a word in octets.
const MOST_UNITS: usize = 256;

/// How many units the word at the front has.
fn word_at(units: &[u16]) -> usize {
    let mut at = 0;
    for character in char::decode_utf16(units.iter().copied()) {
        match character {
            Ok(character) if is_of_word(character) => at += character.len_utf16(),
            _ => break,
        }
    }
    at
}

/// Whatever is no punctuation of ASCII and no white space may name somebody.
fn is_of_word(character: char) -> bool {
    match character {
        '\0'..='\u{7F}' => character.is_ascii_alphanumeric(),
        '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}' => false,
        _ => !character.is_whitespace() && !character.is_control(),
    }
}

/// The word with a number among those of a shape. One of several digits does not begin with 0: it may be a part of an address.
fn numbered(shape: &[bool], number: u64) -> Vec<u16> {
    let mut left = number;
    let mut made: Vec<u16> = Vec::with_capacity(shape.len());
    for (place, is_digit) in shape.iter().enumerate().rev() {
        let is_first = place == 0 && shape.len() > 1;
        let radix = match (is_digit, is_first) {
            (true, true) => 9,
            (true, false) => 10,
            (false, _) => LETTERS.len() as u64,
        };
        let one = left % radix;
        left /= radix;
        let octet = match (is_digit, usize::try_from(one)) {
            (false, Ok(one)) => LETTERS.get(one).copied(),
            (true, Ok(one)) => b"0123456789".get(one + usize::from(is_first)).copied(),
            _ => None,
        };
        made.push(octet.unwrap_or(b'x').into());
    }
    made.reverse();
    made
}

fn is_digit(unit: u16) -> bool {
    u8::try_from(unit).is_ok_and(|octet| octet.is_ascii_digit())
}

fn is_capital(unit: u16) -> bool {
    char::from_u32(unit.into()).is_some_and(char::is_uppercase)
}

fn capital(unit: u16) -> u16 {
    u8::try_from(unit).map_or(unit, |octet| octet.to_ascii_uppercase().into())
}

/// In small letters, where that takes one unit.
fn small(unit: u16) -> u16 {
    let mut small = char::from_u32(unit.into()).into_iter().flat_map(char::to_lowercase);
    match (small.next().map(|small| u16::try_from(u32::from(small))), small.next()) {
        (Some(Ok(small)), None) => small,
        _ => unit,
    }
}
