//! Client and server with security contexts between them: NTLM, raw and in SPNEGO.

use std::sync::Arc;
use std::time::Duration;

use dcerpc::ContextHandle;
use dcerpc::connection::PacketLevel;
use dcerpc::connection::client::Auth;
use dcerpc::security::{Account, Level, Provider, SecurityError};
use mspan::method::{CreateIn, In, Out, RegisterClientIn};
use mspan::{ConversationStyle, Hresult, Interface, Method, NotificationType, UserFilter};
use peer::client::{Alteration, Association, Call, Choice, Options, Outcome, Refused, Security, Tampering};
use peer::server::{
    Accepted, Authentication, Identity, Note, Order, Reply, Script, Scripted, Server, ServerOptions, StubEdit,
};
use peer::transport::DuplexConnector;
use peer::{Misbehaviour, Tap, Variant};
use rstest::rstest;
use security::{Accounts, Credentials, Initiator, Password};
use trace::{ConnectionId, Flaw, LocalEvent, Seen};

const LIMIT: Duration = Duration::from_secs(5);

fn credentials(user: &str, password: &str) -> Credentials {
    Credentials { user: user.into(), domain: "LAB".into(), password: Password::new(password) }
}

fn account(user: &str, domain: &str) -> Account {
    Account { user: user.into(), domain: domain.into() }
}

/// A server that takes alice, who is an administrator, and bob and carol, who are none.
fn server(change: impl FnOnce(Authentication) -> Authentication) -> Server {
    server_that(None, change)
}

/// The same, which does something wrong.
fn server_that(misbehaviour: Option<Misbehaviour>, change: impl FnOnce(Authentication) -> Authentication) -> Server {
    let users = ["alice", "bob", "carol"].map(|user| credentials(user, "Sesame!"));
    let listed = vec![
        (account("ALICE", ""), Identity::user("alice", true)),
        (account("bob", "lab"), Identity::user("bob", false)),
        (account("carol", "ELSEWHERE"), Identity::user("carol", true)),
    ];
    let authentication = change(Authentication::new(Arc::new(Accounts::new(users)), listed));
    let authentication = Some(authentication);
    Server::new(ServerOptions { seed: Some(1), authentication, misbehaviour, ..ServerOptions::default() })
}

/// What a client begins, with the right password or another one.
fn security(user: &str, password: &'static str, provider: Provider, level: Level) -> Security {
    let initiator = Initiator::new(credentials(user, password));
    Security::computed(move || initiator.context(provider, level)).named(Identity::user(user, user == "alice"))
}

struct Client {
    association: Association,
    tap: Tap,
}

fn client(server: &Server, security: Option<Security>) -> Client {
    client_of(server, security, None)
}

fn client_of(server: &Server, security: Option<Security>, script: Option<Scripted>) -> Client {
    let server = server.clone();
    let connector = DuplexConnector::new("10.0.0.1:49670", move |link| {
        let (server, script) = (server.clone(), script.clone());
        tokio::spawn(async move {
            let accepted =
                Accepted { client: link.client.clone(), server: link.server.clone(), identity: None, script };
            server.serve_connection(link.into_stream(), accepted).await
        });
    });
    let tap = Tap::new();
    let options = Options { security, ..Options::default() };
    Client { association: Association::new(Arc::new(connector), tap.clone(), options), tap }
}

fn create() -> Call {
    Call { limit: LIMIT, connection: Choice::Named("one".into()), ..Call::method(Method::Create, In::Create(CreateIn)) }
}

fn object(outcome: Outcome) -> ContextHandle {
    match outcome {
        Outcome::Returned { stub, format } => match Out::decode(Method::Create, stub, format).unwrap().value {
            Out::Create(out) => out.remote_obj,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// What RegisterClient for the notifications of all users comes back with, which only administrators may.
async fn register_for_all(client: &Client, auth: Auth) -> Hresult {
    let registration_obj = object(client.association.call(&Call { auth, ..create() }).await);
    let input = In::RegisterClient(RegisterClientIn {
        registration_obj,
        notification_type: NotificationType::ASYNC_UI,
        filter: UserFilter::ALL_USERS,
        style: ConversationStyle::UNIDIRECTIONAL,
        ..RegisterClientIn::default()
    });
    match client.association.call(&Call { auth, ..in_connection(input) }).await {
        Outcome::Returned { stub, format } => match Out::decode(Method::RegisterClient, stub, format).unwrap().value {
            Out::RegisterClient(out) => out.status,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn in_connection(input: In) -> Call {
    Call { limit: LIMIT, connection: Choice::Named("one".into()), ..Call::method(Method::RegisterClient, input) }
}

const DENIED: Hresult = Hresult(0x8007_0005);

#[rstest]
#[tokio::test(start_paused = true)]
async fn calls_are_made_in_the_name_of_the_account(
    #[values(Provider::NTLM, Provider::NEGOTIATE)] provider: Provider,
    #[values(Level::CONNECT, Level::PKT, Level::INTEGRITY, Level::PRIVACY)] level: Level,
) {
    let server = server(|authentication| Authentication { required_level: level, ..authentication });
    for (user, expected) in [("alice", Hresult::OK), ("bob", DENIED), ("carol", DENIED)] {
        let client = client(&server, Some(security(user, "Sesame!", provider, level)));
        assert_eq!(register_for_all(&client, Auth::Usual).await, expected, "{user}");
        let entries = client.tap.take();
        let keys = entries.iter().filter(|entry| matches!(entry.seen, Seen::Key(_))).count();
        assert_eq!(keys, usize::from(level > Level::CONNECT));
        let named = entries.iter().find_map(|entry| match &entry.seen {
            Seen::Local(LocalEvent::Authenticated { auth_context_id, user, .. }) => {
                Some((*auth_context_id, user.as_str()))
            }
            _ => None,
        });
        assert_eq!(named, Some((Some(1), user)));
    }
}

/// A context whose beginning asks somebody else is begun off the thread of the others.
#[tokio::test(start_paused = true)]
async fn a_context_may_ask_others_first() {
    let initiator = Initiator::new(credentials("alice", "Sesame!"));
    let here = std::thread::current().id();
    let security = Security::asked(move || {
        assert_ne!(std::thread::current().id(), here);
        initiator.context(Provider::NEGOTIATE, Level::PRIVACY)
    });
    let client = client(&server(|it| it), Some(security));
    assert_eq!(register_for_all(&client, Auth::Usual).await, Hresult::OK);
}

#[rstest]
#[case::raw(Provider::NTLM, ACCESS_DENIED)]
#[case::in_spnego(Provider::NEGOTIATE, Outcome::Fault { status: 0x721, did_not_execute: true })]
#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_refused(#[case] provider: Provider, #[case] expected: Outcome) {
    let client = client(&server(|it| it), Some(security("alice", "Simsim!", provider, Level::PKT)));
    assert_eq!(client.association.call(&create()).await, expected);
    assert!(client.association.ended("one", LIMIT).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_provider_is_refused() {
    let accounts = Arc::new(Accounts::new([]));
    let client = client(
        &server(|it| Authentication { acceptor: accounts, ..it }),
        Some(security("alice", "Sesame!", Provider::NTLM, Level::PKT)),
    );
    assert_eq!(client.association.call(&create()).await, Outcome::BindRefused(Refused::Nak { reason: 8 }));
}

#[tokio::test(start_paused = true)]
async fn a_context_that_can_not_begin_is_told() {
    let nothing = || Err(SecurityError::Unsupported("no ticket".into()));
    let client = client(&server(|it| it), Some(Security::computed(nothing)));
    let why = "the provider can't do that: no ticket".to_owned();
    assert_eq!(client.association.call(&create()).await, Outcome::Unauthenticated { why });
    assert_eq!(client.association.connections(), Vec::<String>::new());
}

#[rstest]
#[case::anonymous(None, Level::CONNECT, PacketLevel::Any)]
#[case::below(Some((Level::CONNECT, security::PacketLevel::Signed)), Level::PKT, PacketLevel::Any)]
#[case::unsigned(Some((Level::PKT, security::PacketLevel::Zeroes)), Level::PKT, PacketLevel::Signed)]
#[tokio::test(start_paused = true)]
async fn too_little_security_is_refused(
    #[case] begins: Option<(Level, security::PacketLevel)>,
    #[case] required_level: Level,
    #[case] packet_level: PacketLevel,
) {
    let server = server(|it| Authentication { required_level, packet_level, ..it });
    let begins = begins.map(|(level, packet_level)| {
        let initiator = Initiator::new(credentials("alice", "Sesame!")).with_packet_level(packet_level);
        Security::computed(move || initiator.context(Provider::NTLM, level))
    });
    let client = client(&server, begins);
    assert!(matches!(client.association.call(&create()).await, Outcome::Fault { .. }));
}

/// Whoever signs nothing at packet level is served all the same, and answered alike.
#[rstest]
#[case(security::PacketLevel::Absent)]
#[case(security::PacketLevel::Zeroes)]
#[tokio::test(start_paused = true)]
async fn unsigned_calls_at_packet_level_are_taken(#[case] packet_level: security::PacketLevel) {
    let initiator = Initiator::new(credentials("alice", "Sesame!")).with_packet_level(packet_level);
    let security = Security::computed(move || initiator.context(Provider::NEGOTIATE, Level::PKT));
    let client = client(&server(|it| it), Some(security));
    assert_eq!(register_for_all(&client, Auth::Usual).await, Hresult::OK);
}

#[tokio::test(start_paused = true)]
async fn several_users_share_a_connection() {
    let client = client(&server(|it| it), Some(security("alice", "Sesame!", Provider::NEGOTIATE, Level::PRIVACY)));
    assert_eq!(register_for_all(&client, Auth::Usual).await, Hresult::OK);
    let bob = security("bob", "Sesame!", Provider::NTLM, Level::PKT);
    let interface = Interface::AsyncNotify.id();
    let association = &client.association;
    assert_eq!(association.authenticate("nobody's", interface, &bob, LIMIT).await, Err(Outcome::Dropped));
    let id = association.authenticate("one", interface, &bob, LIMIT).await.unwrap();
    assert_eq!(register_for_all(&client, Auth::Context(id)).await, DENIED);
    assert_eq!(register_for_all(&client, Auth::Usual).await, Hresult::OK);
    assert_eq!(client.association.connections(), ["one"]);
    let opened = client.tap.take().into_iter().filter(|entry| matches!(entry.seen, Seen::Opened(_))).count();
    assert_eq!(opened, 1);
}

const SECURITY_ERROR: Outcome = Outcome::Fault { status: 0x721, did_not_execute: false };
const ACCESS_DENIED: Outcome = Outcome::Fault { status: 5, did_not_execute: false };

/// The call that is tampered with follows one that is not.
#[rstest]
#[case::wrong_signature(Level::PKT, Tampering::WrongSignature, SECURITY_ERROR)]
#[case::changed_stub(Level::INTEGRITY, Tampering::ChangedStub, SECURITY_ERROR)]
#[case::changed_sealed_stub(Level::PRIVACY, Tampering::ChangedStub, SECURITY_ERROR)]
#[case::zero_signature(Level::INTEGRITY, Tampering::ZeroSignature, SECURITY_ERROR)]
#[case::other_type(Level::INTEGRITY, Tampering::Type(10), ACCESS_DENIED)]
#[case::other_level(Level::PRIVACY, Tampering::Level(5), ACCESS_DENIED)]
#[case::other_context(Level::PKT, Tampering::Context(7), ACCESS_DENIED)]
#[case::no_verifier(Level::INTEGRITY, Tampering::NoVerifier, ACCESS_DENIED)]
#[case::reordered(Level::INTEGRITY, Tampering::Reordered, SECURITY_ERROR)]
#[case::left_out(Level::INTEGRITY, Tampering::LeftOut, SECURITY_ERROR)]
#[tokio::test(start_paused = true)]
async fn what_is_tampered_with_is_refused(
    #[case] level: Level,
    #[case] tampering: Tampering,
    #[case] expected: Outcome,
) {
    let server = server(|it| Authentication { required_level: Level::PKT, ..it });
    let client = client(&server, Some(security("alice", "Sesame!", Provider::NEGOTIATE, level)));
    let registration_obj = object(client.association.call(&create()).await);
    let alteration =
        Alteration { tampering: Some(tampering), stub_octets_per_fragment: Some(8), ..Alteration::default() };
    let input = In::RegisterClient(RegisterClientIn { registration_obj, ..RegisterClientIn::default() });
    let call = Call { alteration: Some(alteration), ..in_connection(input) };
    assert_eq!(client.association.call(&call).await, expected);
    assert!(client.association.ended("one", LIMIT).await.is_some());
}

/// The first time a call is answered, the second time it ends the connection.
#[tokio::test(start_paused = true)]
async fn a_replayed_call_ends_the_connection() {
    let client = client(&server(|it| it), Some(security("alice", "Sesame!", Provider::NEGOTIATE, Level::PKT)));
    let alteration = Some(Alteration { tampering: Some(Tampering::Replayed), ..Alteration::default() });
    object(client.association.call(&Call { alteration, ..create() }).await);
    assert!(matches!(client.association.ended("one", LIMIT).await, Some(Outcome::Malformed { .. })));
}

/// What a client makes of responses that a script has tampered with.
#[rstest]
#[case::wrong_signature(Tampering::WrongSignature, "its signature does not fit the octets")]
#[case::no_verifier(Tampering::NoVerifier, "nothing protects it at level 6")]
#[case::other_level(Tampering::Level(4), "of type 9 at level 4")]
#[tokio::test(start_paused = true)]
async fn responses_are_verified(#[case] tampering: Tampering, #[case] expected: &str) {
    let tap = Tap::new();
    let script = Script::default();
    let alteration = Alteration { tampering: Some(tampering), ..Alteration::default() };
    script.push(Order {
        method: Method::Create,
        fits: Arc::new(|_| true),
        times: None,
        processed: true,
        late: Duration::ZERO,
        reply: Reply::Own,
        stub: StubEdit::default(),
        alteration: Some(alteration),
        note: Note::default(),
    });
    let server = server(|it| it);
    let scripted = Scripted::new(script, tap.clone(), ConnectionId(7));
    let client =
        client_of(&server, Some(security("alice", "Sesame!", Provider::NEGOTIATE, Level::PRIVACY)), Some(scripted));
    match client.association.call(&create()).await {
        Outcome::Unverified { why, .. } => assert!(why.contains(expected), "{why}"),
        other => panic!("{other:?}"),
    }
    // The server's side has told of its end of the context.
    let entries = tap.take();
    assert!(entries.iter().any(|entry| matches!(&entry.seen, Seen::Key(key) if key.connection == ConnectionId(7))));
    assert!(entries.iter().any(|entry| matches!(
        &entry.seen,
        Seen::Local(LocalEvent::Authenticated { auth_context_id: Some(1), user, administrator: true, .. }) if user == "alice"
    )));
}

/// Where nothing protects what was to be tampered with, or there is one PDU where several are meant, nothing is sent.
#[rstest]
#[case::without_security(None, Tampering::WrongSignature)]
#[case::at_connect_level(Some(Level::CONNECT), Tampering::WrongSignature)]
#[case::one_pdu(Some(Level::PKT), Tampering::LeftOut)]
#[tokio::test(start_paused = true)]
async fn what_nothing_protects_can_not_be_spoilt(#[case] level: Option<Level>, #[case] tampering: Tampering) {
    let security = level.map(|level| security("alice", "Sesame!", Provider::NEGOTIATE, level));
    let client = client(&server(|it| it), security);
    let alteration = Some(Alteration { tampering: Some(tampering), ..Alteration::default() });
    assert_eq!(client.association.call(&Call { alteration, ..create() }).await, Outcome::Unprotected);
}

/// Who claims to be somebody on purpose is named in the trace before anything is sent, and never as authenticated.
#[tokio::test(start_paused = true)]
async fn false_credentials_are_told() {
    let guess = security("alice", "Simsim!", Provider::NTLM, Level::PKT).falsely("alice", Flaw::WrongPassword);
    let client = client(&server(|it| it), Some(guess));
    assert_eq!(client.association.call(&create()).await, ACCESS_DENIED);
    let entries = client.tap.take();
    let told = |entry: &trace::Entry| matches!(&entry.seen, Seen::Local(LocalEvent::FalseCredentials { user, flaw: Flaw::WrongPassword, .. }) if user == "alice");
    let first = |is: &dyn Fn(&trace::Entry) -> bool| entries.iter().position(is);
    assert!(first(&told) < first(&|entry| matches!(entry.seen, Seen::Octets(_))));
    assert_eq!(first(&|entry| matches!(entry.seen, Seen::Local(LocalEvent::Authenticated { .. }))), None);
}

/// Misbehaving servers take what others refuse.
#[rstest]
#[case::at_connect_level(Provider::NTLM, Level::CONNECT)]
#[case::at_packet_level(Provider::NTLM, Level::PKT)]
#[tokio::test(start_paused = true)]
async fn any_password_is_taken(#[case] provider: Provider, #[case] level: Level) {
    let server = server_that(Some(Misbehaviour::AnyPasswordTaken), |it| it);
    let client = client(&server, Some(security("alice", "Simsim!", provider, level)));
    object(client.association.call(&create()).await);
}

/// In SPNEGO the server says so, and our client does not believe it.
#[tokio::test(start_paused = true)]
async fn any_password_is_taken_in_spnego() {
    let server = server_that(Some(Misbehaviour::AnyPasswordTaken), |it| it);
    let client = client(&server, Some(security("alice", "Simsim!", Provider::NEGOTIATE, Level::PKT)));
    match client.association.call(&create()).await {
        Outcome::Rejected { why } => assert!(why.contains("no mechListMIC"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[rstest]
#[case::wrong_signature(Tampering::WrongSignature)]
#[case::reordered_bits(Tampering::Reordered)]
#[tokio::test(start_paused = true)]
async fn signatures_are_not_checked(#[case] tampering: Tampering, #[values(Level::PKT, Level::PRIVACY)] level: Level) {
    let server = server_that(Some(Misbehaviour::WrongSignaturesTaken), |it| it);
    let client = client(&server, Some(security("alice", "Sesame!", Provider::NEGOTIATE, level)));
    let registration_obj = object(client.association.call(&create()).await);
    let of_several = tampering == Tampering::Reordered;
    let alteration = Alteration {
        tampering: Some(tampering),
        stub_octets_per_fragment: of_several.then_some(8),
        ..Alteration::default()
    };
    let input = In::RegisterClient(RegisterClientIn { registration_obj, ..RegisterClientIn::default() });
    let outcome = client.association.call(&Call { alteration: Some(alteration), ..in_connection(input) }).await;
    // Fragments in the reverse order are no request at all, whoever has signed them.
    match of_several {
        true => assert!(matches!(outcome, Outcome::Fault { .. }), "{outcome:?}"),
        false => assert!(matches!(outcome, Outcome::Returned { .. }), "{outcome:?}"),
    }
}

/// How many PDUs of a stream are responses.
fn responses(mut octets: &[u8]) -> usize {
    let mut count = 0;
    while let [_, _, ptype, _, _, _, _, _, low, high, ..] = *octets {
        count += usize::from(ptype == 2);
        octets = &octets[usize::from(u16::from_le_bytes([low, high]))..];
    }
    count
}

#[rstest]
#[case::as_it_should_be(None, 1)]
#[case::copies_taken(Some(Misbehaviour::CopiesTaken), 2)]
#[tokio::test(start_paused = true)]
async fn copies_are_taken(
    #[case] misbehaviour: Option<Misbehaviour>,
    #[case] expected: usize,
    #[values(Level::PKT, Level::PRIVACY)] level: Level,
) {
    let client =
        client(&server_that(misbehaviour, |it| it), Some(security("alice", "Sesame!", Provider::NEGOTIATE, level)));
    let alteration = Some(Alteration { tampering: Some(Tampering::Replayed), ..Alteration::default() });
    object(client.association.call(&Call { alteration, ..create() }).await);
    assert!(client.association.ended("one", LIMIT).await.is_some());
    let mut answers = Vec::new();
    for entry in client.tap.take() {
        match entry.seen {
            Seen::Octets(seen) if seen.direction == trace::Direction::ToClient => answers.extend(seen.octets),
            _ => {}
        }
    }
    assert_eq!(responses(&answers), expected);
}

/// What misbehaving servers answer, no client can take.
#[rstest]
#[case::wrongly_signed(Misbehaviour::ResponsesWronglySigned, "its signature does not fit the octets")]
#[case::unsigned(Misbehaviour::ResponsesUnsigned, "nothing protects it at level 6")]
#[case::under_another_context(Misbehaviour::ResponsesUnderAnotherContext, "context 2")]
#[tokio::test(start_paused = true)]
async fn responses_of_misbehaving_servers_do_not_verify(#[case] misbehaviour: Misbehaviour, #[case] expected: &str) {
    let server = server_that(Some(misbehaviour), |it| it);
    let client = client(&server, Some(security("alice", "Sesame!", Provider::NEGOTIATE, Level::PRIVACY)));
    match client.association.call(&create()).await {
        Outcome::Unverified { why, .. } => assert!(why.contains(expected), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn spnego_is_not_recognized() {
    let server = server_that(Some(Misbehaviour::NegotiateNotRecognized), |it| it);
    let refused = client(&server, Some(security("alice", "Sesame!", Provider::NEGOTIATE, Level::PKT)));
    assert_eq!(refused.association.call(&create()).await, Outcome::BindRefused(Refused::Nak { reason: 8 }));
    let taken = client(&server, Some(security("alice", "Sesame!", Provider::NTLM, Level::PKT)));
    object(taken.association.call(&create()).await);
}

/// bob counts as alice, who was there before him.
#[tokio::test(start_paused = true)]
async fn callers_are_not_told_apart() {
    let server = server_that(Some(Misbehaviour::CallersNotToldApart), |it| it);
    for user in ["alice", "bob"] {
        let client = client(&server, Some(security(user, "Sesame!", Provider::NEGOTIATE, Level::PKT)));
        assert_eq!(register_for_all(&client, Auth::Usual).await, Hresult::OK, "{user}");
    }
}

/// A variant: what is below packet level is refused.
#[rstest]
#[case::without(None, false)]
#[case::at_connect_level(Some(Level::CONNECT), false)]
#[case::at_packet_level(Some(Level::PKT), true)]
#[tokio::test(start_paused = true)]
async fn packet_level_may_be_required(#[case] level: Option<Level>, #[case] is_taken: bool) {
    let authentication =
        Some(Authentication::new(Arc::new(Accounts::new([credentials("alice", "Sesame!")])), Vec::new()));
    let variant = Some(Variant::PacketLevelRequired);
    let server = Server::new(ServerOptions { authentication, variant, ..ServerOptions::default() });
    let client = client(&server, level.map(|level| security("alice", "Sesame!", Provider::NEGOTIATE, level)));
    let outcome = client.association.call(&create()).await;
    assert_eq!(matches!(outcome, Outcome::Returned { .. }), is_taken, "{outcome:?}");
    assert_eq!(matches!(outcome, Outcome::Fault { .. }), !is_taken, "{outcome:?}");
}

/// Secrets show themselves to nobody.
#[test]
fn secrets_are_not_shown() {
    let security = security("alice", "Sesame!", Provider::NTLM, Level::PKT);
    let options = ServerOptions {
        authentication: Some(Authentication::new(
            Arc::new(Accounts::new([credentials("alice", "Sesame!")])),
            Vec::new(),
        )),
        ..ServerOptions::default()
    };
    let shown =
        format!("{security:?} {options:?} {:?}", Options { security: Some(security.clone()), ..Options::default() });
    assert!(!shown.contains("Sesame"), "{shown}");
    assert!(shown.contains("Accounts") || shown.contains("accounts"), "{shown}");
}
