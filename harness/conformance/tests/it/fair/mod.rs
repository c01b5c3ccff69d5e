//! Simulated parties that keep every rule: nobody may be accused.

mod client;
mod listener;
mod registrar;
mod server;
mod stage;
