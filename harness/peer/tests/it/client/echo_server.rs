//! A server for the client's tests: what it does depends on the opnum alone.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use dcerpc::connection::server::{Event, Options, Refusal, Request, Server};
use mspan::Interface;
use peer::transport::{DuplexConnector, Link, TcpConnector};
use peer::{Tap, TappedStream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};

/// Gives the stub back.
pub(super) const ECHO: u16 = 0;
/// Does not come back until somebody calls [`RELEASE`].
pub(super) const BLOCK: u16 = 1;
/// Lets all blocked calls come back.
pub(super) const RELEASE: u16 = 2;
/// Comes back with a fault.
pub(super) const FAULT: u16 = 3;
/// Gets half a response, then the end of the connection.
pub(super) const HALF: u16 = 4;
/// Gets octets that are no PDU.
pub(super) const RUBBISH: u16 = 5;
/// Gets the response to another call.
pub(super) const FOREIGN: u16 = 6;
/// Gets the end of the connection.
pub(super) const CLOSE: u16 = 7;
/// Comes back, and then the connection ends.
pub(super) const ECHO_AND_CLOSE: u16 = 8;

#[derive(Clone)]
pub(super) struct EchoServer {
    options: Arc<Options>,
    state: Arc<Mutex<State>>,
    noted: Arc<Notify>,
    /// What the server's end saw.
    pub(super) tap: Tap,
}

#[derive(Default)]
struct State {
    associations: u32,
    blocked: Vec<(mpsc::UnboundedSender<u32>, u32)>,
    said: Vec<String>,
}

impl EchoServer {
    pub(super) fn new(multiplexing: bool) -> Self {
        let interfaces = Interface::ALL.into_iter().map(Interface::id).collect();
        let options = Options { multiplexing, ..Options::new(interfaces) };
        Self { options: Arc::new(options), state: Arc::default(), noted: Arc::default(), tap: Tap::new() }
    }

    /// Opens connections in memory.
    pub(super) fn in_memory(&self) -> DuplexConnector {
        let server = self.clone();
        DuplexConnector::new("echo:1", move |link| drop(tokio::spawn(server.clone().serve(link))))
    }

    /// Opens TCP connections.
    pub(super) async fn over_tcp(&self) -> TcpConnector {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let connector = TcpConnector::new(listener.local_addr().unwrap().to_string());
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(server.clone().serve(Link::accepted(stream).unwrap()));
            }
        });
        connector
    }

    /// What it noted, connections in the order of their binds.
    pub(super) fn said(&self) -> Vec<String> {
        self.state.lock().unwrap().said.clone()
    }

    /// Waits until it has noted something.
    pub(super) async fn noted(&self) {
        self.noted.notified().await;
    }

    fn say(&self, what: String) {
        self.state.lock().unwrap().said.push(what);
        self.noted.notify_one();
    }

    async fn serve(self, link: Link) {
        let (client, server) = (link.client.clone(), link.server.clone());
        let mut stream = TappedStream::accepted(link.into_stream(), self.tap.clone(), &client, &server, None);
        let mut connection = Server::new(Arc::clone(&self.options));
        let (release, mut released) = mpsc::unbounded_channel();
        let mut buffer = [0; 4096];
        loop {
            tokio::select! {
                read = stream.read(&mut buffer) => match read {
                    Ok(1..) => connection.receive(Bytes::copy_from_slice(&buffer[..read.unwrap()])),
                    _ => return self.say(format!("end with {} octets pending", connection.pending())),
                },
                Some(call_id) = released.recv() => {
                    connection.respond(call_id, Ok(Bytes::from_static(b"released")));
                }
            }
            let mut close = false;
            while let Some(event) = connection.next_event() {
                match event {
                    Event::AssociationRequested { requested } => connection.associate(Ok(self.associate(requested))),
                    Event::Request(request) => close |= self.answer(&mut connection, request, &release),
                    other => self.say(format!("{other:?}")),
                }
            }
            while let Some(octets) = connection.take_output() {
                if stream.write_all(&octets).await.is_err() {
                    return;
                }
            }
            if close || connection.is_closed() {
                return;
            }
        }
    }

    fn associate(&self, requested: u32) -> u32 {
        let mut state = self.state.lock().unwrap();
        if requested != 0 {
            return requested;
        }
        state.associations += 1;
        state.associations
    }

    /// Answers, or not; true when the connection has to end then.
    fn answer(&self, connection: &mut Server, request: Request, release: &mpsc::UnboundedSender<u32>) -> bool {
        let Request { call_id, stub, opnum, .. } = request;
        match opnum {
            BLOCK => self.state.lock().unwrap().blocked.push((release.clone(), call_id)),
            RELEASE => {
                for (connection, call_id) in self.state.lock().unwrap().blocked.drain(..) {
                    let _ = connection.send(call_id);
                }
                connection.respond(call_id, Ok(Bytes::new()));
            }
            FAULT => drop(connection.respond(call_id, Err(Refusal::not_begun(0x1C01_0002)))),
            HALF => {
                connection.respond(call_id, Ok(stub));
                let whole = connection.take_output().unwrap();
                connection.send_octets(whole.slice(..whole.len() / 2));
                return true;
            }
            RUBBISH => connection.send_octets(Bytes::from_static(b"rubbish")),
            FOREIGN => drop(connection.respond_altered(call_id, Ok(stub), |pdu| pdu.header.call_id = 99)),
            CLOSE => return true,
            _ => {
                connection.respond(call_id, Ok(stub));
                return opnum == ECHO_AND_CLOSE;
            }
        }
        false
    }
}
