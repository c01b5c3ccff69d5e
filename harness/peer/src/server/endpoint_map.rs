//! The endpoint map of the server's machine: what its endpoint mapper answers ([C706] appendix O).

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use dcerpc::connection::server::{Refusal, Request};
use dcerpc::epm::{
    self, Entry, Floor, LookupRequest, LookupResponse, MapRequest, MapResponse, NOT_REGISTERED, TcpEndpoint, Tower,
};
use dcerpc::ndr::{Conformant, Format, Reader, Writer};
use dcerpc::pdu::status;
use dcerpc::{ContextHandle, Decoded, SyntaxId, TransferSyntax};
use mspan::Interface;
use uuid::Uuid;

use super::call::fault;
use crate::misbehaviour::Misbehaviour;
use crate::variant::Variant;

/// The opnum of ept_lookup_handle_free.
const LOOKUP_HANDLE_FREE: u16 = 4;
/// The status of a question that makes no sense: ept_s_cant_perform_op ([C706] appendix E).
const CANT_PERFORM: u32 = 0x16C9_A0CD;
/// The first of the handles by which the rest of an answer is asked for; those after it count what was given.
const FIRST_HANDLE: u128 = 0x6570_746D_0000_4000_8000_0000_0000_0000;
/// Elements that one answer has at most.
const MOST_ELEMENTS: usize = 500;

/// What a machine's endpoint mapper knows: where the two interfaces are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EndpointMap {
    towers: Vec<Tower>,
}

impl EndpointMap {
    /// The map of a server that listens on a port, for those who reach its mapper at `mapper`.
    pub(super) fn new(port: u16, mapper: &str, variant: Option<Variant>, misbehaviour: Option<Misbehaviour>) -> Self {
        let address = match mapper.parse::<SocketAddr>().map(|mapper| mapper.ip()) {
            Ok(IpAddr::V4(address)) => address.octets(),
            // A tower has no place for others, and none is needed: whoever asks has reached the host.
            _ => [0; 4],
        };
        let port = match misbehaviour {
            // Nobody listens on the first ports.
            Some(Misbehaviour::MapsAClosedPort) => {
                if port == 1 {
                    2
                } else {
                    1
                }
            }
            Some(Misbehaviour::MapsToTheMapper) => port_of(mapper).unwrap_or(port),
            _ => port,
        };
        let mut towers = Vec::new();
        for interface in Interface::ALL.map(Interface::id) {
            let tcp = Tower::tcp(interface, TransferSyntax::Ndr.id(), TcpEndpoint { port, address });
            match (misbehaviour, variant) {
                (Some(Misbehaviour::RegistersOneInterfaceOnly), _) if interface == Interface::RemoteObject.id() => {}
                (Some(Misbehaviour::OffersNamedPipeAlone), _) => towers.push(named_pipe(interface)),
                (_, Some(Variant::LocalTowers)) => towers.extend([local(interface), tcp]),
                _ => towers.push(tcp),
            }
        }
        Self { towers }
    }

    /// Answers a question. What has defects is refused.
    pub(super) fn answer(&self, request: &Request, order: dcerpc::ByteOrder) -> Result<Bytes, Refusal> {
        let asked = Format::new(request.syntax, request.order);
        let format = Format::new(request.syntax, order);
        match request.opnum {
            epm::MAP => Ok(self.map(&clean(MapRequest::decode(&request.stub, asked))?)?.encode(format)),
            epm::LOOKUP => Ok(self.lookup(&clean(LookupRequest::decode(&request.stub, asked))?)?.encode(format)),
            LOOKUP_HANDLE_FREE => free(&request.stub, asked, format),
            // Nobody from outside changes the map, and nothing else of it is of use to clients of ours.
            _ => Err(Refusal::not_begun(fault::OPERATION_RANGE)),
        }
    }

    fn map(&self, request: &MapRequest) -> Result<MapResponse, Refusal> {
        let most = usize::try_from(request.max_towers).unwrap_or(usize::MAX);
        let fits = |tower: &&Tower| request.map_tower.as_ref().is_some_and(|wanted| is_like(tower, wanted));
        let page = Page::of(self.towers.iter().filter(fits), request.entry_handle, most)?;
        let towers: Vec<_> = page.elements.into_iter().cloned().map(Some).collect();
        Ok(MapResponse {
            entry_handle: page.rest,
            num_towers: u32::try_from(towers.len()).unwrap_or(u32::MAX),
            towers: Conformant { max_count: request.max_towers.into(), elements: towers },
            status: page.status,
        })
    }

    fn lookup(&self, request: &LookupRequest) -> Result<LookupResponse, Refusal> {
        let most = usize::try_from(request.max_ents).unwrap_or(usize::MAX);
        let fits = |tower: &&Tower| match request.inquiry_type {
            epm::ALL_ELEMENTS => true,
            epm::BY_INTERFACE => match (tower.interface(), request.interface) {
                (Some(known), Some(wanted)) => is_of_version(known, wanted, request.vers_option),
                _ => false,
            },
            // Nothing is registered for an object.
            _ => false,
        };
        let page = Page::of(self.towers.iter().filter(fits), request.entry_handle, most)?;
        let entry = |tower: &Tower| Entry {
            object: Uuid::nil(),
            tower: Some(tower.clone()),
            annotation: Bytes::from_static(b"\0"),
        };
        let entries: Vec<_> = page.elements.into_iter().map(entry).collect();
        Ok(LookupResponse {
            entry_handle: page.rest,
            num_ents: u32::try_from(entries.len()).unwrap_or(u32::MAX),
            entries: Conformant { max_count: request.max_ents.into(), elements: entries },
            status: page.status,
        })
    }
}

/// A part of what is to be answered.
struct Page<'a> {
    elements: Vec<&'a Tower>,
    /// The handle for the rest; NULL when there is none.
    rest: ContextHandle,
    status: u32,
}

impl<'a> Page<'a> {
    /// What comes next of all that fits, at most so many.
    fn of(fitting: impl Iterator<Item = &'a Tower>, handle: ContextHandle, most: usize) -> Result<Self, Refusal> {
        let given = given(handle)?;
        let mut fitting = fitting.skip(given);
        if most == 0 {
            return Ok(Self { elements: Vec::new(), rest: ContextHandle::NULL, status: CANT_PERFORM });
        }
        let elements: Vec<_> = fitting.by_ref().take(most.min(MOST_ELEMENTS)).collect();
        let rest = match fitting.next() {
            Some(_) => ContextHandle::new(Uuid::from_u128(FIRST_HANDLE + (given + elements.len()) as u128)),
            None => ContextHandle::NULL,
        };
        let status = if elements.is_empty() { NOT_REGISTERED } else { 0 };
        Ok(Self { elements, rest, status })
    }
}

/// How much was given before a handle. Handles hold all that there is to know, so that nothing has to be kept for them.
fn given(handle: ContextHandle) -> Result<usize, Refusal> {
    if handle.is_null() {
        return Ok(0);
    }
    let given = handle.uuid.as_u128().checked_sub(FIRST_HANDLE).and_then(|given| usize::try_from(given).ok());
    let known = given.filter(|given| handle.attributes == 0 && *given <= 2 * MOST_ELEMENTS);
    known.ok_or(Refusal::not_begun(status::NCA_FAULT_CONTEXT_MISMATCH))
}

/// ept_lookup_handle_free: gives back NULL and success.
fn free(stub: &Bytes, asked: Format, format: Format) -> Result<Bytes, Refusal> {
    let handle = Reader::new(stub, asked).context_handle("entry_handle");
    given(handle.map_err(|_| Refusal::failed(fault::BAD_STUB_DATA))?)?;
    let mut writer = Writer::new(format);
    writer.context_handle(ContextHandle::NULL);
    writer.u32(0);
    Ok(writer.finish())
}

fn clean<T>(decoded: Result<Decoded<T>, dcerpc::DecodeError>) -> Result<T, Refusal> {
    match decoded {
        Ok(decoded) if decoded.defects.is_empty() => Ok(decoded.value),
        _ => Err(Refusal::failed(fault::BAD_STUB_DATA)),
    }
}

/// Whether a tower is what a map_tower asks for: the same interface and transfer syntax, over the same protocols.
fn is_like(tower: &Tower, wanted: &Tower) -> bool {
    let protocols = |tower: &Tower| tower.floors.iter().map(Floor::protocol).collect::<Vec<_>>();
    let interfaces = tower.interface().zip(wanted.interface());
    interfaces.is_some_and(|(known, wanted)| is_of_version(known, wanted, COMPATIBLE))
        && tower.transfer_syntax() == wanted.transfer_syntax()
        && protocols(tower) == protocols(wanted)
}

/// vers_option of a compatible version: the same major one, and no newer minor one is wanted.
const COMPATIBLE: u32 = 2;

/// Whether a known interface is of the version that is wanted, by a vers_option ([C706] appendix O).
fn is_of_version(known: SyntaxId, wanted: SyntaxId, option: u32) -> bool {
    let (major, minor) = (known.major().cmp(&wanted.major()), known.minor().cmp(&wanted.minor()));
    known.uuid == wanted.uuid
        && match option {
            epm::ALL_VERSIONS => true,
            COMPATIBLE => major.is_eq() && minor.is_ge(),
            3 => major.is_eq() && minor.is_eq(),
            4 => major.is_eq(),
            5 => major.then(minor).is_le(),
            _ => false,
        }
}

fn named_pipe(interface: SyntaxId) -> Tower {
    let pipe = Floor::NamedPipe(Bytes::from_static(b"\\pipe\\spoolss\0"));
    // 0x11: the NetBIOS name of the machine.
    let host = Floor::Other { identifier: Bytes::from_static(&[0x11]), address: Bytes::from_static(b"\\\\PRINTSRV\0") };
    over(interface, [Floor::ConnectionOriented(0), pipe, host])
}

fn local(interface: SyntaxId) -> Tower {
    // 0x0C: RPC within a machine.
    let protocol = Floor::Other { identifier: Bytes::from_static(&[0x0C]), address: Bytes::from_static(&[0, 0]) };
    over(interface, [protocol, Floor::Lrpc(Bytes::from_static(b"LRPC-pan\0"))])
}

fn over<const FLOORS: usize>(interface: SyntaxId, transport: [Floor; FLOORS]) -> Tower {
    let syntaxes = [interface, TransferSyntax::Ndr.id()].map(Floor::Syntax);
    Tower { floors: syntaxes.into_iter().chain(transport).collect() }
}

fn port_of(address: &str) -> Option<u16> {
    address.rsplit_once(':')?.1.parse().ok()
}
