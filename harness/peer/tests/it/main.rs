//! Tests of the reference server and client.

mod print_server;
mod script;
