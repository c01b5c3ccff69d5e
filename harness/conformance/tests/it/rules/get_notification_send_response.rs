//! IRPCAsyncNotify_GetNotificationSendResponse ([MS-PAN] 3.1.1.4.4).

use crate::case::Case;

pub(super) static CASES: &[Case] = &[];
