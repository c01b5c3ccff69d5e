//! Target files: what they mean, and what is refused with its place.

use std::fs;
use std::time::Duration;

use dcerpc::TransferSyntax;
use rstest::rstest;
use runner::target::{Client, Limits, Loaded, Means, Start, Target, TargetFile, load};

fn server(loaded: Loaded) -> Target {
    match loaded {
        Loaded::Server(server) => server,
        Loaded::Client(client) => panic!("a client: {client:?}"),
    }
}

fn client(name: &str, content: &str) -> Client {
    match any(name, content).expect("read") {
        Loaded::Client(client) => client,
        Loaded::Server(server) => panic!("a server: {server:?}"),
    }
}

fn loaded(name: &str, content: &str) -> Result<Target, String> {
    any(name, content).map(server)
}

/// A file of that content in a folder of its own, loaded.
fn any(name: &str, content: &str) -> Result<Loaded, String> {
    let folder = std::env::temp_dir().join(format!("pan-harness-target-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("lab.yaml");
    fs::write(&path, content).expect("a file");
    let result = load(&path.display().to_string()).map_err(|diagnostic| diagnostic.render());
    fs::remove_dir_all(&folder).expect("removed");
    result.map_err(|error| error.replace(&format!("{}/", folder.display()), ""))
}

#[test]
fn a_full_file_is_read_as_meant() {
    let target = loaded(
        "full",
        "party: server\nname: my server 1.2\naddress: ncacn_ip_tcp:127.0.0.1[49670]\nserver_name: PRINTSRV\nprinter: \
         office-laser\nlaunch: {command: [./server, --fast], ready: {line: listening, within: 3s}}\nsecurity: \
         {provider: none}\ntransfer_syntax: [ndr64, ndr]\nstimulus: {tcp: 127.0.0.1:9000, exclusive: false}\nlimits: {call: \
         2s, still_pending: 100ms}\n",
    )
    .expect("read");
    assert_eq!((target.id.as_str(), target.name.as_str()), ("lab", "my server 1.2"));
    assert_eq!(target.binding.socket().as_deref(), Some("127.0.0.1:49670"));
    assert_eq!((target.server_name.as_str(), target.printer.as_deref()), ("PRINTSRV", Some("office-laser")));
    assert_eq!(target.principal.as_deref(), Some("PRINTSRV"));
    assert_eq!(target.stimulus, Some(Means::Tcp("127.0.0.1:9000".to_owned())));
    assert_eq!(target.transfer_syntaxes, [TransferSyntax::Ndr64, TransferSyntax::Ndr]);
    assert!(!target.exclusive);
    let launch = target.launch.expect("a command");
    assert!(launch.program.is_absolute() && launch.program.ends_with("server"), "{launch:?}");
    assert_eq!(
        (launch.arguments, launch.ready_line.as_deref(), launch.within),
        (vec!["--fast".to_owned()], Some("listening"), Duration::from_secs(3))
    );
    let limits =
        Limits { call: Duration::from_secs(2), still_pending: Duration::from_millis(100), ..Limits::default() };
    assert_eq!(target.limits, limits);
}

#[rstest]
#[case("ncacn_ip_tcp:10.0.0.1[49670]", "10.0.0.1:49670", "10.0.0.1")]
#[case("ncacn_ip_tcp:[::1][49670]", "[::1]:49670", "::1")]
#[case("ncacn_ip_tcp:printsrv.lab.test[1025]", "printsrv.lab.test:1025", "printsrv.lab.test")]
fn a_binding_needs_no_file(#[case] binding: &str, #[case] socket: &str, #[case] host: &str) {
    let target = server(load(binding).expect("a target"));
    assert_eq!(target.binding.socket().as_deref(), Some(socket));
    assert_eq!((target.server_name.as_str(), target.principal), (host, None));
    assert_eq!((target.id.as_str(), target.binding.to_string().as_str()), (binding, binding));
    assert_eq!(target.stimulus, None);
}

#[rstest]
#[case("ncacn_np:host[\\pipe\\spoolss]", "only ncacn_ip_tcp")]
#[case("ncacn_ip_tcp:[::1", "the `]` after the address is missing")]
#[case("ncacn_ip_tcp:host[0]", "`[0]` is no port")]
#[case("ncacn_ip_tcp:host[70000]", "`[70000]` is no port")]
#[case("ncacn_ip_tcp:[1]", "names no host")]
#[case("ncacn_ip_tcp:", "names no host")]
#[case("missing.yaml", "can't read missing.yaml")]
fn a_bad_binding_is_refused(#[case] written: &str, #[case] words: &str) {
    let error = load(written).expect_err("refused").render();
    assert!(error.contains(words), "{error}");
}

#[rstest]
#[case::other("other", "SD-04: text", &[("SD-04", "text")])]
#[case::recommended("recommended", "SD-04: figure", &[])]
fn readings_are_chosen(#[case] name: &str, #[case] written: &str, #[case] chosen: &[(&str, &str)]) {
    let target = loaded(name, &format!("{HEAD}readings: {{{written}}}\n")).expect("read");
    let readings: Vec<_> = target.readings.iter().map(|(id, word)| (id.as_str(), word.as_str())).collect();
    assert_eq!(readings, chosen);
}

const HEAD: &str = "party: server\naddress: ncacn_ip_tcp:127.0.0.1[49670]\n";

#[rstest]
#[case::unknown_key("unknown-key", "adress: x")]
#[case::duplicate_key("duplicate-key", "name: a\nname: b")]
#[case::unknown_value("unknown-value", "transfer_syntax: [ndr46]")]
#[case::security("security", "security: {provider: negotiate, level: pkt}")]
#[case::no_provider("no-provider", "security: {level: pkt}")]
#[case::unknown_provider("unknown-provider", "security: {provider: spnego}")]
#[case::unknown_level("unknown-level", "security: {provider: ntlm, level: packet}")]
#[case::level_of_nothing("level-of-nothing", "security: {provider: none, level: pkt}")]
#[case::packet_level_elsewhere(
    "packet-level-elsewhere",
    "security: {provider: ntlm, level: privacy, packet_level: signed}\nidentities: {a: {user: a, password_env: A}}"
)]
#[case::identities("identities", "security: {provider: ntlm}\nidentities:\n  alice: {user: alice}")]
#[case::empty_user("empty-user", "identities:\n  alice: {user: ''}")]
#[case::same_user("same-user", "identities:\n  alice: {user: alice, domain: LAB}\n  other: {user: ALICE, domain: lab}")]
#[case::no_variable("no-variable", "identities:\n  alice: {user: alice, password_env: 'A=B'}")]
#[case::a_password("a-password", "identities:\n  alice: {user: alice, password: Sesame}")]
#[case::kerberos_without_realm(
    "kerberos-without-realm",
    "security: {provider: kerberos}\nidentities: {a: {user: a, password_env: A}}\nkerberos: {kdc: '127.0.0.1:88'}"
)]
#[case::kdc_without_port(
    "kdc-without-port",
    "security: {provider: kerberos}\nidentities: {a: {user: a, password_env: A}}\nkerberos: {realm: LAB.TEST, kdc: kdc.lab.test}"
)]
#[case::empty_realm("empty-realm", "security: {provider: negotiate}\nkerberos: {realm: '', kdc: '127.0.0.1:88'}")]
#[case::kerberos("kerberos", "kerberos: {realm: LAB.TEST}")]
#[case::mapper("mapper", "endpoint_mapper: 127.0.0.1")]
#[case::no_defect("no-defect", "readings: {SD-4: text}")]
#[case::no_choice("no-choice", "readings: {SD-13: text}")]
#[case::no_reading("no-reading", "readings: {SD-04: txt}")]
#[case::no_unit("no-unit", "limits: {call: 5}")]
#[case::two_means("two-means", "stimulus: {tcp: '127.0.0.1:1', manual: true}")]
#[case::bad_stimulus("bad-stimulus", "stimulus: {tcp: nowhere}")]
#[case::client_launch("client-launch", "launch: {manual: true}")]
fn what_is_refused_is_shown_with_its_place(#[case] name: &str, #[case] rest: &str) {
    insta::assert_snapshot!(format!("target-{name}"), loaded(name, &format!("{HEAD}{rest}\n")).expect_err("refused"));
}

/// What people write there by mistake is not shown, wherever the error lies.
#[rstest]
#[case::a_key("identities:\n  alice:\n    user: alice\n    password: Sesame\n")]
#[case::quoted("identities:\n  alice: {user: alice, \"Password\" : 'Sesame, öffne dich'}\n")]
#[case::another_error("identities:\n  alice: {usr: alice, password: Sesame}\n")]
#[case::twice("identities:\n  alice: {user: a, password: Sesame, user: b}\n")]
#[case::of_a_client("name: {passphrase: Sesame}\n")]
#[case::dos("identities:\r\n  alice:\r\n    secret: Sesame\r\n")]
fn a_password_in_the_file_is_withheld(#[case] rest: &str) {
    let error = loaded("withheld", &format!("{HEAD}{rest}")).expect_err("refused");
    assert!(error.contains("********") && !error.contains("Sesame"), "{error}");
}

#[rstest]
#[case::client_without_launch("client-without-launch", "party: client\n")]
#[case::client_of_two_kinds("client-of-two-kinds", "party: client\nlaunch: {manual: true, command: [a]}\n")]
#[case::client_placeholder("client-placeholder", "party: client\nlaunch:\n  command: [a, '{prot}']\n")]
#[case::client_mapper("client-mapper", "party: client\nlaunch: {command: [a]}\nendpoint_mapper: nowhere\n")]
#[case::client_environment("client-environment", "party: client\nlaunch: {command: [a], env: {X: '{x}'}}\n")]
#[case::client_ready("client-ready", "party: client\nlaunch: {command: [a], ready: {line: x}}\n")]
#[case::client_address("client-address", "party: client\naddress: ncacn_ip_tcp:127.0.0.1[1]\nlaunch: {command: [a]}\n")]
#[case::client_stimulus("client-stimulus", "party: client\nlaunch: {command: [a]}\nstimulus: {manual: true}\n")]
#[case::no_address("no-address", "party: server\nname: x\n")]
#[case::no_port("no-port", "party: server\naddress: ncacn_ip_tcp:127.0.0.1\nlaunch: {command: [a]}\n")]
#[case::no_party("no-party", "address: ncacn_ip_tcp:127.0.0.1[1]\n")]
#[case::not_yaml("not-yaml", "party: [server\n")]
fn a_file_without_what_it_needs_is_refused(#[case] name: &str, #[case] content: &str) {
    insta::assert_snapshot!(format!("target-{name}"), loaded(name, content).expect_err("refused"));
}

#[test]
fn a_client_is_launched_with_its_placeholders_filled() {
    let text = "party: client\nname: mine\nlaunch: {command: [./mine, '--at={host}:{port}', '{\"x\": {type}}'], env: {M: '{mode}'}}\n\
                identities: {alice: {user: alice, domain: LAB, password_env: SECRET}}\n";
    let client = client("client", text);
    assert_eq!((client.id.as_str(), client.name.as_str()), ("lab", "mine"));
    assert_eq!(client.authentication.identities[0].password_env.as_deref(), Some("SECRET"));
    let Start::Command { program, arguments, environment, .. } = &client.start else { panic!("{client:?}") };
    assert!(program.is_absolute() && program.ends_with("mine"), "{program:?}");
    let values = [("host", "h"), ("port", "1"), ("type", "t"), ("mode", "m")];
    let values = values.map(|(name, value)| (name, value.to_owned())).into();
    let filled: Vec<String> = arguments.iter().map(|words| words.filled(&values)).collect();
    assert_eq!(filled, ["--at=h:1", "{\"x\": t}"]);
    assert_eq!((environment[0].0.as_str(), environment[0].1.filled(&values).as_str()), ("M", "m"));
}

/// The first account is the default, so their order is that of the file.
#[test]
fn accounts_stay_in_the_order_of_the_file() {
    let accounts =
        "zoe: {user: zoe}\n  mallory: {user: mallory, domain: LAB}\n  alice: {user: alice}\n  bob: {user: bob}";
    let client = client("order", &format!("{CLIENT}identities:\n  {accounts}\n"));
    let users: Vec<&str> = client.authentication.identities.iter().map(|account| account.user.as_str()).collect();
    assert_eq!(users, ["zoe", "mallory", "alice", "bob"]);
}

const CLIENT: &str = "party: client\nlaunch: {command: [a, '{user}']}\n";

#[rstest]
#[case::identity_twice(
    "identity-twice",
    "identities:\n  bob: {user: bob}\n  alice: {user: alice}\n  bob: {user: rob}\n"
)]
#[case::identity_key("identity-key", "identities:\n  bob: {usr: bob}\n")]
fn a_wrong_account_is_refused(#[case] name: &str, #[case] rest: &str) {
    insta::assert_snapshot!(format!("target-{name}"), any(name, &format!("{CLIENT}{rest}")).expect_err("refused"));
}

#[test]
fn the_endpoint_mapper_of_an_address_without_a_port_is_at_135() {
    let mapper = |name: &str, text: &str| {
        loaded(name, &format!("party: server\naddress: ncacn_ip_tcp:{text}\n")).expect("read").endpoint_mapper
    };
    assert_eq!(mapper("mapper-none", "10.0.0.1[49670]"), None);
    assert_eq!(mapper("mapper-usual", "10.0.0.1").as_deref(), Some("10.0.0.1:135"));
    assert_eq!(mapper("mapper-six", "[::1]").as_deref(), Some("[::1]:135"));
    let own = "10.0.0.1\nendpoint_mapper: 10.0.0.2:1135";
    assert_eq!(mapper("mapper-own", own).as_deref(), Some("10.0.0.2:1135"));
}

#[test]
fn a_client_is_told_of_our_endpoint_mapper_when_it_asks_for_its_port() {
    let knows = |rest: &str| client("knows", &format!("party: client\n{rest}\n")).knows_mapper();
    assert!(!knows("launch: {command: [a, '{port}']}"));
    assert!(knows("launch: {command: [a, '{port}', '--mapper={epm_port}']}"));
    assert!(knows("launch: {command: [a], env: {MAPPER: '{epm_port}'}}"));
    assert!(knows("launch: {command: [a]}\nendpoint_mapper: 127.0.0.1:135"));
    assert!(knows("launch: {manual: true}\nendpoint_mapper: 0.0.0.0:135"));
}

#[test]
fn a_client_may_be_started_by_hand() {
    let of = |text: &str| client("manual", &format!("party: client\nlaunch: {{manual: true}}\n{text}")).start;
    assert_eq!(of(""), Start::Manual(None));
    assert_eq!(of("address: ncacn_ip_tcp:0.0.0.0[4000]\n"), Start::Manual(Some("0.0.0.0:4000".to_owned())));
}

/// Every key that the schema knows is one that the loader takes or refuses by name, and no other.
#[test]
fn schema_and_loader_agree() {
    let schema = schemars::schema_for!(TargetFile).to_value();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for (yaml, valid) in [
        (format!("{HEAD}limits: {{call: 5s}}\n"), true),
        (format!("{HEAD}limits: {{call: 5}}\n"), false),
        (format!("{HEAD}adress: x\n"), false),
        (format!("{HEAD}stimulus: {{tcp: '127.0.0.1:9000'}}\n"), true),
        ("name: x\n".to_owned(), false),
    ] {
        let json: serde_json::Value = serde_yaml::from_str(&yaml).expect("YAML");
        assert_eq!(validator.is_valid(&json), valid, "{yaml}");
        assert_eq!(loaded("agree", &yaml).is_ok(), valid, "{yaml}");
    }
    let known: Vec<&str> = schema["properties"].as_object().expect("properties").keys().map(String::as_str).collect();
    for key in known {
        let error = loaded("key", &format!("{key}: {{no_such_key: 1}}\n")).expect_err("incomplete");
        assert!(!error.contains(&format!("unknown key `{key}`")), "{error}");
    }
}
