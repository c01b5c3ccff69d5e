//! IRPCAsyncNotify_CloseChannel ([MS-PAN] 3.1.1.4.6).

use crate::rule::Rule;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[];
