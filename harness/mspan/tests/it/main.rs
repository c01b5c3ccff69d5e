//! The messages of [MS-PAN] as octets and by name.

mod defects;
mod fields;
mod golden;
mod properties;
