//! IRPCAsyncNotify_UnregisterClient ([MS-PAN] 3.1.1.4.2).

use crate::case::Case;

pub(super) static CASES: &[Case] = &[];
