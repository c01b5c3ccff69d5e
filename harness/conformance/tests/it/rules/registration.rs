//! The life of a registration ([MS-PAN] 3.1.1 figures 5 and 6, 3.1.1.1).

use crate::case::Case;

pub(super) static CASES: &[Case] = &[];
