//! The stimulus protocol: how a notification source is asked to notify ([MS-PAN] 3.1.1.6), from both ends.

mod command;
mod listener;
mod manual;
mod protocol;
mod source;
mod tcp;

pub use listener::{listen, serve_connection};
pub use protocol::{Malformed, answer_from_json, answer_to_json, request_from_json, request_to_json};
pub use source::{Ask, Source, probe_verb};
