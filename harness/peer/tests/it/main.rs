//! Tests of the reference server and client.

#[cfg(test)]
mod print_server;
#[cfg(test)]
mod script;
