//! `run`, `check` and `serve` as programs: exit codes, reports, and what befalls outside targets.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use runner::report::{Coverage, Origin, Outcome, RequirementVerdict, Results, Severity};

use crate::run_client::is_gone;

/// A folder that goes away with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pan-harness-run-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn results(&self) -> Results {
        let text = std::fs::read_to_string(self.0.join("report/results.json")).expect("results.json");
        serde_json::from_str(&text).expect("readable")
    }

    /// Writes a target file for an address.
    pub(crate) fn target(&self, address: &str, rest: &str) -> String {
        let (host, port) = address.rsplit_once(':').expect("an address");
        let path = self.0.join("target.yaml");
        let text = format!("party: server\naddress: ncacn_ip_tcp:{host}[{port}]\nserver_name: PRINTSRV\n{rest}\n");
        std::fs::write(&path, text).expect("a target file");
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

pub(crate) fn scenarios(of: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(of).display().to_string()
}

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pan-harness"));
    command.stdin(Stdio::null()).env("NO_COLOR", "1");
    command
}

/// The command that runs the tests' own scenarios.
pub(crate) fn run(folder: &Folder, words: &[&str]) -> Command {
    let mut command = program();
    command.args(["run", "--report"]).arg(folder.0.join("report"));
    command.args(["--scenarios", &scenarios("tests/scenarios")]).args(words);
    command
}

pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[rstest]
#[case::pass("works/", 0, "scenarios: 18 pass")]
#[case::one_syntax("works/ --transfer-syntax ndr64 --security none", 0, "scenarios: 3 pass")]
#[case::both_named("works/ --transfer-syntax ndr64,ndr --security none", 0, "spoken: 3 in ndr, 3 in ndr64")]
#[case::syntax_not_listed(
    "works/ --transfer-syntax ndr64 --target ncacn_ip_tcp:127.0.0.1[1]",
    4,
    "UNSUPPORTED 1 scenario: the target file does not list ndr64 under `transfer_syntax`"
)]
#[case::dry_in_one(
    "works/ --dry-run --transfer-syntax ndr --security none",
    0,
    "works/notification against embedded-server\n"
)]
#[case::fail("breaks/wrong-expectation", 1, "again: pan-harness run --scenarios")]
#[case::negative("controls/negative", 1, "its control breaks/wrong-expectation came out as fail, so this says nothing")]
#[case::negative_that_lacks_its_control(
    "controls/lacking",
    4,
    "UNSUPPORTED 1 scenario: its control needs/security came out as unsupported, so this says nothing"
)]
#[case::unsupported("needs/", 4, "UNSUPPORTED 1 scenario: the target file has not so many `identities`")]
#[case::no_such_security("works/ --security ntlm", 2, "--security: `ntlm` is no security")]
#[case::one_security("works/ --security ntlm-privacy --transfer-syntax ndr", 0, "scenarios: 3 pass")]
#[case::every_level(
    "works/create-and-delete --security ntlm-connect,ntlm-integrity,negotiate-integrity",
    0,
    "scenarios: 12 pass"
)]
#[case::tickets_without_a_kdc("works/create-and-delete --security kerberos-pkt", 0, "scenarios: 4 pass")]
#[case::all_left_out("works/ --exclude works/", 4, "--exclude leaves no scenario of those that are selected")]
#[case::no_prefix("work/", 4, "`work/` selects no scenario; did you mean `works/`?")]
#[case::nothing_of_the_name("work/create", 4, "`work/create` selects no scenario; did you mean")]
#[case::one_of_two("works/ work/create", 2, "`work/create` selects no scenario")]
#[case::tag("tag:smoke", 0, "scenarios: 12 pass")]
#[case::shard("works/ --shard 2/2", 0, "scenarios: 6 pass")]
#[case::repeated("works/notification --repeat 3", 0, "scenarios: 6 pass")]
#[case::first_failure("breaks/wrong-expectation works/ --fail-fast --jobs 1", 1, "scenarios: 1 fail;")]
#[case::rules("works/ --rules MS-PAN/3.1.2", 0, "scenarios: 18 pass")]
#[case::hurried("windows/ --time-scale 0.5", 1, "a window of 10s was watched for 5s only")]
#[case::stretched("windows/ --time-scale 2", 0, "scenarios: 6 pass")]
#[case::no_such_rules("works/ --rules MS-PAN/9", 2, "--rules: no rule's id begins with `MS-PAN/9`")]
#[case::no_target("works/ --target nowhere.yaml", 2, "can't read nowhere.yaml")]
#[case::no_binding("works/ --target 127.0.0.1:49670", 2, "--target 'ncacn_ip_tcp:127.0.0.1[49670]'")]
#[case::dry("works/ --dry-run", 0, "works/create-and-delete against embedded-server-tcp in ndr, ndr64")]
fn the_exit_code_is_that_of_the_contract(#[case] words: &str, #[case] code: i32, #[case] said: &str) {
    let folder = Folder::new(&words.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    let output = run(&folder, &words.split(' ').collect::<Vec<_>>()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    assert!(text(&output).contains(said), "{}", text(&output));
    let written = folder.0.join("report/results.json").exists();
    assert_eq!(written, code != 2 && !words.contains("--dry-run"), "a report in every case but 2");
}

#[test]
fn a_malformed_scenario_is_the_users_mistake() {
    let folder = Folder::new("malformed");
    std::fs::write(folder.0.join("wrong.yaml"), "title: x\nstep: []\n").expect("a scenario");
    let mut command = program();
    command.args(["run", "--scenarios"]).arg(&folder.0).arg("--report").arg(folder.0.join("report"));
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("unknown key `step`"), "{}", text(&output));
    assert!(text(&output).contains("did you mean `steps`?"), "{}", text(&output));
}

#[test]
fn a_report_says_what_came_of_everything() {
    let folder = Folder::new("report");
    let output = run(&folder, &["--exclude", "ends/", "--seed", "7"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let results = folder.results();
    assert_eq!((results.seed, results.interrupted), (7, false));
    let verdict = |id: &str| results.scenarios.iter().find(|one| one.id == id).map(|one| one.verdict);
    assert_eq!(verdict("works/notification"), Some(Outcome::Pass));
    assert_eq!(verdict("breaks/wrong-expectation"), Some(Outcome::Fail));
    assert_eq!(verdict("controls/negative"), Some(Outcome::Inconclusive));
    assert_eq!(verdict("needs/security"), Some(Outcome::Unsupported));
    let failed = results.scenarios.iter().find(|one| one.verdict == Outcome::Fail).expect("the failed one");
    let finding = failed.findings.iter().find(|finding| finding.verdict == Severity::Fail).expect("its finding");
    assert_eq!((finding.rule.as_str(), finding.expected.as_str()), ("scenario", "a fault"));
    let origin = Origin::Line { scenario: "breaks/wrong-expectation.yaml".to_owned(), line: Some(4) };
    assert_eq!(finding.origin, origin);
    let of = |id: &str| results.requirements.iter().find(|one| one.id == id).map(|one| one.verdict);
    assert_eq!(of("PAN-3.1.2.4.1-04"), Some(RequirementVerdict::Pass));
    assert_eq!(of("PAN-2.1-04"), Some(RequirementVerdict::Pass));
    let exempt = results.requirements.iter().find(|one| one.id == "PAN-3.1.1.6.2-01").expect("it binds the source");
    assert_eq!(exempt.verdict, RequirementVerdict::Exempt);
    assert!(exempt.reason.is_some() && exempt.rules.is_empty(), "{exempt:?}");
    assert_eq!(results.coverage, Coverage::of(&results.requirements));
    assert_eq!(of("PAN-3.1.3.4.2-01"), None, "a client's requirement is not a server's");
    for file in ["report.txt", "junit.xml", "scenarios/works/notification/trace.jsonl"] {
        assert!(folder.0.join("report").join(file).exists(), "{file}");
    }
}

/// A live run's findings are those of its recorded traces, of which both parties are judged. In NDR of all scenarios, in NDR64
/// of some of each kind: what is read back does not depend on what a scenario shows.
#[rstest]
#[case::ndr("ndr", "none", "1/1", 350)]
#[case::ndr64("ndr64", "none", "1/5", 50)]
#[case::signed("ndr", "negotiate-pkt", "2/8", 25)]
#[case::sealed("ndr64", "negotiate-privacy", "3/8", 25)]
fn findings_read_back_are_those_of_the_run(
    #[case] syntax: &str,
    #[case] security: &str,
    #[case] shard: &str,
    #[case] least: usize,
) {
    let folder = Folder::new(&format!("read-back-{syntax}-{security}"));
    let mut command = program();
    command.args(["run", "--scenarios", &scenarios("../../scenarios"), "--report"]).arg(folder.0.join("report"));
    command.args(["--transfer-syntax", syntax, "--security", security, "--shard", shard, "--write-keys"]);
    // What is large adds nothing to what is compared.
    for large in crate::run_pcapng::LARGE.split(',') {
        command.args(["--exclude", large]);
    }
    let output = command.output().expect("it runs");
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", text(&output));
    let live = folder.results();
    let traces = folder.0.join("report/scenarios");
    let mut command = program();
    command.arg("check").arg(&traces).arg("--report").arg(folder.0.join("again/report"));
    assert!(matches!(command.output().expect("it runs").status.code(), Some(0 | 1)));
    let again = Folder(folder.0.join("again")).results();
    let mut compared = 0;
    for scenario in live.scenarios.iter().filter(|one| one.verdict != Outcome::Unsupported) {
        let place = runner::report::trace_folder(scenario);
        let file = folder.0.join("report").join(format!("{place}/trace.jsonl")).display().to_string();
        let read = again.scenarios.iter().find(|one| one.id == file).unwrap_or_else(|| panic!("no {file}"));
        let told = |one: &runner::report::Scenario| -> Vec<_> {
            let of_rules = one.findings.iter().filter(|finding| finding.rule != "scenario");
            of_rules.map(|it| (it.rule.clone(), it.verdict, it.event, it.expected.clone(), it.actual.clone())).collect()
        };
        assert_eq!(told(scenario), told(read), "{}", scenario.id);
        compared += 1;
    }
    assert!(compared > least, "{compared}");
}

/// The report under `reports/example/` is one that this version writes. `PAN_HARNESS_EXAMPLE=write` makes it anew.
#[test]
fn the_example_of_a_report_is_fresh() {
    let folder = Folder::new("example");
    let served = Served::new(&["--misbehave", "second-unregister-succeeds"]);
    let written = std::fs::read_to_string(served.target(&folder)).expect("a target file");
    let target = folder.0.join("misbehaving-server.yaml");
    std::fs::write(&target, format!("name: a server that forgets its unregistrations\n{written}")).expect("written");
    let mut command = program();
    command.current_dir(scenarios("../..")).args(["run", "unregistration/", "--seed", "1", "--format"]);
    command.args(["text,json,junit,html", "--target"]).arg(&target);
    let output = command.arg("--report").arg(folder.0.join("report")).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/example");
    let port = served.listening.rsplit(':').next().expect("a port");
    let path = target.display().to_string();
    for name in ["report.txt", "results.json", "junit.xml", "report.html"] {
        let mut fresh = std::fs::read_to_string(folder.0.join("report").join(name)).expect("a file of the report");
        let anonymous =
            |text: &str| text.replace(&format!("[{port}]"), "[49670]").replace(&path, "misbehaving-server.yaml");
        fresh = repacked(&anonymous(&fresh), anonymous);
        let kept = example.join(name);
        if std::env::var_os("PAN_HARNESS_EXAMPLE").is_some_and(|value| value == "write") {
            std::fs::create_dir_all(&example).expect("a folder");
            std::fs::write(&kept, &fresh).expect("written");
        }
        let kept = std::fs::read_to_string(&kept).expect("the example");
        assert_eq!(without_times(&kept), without_times(&fresh), "{name}");
    }
}

/// A page with other words in its blocks; all else has none.
pub(crate) fn repacked(page: &str, changed: impl Fn(&str) -> String) -> String {
    let mut parts = page.split("<script type=\"text/plain\" id=\"");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once("\">").expect("an id");
        let (block, rest) = rest.split_once('<').expect("an end");
        let octets =
            miniz_oxide::inflate::decompress_to_vec(&STANDARD.decode(block).expect("base64")).expect("DEFLATE");
        let text = changed(&String::from_utf8(octets).expect("text"));
        let block = STANDARD.encode(miniz_oxide::deflate::compress_to_vec(text.as_bytes(), 6));
        out += &format!("<script type=\"text/plain\" id=\"{number}\">{block}<{rest}");
    }
    out
}

/// Without what differs from run to run: dates, durations, numbers of events; of a page what is drawn and what is packed, too.
fn without_times(text: &str) -> String {
    if let Some((_, body)) = text.split_once("<body>") {
        let shown = body.split("<script").next().unwrap_or_default();
        let (drawings, took) = ("<svg class=\"seq\"", "<dt>took</dt>");
        let mut parts = shown.replace(took, drawings).replace("<time", drawings);
        parts = parts.split(drawings).enumerate().map(|(at, part)| if at == 0 { part } else { after(part) }).collect();
        return parts.replace("><", ">\n<");
    }
    let volatile = ["\"started\":", "\"duration_ms\":", "\"event\":", "name=\"started\""];
    let kept = text.lines().filter(|line| !volatile.iter().any(|word| line.contains(word)));
    let cut = |line: &str| line.split(" time=\"").next().unwrap_or_default().to_owned();
    kept.map(cut).collect::<Vec<_>>().join("\n")
}

/// What stands behind the element that a part begins in.
fn after(part: &str) -> &str {
    let ends = ["</svg>", "</time>", "</dd>"].map(|end| part.split_once(end).map(|(_, rest)| rest));
    ends.into_iter().flatten().max_by_key(|rest| rest.len()).unwrap_or_default()
}

/// A server in a process of its own, ready.
pub(crate) struct Served {
    child: Child,
    _output: BufReader<ChildStdout>,
    pub(crate) listening: String,
    pub(crate) stimulus: String,
}

impl Served {
    pub(crate) fn new(words: &[&str]) -> Self {
        Self::with(words, "PAN_HARNESS_NO_PASSWORD", "")
    }

    /// With a password in its environment.
    pub(crate) fn with(words: &[&str], variable: &str, password: &str) -> Self {
        let mut command = program();
        command.args(["serve", "--stimulus", "127.0.0.1:0"]).args(words).stdout(Stdio::piped());
        command.env(variable, password);
        let mut child = command.spawn().expect("it starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("one JSON line");
        let address = |key: &str| ready[key].as_str().expect("an address").to_owned();
        Self { listening: address("listening"), stimulus: address("stimulus"), child, _output: output }
    }

    pub(crate) fn target(&self, folder: &Folder) -> String {
        let stimulus = format!("stimulus: {{tcp: '{}'}}\nlimits: {{still_pending: 50ms}}", self.stimulus);
        folder.target(&self.listening, &stimulus)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn an_outside_server_is_judged() {
    let folder = Folder::new("outside");
    let served = Served::new(&[]);
    let target = served.target(&folder);
    let output = run(&folder, &["works/", "--target", &target]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(folder.results().targets[0].id, "target");
}

#[test]
fn a_misbehaving_server_is_found_by_a_rule() {
    let folder = Folder::new("misbehaving");
    let served = Served::new(&["--misbehave", "create-returns-s-false"]);
    let target = served.target(&folder);
    let output = run(&folder, &["works/create-and-delete", "--target", &target]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let findings: Vec<_> = folder.results().scenarios.into_iter().flat_map(|one| one.findings).collect();
    let breach = findings.iter().find(|it| it.requirements.iter().any(|id| id == "PAN-3.1.2.4.1-05"));
    assert!(breach.is_some_and(|it| it.verdict == Severity::Fail && it.rule.starts_with("MS-PAN/")), "{findings:?}");
}

#[rstest]
#[case::usual(&[], 0, "WARN works/notification")]
#[case::strict(&["--strict"], 1, "FAIL works/notification")]
fn a_warning_is_a_failure_only_where_it_shall_be(#[case] option: &[&str], #[case] code: i32, #[case] said: &str) {
    let folder = Folder::new(said.split(' ').next().expect("a word"));
    let served = Served::new(&["--misbehave", "referral-not-null"]);
    let target = served.target(&folder);
    let words = [&["works/notification", "--target", &target], option].concat();
    let output = run(&folder, &words).output().expect("it runs");
    assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    assert!(text(&output).contains(said), "{}", text(&output));
}

#[test]
fn without_a_stimulus_requirements_are_waived_and_scenarios_unsupported() {
    let folder = Folder::new("no-stimulus");
    let served = Served::new(&[]);
    let target = folder.target(&served.listening, "name: mute");
    let output = run(&folder, &["works/", "--target", &target]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("UNSUPPORTED 1 scenario: the target file has no `stimulus`"), "{}", text(&output));
    let waivers = &folder.results().targets[0].waivers;
    assert!(waivers.iter().any(|waiver| waiver.key == "stimulus" && waiver.requirements.len() > 50), "{waivers:?}");
}

/// An address at which nobody listens.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

#[test]
fn an_unreachable_target_is_named_with_the_systems_words() {
    let (folder, address) = (Folder::new("unreachable"), nowhere());
    let target = folder.target(&address, "");
    let output = run(&folder, &["works/create-and-delete", "--target", &target]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(text(&output).contains(&format!("{address}: Connection refused")), "{}", text(&output));
    assert_eq!(folder.results().summary.error, 1);
}

#[test]
fn a_target_that_dies_is_one_error_and_the_reason_for_the_rest() {
    let folder = Folder::new("dies");
    let served = Served::new(&[]);
    let target = served.target(&folder);
    let words = ["ends/unexpected-shutdown", "works/", "--target", &target];
    let output = run(&folder, &words).output().expect("it runs");
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    let results = folder.results();
    let reason = |id: &str| results.scenarios.iter().find(|one| one.id == id).and_then(|one| one.reason.clone());
    let first = reason("ends/unexpected-shutdown").expect("a reason");
    assert!(first.starts_with("its notification source was asked to shut the target down"), "{first}");
    let rest = reason("works/notification").expect("a reason");
    assert!(rest.starts_with("the target is gone since ends/unexpected-shutdown"), "{rest}");
}

#[test]
fn that_a_target_was_ended_is_told() {
    let (folder, served) = (Folder::new("ended"), Served::new(&[]));
    let target = served.target(&folder);
    let words = ["ends/shutdown", "works/create-and-delete", "--target", &target];
    let output = run(&folder, &words).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let told = "ends/shutdown has ended the target, as it is to: start it again before the next run";
    assert!(text(&output).contains(told), "{}", text(&output));
}

#[test]
fn a_target_is_launched_and_launched_anew() {
    let (folder, address) = (Folder::new("launched"), nowhere());
    let stimulus = nowhere();
    let launch = format!(
        "launch: {{command: [sh, -c, 'sleep 1000 & echo $! >> children; exec \"$0\" \"$@\"', '{}', serve, --listen, '{address}', \
         --stimulus, '{stimulus}'], ready: {{line: listening}}}}\nstimulus: {{tcp: '{stimulus}'}}",
        env!("CARGO_BIN_EXE_pan-harness")
    );
    let target = folder.target(&address, &launch);
    let words = ["ends/", "works/create-and-delete", "--target", &target];
    let output = run(&folder, &words).output().expect("it runs");
    let results = folder.results();
    let verdict = |id: &str| results.scenarios.iter().find(|one| one.id == id).map(|one| one.verdict);
    assert_eq!(verdict("ends/unexpected-shutdown"), Some(Outcome::Error), "{}", text(&output));
    assert_eq!(verdict("works/create-and-delete"), Some(Outcome::Pass), "{}", text(&output));
    assert_eq!(verdict("ends/shutdown"), Some(Outcome::Pass), "{}", text(&output));
    let log = std::fs::read_to_string(folder.0.join("report/target.log")).expect("target.log");
    assert!(log.lines().count() >= 2, "{log}");
    let children = std::fs::read_to_string(folder.0.join("children")).expect("the children's ids");
    assert!(children.lines().count() >= 2 && children.lines().all(is_gone), "the server's own children are left");
}

#[test]
fn a_target_that_can_not_be_launched_is_named() {
    let folder = Folder::new("unlaunchable");
    let target = folder.target(&nowhere(), "launch: {command: [sh, -c, 'echo no; exit 7']}");
    let output = run(&folder, &["works/create-and-delete", "--target", &target]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    let words = "it ended with exit status: 7 before it was ready; it said: no (all that it printed is in ";
    assert!(text(&output).contains(words), "{}", text(&output));
}

#[test]
fn a_launch_command_that_is_missing_is_named() {
    let folder = Folder::new("no-command");
    let target = folder.target(&nowhere(), "launch: {command: [./no-such-server]}");
    let output = run(&folder, &["works/create-and-delete", "--target", &target]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    let words = "no-such-server, the command of the target file's `launch`: No such file or directory";
    assert!(text(&output).contains(words), "{}", text(&output));
}

#[test]
fn a_source_that_claims_too_much_is_not_believed() {
    let folder = Folder::new("claims");
    let served = Served::new(&[]);
    // It says "unsupported" to everything but the verb that no source can know.
    let script = r#"if grep -q no_such_verb; then echo '{"ok":true}'; else exit 89; fi"#;
    let target = folder
        .target(&served.listening, &format!("stimulus: {{command: [sh, -c, \"{}\"]}}", script.replace('"', "\\\"")));
    let output = run(&folder, &["works/notification", "--target", &target]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(text(&output).contains("answers a verb that does not exist with success"), "{}", text(&output));
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_a_report_of_what_ran() {
    let folder = Folder::new("interrupted");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let target = folder.target(&listener.local_addr().expect("an address").to_string(), "limits: {call: 5min}");
    let mut child = run(&folder, &["works/create-and-delete", "--target", &target])
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    // The first connection only looks whether the target is there; the second one brings the bind.
    listener.accept().expect("the look");
    let (mut stream, _) = listener.accept().expect("the bind");
    stream.read_exact(&mut [0; 16]).expect("its header");
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("it runs");
    assert!(interrupt.success());
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    let results = folder.results();
    assert!(results.interrupted && results.scenarios.is_empty(), "{results:?}");
}

#[cfg(unix)]
#[test]
fn serve_ends_when_it_is_told_to() {
    let mut served = Served::new(&[]);
    Command::new("kill").arg(served.child.id().to_string()).status().expect("it runs");
    assert_eq!(served.child.wait().expect("it ends").code(), Some(0));
    let mut served = Served::new(&[]);
    let mut stream = std::net::TcpStream::connect(&served.stimulus).expect("connected");
    std::io::Write::write_all(&mut stream, b"{\"op\":\"shutdown\"}\n").expect("asked");
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).expect("answered");
    assert_eq!(answer, "{\"ok\":true}\n");
    assert_eq!(served.child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn serve_says_why_it_can_not_listen() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let output = program().args(["serve", "--listen", &address]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(text(&output).contains(&format!("can't listen at {address}: Address already in use")), "{}", text(&output));
}

/// Whom `serve` can't take in it says before it listens, and no password is told.
#[rstest]
#[case::no_variable(&["--account", "alice"], 2, "`alice` is no USER=VARIABLE")]
#[case::no_user(&["--account", "=PAN_PASSWORD"], 2, "`=PAN_PASSWORD` is no USER=VARIABLE")]
#[case::unset(&["--account", "alice=PAN_NO_SUCH_PASSWORD"], 3, "the password of alice: the variable PAN_NO_SUCH_PASSWORD is not set")]
#[case::no_keytab(&["--keytab", "no/such.keytab"], 2, "no/such.keytab")]
fn serve_says_whom_it_cannot_take_in(#[case] words: &[&str], #[case] exit: i32, #[case] told: &str) {
    let output = program().args(["serve", "--listen", "127.0.0.1:0"]).args(words).output().expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(exit), true), "{error}");
    assert!(error.contains(told), "{error}");
}
