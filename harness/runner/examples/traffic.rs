//! Writes a capture of MS-PAN traffic, for measuring: `traffic OCTETS FILE`.
//!
//! One conversation of the reference client's calls with the reference server is played in memory, and written over and over: 64
//! at a time on connections and servers of their own, in Ethernet frames of at most 1514 octets, with an acknowledgement for
//! every second segment. A conversation has two connections of one association: 40 unidirectional notifications of 600 to 6000
//! octets (documents of AsyncUI in UTF-16) and one of 60,000 (a printer's configuration), 5 channels of 3 notifications and
//! responses each, and the calls around them.
#![expect(clippy::expect_used, reason = "an example that can't go on has nothing to say")]

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::Ipv4Addr;
use std::sync::Arc;

use bytes::Bytes;
use etherparse::{PacketBuilder, TcpHeader};
use mspan::method::{
    CloseChannelIn, CreateIn, DeleteIn, GetNewChannelIn, GetNotificationIn, GetNotificationSendResponseIn, In, Out,
    RegisterClientIn, UnregisterClientIn,
};
use mspan::{ConversationStyle, NotificationType, UserFilter};
use peer::Tap;
use peer::client::{Association, Call, Choice, Options, Outcome};
use peer::server::{Accepted, Server, ServerOptions};
use peer::transport::DuplexConnector;
use trace::stimulus::{Audience, Request};
use trace::{Direction, End, Entry, Seen};
use uuid::Uuid;

/// Conversations at a time.
const AT_ONCE: u32 = 64;
/// Octets of payload of a frame on Ethernet.
const SEGMENT: usize = 1_460;
const TYPE: NotificationType = NotificationType(Uuid::from_u128(0x1111_2222_3333_4444_8555_6666_7777_8888));

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [octets, path] = words.as_slice() else {
        eprintln!("usage: traffic OCTETS FILE");
        std::process::exit(2);
    };
    let octets: u64 = octets.parse().expect("a number of octets");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let entries = runtime.expect("a runtime").block_on(Conversation::new().play());
    let mut wire = Wire::new(File::create(path).expect("a file that can be written"));
    let mut first = 0;
    while wire.written < octets {
        wire.carry(&entries, first);
        first += AT_ONCE;
    }
    wire.file.flush().expect("a file that can be written");
    println!("{path}: {} octets, {} packets, {first} conversations", wire.written, wire.packets);
}

/// One client of one server.
struct Conversation {
    association: Association,
    server: Server,
    tap: Tap,
}

impl Conversation {
    fn new() -> Self {
        let (server, tap) = (Server::new(ServerOptions { seed: Some(1), ..ServerOptions::default() }), Tap::new());
        let serving = server.clone();
        let connector = DuplexConnector::new("10.0.0.1:49670", move |link| {
            let server = serving.clone();
            tokio::spawn(async move {
                let accepted =
                    Accepted { client: link.client.clone(), server: link.server.clone(), ..Accepted::default() };
                server.serve_connection(link.into_stream(), accepted).await
            });
        });
        Self { association: Association::new(Arc::new(connector), tap.clone(), Options::default()), server, tap }
    }

    async fn call(&self, connection: &str, input: In) -> Out {
        let method = input.method();
        let call = Call { connection: Choice::Named(connection.into()), ..Call::method(method, input) };
        match self.association.call(&call).await {
            Outcome::Returned { stub, format } => Out::decode(method, stub, format).expect("[out] parameters").value,
            other => unreachable!("{method}: {other:?}"),
        }
    }

    async fn play(self) -> Vec<Entry> {
        self.notifications().await;
        self.channels().await;
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
            notification_type: TYPE,
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

    async fn notifications(&self) {
        let remote_obj = self.register(ConversationStyle::UNIDIRECTIONAL).await;
        let sizes = (1..=40).map(|number| 600 + number * 5_400 / 40).chain([60_000]);
        for size in sizes {
            let _ = self.server.source(Request::Notify { audience: audience(), data: document(size) });
            self.call("two", In::GetNotification(GetNotificationIn { remote_obj })).await;
        }
        self.leave(remote_obj).await;
    }

    async fn channels(&self) {
        let remote_obj = self.register(ConversationStyle::BIDIRECTIONAL).await;
        for number in 0..5 {
            let id = number.to_string();
            let data = Some(document(1_200));
            let _ = self.server.source(Request::OpenChannel { id: id.clone(), audience: audience(), data });
            let Out::GetNewChannel(new) = self.call("two", In::GetNewChannel(GetNewChannelIn { remote_obj })).await
            else {
                unreachable!("GetNewChannel")
            };
            let channel = new.channel_ctxt.and_then(|array| array.elements.first().copied()).expect("a channel");
            let first = GetNotificationSendResponseIn { channel, ..GetNotificationSendResponseIn::default() };
            self.call("two", In::GetNotificationSendResponse(first)).await;
            for _ in 0..2 {
                let _ = self.server.source(Request::ChannelNotify { id: id.clone(), data: document(1_200) });
                let (data, notification_type) = (document(400), Some(TYPE));
                let answer = GetNotificationSendResponseIn {
                    channel,
                    notification_type,
                    in_size: 400,
                    notification_data: Some(data.into()),
                };
                self.call("two", In::GetNotificationSendResponse(answer)).await;
            }
            let reason = Some(document(400).into());
            let close = CloseChannelIn { channel, notification_type: TYPE, in_size: 400, reason };
            self.call("two", In::CloseChannel(close)).await;
        }
        self.leave(remote_obj).await;
    }
}

fn audience() -> Audience {
    Audience { notification_type: TYPE.0, filter: UserFilter::ALL_USERS.0, user: None, printer: None }
}

/// A document of that many octets, in UTF-16.
fn document(octets: usize) -> Bytes {
    let (head, tail) = ("<a>", "</a>");
    let letters = octets / 2 - head.len() - tail.len();
    let text: String =
        head.chars().chain("paper jam in tray 2, ".chars().cycle().take(letters)).chain(tail.chars()).collect();
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

    /// As many conversations as there are at once, entry by entry.
    fn carry(&mut self, entries: &[Entry], first: u32) {
        for entry in entries {
            for number in first..first + AT_ONCE {
                self.entry(number, entry);
            }
        }
        self.sent.clear();
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
        self.microseconds += 20;
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
