//! `run` against clients that somebody starts by hand, in the person of the reference client, and `check` on what was seen.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use mspan::NotificationType;
use peer::print_client::{ClientOptions, Exit, Mode, PrintClient};
use peer::transport::TcpConnector;
use peer::{ClientMisbehaviour, Tap};
use rstest::rstest;
use runner::report::{Outcome, RequirementVerdict};
use tokio::time::timeout;

use crate::run::{Folder, program, text};

/// Longer than any client takes that has got what it wanted.
const LONG: Duration = Duration::from_secs(60);

/// What the harness waits for: the words behind "start the client", and the scenario.
type Wanted = BTreeMap<String, String>;

/// A run, what it asked for, and the clients that came.
struct Run {
    name: String,
    folder: Folder,
    code: Option<i32>,
    wanted: Vec<Wanted>,
    said: String,
    exits: Vec<Exit>,
}

impl Run {
    /// Runs the tests' own scenarios; `comes` says who comes for each, and with what misbehaviour.
    fn new(name: &str, comes: impl Fn(&Wanted) -> Option<Option<ClientMisbehaviour>>) -> Self {
        let folder = Folder::new(name);
        let target = folder.0.join("manual.yaml");
        let account = "identities: {zoe: {user: zoe, domain: LAB}, alice: {user: alice}}";
        let limits = "limits: {scenario: 5s, call: 5s}";
        std::fs::write(&target, format!("party: client\nlaunch: {{manual: true}}\n{account}\n{limits}\n"))
            .expect("a target file");
        let mut command = program();
        let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/by-hand");
        command.args(["run", "--progress", "never", "--scenarios"]).arg(scenarios).arg("--target").arg(&target);
        command.arg("--report").arg(folder.0.join("report")).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let (mut wanted, mut said, mut clients, mut scenario) = (Vec::new(), String::new(), Vec::new(), String::new());
        for line in BufReader::new(child.stderr.take().expect("its words")).lines() {
            let line = line.expect("text");
            match line.strip_prefix("  start the client `one` within 5s: ") {
                Some(words) => {
                    let pairs = words.split(' ').map(|word| word.split_once('=').expect("name=value"));
                    let mut asked: Wanted = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                    asked.insert("scenario".to_owned(), scenario.clone());
                    clients.extend(comes(&asked).map(|misbehaviour| start(&asked, misbehaviour)));
                    wanted.push(asked);
                }
                None if !line.starts_with(' ') => line.split(": ").next().unwrap_or_default().clone_into(&mut scenario),
                None => {}
            }
            said += &format!("{line}\n");
        }
        let mut printed = String::new();
        child.stdout.take().expect("its report").read_to_string(&mut printed).expect("text");
        let code = child.wait().expect("it ends").code();
        let exits = clients.into_iter().map(|client| client.join().expect("no panic")).collect();
        Self { name: name.to_owned(), folder, code, wanted, said: said + &printed, exits }
    }

    fn verdicts(&self) -> Vec<(String, Outcome)> {
        self.folder.results().scenarios.into_iter().map(|one| (one.id, one.verdict)).collect()
    }

    /// `check` on the run's folder, with its report in another.
    fn check(&self, words: &[&str]) -> (Option<i32>, Folder, String) {
        let again = Folder::new(&format!("{}-again{}", self.name, words.join("").replace('/', "-")));
        let mut command = program();
        command.arg("check").arg(self.folder.0.join("report")).args(words);
        let output = command.arg("--report").arg(again.0.join("report")).output().expect("it runs");
        (output.status.code(), again, text(&output))
    }
}

/// Starts the reference client as a person would: by what was printed.
fn start(wanted: &Wanted, misbehaviour: Option<ClientMisbehaviour>) -> JoinHandle<Exit> {
    let address = format!("{}:{}", wanted["host"], wanted["port"]);
    let options = ClientOptions {
        mode: Mode::from_name(&wanted["mode"]).expect("a mode"),
        notification_type: Some(NotificationType(wanted["type"].parse().expect("a type"))),
        printer: Some(wanted["printer"].clone()).filter(|printer| !printer.is_empty()),
        count: Some(wanted["count"].parse().expect("a number")),
        misbehaviour,
        ..ClientOptions::default()
    };
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let client = PrintClient::new(options, Arc::new(TcpConnector::new(address)), Tap::off(), |_| {});
        runtime.block_on(async { timeout(LONG, client.run()).await.expect("it ends") })
    })
}

#[test]
fn whoever_comes_is_judged() {
    let run = Run::new("by-hand-all", |_| Some(None));
    assert_eq!(run.code, Some(0), "{}", run.said);
    assert_eq!(run.exits, [Exit::Done; 3]);
    let shown: Vec<String> = run
        .wanted
        .iter()
        .map(|wanted| {
            let told = wanted.iter().filter(|(name, _)| *name != "port");
            told.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        })
        .collect();
    let (ui, configuration) = ("f6853f92-eb31-4e23-b6e7-fd69056153f0", "2abad223-b994-4aca-82fd-4571b1b585ac");
    let account = "domain=LAB host=127.0.0.1";
    assert_eq!(
        shown,
        [
            format!(
                r"count=1 document=message-box {account} mode=bidirectional printer=\\PRINTSRV\office-laser scenario=bidirectional type={ui} user=zoe"
            ),
            format!(
                "count=2 document=configuration {account} mode=printer-configuration printer= scenario=configuration type={configuration} user=zoe"
            ),
            format!(
                "count=1 document=balloon {account} mode=unidirectional printer= scenario=unidirectional type={ui} user=zoe"
            ),
        ]
    );
    for words in [
        "bidirectional: A client answers a message box\n  start the client `one` within 5s: host=127.0.0.1 port=",
        "\n  `one`: call of CloseChannel that fits is waited for\n",
        "\n  the client `one` is not needed any more\nconfiguration: A client takes",
    ] {
        assert!(run.said.contains(words), "{words}\n{}", run.said);
    }
}

#[test]
fn whoever_does_not_come_leaves_a_scenario_undecided_and_the_run_goes_on() {
    let run = Run::new("by-hand-some", |wanted| (wanted["scenario"] != "configuration").then_some(None));
    assert_eq!(run.code, Some(1), "{}", run.said);
    let verdict = |id: &str, outcome| (id.to_owned(), outcome);
    let expected = [
        verdict("bidirectional", Outcome::Pass),
        verdict("configuration", Outcome::Inconclusive),
        verdict("unidirectional", Outcome::Pass),
    ];
    assert_eq!(run.verdicts(), expected, "{}", run.said);
    let port = &run.wanted[1]["port"];
    assert!(run.said.contains(&format!("\n  nobody connected to 127.0.0.1:{port} within 5s\n")), "{}", run.said);
    assert_eq!(run.exits, [Exit::Done; 2]);
}

/// Only the chosen party decides the exit; without a choice, the party that the run judged.
#[rstest]
#[case::good(None, [0, 0, 0, 0])]
#[case::misbehaving(Some(ClientMisbehaviour::UnregisteredTwice), [1, 0, 1, 1])]
fn a_recorded_client_is_judged_anew(#[case] misbehaviour: Option<ClientMisbehaviour>, #[case] codes: [i32; 4]) {
    let id = "PAN-3.1.1.4.2-11";
    let run = Run::new(&format!("by-hand-check-{}", misbehaviour.is_some()), |_| Some(misbehaviour));
    assert_eq!(run.code, Some(codes[0]), "{}", run.said);
    let choices: [(&[&str], &[&str], &str); 4] = [
        (&[], &["client"], "client"),
        (&["--party", "server"], &["server"], "server"),
        (&["--party", "client"], &["client"], "client"),
        (&["--party", "both"], &["client", "server"], "both"),
    ];
    for ((words, parties, name), code) in choices.into_iter().zip(codes) {
        let (ended, again, said) = run.check(words);
        assert_eq!(ended, Some(code), "{words:?}\n{said}");
        let results = again.results();
        assert!(results.scenarios.iter().all(|one| one.party == name), "{:?}", results.scenarios);
        assert_eq!(results.targets[0].party, name);
        let mut of: Vec<&str> = results.requirements.iter().map(|one| one.party.as_str()).collect();
        of.sort_unstable();
        of.dedup();
        assert_eq!(of, parties, "the table of requirements");
        let verdict = |id: &str| results.requirements.iter().find(|one| one.id == id).map(|one| one.verdict);
        let expected = match (parties.contains(&"client"), misbehaviour) {
            (true, Some(_)) => Some(RequirementVerdict::Fail),
            (true, None) => Some(RequirementVerdict::Pass),
            (false, _) => None,
        };
        assert_eq!(verdict(id), expected, "{words:?}");
        // What the run waived is waived here as well.
        if parties == ["client"] {
            assert_eq!(verdict("PAN-2.1-06"), Some(RequirementVerdict::Waived));
        }
    }
    if misbehaviour.is_some() {
        let known = run.folder.0.join("known.yaml");
        std::fs::write(&known, format!("deviations: [{{requirement: {id}, reason: it is being mended}}]\n"))
            .expect("a baseline");
        let known = known.display().to_string();
        let (ended, _, said) = run.check(&["--party", "both", "--baseline", &known]);
        assert_eq!(ended, Some(0), "{said}");
    }
}
