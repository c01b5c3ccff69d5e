//! IRPCRemoteObject ([MS-PAN] 3.1.2).

use crate::rule::Rule;

/// The rules of this section.
pub(super) static RULES: &[Rule] = &[];
