//! Tests of the reference server and client.

#[cfg(test)]
mod client;
#[cfg(test)]
mod connection;
#[cfg(test)]
mod endpoint;
#[cfg(test)]
mod line;
mod management;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod print_client;
#[cfg(test)]
mod print_server;
#[cfg(test)]
mod random;
#[cfg(test)]
mod script;
#[cfg(test)]
mod security;
#[cfg(test)]
mod tap;
