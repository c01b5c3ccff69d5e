//! The life of a channel ([MS-PAN] 3.1.1 figure 7, 3.1.1.1, 3.1.1.6.3, 3.1.1.6.4).

use crate::rule::Rule;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[];
