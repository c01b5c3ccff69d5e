//! A client and a server, and what happened between them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use mspan::NotificationType;
use peer::Tap;
use peer::print_client::{ClientOptions, Exit, Mode, PrintClient, Report};
use peer::server::{Accepted, Identity, Server, ServerOptions};
use peer::transport::{Connecting, Connector, Link};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{Instant, timeout};
use trace::stimulus::{Answer, Audience, ChannelLog, Request};

/// Longer than anything that is waited for.
const LONG: Duration = Duration::from_secs(3600);

/// A server with a client, and what the client told.
pub(super) struct Stage {
    pub(super) server: Server,
    pub(super) wire: Wire,
    pub(super) client: PrintClient,
    pub(super) reports: Arc<Mutex<Vec<(Duration, Report)>>>,
    running: Option<JoinHandle<Exit>>,
}

impl Stage {
    pub(super) fn new(options: ClientOptions, server: ServerOptions) -> Self {
        let server = Server::new(ServerOptions { seed: Some(1), ..server });
        Self::beside(&server, "alice", options)
    }

    /// Another client of the same server.
    pub(super) fn beside(server: &Server, user: &str, options: ClientOptions) -> Self {
        let (begin, reports) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
        let told = Arc::clone(&reports);
        let tell = move |report| told.lock().unwrap().push((begin.elapsed(), report));
        let wire = Wire::new(server, user);
        let client = PrintClient::new(options, Arc::new(wire.clone()), Tap::off(), tell);
        Self { server: server.clone(), wire, client, reports, running: None }
    }

    /// Begins the client's life, and lets it come to its first waiting call.
    pub(super) async fn begin(&mut self) {
        let client = self.client.clone();
        self.running = Some(tokio::spawn(async move { client.run().await }));
        self.rest().await;
    }

    /// Time passes until nothing happens any more by itself at once.
    pub(super) async fn rest(&self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    pub(super) async fn exit(&mut self) -> Exit {
        timeout(LONG, self.running.take().unwrap()).await.expect("it ends").unwrap()
    }

    pub(super) fn ask(&self, request: Request) {
        assert_eq!(self.server.source(request), Answer::Done);
    }

    pub(super) fn log(&self, id: &str) -> ChannelLog {
        match self.server.source(Request::ChannelLog { id: id.into() }) {
            Answer::Log(log) => log,
            other => panic!("{other:?}"),
        }
    }

    /// The pauses that the client took between its attempts, in seconds.
    pub(super) fn pauses(&self) -> Vec<u64> {
        let reports = self.reports.lock().unwrap();
        let pauses = reports.iter().enumerate().filter_map(|(index, (since, report))| match report {
            Report::Retrying { .. } => {
                let until = reports.get(index + 1).map_or(*since, |(until, _)| *until);
                Some((until - *since + Duration::from_millis(500)).as_secs())
            }
            _ => None,
        });
        pauses.collect()
    }

    /// What the client told, a word each.
    pub(super) fn told(&self) -> Vec<String> {
        self.reports.lock().unwrap().iter().map(|(_, report)| word(report)).collect()
    }
}

/// What lies between a client and its server: it can be cut, and mended.
#[derive(Clone)]
pub(super) struct Wire(Arc<Mutex<Connections>>);

struct Connections {
    server: Option<Server>,
    user: String,
    serving: Vec<AbortHandle>,
}

impl Wire {
    fn new(server: &Server, user: &str) -> Self {
        let server = Some(server.clone());
        Self(Arc::new(Mutex::new(Connections { server, user: user.to_owned(), serving: Vec::new() })))
    }

    /// Ends all connections; no others are accepted.
    pub(super) fn cut(&self) {
        let mut connections = self.0.lock().unwrap();
        connections.server = None;
        connections.serving.drain(..).for_each(|serving| serving.abort());
    }

    /// Ends the connection that was opened as the nth, from 0.
    pub(super) fn break_connection(&self, number: usize) {
        self.0.lock().unwrap().serving[number].abort();
    }

    /// Connections are accepted again.
    pub(super) fn mend(&self, server: &Server) {
        self.0.lock().unwrap().server = Some(server.clone());
    }
}

impl Connector for Wire {
    fn connect(&self) -> Connecting<'_> {
        let mut connections = self.0.lock().unwrap();
        let Some(server) = connections.server.clone() else {
            return Box::pin(std::future::ready(Err(std::io::ErrorKind::ConnectionRefused.into())));
        };
        let (near, far) = Link::pair("client", "server:1", 64 << 10);
        let identity = Some(Identity::user(&connections.user, connections.user != "guest"));
        let accepted = Accepted { client: far.client.clone(), server: far.server.clone(), identity, script: None };
        let serving = tokio::spawn(async move { server.serve_connection(far.into_stream(), accepted).await });
        connections.serving.push(serving.abort_handle());
        Box::pin(std::future::ready(Ok(near)))
    }

    fn address(&self) -> &str {
        "server:1"
    }
}

pub(super) fn options(mode: Mode, count: u32) -> ClientOptions {
    ClientOptions { mode, count: Some(count), ..ClientOptions::default() }
}

fn audience(notification_type: NotificationType) -> Audience {
    Audience { notification_type: notification_type.0, filter: 1, user: None, printer: None }
}

pub(super) fn notify(notification_type: NotificationType, data: &str) -> Request {
    Request::Notify { audience: audience(notification_type), data: utf16(data) }
}

pub(super) fn open(id: &str, notification_type: NotificationType, data: &str) -> Request {
    Request::OpenChannel { id: id.into(), audience: audience(notification_type), data: Some(utf16(data)) }
}

pub(super) fn utf16(text: &str) -> Bytes {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub(super) fn text(octets: &[u8]) -> String {
    let units: Vec<u16> = octets.chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
    String::from_utf16(&units).unwrap()
}

/// An AsyncUI document around its content.
pub(super) fn document(content: &str) -> String {
    format!(
        r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen>{content}</requestOpen></v1></asyncPrintUIRequest>"#
    )
}

fn word(report: &Report) -> String {
    match report {
        Report::Registered => "registered".into(),
        Report::Notification(notification) => {
            let kind = format!("{:?}", notification.document);
            kind.split(['(', ' ']).next().unwrap_or_default().to_lowercase()
        }
        Report::EntryPoint { called, data, returned } => {
            let data = if data.is_empty() { String::new() } else { format!(" {}", hex(data)) };
            format!("{}!{}({:?}{data}) = {returned:?}", called.dll, called.name, called.argument)
        }
        Report::Pressed(button) => format!("pressed {}", button.value),
        Report::ChannelEnded(end) => format!("channel {end:?}"),
        Report::Failed { method, failure } => format!("{method} {failure}"),
        Report::Retrying { after } => format!("again in {} s", after.as_secs()),
        Report::Released => "released".into(),
        Report::Unregistered => "unregistered".into(),
        Report::Deleted => "deleted".into(),
    }
}

fn hex(octets: &[u8]) -> String {
    let pairs: HashMap<u8, String> = octets.iter().map(|octet| (*octet, format!("{octet:02x}"))).collect();
    octets.iter().map(|octet| pairs[octet].as_str()).collect()
}
