//! `run` against clients that are launched: whatever they do, there is a verdict in time and nothing of them is left.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rstest::rstest;
use runner::report::{Outcome, Results, Scenario};

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pan-harness-client-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn scenario(&self) -> Scenario {
        let results: Results = serde_json::from_str(&self.read("report/results.json")).expect("readable");
        let [scenario] = results.scenarios.as_slice() else { panic!("{:?}", results.scenarios) };
        scenario.clone()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// The exit code of a run against a client, which is a script for bash.
fn run(folder: &Folder, script: &str, more: &str) -> (Option<i32>, String) {
    let target = folder.0.join("bash.yaml");
    std::fs::write(folder.0.join("client.sh"), script).expect("a script");
    let launch = "launch: {command: [bash, client.sh, '{host}', '{port}']}";
    let text = format!("party: client\n{launch}\nlimits: {{call: 500ms, scenario: 5s}}\n{more}\n");
    std::fs::write(&target, text).expect("a target file");
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let mut command = Command::new(env!("CARGO_BIN_EXE_pan-harness"));
    command.stdin(Stdio::null()).env("NO_COLOR", "1").env("PAN_TEST_PASSWORD", "open sesame");
    command.args(["run", "--report"]).arg(folder.0.join("report")).arg("--scenarios").arg(scenarios);
    let output = command.arg("--target").arg(&target).output().expect("it runs");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), text)
}

/// Waits for the end of a process that the client has started.
pub(crate) fn is_gone(pid: &str) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        // A process that nobody has asked for its status yet has ended as well.
        if stat.is_empty() || stat.contains(") Z ") {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[rstest]
#[case::never_connects("sleep 60", "call of RegisterClient that fits", "nothing")]
#[case::stays_silent("exec 3<>/dev/tcp/$1/$2; sleep 60", "call of RegisterClient that fits", "nothing")]
#[case::sends_rubbish(
    "exec 3<>/dev/tcp/$1/$2; echo rubbish >&3; sleep 60",
    "call of RegisterClient",
    "end of its last"
)]
#[case::floods(
    "exec 3<>/dev/tcp/$1/$2; printf '\\5\\0\\13\\3\\20\\0\\0\\0\\377\\377\\0\\0' >&3; cat /dev/zero >&3; sleep 60",
    "call of RegisterClient",
    ""
)]
#[case::opens_many("while exec 3<>/dev/tcp/$1/$2; do :; done; sleep 60", "", "")]
#[case::exits_at_once("exit 3", "call of RegisterClient that fits", "it exited with status 3")]
#[case::crashes("kill -SEGV $$", "call of RegisterClient that fits", "it was ended by signal: 11")]
#[case::ignores_signals("trap '' TERM INT HUP; while :; do sleep 1; done", "call of RegisterClient", "nothing")]
fn bad_clients_get_a_verdict(#[case] script: &str, #[case] expected: &str, #[case] actual: &str) {
    let folder =
        Folder::new(&script.replace(|c: char| !c.is_ascii_alphanumeric(), "-").chars().take(60).collect::<String>());
    let begun = Instant::now();
    let (code, text) = run(&folder, &format!("echo $$ > pid\n{script}"), "");
    assert_eq!(code, Some(1), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let scenario = folder.scenario();
    assert_eq!((scenario.verdict, scenario.party.as_str()), (Outcome::Fail, "client"), "{text}");
    let finding = scenario.findings.iter().find(|finding| finding.rule == "scenario").expect("a finding");
    assert!(finding.expected.contains(expected) && finding.actual.contains(actual), "{finding:?}");
    assert!(is_gone(&folder.read("pid")), "the client is left");
}

#[test]
fn children_do_not_outlive_the_run() {
    let folder = Folder::new("children");
    let (code, text) = run(&folder, "sleep 1000 & echo $! > pid; (sleep 1000 & echo $! > grandchild); exit 0", "");
    assert_eq!(code, Some(1), "{text}");
    assert!(is_gone(&folder.read("pid")) && is_gone(&folder.read("grandchild")), "children are left");
}

#[test]
fn a_mode_that_a_client_lacks_is_unsupported() {
    let folder = Folder::new("unsupported");
    let (code, text) = run(&folder, "exit 89", "");
    assert_eq!((code, folder.scenario().verdict), (Some(4), Outcome::Unsupported), "{text}");
}

#[test]
fn what_cannot_be_started_is_an_error_of_the_environment() {
    let folder = Folder::new("nothing");
    let target = folder.0.join("none.yaml");
    std::fs::write(&target, "party: client\nlaunch: {command: [./nothing-there]}\n").expect("a target file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_pan-harness"));
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    command.args(["run", "--scenarios"]).arg(scenarios).arg("--target").arg(&target);
    let output = command.arg("--report").arg(folder.0.join("report")).output().expect("it runs");
    assert_eq!(output.status.code(), Some(3));
    assert!(folder.read("report/report.txt").contains("can't start"), "{}", folder.read("report/report.txt"));
}

#[test]
fn output_is_kept_without_passwords() {
    let folder = Folder::new("output");
    let identities = "identities: {alice: {user: alice, password_env: PAN_TEST_PASSWORD}}";
    let (_, text) = run(&folder, "echo \"out $PAN_TEST_PASSWORD.\"; echo err >&2; sleep 0.1; exit 3", identities);
    let log = folder.read("report/scenarios/registers/target.log");
    assert!(log.contains("out ********.\n") && log.contains("err\n"), "{log}");
    for place in ["report/results.json", "report/report.txt", "report/scenarios/registers/trace.jsonl"] {
        assert!(!folder.read(place).contains("open sesame"), "{place}");
    }
    assert!(!text.contains("open sesame"), "{text}");
}

#[test]
fn a_password_that_is_not_there_is_an_error() {
    let folder = Folder::new("password");
    let (code, text) = run(&folder, "exit 0", "identities: {alice: {user: alice, password_env: PAN_NO_SUCH_VARIABLE}}");
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("PAN_NO_SUCH_VARIABLE (`password_env`) is not set"), "{text}");
}

#[test]
fn nobody_who_starts_a_client_by_hand_leaves_it_undecided() {
    let folder = Folder::new("manual");
    let target = folder.0.join("manual.yaml");
    std::fs::write(&target, "party: client\nlaunch: {manual: true}\nlimits: {scenario: 300ms}\n")
        .expect("a target file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_pan-harness"));
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    command.args(["run", "--scenarios"]).arg(scenarios).arg("--target").arg(&target);
    let output = command.arg("--report").arg(folder.0.join("report")).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("start the client `one` within 300ms") && said.contains("mode=unidirectional"), "{said}");
    assert_eq!((output.status.code(), folder.scenario().verdict), (Some(1), Outcome::Inconclusive), "{said}");
}
