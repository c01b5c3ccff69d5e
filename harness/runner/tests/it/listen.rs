//! `listen` beside `serve`, over the loopback.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};

use rstest::rstest;

use crate::login::{PASSWORD, Serving, golden, is_nowhere};
use crate::run::{Folder, program, scenarios, text};

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// `serve`, and its addresses.
fn serve() -> (Running, String, TcpStream) {
    let mut command = program();
    command.args(["serve", "--stimulus", "127.0.0.1:0"]).stdout(Stdio::piped());
    let mut child = command.spawn().expect("serve");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let address = ready["listening"].as_str().expect("an address").to_owned();
    let source = TcpStream::connect(ready["stimulus"].as_str().expect("an address")).expect("the source");
    (Running(child), address, source)
}

fn listen(address: &str, words: &[&str]) -> Command {
    let mut command = program();
    command.args(["listen", address]).args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Asks the notification source.
fn ask(source: &mut TcpStream, request: &serde_json::Value) {
    writeln!(source, "{request}").expect("sent");
    let mut answer = String::new();
    BufReader::new(source).read_line(&mut answer).expect("an answer");
    assert_eq!(answer.trim(), r#"{"ok":true}"#);
}

fn document(op: &str, content: &str) -> serde_json::Value {
    let document = format!(
        r#"<asyncPrintUIRequest xmlns="http://schemas.microsoft.com/2003/print/asyncui/v1/request"><v1><requestOpen>{content}</requestOpen></v1></asyncPrintUIRequest>"#
    );
    serde_json::json!({
        "op": op, "id": "c1", "type": "f6853f92-eb31-4e23-b6e7-fd69056153f0", "filter": "kAllUsers", "user": null,
        "printer": null, "data_utf16": document,
    })
}

fn notify(content: &str) -> serde_json::Value {
    let mut request = document("notify", content);
    request.as_object_mut().expect("an object").remove("id");
    request
}

/// Reads lines of one output until one begins so, and gives it.
fn until(lines: &mut impl Iterator<Item = std::io::Result<String>>, beginning: &str) -> String {
    let mut seen = lines.map(|line| line.expect("text"));
    seen.find(|line| line.starts_with(beginning)).unwrap_or_else(|| panic!("no line begins with {beginning}"))
}

#[test]
fn notifications_are_printed_as_text() {
    let (_serve, address, mut source) = serve();
    let mut child = listen(&address, &["--count", "1"]).spawn().expect("listen");
    let mut told = BufReader::new(child.stderr.take().expect("its words")).lines();
    until(&mut told, "registered");
    ask(
        &mut source,
        &notify(concat!(
            r#"<balloonUI><title stringID="103"/><body stringID="104"><parameter>office</parameter></body>"#,
            r#"<body>more <parameter type="PrinterName"/></body></balloonUI>"#
        )),
    );
    let output = child.wait_with_output().expect("its end");
    let printed = String::from_utf8(output.stdout).expect("text");
    assert_eq!(printed, "balloon: Printer out of paper\n    Printer 'office' is out of paper.\n    more the printer\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn notifications_are_printed_as_json() {
    let (_serve, address, mut source) = serve();
    let words = ["--mode", "bidirectional", "--count", "1", "--format", "json"];
    let mut child =
        listen(&format!("ncacn_ip_tcp:{}", address.replace(":", "[") + "]"), &words).spawn().expect("listen");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    assert_eq!(until(&mut lines, "{"), r#"{"event":"registered"}"#);
    ask(
        &mut source,
        &document(
            "open_channel",
            r#"<messageBoxUI><title>t</title><body>b</body><buttons><button buttonID="IDCANCEL"/></buttons></messageBoxUI>"#,
        ),
    );
    let events: Vec<serde_json::Value> =
        lines.map(|line| serde_json::from_str(&line.expect("text")).expect("JSON")).collect();
    let names: Vec<_> = events.iter().map(|event| event["event"].as_str().expect("a word")).collect();
    assert_eq!(names, ["notification", "pressed", "channel_ended", "unregistered", "deleted"]);
    assert_eq!(events[0]["document"], "messageBoxUI");
    assert_eq!(events[0]["content"]["title"], "t");
    assert_eq!(events[0]["content"]["buttons"][0]["label"], "Cancel");
    assert_eq!(events[2]["how"], "answered");
    assert_eq!(child.wait().expect("its end").code(), Some(0));
}

#[cfg(unix)]
#[test]
fn an_interrupted_client_says_farewell() {
    let (_serve, address, _source) = serve();
    let mut child = listen(&address, &["--format", "json"]).spawn().expect("listen");
    let mut lines: std::io::Lines<BufReader<ChildStdout>> =
        BufReader::new(child.stdout.take().expect("its output")).lines();
    until(&mut lines, r#"{"event":"registered"}"#);
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(interrupted.success());
    let rest: Vec<_> = lines.map(|line| line.expect("text")).collect();
    assert_eq!(rest, [r#"{"event":"unregistered"}"#, r#"{"event":"deleted"}"#]);
    assert_eq!(child.wait().expect("its end").code(), Some(130));
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").to_string();
    let output = listen(&free, &[]).output().expect("listen");
    assert_eq!(output.status.code(), Some(3));
    let words = String::from_utf8(output.stderr).expect("text");
    assert!(words.contains(&free) && words.contains("refused"), "{words}");
}

/// The exit code and the words of `listen` as the first identity of a target file.
fn as_identity(name: &str, address: &str, rest: &str, words: &[&str]) -> (Option<i32>, String) {
    let folder = Folder::new(name);
    let target = folder.target(address, rest);
    let output =
        listen(address, &[&["--target", &target], words].concat()).env("PAN_LOGIN_PASSWORD", PASSWORD).output();
    let output = output.expect("listen");
    is_nowhere(&folder, &[&output.stdout, &output.stderr], &[PASSWORD.as_bytes()]);
    (output.status.code(), text(&output))
}

const ALICE: &str = "identities: {alice: {user: alice, domain: LAB, password_env: PAN_LOGIN_PASSWORD}}";

#[test]
fn the_first_identity_listens() {
    let serving = Serving::new(&["--account", "alice=PAN_LOGIN_PASSWORD"], PASSWORD);
    let folder = Folder::new("listen-alice");
    let target =
        folder.target(&serving.address, &format!("{ALICE}\nsecurity: {{provider: negotiate, level: privacy}}"));
    let words = ["--target", &target, "--format", "json"];
    let mut child = listen(&serving.address, &words).env("PAN_LOGIN_PASSWORD", PASSWORD).spawn().expect("listen");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    assert_eq!(until(&mut lines, "{"), r#"{"event":"registered"}"#);
    Running(child);
    assert_eq!(serving.end(), "");
}

#[rstest]
#[case::wrong_password_in_spnego(
    "listen-wrong-spnego",
    &format!("{ALICE}\nsecurity: {{provider: negotiate, level: pkt}}"),
    3,
    "RPC_S_SEC_PKG_ERROR"
)]
#[case::wrong_password(
    "listen-wrong",
    &format!("{ALICE}\nsecurity: {{provider: ntlm, level: pkt}}"),
    3,
    "Create: threw 0x00000005 (ERROR_ACCESS_DENIED)"
)]
#[case::unset(
    "listen-unset",
    "identities: {alice: {user: alice, password_env: PAN_UNSET_PASSWORD}}\nsecurity: {provider: ntlm}",
    3,
    "the environment variable PAN_UNSET_PASSWORD (`password_env` of `alice`) is not set"
)]
#[case::no_security("listen-no-security", ALICE, 2, "has no `security`")]
#[case::a_mistake(
    "listen-mistake",
    "identities: {alice: {user: alice, password: Sesame}}",
    2,
    "unknown key `password`"
)]
#[case::expired(
    "listen-expired",
    &format!("security: {{provider: kerberos}}\nkerberos: {{realm: LAB.TEST, ccache: '{}'}}", golden("expired.ccache").display()),
    3,
    "expired.ccache: its ticket has expired"
)]
fn an_identity_that_is_not_let_in_is_told(
    #[case] name: &str,
    #[case] rest: &str,
    #[case] code: i32,
    #[case] words: &str,
) {
    let serving = Serving::new(&["--account", "alice=PAN_LOGIN_PASSWORD"], "another one");
    let (ended, said) = as_identity(name, &serving.address, rest, &[]);
    assert!(said.contains(words) && !said.contains("Sesame}"), "{said}");
    assert_eq!(ended, Some(code), "{said}");
}

/// It can do wrong on purpose, as `serve` can, and rules find it.
#[test]
fn a_client_that_does_wrong_is_found_out() {
    let folder = Folder::new("listen-misbehave");
    let words =
        ["{host}:{port}", "--mode", "{mode}", "--type", "{type}", "--printer", "{printer}", "--count", "{count}"];
    let words: String = words.iter().map(|word| format!(", \"{word}\"")).collect();
    let binary = env!("CARGO_BIN_EXE_pan-harness");
    let command = format!("['{binary}', listen{words}, --misbehave, object-deleted-twice]");
    let target = folder.0.join("client.yaml");
    std::fs::write(&target, format!("party: client\nname: ours\nlaunch: {{command: {command}}}\n")).expect("a target");
    let mut run = program();
    run.current_dir(scenarios("../.."))
        .args(["run", "client/order/leaves", "--progress", "never", "--target"])
        .arg(&target);
    let output = run.arg("--report").arg(folder.0.join("report")).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let [row] = &folder.results().scenarios[..] else { panic!("one scenario") };
    let found = row.findings.iter().any(|finding| finding.requirements.iter().any(|id| id == "PAN-3.1.2.4.2-02"));
    assert!(found, "{row:#?}");
}

#[rstest]
#[case::unknown("object-deleted-twise", "did you mean `object-deleted-twice`")]
#[case::of_a_server("create-returns-s-false", "no misbehaviour is called `create-returns-s-false`")]
#[case::of_the_address(
    "never-asks-the-mapper",
    "`never-asks-the-mapper` is of no client whose ADDRESS says where to go"
)]
#[case::of_the_target("ntlm-alone", "`ntlm-alone` is of no client whose --target says how to authenticate")]
fn what_listen_can_not_do_wrong_is_told(#[case] misbehaviour: &str, #[case] words: &str) {
    let output = listen("127.0.0.1:1", &["--misbehave", misbehaviour]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("--misbehave: ") && text(&output).contains(words), "{}", text(&output));
}
