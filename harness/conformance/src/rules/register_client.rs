//! IRPCAsyncNotify_RegisterClient ([MS-PAN] 3.1.1.4.1).

use crate::rule::Rule;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[];
