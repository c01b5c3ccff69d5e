//! Names of the encoding rules that a token can break and still be read; a defect's `rule` is one of these.

/// DER writes a length in as few octets as it needs.
pub const LENGTH_IS_MINIMAL: &str = "X.690/10.1/length-is-minimal";
/// A token is one element.
pub const NOTHING_FOLLOWS: &str = "X.690/8.1/nothing-follows-the-element";
/// Names are of UTF-16, so in pairs of octets.
pub const NAME_IS_UNICODE: &str = "MS-NLMP/2.2.2.1/name-is-unicode";
/// The list of AV_PAIR ends with MsvAvEOL.
pub const AV_PAIRS_END: &str = "MS-NLMP/2.2.2.1/av-pairs-end-with-eol";
