//! What the user names himself.

/// Words that must not be found anywhere.
#[derive(Debug, Default)]
pub(super) struct Named(Vec<Vec<u8>>);

/// The shortest word, in characters: shorter ones are everywhere.
const SHORTEST: usize = 3;

impl Named {
    /// Words as the user writes them.
    ///
    /// # Errors
    /// In words, when one is too short.
    pub(super) fn new(words: &[String]) -> Result<Self, String> {
        let mut forms = Vec::new();
        for word in words {
            if word.chars().count() < SHORTEST {
                return Err(format!("expected a word of {SHORTEST} characters or more, found {word:?}"));
            }
            let units: Vec<u16> = word.encode_utf16().collect();
            forms.push(word.as_bytes().to_vec());
            forms.push(units.iter().flat_map(|unit| unit.to_le_bytes()).collect());
            forms.push(units.iter().flat_map(|unit| unit.to_be_bytes()).collect());
        }
        Ok(Self(forms))
    }

    /// Blanks them in a stream, whatever the case of ASCII letters. How often they were found.
    pub(super) fn blank(&self, octets: &mut [u8]) -> u64 {
        let mut found = 0;
        for form in &self.0 {
            let mut at = 0;
            while let Some(place) = octets.get_mut(at..at + form.len()) {
                if place.eq_ignore_ascii_case(form) {
                    place.iter_mut().filter(|octet| **octet != 0).for_each(|octet| *octet = b'x');
                    found += 1;
                }
                at += 1;
            }
        }
        found
    }
}
