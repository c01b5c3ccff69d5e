//! `run.pcapng`: what is read back from it is what was seen, and is judged as it was live.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use conformance::{Party, Severity};
use rstest::rstest;
use runner::check::config_of;
use runner::judge::Judge;
use runner::report::run_pcapng::{self, Recording};
use runner::report::{Outcome, Results, Scenario, trace_folder, trace_jsonl};
use trace::{Entry, Seen};

use crate::run::{Folder, Served, program, scenarios, text};

/// Scenarios of many or large messages, which take a test build too long; `ci/pcapng` takes them too.
pub(crate) const LARGE: &str = "channel/largest-response,channel/largest-final-response,channel/larger-response,\
    channel/larger-final-response,channel/ten-mebioctets,unidirectional/ten-mebioctets,registration/limit,\
    smoke/one-mebioctet,channel/response-sizes,channel/final-response-sizes,unidirectional/sizes,race/hundred-rounds";

/// Runs scenarios of the project, and gives what came of them.
fn ran(folder: &Folder, words: &[&str]) -> Results {
    let mut command = program();
    command.current_dir(scenarios("../..")).args(["run", "--progress", "never"]).args(words);
    let output = command.arg("--report").arg(folder.0.join("report")).output().expect("it runs");
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", text(&output));
    folder.results()
}

fn file(folder: &Folder, row: &Scenario) -> PathBuf {
    folder.0.join("report").join(trace_folder(row)).join(run_pcapng::NAME)
}

fn recording(folder: &Folder, row: &Scenario) -> Recording {
    let file = file(folder, row);
    run_pcapng::read(File::open(&file).expect("a capture")).unwrap_or_else(|why| panic!("{}: {why}", row.id))
}

/// What rules found, as far as both forms tell it: rule, verdict, and number of the event.
type Found = Vec<(String, String, Option<u64>)>;

/// Reads a run's capture and compares it with the trace beside it and with what was found live.
fn compare(folder: &Folder, row: &Scenario) {
    let recording = recording(folder, row);
    let trace = folder.0.join("report").join(trace_folder(row)).join("trace.jsonl");
    let (header, entries) = trace_jsonl::read(BufReader::new(File::open(trace).expect("a trace"))).expect("readable");
    assert_eq!(recording.header, header, "{}", row.id);
    let first_other = recording.entries.iter().zip(&entries).find(|(one, other)| one != other);
    assert_eq!(first_other, None, "{}", row.id);
    assert_eq!(recording.entries.len(), entries.len(), "{}", row.id);
    // What is the same is judged alike: where nothing was found, the rules need not be asked again.
    if row.findings.is_empty() && !row.id.starts_with("smoke/") {
        return;
    }
    let judge = Judge::new(config_of(&header), None, header.waived.clone(), false).expect("rules");
    let party = if row.party == "client" { Party::Client } else { Party::Server };
    let report = judge.report(&recording.entries);
    let subject = runner::judge::Subject { file: header.file.clone(), covers: Vec::new(), party };
    let by_party = judge.findings(&subject, &report).into_iter().filter(|finding| finding.party == row.party);
    let read: Found = by_party.map(|found| (found.rule, format!("{:?}", found.verdict), found.event)).collect();
    let live = row.findings.iter().filter(|finding| finding.rule != "scenario");
    let live: Found = live.map(|found| (found.rule.clone(), format!("{:?}", found.verdict), found.event)).collect();
    assert_eq!(read, live, "{}", row.id);
}

fn compare_all(folder: &Folder, results: &Results) -> usize {
    let ran = results.scenarios.iter().filter(|row| row.verdict != Outcome::Unsupported);
    ran.map(|row| compare(folder, row)).count()
}

/// All scenarios against the reference server and client, in memory and over TCP.
#[test]
fn every_scenario_is_read_back_as_it_was_seen() {
    let folder = Folder::new("read-back");
    let words = ["--transfer-syntax", "ndr", "--security", "none", "--exclude"];
    let mut words = words.to_vec();
    words.extend(LARGE.split(',').flat_map(|id| [id, "--exclude"]));
    words.pop();
    let results = ran(&folder, &words);
    assert!(compare_all(&folder, &results) > 350, "{:?}", results.summary);
    assert!(results.scenarios.iter().any(|row| row.target == "embedded-server-tcp"));
    let long = results.scenarios.iter().filter(|row| row.id.starts_with("smoke/fragments"));
    let octets: Vec<_> = long.map(|row| std::fs::read(file(&folder, row)).expect("a capture")).collect();
    let packed = |octets: &Vec<u8>| octets.windows(12).any(|window| window == br#"{"deflated":"#);
    assert!(!octets.is_empty() && octets.iter().all(packed), "their long lines are compressed");
}

/// Servers that do something wrong, over TCP.
#[rstest]
#[case("second-unregister-succeeds", "unregistration/twice")]
#[case("create-returns-s-false", "remote-object/")]
#[case("get-notification-returns-s-false", "smoke/unidirectional")]
#[case("channel-count-too-large", "smoke/bidirectional")]
fn what_is_found_is_found_in_the_capture(#[case] misbehaviour: &str, #[case] selector: &str) {
    let (folder, served) = (Folder::new(misbehaviour), Served::new(&["--misbehave", misbehaviour]));
    let results = ran(&folder, &[selector, "--target", &served.target(&folder)]);
    compare_all(&folder, &results);
    assert!(results.scenarios.iter().any(|row| row.verdict == Outcome::Fail), "{:?}", results.summary);

    // And so it is by the program, which names packets.
    let failed = results.scenarios.iter().find(|row| row.verdict == Outcome::Fail).expect("one");
    let file = file(&folder, failed);
    let mut command = program();
    command.args(["check", "--party", "server"]).arg(&file).arg("--report").arg(folder.0.join("report"));
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let again = folder.results();
    let checked = &again.scenarios[0];
    assert_eq!((checked.verdict, checked.title.as_str()), (Outcome::Fail, failed.title.as_str()));
    assert_eq!((&checked.variant, &checked.party), (&failed.variant, &failed.party));
    assert!(text(&output).contains("packet "), "{}", text(&output));
}

/// Keys are in a capture only where that was asked for, and with them what was sealed is judged alike.
#[test]
fn keys_stay_out_of_captures_that_are_not_to_hold_them() {
    let folder = Folder::new("sealed-runs");
    let words = ["smoke/unidirectional", "smoke/bidirectional", "--security", "negotiate-privacy"];
    let results = ran(&folder, &[&words[..], &["--write-keys"]].concat());
    let mut keys = BTreeMap::new();
    for row in &results.scenarios {
        compare(&folder, row);
        keys.insert(trace_folder(row), found_keys(&recording(&folder, row).entries));
    }
    assert!(keys.values().all(|keys| !keys.is_empty()), "{keys:?}");
    let results = ran(&folder, &words);
    for row in &results.scenarios {
        assert_eq!(found_keys(&recording(&folder, row).entries), Vec::<Vec<u8>>::new());
        let octets = std::fs::read(file(&folder, row)).expect("a capture");
        assert!(!octets.windows(8).any(|window| window == b"\"octets\""), "{}", row.id);
    }
}

fn found_keys(entries: &[Entry]) -> Vec<Vec<u8>> {
    let keys = entries.iter().filter_map(|entry| match &entry.seen {
        Seen::Key(key) => key.key.as_ref(),
        _ => None,
    });
    keys.map(|key| key.octets.to_vec()).collect()
}

/// A folder of a report is judged once, though each run lies in it in two forms.
#[test]
fn a_run_is_judged_once() {
    let folder = Folder::new("judged-once");
    let results = ran(&folder, &["smoke/unidirectional", "--transfer-syntax", "ndr", "--security", "none"]);
    let mut command = program();
    command.arg("check").arg(folder.0.join("report")).arg("--report").arg(folder.0.join("again"));
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let counted = format!("scenarios: {} pass", results.scenarios.len());
    assert!(text(&output).contains(&counted), "{}", text(&output));
}

/// The file of a run of which some octets were changed.
fn changed(change: impl FnOnce(&mut Vec<u8>)) -> Result<Recording, String> {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = Folder::new(&format!("changed-{number}"));
    let results = ran(&folder, &["smoke/unidirectional", "--transfer-syntax", "ndr", "--security", "none"]);
    let row = results.scenarios.iter().find(|row| row.target == "embedded-server").expect("in memory");
    let mut octets = std::fs::read(file(&folder, row)).expect("a capture");
    assert!(run_pcapng::is_ours(octets.as_slice()));
    change(&mut octets);
    run_pcapng::read(octets.as_slice())
}

fn replace(octets: &mut [u8], from: &[u8], to: &[u8]) {
    let at = octets.windows(from.len()).position(|window| window == from).expect("it is there");
    octets[at..at + to.len()].copy_from_slice(to);
}

#[rstest]
#[case::comment("\"seen\":\"opened\"", "\"seen\":\"invent\"", "packet 1: comment: unknown variant `invent`")]
#[case::version("\"trace\":1", "\"trace\":9", "packet 1: version 9 of the form; this program reads version 1")]
#[case::header("\"vantage\":", "\"vintage\":", "packet 1: comment: unknown field `vintage`")]
#[case::not_json("{\"sequence\":0", "{\"sequence\";0", "packet 1: comment: expected `:`")]
fn comments_that_can_not_be_read_are_told(#[case] from: &str, #[case] to: &str, #[case] expected: &str) {
    let error = changed(|octets| replace(octets, from.as_bytes(), to.as_bytes())).expect_err("an error");
    assert!(error.starts_with(expected), "{error}");
}

/// Whoever cuts the end off has a run that was cut short.
#[test]
fn a_capture_without_its_end_is_cut_short() {
    let recording = changed(|octets| {
        let length = u32::from_le_bytes(octets[octets.len() - 4..].try_into().expect("four octets"));
        let length = usize::try_from(length).expect("a length");
        octets.truncate(octets.len() - length);
    })
    .expect("readable");
    let last = recording.entries.last().map(|entry| &entry.seen);
    assert_eq!(last, Some(&Seen::End(trace::End::CutShort)));
    let judge = Judge::new(config_of(&recording.header), None, Default::default(), false).expect("rules");
    assert!(!judge.report(&recording.entries).has(Party::Server, Severity::Warn));
}
