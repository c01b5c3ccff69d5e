//! What a product is known to do otherwise: product notes of [MS-PAN] section 7, as data. With an overlay, what such a
//! note explains is a note and accuses nobody; it is reported all the same.

use mspan::Hresult;

/// What one product is known to do otherwise.
#[derive(Debug, PartialEq, Eq)]
pub struct Overlay {
    /// Its name, in `--overlay NAME`.
    pub name: &'static str,
    /// What the product calls itself.
    pub product: &'static str,
    /// The notes that explain something that a rule finds.
    pub notes: &'static [ProductNote],
}

/// One note: findings of these rules about calls that ended with this code are the product's way.
#[derive(Debug, PartialEq, Eq)]
pub struct ProductNote {
    /// Its number in section 7.
    pub number: u32,
    /// Its entry in the catalogue.
    pub requirement: &'static str,
    /// The rules.
    pub rules: &'static [&'static str],
    /// The return value, or status of a fault, that the note names.
    pub code: Hresult,
}

/// Windows. The notes are about local callers; what they say of the API shows on the wire as the code of a fault, or as the
/// return value of a call that should have succeeded. Notes that no rule contradicts are missing here: what the
/// product does within what the sections leave open has rules of its own, which speak only under this overlay.
static OVERLAYS: &[Overlay] = &[Overlay {
    name: "windows",
    product: "Windows",
    notes: &[
        ProductNote {
            number: 8,
            requirement: "PAN-7-12",
            rules: &["MS-PAN/3.1.1.4.3/no-other-exceptions"],
            code: Hresult::NOT_REGISTERED,
        },
        ProductNote {
            number: 9,
            requirement: "PAN-7-13",
            rules: &["MS-PAN/3.1.1.4.3/no-other-exceptions"],
            code: Hresult::ALREADY_UNREGISTERED,
        },
        ProductNote {
            number: 11,
            requirement: "PAN-7-16",
            rules: &["MS-PAN/3.1.1.4.6/no-exceptions", "MS-PAN/3.1.1/loser-closes-with-success"],
            code: Hresult::CHANNEL_CLOSED,
        },
    ],
}];

/// All of them.
#[must_use]
pub fn overlays() -> &'static [Overlay] {
    OVERLAYS
}

/// The overlay of that name.
#[must_use]
pub fn overlay(name: &str) -> Option<&'static Overlay> {
    OVERLAYS.iter().find(|overlay| overlay.name == name)
}

impl Overlay {
    /// The note that explains a rule's finding about a call that ended with that code.
    #[must_use]
    pub fn note(&self, rule: &str, code: u32) -> Option<&'static ProductNote> {
        self.notes.iter().find(|note| note.code.0 == code && note.rules.contains(&rule))
    }
}
