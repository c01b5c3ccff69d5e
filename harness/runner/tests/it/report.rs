//! Reports: their forms from one model.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use rstest::rstest;
use runner::report::trace_jsonl::{self, Header, Keys};
use runner::report::{
    Coverage, Finding, Folder, Origin, Outcome, Requirement, RequirementVerdict, Results, Scenario, Severity, Spec,
    Styles, Summary, Target, Tool, Variant, Waiver, scenario_folder, to_json, to_junit, to_text,
};
use trace::stimulus::{Answer, Request};
use trace::{
    CallMark, Closed, ConnectionEnd, ConnectionId, ContextKey, Direction, End, Flaw, LocalEvent, Lost, Mark, Mechanism,
    Observation, Opened, Recorder, Seen, SessionKey, Time,
};
use zeroize::Zeroizing;

pub(crate) fn finding(verdict: Severity) -> Finding {
    Finding {
        rule: "MS-PAN/3.1.1.4.2/unregister-needs-registration".to_owned(),
        requirements: vec!["PAN-3.1.1.4.2-08".to_owned()],
        section: "3.1.1.4.2".to_owned(),
        level: "MUST NOT".to_owned(),
        party: "server".to_owned(),
        verdict,
        product_note: None,
        expected: "a failure HRESULT".to_owned(),
        actual: "success (0x00000000)".to_owned(),
        step: Some("call alice UnregisterClient".to_owned()),
        event: Some(17),
        origin: Origin::Line { scenario: "unidirectional/unregister-twice.yaml".to_owned(), line: Some(31) },
    }
}

pub(crate) fn variant(syntax: &str, security: &str) -> Variant {
    Variant { syntax: syntax.to_owned(), security: security.to_owned() }
}

pub(crate) fn scenario(id: &str, verdict: Outcome, reason: Option<&str>, findings: Vec<Finding>) -> Scenario {
    Scenario {
        id: id.to_owned(),
        title: format!("What {id} shows"),
        target: "embedded-server".to_owned(),
        party: "server".to_owned(),
        variant: variant("ndr", "none"),
        verdict,
        reason: reason.map(str::to_owned),
        known: None,
        duration_ms: 12.5,
        notes: Vec::new(),
        witnessed: None,
        orders: Vec::new(),
        seed: None,
        findings,
    }
}

pub(crate) fn results() -> Results {
    let scenarios = vec![
        scenario("a/passes", Outcome::Pass, None, vec![finding(Severity::Note)]),
        scenario("a/warns", Outcome::Pass, None, vec![finding(Severity::Warn)]),
        scenario(
            "a/fails/syntax:ndr",
            Outcome::Fail,
            None,
            vec![finding(Severity::Inconclusive), finding(Severity::Fail)],
        ),
        scenario("a/lacks", Outcome::Unsupported, Some("the target file has no `stimulus`"), Vec::new()),
        scenario("a/breaks", Outcome::Error, Some("connection refused"), Vec::new()),
        scenario("a/open", Outcome::Inconclusive, Some("its control a/passes did not pass"), Vec::new()),
    ];
    let requirements = requirements();
    Results {
        tool: Tool { name: "pan-harness".to_owned(), version: "0.0.0".to_owned() },
        spec: Spec { document: "MS-PAN".to_owned(), revision: "19.0".to_owned() },
        started: "2026-01-02T03:04:05Z".to_owned(),
        seed: 1,
        overlay: None,
        interrupted: false,
        command: vec!["pan-harness".to_owned(), "run".to_owned()],
        part: None,
        baseline: None,
        targets: vec![Target {
            id: "embedded-server".to_owned(),
            party: "server".to_owned(),
            address: "in memory".to_owned(),
            name: "reference server".to_owned(),
            waivers: vec![Waiver { key: "security".to_owned(), requirements: vec!["PAN-2.1-04".to_owned()] }],
            readings: BTreeMap::new(),
        }],
        summary: Summary::of(&scenarios),
        scenarios,
        coverage: Coverage::of(&requirements),
        requirements,
    }
}

fn requirements() -> Vec<Requirement> {
    let broken = Requirement {
        id: "PAN-3.1.1.4.2-08".to_owned(),
        section: "3.1.1.4.2".to_owned(),
        level: "MUST NOT".to_owned(),
        party: "server".to_owned(),
        verdict: RequirementVerdict::Fail,
        rules: vec!["MS-PAN/3.1.1.4.2/unregister-needs-registration".to_owned()],
        reason: None,
    };
    let unseen = Requirement {
        id: "PAN-3.1.1.1-01".to_owned(),
        section: "3.1.1.1".to_owned(),
        level: "SHOULD".to_owned(),
        verdict: RequirementVerdict::Exempt,
        rules: Vec::new(),
        reason: Some("only the behaviour counts".to_owned()),
        ..broken.clone()
    };
    vec![broken, unseen]
}

#[test]
fn json_has_the_shape_of_the_contract() {
    let text = to_json(&results()).expect("JSON");
    assert_eq!(serde_json::from_str::<Results>(&text).expect("readable"), results());
    let schema = schemars::schema_for!(Results).to_value();
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(jsonschema::validator_for(&schema).expect("a schema").is_valid(&json));
    insta::assert_snapshot!("results-json", text);
}

#[test]
fn junit_counts_what_did_not_pass() {
    let text = to_junit(&results()).expect("XML");
    insta::assert_snapshot!("results-junit", text);
}

#[test]
fn text_tells_what_failed_and_how_to_run_it_again() {
    let text = to_text(&results(), Styles::default());
    insta::assert_snapshot!("results-text", text);
    assert!(!text.contains('\u{1b}'), "no colours where nobody asks for them");
}

#[rstest]
#[case("a/b/syntax:ndr64", "ndr64", "none", "scenarios/a/b/syntax=ndr64")]
#[case("../../etc/x", "ndr", "none", "scenarios/etc/x")]
#[case("/a//b/.", "ndr", "none", "scenarios/a/b")]
#[case("a/b", "ndr64", "none", "scenarios/a/b.ndr64")]
#[case("a/b", "ndr64", "ntlm-pkt", "scenarios/a/b.ndr64.ntlm-pkt")]
#[case("a/b", "ndr", "ntlm-pkt", "scenarios/a/b.ntlm-pkt")]
fn a_scenario_has_a_folder_below_the_report(
    #[case] id: &str,
    #[case] syntax: &str,
    #[case] security: &str,
    #[case] folder: &str,
) {
    assert_eq!(scenario_folder(id, &variant(syntax, security)), folder);
}

/// What came of three scenarios in several ways: alike in all, alike in two of three, and a pass beside a failure.
pub(crate) fn in_several_ways() -> Results {
    let ways = [("ndr", "none"), ("ndr64", "none"), ("ndr64", "ntlm-pkt")];
    let spoken =
        |row: Scenario, (syntax, security): (&str, &str)| Scenario { variant: variant(syntax, security), ..row };
    let fails = || scenario("a/fails", Outcome::Fail, None, vec![finding(Severity::Fail)]);
    let warns = || scenario("a/warns", Outcome::Pass, None, vec![finding(Severity::Warn)]);
    let passes = || scenario("a/differs", Outcome::Pass, None, Vec::new());
    let lacks = || scenario("a/lacks", Outcome::Error, Some("connection refused"), Vec::new());
    let mut scenarios = Vec::new();
    for way in ways {
        // The event differs: it is not what anybody reads.
        let event = Finding { event: Some(scenarios.len() as u64), ..finding(Severity::Fail) };
        scenarios.push(spoken(Scenario { findings: vec![event], ..fails() }, way));
        scenarios.push(spoken(warns(), way));
        scenarios.push(spoken(lacks(), way));
    }
    scenarios.push(spoken(passes(), ways[0]));
    for way in &ways[1..] {
        scenarios.push(spoken(Scenario { id: "a/differs".to_owned(), ..fails() }, *way));
    }
    Results { summary: Summary::of(&scenarios), scenarios, ..results() }
}

#[test]
fn what_came_out_alike_in_several_ways_is_told_once() {
    let text = to_text(&in_several_ways(), Styles::default());
    insta::assert_snapshot!("several-ways-text", text);
    let junit = to_junit(&in_several_ways()).expect("XML");
    let names: Vec<&str> = junit.split("<testcase name=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!((names.len(), unique.len()), (12, 12), "{names:?}");
    assert!(names.contains(&"fails") && names.contains(&"fails [ndr64, ntlm-pkt]"), "{names:?}");
}

#[test]
fn a_folder_is_cleared_of_an_earlier_report_and_of_nothing_else() {
    let root = std::env::temp_dir().join(format!("pan-harness-folder-{}", std::process::id()));
    let fill = |out: &mut dyn std::io::Write| out.write_all(b"x");
    let folder = Folder::open(&root).expect("a folder");
    folder.write("results.json", |out| fill(out)).expect("written");
    folder.write("scenarios/a/trace.jsonl", |out| fill(out)).expect("written");
    folder.write("mine.txt", |out| fill(out)).expect("written");
    folder.write("scenarios/b/mine.yaml", |out| fill(out)).expect("written");
    folder.write("scenarios/b/trace.jsonl", |out| fill(out)).expect("written");
    let failed = folder.write("results.json", |_| Err(std::io::Error::other("disk full"))).expect_err("failed");
    assert!(failed.to_string().contains("results.json: disk full"), "{failed}");
    assert_eq!(std::fs::read(root.join("results.json")).expect("the whole file of before"), b"x");
    Folder::open(&root).expect("again");
    let left: Vec<_> =
        std::fs::read_dir(&root).expect("a folder").map(|entry| entry.expect("one").file_name()).collect();
    assert!(left.contains(&"mine.txt".into()) && !left.contains(&"results.json".into()), "{left:?}");
    assert!(root.join("scenarios/b/mine.yaml").exists(), "a file that is none of ours");
    assert!(!root.join("scenarios/b/trace.jsonl").exists() && !root.join("scenarios/a").exists());
    std::fs::remove_dir_all(&root).expect("removed");
}

fn header() -> Header {
    Header {
        trace: Header::version(),
        scenario: "a/b".to_owned(),
        title: "What a/b shows".to_owned(),
        file: "a/b.yaml".to_owned(),
        vantage: "client".to_owned(),
        party: "server".to_owned(),
        source: "exclusive".to_owned(),
        prompt: 5_000_000_000,
        still_pending: 300_000_000,
        syntax: "ndr".to_owned(),
        security: "none".to_owned(),
        server_name: Some("PRINTSRV".to_owned()),
        packet_level: Some("signed".to_owned()),
        readings: BTreeMap::from([("SD-04".to_owned(), "text".to_owned())]),
        waived: BTreeSet::from(["PAN-2.1-06".to_owned()]),
    }
}

#[test]
fn a_failing_order_is_shown_with_the_seed_that_gives_it_again() {
    let mut results = results();
    results.scenarios[2].orders = vec!["line 7: right, left".to_owned()];
    results.scenarios[2].seed = Some(4_294_967_303);
    results.command = ["pan-harness", "run", "--seed", "7", "--thorough"].map(str::to_owned).to_vec();
    let text = to_text(&results, Styles::default());
    let lines =
        "     order of branches, line 7: right, left\n     again: pan-harness run --thorough --seed 4294967303 ";
    assert!(text.contains(lines), "{text}");
}

#[test]
fn an_overlay_and_readings_stand_in_the_report() {
    let mut results = results();
    results.overlay = Some("windows".to_owned());
    results.targets[0].readings = BTreeMap::from([("SD-04".to_owned(), "text".to_owned())]);
    results.scenarios[0].findings[0].product_note = Some("PAN-7-12".to_owned());
    let text = to_text(&results, Styles::default());
    let lines = "readings of embedded-server: SD-04: text\noverlay `windows`: 1 finding noted as the product's known way\n  \
                 PAN-7-12: 1 finding of MS-PAN/3.1.1.4.2/unregister-needs-registration\n";
    assert!(text.contains(lines), "{text}");
    let json = to_json(&results).expect("JSON");
    for words in [r#""overlay": "windows""#, r#""SD-04": "text""#, r#""product_note": "PAN-7-12""#] {
        assert!(json.contains(words), "{words} in {json}");
    }
}

fn authenticated(connection: ConnectionId, auth_context_id: Option<u32>) -> Seen {
    let (user, administrator) = ("alice".into(), true);
    Seen::Local(LocalEvent::Authenticated { connection, auth_context_id, user, administrator })
}

fn key(connection: ConnectionId, mechanism: Option<Mechanism>) -> Seen {
    let key = mechanism.map(|mechanism| SessionKey { mechanism, octets: Zeroizing::new(vec![0xC5; 16]) });
    Seen::Key(ContextKey { connection, auth_context_id: 79_231, key })
}

#[test]
fn keys_stay_out_of_a_file_that_is_not_to_hold_them() {
    let mechanism = Mechanism::Ntlm { flags: 0xE208_8235, first_sequence_number: 0 };
    let mut recorder = Recorder::new();
    recorder.record(Time(0), key(ConnectionId(0), Some(mechanism)));
    recorder.record(Time(1), Seen::End(End::Complete));
    let mut file = Vec::new();
    trace_jsonl::write(&mut file, &header(), recorder.entries(), Keys::Withheld).expect("written");
    let (_, entries) = trace_jsonl::read(file.as_slice()).expect("readable");
    // The numbers of what follows are those of the run.
    let numbers: Vec<_> = entries.iter().map(|entry| (entry.sequence, entry.seen.clone())).collect();
    assert_eq!(numbers, [(0, key(ConnectionId(0), None)), (1, Seen::End(End::Complete))]);
    let text = String::from_utf8(file).expect("text");
    assert!(!text.contains("c5c5") && !text.contains("3792208437"), "{text}");
    let shown = format!("{:?}", recorder.entries());
    assert!(!shown.contains("197") && !shown.to_lowercase().contains("c5"), "{shown}");
}

#[test]
fn a_trace_survives_its_file() {
    let connection = ConnectionId(0);
    let by = Direction::ToClient;
    let mark = CallMark {
        connection,
        call_id: 7,
        actor: "alice".to_owned(),
        step: "call alice Create".to_owned(),
        line: 3,
        violates: vec!["PAN-3.1.1.4.2-10".to_owned()],
    };
    let seen = [
        Seen::Mark(Mark::StepBegins { step: "call alice Create".to_owned(), line: 3 }),
        Seen::Opened(Opened { connection, client: "a".into(), server: "b".into(), actor: Some("alice".into()) }),
        Seen::Mark(Mark::Call(mark)),
        Seen::Octets(Observation { connection, direction: by.reversed(), octets: Bytes::from_static(&[5, 0, 0xff]) }),
        Seen::Lost(Lost { connection, direction: by, octets: Some(4) }),
        Seen::Lost(Lost { connection, direction: by, octets: None }),
        Seen::Mark(Mark::Late { nanoseconds: 12 }),
        Seen::Mark(Mark::Launched { client: "one".to_owned(), wants: 2 }),
        Seen::StimulusAsked { number: 0, request: Box::new(Request::Nonsense { verb: "dance".into() }) },
        Seen::StimulusAnswered { number: 0, answer: Answer::Refused { error: "no".into(), unsupported: true } },
        Seen::StimulusAsked { number: 1, request: Box::new(Request::Shutdown) },
        Seen::StimulusAnswered { number: 1, answer: Answer::Silent { why: "gone".into() } },
        authenticated(connection, None),
        authenticated(connection, Some(79_231)),
        Seen::Local(LocalEvent::FalseCredentials { connection, user: "alice".into(), flaw: Flaw::UnknownUser }),
        Seen::Local(LocalEvent::FalseCredentials { connection, user: "alice".into(), flaw: Flaw::ExpiredTicket }),
        Seen::Local(LocalEvent::Unreachable {
            server: "10.0.0.1:49670".into(),
            actor: Some("alice".into()),
            error: "Connection refused".into(),
        }),
        Seen::Local(LocalEvent::MapperOffered { client: "one".into(), address: "127.0.0.1:135".into() }),
        key(connection, Some(Mechanism::Ntlm { flags: 0xE208_8235, first_sequence_number: 1 })),
        key(connection, Some(Mechanism::Kerberos { encryption_type: 18, acceptor_subkey: true })),
        key(connection, None),
        Seen::Mark(Mark::StepEnds { line: 3 }),
        Seen::Closed(Closed { connection, how: ConnectionEnd::Broken { by, error: "reset".into() } }),
        Seen::Closed(Closed { connection, how: ConnectionEnd::Orderly { by } }),
        Seen::End(End::CutShort),
        Seen::End(End::Complete),
    ];
    let mut recorder = Recorder::new();
    for (nanoseconds, seen) in (0..).zip(seen) {
        recorder.record(Time(nanoseconds), seen);
    }
    let mut file = Vec::new();
    trace_jsonl::write(&mut file, &header(), recorder.entries(), Keys::Written).expect("written");
    let (read_header, entries) = trace_jsonl::read(file.as_slice()).expect("readable");
    assert_eq!(read_header, header());
    assert_eq!(entries, recorder.entries());
    insta::assert_snapshot!("trace-jsonl", String::from_utf8(file).expect("text"));
}

#[rstest]
#[case("", "the file is empty")]
#[case("{\"trace\":1}\n", "line 1: no header: missing field")]
#[case("HEADER\nrubbish\n", "line 2: expected value")]
#[case("HEADER\n{\"sequence\":1,\"time\":0,\"seen\":\"end\",\"complete\":true}\n", "line 2: sequence 1; expected 0")]
#[case("HEADER\n{\"sequence\":0,\"time\":0,\"seen\":\"dance\"}\n", "line 2: unknown variant `dance`")]
#[case(
    "HEADER\n{\"sequence\":0,\"time\":0,\"seen\":\"octets\",\"connection\":0,\"direction\":\"to-client\",\"octets\":\"0g\"}\n",
    "line 2: octets:"
)]
#[case(
    "HEADER\n{\"sequence\":0,\"time\":0,\"seen\":\"session-key\",\"connection\":0,\"auth_context_id\":1,\"key\":{\"mechanism\":\"kerberos\",\"encryption_type\":18,\"acceptor_subkey\":false,\"octets\":\"5ec5ecx\"}}\n",
    "line 2: key: expected octets as an even number of hexadecimal digits"
)]
#[case("HEADER\n{\"sequence\":0", "line 2: no line end")]
fn a_bad_trace_is_refused_by_line(#[case] file: &str, #[case] words: &str) {
    let file = file.replace("HEADER", &serde_json::to_string(&header()).expect("JSON"));
    let error = trace_jsonl::read(file.as_bytes()).expect_err("refused");
    assert!(error.contains(words), "{error}");
    assert!(!error.contains("5ec5ec"), "a key is no text: {error}");
}

#[test]
fn a_trace_of_another_version_is_refused() {
    let mut file = Vec::new();
    trace_jsonl::write(&mut file, &Header { trace: 2, ..header() }, &[], Keys::Withheld).expect("written");
    let error = trace_jsonl::read(file.as_slice()).expect_err("refused");
    assert!(error.contains("version 2 of the form; this program reads version 1"), "{error}");
}
