//! IRPCRemoteObject ([MS-PAN] 3.1.2).

use crate::case::Case;

pub(super) static CASES: &[Case] = &[];
