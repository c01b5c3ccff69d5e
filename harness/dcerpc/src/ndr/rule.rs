//! The names of the encoding rules that a stub can break, each with its section.

/// The maximum count of an array equals the parameter that dictates it.
pub const MAX_COUNT_EQUALS_SIZE: &str = "MS-RPCE/3.1.1.5.3.2.1.1/max-count-equals-size";

/// The offset of a string is 0.
pub const OFFSET_IS_ZERO: &str = "MS-RPCE/3.1.1.5.3.2.1.7/offset-is-zero";

/// The maximum count is at least the sum of offset and actual count.
pub const MAX_COUNT_COVERS_ACTUAL_COUNT: &str = "MS-RPCE/3.1.1.5.3.2.1.12/max-count-covers-actual-count";

/// An array or string has at most 2^31 - 1 elements.
pub const COUNT_IS_LIMITED: &str = "MS-RPCE/3.1.1.5.3.2.2.1/count-is-limited";

/// A parameter that is not 0 and dictates the size of an array comes with the array.
pub const SIZED_ARRAY_IS_PRESENT: &str = "MS-RPCE/3.1.1.5.3.3.1.2/sized-array-is-present";

/// The last character of a string is its terminator.
pub const STRING_IS_TERMINATED: &str = "C706/14.3.4/string-is-terminated";

/// Nothing follows the last [out] parameter. (After the last [in] parameter padding and a verification trailer may
/// follow: [MS-RPCE] 2.2.2.13.)
pub const OUTPUT_ENDS_WITH_LAST_PARAMETER: &str = "C706/14.4/output-ends-with-last-parameter";
