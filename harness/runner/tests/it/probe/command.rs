//! The command over the loopback: exit codes, and what goes where.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Output, Stdio};

use rstest::rstest;
use serde_json::Value;

use crate::run::{Folder, program};

/// `serve`, and what it said of its ports. It ends with the test.
struct Serving(Child, Value);

impl Serving {
    fn new() -> Self {
        let mut command = program();
        command.args(["serve", "--endpoint-mapper", "127.0.0.1:0", "--stimulus", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("serve");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        Self(child, serde_json::from_str(&line).expect("JSON"))
    }

    fn address(&self, key: &str) -> &str {
        self.1[key].as_str().expect("an address")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn probe(words: &[&str]) -> Output {
    program().arg("probe").args(words).output().expect("it runs")
}

fn utf8(octets: &[u8]) -> &str {
    std::str::from_utf8(octets).expect("UTF-8")
}

#[test]
fn an_address_is_probed() {
    let serving = Serving::new();
    let output = probe(&[serving.address("listening")]);
    assert_eq!(output.status.code(), Some(0), "{}", utf8(&output.stderr));
    let told = utf8(&output.stdout);
    assert!(told.contains("Registration, without authentication\n  Create "), "{told}");
    assert!(!told.contains("Endpoint mapper") && !told.contains("Notification source"), "{told}");
}

#[test]
fn a_target_file_names_mapper_and_source() {
    let (folder, serving) = (Folder::new("probe-target"), Serving::new());
    let file = folder.0.join("target.yaml");
    let words = format!(
        "party: server\naddress: ncacn_ip_tcp:127.0.0.1\nendpoint_mapper: {}\nstimulus: {{tcp: '{}'}}\n",
        serving.address("endpoint_mapper"),
        serving.address("stimulus"),
    );
    std::fs::write(&file, words).expect("a target file");
    let output = probe(&["--target", file.to_str().expect("UTF-8"), "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", utf8(&output.stderr));
    let offer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let port: u64 = serving.address("listening").rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    assert_eq!(offer["tool"]["name"], "pan-harness");
    assert_eq!(offer["endpoint_mapper"]["mapped"][0]["port"], port);
    assert_eq!(offer["registration"][1]["succeeded"], true);
    assert_eq!(offer["notification_source"]["nonsense"], "unsupported, as it should be");
    assert_eq!(offer["notification_source"]["verbs"][1]["can"], true);
}

#[rstest]
#[case::no_address(&["127.0.0.1"], "ADDRESS: `127.0.0.1` is neither HOST:PORT")]
#[case::nothing(&[], "the following required arguments were not provided")]
#[case::both(&["127.0.0.1:1", "--target", "x.yaml"], "cannot be used with")]
#[case::a_pipe(&["ncacn_np:127.0.0.1[x]"], "only ncacn_ip_tcp is spoken here")]
#[case::no_file(&["--target", "nowhere.yaml"], "can't read nowhere.yaml")]
fn mistakes_are_named(#[case] words: &[&str], #[case] named: &str) {
    let output = probe(words);
    assert_eq!(output.status.code(), Some(2));
    assert!(utf8(&output.stderr).contains(named), "{}", utf8(&output.stderr));
}

#[test]
fn a_client_is_no_server() {
    let folder = Folder::new("probe-client");
    let file = folder.0.join("client.yaml");
    std::fs::write(&file, "party: client\nlaunch: {manual: true}\n").expect("a target file");
    let output = probe(&["--target", file.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(utf8(&output.stderr).contains("the target is a client, and a server is probed"));
}

#[rstest]
#[case(&[], "")]
#[case(&["--format", "json"], "\"error\": \"the server can't be reached: ")]
fn nobody_there_is_the_environment(#[case] words: &[&str], #[case] printed: &str) {
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").to_string();
    let output = probe(&[&[gone.as_str()], words].concat());
    assert_eq!(output.status.code(), Some(3));
    let said = utf8(&output.stderr);
    assert!(said.starts_with(&format!("pan-harness: the server can't be reached: {gone}: ")), "{said}");
    assert!(utf8(&output.stdout).contains(printed));
    assert_eq!(output.stdout.is_empty(), printed.is_empty());
}
