//! IRPCAsyncNotify_RegisterClient ([MS-PAN] 3.1.1.4.1).

use crate::case::Case;

pub(super) static CASES: &[Case] = &[];
