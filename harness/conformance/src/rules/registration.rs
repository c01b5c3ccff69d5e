//! The life of a registration ([MS-PAN] 3.1.1 figures 5 and 6, 3.1.1.1).

use crate::rule::Rule;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[];
