//! The command: from an address or a target file to what is printed.

use std::sync::Arc;

use peer::client::Dial;
use peer::transport::{Connector, TcpConnector};
use serde::Serialize;

use super::offer::Offer;
use super::text::{mapper_to_text, to_text};
use super::{Identities, Server, probe};
use crate::arguments::{ListFormat, Probe, Probed, Whereabouts};
use crate::exit::Exit;
use crate::principal::Principals;
use crate::stimulus::Source;
use crate::target::{Limits, Loaded, Target, load};
use crate::terminal::print;

/// Probes a server and prints what it offers.
///
/// # Errors
/// The exit code, with the words for it.
pub(crate) fn run(arguments: &Probe) -> Result<Exit, (Exit, String)> {
    let server = match &arguments.server {
        Probed::At(address) => at(address),
        Probed::Target(written) => match load(written) {
            Ok(Loaded::Server(target)) => of(&target).map_err(|why| (Exit::Environment, why))?,
            Ok(Loaded::Client(_)) => {
                return Err((Exit::Mistake, format!("{written}: the target is a client, and a server is probed")));
            }
            Err(problem) => return Err((Exit::Mistake, problem.render())),
        },
    };
    match finished(probe(&server))? {
        Ok(offer) => {
            let exit = if is_ours(&offer) { Exit::AsExpected } else { Exit::NothingPassed };
            let text = match arguments.format {
                ListFormat::Json => json(&offer)?,
                ListFormat::Text => to_text(&offer),
            };
            print(&text)?;
            if let Some(refused) = offer.logins.and_then(|logins| logins.refused) {
                return Err((Exit::Environment, refused));
            }
            Ok(exit)
        }
        Err(unanswered) => {
            let text = match (arguments.format, &unanswered.endpoint_mapper) {
                (ListFormat::Json, _) => json(&unanswered)?,
                (ListFormat::Text, Some(map)) => mapper_to_text(map),
                (ListFormat::Text, None) => String::new(),
            };
            print(&text)?;
            Err((Exit::Environment, unanswered.error))
        }
    }
}

/// What the server at an address offers.
///
/// # Errors
/// The exit code, with the words for it, when nobody answers.
pub(crate) fn offered_at(address: &Whereabouts) -> Result<Offer, (Exit, String)> {
    finished(probe(&at(address)))?.map_err(|unanswered| (Exit::Environment, unanswered.error))
}

/// What comes of asking somebody.
///
/// # Errors
/// When nobody can be asked from here.
pub(crate) fn finished<T>(asking: impl Future<Output = T>) -> Result<T, (Exit, String)> {
    let failed = |error: std::io::Error| (Exit::Environment, error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let found = runtime.block_on(asking);
    // A key distribution centre that does not answer is not waited for any longer.
    runtime.shutdown_background();
    Ok(found)
}

/// Whether an interface of [MS-PAN] is offered.
fn is_ours(offer: &Offer) -> bool {
    let ours = offer.interfaces.iter().filter(|one| mspan::Interface::ALL.iter().any(|known| known.name() == one.name));
    ours.flat_map(|one| [&one.ndr, &one.ndr64]).any(|reply| reply.known().is_some_and(|reply| reply.accepted))
}

fn at(address: &Whereabouts) -> Server {
    let Limits { call, scenario, .. } = Limits::default();
    let (dial, port, mapper): (Dial, _, Option<Arc<dyn Connector>>) = match address {
        Whereabouts::Known(known) => {
            let connector = Arc::new(TcpConnector::new(known.clone()));
            let port = known.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
            (Arc::new(move |_| Arc::clone(&connector) as _), port, None)
        }
        Whereabouts::Mapped { host, mapper } => {
            let host = host.clone();
            let dial: Dial = Arc::new(move |port| Arc::new(TcpConnector::new(host.at(port))) as _);
            (dial, None, Some(Arc::new(TcpConnector::new(mapper.clone()))))
        }
    };
    Server {
        address: address.to_string(),
        dial,
        port,
        mapper,
        source: None,
        identities: None,
        limit: call,
        whole: scenario,
    }
}

/// # Errors
/// In words, when a password is not there.
fn of(target: &Target) -> Result<Server, String> {
    let host = target.binding.clone();
    let mapper = target.endpoint_mapper.clone();
    let identities = match target.authentication.protection() {
        None => None,
        Some(protection) => Some(Identities {
            principals: Principals::of_file(&target.authentication, target.limits.call)?,
            protection,
            server_name: target.server_name.clone(),
            printer: target.printer.clone(),
        }),
    };
    Ok(Server {
        address: target.binding.to_string(),
        dial: Arc::new(move |port| Arc::new(TcpConnector::new(host.at(port))) as _),
        port: target.binding.port,
        mapper: mapper.map(|mapper| Arc::new(TcpConnector::new(mapper)) as _),
        source: target.stimulus.as_ref().map(|means| Source::outside(means, target.limits.call)),
        identities,
        limit: target.limits.call,
        whole: target.limits.scenario,
    })
}

/// What was found out as one JSON object, with who found it out.
fn json<T: Serialize>(found: &T) -> Result<String, (Exit, String)> {
    #[derive(Serialize)]
    struct Tool {
        name: &'static str,
        version: &'static str,
    }
    #[derive(Serialize)]
    struct Told<'a, T> {
        tool: Tool,
        #[serde(flatten)]
        found: &'a T,
    }
    let told = Told { tool: Tool { name: "pan-harness", version: env!("CARGO_PKG_VERSION") }, found };
    let text = serde_json::to_string_pretty(&told).map_err(|error| (Exit::Environment, error.to_string()))?;
    Ok(text + "\n")
}
