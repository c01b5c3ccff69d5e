//! `report.html` and the diagrams in it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use conformance::Config;
use conformance::event::{AssociationId, CallFinished, CallId, CallStarted, Event, Kind, Outcome as Ended};
use dcerpc::ContextHandle;
use mspan::method::{self, CreateOut};
use mspan::{Interface, Method};
use rstest::rstest;
use runner::check::config_of;
use runner::diagram::{Detail, Diagram, Drawing, Lifeline, Octets, Party, Row, RowKind};
use runner::judge::Judge;
use runner::report::{Gallery, Origin, Outcome, Results, Scenario, Severity, Summary, to_html, trace_jsonl};
use serde_json::Value;
use trace::{CallMark, ConnectionId, Mark, Time};

use crate::report::{finding, in_several_ways, results, scenario, variant};
use crate::run::{Folder, run, text};

/// The diagram of one scenario of the tests' own, as a run records it.
fn drawn(id: &str) -> Diagram {
    let folder = Folder::new(&format!("drawn-{}", id.replace('/', "-")));
    let words = [id, "--transfer-syntax", "ndr", "--security", "none", "--format", "json,html"];
    let output = run(&folder, &words).output().expect("it runs");
    let page = std::fs::read_to_string(folder.0.join("report/report.html"));
    assert!(
        page.expect("a page").contains("<svg class=\"seq\"") || output.status.code() == Some(0),
        "{}",
        text(&output)
    );
    let file = std::fs::File::open(folder.0.join(format!("report/scenarios/{id}/trace.jsonl"))).expect("a trace");
    let (header, entries) = trace_jsonl::read(std::io::BufReader::new(file)).expect("readable");
    let judge = Judge::new(config_of(&header), None, Default::default(), false).expect("rules");
    let (report, diagram) = judge.report_drawn(&entries);
    assert_eq!(report, judge.report(&entries), "drawing changes no verdict");
    diagram
}

/// A diagram as lines.
fn lines(diagram: &Diagram) -> String {
    let name = |at: usize| diagram.lifelines.get(at).map_or("?", |line| line.name.as_str());
    let mut out = String::new();
    for lifeline in &diagram.lifelines {
        writeln!(out, "{:?}: {}", lifeline.kind, lifeline.name).expect("memory");
    }
    for (index, row) in diagram.rows.iter().enumerate() {
        let line = row.line.map_or(String::new(), |line| format!(" :{line}"));
        let (kind, time) = (row.kind.name(), row.time.0);
        writeln!(out, "{index} {time}{line} {kind} {} > {}: {}", name(row.from), name(row.to), row.label)
            .expect("memory");
        for (field, value) in &row.detail.fields {
            writeln!(out, "    {field}: {value}").expect("memory");
        }
        for octets in &row.detail.octets {
            let (first, rest) = (hex::encode(&octets.first), octets.length - octets.first.len());
            writeln!(out, "    {}: {first} and {rest} more, {} withheld", octets.name, octets.token).expect("memory");
        }
    }
    for bar in &diagram.bars {
        writeln!(out, "bar of {} in lane {}: {} to {:?}", name(bar.lifeline), bar.lane, bar.first, bar.last)
            .expect("memory");
    }
    out
}

#[test]
fn a_run_becomes_a_diagram() {
    insta::assert_snapshot!("diagram", lines(&drawn("works/notification")));
}

fn row(event: u64, kind: RowKind, (from, to): (usize, usize), label: &str) -> Row {
    let detail = Detail {
        fields: vec![("method".to_owned(), label.to_owned())],
        octets: vec![Octets {
            name: "request, call_id 1".to_owned(),
            first: Bytes::from_static(&[5, 0]),
            length: 72,
            token: 0,
        }],
        further: 0,
    };
    let time = Time(event * 1_500_000);
    Row { event, also: Vec::new(), time, line: Some(31), kind, from, to, label: label.to_owned(), detail }
}

/// Two parties, a call, and what came back at the event of [`finding`].
fn small() -> Diagram {
    let lifeline = |kind, name: &str| Lifeline { kind, name: name.to_owned() };
    Diagram {
        lifelines: vec![lifeline(Party::Client, "alice"), lifeline(Party::Server, "server")],
        rows: vec![
            row(15, RowKind::Call, (0, 1), "UnregisterClient h1"),
            row(16, RowKind::Note, (1, 1), "something happens"),
            row(17, RowKind::Return, (1, 0), "S_OK"),
            row(18, RowKind::Lost, (1, 0), "no answer"),
        ],
        bars: vec![runner::diagram::Bar { lifeline: 0, lane: 0, first: 0, last: Some(2) }],
    }
}

fn gallery(results: &Results, diagram: &Diagram) -> Gallery {
    let mut gallery = Gallery::new(false);
    for row in &results.scenarios {
        gallery.hang(row, diagram.clone());
    }
    gallery
}

/// The blocks of a page, unpacked.
fn blocks(page: &str) -> Vec<Value> {
    let texts = page.split("<script type=\"text/plain\" id=\"b").skip(1);
    let texts = texts.map(|rest| rest.split('>').nth(1).and_then(|rest| rest.split('<').next()).expect("a block"));
    texts
        .map(|text| {
            let packed = STANDARD.decode(text).expect("base64");
            let octets = miniz_oxide::inflate::decompress_to_vec(&packed).expect("DEFLATE");
            serde_json::from_slice(&octets).expect("JSON")
        })
        .collect()
}

/// A page without what is the same in each, one element a line.
fn skeleton(page: &str) -> String {
    let body = page.split_once("<body>").expect("a body").1.split_once("<script").expect("blocks").0;
    body.replace("><", ">\n<")
}

#[test]
fn a_page_tells_what_the_other_reports_tell() {
    let results = results();
    let page = to_html(&results, Some(&gallery(&results, &small())));
    insta::assert_snapshot!("page", skeleton(&page));
    let blocks = blocks(&page);
    insta::assert_snapshot!("page-block", serde_json::to_string_pretty(&blocks[2]).expect("JSON"));
    assert_eq!(blocks.len(), results.scenarios.len());
}

#[test]
fn what_came_out_alike_is_one_article() {
    let results = in_several_ways();
    let page = to_html(&results, Some(&gallery(&results, &small())));
    assert_eq!(page.matches("<article").count(), 3, "two that fail, one that warns");
    assert!(
        page.contains("ndr, ndr64, ndr64 with ntlm-pkt") && page.contains("--transfer-syntax ndr64 a/differs"),
        "{page}"
    );
    assert!(
        page.contains("3 scenarios: <bdi>connection refused</bdi>")
            || page.contains("1 scenario: <bdi>connection refused")
    );
    let none = to_html(&results, None);
    assert!(
        !none.contains("<svg class=\"seq\"")
            && blocks(&none).iter().all(|block| block["p"] == Value::Array(Vec::new()))
    );
}

/// Words of a target that would be markup, or turn the order of others around, or end a script.
const HOSTILE: &str =
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u{202e}\u{2066}\0\u{1b}\u{85}\u{feff}]]>-->";

#[test]
fn hostile_words_stay_words() {
    let mut results = results();
    let hostile = || HOSTILE.to_owned();
    (results.targets[0].name, results.targets[0].address) = (hostile(), hostile());
    results.targets[0].readings.insert(hostile(), hostile());
    results.targets[0].waivers[0].key = hostile();
    for row in &mut results.scenarios {
        (row.title, row.reason, row.id) = (hostile(), Some(hostile()), format!("{}{HOSTILE}", row.id));
        row.notes = vec![hostile()];
        row.orders = vec![hostile()];
        row.variant.security = hostile();
        for found in &mut row.findings {
            (found.expected, found.actual, found.step) = (hostile(), hostile(), Some(hostile()));
            found.origin = Origin::Line { scenario: hostile(), line: Some(31) };
        }
    }
    results.command = vec!["pan-harness".to_owned(), "run".to_owned(), hostile()];
    let mut diagram = small();
    diagram.lifelines[0].name = hostile();
    for row in &mut diagram.rows {
        (row.label, row.detail.fields) = (hostile(), vec![(hostile(), hostile())]);
    }
    let page = to_html(&results, Some(&gallery(&results, &diagram)));
    let scripts = 1 + blocks(&page).len();
    assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (scripts, scripts));
    let markup: String =
        blocks(&page).iter().map(|block| strings(&block["r"], "h") + &strings(&block["p"], "s")).collect();
    for (name, words) in [("page", &page), ("blocks", &markup)] {
        assert!(words.contains("&lt;img src=x onerror=alert(1)&gt;"), "{name}: they are told");
        assert!(!words.contains("<img"), "{name}: an element");
        assert!(words.contains("‹U+202E›‹U+2066›␀␛‹U+0085›‹U+FEFF›"), "{name}: what can't be seen is named");
        let hidden = |c: char| matches!(c, '\0' | '\u{1b}' | '\u{85}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        assert!(!words.contains(hidden), "{name}: a hidden character");
    }
    assert!(!markup.contains("<script"), "a script in a block");
}

fn strings(values: &Value, key: &str) -> String {
    values.as_array().into_iter().flatten().filter_map(|value| value[key].as_str()).collect()
}

/// The policy names the digests of the style and the program that are there, and lets nothing else in.
#[test]
fn the_policy_is_that_of_the_page() {
    use sha2::{Digest as _, Sha256};
    let page = to_html(&results(), None);
    let policy =
        page.split("Content-Security-Policy\" content=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("it");
    let digest = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    let style = page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style");
    let program = page.rsplit("<script>").next().and_then(|rest| rest.split("</script>").next()).expect("a program");
    for words in ["default-src &#39;none&#39;", &format!("style-src &#39;sha256-{}", digest(style)), &digest(program)] {
        let plain = words.replace("&#39;", "'");
        assert!(policy.contains(words) || policy.contains(&plain), "{words} in {policy}");
    }
    for foreign in ["http://", "https://", "url(", "@import", " style=", " onclick="] {
        assert!(!page.replace("http-equiv", "").contains(foreign), "{foreign}");
    }
}

#[rstest]
#[case::simplest_first(&["ndr", "ndr64"])]
#[case::simplest_last(&["ndr64", "ndr"])]
fn passes_that_look_alike_share_a_diagram(#[case] order: &[&str]) {
    let mut gallery = Gallery::new(false);
    let of = |syntax: &str| Scenario {
        variant: variant(syntax, "none"),
        ..scenario("a/b", Outcome::Pass, None, Vec::new())
    };
    for syntax in order {
        // Times and octets differ, calls do not.
        let mut diagram = small();
        diagram.rows[0].time = Time(syntax.len() as u64);
        diagram.rows[0].detail.octets.clear();
        gallery.hang(&of(syntax), diagram);
    }
    let mut other = small();
    other.rows.truncate(2);
    gallery.hang(&Scenario { variant: variant("ndr", "ntlm-pkt"), ..of("ndr") }, other.clone());
    let fails = Scenario {
        variant: variant("ndr64", "ntlm-pkt"),
        ..scenario("a/b", Outcome::Fail, None, vec![finding(Severity::Fail)])
    };
    gallery.hang(&fails, small());
    for syntax in order {
        let row = of(syntax);
        let picture = gallery.picture(&row).expect("a picture");
        assert_eq!((picture.variant, picture.diagram.rows[0].time), (&variant("ndr", "none"), Time(3)));
    }
    let row = Scenario { variant: variant("ndr", "ntlm-pkt"), ..of("ndr") };
    assert_eq!(gallery.picture(&row).expect("its own, for it looks otherwise").diagram, &other);
    assert_eq!(gallery.picture(&fails).expect("its own, for it fails").variant, &fails.variant);
    assert!(gallery.picture(&scenario("a/c", Outcome::Pass, None, Vec::new())).is_none());
}

fn event(number: u64, kind: Kind) -> Event {
    Event { number, time: Time(number), entry: number, kind }
}

/// A call of Create and what comes of it, as the events 2n and 2n + 1.
fn call(number: u64) -> [Event; 2] {
    let (connection, association) = (ConnectionId(0), AssociationId(0));
    let mark = CallMark {
        connection,
        call_id: 1,
        actor: "alice".to_owned(),
        step: "call alice Create".to_owned(),
        line: 4,
        violates: Vec::new(),
    };
    let started = CallStarted {
        call: CallId(number),
        association,
        connection,
        call_id: 1,
        begun: Time(0),
        interface: Some(Interface::RemoteObject),
        opnum: 0,
        method: Some(Method::Create),
        protection: None,
        format: Default::default(),
        stub_length: 0,
        input: Some(method::In::new(Method::Create)),
        defects: Vec::new(),
        mark: Some(Box::new(mark)),
    };
    let output = method::Out::Create(CreateOut { remote_obj: ContextHandle::default(), ..CreateOut::default() });
    let outcome =
        Ended::Returned { output: Some(output), defects: Vec::new(), format: Default::default(), stub_length: 0 };
    let finished =
        CallFinished { call: CallId(number), method: Some(Method::Create), connection, association, outcome };
    [event(2 * number, Kind::CallStarted(started)), event(2 * number + 1, Kind::CallFinished(finished))]
}

#[test]
fn of_a_long_trace_the_ends_and_what_is_accused_are_kept() {
    let mut drawing = Drawing::default();
    for number in 0..5_000 {
        for event in call(number) {
            drawing.event(&event);
        }
        if number == 2_000 {
            drawing.accuse(4_001);
        }
    }
    let diagram = drawing.finish();
    assert_eq!(diagram.rows.len(), 400 + 1 + 1 + 1 + 200);
    let place = diagram.row_of(4_001).expect("it is kept");
    assert_eq!((diagram.rows[place].event, diagram.rows[place].kind), (4_001, RowKind::Return));
    let cuts: Vec<&str> =
        diagram.rows.iter().filter(|row| row.kind == RowKind::Cut).map(|row| row.label.as_str()).collect();
    assert_eq!(cuts, ["3601 rows are left out", "5798 rows are left out"]);
    assert_eq!(diagram.row_of(9_999), Some(diagram.rows.len() - 1));
}

/// What is no row of its own becomes one where a finding is about it.
#[test]
fn a_step_shows_when_it_is_accused() {
    let step = |line| Kind::Mark(Mark::StepBegins { step: format!("step {line}"), line });
    let mut drawing = Drawing::default();
    call(0).iter().for_each(|event| drawing.event(event));
    for number in 2..6 {
        drawing.event(&event(number, step(u32::try_from(number).expect("small"))));
    }
    drawing.accuse(4);
    let diagram = drawing.finish();
    let shown: Vec<(u64, &str)> = diagram.rows.iter().map(|row| (row.event, row.label.as_str())).collect();
    assert_eq!(shown.last(), Some(&(4, "step 4")));
    assert_eq!(shown.len(), 3);
}

/// A large page says what it leaves out, and failures keep their diagrams.
#[test]
fn a_page_has_a_limit_for_passes_alone() {
    let diagram = small();
    let mut results = results();
    let row = |number: usize| scenario(&format!("a/{number}"), Outcome::Pass, None, Vec::new());
    results.scenarios = (0..4).map(row).collect();
    results.scenarios.push(scenario("a/fails", Outcome::Fail, None, vec![finding(Severity::Fail)]));
    results.summary = Summary::of(&results.scenarios);
    let page = to_html(&results, Some(&gallery(&results, &diagram).limited(1_000)));
    let pictures: Vec<usize> =
        blocks(&page).iter().map(|block| block["p"].as_array().expect("pictures").len()).collect();
    assert_eq!((pictures[0], pictures[3], pictures[4]), (1, 0, 1));
    assert!(page.contains(" passes are left out"), "it says so");
    let mut all = Gallery::new(true);
    results.scenarios.iter().for_each(|row| all.hang(row, diagram.clone()));
    let page = to_html(&results, Some(&all));
    assert!(blocks(&page).iter().all(|block| block["p"].as_array().is_some_and(|pictures| pictures.len() == 1)));
    assert!(!page.contains(" passes are left out"), "all are there");
}

#[test]
fn the_config_of_a_judge_who_draws_is_that_of_one_who_does_not() {
    let judge = Judge::new(Config::default(), None, Default::default(), false).expect("rules");
    let (report, diagram) = judge.report_drawn(&[]);
    assert_eq!((report, diagram), (judge.report(&[]), Diagram::default()));
}
