//! Questions to an endpoint mapper and its answers as parameters. Ports and addresses differ anywhere; which transports there
//! are does not.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use dcerpc::epm::Floor;
use dcerpc::epm::Tower;
use mspan::Interface;

use super::value::{Parameter, Value};
use crate::event::{MapperAnswer, Question};

/// What is asked for.
pub(super) fn asked(question: &Question) -> Vec<Parameter> {
    let operation = match question {
        Question::Map(_) => "ept_map",
        Question::Lookup(_) => "ept_lookup",
    };
    let interface = match question.interface() {
        Some(id) => {
            Interface::from_id(id).map_or_else(|| alloc::format!("{}", id.uuid), |interface| interface.name().into())
        }
        None => "any".into(),
    };
    vec![
        Parameter { name: "operation", value: Value::Text(operation.into()) },
        Parameter { name: "interface", value: Value::Text(interface) },
    ]
}

/// What is answered.
pub(super) fn answered(answer: &MapperAnswer) -> Vec<Parameter> {
    let transports: BTreeSet<String> = answer.towers().map(transport).collect();
    let transports: Vec<String> = transports.into_iter().collect();
    vec![
        Parameter { name: TOWERS, value: Value::Text(transports.join(", ")) },
        Parameter { name: "status", value: Value::Number(answer.status(), None) },
    ]
}

/// The parameter that lists transports.
pub(super) const TOWERS: &str = "transports of the towers";

/// Transports of towers that anybody on the network may use.
pub(super) fn without_local(transports: &str) -> Vec<&str> {
    transports.split(", ").filter(|transport| *transport != LOCAL).collect()
}

const LOCAL: &str = "ncalrpc";

fn transport(tower: &Tower) -> String {
    let of = |floor: &Floor| match floor {
        Floor::Tcp(_) => Some("ncacn_ip_tcp"),
        Floor::NamedPipe(_) => Some("ncacn_np"),
        Floor::Lrpc(_) => Some(LOCAL),
        Floor::Http(_) => Some("ncacn_http"),
        _ => None,
    };
    tower.floors.iter().find_map(of).unwrap_or("another transport").into()
}
