//! `compare`: what two recordings differ in, and how much it matters.

use std::path::Path;
use std::sync::OnceLock;

use conformance::compare::{Accused, Class, Comparison, Side, references};
use dcerpc::security::Level;
use peer::{ClientVariant, Variant};
use rstest::rstest;
use runner::compare::recordings;
use runner::recording::Recording;
use runner::report::run_pcapng;
use runner::report::trace_jsonl::{self, Keys};
use runner::scenario::meant::Scenario;
use runner::scenario::{Library, Root};
use runner::selftest::rehearse;
use trace::{Entry, Mark, Seen};

use crate::check_sealed::{SESAME, captured, conversation, target};
use crate::run::{Folder, program, text};
use crate::scrub::bare;
use crate::witness::golden;

/// The scenario of that id; of a family, the first.
pub(crate) fn scenario(id: &str) -> &'static Scenario {
    static ALL: OnceLock<Vec<Scenario>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        Library::load(&Root::Embedded).unwrap_or_else(|problems| panic!("{} problems", problems.len())).scenarios
    });
    let found = all.iter().find(|one| one.id == id).or_else(|| all.iter().find(|one| one.family == id));
    found.unwrap_or_else(|| panic!("no scenario {id}"))
}

/// What the reference server or client of that conduct records of a scenario.
pub(crate) fn recorded(conduct: Option<&str>, id: &str, seed: u64) -> Recording {
    rehearse(conduct, scenario(id), seed).unwrap().unwrap_or_else(|| panic!("{id} can't run against {conduct:?}"))
}

/// All differences in lines, for a test that fails.
pub(crate) fn told(comparison: &Comparison) -> String {
    let line = |one: &conformance::compare::Difference| {
        let side = |pair| if comparison.call(Side::Left, pair).is_some() { Side::Left } else { Side::Right };
        let call = one.pair.map(|pair| comparison.lines(side(pair), pair).remove(0));
        format!("{:?} {call:?} {:?}: {} | {} | {}\n", one.class, one.subject, one.left, one.right, one.reason)
    };
    comparison.differences().iter().map(line).collect()
}

const SERVERS: [&str; 18] = [
    "smoke/unidirectional",
    "smoke/bidirectional",
    "channel/whole-conversation",
    "channel/source-closes-while-a-response-waits",
    "bidirectional/three-channels-in-one-call",
    "bidirectional/two-associations",
    "matching/type-differs-in-the-last-octet",
    "matching/two-clients",
    "remote-object/handle-is-refused-in-another-association",
    "remote-object/handle-is-run-down-with-its-association",
    "rpc/cancelled-call",
    "rpc/several-connections",
    "rpc/other-protocol",
    "unidirectional/every-registration-gets-its-copy",
    "unidirectional/five-in-a-queue",
    "unregistration/overtakes-get-notification",
    "unregistration/overtakes-get-new-channel-on-one-connection",
    "endpoint/towers",
];

const CLIENTS: [&str; 5] = [
    "client/order/unidirectional",
    "client/order/bidirectional",
    "client/async-ui/message-box",
    "client/errors/register-fails",
    "client/faults/printer-deleted",
];

#[test]
fn the_same_scenario_with_another_seed_is_the_same() {
    for id in SERVERS.into_iter().chain(CLIENTS) {
        let comparison = recordings(&recorded(None, id, 1), &recorded(None, id, 2)).unwrap();
        assert_eq!(told(&comparison), "", "{id}");
        assert!(comparison.pairs().iter().all(|pair| pair.left.is_some() && pair.right.is_some()), "{id}");
        assert!(!comparison.pairs().is_empty() || id == "rpc/other-protocol", "{id}");
    }
}

/// Who acquires a channel is another client with another seed; nothing else differs.
#[test]
fn who_wins_a_race_is_nobodys_fault() {
    let comparison = recordings(&recorded(None, "race/final-responses", 1), &recorded(None, "race/final-responses", 2));
    let comparison = comparison.unwrap();
    assert!(comparison.differences().iter().all(|one| one.class == Class::Allowed), "{}", told(&comparison));
}

#[rstest]
#[case("create-returns-s-false", "remote-object/create-returns-a-handle", "PAN-3.1.2.4.1-05")]
#[case("referral-not-null", "registration/no-referral", "PAN-3.1.1.4.1-12")]
#[case("second-unregister-succeeds", "unregistration/twice", "PAN-3.1.1.4.2-09")]
#[case("get-notification-returns-s-false", "smoke/unidirectional", "PAN-3.1.1.4.5-09")]
#[case("notification-type-is-null", "smoke/unidirectional", "PAN-3.1.1.4.5-03")]
#[case("out-size-counts-characters", "smoke/unidirectional", "PAN-3.1.1.4.5-06")]
#[case("close-echoes-handle", "smoke/bidirectional", "PAN-3.1.1.4.6-04")]
#[case("delete-echoes-handle", "remote-object/delete-returns-null", "PAN-3.1.2.4.2-05")]
#[case("gives-up", "client/errors/register-given-up", "PAN-3.1.1.4.1-24")]
#[case("first-call-releases", "client/async-ui/custom-data-with-reply", "PAN-3.1.1.4.4-06")]
fn a_breach_is_told_of_the_side_that_does_it(#[case] name: &str, #[case] id: &str, #[case] requirement: &str) {
    let (good, bad) = (recorded(None, id, 1), recorded(Some(name), id, 1));
    for (left, right, accused) in [(&good, &bad, Accused::Right), (&bad, &good, Accused::Left)] {
        let comparison = recordings(left, right).unwrap();
        let of = |one: &&conformance::compare::Difference| one.references.contains(&requirement);
        let found = comparison.differences().iter().find(of);
        let found = found.unwrap_or_else(|| panic!("{}", told(&comparison)));
        let is_should = requirement == "PAN-3.1.1.4.1-12" || requirement == "PAN-3.1.1.4.1-24";
        assert_eq!(
            found.class,
            if is_should { Class::Allowed } else { Class::Breach(accused) },
            "{}",
            told(&comparison)
        );
        let other = if accused == Accused::Right { Accused::Left } else { Accused::Right };
        let is_accused = |one: &conformance::compare::Difference| one.class == Class::Breach(other);
        assert!(!comparison.differences().iter().any(is_accused), "{}", told(&comparison));
    }
}

/// Scenarios that show what a variant does.
fn showing(variant: Variant) -> &'static [&'static str] {
    match variant {
        Variant::CodesReturned => {
            &["unregistration/overtakes-get-notification", "unidirectional/second-call-while-one-waits"]
        }
        Variant::TerminationThrownAsWin32 | Variant::TerminationThrownAsCancel => {
            &["unregistration/overtakes-get-notification", "unregistration/overtakes-get-new-channel"]
        }
        Variant::UnregisterReturnsSFalse => &["smoke/unidirectional"],
        Variant::NotRegisteredFaults => &[
            "unregistration/twice",
            "unregistration/of-an-object-never-registered",
            "bidirectional/without-a-registration",
        ],
        // In the simplest way nothing of these shows, or only to ten thousand calls.
        Variant::LimitReportedAsMeant | Variant::PacketLevelRequired => &[],
        Variant::OldestNotificationLost => &["unidirectional/more-than-the-queue-holds"],
        Variant::ReleaseRepeated => &["printer/deleted-and-called-again"],
        Variant::ClosedChannelIsError => &["channel/source-closes-between-two-calls"],
        Variant::LostClosedChannelIsError => &["race/after-the-owner-has-closed"],
        Variant::OwnCloseFailsBlockedCall => &["channel/release-overtakes-a-waiting-response"],
        Variant::ReleaseWithEmptyData => &["channel/source-closes-while-a-response-waits"],
        Variant::LocalTowers => &["endpoint/towers"],
        Variant::NdrOnly => &["rpc/both-transfer-syntaxes"],
        Variant::BigEndian | Variant::SmallFragments => &["smoke/unidirectional", "smoke/bidirectional"],
        Variant::NoMultiplexing => &["rpc/several-calls-on-one-connection"],
    }
}

#[test]
fn what_variants_of_the_server_do_is_allowed() {
    let mut wrong = String::new();
    // It refuses these conversations from the first call on, for nothing protects them: there is nothing to lay side by side.
    for variant in Variant::ALL.iter().filter(|variant| **variant != Variant::PacketLevelRequired) {
        let mut shows = false;
        for id in showing(*variant).iter().chain(&SERVERS[..2]) {
            let Some(right) = rehearse(Some(variant.name()), scenario(id), 1).unwrap() else { continue };
            let comparison = recordings(&recorded(None, id, 1), &right).unwrap();
            shows |= !comparison.differences().is_empty();
            if comparison.differences().iter().any(|one| one.class != Class::Allowed) {
                wrong += &format!("{} in {id}:\n{}", variant.name(), told(&comparison));
            }
        }
        let is_hidden = matches!(
            variant,
            Variant::LimitReportedAsMeant
                | Variant::ReleaseRepeated
                | Variant::LostClosedChannelIsError
                | Variant::NdrOnly
        );
        if !shows && !is_hidden {
            wrong += &format!("{}: nothing differs\n", variant.name());
        }
    }
    assert_eq!(wrong, "");
}

/// What peers do wrong, and a scenario that shows it.
const WRONG: [(&str, &str); 8] = [
    ("create-returns-s-false", "remote-object/create-returns-a-handle"),
    ("second-unregister-succeeds", "unregistration/twice"),
    ("notification-type-is-null", "smoke/unidirectional"),
    ("out-size-counts-characters", "smoke/unidirectional"),
    ("close-echoes-handle", "smoke/bidirectional"),
    ("loser-close-returns-zero", "race/final-responses"),
    ("gives-up", "client/errors/register-given-up"),
    ("first-call-releases", "client/async-ui/custom-data-with-reply"),
];

/// A run, its trace, its capture, and what anybody would have captured of it, are the same.
#[test]
fn a_run_is_what_it_recorded() {
    let folder = Folder::new("compare-own");
    let well = SERVERS.into_iter().chain(CLIENTS).map(|id| (None, id));
    let badly = WRONG.into_iter().map(|(conduct, id)| (Some(conduct), id));
    for (conduct, id) in well.chain(badly) {
        let run = recorded(conduct, id, 1);
        let trace = written(&folder, "trace.jsonl", &run);
        let capture = folder.0.join(run_pcapng::NAME);
        let header = run.header.as_ref().unwrap();
        let about = run_pcapng::Told { header, start: 1_700_000_000_000_000_000, verdict: "", found: &[] };
        let file = std::fs::File::create(&capture).unwrap();
        run_pcapng::write(file, &about, &run.entries, Keys::Withheld).unwrap();
        let plain = folder.0.join("bare.pcapng");
        std::fs::write(&plain, bare(&run.entries)).unwrap();
        let read = |file: &Path| Recording::read(file).unwrap_or_else(|why| panic!("{id}: {why}"));
        let (trace, capture, plain) = (read(Path::new(&trace)), read(&capture), read(&plain));
        assert_eq!(capture.header, trace.header, "{id}");
        for (left, right) in [(&run, &trace), (&trace, &capture), (&capture, &trace), (&run, &recorded(conduct, id, 1))]
        {
            assert_eq!(told(&recordings(left, right).unwrap()), "", "{conduct:?} {id}");
        }
        // What was never sent, such as a connection that was not opened, no capture shows, nor what our side breaks on purpose.
        let is_bad = |entry: &Entry| matches!(&entry.seen, Seen::Mark(Mark::Call(mark)) if !mark.violates.is_empty());
        if plain.speaks() && !run.entries.iter().any(is_bad) {
            assert_eq!(told(&recordings(&plain, &trace).unwrap()), "", "{conduct:?} {id}, bare");
        }
    }
}

/// Sealed captures are compared with the secrets that open them.
#[rstest]
#[case("ntlm in spnego")]
#[case("kerberos in spnego")]
#[tokio::test(start_paused = true)]
async fn what_is_sealed_is_compared_with_secrets(#[case] way: &str) {
    let folder = Folder::new(&format!("compare-sealed-{}", way.replace(' ', "-")));
    let [left, right] = ["left.pcap", "right.pcap"].map(|name| folder.0.join(name));
    for file in [&left, &right] {
        std::fs::write(file, captured(&conversation(way, Level::PRIVACY).await, None)).unwrap();
    }
    let target = target(&format!("compare-{}", way.replace(' ', "-")));
    let compared = |options: &[&str], passwords: &[(&str, &str)]| {
        let mut command = program();
        command.arg("compare").args([&left, &right]).args(options).envs(passwords.iter().copied());
        let output = command.output().unwrap();
        (output.status.code(), text(&output))
    };
    let (code, shown) = compared(&[], &[]);
    assert_eq!((code, shown.contains("calls can be read (the stub is sealed")), (Some(2), true), "{shown}");
    let target = target.display().to_string();
    let (code, shown) = compared(&["--target", &target], &SESAME);
    assert_eq!((code, shown.contains("no differences; 0 of 1 recording differ")), (Some(0), true), "{shown}");
    // The other user's calls stay sealed on both sides.
    let keytab = golden("server.keytab").display().to_string();
    let (code, shown) = compared(&["--keytab", &keytab], &[]);
    assert_eq!(code, Some(if way.starts_with("kerberos") { 0 } else { 2 }), "{shown}");
    let (code, shown) = compared(&["--keytab", "no-such-keytab"], &[]);
    assert_eq!((code, shown.contains("--keytab: the keytab no-such-keytab: ")), (Some(2), true), "{shown}");
    std::fs::remove_file(target).unwrap();
}

fn shown_by_client(variant: ClientVariant) -> &'static [&'static str] {
    match variant {
        ClientVariant::SteepIntervals => &["client/errors/register-fails"],
        ClientVariant::EntryPointsOutOfReach => &["client/async-ui/custom-ui-with-reply"],
        ClientVariant::FirstCallTyped => &["client/async-ui/message-box"],
        ClientVariant::EmptyPointers => &["client/order/bidirectional"],
        _ => &["client/order/after-a-notification"],
    }
}

#[test]
fn what_variants_of_the_client_do_is_allowed() {
    let mut wrong = String::new();
    for variant in ClientVariant::ALL {
        for id in shown_by_client(*variant).iter().chain(&CLIENTS[..2]) {
            let Some(right) = rehearse(Some(variant.name()), scenario(id), 1).unwrap() else { continue };
            let comparison = recordings(&recorded(None, id, 1), &right).unwrap();
            if comparison.differences().iter().any(|one| one.class != Class::Allowed) {
                wrong += &format!("{} in {id}:\n{}", variant.name(), told(&comparison));
            }
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn reasons_rest_on_the_catalogue() {
    for id in references() {
        let is_known =
            conformance::catalogue::requirement(id).is_some() || conformance::catalogue::spec_defect(id).is_some();
        assert!(is_known, "{id}");
    }
}

/// Writes a recording as a run does.
fn written(folder: &Folder, name: &str, recording: &Recording) -> String {
    let path = folder.0.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = std::fs::File::create(&path).unwrap();
    trace_jsonl::write(file, recording.header.as_ref().unwrap(), &recording.entries, Keys::Withheld).unwrap();
    path.display().to_string()
}

#[test]
fn the_program_tells_it_in_text_json_and_html() {
    let folder = Folder::new("compare-forms");
    let left = written(&folder, "left/scenarios/twice/trace.jsonl", &recorded(None, "unregistration/twice", 1));
    let bad = recorded(Some("second-unregister-succeeds"), "unregistration/twice", 2);
    written(&folder, "right/scenarios/twice/trace.jsonl", &bad);
    let (ours, theirs) = (folder.0.join("left"), folder.0.join("right"));
    let output = program().arg("compare").args([&ours, &theirs]).output().unwrap();
    let shown = text(&output).replace(&folder.0.display().to_string(), "FOLDER");
    assert_eq!(output.status.code(), Some(1), "{shown}");
    insta::assert_snapshot!("comparison", shown);

    let report = folder.0.join("report");
    let mut command = program();
    command.arg("compare").args([&ours, &theirs]).args(["--format", "text,json,html", "-o"]).arg(&report);
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    let json = std::fs::read_to_string(report.join("comparison.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let schema = program().args(["schema", "comparison"]).output().unwrap().stdout;
    let validator = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    assert!(
        validator.is_valid(&json),
        "{:?}",
        validator.iter_errors(&json).map(|error| error.to_string()).collect::<Vec<_>>()
    );
    assert_eq!(json["summary"]["breach"], 1);
    assert_eq!(json["recordings"][0]["differences"][0]["by"], "right");
    let html = std::fs::read_to_string(report.join("comparison.html")).unwrap();
    assert!(html.contains("BREACH by the right side") && html.contains("prefers-color-scheme"), "{html}");
    assert!(!html.contains("<script") && !html.contains("http"), "it needs nothing from elsewhere");

    // With itself, and one against the run that it is of.
    let same = program().arg("compare").args([&ours, &ours]).output().unwrap();
    assert_eq!(
        (same.status.code(), text(&same).contains("no differences; 0 of 1 recording differ")),
        (Some(0), true),
        "{}",
        text(&same)
    );
    let one = program().arg("compare").arg(&left).arg(&theirs).output().unwrap();
    assert_eq!(one.status.code(), Some(1), "{}", text(&one));
}

#[rstest]
#[case::nothing_there("nowhere", "nowhere", 2, "nowhere: there is no such file or folder")]
#[case::without_traces("empty", "trace.jsonl", 2, "no trace.jsonl in it: expected the folder of a run's report")]
#[case::rubbish("rubbish.pcap", "trace.jsonl", 2, "rubbish.pcap: ")]
#[case::empty_file("empty.pcap", "trace.jsonl", 2, "empty.pcap: ")]
#[case::two_silent("silent.jsonl", "silent.jsonl", 4, "no MS-PAN traffic on either side")]
#[case::sealed("trace.jsonl", "sealed.jsonl", 2, "calls can be read (the stub is sealed")]
fn bad_input_is_told_in_a_sentence(#[case] left: &str, #[case] right: &str, #[case] code: i32, #[case] said: &str) {
    let folder = Folder::new(&format!("compare-bad-{left}-{right}"));
    std::fs::create_dir_all(folder.0.join("empty")).unwrap();
    std::fs::write(folder.0.join("rubbish.pcap"), "nothing of the kind, but long enough to be read").unwrap();
    std::fs::write(folder.0.join("empty.pcap"), "").unwrap();
    let recording = recorded(None, "unregistration/twice", 1);
    written(&folder, "trace.jsonl", &recording);
    written(&folder, "silent.jsonl", &Recording { entries: Vec::new(), ..recording });
    if right == "sealed.jsonl" {
        let mut command = program();
        command.args([
            "run",
            "--security",
            "negotiate-privacy",
            "--transfer-syntax",
            "ndr",
            "remote-object/delete-returns-null",
        ]);
        let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
        command.arg("--scenarios").arg(scenarios).arg("--report").arg(folder.0.join("run"));
        assert_eq!(command.output().unwrap().status.code(), Some(0));
        let trace = folder.0.join("run/scenarios/remote-object/delete-returns-null.negotiate-privacy/trace.jsonl");
        std::fs::copy(trace, folder.0.join("sealed.jsonl")).unwrap();
    }
    let output = program().arg("compare").arg(folder.0.join(left)).arg(folder.0.join(right)).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    assert!(text(&output).contains(said), "{}", text(&output));
}
