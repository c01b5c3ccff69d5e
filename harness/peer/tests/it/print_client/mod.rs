//! The reference client against the reference server, in memory and in virtual time.

mod bidirectional;
mod stage;
mod unidirectional;
