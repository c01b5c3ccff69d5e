//! IRPCAsyncNotify_GetNewChannel ([MS-PAN] 3.1.1.4.3).

use crate::case::Case;

pub(super) static CASES: &[Case] = &[];
