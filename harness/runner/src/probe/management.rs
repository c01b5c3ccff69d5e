//! Which interfaces a server names itself: rpc__mgmt_inq_if_ids ([C706] appendix Q, opnum 0).

use std::sync::Arc;

use bytes::Bytes;
use dcerpc::mgmt::{self, InqIfIdsResponse};
use peer::Tap;
use peer::client::{Association, Call, Options, Outcome};
use tokio::time::Instant;

use super::interfaces;
use super::line::{Port, Silence};
use super::offer::{Fact, NamedInterface};
use super::proposal::version;

/// Asks for all interfaces.
pub(super) async fn named(port: &Port) -> Fact<Vec<NamedInterface>> {
    let limit = port.limit.min(port.end.saturating_duration_since(Instant::now()));
    if limit.is_zero() {
        return Fact::Unknown(Silence::Late.to_string());
    }
    let association = Association::new(Arc::clone(&port.connector), Tap::off(), Options::default());
    let call = Call { limit, ..Call::new(mgmt::INTERFACE, mgmt::INQ_IF_IDS, Bytes::new()) };
    let named = match association.call(&call).await {
        Outcome::Returned { stub, format } => InqIfIdsResponse::decode(&stub, format).map_or_else(
            |error| Err(format!("a response that can't be read: {error}")),
            |read| match read.defects.first() {
                Some(defect) => Err(format!("a response that breaks {}", defect.rule)),
                None => interfaces(&read.value),
            },
        ),
        Outcome::TimedOut => Err(Silence::Nothing(limit).to_string()),
        outcome => Err(outcome.to_string()),
    };
    // Whoever does not let go of a connection is left to the end of this runtime.
    tokio::time::timeout(port.limit, association.close_all()).await.ok();
    named.into()
}

fn interfaces(response: &InqIfIdsResponse) -> Result<Vec<NamedInterface>, String> {
    if response.status != 0 {
        return Err(format!("status {:#010x}", response.status));
    }
    let all = response.if_id_vector.iter().flat_map(|vector| vector.if_id.elements.iter().flatten());
    let named = all.map(|id| NamedInterface {
        uuid: id.uuid.to_string(),
        version: version(*id),
        name: interfaces::name(*id).map(str::to_owned),
    });
    Ok(named.collect())
}
