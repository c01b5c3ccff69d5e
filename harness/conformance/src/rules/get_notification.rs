//! IRPCAsyncNotify_GetNotification ([MS-PAN] 3.1.1.4.5).

use crate::rule::Rule;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[];
