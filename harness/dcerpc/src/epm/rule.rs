//! The names of the encoding rules that calls of the endpoint mapper can break beside those of NDR, each with its section.

/// The offset of the array of towers is 0: nothing names its first element.
pub const TOWERS_BEGIN_AT_ZERO: &str = "C706/14.3.3.4/towers-begin-at-zero";

/// The actual count of the array of towers equals num_towers.
pub const ACTUAL_COUNT_EQUALS_NUM_TOWERS: &str = "C706/14.3.3.4/actual-count-equals-num-towers";

/// The array of towers has room for all that are in it.
pub const MAX_COUNT_COVERS_TOWERS: &str = "C706/14.3.3.4/max-count-covers-towers";

/// A tower ends with its last floor.
pub const TOWER_ENDS_WITH_LAST_FLOOR: &str = "C706/L/tower-ends-with-last-floor";

/// Both sides of a floor are as long as its protocol identifier says.
pub const FLOOR_FITS_ITS_PROTOCOL: &str = "C706/L/floor-fits-its-protocol";
