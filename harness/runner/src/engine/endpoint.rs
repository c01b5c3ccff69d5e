//! Questions to the endpoint mapper.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use dcerpc::epm::{Floor, Tower};
use dcerpc::pdu::ContextElement;
use dcerpc::{SyntaxId, TransferSyntax};
use peer::client::{Association, Binding, Inquiry, Mapper, Note, Options, Outcome, Unmapped};

use super::MapperWay;
use super::judge::Mismatch;
use super::run::{Run, Stop};
use crate::scenario::meant::{MapExpectation, MapSpec, Place, Transport};

impl Run<'_> {
    /// Asks where an interface is, and goes there when that is wanted: what comes of it is for the rules.
    pub(super) async fn map(&self, map: &MapSpec, place: &Place, words: &str) -> Result<(), Stop> {
        let actor = self.names.borrow().actor(&map.actor)?;
        let way = self.environment.actors.get(&actor).and_then(|played| played.mapper.clone());
        let Some(way) = way else {
            return Err(Stop::Unsupported("nothing is known of an endpoint mapper of the target".to_owned()));
        };
        let note =
            Note { actor: actor.clone(), step: words.to_owned(), line: place.line(), violates: map.violates.clone() };
        let options = Options { actor: Some(actor), ..Options::default() };
        let (begun, limit) = (self.environment.tap.now(), self.within(map.within));
        let mapper = Mapper::new(Arc::clone(&way.connector), self.environment.tap.clone(), options.clone(), limit);
        let came = mapper.ask(&inquiry(map), Some(&note)).await;
        self.mark_lateness(begun, limit);
        if let Err(Unmapped::Unanswered { outcome: Outcome::Unreachable { .. }, .. }) = &came {
            return Err(Stop::Error(came.map_or_else(|error| error.to_string(), |_| String::new())));
        }
        let fits = match (map.expect, &came) {
            (MapExpectation::Any, _)
            | (MapExpectation::Towers, Ok(_))
            | (MapExpectation::NotRegistered, Err(Unmapped::NotRegistered { .. })) => true,
            (MapExpectation::NotRegistered, Ok(towers)) => towers.is_empty(),
            (MapExpectation::Towers | MapExpectation::NotRegistered, Err(_)) => false,
        };
        if map.bind {
            for port in ports(map.interface, came.as_deref().unwrap_or_default()) {
                self.go(&way, map, port, &options).await?;
            }
        }
        if fits {
            return Ok(());
        }
        let expected = match map.expect {
            MapExpectation::NotRegistered => "ept_s_not_registered".to_owned(),
            MapExpectation::Towers | MapExpectation::Any => "towers of the interface".to_owned(),
        };
        let actual = match came {
            Ok(towers) => format!("{} towers", towers.len()),
            Err(error) => error.to_string(),
        };
        Err(self.fail(place, words, Mismatch { expected, actual }))
    }

    /// Binds the interface at a port.
    async fn go(&self, way: &MapperWay, map: &MapSpec, port: u16, options: &Options) -> Result<(), Stop> {
        let limit = self.within(map.within);
        let association = Association::new((way.dial)(port), self.environment.tap.clone(), options.clone());
        let context = ContextElement::new(0, map.interface, TransferSyntax::Ndr.id());
        let binding = Binding { name: None, contexts: vec![context], association: None, limit, alteration: None };
        let bound = association.bind(&binding).await;
        // Whoever does not let go of a connection is left to the end of the run.
        tokio::time::timeout(limit, association.close_all()).await.ok();
        match bound {
            Err(Outcome::TimedOut) => Err(Stop::Inconclusive(format!("no answer from port {port} within the limit"))),
            // The trace tells what came, and the rules what that means.
            _ => Ok(()),
        }
    }
}

fn inquiry(map: &MapSpec) -> Inquiry {
    let over = |transport: &[Floor]| {
        let syntaxes = [map.interface, TransferSyntax::Ndr.id()].map(Floor::Syntax);
        Inquiry::Map(Tower { floors: syntaxes.into_iter().chain(transport.iter().cloned()).collect() })
    };
    let connection_oriented = Floor::ConnectionOriented(0);
    match map.transport {
        None => Inquiry::Lookup(map.interface),
        Some(Transport::Tcp) => Inquiry::Map(Mapper::open_tower(map.interface)),
        Some(Transport::NamedPipe) => {
            // 0x11: the NetBIOS name of the machine.
            let host = Floor::Other { identifier: Bytes::from_static(&[0x11]), address: Bytes::from_static(b"\0") };
            over(&[connection_oriented, Floor::NamedPipe(Bytes::from_static(b"\0")), host])
        }
        Some(Transport::Http) => over(&[connection_oriented, Floor::Http(0), Floor::Ip([0; 4])]),
    }
}

/// The ports that towers of an interface lead to.
fn ports(interface: SyntaxId, towers: &[Tower]) -> BTreeSet<u16> {
    let of_interface = towers.iter().filter(|tower| tower.interface() == Some(interface));
    let ports = of_interface.filter_map(Tower::tcp_endpoint).map(|endpoint| endpoint.port);
    ports.filter(|port| *port != 0).collect()
}
