//! IRPCAsyncNotify_GetNewChannel ([MS-PAN] 3.1.1.4.3).

use crate::rule::Rule;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[];
