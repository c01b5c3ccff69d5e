//! The reference server: a complete server of [MS-PAN] section 3.1, well-behaved or not.

mod answer;
mod authentication;
mod call;
mod channel;
mod conduct;
mod conversation;
mod document;
mod endpoint_map;
mod handle;
mod local_event;
mod management;
mod options;
mod print_server;
mod printer_name;
mod registration;
mod remote_object;
mod script;
mod service;
mod session;
mod spoil;
mod spoilt_acceptor;
mod vary;
mod waiting;
mod wire;

pub use authentication::{Authentication, OnRefusal};
pub use call::{AssociationId, CallToken, Caller, Completion, Identity, Outcome, fault};
pub use options::ServerOptions;
pub use print_server::PrintServer;
pub use printer_name::{PrinterName, PrinterNameError};
pub use script::{Fits, Note, Order, Reply, Script, Scripted, StubEdit};
pub use service::{Accepted, Server};

pub(crate) use registration::Audience;
