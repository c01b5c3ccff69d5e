//! Captures of protected calls, opened with secrets of either end.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use conformance::Config;
use dcerpc::security::{Level, Provider};
use rstest::rstest;
use runner::judge::Judge;
use runner::report::{Outcome, Results, Scenario, Severity, Witnessed};
use trace::{Direction, Entry, Seen};

use crate::check_capture::{Wire, file};
use crate::witness::{by_ticket, conversed_by, golden, security};

/// Octets that a packet carries at most.
const SEGMENT: usize = 1_000;

/// What was seen, as it would be captured. `lost` is the number of a packet that is not in the file.
pub(crate) fn captured(entries: &[Entry], lost: Option<usize>) -> Vec<u8> {
    let mut wire = Wire::new();
    let mut packets = 0;
    for entry in entries {
        match &entry.seen {
            Seen::Opened(opened) => {
                wire.packet(opened.connection.0, true, "S1", b"");
                wire.packet(opened.connection.0, false, "S", b"");
                packets += 2;
            }
            Seen::Octets(seen) => {
                for piece in seen.octets.chunks(SEGMENT) {
                    packets += 1;
                    let before = wire.file.len();
                    wire.packet(seen.connection.0, seen.direction == Direction::ToServer, "", piece);
                    if lost == Some(packets) {
                        wire.file.truncate(before);
                    }
                }
            }
            Seen::Closed(closed) => {
                wire.packet(closed.connection.0, true, "F", b"");
                wire.packet(closed.connection.0, false, "F", b"");
                packets += 2;
            }
            _ => {}
        }
    }
    wire.file
}

/// A conversation of Alice's, who proves herself so, and of Bob's.
pub(crate) async fn conversation(way: &str, level: Level) -> Vec<Entry> {
    let alice = match way {
        "ntlm" => security("alice", Provider::NTLM, level),
        "ntlm in spnego" => security("alice", Provider::NEGOTIATE, level),
        "kerberos" => by_ticket(Provider::KERBEROS, level),
        "kerberos in spnego" => by_ticket(Provider::NEGOTIATE, level),
        other => panic!("{other}"),
    };
    conversed_by(alice, level).await
}

/// What `check` says, with the passwords in the environment.
fn checked(name: &str, capture: &[u8], options: &[&str], passwords: &[(&str, &str)]) -> (Option<i32>, Results, String) {
    let capture = file(&format!("{name}.pcap"), capture);
    let report = capture.with_extension("report");
    let mut command = Command::new(env!("CARGO_BIN_EXE_pan-harness"));
    command.arg("check").args(options).arg("--report").arg(&report).arg(&capture);
    command.env_remove("ALICE_PASSWORD").env_remove("BOB_PASSWORD").envs(passwords.iter().copied());
    let done = command.output().unwrap();
    let results =
        std::fs::read_to_string(report.join("results.json")).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    std::fs::remove_dir_all(&report).unwrap();
    std::fs::remove_file(&capture).unwrap();
    (done.status.code(), serde_json::from_str(&results).unwrap(), String::from_utf8(done.stdout).unwrap())
}

pub(crate) fn target(name: &str) -> PathBuf {
    let keytab = golden("server.keytab");
    let text = format!(
        "party: server\nname: recorded server\naddress: ncacn_ip_tcp:192.0.2.2[49670]\nidentities:\n  \
         alice: {{user: alice, domain: LAB, password_env: ALICE_PASSWORD}}\n  \
         bob: {{user: bob, domain: LAB, password_env: BOB_PASSWORD, administrator: false}}\n\
         security: {{provider: negotiate, level: privacy}}\nkerberos: {{keytab: {}}}\n",
        keytab.display()
    );
    file(&format!("{name}.yaml"), text.as_bytes())
}

fn only(results: &Results) -> (&Scenario, &Witnessed) {
    let [scenario] = results.scenarios.as_slice() else { panic!("{:?}", results.scenarios) };
    (scenario, scenario.witnessed.as_ref().unwrap())
}

/// Nobody is accused of anything but what the whole conversation shows, with the keys of its ends.
fn accuses_nobody_else(scenario: &Scenario, entries: &[Entry]) {
    let judge = Judge::new(Config::default(), None, BTreeSet::new(), false).unwrap();
    let shown: BTreeSet<_> = judge.report(entries).findings.iter().map(|finding| finding.rule).collect();
    let grave: Vec<_> = scenario.findings.iter().filter(|finding| finding.verdict >= Severity::Warn).collect();
    assert!(grave.iter().all(|finding| shown.contains(finding.rule.as_str())), "{grave:#?}");
    assert!(grave.iter().all(|finding| finding.party == "client"), "{grave:#?}");
}

pub(crate) const SESAME: [(&str, &str); 2] = [("ALICE_PASSWORD", "Sesame!"), ("BOB_PASSWORD", "Sesame!")];

fn with_target(name: &str, capture: &[u8], passwords: &[(&str, &str)]) -> (Option<i32>, Results, String) {
    let target = target(name);
    let checked = checked(name, capture, &["--target", &target.display().to_string()], passwords);
    std::fs::remove_file(target).unwrap();
    checked
}

#[rstest]
#[tokio::test(start_paused = true)]
async fn what_is_sealed_is_opened_with_secrets(
    #[values("ntlm", "ntlm in spnego", "kerberos", "kerberos in spnego")] way: &str,
    #[values(Level::PKT, Level::INTEGRITY, Level::PRIVACY)] level: Level,
) {
    let entries = conversation(way, level).await;
    let capture = captured(&entries, None);
    let name = format!("open-{}-{}", way.replace(' ', "-"), level.0);
    let (exit, results, text) = with_target(&name, &capture, &SESAME);
    let (scenario, witnessed) = only(&results);
    assert_eq!((exit, scenario.verdict), (Some(0), Outcome::Pass), "{text}");
    assert_eq!((witnessed.sealed, witnessed.gaps.len()), (0, 0), "{:#?}", witnessed.gaps);
    assert_eq!(witnessed.calls, witnessed.answered);
    let users: Vec<_> = witnessed.contexts.iter().map(|one| (one.user.as_deref(), one.closed.as_deref())).collect();
    let alice = if way.starts_with("kerberos") { "alice of LAB.TEST" } else { "alice of LAB" };
    assert_eq!(users, [(Some(alice), None), (Some("bob of LAB"), None)]);
    accuses_nobody_else(scenario, &entries);
    // Of a caller who is known not to be an administrator the server's refusal is judged, and of one who is its consent.
    let verdict = |id: &str| results.requirements.iter().find(|row| row.id == id).map(|row| row.verdict.to_string());
    assert_eq!(verdict("PAN-3.1.1.4.1-35").as_deref(), Some("pass"));
}

#[rstest]
#[case::wrong(&[("ALICE_PASSWORD", "Simsalabim"), ("BOB_PASSWORD", "Simsalabim")], "NTLM of bob of LAB: the password is wrong")]
#[case::not_set(&[], "NTLM of bob of LAB: the environment variable BOB_PASSWORD (`password_env` of `bob`) is not set")]
#[tokio::test(start_paused = true)]
async fn secrets_that_are_wrong_say_so_and_accuse_nobody(
    #[values(Level::PKT, Level::PRIVACY)] level: Level,
    #[case] passwords: &[(&str, &str)],
    #[case] why: &str,
) {
    let entries = conversation("ntlm", level).await;
    let capture = captured(&entries, None);
    let (_, results, text) = with_target(&format!("wrong-{}-{}", passwords.len(), level.0), &capture, passwords);
    let (scenario, witnessed) = only(&results);
    accuses_nobody_else(scenario, &entries);
    let closed: Vec<_> = witnessed.contexts.iter().filter_map(|one| one.closed.clone()).collect();
    assert_eq!(closed.len(), 2);
    assert_eq!(closed[1], format!("its key can't be derived: {why}"));
    assert!(text.contains(why), "{text}");
    assert_eq!(witnessed.sealed > 0, level == Level::PRIVACY);
}

/// A keytab opens what goes under tickets, and another user's NTLM stays closed.
#[tokio::test(start_paused = true)]
async fn a_keytab_opens_tickets() {
    let entries = conversation("kerberos in spnego", Level::PRIVACY).await;
    let capture = captured(&entries, None);
    let keytab = golden("server.keytab").display().to_string();
    let (_, results, _) = checked("keytab", &capture, &["--keytab", &keytab], &[]);
    let (scenario, witnessed) = only(&results);
    accuses_nobody_else(scenario, &entries);
    let closed: Vec<_> = witnessed.contexts.iter().map(|one| one.closed.as_deref()).collect();
    let lacks = "its key can't be derived: NTLM of bob of LAB: no password of that user is given";
    assert_eq!(closed, [None, Some(lacks)]);
    assert!(witnessed.answered > 0 && witnessed.answered < witnessed.calls, "{witnessed:?}");
}

/// Keys that are not those of the service open nothing, and nobody is accused for it.
#[tokio::test(start_paused = true)]
async fn a_keytab_of_other_keys_says_so_and_accuses_nobody() {
    let entries = conversation("kerberos in spnego", Level::PRIVACY).await;
    let mut octets = std::fs::read(golden("server.keytab")).unwrap();
    // The key of each entry of 256 bits follows its type and length.
    let places: Vec<_> = (0..octets.len() - 4).filter(|at| octets[*at..at + 4] == *b"\x00\x12\x00\x20").collect();
    places.iter().for_each(|at| octets[at + 4] ^= 1);
    let keytab = file("other.keytab", &octets);
    let options = ["--keytab", &keytab.display().to_string()];
    let (_, results, text) = checked("other-keytab", &captured(&entries, None), &options, &[]);
    std::fs::remove_file(keytab).unwrap();
    let (scenario, witnessed) = only(&results);
    accuses_nobody_else(scenario, &entries);
    let closed = witnessed.contexts[0].closed.clone().unwrap_or_default();
    let why = "the keytab's key for host/printsrv@LAB.TEST does not open its ticket";
    assert!(closed.starts_with("its key can't be derived: ") && closed.ends_with(why), "{closed}");
    assert!(witnessed.sealed > 0 && text.contains(why), "{text}");
}

/// Without secrets all is sealed.
#[tokio::test(start_paused = true)]
async fn without_secrets_what_is_sealed_is_told() {
    let entries = conversation("ntlm in spnego", Level::PRIVACY).await;
    let capture = captured(&entries, None);
    let (_, results, _) = checked("none", &capture, &[], &[]);
    let (scenario, witnessed) = only(&results);
    accuses_nobody_else(scenario, &entries);
    assert_eq!(witnessed.contexts[0].closed.as_deref(), Some("its key is not known"));
    assert!(witnessed.sealed > 0 && witnessed.gaps.iter().all(|gap| gap.sealed));
}

/// Whichever packet is lost: nobody is accused. What RC4 has sealed behind it stays sealed to the end of its direction.
#[rstest]
#[tokio::test(start_paused = true)]
async fn a_lost_packet_accuses_nobody(#[values("ntlm", "kerberos")] way: &str) {
    let entries = conversation(way, Level::PRIVACY).await;
    let whole = captured(&entries, None);
    let mut sealed = 0;
    for lost in 3..14 {
        let capture = captured(&entries, Some(lost));
        if capture.len() == whole.len() {
            continue;
        }
        let (_, results, _) = with_target(&format!("lost-{way}-{lost}"), &capture, &SESAME);
        let (scenario, witnessed) = only(&results);
        accuses_nobody_else(scenario, &entries);
        assert!(witnessed.gaps.iter().any(|gap| gap.layer == "transport"), "{lost}: {:#?}", witnessed.gaps);
        sealed = sealed.max(witnessed.sealed);
    }
    assert!(sealed > 4, "{sealed}");
}

#[test]
fn what_secrets_are_to_come_from_has_to_be_there() {
    let done = |options: &[&str]| {
        let capture = file("secrets.pcap", b"");
        let done = Command::new(env!("CARGO_BIN_EXE_pan-harness")).arg("check").args(options).arg(&capture).output();
        let done = done.unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml").display().to_string();
    let (exit, words) = done(&["--keytab", "no-such-keytab"]);
    assert_eq!((exit, words.contains("--keytab: the keytab no-such-keytab: ")), (Some(2), true), "{words}");
    let (exit, words) = done(&["--keytab", &text]);
    assert_eq!((exit, words.contains("it begins with 0x5b70, not with 0x0502")), (Some(2), true), "{words}");
    let (exit, words) = done(&["--target", "no-such-target.yaml"]);
    assert_eq!((exit, words.contains("--target: ")), (Some(2), true), "{words}");
}
