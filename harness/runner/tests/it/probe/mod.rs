//! `probe`: of the reference server and its variants, of servers that answer badly, and from the command line.

mod command;
mod hostile;
mod logins;
mod offered;
pub(crate) mod providers;

use std::sync::Arc;
use std::time::Duration;

use peer::client::Dial;
use peer::server::{Accepted, ServerOptions};
use peer::transport::{DuplexConnector, Link, Refusing};
use runner::probe::offer::{Offer, Unanswered};
use runner::probe::{Server, probe};

const PORT: u16 = 49670;
const MAPPER_PORT: u16 = 135;

/// Runs a future on a runtime of its own whose clock is virtual.
fn in_virtual_time<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(future)
}

/// Whoever serves what is opened to a host's ports in memory; nobody listens but at the port and its mapper's.
fn dial(serve: impl Fn(u16, Link) + Clone + Send + Sync + 'static) -> Dial {
    Arc::new(move |port| {
        let (serve, name) = (serve.clone(), format!("10.0.0.1:{port}"));
        if port != PORT && port != MAPPER_PORT {
            return Arc::new(Refusing::new(name));
        }
        Arc::new(DuplexConnector::new(name, move |link| serve(port, link)))
    })
}

/// The reference server, with its endpoint mapper.
fn reference(options: ServerOptions) -> Dial {
    let server = peer::server::Server::new(ServerOptions { seed: Some(1), ..options });
    dial(move |port, link| {
        let server = server.clone();
        tokio::spawn(async move {
            let accepted = Accepted { client: link.client.clone(), server: link.server.clone(), ..Accepted::default() };
            match port {
                PORT => server.serve_connection(link.into_stream(), accepted).await,
                _ => server.serve_mapper_connection(link.into_stream(), accepted, PORT).await,
            }
        });
    })
}

/// What is asked of a server at the port, or of one that the mapper knows.
fn server(dial: Dial, is_mapped: bool) -> Server {
    Server {
        address: "ncacn_ip_tcp:10.0.0.1".to_owned(),
        port: (!is_mapped).then_some(PORT),
        mapper: is_mapped.then(|| dial(MAPPER_PORT)),
        dial,
        source: None,
        identities: None,
        limit: Duration::from_secs(5),
        whole: Duration::from_secs(60),
    }
}

/// Probes it.
fn probed(dial: Dial, is_mapped: bool) -> Result<Offer, Box<Unanswered>> {
    in_virtual_time(async { probe(&server(dial, is_mapped)).await })
}
