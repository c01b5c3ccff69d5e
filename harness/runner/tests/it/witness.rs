//! Calls under security contexts, judged as they were seen and as their trace is read back.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use conformance::{Config, Party, Report, Severity, Source};
use dcerpc::connection::client::Auth;
use dcerpc::security::{Account, Level, Provider};
use mspan::method::{CreateIn, DeleteIn, GetNotificationIn, In, Out, RegisterClientIn, UnregisterClientIn};
use mspan::{ConversationStyle, Interface, NotificationType, UserFilter};
use peer::Tap;
use peer::client::{Association, Call, Choice, Options, Outcome, Security};
use peer::server::{Accepted, Authentication, Identity, Server, ServerOptions};
use peer::transport::DuplexConnector;
use rstest::rstest;
use runner::check::config_of;
use runner::judge::Judge;
use runner::report::trace_jsonl::{self, Header, Keys};
use security::{Accounts, Credentials, Initiator, Kerberos, Keytab, Password, TicketSource};
use trace::stimulus::{Audience, Request};
use trace::{End, Entry, Vantage};
use uuid::Uuid;

const LIMIT: Duration = Duration::from_secs(5);
const TYPE: NotificationType = NotificationType(Uuid::from_u128(0x1111_2222_3333_4444_8555_6666_7777_8888));
const SERVER_SIGNATURES: &str = "MS-RPCE/3.3.1.5.2.2/server-signatures-verify";
const CLIENT_SIGNATURES: &str = "MS-RPCE/3.3.1.5.2.2/client-signatures-verify";
const RIGHTS: &str = "MS-PAN/3.1.1.4.1/all-users-needs-all-rights";
const CALLERS: &str = "MS-PAN/3.1.1.6.5/registrations-are-their-callers";

fn credentials(user: &str) -> Credentials {
    Credentials { user: user.into(), domain: "LAB".into(), password: Password::new("Sesame!") }
}

/// Alice is an administrator, Bob is none.
fn identity(user: &str) -> Identity {
    Identity::user(user, user == "alice")
}

fn server() -> Server {
    let users = ["alice", "bob"];
    let account = |user: &str, domain: &str| (Account { user: user.into(), domain: domain.into() }, identity(user));
    let listed = vec![account("alice", "LAB"), account("bob", "LAB"), account("alice", "LAB.TEST")];
    let accounts =
        Accounts::new(users.map(credentials)).with_keytab(Keytab::open(&golden("server.keytab")).unwrap(), None);
    let authentication = Authentication::new(Arc::new(accounts), listed);
    Server::new(ServerOptions { seed: Some(1), authentication: Some(authentication), ..ServerOptions::default() })
}

/// Keys and tickets of MIT's KDC.
pub(crate) fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../security/tests/golden").join(name)
}

/// Alice with a ticket.
pub(crate) fn by_ticket(provider: Provider, level: Level) -> Security {
    let source = TicketSource::Ccache(golden("alice.ccache"));
    let kerberos = Kerberos { realm: "LAB.TEST".into(), kdc: None, source, limit: LIMIT };
    let initiator = Initiator::with_kerberos(None, &kerberos, "host/printsrv").unwrap();
    Security::computed(move || initiator.context(provider, level)).named(identity("alice"))
}

pub(crate) fn security(user: &str, provider: Provider, level: Level) -> Security {
    let initiator = Initiator::new(credentials(user));
    Security::computed(move || initiator.context(provider, level)).named(identity(user))
}

/// One client with one connection.
struct Client {
    association: Association,
    server: Server,
    tap: Tap,
}

impl Client {
    fn new(security: Security) -> Self {
        let (server, tap) = (server(), Tap::new());
        let serving = server.clone();
        let connector = DuplexConnector::new("10.0.0.1:49670", move |link| {
            let server = serving.clone();
            tokio::spawn(async move {
                let (client, address) = (link.client.clone(), link.server.clone());
                let accepted = Accepted { client, server: address, ..Accepted::default() };
                server.serve_connection(link.into_stream(), accepted).await
            });
        });
        let options = Options { security: Some(security), ..Options::default() };
        Self { association: Association::new(Arc::new(connector), tap.clone(), options), server, tap }
    }

    async fn call(&self, auth: Auth, input: In) -> Out {
        let method = input.method();
        let call = Call { limit: LIMIT, connection: Choice::Named("one".into()), auth, ..Call::method(method, input) };
        match self.association.call(&call).await {
            Outcome::Returned { stub, format } => Out::decode(method, stub, format).expect("[out] parameters").value,
            other => panic!("{method}: {other:?}"),
        }
    }

    /// Create, RegisterClient for some users' notifications, one of which is for `user`, and the end.
    async fn conversation(&self, auth: Auth, user: &str, filter: UserFilter) {
        let Out::Create(created) = self.call(auth, In::Create(CreateIn)).await else { panic!("no handle") };
        let registration_obj = created.remote_obj;
        let register = RegisterClientIn {
            registration_obj,
            notification_type: TYPE,
            filter,
            style: ConversationStyle::UNIDIRECTIONAL,
            ..RegisterClientIn::default()
        };
        let Out::RegisterClient(registered) = self.call(auth, In::RegisterClient(register)).await else { panic!() };
        if filter == UserFilter::PER_USER {
            let audience =
                Audience { notification_type: TYPE.0, filter: filter.0, user: Some(user.to_owned()), printer: None };
            let request = Request::Notify { audience, data: format!("for {user}").into() };
            let number = self.tap.stimulus_asked(request.clone());
            self.tap.stimulus_answered(number, self.server.source(request));
            let remote_obj = registration_obj;
            self.call(auth, In::GetNotification(GetNotificationIn { remote_obj })).await;
        }
        if registered.status.is_success() {
            self.call(auth, In::UnregisterClient(UnregisterClientIn { registration_obj })).await;
        }
        self.call(auth, In::Delete(DeleteIn { remote_obj: registration_obj })).await;
    }

    async fn end(self) -> Vec<Entry> {
        self.association.close_all().await;
        self.tap.end(End::Complete);
        self.tap.take()
    }
}

/// Alice calls, and Bob under a context of his own on the same connection.
async fn conversed(provider: Provider, level: Level) -> Vec<Entry> {
    conversed_by(security("alice", provider, level), level).await
}

/// The same, whatever Alice proves herself with.
pub(crate) async fn conversed_by(alice: Security, level: Level) -> Vec<Entry> {
    let client = Client::new(alice);
    client.conversation(Auth::Usual, "alice", UserFilter::ALL_USERS).await;
    let bob = security("bob", Provider::NTLM, level);
    let id = client.association.authenticate("one", Interface::AsyncNotify.id(), &bob, LIMIT).await.expect("Bob");
    client.conversation(Auth::Context(id), "bob", UserFilter::PER_USER).await;
    client.conversation(Auth::Context(id), "bob", UserFilter::ALL_USERS).await;
    client.conversation(Auth::Usual, "alice", UserFilter::PER_USER).await;
    client.end().await
}

fn judge() -> Judge {
    let config = Config { vantage: Vantage::Client, source: Source::Exclusive, ..Config::default() };
    Judge::new(config, None, Default::default(), false).expect("rules")
}

/// What the trace is judged to show, once it was written and read.
fn read_back(entries: &[Entry], keys: Keys) -> Report {
    let config = judge().config().clone();
    let nanoseconds = |span: Duration| u64::try_from(span.as_nanos()).expect("a short time");
    let header = Header {
        trace: Header::version(),
        vantage: "client".to_owned(),
        source: "exclusive".to_owned(),
        prompt: nanoseconds(config.prompt),
        still_pending: nanoseconds(config.still_pending),
        ..Header::default()
    };
    let mut file = Vec::new();
    trace_jsonl::write(&mut file, &header, entries, keys).expect("written");
    let (header, entries) = trace_jsonl::read(file.as_slice()).expect("readable");
    judge().with_config(config_of(&header)).report(&entries)
}

fn passes(report: &Report, rule: &str) -> u64 {
    report.rules.get(rule).map_or(0, |tally| tally.pass)
}

/// Live findings equal those of the same run read back with its keys, and nothing is held against either party but that our
/// client names no principal and calls above packet level.
#[rstest]
#[tokio::test(start_paused = true)]
async fn a_run_read_back_with_its_keys_is_judged_alike(
    #[values(Provider::NTLM, Provider::NEGOTIATE)] provider: Provider,
    #[values(Level::PKT, Level::INTEGRITY, Level::PRIVACY)] level: Level,
) {
    let entries = conversed(provider, level).await;
    let live = judge().report(&entries);
    assert_eq!(read_back(&entries, Keys::Written), live);
    assert_eq!(live.gaps, []);
    let against_server: Vec<_> = live.findings.iter().filter(|finding| finding.party == Party::Server).collect();
    assert!(against_server.iter().all(|finding| finding.verdict == Severity::Inconclusive), "{against_server:#?}");
    for rule in [SERVER_SIGNATURES, CLIENT_SIGNATURES, RIGHTS, CALLERS] {
        assert!(passes(&live, rule) > 0, "{rule}: {:?}", live.rules.get(rule));
    }
    // Of the two callers, one has the rights.
    let denied = live.rules.get(RIGHTS).map(|tally| tally.fail + tally.warn);
    assert_eq!(denied, Some(0));
}

/// Without keys a sealed call is a gap, and nobody is accused of what can't be read.
#[rstest]
#[case(Level::PKT)]
#[case(Level::PRIVACY)]
#[tokio::test(start_paused = true)]
async fn a_run_read_back_without_keys_accuses_nobody(#[case] level: Level) {
    let entries = conversed(Provider::NEGOTIATE, level).await;
    let read = read_back(&entries, Keys::Withheld);
    assert!(!read.has(Party::Server, Severity::Warn), "{:#?}", read.findings);
    assert_eq!(passes(&read, SERVER_SIGNATURES) + passes(&read, CLIENT_SIGNATURES), 0);
    assert_eq!(read.gaps.is_empty(), level == Level::PKT, "{:#?}", read.gaps);
    assert_eq!(passes(&read, RIGHTS) > 0, level == Level::PKT);
}
