//! `probe` with the identities of a target file, over the loopback.

use std::process::Output;

use dcerpc::connection::PacketLevel;
use peer::server::Authentication;
use rstest::rstest;
use serde_json::Value;

use crate::login::{PASSWORD, Serving, accounts, golden, in_process, is_nowhere};
use crate::run::{Folder, program, text};

const ALICE: &str = "alice: {user: alice, domain: LAB, password_env: PAN_LOGIN_PASSWORD}";
const NTLM: &str = "security: {provider: negotiate, level: pkt}";

fn probed(folder: &Folder, address: &str, rest: &str, words: &[&str]) -> Output {
    let target = folder.target(address, &format!("printer: office-laser\n{rest}"));
    let mut command = program();
    command.args(["probe", "--target", &target]).args(words).env("PAN_LOGIN_PASSWORD", PASSWORD);
    let output = command.env("PAN_OTHER_PASSWORD", "sesame?").output().expect("it runs");
    is_nowhere(folder, &[&output.stdout, &output.stderr], &[PASSWORD.as_bytes(), b"sesame?"]);
    output
}

/// The sections about logins.
fn sections(output: &Output) -> String {
    let told = String::from_utf8(output.stdout.clone()).expect("text");
    told.get(told.find("Logins").expect("a section")..).unwrap_or_default().to_owned()
}

fn served() -> Serving {
    Serving::new(&["--account", "alice=PAN_LOGIN_PASSWORD"], PASSWORD)
}

#[test]
fn the_first_identity_logs_in_in_all_ways() {
    let (folder, serving) = (Folder::new("probe-logins"), served());
    let output = probed(&folder, &serving.address, &format!("identities: {{{ALICE}}}\n{NTLM}"), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    insta::assert_snapshot!("probe-logins", sections(&output));
}

#[test]
fn logins_are_told_in_json() {
    let (folder, serving) = (Folder::new("probe-logins-json"), served());
    let rest = format!("identities: {{{ALICE}}}\nsecurity: {{provider: ntlm, level: privacy}}");
    let output = probed(&folder, &serving.address, &rest, &["--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let offer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let logins = &offer["logins"];
    assert_eq!((&logins["identity"], &logins["refused"]), (&"alice of LAB".into(), &Value::Null));
    assert_eq!(logins["providers"][1]["provider"], "ntlm");
    assert_eq!(logins["providers"][1]["levels"][3]["accepted"]["accepted"], true);
    assert_eq!((&logins["header_signing"], &logins["packet_level"]), (&true.into(), &"signed".into()));
    assert_eq!(logins["registered_with"], "ntlm-privacy");
    assert_eq!(logins["registrants"][0]["identity"], "nobody");
    assert_eq!(logins["registrants"][1]["registrations"][3]["printer"], r"\\PRINTSRV\office-laser");
    assert_eq!(logins["registrants"][1]["registrations"][3]["authorised"]["accepted"], true);
}

/// Nobody's login is tried more than once with a password that may be wrong.
#[rstest]
#[case::the_first(
    "probe-wrong-first",
    "identities: {alice: {user: alice, domain: LAB, password_env: PAN_OTHER_PASSWORD}}"
)]
#[case::the_second(
    "probe-wrong-second",
    "identities: {alice: {user: alice, password_env: PAN_LOGIN_PASSWORD}, bob: {user: bob, password_env: PAN_OTHER_PASSWORD}}"
)]
fn a_wrong_password_is_tried_once(#[case] name: &str, #[case] identities: &str) {
    let (folder, serving) = (Folder::new(name), served());
    let output = probed(&folder, &serving.address, &format!("{identities}\n{NTLM}"), &[]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.starts_with("pan-harness: login refused for "), "{said}");
    insta::assert_snapshot!(name, sections(&output));
    let told = serving.end();
    // Probe's first tokens, by which nobody logs in, are refused as well.
    let is_login = |line: &&str| line.ends_with("the password is wrong") || line.contains("there is no account");
    assert_eq!(told.lines().filter(is_login).count(), 1, "{told}");
}

#[test]
fn tickets_are_used() {
    let keytab = golden("server.keytab").display().to_string();
    let (folder, serving) = (Folder::new("probe-ticket"), Serving::new(&["--keytab", &keytab], ""));
    let cache = golden("alice.ccache");
    let rest = format!(
        "security: {{provider: kerberos, level: integrity}}\nkerberos: {{realm: LAB.TEST, ccache: '{}'}}",
        cache.display()
    );
    let output = probed(&folder, &serving.address, &rest, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    insta::assert_snapshot!("probe-ticket", sections(&output));
}

#[rstest]
#[case::unset(
    "identities: {alice: {user: alice, password_env: PAN_UNSET_PASSWORD}}\nsecurity: {provider: ntlm}",
    "PAN_UNSET_PASSWORD"
)]
fn a_missing_password_is_told_before_anything_is_asked(#[case] rest: &str, #[case] words: &str) {
    let (folder, serving) = (Folder::new("probe-unset"), served());
    let output = probed(&folder, &serving.address, rest, &[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(output.stdout.is_empty() && text(&output).contains(words), "{}", text(&output));
}

#[test]
fn identities_without_security_do_not_log_in() {
    let (folder, serving) = (Folder::new("probe-no-security"), served());
    let output = probed(&folder, &serving.address, &format!("identities: {{{ALICE}}}"), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(!text(&output).contains("Logins"), "{}", text(&output));
}

#[test]
fn who_may_register_is_told() {
    let folder = Folder::new("probe-who");
    let address = in_process(|| Authentication {
        required_level: dcerpc::security::Level::PKT,
        ..accounts(&[("alice", true), ("bob", false)], security::PacketLevel::Signed)
    });
    let bob = "bob: {user: bob, domain: LAB, password_env: PAN_LOGIN_PASSWORD}";
    let output = probed(&folder, &address, &format!("identities: {{{ALICE}, {bob}}}\n{NTLM}"), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    insta::assert_snapshot!("probe-who", sections(&output));
}

/// What target files call `packet_level` is told by the server's own responses.
#[rstest]
#[case::absent(security::PacketLevel::Absent)]
#[case::zeroes(security::PacketLevel::Zeroes)]
fn a_server_that_does_not_sign_is_told(#[case] packet_level: security::PacketLevel) {
    let folder = Folder::new(&format!("probe-unsigned-{packet_level:?}"));
    let address = in_process(move || Authentication {
        packet_level: PacketLevel::Any,
        ..accounts(&[("alice", true)], packet_level)
    });
    let output = probed(&folder, &address, &format!("identities: {{{ALICE}}}\n{NTLM}"), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(sections(&output).contains("packet level     unsigned\n"), "{}", sections(&output));
}
