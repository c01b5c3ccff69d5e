//! Writes a capture of MS-PAN traffic, for measuring: `traffic OCTETS FILE`.
//!
//! Conversations of the reference client with the reference server are played in memory, and written over and over: 64 at a time, each
//! on two connections of its own to a server of its own, in Ethernet frames of at most 1514 octets, 300 µs from packet to
//! packet, with an acknowledgement for every second segment. All are authenticated by NTLM in SPNEGO at packet level, as the
//! specification wants it. Every fourth is a client that comes and leaves: 12 unidirectional notifications and 2 channels. The
//! others stay: 800 notifications and 100 channels. Of both kinds every other speaks NDR64, gets balloons of AsyncUI and answers a
//! message box on each channel; every other speaks NDR and has a type of its own, with 3 notifications and responses on each
//! channel. Notifications have 400 to 5600 octets, one in forty 60,000. All keep the rules: `check` ends with 0.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "an example that can't go on has nothing to say")]

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dcerpc::TransferSyntax;
use dcerpc::security::{Account, Level, Provider};
use etherparse::{PacketBuilder, TcpHeader};
use mspan::method::{
    CloseChannelIn, CreateIn, DeleteIn, GetNewChannelIn, GetNotificationIn, GetNotificationSendResponseIn, In, Out,
    RegisterClientIn, UnregisterClientIn,
};
use mspan::{ConversationStyle, NotificationType, UserFilter};
use peer::Tap;
use peer::client::{Association, Call, Choice, Options, Outcome, Security};
use peer::server::{Accepted, Authentication, Identity, Server, ServerOptions};
use peer::transport::DuplexConnector;
use security::{Accounts, Credentials, Initiator, Password};
use trace::stimulus::{Audience, Request};
use trace::{Direction, End, Entry, Seen};
use uuid::Uuid;

/// Conversations at a time.
const AT_ONCE: u32 = 64;
/// Octets of payload of a frame on Ethernet.
const SEGMENT: usize = 1_460;
const TITLE: &str = r#"<title stringID="1" resourceDll="Vendor.dll"/>"#;
const TYPE: NotificationType = NotificationType(Uuid::from_u128(0x1111_2222_3333_4444_8555_6666_7777_8888));

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [octets, path] = words.as_slice() else {
        eprintln!("usage: traffic OCTETS FILE");
        std::process::exit(2);
    };
    let octets: u64 = octets.parse().expect("a number of octets");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let scripts: Vec<Vec<Entry>> = runtime.expect("a runtime").block_on(async {
        let mut scripts = Vec::new();
        for kind in [NotificationType::ASYNC_UI, TYPE] {
            for (notifications, channels) in [(12, 2), (800, 100)] {
                scripts.push(Conversation::new(kind).play(notifications, channels).await);
            }
        }
        scripts
    });
    let mut wire = Wire::new(File::create(path).expect("a file that can be written"));
    let conversations = wire.carry(&scripts, octets);
    wire.file.flush().expect("a file that can be written");
    println!("{path}: {} octets, {} packets, {conversations} conversations", wire.written, wire.packets);
}

/// What goes on between one client and its server.
struct Place {
    conversation: u32,
    script: usize,
    at: usize,
}

fn alice() -> Credentials {
    Credentials { user: "alice".into(), domain: "LAB".into(), password: Password::new("a password") }
}

/// One client of one server.
struct Conversation {
    association: Association,
    server: Server,
    tap: Tap,
    kind: NotificationType,
}

impl Conversation {
    fn new(kind: NotificationType) -> Self {
        let both = [TransferSyntax::Ndr64, TransferSyntax::Ndr];
        let transfer_syntaxes = both[usize::from(kind == TYPE)..].to_vec();
        let account = Account { user: "alice".into(), domain: "LAB".into() };
        let listed = (account, Identity::user("alice", true));
        let authentication = Some(Authentication::new(Arc::new(Accounts::new([alice()])), vec![listed]));
        let options = ServerOptions { seed: Some(1), transfer_syntaxes, authentication, ..ServerOptions::default() };
        let (server, tap) = (Server::new(options), Tap::new());
        let serving = server.clone();
        let connector = DuplexConnector::new("10.0.0.1:49670", move |link| {
            let server = serving.clone();
            tokio::spawn(async move {
                let accepted =
                    Accepted { client: link.client.clone(), server: link.server.clone(), ..Accepted::default() };
                server.serve_connection(link.into_stream(), accepted).await
            });
        });
        let initiator = Initiator::new(alice());
        let security = Some(Security::computed(move || initiator.context(Provider::NEGOTIATE, Level::PKT)));
        let options = Options { transfer_syntaxes: both.to_vec(), security, ..Options::default() };
        Self { association: Association::new(Arc::new(connector), tap.clone(), options), server, tap, kind }
    }

    async fn call(&self, connection: &str, input: In) -> Out {
        let method = input.method();
        let call = Call { connection: Choice::Named(connection.into()), ..Call::method(method, input) };
        match self.association.call(&call).await {
            Outcome::Returned { stub, format } => Out::decode(method, stub, format).expect("[out] parameters").value,
            other => unreachable!("{method}: {other:?}"),
        }
    }

    async fn play(self, notifications: usize, channels: usize) -> Vec<Entry> {
        self.notifications(notifications).await;
        self.channels(channels).await;
        self.association.close_all().await;
        self.tap.end(End::Complete);
        self.tap.take()
    }

    async fn register(&self, style: ConversationStyle) -> dcerpc::ContextHandle {
        let Out::Create(created) = self.call("one", In::Create(CreateIn)).await else { unreachable!("Create") };
        let registration_obj = created.remote_obj;
        let filter = UserFilter::ALL_USERS;
        let input = RegisterClientIn {
            registration_obj,
            notification_type: self.kind,
            filter,
            style,
            ..RegisterClientIn::default()
        };
        self.call("two", In::RegisterClient(input)).await;
        registration_obj
    }

    async fn leave(&self, registration_obj: dcerpc::ContextHandle) {
        self.call("two", In::UnregisterClient(UnregisterClientIn { registration_obj })).await;
        self.call("one", In::Delete(DeleteIn { remote_obj: registration_obj })).await;
    }

    async fn notifications(&self, count: usize) {
        let remote_obj = self.register(ConversationStyle::UNIDIRECTIONAL).await;
        for number in 0..count {
            let size = if number % 40 == 39 { 60_000 } else { 400 + number % 40 * 130 };
            let _ = self.server.source(Request::Notify { audience: self.audience(), data: self.document(size) });
            self.call("two", In::GetNotification(GetNotificationIn { remote_obj })).await;
        }
        self.leave(remote_obj).await;
    }

    async fn channels(&self, count: usize) {
        let remote_obj = self.register(ConversationStyle::BIDIRECTIONAL).await;
        for number in 0..count {
            let id = number.to_string();
            let data = Some(self.message());
            let _ = self.server.source(Request::OpenChannel { id: id.clone(), audience: self.audience(), data });
            let Out::GetNewChannel(new) = self.call("two", In::GetNewChannel(GetNewChannelIn { remote_obj })).await
            else {
                unreachable!("GetNewChannel")
            };
            let channel = new.channel_ctxt.and_then(|array| array.elements.first().copied()).expect("a channel");
            let first = GetNotificationSendResponseIn { channel, ..GetNotificationSendResponseIn::default() };
            self.call("two", In::GetNotificationSendResponse(first)).await;
            // A channel of AsyncUI is done with one message box.
            for _ in 0..if self.kind == TYPE { 2 } else { 0 } {
                let (data, notification_type) = (self.answer(), Some(self.kind));
                let answer = GetNotificationSendResponseIn {
                    channel,
                    notification_type,
                    in_size: u32::try_from(data.len()).expect("a short answer"),
                    notification_data: Some(data.into()),
                };
                // A source sends the next when it has the response to the one before.
                let notified = async {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    self.server.source(Request::ChannelNotify { id: id.clone(), data: self.message() })
                };
                tokio::join!(self.call("two", In::GetNotificationSendResponse(answer)), notified);
            }
            let data = self.answer();
            let in_size = u32::try_from(data.len()).expect("a short answer");
            let close = CloseChannelIn { channel, notification_type: self.kind, in_size, reason: Some(data.into()) };
            self.call("two", In::CloseChannel(close)).await;
        }
        self.leave(remote_obj).await;
    }
}

impl Conversation {
    fn audience(&self) -> Audience {
        Audience { notification_type: self.kind.0, filter: UserFilter::ALL_USERS.0, user: None, printer: None }
    }

    /// A notification of about so many octets.
    fn document(&self, octets: usize) -> Bytes {
        let words = octets / 2;
        if self.kind == TYPE {
            return utf16(&format!("<a>{}</a>", prose(words.saturating_sub(7))));
        }
        let text = |words| format!("<parameter>{}</parameter>", prose(words));
        let parameters: String = (0..words / 200).map(|_| text(160)).collect();
        open(&format!(
            r#"<balloonUI iconID="1" resourceDll="Vendor.dll">{TITLE}<body stringID="2" resourceDll="Vendor.dll">{parameters}</body></balloonUI>"#
        ))
    }

    /// A notification that is answered.
    fn message(&self) -> Bytes {
        if self.kind == TYPE {
            return self.document(1_200);
        }
        let button = r#"<buttons><button stringID="3" resourceDll="Vendor.dll" buttonID="3"/></buttons>"#;
        open(&format!(
            r#"<messageBoxUI>{TITLE}<body stringID="2" resourceDll="Vendor.dll"><parameter>{}</parameter></body>{button}</messageBoxUI>"#,
            prose(200)
        ))
    }

    /// What it is answered by.
    fn answer(&self) -> Bytes {
        let reply = r#"<asyncPrintUIResponse xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/response"><v1><requestClose><messageBoxUI><buttonID>3</buttonID></messageBoxUI></requestClose></v1></asyncPrintUIResponse>"#;
        if self.kind == TYPE { self.document(400) } else { utf16(reply) }
    }
}

/// A request of AsyncUI.
fn open(what: &str) -> Bytes {
    utf16(&format!(
        r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen>{what}</requestOpen></v1></asyncPrintUIRequest>"#
    ))
}

fn prose(letters: usize) -> String {
    "paper jam in tray 2, ".chars().cycle().take(letters).collect()
}

fn utf16(text: &str) -> Bytes {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>().into()
}

/// A pcap file in the making.
struct Wire {
    file: BufWriter<File>,
    written: u64,
    packets: u64,
    microseconds: u64,
    /// Next sequence number of each way of each connection.
    sent: HashMap<(u32, u32, bool), u32>,
}

impl Wire {
    fn new(file: File) -> Self {
        let words: [u32; 6] = [0xA1B2_C3D4, 4 << 16 | 2, 0, 0, 65_535, 1];
        let head: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let mut file = BufWriter::with_capacity(1 << 20, file);
        file.write_all(&head).expect("a file that can be written");
        Self { file, written: head.len() as u64, packets: 0, microseconds: 0, sent: HashMap::new() }
    }

    /// As many conversations as there are at once, entry by entry, until there are so many octets. Gives how many there were.
    fn carry(&mut self, scripts: &[Vec<Entry>], octets: u64) -> u32 {
        // Every fourth client comes and leaves.
        let script = |place: u32| usize::from(!place.is_multiple_of(4)) + 2 * usize::from(place / 4 % 2 == 1);
        let mut places: Vec<Place> =
            (0..AT_ONCE).map(|place| Place { conversation: place, script: script(place), at: 0 }).collect();
        let mut conversations = AT_ONCE;
        while self.written < octets {
            for place in &mut places {
                let Some(entry) = scripts[place.script].get(place.at) else {
                    self.sent.retain(|(conversation, ..), _| *conversation != place.conversation);
                    (place.conversation, place.at) = (conversations, 0);
                    conversations += 1;
                    continue;
                };
                place.at += 1;
                self.entry(place.conversation, entry);
            }
        }
        conversations
    }

    fn entry(&mut self, number: u32, entry: &Entry) {
        match &entry.seen {
            Seen::Opened(opened) => {
                let connection = opened.connection.0;
                self.packet((number, connection, true), |header| (header.syn, header.ack) = (true, false), b"");
                self.packet((number, connection, false), |header| header.syn = true, b"");
                self.packet((number, connection, true), |_| {}, b"");
            }
            Seen::Octets(seen) => {
                let up = seen.direction == Direction::ToServer;
                let connection = seen.connection.0;
                for (index, piece) in seen.octets.chunks(SEGMENT).enumerate() {
                    self.packet((number, connection, up), |header| header.psh = true, piece);
                    if index % 2 == 1 {
                        self.packet((number, connection, !up), |_| {}, b"");
                    }
                }
            }
            Seen::Closed(closed) => {
                for up in [true, false] {
                    self.packet((number, closed.connection.0, up), |header| header.fin = true, b"");
                }
                self.packet((number, closed.connection.0, true), |_| {}, b"");
            }
            _ => {}
        }
    }

    fn packet(&mut self, way: (u32, u32, bool), flags: impl FnOnce(&mut TcpHeader), payload: &[u8]) {
        let (number, connection, up) = way;
        let ends = |number: u32, net: u32| Ipv4Addr::from((net << 24) | number).octets();
        let (client, server) = (ends(number, 10), ends(number, 11));
        let port = 50_000 + u16::try_from(connection).expect("few connections");
        let ((from, source), (to, destination)) =
            if up { ((client, port), (server, 49_670)) } else { ((server, 49_670), (client, port)) };
        let sequence = self.sent.get(&way).copied().unwrap_or(1_000);
        let mut header = TcpHeader::new(source, destination, sequence, 65_000);
        header.ack = true;
        header.acknowledgment_number = self.sent.get(&(number, connection, !up)).copied().unwrap_or(1_000);
        flags(&mut header);
        let length = u32::try_from(payload.len()).expect("a segment") + u32::from(header.syn) + u32::from(header.fin);
        self.sent.insert(way, sequence.wrapping_add(length));
        let mut packet = Vec::with_capacity(1_600);
        let builder =
            PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]).ipv4(from, to, 64).tcp_header(header);
        builder.write(&mut packet, payload).expect("a packet");
        self.microseconds += 300;
        let length = u32::try_from(packet.len()).expect("a frame");
        let seconds = u32::try_from(1_700_000_000 + self.microseconds / 1_000_000).expect("a date");
        let fraction = u32::try_from(self.microseconds % 1_000_000).unwrap_or_default();
        for word in [seconds, fraction, length, length] {
            self.file.write_all(&word.to_le_bytes()).expect("a file that can be written");
        }
        self.file.write_all(&packet).expect("a file that can be written");
        self.written += 16 + packet.len() as u64;
        self.packets += 1;
    }
}
