//! The reference client against the reference server, in memory and in virtual time.

mod bidirectional;
mod retries;
mod stage;
mod unidirectional;
