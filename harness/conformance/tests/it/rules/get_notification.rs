//! IRPCAsyncNotify_GetNotification ([MS-PAN] 3.1.1.4.5).

use crate::case::Case;

pub(super) static CASES: &[Case] = &[];
