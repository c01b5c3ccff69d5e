//! Conversations between the reference client and the reference server, in memory and in virtual time, with their traces.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use conformance::{Config, Party, Report, Severity, Source};
use mspan::{NotificationType, UserFilter};
use peer::client;
use peer::print_client::{Answer, ClientOptions, Mode, Press, PrintClient, User};
use peer::server::{Accepted, Identity, Server, ServerOptions};
use peer::transport::{Connecting, Connector, Link};
use peer::{ClientMisbehaviour, ClientVariant, Misbehaviour, Tap, TappedStream};
use runner::judge::Judge;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{sleep, timeout};
use trace::stimulus::{Audience, Request};
use trace::{End, Entry, LocalEvent, Vantage};
use uuid::Uuid;

const OTHER: NotificationType = NotificationType(Uuid::from_u128(0x1111_2222_3333_4444_8555_6666_7777_8888));
const PRINTER: &str = r"\\PRINTSRV\office-laser";
/// What only clients with authentication can keep.
const SECURITY: [&str; 3] = ["PAN-2.1-06", "PAN-2.1-07", "PAN-2.1-08"];
/// Longer than any conversation.
const LONG: Duration = Duration::from_secs(4000);

/// What is done to a client from outside.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// A notification of its type, or an AsyncUI document with that content.
    Notify(&'static str),
    /// A channel with a first notification.
    Open(&'static str, &'static str),
    /// The next notification on a channel.
    Next(&'static str, &'static str),
    /// The source closes a channel.
    Close(&'static str),
    DeletePrinter,
    Shutdown,
    Pause(u64),
    /// All connections end, and for so many seconds no others are accepted.
    Cut(u64),
    /// Another client comes.
    Rival,
    /// The client is told to stop.
    Stop,
}

/// A conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conversation {
    pub(super) name: &'static str,
    mode: Mode,
    notification_type: NotificationType,
    count: u32,
    /// What the server does wrong.
    server: Option<Misbehaviour>,
    user: &'static str,
    filter: UserFilter,
    printer: Option<&'static str>,
    registration_limit: usize,
    delay: u64,
    /// Requirements that the client breaks by what it is made with.
    given: &'static [&'static str],
    /// What is done before the client comes.
    before: &'static [Deed],
    deeds: &'static [Deed],
}

use Deed::*;

const BASE: Conversation = Conversation {
    name: "",
    mode: Mode::Unidirectional,
    notification_type: NotificationType::ASYNC_UI,
    count: 1,
    server: None,
    user: "alice",
    filter: UserFilter::PER_USER,
    printer: None,
    registration_limit: 100,
    delay: 0,
    given: &[],
    before: &[],
    deeds: &[],
};

const BALLOON: &str = r#"<balloonUI iconID="1" resourceDll="IHV.dll"><title stringID="1234" resourceDll="IHV.dll"/><body stringID="100" resourceDll="IHV.dll"/></balloonUI>"#;
const ACTION: &str = r#"<balloonUI><title stringID="100"/><body stringID="100"/><action dll="nosuch.dll" entrypoint="Act">go</action></balloonUI>"#;
const BOX: &str = r#"<messageBoxUI><title stringID="100" resourceDll="IHV.dll"/><body stringID="101" resourceDll="IHV.dll"/><buttons><button stringID="102" resourceDll="IHV.dll" buttonID="3"/><button stringID="103" resourceDll="IHV.dll" buttonID="4"/></buttons></messageBoxUI>"#;
const LENIENT_BOX: &str =
    r#"<messageBoxUI x="y"><TITLE stringID="100"/><buttons><button buttonID="idok"/></buttons></messageBoxUI>"#;
const BAD_BOX: &str = r#"<messageBoxUI><title stringID="100"/><body stringID="100"/><buttons/></messageBoxUI>"#;
const CUSTOM_UI: &str = r#"<customUI dll="a.dll" entrypoint="Show" bidi="true">x</customUI>"#;
const ABSENT: &str = r#"<customUI dll="nosuch.dll" entrypoint="Show" bidi="true">x</customUI>"#;
const CUSTOM_DATA: &str = r#"<customData dll="a.dll" entrypoint="Take" bidi="true"/>"#;

const BOTH_WAYS: Conversation = Conversation { mode: Mode::Bidirectional, delay: 2, ..BASE };
const OTHERS: Conversation = Conversation { notification_type: OTHER, ..BOTH_WAYS };

impl Conversation {
    pub(super) const ALL: &[Self] = &[
        Self {
            name: "balloons",
            count: 4,
            deeds: &[Notify(BALLOON), Notify(BALLOON), Pause(70), Notify(ACTION), Pause(1), Notify(BALLOON)],
            ..BASE
        },
        Self {
            name: "invalid balloons",
            count: 3,
            deeds: &[Notify("<balloonUI>"), Pause(1), Notify(BOX), Pause(1), Notify(BALLOON)],
            ..BASE
        },
        Self { name: "stop", deeds: &[Pause(5), Stop], ..BASE },
        Self { name: "of a queue", printer: Some(PRINTER), deeds: &[Notify(BALLOON), Pause(1), Stop], ..BASE },
        Self { name: "queue deleted", printer: Some(PRINTER), deeds: &[DeletePrinter, Pause(300), Stop], ..BASE },
        Self { name: "shutdown", deeds: &[Shutdown, Pause(300), Stop], ..BASE },
        Self { name: "shutdown both ways", deeds: &[Shutdown, Pause(300), Stop], ..BOTH_WAYS },
        Self { name: "cut", deeds: &[Cut(30), Pause(60), Notify(BALLOON), Pause(1), Stop], ..BASE },
        Self { name: "cut both ways", deeds: &[Cut(30), Pause(60), Open("c1", BOX), Pause(5), Stop], ..BOTH_WAYS },
        Self { name: "registration limit", registration_limit: 0, deeds: &[Pause(200), Stop], ..BASE },
        Self { name: "denied", user: "guest", filter: UserFilter::ALL_USERS, deeds: &[Pause(200), Stop], ..BASE },
        Self {
            name: "malformed name",
            printer: Some("laser"),
            given: &["PAN-3.1.1.4.1-03", "PAN-3.1.1.4.1-04"],
            deeds: &[Pause(200), Stop],
            ..BASE
        },
        Self {
            name: "configuration",
            mode: Mode::PrinterConfiguration,
            notification_type: NotificationType::PRINTER_CONFIGURATION,
            deeds: &[Notify("configuration"), Pause(1), Stop],
            ..BASE
        },
        Self { name: "message box", deeds: &[Open("c1", BOX), Pause(10), Stop], ..BOTH_WAYS },
        Self { name: "lenient message box", deeds: &[Open("c1", LENIENT_BOX), Pause(10), Stop], ..BOTH_WAYS },
        Self { name: "invalid message box", deeds: &[Open("c1", BAD_BOX), Pause(10), Stop], ..BOTH_WAYS },
        Self { name: "custom ui", deeds: &[Open("c1", CUSTOM_UI), Pause(10), Stop], ..BOTH_WAYS },
        Self { name: "absent entry point", deeds: &[Open("c1", ABSENT), Pause(10), Stop], ..BOTH_WAYS },
        Self { name: "custom data", deeds: &[Open("c1", CUSTOM_DATA), Pause(10), Stop], ..BOTH_WAYS },
        Self {
            name: "several channels",
            count: 3,
            deeds: &[Open("c1", BOX), Open("c2", CUSTOM_UI), Pause(10), Open("c3", BOX), Pause(70), Stop],
            ..BOTH_WAYS
        },
        Self {
            name: "channels at once",
            count: 2,
            before: &[Open("c1", BOX), Open("c2", BOX)],
            deeds: &[Pause(10), Stop],
            ..BOTH_WAYS
        },
        Self {
            name: "lost channel",
            count: 2,
            deeds: &[Rival, Open("c1", BOX), Pause(10), Open("c2", BOX), Pause(10), Stop],
            ..BOTH_WAYS
        },
        Self {
            name: "conversation",
            count: 3,
            deeds: &[Open("c1", "one"), Pause(5), Next("c1", "two"), Pause(5), Next("c1", "three"), Pause(5), Stop],
            ..OTHERS
        },
        Self {
            name: "closed by the source",
            count: 2,
            deeds: &[Open("c1", "one"), Pause(5), Close("c1"), Pause(5), Stop],
            ..OTHERS
        },
        Self { name: "open when stopped", count: 2, deeds: &[Open("c1", "one"), Pause(5), Stop], ..OTHERS },
        Self {
            name: "failing channel",
            server: Some(Misbehaviour::OutSizeCountsCharacters),
            deeds: &[Open("c1", BOX), Pause(10), Stop],
            ..BOTH_WAYS
        },
        Self {
            name: "failing close",
            server: Some(Misbehaviour::LoserCloseFails),
            deeds: &[Rival, Open("c1", BOX), Pause(200), Stop],
            ..BOTH_WAYS
        },
        Self {
            name: "failing notification",
            server: Some(Misbehaviour::OutSizeCountsCharacters),
            deeds: &[Notify(BALLOON), Pause(10), Stop],
            ..BASE
        },
        Self {
            name: "failing unregister",
            server: Some(Misbehaviour::UnregisterReturnsFailure),
            deeds: &[Notify(BALLOON), Pause(10), Stop],
            ..BASE
        },
        Self { name: "failing create", server: Some(Misbehaviour::CreateThrows), deeds: &[Pause(200), Stop], ..BASE },
    ];

    /// Plays it; the trace is what a witness at that end saw.
    pub(super) fn play(
        &self,
        variant: Option<ClientVariant>,
        misbehaviour: Option<ClientMisbehaviour>,
        vantage: Vantage,
    ) -> Played {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let entries = runtime.block_on(async {
            let options = ServerOptions {
                seed: Some(1),
                registration_limit: self.registration_limit,
                misbehaviour: self.server,
                ..ServerOptions::default()
            };
            let play = Play { server: Server::new(options), tap: Tap::new(), vantage };
            let options = ClientOptions { variant, misbehaviour, ..self.options() };
            play.play(options, self).await
        });
        let cut = self.deeds.iter().any(|deed| matches!(deed, Cut(_)));
        let waived = SECURITY.iter().chain(self.given).copied().collect();
        Played { entries, vantage, well_served: self.server.is_none() && !cut, waived }
    }

    fn options(&self) -> ClientOptions {
        let answer = Answer::Respond(Bytes::from_static(b"yes"));
        let user = User { delay: Duration::from_secs(self.delay), button: Press::Last, answer, ..User::default() };
        ClientOptions {
            mode: self.mode,
            notification_type: Some(self.notification_type),
            printer: self.printer.map(str::to_owned),
            filter: self.filter,
            count: Some(self.count),
            user,
            ..ClientOptions::default()
        }
    }

    fn data(&self, content: &str) -> Bytes {
        let text = match self.notification_type {
            NotificationType::ASYNC_UI => {
                let behind = if content.contains("customData") { "\0\u{1}" } else { "" };
                format!(
                    r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen>{content}</requestOpen></v1></asyncPrintUIRequest>{behind}"#
                )
            }
            NotificationType::PRINTER_CONFIGURATION => concat!(
                r#"<n:Notification xmlns:n="http://schemas.microsoft.com/windows/2005/03/printing/bidi" printerName="p">"#,
                r#"<n:Schema name="\Printer.Status:Ink"><n:BIDI_INT>7</n:BIDI_INT></n:Schema></n:Notification>"#
            )
            .to_owned(),
            _ => content.to_owned(),
        };
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    /// What the notification source is asked, if the deed is its.
    fn request(&self, deed: Deed) -> Option<Request> {
        Some(match deed {
            Notify(content) => Request::Notify { audience: self.audience(), data: self.data(content) },
            Open(id, content) => {
                let data = Some(self.data(content));
                Request::OpenChannel { id: id.to_owned(), audience: self.audience(), data }
            }
            Next(id, content) => Request::ChannelNotify { id: id.to_owned(), data: self.data(content) },
            Close(id) => Request::ChannelClose { id: id.to_owned() },
            DeletePrinter => Request::DeletePrinter { printer: PRINTER.to_owned() },
            Shutdown => Request::Shutdown,
            Pause(_) | Cut(_) | Rival | Stop => return None,
        })
    }

    fn audience(&self) -> Audience {
        let printer = self.printer.map(str::to_owned);
        Audience { notification_type: self.notification_type.0, filter: 1, user: None, printer }
    }
}

/// The parties of one conversation.
struct Play {
    server: Server,
    tap: Tap,
    vantage: Vantage,
}

impl Play {
    async fn play(&self, options: ClientOptions, conversation: &Conversation) -> Vec<Entry> {
        let (client, wire) = self.client(options.clone(), conversation.user);
        for deed in conversation.before {
            self.ask(conversation.request(*deed).expect("something for the source"));
        }
        let mut running = vec![begun(&client)];
        sleep(Duration::from_millis(100)).await;
        for deed in conversation.deeds {
            match *deed {
                Pause(seconds) => sleep(Duration::from_secs(seconds)).await,
                Cut(seconds) => {
                    wire.cut();
                    sleep(Duration::from_secs(seconds)).await;
                    wire.0.lock().unwrap().server = Some(self.server.clone());
                }
                Rival => {
                    let user = User { delay: Duration::ZERO, ..options.user.clone() };
                    let rival = ClientOptions { user, count: Some(1), misbehaviour: None, ..options.clone() };
                    running.push(begun(&self.client(rival, "bob").0));
                    sleep(Duration::from_millis(100)).await;
                }
                Stop => client.stop(),
                other => self.ask(conversation.request(other).expect("something for the source")),
            }
            sleep(Duration::from_millis(50)).await;
        }
        client.stop();
        for one in running {
            timeout(LONG, one)
                .await
                .unwrap_or_else(|_| panic!("{:?} ends in {}", options.misbehaviour, conversation.name))
                .unwrap();
        }
        sleep(Duration::from_secs(1)).await;
        self.tap.end(End::Complete);
        self.tap.take()
    }

    /// A client, and its way to the server. The tap is at the end of the witness.
    fn client(&self, options: ClientOptions, user: &str) -> (PrintClient, Wire) {
        let at_client = self.vantage == Vantage::Client;
        let (near, far) = if at_client { (self.tap.clone(), Tap::off()) } else { (Tap::off(), self.tap.clone()) };
        let identity = Identity::user(user, user != "guest");
        let wire = Wire(Arc::new(Mutex::new(Connections {
            server: Some(self.server.clone()),
            identity: identity.clone(),
            tap: far,
            serving: Vec::new(),
        })));
        let association = client::Options { identity: Some(identity), ..options.association.clone() };
        let options = ClientOptions { association, ..options };
        (PrintClient::new(options, Arc::new(wire.clone()), near, |_| {}), wire)
    }

    fn ask(&self, request: Request) {
        let number = self.tap.stimulus_asked(request.clone());
        self.tap.stimulus_answered(number, self.server.source(request));
    }
}

fn begun(client: &PrintClient) -> JoinHandle<()> {
    let client = client.clone();
    tokio::spawn(async move {
        client.run().await;
    })
}

/// What lies between a client and its server.
#[derive(Clone)]
struct Wire(Arc<Mutex<Connections>>);

struct Connections {
    server: Option<Server>,
    identity: Identity,
    tap: Tap,
    serving: Vec<AbortHandle>,
}

impl Wire {
    fn cut(&self) {
        let mut connections = self.0.lock().unwrap();
        connections.server = None;
        connections.serving.drain(..).for_each(|serving| serving.abort());
    }
}

impl Connector for Wire {
    fn connect(&self) -> Connecting<'_> {
        let mut connections = self.0.lock().unwrap();
        let Some(server) = connections.server.clone() else {
            return Box::pin(std::future::ready(Err(std::io::ErrorKind::ConnectionRefused.into())));
        };
        let (near, far) = Link::pair("client", "server:1", 64 << 10);
        let (client, address, identity) = (far.client.clone(), far.server.clone(), connections.identity.clone());
        let stream = TappedStream::accepted(far.into_stream(), connections.tap.clone(), &client, &address, None);
        if let Some(user) = identity.user.clone() {
            let (connection, administrator) = (stream.connection(), identity.administrator);
            let auth_context_id = None;
            connections.tap.local(LocalEvent::Authenticated { connection, auth_context_id, user, administrator });
        }
        let accepted = Accepted { client, server: address, identity: Some(identity), script: None };
        let serving = tokio::spawn(async move { server.serve_connection(stream, accepted).await });
        connections.serving.push(serving.abort_handle());
        Box::pin(std::future::ready(Ok(near)))
    }

    fn address(&self) -> &str {
        "server:1"
    }
}

/// A conversation that was played.
pub(super) struct Played {
    entries: Vec<Entry>,
    vantage: Vantage,
    well_served: bool,
    /// Requirements that are not held against the client.
    waived: Vec<&'static str>,
}

impl Played {
    fn report(&self) -> Report {
        let config = Config { vantage: self.vantage, source: Source::Exclusive, ..Config::default() };
        let judge = Judge::new(config, None, BTreeSet::new(), true).unwrap();
        let mut report = judge.report(&self.entries);
        report.findings.retain(|finding| !finding.requirements.iter().all(|id| self.waived.contains(id)));
        report
    }

    /// Whether the same was seen.
    pub(super) fn equals(&self, other: &Self) -> bool {
        self.entries == other.entries
    }

    /// Findings that are at least so grave; of a server that misbehaves itself only those about the client.
    pub(super) fn findings(&self, least: Severity) -> Vec<String> {
        let findings = self.report().findings.into_iter();
        let judged = |finding: &conformance::Finding| self.well_served || finding.party == Party::Client;
        findings
            .filter(|finding| finding.verdict >= least && judged(finding))
            .map(|finding| {
                let conformance::Finding { verdict, rule, expected, actual, .. } = finding;
                format!("{verdict} {rule}: expected {expected}; {actual}")
            })
            .collect()
    }

    /// Who is accused of breaking which requirement, and the words.
    pub(super) fn accusations(&self) -> Vec<(Party, &'static str, String)> {
        let findings = self.report().findings.into_iter();
        let judged = |finding: &conformance::Finding| self.well_served || finding.party == Party::Client;
        let accused = findings.filter(|finding| finding.verdict >= Severity::Warn && judged(finding));
        let each = accused.flat_map(|finding| {
            let words = format!("{}: expected {}; {}", finding.rule, finding.expected, finding.actual);
            finding.requirements.iter().map(move |id| (finding.party, *id, words.clone())).collect::<Vec<_>>()
        });
        each.collect()
    }
}
