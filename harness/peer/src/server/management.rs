//! What a server says of itself to who manages it from afar ([C706] appendix Q).

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use bytes::Bytes;
use dcerpc::connection::server::{Refusal, Request};
use dcerpc::mgmt::{
    self, InqIfIdsResponse, InqPrincNameRequest, InqPrincNameResponse, InqStatsRequest, InqStatsResponse,
    IsServerListeningResponse, StopServerListeningResponse,
};
use dcerpc::ndr::Format;
use dcerpc::{ByteOrder, Decoded, SyntaxId};

use super::call::fault;

/// What a server has counted since its start. It wraps around.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) calls_received: AtomicU32,
    pub(super) pdus_received: AtomicU32,
    pub(super) pdus_sent: AtomicU32,
}

impl Counts {
    /// In the order of the interface. A server that calls nobody has made no calls.
    fn statistics(&self) -> [u32; 4] {
        [&self.calls_received, &AtomicU32::new(0), &self.pdus_received, &self.pdus_sent]
            .map(|count| count.load(Relaxed))
    }
}

/// Whether a presentation context is for management.
pub(super) fn is_management(interface: SyntaxId) -> bool {
    interface.uuid == mgmt::INTERFACE.uuid
}

/// Answers a call of the management of a server with these interfaces.
pub(super) fn answer(
    request: &Request,
    interfaces: &[SyntaxId],
    counts: &Counts,
    order: ByteOrder,
) -> Result<Bytes, Refusal> {
    let asked = Format::new(request.syntax, request.order);
    let format = Format::new(request.syntax, order);
    match request.opnum {
        mgmt::INQ_IF_IDS => {
            let if_id_vector = Some(interfaces.to_vec().into());
            Ok(InqIfIdsResponse { if_id_vector, status: 0 }.encode(format))
        }
        mgmt::INQ_STATS => {
            let count = clean(InqStatsRequest::decode(&request.stub, asked))?.count;
            let most = usize::try_from(count).unwrap_or(usize::MAX);
            let statistics: Vec<_> = counts.statistics().into_iter().take(most).collect();
            Ok(InqStatsResponse::from(statistics).encode(format))
        }
        // Who is answered has found it listening.
        mgmt::IS_SERVER_LISTENING => Ok(IsServerListeningResponse { status: 0, listening: 1 }.encode(format)),
        // Nobody stops it from afar: by default that is not allowed.
        mgmt::STOP_SERVER_LISTENING => Ok(StopServerListeningResponse { status: mgmt::OP_DISALLOWED }.encode(format)),
        mgmt::INQ_PRINC_NAME => princ_name(clean(InqPrincNameRequest::decode(&request.stub, asked))?, format),
        _ => Err(Refusal::not_begun(fault::OPERATION_RANGE)),
    }
}

/// The empty name, for the server is under no principal. Without room for its terminator there is no answer.
fn princ_name(request: InqPrincNameRequest, format: Format) -> Result<Bytes, Refusal> {
    if request.princ_name_size == 0 {
        return Err(Refusal::failed(fault::BAD_STUB_DATA));
    }
    let response = InqPrincNameResponse {
        max_count: request.princ_name_size.into(),
        princ_name: Bytes::from_static(b"\0"),
        status: mgmt::UNKNOWN_AUTHN_SERVICE,
    };
    Ok(response.encode(format))
}

fn clean<T>(decoded: Result<Decoded<T>, dcerpc::DecodeError>) -> Result<T, Refusal> {
    match decoded {
        Ok(decoded) if decoded.defects.is_empty() => Ok(decoded.value),
        _ => Err(Refusal::failed(fault::BAD_STUB_DATA)),
    }
}
