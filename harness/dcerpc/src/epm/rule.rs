//! The names of the encoding rules that calls of the endpoint mapper can break beside those of NDR, each with its section.

/// The offset of an array of towers or elements is 0: nothing names its first element.
pub const ARRAY_BEGINS_AT_ZERO: &str = "C706/14.3.3.4/array-begins-at-zero";

/// The actual count of an array of towers or elements equals the parameter that says how many there are.
pub const ACTUAL_COUNT_IS_AS_GIVEN: &str = "C706/14.3.3.4/actual-count-is-as-given";

/// An array of towers or elements has room for all that are in it.
pub const MAX_COUNT_COVERS_ARRAY: &str = "C706/14.3.3.4/max-count-covers-array";

/// An annotation has its place in an array of 64 octets.
pub const ANNOTATION_FITS: &str = "C706/O/annotation-fits";

/// A tower ends with its last floor.
pub const TOWER_ENDS_WITH_LAST_FLOOR: &str = "C706/L/tower-ends-with-last-floor";

/// Both sides of a floor are as long as its protocol identifier says.
pub const FLOOR_FITS_ITS_PROTOCOL: &str = "C706/L/floor-fits-its-protocol";
