//! `probe`: what a server offers.

mod answered;
mod command;
mod connection;
mod interfaces;
mod line;
mod login;
mod management;
mod mapper;
pub mod offer;
mod proposal;
mod registration;
mod security;
mod source;
mod text;
mod token;

use std::sync::Arc;
use std::time::Duration;

use dcerpc::TransferSyntax;
use mspan::{Interface, UserFilter};
use peer::client::Dial;
use peer::transport::Connector;
use tokio::time::Instant;

use crate::stimulus::Source;
use line::Port;
use login::Trial;
use offer::{EndpointMap, Fact, InterfaceOffer, Offer, Reply, Step, Unanswered};
use proposal::Asked;
use registration::{Registration, Wanted};

pub(crate) use command::{finished, offered_at, run};
pub use login::Identities;
pub use text::to_text;

/// A server to be probed.
pub struct Server {
    /// Its address, as people gave it.
    pub address: String,
    /// What goes to a port of its host.
    pub dial: Dial,
    /// Its port, when the address has one.
    pub port: Option<u16>,
    /// Its endpoint mapper, when it is to be asked.
    pub mapper: Option<Arc<dyn Connector>>,
    /// Its notification source, when there is one.
    pub source: Option<Source>,
    /// Who logs in, when somebody is to.
    pub identities: Option<Identities>,
    /// How long each answer is waited for.
    pub limit: Duration,
    /// How long all of it may take.
    pub whole: Duration,
}

/// Finds out what a server offers.
///
/// # Errors
/// When there is nobody who answers, with what the endpoint mapper said.
pub async fn probe(server: &Server) -> Result<Offer, Box<Unanswered>> {
    let end = Instant::now() + server.whole;
    let port = |connector: Arc<dyn Connector>| Port { connector, limit: server.limit, end };
    let endpoint_mapper = match &server.mapper {
        Some(connector) => Some(mapper::asked(&port(Arc::clone(connector))).await),
        None => None,
    };
    let at = |interface| server.port_of(endpoint_mapper.as_ref(), interface).map(|number| port((server.dial)(number)));
    let known = at(Interface::RemoteObject).and_then(|first| Ok([first, at(Interface::AsyncNotify)?]));
    let asked = match &known {
        Ok(ports) => offered(server, ports).await,
        Err(why) => Err(why.clone()),
    };
    match asked {
        Ok(offer) => Ok(Offer { endpoint_mapper, ..offer }),
        Err(error) => Err(Box::new(Unanswered { address: server.address.clone(), endpoint_mapper, error })),
    }
}

impl Server {
    /// The port of an interface: the address's own, or what the endpoint mapper says.
    fn port_of(&self, map: Option<&EndpointMap>, interface: Interface) -> Result<u16, String> {
        match (self.port, map) {
            (Some(number), _) => Ok(number),
            (None, Some(map)) => match mapper::port_of(map, interface.id()) {
                Fact::Known(number) => Ok(number),
                Fact::Unknown(why) => Err(format!("{} has no known port: {why}", interface.name())),
            },
            (None, None) => Err("the address names no port, and there is no endpoint mapper to ask".to_owned()),
        }
    }
}

/// What is offered at the ports of IRPCRemoteObject and of IRPCAsyncNotify.
async fn offered(server: &Server, ports: &[Port; 2]) -> Result<Offer, String> {
    let [remote_object, async_notify] = ports;
    let mut asked = Asked::default();
    let first = connection::first(&mut asked, async_notify).await;
    let mut first = first.map_err(|silence| silent(async_notify, &silence))?;
    let (mut connection, association) = connection::described(&mut asked, async_notify, &mut first).await;
    drop(first);
    let interfaces = interfaces::offered(&mut asked, [remote_object, async_notify]).await;
    let management = management::named(async_notify).await;
    let joins = matches!(association.second_connection, Fact::Known(Reply { accepted: true, .. }));
    let syntax = common_syntax(&interfaces);
    let registers = match &syntax {
        Err(why) => Err(why.clone()),
        Ok(_) if remote_object.connector.address() != async_notify.connector.address() => {
            Err("not tried: the interfaces are at different ports, and handles belong to one endpoint".to_owned())
        }
        Ok(syntax) => Ok(*syntax),
    };
    let registration = match &registers {
        Ok(syntax) => Fact::Known(registered(async_notify, *syntax, joins).await),
        Err(why) => Fact::Unknown(why.clone()),
    };
    let notification_source = match &server.source {
        Some(source) => Some(source::tried(source).await),
        None => None,
    };
    let (security, signing) = security::offered(&mut asked, async_notify).await;
    if let Some(signing) = signing {
        connection.header_signing = Fact::Known(signing);
    }
    let logins = match &server.identities {
        None => None,
        Some(identities) => {
            let mut trial = Trial::new(identities, remote_object, syntax.unwrap_or(TransferSyntax::Ndr)).await;
            trial.all().await;
            Some(trial.told(registers.map(|_| joins)).await)
        }
    };
    Ok(Offer {
        address: server.address.clone(),
        endpoint_mapper: None,
        interfaces,
        management,
        connection,
        association,
        registration,
        notification_source,
        security,
        logins,
        remarks: asked.into_remarks(),
    })
}

/// A sentence about a server that has nothing to say.
fn silent(port: &Port, silence: &line::Silence) -> String {
    match silence {
        line::Silence::Unreachable(why) => format!("the server can't be reached: {why}"),
        other => format!("the server at {} does not speak DCE/RPC: {other}", port.connector.address()),
    }
}

/// A syntax that both interfaces have.
fn common_syntax(interfaces: &[InterfaceOffer]) -> Result<TransferSyntax, String> {
    let has = |of: fn(&InterfaceOffer) -> &Fact<Reply>| {
        let ours = interfaces.iter().filter(|one| Interface::ALL.iter().any(|known| known.name() == one.name));
        ours.map(of).all(|reply| matches!(reply, Fact::Known(Reply { accepted: true, .. })))
    };
    if has(|one| &one.ndr) {
        Ok(TransferSyntax::Ndr)
    } else if has(|one| &one.ndr64) {
        Ok(TransferSyntax::Ndr64)
    } else {
        Err("not tried: no transfer syntax is accepted for both interfaces".to_owned())
    }
}

/// One registration by nobody, for the print server.
async fn registered(port: &Port, syntax: TransferSyntax, joins: bool) -> Vec<Step> {
    let mut registration = Registration::new(port, syntax, None);
    let tried = registration.tried(joins, &Wanted { queue: None, filter: UserFilter::PER_USER }).await;
    registration.close().await;
    tried.steps
}
