//! Both ends of connections, against each other and against octets.

mod of_client;
mod of_server;
mod pair;
mod refused;
mod secured;
mod toy;

use std::sync::Arc;

use bytes::Bytes;
use dcerpc::connection::server;
use dcerpc::pdu::{Body, Pdu};
use dcerpc::{SyntaxId, TransferSyntax};
use uuid::uuid;

const ASYNC_NOTIFY: SyntaxId = SyntaxId::new(uuid!("0b6edbfa-4a24-4fc6-8a23-942b1eca65d1"), 1, 0);
const REMOTE_OBJECT: SyntaxId = SyntaxId::new(uuid!("ae33069b-a2a8-46ee-a235-ddfd339be281"), 1, 0);
const NDR: SyntaxId = TransferSyntax::Ndr.id();
const NDR64: SyntaxId = TransferSyntax::Ndr64.id();

fn options() -> server::Options {
    server::Options::new(vec![REMOTE_OBJECT, ASYNC_NOTIFY])
}

fn server(options: server::Options) -> server::Server {
    server::Server::new(Arc::new(options))
}

fn octets(hex: &str) -> Bytes {
    hex::decode(hex.replace([' ', '\n'], "")).unwrap().into()
}

/// A PDU in few words.
fn describe(octets: &Bytes) -> String {
    let decoded = Pdu::decode(octets).unwrap();
    assert_eq!(decoded.defects, []);
    let Pdu { header, body, .. } = decoded.value;
    let what = match body {
        Body::Fault(fault) => format!(" {:#010x}", fault.status),
        Body::BindNak(nak) => format!(" {}", nak.reason),
        Body::BindAck(ack) | Body::AlterContextResp(ack) => {
            let results = ack.results.iter().map(|result| format!(" {}/{}", result.result.0, result.reason));
            format!(" group {}:{}", ack.assoc_group_id, results.collect::<String>())
        }
        Body::Response(response) => format!(" {} octets", response.stub.len()),
        _ => String::new(),
    };
    format!("{} {:#04x} call {}{what}", header.ptype, header.flags.0, header.call_id)
}
