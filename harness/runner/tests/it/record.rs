//! `record`: scenarios made of recordings, and that they replay them.

use std::path::Path;

use conformance::Party;
use rstest::rstest;
use runner::compare::recordings;
use runner::record::record;
use runner::recording::Recording;
use runner::report::trace_jsonl::{self, Keys};
use runner::scenario::{Library, Root};
use runner::selftest::rehearse;
use trace::{Entry, Opened, Seen};

use crate::compare::{recorded, told};
use crate::run::{Folder, program, scenarios, text};

const SERVERS: [&str; 38] = [
    "smoke/unidirectional",
    "bidirectional/async-ui-of-the-servers-own",
    "bidirectional/blocks",
    "bidirectional/for-another-user",
    "bidirectional/of-another-queue",
    "bidirectional/of-another-type",
    "bidirectional/opened-before-the-call",
    "bidirectional/returned-once",
    "bidirectional/without-a-registration",
    "channel/first-call-waits",
    "channel/handle-after-release",
    "channel/second-call-while-one-waits",
    "channel/source-closes-between-two-calls",
    "channel/source-closes-while-a-response-waits",
    "matching/configuration-and-async-ui",
    "matching/for-another-user",
    "matching/server-and-queue",
    "printer/deleted-and-called-again",
    "printer/deleted-while-no-call-waits",
    "printer/server-registration-is-unaffected",
    "race/acquired-channel-is-not-offered",
    "bidirectional/three-channels-in-one-call",
    "bidirectional/two-associations",
    "bidirectional/opened-after-the-call",
    "matching/two-clients",
    "matching/other-queue",
    "matching/type-differs-in-the-last-octet",
    "registration/for-a-print-queue",
    "remote-object/two-objects-are-apart",
    "remote-object/deleted-handle-cannot-be-used",
    "remote-object/handle-works-across-interfaces-and-connections",
    "printer/deleted-while-a-call-waits",
    "unidirectional/delivered-to-a-blocked-call",
    "unidirectional/five-in-a-queue",
    "unidirectional/second-call-while-one-waits",
    "unregistration/overtakes-get-notification",
    "unregistration/overtakes-get-new-channel",
    "unregistration/twice",
];

const CLIENTS: [&str; 19] = [
    "client/order/unidirectional",
    "client/order/after-a-notification",
    "client/order/bidirectional",
    "client/order/two-clients",
    "client/order/leaves",
    "client/channel/closed-by-the-source",
    "client/channel/next-channel-at-once",
    "client/configuration/notification",
    "client/endpoint/asks-the-mapper",
    "client/errors/create-fails",
    "client/errors/get-new-channel-given-up",
    "client/errors/get-notification-throws",
    "client/errors/register-fails",
    "client/errors/register-throws",
    "client/errors/unregister-fails",
    "client/faults/late-answers",
    "client/faults/printer-deleted",
    "client/faults/server-shuts-down",
    "client/registration/for-the-print-server",
];

/// What a run of the scenario that was made of a recording records.
fn replayed(recording: &Recording, party: Party) -> Result<Recording, String> {
    let root = scenarios("../../scenarios");
    let made = record(recording, party, Some(Path::new(&root)))?;
    let checked = Library::check_text(&Root::Folder(root.into()), "recorded", &made.text);
    let checked = checked.map_err(|problems| format!("{}\n{}", problems.len(), made.text))?;
    let again = rehearse(None, &checked[0], 7)?.ok_or("it can't run")?;
    Ok(again)
}

/// What differs between a recording and its replay.
fn difference(recording: &Recording, party: Party) -> String {
    match replayed(recording, party) {
        Err(why) => why,
        Ok(again) => match recordings(recording, &again) {
            Err(why) => why,
            Ok(comparison) => told(&comparison),
        },
    }
}

#[test]
fn replaying_against_the_same_server_is_the_same() {
    let mut wrong = String::new();
    for id in SERVERS {
        let differs = difference(&recorded(None, id, 1), Party::Server);
        if !differs.is_empty() {
            wrong += &format!("{id}:\n{differs}\n");
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn replaying_against_the_same_client_is_the_same() {
    let mut wrong = String::new();
    for id in CLIENTS {
        let differs = difference(&recorded(None, id, 1), Party::Client);
        if !differs.is_empty() {
            wrong += &format!("{id}:\n{differs}\n");
        }
    }
    assert_eq!(wrong, "");
}

/// A recording without anything that only the harness knows, as a capture is.
fn bare(recording: &Recording) -> Recording {
    let crossed =
        |entry: &&Entry| matches!(entry.seen, Seen::Opened(_) | Seen::Octets(_) | Seen::Closed(_) | Seen::End(_));
    let bare = |entry: &Entry| match &entry.seen {
        Seen::Opened(opened) => Entry { seen: Seen::Opened(Opened { actor: None, ..opened.clone() }), ..entry.clone() },
        _ => entry.clone(),
    };
    Recording {
        header: None,
        entries: recording.entries.iter().filter(crossed).map(bare).collect(),
        ..recording.clone()
    }
}

#[rstest]
#[case("smoke/unidirectional")]
#[case("unidirectional/delivered-to-a-blocked-call")]
#[case("bidirectional/opened-after-the-call")]
#[case("channel/whole-conversation")]
fn what_a_source_was_asked_is_made_out_of_a_capture(#[case] id: &str) {
    let capture = bare(&recorded(None, id, 1));
    assert_eq!(difference(&capture, Party::Server), "");
}

#[test]
fn the_program_writes_a_scenario_and_overwrites_none() {
    let folder = Folder::new("record");
    let recording = recorded(None, "unregistration/overtakes-get-notification", 1);
    let trace = folder.0.join("trace.jsonl");
    let file = std::fs::File::create(&trace).unwrap();
    trace_jsonl::write(file, recording.header.as_ref().unwrap(), &recording.entries, Keys::Withheld).unwrap();
    let made = folder.0.join("made.yaml");
    let run = |output: &Path| program().arg("record").arg(&trace).arg("-o").arg(output).output().unwrap();
    let output = run(&made);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let written = std::fs::read_to_string(&made).unwrap();
    insta::assert_snapshot!("recorded", written);
    assert_eq!(text(&run(Path::new("-"))), written);
    let again = run(&made);
    assert_eq!(again.status.code(), Some(2), "{}", text(&again));
    assert!(text(&again).contains("it is there already; name a new file"), "{}", text(&again));
    let expanded = program().args(["expand", "made", "--scenarios"]).arg(&folder.0).output().unwrap();
    assert_eq!(expanded.status.code(), Some(0), "{}", text(&expanded));

    trace_jsonl::write(std::fs::File::create(&trace).unwrap(), recording.header.as_ref().unwrap(), &[], Keys::Withheld)
        .unwrap();
    let silent = run(Path::new("-"));
    assert_eq!(silent.status.code(), Some(4), "{}", text(&silent));
}
