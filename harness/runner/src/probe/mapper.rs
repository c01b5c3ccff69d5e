//! What the server's endpoint mapper says, with its towers in words.

use dcerpc::SyntaxId;
use dcerpc::epm::{Floor, Tower};
use mspan::Interface;
use peer::Tap;
use peer::client::{Inquiry, Mapper, Options, Unmapped};
use tokio::time::timeout_at;

use super::interfaces;
use super::line::{Port, Silence};
use super::offer::{Element, EndpointMap, Fact, Mapped};
use super::proposal::{syntax_name, version};

/// Protocol identifiers that [`Floor`] keeps as they are ([C706] appendix I, [MS-RPCE] 2.1).
const CONNECTIONLESS: u8 = 0x0A;
const LOCAL: u8 = 0x0C;
const NETBIOS: u8 = 0x11;
const UDP: u8 = 0x08;

/// Asks where both interfaces are, and for all that there is.
pub(super) async fn asked(port: &Port) -> EndpointMap {
    let mapper = Mapper::new(port.connector.clone(), Tap::off(), Options::default(), port.limit);
    let mut mapped = Vec::new();
    for interface in [Interface::AsyncNotify, Interface::RemoteObject] {
        let told = match timeout_at(port.end, mapper.endpoint(interface.id())).await {
            Ok(told) => told.map(|endpoint| endpoint.port).into(),
            Err(_) => Fact::Unknown(Silence::Late.to_string()),
        };
        mapped.push(Mapped { interface: interface.name().to_owned(), port: told });
    }
    let elements = match timeout_at(port.end, mapper.ask(&Inquiry::All, None)).await {
        Ok(Err(Unmapped::NotRegistered { .. })) => {
            Fact::Unknown("ept_lookup names none (ept_s_not_registered)".to_owned())
        }
        Ok(towers) => towers.map(|towers| in_words(&towers)).into(),
        Err(_) => Fact::Unknown(Silence::Late.to_string()),
    };
    EndpointMap { address: port.connector.address().to_owned(), mapped, elements }
}

/// Each tower once, by interface.
fn in_words(towers: &[Tower]) -> Vec<Element> {
    let mut elements: Vec<_> = towers.iter().map(element).collect();
    elements.sort();
    elements.dedup();
    elements
}

fn element(tower: &Tower) -> Element {
    let interface = tower.interface();
    Element {
        uuid: interface.map(|it| it.uuid.to_string()),
        version: interface.map(version),
        name: interface.and_then(interfaces::name).map(str::to_owned),
        transfer_syntax: tower.transfer_syntax().map(syntax_name),
        binding: binding(tower),
    }
}

/// A string binding, or the floors by their numbers.
fn binding(tower: &Tower) -> String {
    let floors: Vec<&Floor> = tower.floors.iter().filter(|floor| !matches!(floor, Floor::Syntax(_))).collect();
    match floors.as_slice() {
        [Floor::ConnectionOriented(_), Floor::Tcp(port), Floor::Ip(host)] => {
            format!("ncacn_ip_tcp:{}[{port}]", ip(host))
        }
        [Floor::ConnectionOriented(_), Floor::Http(port), Floor::Ip(host)] => {
            format!("ncacn_http:{}[{port}]", ip(host))
        }
        [Floor::ConnectionOriented(_), Floor::NamedPipe(pipe), Floor::Other { identifier, address }]
            if identifier[..] == [NETBIOS] =>
        {
            format!("ncacn_np:{}[{}]", text(address), text(pipe))
        }
        [Floor::Other { identifier, .. }, Floor::Lrpc(name)] if identifier[..] == [LOCAL] => {
            format!("ncalrpc:[{}]", text(name))
        }
        [Floor::Other { identifier, .. }, Floor::Other { identifier: udp, address }, Floor::Ip(host)]
            if identifier[..] == [CONNECTIONLESS] && udp[..] == [UDP] =>
        {
            format!("ncadg_ip_udp:{}[{}]", ip(host), number(address))
        }
        _ => {
            let protocols = floors.iter().map(|floor| match floor.protocol() {
                Some(protocol) => format!("{protocol:#04x}"),
                None => "none".to_owned(),
            });
            format!("protocols {}", protocols.collect::<Vec<_>>().join(" "))
        }
    }
}

fn ip(address: &[u8; 4]) -> String {
    std::net::Ipv4Addr::from(*address).to_string()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).trim_end_matches('\0').to_owned()
}

fn number(octets: &[u8]) -> String {
    <[u8; 2]>::try_from(octets).map_or_else(|_| hex::encode(octets), |port| u16::from_be_bytes(port).to_string())
}

/// The port of an interface of [MS-PAN], as ept_map told it.
pub(super) fn port_of(map: &EndpointMap, interface: SyntaxId) -> Fact<u16> {
    let name = interfaces::name(interface).unwrap_or_default();
    let told = map.mapped.iter().find(|mapped| mapped.interface == name).map(|mapped| mapped.port.clone());
    told.unwrap_or_else(|| Fact::Unknown("it was not asked for".to_owned()))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use dcerpc::epm::{Floor, TcpEndpoint, Tower};
    use dcerpc::{SyntaxId, TransferSyntax};
    use mspan::Interface;

    use super::element;

    fn check(floors: Vec<Floor>, expected: &str) {
        let tower =
            Tower::tcp(Interface::AsyncNotify.id(), TransferSyntax::Ndr.id(), TcpEndpoint { port: 0, address: [0; 4] });
        let floors = tower.floors.into_iter().take(2).chain(floors).collect();
        let element = element(&Tower { floors });
        assert_eq!(element.binding, expected);
        assert_eq!(element.name.as_deref(), Some("IRPCAsyncNotify"));
        assert_eq!(element.transfer_syntax.as_deref(), Some("ndr"));
    }

    fn other(identifier: u8, address: &'static [u8]) -> Floor {
        Floor::Other { identifier: Bytes::copy_from_slice(&[identifier]), address: Bytes::from_static(address) }
    }

    #[test]
    fn towers_are_told_as_string_bindings() {
        let co = || Floor::ConnectionOriented(0);
        check(vec![co(), Floor::Tcp(49670), Floor::Ip([10, 0, 0, 1])], "ncacn_ip_tcp:10.0.0.1[49670]");
        check(vec![co(), Floor::Http(593), Floor::Ip([10, 0, 0, 1])], "ncacn_http:10.0.0.1[593]");
        let pipe = Floor::NamedPipe(Bytes::from_static(b"\\PIPE\\spoolss\0"));
        check(vec![co(), pipe, other(0x11, b"\\\\SRV\0")], "ncacn_np:\\\\SRV[\\PIPE\\spoolss]");
        check(vec![other(0x0C, &[0, 0]), Floor::Lrpc(Bytes::from_static(b"spool\0"))], "ncalrpc:[spool]");
        check(vec![other(0x0A, &[0, 0]), other(0x08, &[0, 135]), Floor::Ip([1, 2, 3, 4])], "ncadg_ip_udp:1.2.3.4[135]");
        check(vec![other(0x42, b"x")], "protocols 0x42");
    }

    #[test]
    fn a_tower_without_an_interface_has_no_name() {
        let element = element(&Tower { floors: vec![Floor::Tcp(1)] });
        assert_eq!((element.uuid, element.name, element.binding.as_str()), (None, None, "protocols 0x07"));
        let unknown = SyntaxId::new(uuid::Uuid::nil(), 1, 0);
        assert_eq!(super::interfaces::name(unknown), None);
    }
}
