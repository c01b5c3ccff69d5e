//! Our endpoint mapper, for clients that are told of it.

use std::cell::Cell;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::engine::{Door, LaunchProblem};
use crate::target::Client;

/// Where the endpoint mapper for one scenario's clients listens.
pub(super) struct Mapping {
    /// HOST:PORT of the target file.
    place: Option<String>,
    /// Whether the client is told of it at all.
    is_told: bool,
    /// Whether an instance has been given the place of the target file.
    taken: Cell<bool>,
}

/// An endpoint mapper that listens.
pub(super) struct Listening {
    listener: TcpListener,
    address: SocketAddr,
}

impl Mapping {
    pub(super) fn of(target: &Client) -> Self {
        Self { place: target.endpoint_mapper.clone(), is_told: target.knows_mapper(), taken: Cell::new(false) }
    }

    /// Listens for the next instance; not at all when clients are not told of it.
    pub(super) async fn listen(&self) -> Result<Option<Listening>, LaunchProblem> {
        if !self.is_told {
            return Ok(None);
        }
        let place = self.place.as_deref().unwrap_or("127.0.0.1:0");
        let listening = async {
            let listener = TcpListener::bind(place).await?;
            let address = listener.local_addr()?;
            Ok::<_, std::io::Error>(Listening { listener, address })
        };
        match listening.await {
            Ok(listening) => {
                self.taken.set(self.place.is_some());
                Ok(Some(listening))
            }
            Err(error) if error.kind() == ErrorKind::AddrInUse && self.taken.get() => {
                let why = format!("the one endpoint mapper at {place} can't map for two clients at a time");
                Err(LaunchProblem::Unsupported(why))
            }
            Err(error) => Err(LaunchProblem::Error(format!("the endpoint mapper can't listen on {place}: {error}"))),
        }
    }
}

impl Listening {
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers the instance that comes in by a door, for a server at `port`, until the door is shut.
    pub(super) fn serve(self, door: &Door, port: u16) -> JoinHandle<()> {
        door.offer_mapper(&self.address.to_string());
        tokio::task::spawn_local(answer(self.listener, door.clone(), port))
    }
}

async fn answer(listener: TcpListener, door: Door, port: u16) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = door.shut() => return,
        };
        let Ok((stream, client)) = accepted else {
            // An error of one connection, or of all: a moment later it may be over.
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let server = stream.local_addr().map_or_else(|_| String::new(), |address| address.to_string());
        // An answer that waits to be joined by more is only late.
        stream.set_nodelay(true).ok();
        let door = door.clone();
        tokio::task::spawn_local(async move { door.serve_mapper(stream, &client.to_string(), &server, port).await });
    }
}
