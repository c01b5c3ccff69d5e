//! What was changed, counted by kind.

use super::parameters::Parameters;

/// Counts of what was taken out of a capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Tokens of logins.
    pub(super) tokens: u64,
    /// Signatures of calls.
    pub(super) verifiers: u64,
    /// Faults with extended error information.
    pub(super) error_information: u64,
    /// Stubs that are sealed, or not what their sender has written.
    pub(super) sealed: u64,
    /// Stubs of the protocol's methods that can't be read.
    pub(super) unreadable_stubs: u64,
    /// PDUs of which but the header can be read.
    pub(super) unreadable_pdus: u64,
    /// PDUs of calls of other interfaces, or of calls that are not whole.
    pub(super) foreign: u64,
    /// Places where something was found that the user has named.
    pub(super) named: u64,
}

impl Tally {
    /// What was changed, a line for each kind that there was.
    pub(super) fn lines(&self, parameters: &Parameters) -> Vec<String> {
        let aliases = &parameters.aliases;
        let (words, places) = (aliases.words.count() as u64, aliases.words.places);
        let in_places = format!("replaced, in {places} places");
        let replaced = [
            (words, "words of names and texts", in_places.as_str()),
            (aliases.addresses() as u64, "addresses", "replaced"),
            (aliases.uuids() as u64, "UUIDs of handles, objects and types", "replaced"),
            (parameters.opaque, "notifications and responses that are no markup", "replaced whole"),
            (self.tokens, "tokens of logins", "blanked, but for their form"),
            (self.verifiers, "signatures of calls", "blanked"),
            (self.error_information, "faults with error information", "blanked"),
            (self.sealed, "stubs that are sealed or do not verify", "blanked"),
            (self.unreadable_stubs, "stubs that can't be read", "blanked"),
            (self.unreadable_pdus, "PDUs that can't be read", "blanked, but for their headers"),
            (self.foreign, "PDUs of other calls, or of calls that are not whole", "blanked"),
            (self.named, "places with what --also names", "blanked"),
        ];
        let line = |(count, what, how): (u64, &str, &str)| (count > 0).then(|| format!("{what}: {count} {how}"));
        replaced.into_iter().filter_map(line).collect()
    }
}
