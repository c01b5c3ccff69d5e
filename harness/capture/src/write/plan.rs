//! Which addresses the connections of a capture get.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use trace::{Closed, ConnectionId, Entry, Lost, Observation, Opened, Seen};

/// The client's address and the server's.
pub(super) type Ends = (SocketAddr, SocketAddr);

/// The first port of clients that have none.
const CLIENT_PORT: u16 = 50_000;

/// Ports that clients get before they get another address.
const CLIENT_PORTS: usize = 15_000;

/// What is added to the small numbers that servers in memory have for ports: the first of those that Windows gives to services.
const SERVER_PORT: u16 = 49_664;

/// The port of the endpoint mapper, which stays as it is.
const MAPPER_PORT: u16 = 135;

/// The addresses of all connections of a trace.
#[derive(Debug, Default)]
pub(super) struct Plan {
    ends: BTreeMap<ConnectionId, Ends>,
    /// Connections with octets after their end was seen.
    going_on: BTreeSet<ConnectionId>,
    /// Connections whose opening was not seen.
    in_mid_stream: BTreeSet<ConnectionId>,
    /// The names of hosts that had no address.
    pub(super) names: Vec<(IpAddr, String)>,
}

/// Which side of a connection a host is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Client,
    Server,
}

/// Gives addresses to names.
#[derive(Default)]
struct Hosts {
    known: BTreeMap<(Side, bool, String, usize), IpAddr>,
    taken: BTreeMap<(Side, bool), u32>,
    taken_ends: BTreeSet<Ends>,
    clients: usize,
}

impl Plan {
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut plan = Self::default();
        let mut hosts = Hosts::default();
        let mut closed = BTreeSet::new();
        for entry in entries {
            match &entry.seen {
                Seen::Opened(opened) if !plan.ends.contains_key(&opened.connection) => {
                    plan.ends.insert(opened.connection, hosts.ends(opened));
                }
                Seen::Closed(Closed { connection, .. }) => {
                    closed.insert(*connection);
                }
                Seen::Octets(Observation { connection, octets, .. })
                    if !octets.is_empty() && closed.contains(connection) =>
                {
                    plan.going_on.insert(*connection);
                }
                Seen::Lost(Lost { connection, octets: None, .. }) => {
                    plan.in_mid_stream.insert(*connection);
                }
                _ => {}
            }
        }
        plan.names = hosts.known.into_iter().map(|((_, _, name, _), address)| (address, name)).collect();
        plan
    }

    pub(super) fn ends_of(&self, connection: ConnectionId) -> Option<Ends> {
        self.ends.get(&connection).copied()
    }

    /// Whether octets come after its end was seen.
    pub(super) fn goes_on(&self, connection: ConnectionId) -> bool {
        self.going_on.contains(&connection)
    }

    /// Whether its opening was not seen.
    pub(super) fn is_in_mid_stream(&self, connection: ConnectionId) -> bool {
        self.in_mid_stream.contains(&connection)
    }
}

impl Hosts {
    fn ends(&mut self, opened: &Opened) -> Ends {
        let (client, server) = (address(&opened.client), address(&opened.server));
        if let (Some(client), Some(server)) = (client, server)
            && client.is_ipv4() == server.is_ipv4()
            && client != server
            && self.taken_ends.insert((client.min(server), client.max(server)))
        {
            return (client, server);
        }
        let is_ipv6 = server.or(client).is_some_and(|address| address.is_ipv6());
        let round = self.clients / CLIENT_PORTS;
        let port = CLIENT_PORT.saturating_add(u16::try_from(self.clients % CLIENT_PORTS).unwrap_or(0));
        self.clients += 1;
        let name = opened.actor.as_deref().unwrap_or_else(|| host(&opened.client));
        let client = SocketAddr::new(self.host(Side::Client, is_ipv6, name, round), port);
        let server = server.unwrap_or_else(|| {
            let address = self.host(Side::Server, is_ipv6, host(&opened.server), 0);
            SocketAddr::new(address, server_port(&opened.server))
        });
        self.taken_ends.insert((client.min(server), client.max(server)));
        (client, server)
    }

    fn host(&mut self, side: Side, is_ipv6: bool, name: &str, round: usize) -> IpAddr {
        let taken = self.taken.entry((side, is_ipv6)).or_default();
        let name: String = name.chars().filter(|c| *c != '\0').take(255).collect();
        *self.known.entry((side, is_ipv6, name, round)).or_insert_with(|| {
            *taken += 1;
            documentation(side, is_ipv6, *taken)
        })
    }
}

/// An address for documentation ([RFC5737], [RFC3849]); where those are used up, one for benchmarks ([RFC2544]).
fn documentation(side: Side, is_ipv6: bool, number: u32) -> IpAddr {
    let (net, net6) = match side {
        Side::Client => (Ipv4Addr::new(192, 0, 2, 0), 1),
        Side::Server => (Ipv4Addr::new(198, 51, 100, 0), 2),
    };
    if is_ipv6 {
        return Ipv6Addr::from_bits(0x2001_0db8 << 96 | net6 << 32 | u128::from(number)).into();
    }
    if number < 255 {
        return Ipv4Addr::from_bits(net.to_bits() | number).into();
    }
    let half = if side == Side::Client { 0 } else { 0x1_0000 };
    Ipv4Addr::from_bits(Ipv4Addr::new(198, 18, 0, 0).to_bits() | half | (number & 0xFFFF)).into()
}

/// An address that packets can have.
fn address(text: &str) -> Option<SocketAddr> {
    let address: SocketAddr = text.parse().ok()?;
    let is_usable = !address.ip().is_unspecified() && !address.ip().is_multicast() && address.port() != 0;
    is_usable.then(|| SocketAddr::new(address.ip(), address.port()))
}

/// The host of `host:port`.
fn host(text: &str) -> &str {
    text.rsplit_once(':').map_or(text, |(host, _)| host)
}

fn server_port(text: &str) -> u16 {
    let port = text.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(0_u16);
    if port == MAPPER_PORT || port >= 1_024 { port } else { SERVER_PORT + port }
}
