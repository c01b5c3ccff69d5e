//! The bundle of a failure: what it holds, what it does not, and that its command shows the failure again.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rstest::rstest;
use runner::report::{Outcome, Results};

use crate::run::{Folder, Served, program, run, text};

const PASSWORD: &str = "correct-horse-battery";
const VARIABLE: &str = "PAN_HARNESS_BUNDLE_PASSWORD";

/// All files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// No file below a folder holds any of the words.
fn assert_silent(folder: &Path, secrets: &[&str]) {
    let mut found = Vec::new();
    files(folder, &mut found);
    assert!(!found.is_empty());
    for path in found {
        let octets = std::fs::read(&path).expect("readable");
        let text = String::from_utf8_lossy(&octets);
        let told: Vec<&&str> = secrets.iter().filter(|secret| text.contains(**secret)).collect();
        assert!(told.is_empty(), "{}: {told:?} in {text}", path.display());
    }
}

/// Runs the script of a bundle: what it prints, and the results of the run that it makes.
fn again(folder: &Folder, bundle: &Path) -> (Output, Results) {
    let mut command = Command::new("sh");
    command.arg(bundle.join("command.sh")).env("PAN_HARNESS", env!("CARGO_BIN_EXE_pan-harness"));
    command.env("PAN_REPORT", folder.0.join("again")).env(VARIABLE, PASSWORD);
    let output = command.output().expect("it runs");
    let results = std::fs::read_to_string(folder.0.join("again/results.json"));
    let results = results.unwrap_or_else(|error| panic!("{error}: {}", text(&output)));
    (output, serde_json::from_str(&results).expect("results"))
}

#[rstest]
#[case::ndr("breaks/wrong-expectation", "wrong-expectation", "ndr", "none")]
#[case::ndr64("breaks/wrong-expectation", "wrong-expectation.ndr64.negotiate-pkt", "ndr64", "negotiate-pkt")]
fn a_failure_has_a_bundle_whose_command_shows_it_again(
    #[case] id: &str,
    #[case] name: &str,
    #[case] syntax: &str,
    #[case] security: &str,
) {
    let folder = Folder::new(&format!("bundle-{syntax}"));
    let output = run(&folder, &[id, "works/", "--seed", "7"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let bundles = folder.0.join("report/bundles");
    assert!(!bundles.join("works").exists(), "what passes has none");
    let bundle = bundles.join("breaks").join(name);
    let read = |file: &str| {
        let path = bundle.join(file);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    assert!(read("failure.txt").starts_with("FAIL breaks/wrong-expectation"), "{}", read("failure.txt"));
    assert!(read("scenario.txt").contains("steps:\n  call alice Create"), "{}", read("scenario.txt"));
    assert!(read("trace.jsonl").lines().count() > 3);
    let transcript = read("transcript.txt");
    assert!(transcript.contains("-> connection 0: bind") && transcript.contains(" Create"), "{transcript}");
    assert!(transcript.contains("HRESULT 0x00000000") && transcript.contains("ppRemoteObj"), "{transcript}");
    let (output, results) = again(&folder, &bundle);
    assert_eq!((output.status.code(), results.seed), (Some(1), 7), "{}", text(&output));
    let [only] = &results.scenarios[..] else { panic!("{:?}", results.scenarios) };
    assert_eq!((only.id.as_str(), only.verdict), (id, Outcome::Fail));
    assert_eq!((only.variant.syntax.as_str(), only.variant.security.as_str()), (syntax, security));
    // A new run clears the bundles of the one before away.
    run(&folder, &["works/create-and-delete"]).output().expect("it runs");
    assert!(!bundles.exists());
}

/// A server to which the harness logs in: the password is in no file, and the command works all the same.
#[test]
fn a_bundle_of_a_server_holds_no_secret() {
    let folder = Folder::new("bundle-server");
    let served = Served::with(
        &["--misbehave", "create-returns-s-false", "--account", &format!("alice={VARIABLE}")],
        VARIABLE,
        PASSWORD,
    );
    let rest = format!(
        "# the old password was {PASSWORD}\nidentities: {{alice: {{user: alice, domain: LAB, password_env: {VARIABLE}}}}}\n\
         security: {{provider: ntlm, level: pkt}}"
    );
    let target = folder.target(&served.listening, &rest);
    let mut command = run(&folder, &["works/create-and-delete", "--target", &target]);
    let output = command.env(VARIABLE, PASSWORD).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert_silent(&folder.0.join("report"), &[PASSWORD]);
    let bundle = folder.0.join("report/bundles/works/create-and-delete.ntlm-pkt");
    let kept = std::fs::read_to_string(bundle.join("target.yaml")).expect("the target");
    assert!(kept.contains(VARIABLE) && kept.contains("user: alice"), "{kept}");
    let (output, results) = again(&folder, &bundle);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let rules: Vec<&str> = results.scenarios[0].findings.iter().map(|found| found.rule.as_str()).collect();
    assert!(rules.iter().any(|rule| rule.starts_with("MS-PAN/3.1.2.4.1/")), "{rules:?}");
}

/// What a client is started with is withheld where it may be secret: its environment, and options whose names tell.
#[test]
fn a_bundle_of_a_client_holds_no_secret() {
    let folder = Folder::new("bundle-client");
    let target = folder.0.join("target.yaml");
    let text_of_it = format!(
        "party: client\nname: my client\nlaunch:\n  command: [sh, -c, 'echo {PASSWORD} >&2; exit 1', --api-token=t0psecret, --password, \
         hunter2, --port, '{{port}}']\n  env: {{LAB_KEY: s3same}}\nidentities: {{alice: {{user: alice, password_env: {VARIABLE}}}}}\n\
         limits: {{call: 300ms, scenario: 2s}}\n"
    );
    std::fs::write(&target, text_of_it.replace(&format!("echo {PASSWORD}"), "echo $PAN_HARNESS_BUNDLE_PASSWORD"))
        .expect("written");
    let mut command = program();
    command.args(["run", "--scenarios", &crate::run::scenarios("tests/clients"), "--report"]);
    command.arg(folder.0.join("report")).arg("--target").arg(&target).env(VARIABLE, PASSWORD);
    let output = command.output().expect("it runs");
    let bundles = folder.0.join("report/bundles");
    assert!(bundles.is_dir(), "{}", text(&output));
    assert_silent(&bundles, &[PASSWORD, "t0psecret", "hunter2", "s3same"]);
    let mut found = Vec::new();
    files(&bundles, &mut found);
    let kept = found.iter().find(|path| path.ends_with("target.yaml")).expect("the target");
    let kept = std::fs::read_to_string(kept).expect("readable");
    assert!(kept.contains("--api-token=withheld") && kept.contains("LAB_KEY: withheld"), "{kept}");
    assert!(kept.contains("'{port}'") && kept.contains("my client"), "{kept}");
}
