//! The tests of the runner, in one binary.

#![cfg(test)]

mod arguments;
mod baseline;
mod bundle;
mod by_hand;
mod check_capture;
mod check_sealed;
mod check_unbound;
mod client_documents;
mod commands;
mod compare;
mod corpus;
mod embedded;
mod endpoint;
mod engine;
mod engine_client;
mod formats;
mod health;
mod help;
mod html;
mod init;
mod jobs;
mod language;
mod language_errors;
mod listen;
mod login;
mod merge;
mod overlay;
mod platform;
mod print_client;
mod probe;
mod record;
mod report;
mod run;
mod run_client;
mod run_pcapng;
mod schema;
mod scrub;
mod scrub_documents;
mod selftest;
mod stimulus;
mod streams;
mod target;
mod witness;
mod wrong;
