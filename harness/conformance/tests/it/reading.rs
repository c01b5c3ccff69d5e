//! Readings of defects that a user may choose: each is of a defect of the catalogue, and makes a difference.

use std::collections::BTreeSet;

use conformance::reading::readings;
use conformance::{Severity, catalogue, rules};
use mspan::Hresult;
use trace::stimulus::{Answer, Request};

use crate::script::*;

/// The findings of a trace whose print queue is deleted while a call waits, under a reading of SD-04.
fn of_a_deleted_queue(word: Option<&str>) -> Vec<&'static str> {
    let mut script = Script::new();
    script.config.readings.extend(word.map(|word| ("SD-04".to_owned(), word.to_owned())));
    let register = register(h(1)).of(t(1)).name(r"\\s\q").into();
    let script = script.create(A, h(1)).call(A, register, registered(Hresult::OK));
    let script = script.start(A, "g", get_notification(h(1))).wait(400);
    let deletion = Request::DeletePrinter { printer: r"\\s\q".into() };
    let report = script.stimulus(deletion, Answer::Done).wait(9_000).judge(rules::all());
    report.findings.iter().filter(|found| found.verdict == Severity::Fail).map(|found| found.rule).collect()
}

#[test]
fn the_reading_of_sd_04_decides_what_a_deleted_queue_does_to_a_waiting_call() {
    let rule = "MS-PAN/3.1.1/printer-deletion-releases-waiting-calls";
    assert_eq!(of_a_deleted_queue(None), [rule]);
    assert_eq!(of_a_deleted_queue(Some("figure")), [rule]);
    assert_eq!(of_a_deleted_queue(Some("text")), [] as [&str; 0]);
}

#[test]
fn readings_are_of_known_defects_and_one_of_each_is_recommended() {
    let defects: BTreeSet<&str> = readings().iter().map(|reading| reading.defect).collect();
    for defect in defects {
        assert!(catalogue::spec_defect(defect).is_some(), "{defect}");
        let of: Vec<_> = readings().iter().filter(|reading| reading.defect == defect).collect();
        assert_eq!(of.iter().filter(|reading| reading.is_recommended).count(), 1, "{defect}");
        let words: BTreeSet<&str> = of.iter().map(|reading| reading.word).collect();
        assert_eq!(words.len(), of.len(), "{defect}");
    }
}
