//! IRPCAsyncNotify_CloseChannel ([MS-PAN] 3.1.1.4.6).

use crate::case::Case;

pub(super) static CASES: &[Case] = &[];
