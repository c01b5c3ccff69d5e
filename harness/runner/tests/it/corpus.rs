//! The captures of `captures/`: each is what its manifest says, and comes out as expected.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rstest::rstest;
use runner::arguments::{Command, parse};
use runner::check::check;
use runner::exit::Exit;
use runner::report::{Outcome, Results, Severity};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::run::Folder;

fn captures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../captures")
}

fn checked(path: &Path) -> (Results, bool) {
    checked_with(&[], path)
}

fn checked_with(options: &[&str], path: &Path) -> (Results, bool) {
    let words = ["pan-harness", "check"].iter().chain(options).map(Into::into).chain([path.as_os_str().to_owned()]);
    let (command, _) = parse(words).expect("arguments");
    let Command::Check(arguments) = command else { panic!("expected check") };
    let checked = check(&arguments, None).expect("files");
    (checked.results, checked.unreadable)
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("a file")).expect("JSON")
}

fn keeps(schema: &str, value: &Value, name: &str) {
    let schema = jsonschema::validator_for(&json(&captures().join(schema))).expect("a schema");
    let errors: Vec<_> = schema.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{name}: {errors:?}");
}

/// The files that the manifest names, each with its digest.
fn listed() -> Vec<(String, String)> {
    let manifest = json(&captures().join("manifest.json"));
    keeps("manifest.schema.json", &manifest, "manifest.json");
    let entries = manifest["captures"].as_array().expect("captures").clone();
    let word = |entry: &Value, key: &str| entry[key].as_str().expect("text").to_owned();
    entries.iter().map(|entry| (word(entry, "file"), word(entry, "sha256"))).collect()
}

#[test]
fn every_capture_comes_out_as_expected() {
    let (results, unreadable) = checked(&captures());
    let others: Vec<_> = results.scenarios.iter().filter(|row| row.verdict == Outcome::Fail).collect();
    assert!(others.is_empty(), "{others:#?}");
    assert_eq!((results.exit(), unreadable), (Exit::AsExpected, false));
    assert_eq!(results.scenarios.len(), listed().len());
}

/// What is read is judged on the same thread or beside it, with one outcome.
#[test]
fn a_second_thread_changes_nothing() {
    let [(one, _), (two, _)] = ["1", "2"].map(|jobs| checked_with(&["--jobs", jobs], &captures()));
    assert_eq!(one.scenarios, two.scenarios);
    assert_eq!(one.requirements, two.requirements);
}

#[test]
fn every_capture_is_in_the_manifest_with_an_expectation() {
    let mut there = BTreeSet::new();
    for entry in fs::read_dir(captures()).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("pcap" | "pcapng") => {
                let expected = fs::read_to_string(path.with_extension("expected")).expect("an expectation");
                let expected: Value = serde_yaml::from_str(&expected).expect("YAML");
                keeps("expected.schema.json", &expected, &name);
                there.insert(name);
            }
            Some("expected") => {
                let capture = ["pcap", "pcapng"].iter().any(|extension| path.with_extension(extension).exists());
                assert!(capture, "{name} stands beside no capture");
            }
            _ => {}
        }
    }
    let listed = listed();
    assert_eq!(listed.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(), there);
    for (name, digest) in &listed {
        let octets = fs::read(captures().join(name)).expect("a capture");
        let found: String = Sha256::digest(&octets).iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(found, *digest, "{name}");
    }
}

/// A copy of a capture with another expectation.
fn beside(name: &str, expectation: &str) -> (Results, bool) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let folder = Folder::new(&format!("expected-{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
    fs::copy(captures().join(name), folder.0.join(name)).expect("copied");
    fs::write(folder.0.join(name).with_extension("expected"), expectation).expect("written");
    checked(&folder.0.join(name))
}

const FLOW: &str = "flow-unidirectional.pcapng";
/// The same as anybody would record it, so that its client is judged as well: it neither authenticates nor offers NDR64.
const PLAIN: &str = "flow-unidirectional-plain.pcapng";
const AS_FOUND: &str = "verdict: pass\nparty: server\nfindings:\n- fail MS-PAN/2.1/client-authenticates-by-negotiate\n\
    - fail MS-PAN/2.1/client-calls-at-packet-level\n- fail MS-PAN/2.2/client-offers-both-transfer-syntaxes\n";
const BOTH: &str = "verdict: fail\nparty: both\nfindings:\n- fail MS-PAN/2.1/client-authenticates-by-negotiate\n\
    - fail MS-PAN/2.1/client-calls-at-packet-level\n- fail MS-PAN/2.2/client-offers-both-transfer-syntaxes\n";
const WRONG: &str = "wrong-second-unregister-succeeds.pcapng";
const CUT: &str = "damaged-cut.pcapng";

#[rstest]
#[case::as_found(PLAIN, AS_FOUND, Outcome::Pass, "", false)]
#[case::other_party(PLAIN, BOTH, Outcome::Skip, "fail, as expected", false)]
#[case::what_our_side_proposes(FLOW, "verdict: pass\nparty: both\n", Outcome::Pass, "", false)]
#[case::other_verdict(FLOW, "verdict: fail\n", Outcome::Fail, "expected fail, found pass", false)]
#[case::not_found(
    FLOW,
    "verdict: pass\nfindings: [fail MS-PAN/3.1.1.4.2/unregister-needs-registration]\n",
    Outcome::Fail,
    "expected pass, found pass; expected and not found: fail MS-PAN/3.1.1.4.2/unregister-needs-registration",
    false
)]
#[case::unlisted(
    WRONG,
    "verdict: fail\n",
    Outcome::Fail,
    "expected fail, found fail; not expected: fail MS-PAN/",
    false
)]
#[case::as_damaged(CUT, "verdict: error\nreason: in the middle of it\n", Outcome::Skip, "error, as expected: ", false)]
#[case::other_words(CUT, "verdict: error\nreason: on fire\n", Outcome::Fail, "; expected the reason `on fire`", false)]
#[case::unknown_key(
    FLOW,
    "verdit: pass\n",
    Outcome::Error,
    "flow-unidirectional.expected:1:1: unknown key `verdit`",
    true
)]
#[case::key_twice(
    FLOW,
    "verdict: pass\nverdict: fail\n",
    Outcome::Error,
    "flow-unidirectional.expected:2:1: the key `verdict` stands twice",
    true
)]
#[case::a_tag(
    FLOW,
    "verdict: !maybe pass\n",
    Outcome::Error,
    "flow-unidirectional.expected:1:10: the tag `!maybe` is not known here: expected the value without it",
    true
)]
#[case::empty(
    FLOW,
    "",
    Outcome::Error,
    "flow-unidirectional.expected:1:1: the file is empty: expected keys with their values",
    true
)]
fn an_expectation_decides(
    #[case] name: &str,
    #[case] expectation: &str,
    #[case] verdict: Outcome,
    #[case] reason: &str,
    #[case] unreadable: bool,
) {
    let (results, is_unreadable) = beside(name, expectation);
    let row = &results.scenarios[0];
    assert_eq!((row.verdict, is_unreadable), (verdict, unreadable), "{row:#?}");
    assert!(row.reason.clone().unwrap_or_default().contains(reason), "{:?}", row.reason);
}

/// A file that breaks off is an error whatever was found before, which is told as well.
#[test]
fn what_breaks_off_is_an_error_with_its_findings() {
    let folder = Folder::new("broken-off");
    let whole = fs::read(captures().join("flow-unidirectional-plain.pcapng")).expect("a capture");
    let path = folder.0.join("cut.pcapng");
    fs::write(&path, &whole[..whole.len() - 3]).expect("written");
    let (results, unreadable) = checked(&path);
    let row = &results.scenarios[0];
    assert_eq!((row.verdict, unreadable), (Outcome::Error, true), "{row:#?}");
    let expected = "expected a whole block, found the end of the file in the middle of it";
    assert!(row.reason.clone().unwrap_or_default().contains(expected), "{:?}", row.reason);
    assert!(row.findings.iter().any(|finding| finding.verdict == Severity::Fail), "{row:#?}");
}

/// A keytab that an expectation names opens what lies beside it, all of it, and is no file of another folder.
#[rstest]
#[case::opened("kerberos-privacy.pcapng", "server.keytab", "server.keytab", Outcome::Pass, "")]
#[case::of_others(
    "ntlm-privacy.pcapng",
    "server.keytab",
    "server.keytab",
    Outcome::Fail,
    "expected pass, found pass; expected that server.keytab opens all of it: "
)]
#[case::absent("kerberos-privacy.pcapng", "other.keytab", "server.keytab", Outcome::Error, "server.keytab: ")]
#[case::elsewhere(
    "kerberos-privacy.pcapng",
    "server.keytab",
    "../server.keytab",
    Outcome::Error,
    "kerberos-privacy.expected: keytab: expected the name of a file beside it, found `../server.keytab`"
)]
#[case::no_keytab("kerberos-privacy.pcapng", "server.keytab", "kerberos-privacy.pcapng", Outcome::Error, ".pcapng: ")]
fn an_expectation_names_its_keytab(
    #[case] name: &str,
    #[case] lies: &str,
    #[case] named: &str,
    #[case] verdict: Outcome,
    #[case] reason: &str,
) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let folder = Folder::new(&format!("keytab-{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
    fs::copy(captures().join(name), folder.0.join(name)).expect("copied");
    fs::copy(captures().join("server.keytab"), folder.0.join(lies)).expect("copied");
    let found = fs::read_to_string(captures().join(name).with_extension("expected")).expect("an expectation");
    let lines = found.lines().filter(|line| !line.starts_with("keytab: "));
    let expectation: String = lines.map(|line| format!("{line}\n")).collect();
    let expectation = format!("{expectation}keytab: {named}\n");
    fs::write(folder.0.join(name).with_extension("expected"), expectation).expect("written");
    let (results, _) = checked(&folder.0.join(name));
    let row = &results.scenarios[0];
    assert_eq!(row.verdict, verdict, "{row:#?}");
    assert!(row.reason.clone().unwrap_or_default().contains(reason), "{:?}", row.reason);
}

/// How many PDUs stay sealed to who has those secrets.
fn sealed(name: &str, options: &[&str], password: &str) -> u64 {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let folder = Folder::new(&format!("sealed-{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
    let mut command = crate::run::program();
    command
        .args(["check", "--vantage", "client", "--party", "server", "--report"])
        .arg(folder.0.join("report"))
        .args(options);
    fs::copy(captures().join(name), folder.0.join(name)).expect("copied");
    command.arg(folder.0.join(name)).env("CORPUS_PASSWORD", password);
    let done = command.output().expect("it runs");
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    folder.results().scenarios[0].witnessed.as_ref().expect("what was witnessed").sealed
}

/// The keytab opens tickets; what is only signed is read without.
#[rstest]
#[case::sealed("kerberos-privacy.pcapng", true)]
#[case::without_spnego("kerberos-alone.pcapng", true)]
#[case::signed("kerberos-packet.pcapng", false)]
fn the_keytab_beside_captures_opens_them(#[case] name: &str, #[case] seals: bool) {
    let keytab = captures().join("server.keytab").display().to_string();
    assert_eq!(sealed(name, &["--keytab", &keytab], ""), 0);
    assert_eq!(sealed(name, &[], "") > 0, seals);
}

/// What the target file beside it and the password of the README open.
#[test]
fn a_password_opens_a_capture() {
    let name = "ntlm-privacy-by-password";
    let target = captures().join(format!("{name}.yaml")).display().to_string();
    let with = |password: &str| sealed(&format!("{name}.pcapng"), &["--target", &target], password);
    assert_eq!(with("Sesame, open!"), 0);
    assert_ne!(with("Simsalabim"), 0);
}
