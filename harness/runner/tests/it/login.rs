//! Logins that are refused, and what is missing for one: exit code 3 with the reason in words, and no secret in anything that
//! is printed or written.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use dcerpc::connection::PacketLevel;
use dcerpc::pdu::Pdu;
use dcerpc::security::{Account, Level};
use peer::server::{Authentication, Identity, Server, ServerOptions};
use rstest::rstest;
use runner::report::Outcome;
use security::{Accounts, Credentials, Password};

use crate::probe::providers::reply;
use crate::run::{Folder, program, run, scenarios, text};

/// A password that stands in no other word.
pub(crate) const PASSWORD: &str = "Sésame-ouvre-toi";
const VARIABLE: &str = "PAN_LOGIN_PASSWORD";
const ALICE: &str = "identities: {alice: {user: alice, domain: LAB, password_env: PAN_LOGIN_PASSWORD}}";

/// A ticket cache or a keytab that MIT's tools made.
pub(crate) fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../security/tests/golden").join(name)
}

/// `serve`, which ends with the test.
pub(crate) struct Serving {
    child: Child,
    pub(crate) address: String,
}

impl Serving {
    pub(crate) fn new(words: &[&str], password: &str) -> Self {
        let mut command = program();
        command.arg("serve").args(words).env(VARIABLE, password).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("serve");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let address = ready["listening"].as_str().expect("an address").to_owned();
        Self { child, address }
    }

    /// Ends it, and gives what it said.
    pub(crate) fn end(mut self) -> String {
        self.child.kill().expect("killed");
        let mut said = String::new();
        self.child.stderr.take().expect("its words").read_to_string(&mut said).expect("text");
        said
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Nobody whom one can reach, for what is refused before anything is asked.
fn nobody() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    (listener, address)
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Searches all that was printed and all files of the report for secrets: as they are, in UTF-16, and in hexadecimal of both.
pub(crate) fn is_nowhere(folder: &Folder, printed: &[&[u8]], secrets: &[&[u8]]) {
    let report = files(&folder.0.join("report"));
    let written = report.iter().map(|path| std::fs::read(path).expect("readable"));
    let told: Vec<Vec<u8>> = printed.iter().map(|octets| octets.to_vec()).chain(written).collect();
    for secret in secrets {
        let wide = String::from_utf8_lossy(secret).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        for form in [secret.to_vec(), wide] {
            let forms = [form.clone(), hex::encode(&form).into_bytes(), hex::encode_upper(&form).into_bytes()];
            for form in forms {
                let is_there = |octets: &Vec<u8>| octets.windows(form.len()).any(|found| found == form);
                assert!(!told.iter().any(is_there), "a secret is told: {}", String::from_utf8_lossy(&form));
            }
        }
    }
}

/// Runs scenarios against a server with a target file of those words.
fn ran(folder: &Folder, address: &str, rest: &str, password: Option<&OsStr>) -> Output {
    let target = folder.target(address, rest);
    let mut command = run(folder, &["works/", "--target", &target]);
    command.env_remove(VARIABLE);
    if let Some(password) = password {
        command.env(VARIABLE, password);
    }
    command.output().expect("it runs")
}

/// The words for a login that can't be made. Nothing is told of the password.
fn refused(name: &str, address: &str, rest: &str, password: Option<&OsStr>) -> String {
    let folder = Folder::new(name);
    let output = ran(&folder, address, rest, password);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    is_nowhere(&folder, &[said.as_bytes()], &[PASSWORD.as_bytes()]);
    said
}

#[rstest]
#[case::unset("unset", None, "the environment variable PAN_LOGIN_PASSWORD (`password_env` of `alice`) is not set")]
#[case::no_text("no-text", Some(b"\xFFS\xE9same".as_slice()), "PAN_LOGIN_PASSWORD (`password_env` of `alice`) holds what is no text")]
fn a_password_that_is_not_there_is_named(#[case] name: &str, #[case] value: Option<&[u8]>, #[case] words: &str) {
    let (_listener, address) = nobody();
    let rest = format!("{ALICE}\nsecurity: {{provider: ntlm}}");
    let said = refused(name, &address, &rest, value.map(OsStr::from_bytes));
    assert!(said.contains(words) && !said.contains("same"), "{said}");
}

/// Whoever writes the password where the name of its variable belongs does not see it again.
#[test]
fn a_password_in_the_place_of_its_variable_is_withheld() {
    let (_listener, address) = nobody();
    let rest =
        format!("identities: {{alice: {{user: alice, password_env: {PASSWORD}}}}}\nsecurity: {{provider: ntlm}}");
    let said = refused("in-place", &address, &rest, None);
    assert!(said.contains("the environment variable (`password_env` of `alice`) is not set"), "{said}");
}

#[rstest]
#[case::missing("missing.ccache", "LAB.TEST", "missing.ccache: No such file or directory")]
#[case::unreadable(".", "LAB.TEST", "Is a directory")]
#[case::a_keytab("server.keytab", "LAB.TEST", "server.keytab: it begins with 0x0502, not with 0x0504")]
#[case::expired("expired.ccache", "LAB.TEST", "expired.ccache: its ticket has expired")]
#[case::unknown_realm("alice.ccache", "OTHER.TEST", "no ticket for host/PRINTSRV nor for tickets of OTHER.TEST")]
fn a_credential_cache_that_will_not_do_is_told(#[case] file: &str, #[case] realm: &str, #[case] words: &str) {
    let (_listener, address) = nobody();
    let cache = golden(file);
    let rest = format!("security: {{provider: kerberos}}\nkerberos: {{realm: {realm}, ccache: '{}'}}", cache.display());
    let said = refused(&format!("cache-{realm}-{}", file.len()), &address, &rest, None);
    assert!(
        said.contains("login refused for the credential cache: the credential cache") && said.contains(words),
        "{said}"
    );
}

/// What a key distribution centre does with questions.
#[derive(Clone, Copy)]
enum Kdc {
    /// KRB-ERROR with that error-code (RFC 4120 7.5.9), and nothing else that is not asked of it.
    Refuses(u8),
    Silent,
    Hangs,
    Talks,
}

impl Kdc {
    /// Its address, for as long as the tests run.
    fn played(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut length = [0; 4];
                if stream.read_exact(&mut length).is_err() {
                    continue;
                }
                let mut request = vec![0; usize::try_from(u32::from_be_bytes(length)).expect("a length")];
                stream.read_exact(&mut request).expect("a question");
                let is_told = request.windows(PASSWORD.len()).any(|octets| octets == PASSWORD.as_bytes());
                assert!(!is_told, "the password is sent");
                let answer: &[u8] = match self {
                    Self::Refuses(code) => &[0, 0, 0, 9, 0x7E, 7, 0x30, 5, 0xA6, 3, 2, 1, code],
                    Self::Talks => b"\0\0\0\x05hello",
                    Self::Silent | Self::Hangs => &[],
                };
                stream.write_all(answer).ok();
                if !matches!(self, Self::Hangs) {
                    // Whoever is silent keeps the line.
                    held.push(stream);
                }
            }
        });
        address
    }
}

#[rstest]
#[case::unknown_user(
    Kdc::Refuses(6),
    "the KDC of LAB.TEST refuses: the user is unknown to the realm (Kerberos error 6)"
)]
#[case::wrong_password(Kdc::Refuses(24), "the KDC of LAB.TEST refuses: the password is wrong (Kerberos error 24)")]
#[case::clock_skew(Kdc::Refuses(37), "refuses: clock skew: its clock and ours are too far apart (Kerberos error 37)")]
#[case::unknown_realm(Kdc::Refuses(68), "the KDC of LAB.TEST refuses: the realm is another one (Kerberos error 68)")]
#[case::silent(Kdc::Silent, "no answer within 300ms")]
#[case::hangs_up(Kdc::Hangs, "it closed the connection without an answer")]
#[case::rubbish(Kdc::Talks, "a token that can't be read")]
fn what_a_kdc_says_is_told(#[case] kdc: Kdc, #[case] words: &str, #[values("kerberos", "negotiate")] provider: &str) {
    let (_listener, address) = nobody();
    // Whoever answers has time to.
    let limit = if matches!(kdc, Kdc::Silent) { "300ms" } else { "20s" };
    let rest = format!(
        "{ALICE}\nsecurity: {{provider: {provider}}}\nkerberos: {{realm: LAB.TEST, kdc: '{}'}}\nlimits: {{call: {limit}}}",
        kdc.played()
    );
    let name = format!("kdc-{provider}-{}", words.len());
    let said = refused(&name, &address, &rest, Some(OsStr::new(PASSWORD)));
    assert!(said.contains("login refused for alice: ") && said.contains(words), "{said}");
}

#[test]
fn a_kdc_that_is_not_there_is_told() {
    let (_listener, address) = nobody();
    let (gone, kdc) = nobody();
    drop(gone);
    let rest = format!("{ALICE}\nsecurity: {{provider: kerberos}}\nkerberos: {{realm: LAB.TEST, kdc: '{kdc}'}}");
    let said = refused("kdc-gone", &address, &rest, Some(OsStr::new(PASSWORD)));
    assert!(said.contains(&format!("login refused for alice: the KDC {kdc}: Connection refused")), "{said}");
}

/// A server whose clock is elsewhere says so in a token of Kerberos (RFC 4120 3.2.3: KRB_AP_ERR_SKEW).
#[test]
fn a_server_whose_clock_is_off_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut chunk = [0; 4096];
            if let Ok(read @ 1..) = stream.read(&mut chunk) {
                let asked = Pdu::decode(&Bytes::copy_from_slice(&chunk[..read])).expect("a PDU").value;
                let skew = Bytes::from_static(&[0x7E, 7, 0x30, 5, 0xA6, 3, 2, 1, 37]);
                stream.write_all(&reply(&asked, &|_| Ok(skew.clone())).encode()).ok();
            }
        }
    });
    let said = refused("server-skew", &address, &by_ticket("kerberos"), None);
    assert!(said.contains("clock skew: its clock and ours are too far apart (Kerberos error 37)"), "{said}");
}

fn by_ticket(provider: &str) -> String {
    let cache = golden("alice.ccache");
    format!(
        "security: {{provider: {provider}, level: pkt}}\nkerberos: {{realm: LAB.TEST, ccache: '{}'}}",
        cache.display()
    )
}

#[rstest]
fn a_wrong_password_is_refused_by_the_server(
    #[values("ntlm", "negotiate")] provider: &str,
    #[values("connect", "pkt", "privacy")] level: &str,
) {
    let serving = Serving::new(&["--account", "alice=PAN_LOGIN_PASSWORD"], "another one");
    let rest = format!("{ALICE}\nsecurity: {{provider: {provider}, level: {level}}}");
    let said = refused(&format!("wrong-{provider}-{level}"), &serving.address, &rest, Some(OsStr::new(PASSWORD)));
    let words = format!("login refused for alice of LAB by the target at {} ({provider}-{level}): ", serving.address);
    assert!(said.contains(&words), "{said}");
    let told = serving.end();
    assert!(told.contains("pan-harness: login refused: ") && !told.contains("another one"), "{told}");
}

/// The golden keytab of other keys: what is changed in it, and why it opens no ticket then.
#[rstest]
#[case::realm(b"LAB.TEST", b"LAB.BEST", "the keytab has no key for host/printsrv@LAB.TEST")]
#[case::version(
    b"\x00\x12\x00\x20",
    b"\x00\x13\x00\x20",
    "the keytab has no key of host/printsrv@LAB.TEST of encryption type 18"
)]
fn a_keytab_without_the_key_refuses(#[case] from: &[u8], #[case] to: &[u8], #[case] words: &str) {
    let folder = Folder::new(&format!("keytab-{}", words.len()));
    let mut octets = std::fs::read(golden("server.keytab")).expect("a keytab");
    let at = octets.windows(from.len()).position(|found| found == from).expect("what is changed");
    octets[at..at + from.len()].copy_from_slice(to);
    let keytab = folder.0.join("other.keytab");
    std::fs::write(&keytab, octets).expect("a keytab");
    let serving = Serving::new(&["--keytab", &keytab.display().to_string()], "");
    let output = ran(&folder, &serving.address, &by_ticket("kerberos"), None);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(
        text(&output).contains("login refused for whom the credential cache names by the target"),
        "{}",
        text(&output)
    );
    let told = serving.end();
    assert!(told.contains(words), "{told}");
}

/// What a target file says of a server whose key is at hand.
fn by_key(provider: &str, keytab: &Path) -> String {
    format!(
        "security: {{provider: {provider}, level: pkt}}\nidentities: {{alice: {{user: alice}}}}\nkerberos: {{keytab: '{}'}}",
        keytab.display()
    )
}

/// The verdicts of the scenarios on tickets, and all that was said.
fn on_tickets(folder: &Folder, address: &str, rest: &str) -> (Vec<Outcome>, String) {
    let target = folder.target(address, rest);
    let mut command = program();
    command.args(["run", "security/own-ticket", "security/spoilt-ticket", "--target", &target, "--scenarios"]);
    command.arg(scenarios("../../scenarios")).arg("--report").arg(folder.0.join("report"));
    let said = text(&command.output().expect("it runs"));
    (folder.results().scenarios.iter().map(|row| row.verdict).collect(), said)
}

/// Tickets that the harness makes itself: one server is as it should be, one takes what has expired, and one has another key.
#[rstest]
#[case::kept(&[], Outcome::Pass, "11 pass")]
#[case::expired_taken(&["--misbehave", "accepts-expired-ticket"], Outcome::Fail, "whose ticket has expired")]
fn tickets_are_made_with_the_servers_key(
    #[case] words: &[&str],
    #[case] verdict: Outcome,
    #[case] told: &str,
    #[values("negotiate", "kerberos")] provider: &str,
) {
    let keytab = golden("server.keytab");
    let serving = Serving::new(&[&["--keytab", &keytab.display().to_string()], words].concat(), "");
    let folder = Folder::new(&format!("minted-{provider}-{}", words.len()));
    let (verdicts, said) = on_tickets(&folder, &serving.address, &by_key(provider, &keytab));
    assert!(verdicts.contains(&verdict) && said.contains(told), "{said}");
    is_nowhere(&folder, &[said.as_bytes()], &keys().iter().map(Vec::as_slice).collect::<Vec<_>>());
}

/// That a server refuses spoilt tickets says nothing where it refuses good ones, too.
#[test]
fn a_server_that_takes_no_ticket_of_ours_is_not_judged_by_tickets() {
    let folder = Folder::new("minted-refused");
    let mut octets = std::fs::read(golden("server.keytab")).expect("a keytab");
    // The key of each entry follows its type and length.
    let places: Vec<usize> = (0..octets.len() - 4).filter(|at| octets[*at..at + 4] == *b"\x00\x12\x00\x20").collect();
    places.iter().for_each(|at| octets[at + 4] ^= 1);
    let other = folder.0.join("other.keytab");
    std::fs::write(&other, octets).expect("a keytab");
    let serving =
        Serving::new(&["--account", "alice=PAN_LOGIN_PASSWORD", "--keytab", &other.display().to_string()], PASSWORD);
    let rest = format!(
        "{ALICE}\nsecurity: {{provider: negotiate, level: pkt}}\nkerberos: {{keytab: '{}'}}",
        golden("server.keytab").display()
    );
    let target = folder.target(&serving.address, &rest);
    let mut command = program();
    command.args(["run", "security/own-ticket", "security/spoilt-ticket", "--target", &target, "--scenarios"]);
    command.arg(scenarios("../../scenarios")).arg("--report").arg(folder.0.join("report")).env(VARIABLE, PASSWORD);
    let output = command.output().expect("it runs");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("the target refuses a ticket that was made with the `keytab`"), "{said}");
}

#[rstest]
#[case::missing("missing.keytab", "missing.keytab: No such file or directory")]
#[case::unreadable(".", "Is a directory")]
#[case::a_cache("alice.ccache", "alice.ccache: it begins with 0x0504, not with 0x0502")]
fn a_keytab_that_will_not_do_is_told(#[case] file: &str, #[case] words: &str) {
    let keytab = golden(file).display().to_string();
    let output = program().args(["serve", "--keytab", &keytab]).output().expect("it runs");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("the keytab ") && said.contains(words), "{said}");

    // The same of a client under test, which is not even started.
    let folder = Folder::new(&format!("client-keytab-{}", file.len()));
    let client = format!("security: {{provider: kerberos}}\nkerberos: {{keytab: '{keytab}'}}");
    let output = of_client(&folder, "[touch, started]", &client, &[]);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("the keytab ") && said.contains(words), "{said}");
    assert!(!folder.0.join("started").exists());
}

#[rstest]
#[case::unset(None, "the variable PAN_LOGIN_PASSWORD is not set")]
#[case::no_text(Some(b"\xFFS\xE9same".as_slice()), "the variable PAN_LOGIN_PASSWORD holds what is no text")]
fn serve_names_the_password_that_is_not_there(#[case] value: Option<&[u8]>, #[case] words: &str) {
    let mut command = program();
    command.args(["serve", "--account", "alice=PAN_LOGIN_PASSWORD"]).env_remove(VARIABLE);
    let output = command.envs(value.map(|value| (VARIABLE, OsString::from(OsStr::from_bytes(value))))).output();
    let output = output.expect("it runs");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains(&format!("the password of alice: {words}")) && !said.contains("same"), "{said}");
}

/// Runs a scenario against a client that a command starts.
fn of_client(folder: &Folder, command: &str, rest: &str, envs: &[(&str, &str)]) -> Output {
    let target = folder.0.join("client.yaml");
    let file = format!(
        "party: client\nserver_name: PRINTSRV\nlaunch: {{command: {command}}}\nlimits: {{call: 10s, scenario: 30s}}\n{rest}\n"
    );
    std::fs::write(&target, file).expect("a target file");
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let mut command = program();
    command.args(["run", "--report"]).arg(folder.0.join("report")).arg("--scenarios").arg(scenarios);
    command.arg("--target").arg(target).env_remove(VARIABLE).envs(envs.iter().copied()).output().expect("it runs")
}

/// `listen` as a client under test, with that target file of its own.
fn listening(folder: &Folder, own: &str) -> String {
    let file = folder.0.join("listen.yaml");
    let words = format!("party: server\naddress: ncacn_ip_tcp:127.0.0.1[1]\nserver_name: PRINTSRV\n{own}\n");
    std::fs::write(&file, words).expect("a target file");
    let binary = env!("CARGO_BIN_EXE_pan-harness");
    format!(
        "['{binary}', listen, '{{host}}:{{port}}', --target, '{}', --mode, '{{mode}}', --type, '{{type}}', --count, '1']",
        file.display()
    )
}

#[test]
fn a_client_with_a_wrong_password_is_refused() {
    let folder = Folder::new("client-wrong");
    let security = "security: {provider: negotiate, level: pkt}";
    let own = "identities: {alice: {user: alice, domain: LAB, password_env: PAN_OTHER_PASSWORD}}";
    let command = listening(&folder, &format!("{own}\n{security}"));
    let envs = [(VARIABLE, PASSWORD), ("PAN_OTHER_PASSWORD", "sesame?")];
    let output = of_client(&folder, &command, &format!("{ALICE}\n{security}"), &envs);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("login refused for the client by our server (negotiate-pkt): the token was refused: "),
        "{said}"
    );
    is_nowhere(&folder, &[said.as_bytes()], &[PASSWORD.as_bytes(), b"sesame?"]);
}

/// Tickets of a client under test are opened with the keys of the target file, with a password for NTLM beside them or without.
#[rstest]
#[case::without_password("identities: {alice: {user: alice, domain: LAB}}")]
#[case::with_password(ALICE)]
fn a_client_with_a_ticket_is_taken_in(#[case] identities: &str) {
    let folder = Folder::new(&format!("client-ticket-{}", identities.len()));
    let command = listening(&folder, &by_ticket("negotiate"));
    let output =
        of_client(&folder, &command, &by_keytab(&golden("server.keytab"), identities), &[(VARIABLE, PASSWORD)]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let keys = keys();
    is_nowhere(&folder, &[&output.stdout, &output.stderr], &keys.iter().map(Vec::as_slice).collect::<Vec<_>>());
}

fn by_keytab(keytab: &Path, identities: &str) -> String {
    let keytab = keytab.display();
    format!("security: {{provider: negotiate, level: pkt}}\nkerberos: {{keytab: '{keytab}'}}\n{identities}")
}

/// In words of the server's, which the client does not know.
#[test]
fn a_client_whose_ticket_is_for_another_key_is_refused() {
    let folder = Folder::new("client-no-key");
    let mut octets = std::fs::read(golden("server.keytab")).expect("a keytab");
    let at = octets.windows(8).position(|found| found == b"LAB.TEST").expect("its realm");
    octets[at..at + 8].copy_from_slice(b"LAB.BEST");
    let keytab = folder.0.join("other.keytab");
    std::fs::write(&keytab, octets).expect("a keytab");
    let command = listening(&folder, &by_ticket("negotiate"));
    let output = of_client(&folder, &command, &by_keytab(&keytab, ""), &[]);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("by our server (negotiate-pkt): ")
            && said.contains("the keytab has no key for host/printsrv@LAB.TEST"),
        "{said}"
    );
}

/// Keys of 256 bits in the golden files: those of the service, and that of alice's ticket.
fn keys() -> Vec<Vec<u8>> {
    let after = |file: &str, mark: &[u8]| {
        let octets = std::fs::read(golden(file)).expect("a file");
        let places = octets.windows(mark.len()).enumerate().filter(|(_, found)| *found == mark);
        places
            .filter_map(|(at, _)| octets.get(at + mark.len()..at + mark.len() + 32))
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>()
    };
    let keys = [after("server.keytab", &[0, 18, 0, 32]), after("alice.ccache", &[0, 18, 0, 0, 0, 32])].concat();
    assert!(keys.len() >= 2, "{}", keys.len());
    keys
}

/// A run that passes tells no more of what it was let in with than one that is refused.
#[test]
fn a_run_that_passes_tells_no_secret() {
    let keytab = golden("server.keytab").display().to_string();
    let serving = Serving::new(&["--account", "alice=PAN_LOGIN_PASSWORD", "--keytab", &keytab], PASSWORD);
    let keys = keys();
    let secrets: Vec<&[u8]> = keys.iter().map(Vec::as_slice).chain([PASSWORD.as_bytes()]).collect();
    for (name, rest) in [
        ("ntlm", format!("{ALICE}\nsecurity: {{provider: negotiate, level: privacy}}")),
        ("kerberos", by_ticket("kerberos")),
    ] {
        let folder = Folder::new(&format!("passes-{name}"));
        let target = folder.target(&serving.address, &rest);
        let mut command: Command = run(&folder, &["works/create-and-delete", "--target", &target]);
        let output = command.env(VARIABLE, PASSWORD).output().expect("it runs");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        is_nowhere(&folder, &[&output.stdout, &output.stderr], &secrets);
    }
    is_nowhere(&Folder::new("passes-serve"), &[serving.end().as_bytes()], &secrets);
}

/// A server on a port of its own, for as long as the tests run.
pub(crate) fn in_process(authentication: impl FnOnce() -> Authentication + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    listener.set_nonblocking(true).expect("set");
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        tokio::task::LocalSet::new().block_on(&runtime, async {
            let authentication = Some(authentication());
            let server = Server::new(ServerOptions { seed: Some(1), authentication, ..ServerOptions::default() });
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            server.listen(listener).await.expect("served");
        });
    });
    address
}

pub(crate) fn accounts(users: &'static [(&'static str, bool)], packet_level: security::PacketLevel) -> Authentication {
    let credentials = users.iter().map(|(user, _)| Credentials {
        user: (*user).to_owned(),
        domain: String::new(),
        password: Password::new(PASSWORD),
    });
    let acceptor = Accounts::new(credentials).with_packet_level(packet_level);
    let listed = users.iter().map(|(user, administrator)| {
        (Account { user: (*user).to_owned(), domain: String::new() }, Identity::user(user, *administrator))
    });
    Authentication::new(Arc::new(acceptor), listed.collect())
}

/// Implementations split on what is signed at packet level: what the target file says of it, and what is right then.
#[rstest]
#[case::signs(PacketLevel::Signed, security::PacketLevel::Signed, [Ends::Well, Ends::Well, Ends::Refused])]
#[case::takes_both(PacketLevel::Any, security::PacketLevel::Signed, [Ends::Well, Ends::Well, Ends::Well])]
#[case::signs_nothing(PacketLevel::Any, security::PacketLevel::Absent, [Ends::Accused, Ends::Well, Ends::Well])]
#[case::sends_zeroes(PacketLevel::Any, security::PacketLevel::Zeroes, [Ends::Accused, Ends::Well, Ends::Well])]
fn the_target_file_says_what_is_signed_at_packet_level(
    #[case] takes: PacketLevel,
    #[case] sends: security::PacketLevel,
    #[case] ends: [Ends; 3],
) {
    let (users, required_level) = (&[("alice", true)], Level::PKT);
    let address = in_process(move || Authentication { packet_level: takes, required_level, ..accounts(users, sends) });
    for (word, end) in ["signed", "any", "unsigned"].into_iter().zip(ends) {
        let folder = Folder::new(&format!("packet-{takes:?}-{sends:?}-{word}"));
        let rest = format!("{ALICE}\nsecurity: {{provider: negotiate, level: pkt, packet_level: {word}}}");
        let target = folder.target(&address, &rest);
        let mut command = run(&folder, &["works/create-and-delete", "--target", &target]);
        let output = command.env(VARIABLE, PASSWORD).output().expect("it runs");
        let (code, words) = match end {
            Ends::Well => (0, "scenarios: 1 pass"),
            Ends::Accused => (1, "a signature at packet level, as the target file says"),
            Ends::Refused => (3, "login refused for alice of LAB by the target"),
        };
        let said = text(&output);
        assert!(output.status.code() == Some(code) && said.contains(words), "{word}: {said}");
    }
}

/// How a run ends.
#[derive(Clone, Copy, Debug)]
enum Ends {
    Well,
    Accused,
    Refused,
}
