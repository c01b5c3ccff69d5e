//! `run --overlay windows` against servers over TCP: what the product notes of section 7 say of Windows.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};

use rstest::rstest;
use runner::report::{Finding, RequirementVerdict, Results, Severity};

use crate::run::{Folder, Served, program, scenarios, text};

/// What came of a run: its exit code, what it printed, its results.
struct Came {
    code: Option<i32>,
    text: String,
    results: Results,
}

/// Runs some of the project's scenarios against a server that notifies on its own, too.
fn run(served: &Served, folder: &Folder, scenario: &str, options: &[&str]) -> Came {
    let own = format!(
        "stimulus: {{tcp: '{}', exclusive: false}}\nlimits: {{call: 1s, still_pending: 50ms}}",
        served.stimulus
    );
    let target = folder.target(&served.listening, &own);
    let mut command = program();
    command.args(["run", scenario, "--target", &target, "--scenarios", &scenarios("../../scenarios")]).args(options);
    let output = command.arg("--report").arg(folder.0.join("report")).output().expect("it runs");
    Came { code: output.status.code(), text: text(&output), results: folder.results() }
}

impl Came {
    /// Findings that rest on product notes.
    fn of_notes(&self) -> Vec<&Finding> {
        let of_note =
            |it: &&Finding| it.product_note.is_some() || it.requirements.iter().any(|id| id.starts_with("PAN-7-"));
        self.results.scenarios.iter().flat_map(|one| &one.findings).filter(of_note).collect()
    }

    fn verdict(&self, requirement: &str) -> Option<RequirementVerdict> {
        self.results.requirements.iter().find(|one| one.id == requirement).map(|one| one.verdict)
    }
}

const WINDOWS: &[&str] = &["--overlay", "windows"];
const BALLOON: &str = "windows/configuration-balloon";

/// Each is no breach of any section but the seventh.
#[rstest]
#[case("configuration-module-is-another", "PAN-7-02", BALLOON)]
#[case("envelope-names-no-printer", "PAN-7-03", BALLOON)]
#[case("envelope-has-another-reason", "PAN-7-04", BALLOON)]
#[case("envelope-has-the-reserved-detail", "PAN-7-05", BALLOON)]
#[case("envelope-lists-no-change", "PAN-7-06", BALLOON)]
#[case("one-notification-buffered", "PAN-7-14", "windows/queue-of-a-hundred")]
fn who_does_otherwise_than_the_notes_say_is_warned_of(
    #[case] misbehave: &str,
    #[case] requirement: &str,
    #[case] scenario: &str,
) {
    let folder = Folder::new(misbehave);
    let served = Served::new(&["--misbehave", misbehave]);
    let judged = run(&served, &folder, scenario, WINDOWS);
    assert_eq!(judged.code, Some(0), "{}", judged.text);
    let found: Vec<_> = judged.of_notes().iter().map(|it| (it.verdict, it.requirements.clone())).collect();
    assert_eq!(found, [(Severity::Warn, vec![requirement.to_owned()])], "{}", judged.text);
    assert!(judged.text.contains(requirement), "{}", judged.text);
    let strict = run(&served, &folder, scenario, &["--overlay", "windows", "--strict"]);
    assert_eq!(strict.code, Some(1), "{}", strict.text);
    let plain = run(&served, &folder, scenario, &[]);
    assert!(plain.of_notes().is_empty(), "{}", plain.text);
    assert_eq!(plain.verdict(requirement), Some(RequirementVerdict::NotExercised));
}

const CHANGED: &str = r#"<asyncPrintUIRequest xmlns=\"http://schemas.microsoft.com/2003/print/asyncui/v1/request\"><v1><requestOpen><balloonUI iconID=\"3\" resourceDll=\"i.dll\"><title stringID=\"109\"/><body stringID=\"130\"/><action dll=\"PrintConfig.dll\" entrypoint=\"NotifyEntry\">&lt;Envelope printer=\"\\\\PRINTSRV\\office\" reason=\"{23bb1328-63de-4293-915b-a6a23d929acb}\" detail=\"{6f9619ff-8b86-d011-b42d-00c04fc964ff}\">&lt;Schema name=\"\\Printer.Layout:Duplex\">&lt;BIDI_BOOL>true&lt;/BIDI_BOOL>&lt;/Schema>&lt;/Envelope></action></balloonUI></requestOpen></v1></asyncPrintUIRequest>"#;
const SETTINGS: &str = r#"<Notification xmlns=\"http://schemas.microsoft.com/windows/2005/03/printing/bidi\" printerName=\"\\\\PRINTSRV\\office\"><Schema name=\"\\Printer.Layout:Duplex\"><BIDI_BOOL>true</BIDI_BOOL></Schema></Notification>"#;

/// Raises a notification again and again, as a source of the server's own, until it is told to stop.
fn raise(stimulus: &str, kind: &str, document: &str, over: &AtomicBool) {
    let mut stream = TcpStream::connect(stimulus).expect("connected");
    let mut answers = BufReader::new(stream.try_clone().expect("a second handle")).lines();
    let request = format!(
        r#"{{"op":"notify","type":"{kind}","filter":"kAllUsers","user":null,"printer":null,"data_utf16":"{document}"}}"#
    );
    while !over.load(Ordering::Relaxed) {
        stream.write_all(format!("{request}\n").as_bytes()).expect("asked");
        assert_eq!(answers.next().expect("an answer").expect("readable"), r#"{"ok":true}"#);
    }
}

/// A source that does as the notes say: nothing warns, with the overlay or without.
#[rstest]
#[case(BALLOON, "f6853f92-eb31-4e23-b6e7-fd69056153f0", CHANGED, &["PAN-7-01", "PAN-7-02", "PAN-7-03", "PAN-7-04", "PAN-7-05", "PAN-7-06", "PAN-7-10"])]
#[case("windows/printer-configuration", "2abad223-b994-4aca-82fd-4571b1b585ac", SETTINGS, &["PAN-7-10"])]
fn who_does_as_the_notes_say_is_right(
    #[case] scenario: &str,
    #[case] kind: &str,
    #[case] document: &str,
    #[case] shown: &[&str],
) {
    let folder = Folder::new(&format!("as-noted-{kind}"));
    let (served, over) = (Served::new(&[]), AtomicBool::new(false));
    let (judged, plain) = std::thread::scope(|scope| {
        scope.spawn(|| raise(&served.stimulus, kind, document, &over));
        let judged = run(&served, &folder, scenario, &["--overlay", "windows", "--strict"]);
        let plain = run(&served, &folder, scenario, &["--strict"]);
        over.store(true, Ordering::Relaxed);
        (judged, plain)
    });
    assert_eq!((judged.code, plain.code), (Some(0), Some(0)), "{}{}", judged.text, plain.text);
    assert!(judged.of_notes().is_empty(), "{}", judged.text);
    for id in shown {
        assert_eq!(judged.verdict(id), Some(RequirementVerdict::Pass), "{id}: {}", judged.text);
        assert_eq!(plain.verdict(id), Some(RequirementVerdict::NotExercised), "{id}");
    }
}

/// A hundred notifications wait, no fewer and no more.
#[test]
fn a_queue_of_the_products_length_is_right() {
    let (folder, served) = (Folder::new("a-hundred"), Served::new(&[]));
    let judged = run(&served, &folder, "windows/queue-of-a-hundred", &["--overlay", "windows", "--strict"]);
    assert_eq!((judged.code, judged.verdict("PAN-7-14")), (Some(0), Some(RequirementVerdict::Pass)), "{}", judged.text);
    assert!(judged.of_notes().is_empty(), "{}", judged.text);
}

/// What Windows throws where section 3 wants a return value: a note that names the product note, and a breach for others.
#[rstest]
#[case("bidirectional/without-a-registration", "PAN-7-12")]
#[case("bidirectional/after-unregistration", "PAN-7-13")]
fn what_windows_throws_is_noted_under_its_overlay(#[case] scenario: &str, #[case] note: &str) {
    let folder = Folder::new(note);
    let served = Served::new(&["--misbehave", "get-new-channel-throws-failures"]);
    let judged = run(&served, &folder, scenario, WINDOWS);
    assert_eq!(judged.code, Some(0), "{}", judged.text);
    let found: Vec<_> = judged.of_notes().iter().map(|it| (it.verdict, it.product_note.as_deref())).collect();
    assert_eq!(found, [(Severity::Note, Some(note))], "{}", judged.text);
    let plain = run(&served, &folder, scenario, &[]);
    assert_eq!(plain.code, Some(1), "{}", plain.text);
    assert_eq!(plain.verdict("PAN-3.1.1.4.3-17"), Some(RequirementVerdict::Fail));
}
