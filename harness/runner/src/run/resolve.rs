//! Where a server is whose address names no port: its endpoint mapper says so.

use std::sync::Arc;
use std::time::Duration;

use mspan::Interface;
use peer::Tap;
use peer::client::{Mapper, Options};
use peer::transport::TcpConnector;

/// The port on which the endpoint mapper at `mapper` says that both interfaces listen.
///
/// # Errors
/// In words: the mapper can't be reached or answers with rubbish, an interface is not registered, or they have different ports.
pub(crate) async fn port(mapper: &str, limit: Duration) -> Result<u16, String> {
    let mapper = Mapper::new(Arc::new(TcpConnector::new(mapper)), Tap::off(), Options::default(), limit);
    let mut ports = Vec::new();
    for interface in [Interface::AsyncNotify, Interface::RemoteObject] {
        let endpoint = mapper.endpoint(interface.id()).await;
        let endpoint = endpoint.map_err(|why| format!("{} has no known port: {why}", interface.name()))?;
        ports.push((interface, endpoint.port));
    }
    match ports.as_slice() {
        [(_, first), (_, second)] if first == second => Ok(*first),
        _ => {
            let told: Vec<String> = ports.iter().map(|(known, port)| format!("{} at {port}", known.name())).collect();
            // An association belongs to one endpoint ([MS-RPCE] 3.3.1.1.1), and the handles of [MS-PAN] to one association.
            Err(format!(
                "the endpoint mapper has {}: handles of the one would mean nothing at the other, for an association belongs \
                 to one endpoint ([MS-RPCE] 3.3.1.1.1)",
                told.join(" and ")
            ))
        }
    }
}
