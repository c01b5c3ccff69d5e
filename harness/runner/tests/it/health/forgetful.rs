//! The reference server behind a relay that makes it forgetful.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use peer::server::{Accepted, Server, ServerOptions};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// How long handles are kept by a server that forgets them in time.
const MEMORY: Duration = Duration::from_millis(100);

/// PDU types ([C706] 12.6.4), and an opnum.
const REQUEST: u8 = 0;
const BIND: u8 = 11;
const BIND_ACK: u8 = 12;
const BIND_NAK: u8 = 13;
const DELETE: u8 = 1;
/// provider_reject_reason.
const LOCAL_LIMIT_EXCEEDED: u16 = 2;

/// What is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lapse {
    /// Nothing.
    Nothing,
    /// Everything: no answer ever comes.
    Everything,
    /// Handles, on every connection but the first of an association.
    OtherConnections,
    /// Associations, as soon as another connection wants to join one.
    Joining,
    /// Which association a second connection asked for.
    AnotherAssociation,
    /// Nothing, but there is no room for a second connection.
    NoRoom,
    /// Handles, in time.
    InTime,
    /// Everything, when its notification source is asked for something.
    RestartsWhenAsked,
}

/// A server that forgets, in this process, with a notification source that says yes to everything. Both end with it.
pub(super) struct Forgetful {
    pub(super) address: String,
    pub(super) stimulus: String,
    _alive: oneshot::Sender<()>,
}

/// What the connections share.
struct Shared {
    lapse: Lapse,
    server: Mutex<Server>,
    connections: Mutex<JoinSet<()>>,
    created: Mutex<Option<Instant>>,
}

impl Forgetful {
    pub(super) fn new(lapse: Lapse) -> Self {
        let bind = || std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let (listener, source) = (bind(), bind());
        let address = |listener: &std::net::TcpListener| listener.local_addr().expect("an address").to_string();
        let (alive, ended) = oneshot::channel();
        let forgetful = Self { address: address(&listener), stimulus: address(&source), _alive: alive };
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let shared = Shared {
                    lapse,
                    server: Mutex::new(Server::new(ServerOptions::default())),
                    connections: Mutex::default(),
                    created: Mutex::default(),
                };
                let shared = Arc::new(shared);
                tokio::spawn(listen(listener, Arc::clone(&shared)));
                tokio::spawn(be_asked(source, shared));
                ended.await.ok();
            });
        });
        forgetful
    }
}

async fn listen(listener: std::net::TcpListener, shared: Arc<Shared>) {
    listener.set_nonblocking(true).expect("a listener");
    let listener = TcpListener::from_std(listener).expect("a listener");
    while let Ok((stream, _)) = listener.accept().await {
        let relayed = relay(stream, Arc::clone(&shared));
        shared.connections.lock().unwrap().spawn(relayed);
    }
}

async fn be_asked(listener: std::net::TcpListener, shared: Arc<Shared>) {
    listener.set_nonblocking(true).expect("a listener");
    let listener = TcpListener::from_std(listener).expect("a listener");
    while let Ok((stream, _)) = listener.accept().await {
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        while lines.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            shared.restart().await;
            lines.write_all(b"{\"ok\":true}\n").await.expect("answered");
        }
    }
}

impl Shared {
    /// A new server takes the place of the old one, whose connections end.
    async fn restart(&self) {
        let mut connections = std::mem::take(&mut *self.connections.lock().unwrap());
        connections.shutdown().await;
        *self.server.lock().unwrap() = Server::new(ServerOptions::default());
    }

    /// What becomes of a client's PDU.
    fn forget(&self, pdu: &mut [u8], joined: &AtomicBool) {
        match (pdu[2], pdu.get(20..24)) {
            (BIND, Some(group)) => {
                joined.store(group != [0; 4], Ordering::Relaxed);
                match self.lapse {
                    // The server knows no such association.
                    Lapse::Joining | Lapse::NoRoom if group != [0; 4] => pdu[20..24].fill(0xEE),
                    Lapse::AnotherAssociation => pdu[20..24].fill(0),
                    _ => {}
                }
            }
            (REQUEST, _) if pdu[22] == DELETE => {
                let old = self.created.lock().unwrap().is_some_and(|created| created.elapsed() > MEMORY);
                let forgotten = match self.lapse {
                    Lapse::OtherConnections => joined.load(Ordering::Relaxed),
                    Lapse::InTime => old,
                    _ => false,
                };
                // After the header's 24 octets and the handle's attributes: its UUID.
                if forgotten {
                    pdu[28..44].fill(0xEE);
                }
            }
            (REQUEST, _) => *self.created.lock().unwrap() = Some(Instant::now()),
            _ => {}
        }
    }
}

impl Shared {
    /// What becomes of the server's PDU.
    fn deny(&self, pdu: &mut [u8], joined: bool) {
        match (pdu[2], self.lapse) {
            (BIND_ACK, Lapse::AnotherAssociation) if joined => pdu[20..24].copy_from_slice(&[77, 0, 0, 0]),
            (BIND_NAK, Lapse::NoRoom) => pdu[16..18].copy_from_slice(&LOCAL_LIMIT_EXCEEDED.to_le_bytes()),
            _ => {}
        }
    }
}

/// Carries one connection to the server and back.
async fn relay(stream: TcpStream, shared: Arc<Shared>) {
    let (near, far) = tokio::io::duplex(0x1_0000);
    let server = shared.server.lock().unwrap().clone();
    let joined = AtomicBool::new(false);
    let (mut from_client, mut to_client) = stream.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(near);
    let there = async {
        while let Some(mut pdu) = next_pdu(&mut from_client).await {
            shared.forget(&mut pdu, &joined);
            if shared.lapse != Lapse::Everything {
                send(&mut to_server, &pdu).await;
            }
        }
        to_server.shutdown().await.ok();
        std::future::pending::<()>().await;
    };
    let back = async {
        while let Some(mut pdu) = next_pdu(&mut from_server).await {
            shared.deny(&mut pdu, joined.load(Ordering::Relaxed));
            send(&mut to_client, &pdu).await;
        }
    };
    let served = async { tokio::join!(server.serve_connection(far, Accepted::default()), back).0.ok() };
    tokio::select! {
        () = there => {}
        _ = served => {}
    }
}

async fn next_pdu(stream: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut pdu = vec![0; 16];
    stream.read_exact(&mut pdu).await.ok()?;
    pdu.resize(usize::from(u16::from_le_bytes([pdu[8], pdu[9]])), 0);
    stream.read_exact(&mut pdu[16..]).await.ok()?;
    Some(pdu)
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), octets: &[u8]) {
    stream.write_all(octets).await.ok();
}
