//! Product notes: what a note explains is noted, and nothing else is.

use conformance::overlay::{overlay, overlays};
use conformance::{Severity, catalogue, rules};
use mspan::Hresult;
use rstest::rstest;

use crate::dialogue::*;
use crate::script::*;

type Write = fn(Script) -> Script;

/// Each trace breaks a rule in a way that a product note of Windows explains.
#[rstest]
#[case("PAN-7-12", "MS-PAN/3.1.1.4.3/no-other-exceptions", |s: Script| s.create(A, h(1)).call(A, get_new_channel(h(1)), fault(0x8004_000D)))]
#[case("PAN-7-13", "MS-PAN/3.1.1.4.3/no-other-exceptions", |s: Script| s.bidi(A, h(1), T).unregister(A, h(1)).call(A, get_new_channel(h(1)), fault(0x8004_000E)))]
#[case("PAN-7-16", "MS-PAN/3.1.1.4.6/no-exceptions", |s: Script| s.both().call(A, finally(HA, n(21)), closed(Hresult::OK)).call(B, release(HB), fault(0x8004_0008)))]
#[case("PAN-7-16", "MS-PAN/3.1.1/loser-closes-with-success", |s: Script| s.owned().call(B, finally(HB, n(22)), closed(Hresult::CHANNEL_CLOSED)))]
fn a_product_note_makes_a_note(#[case] requirement: &str, #[case] rule: &str, #[case] write: Write) {
    let plain = write(Script::new()).judge(rules::all());
    let found = plain.findings.iter().find(|finding| finding.rule == rule).expect("the trace breaks the rule");
    assert!(found.verdict > Severity::Inconclusive && found.product_note.is_none(), "{found:?}");
    let mut script = Script::new();
    script.config.overlay = overlay("windows");
    let report = write(script).judge(rules::all());
    let noted = report.findings.iter().find(|finding| finding.rule == rule).expect("it is still listed");
    assert_eq!((noted.verdict, noted.product_note.map(|note| note.requirement)), (Severity::Note, Some(requirement)));
    assert!(noted.actual.contains(requirement), "{}", noted.actual);
    assert_eq!(report.rules[rule].fail + report.rules[rule].warn, 0);
}

/// Another code of the same method is nobody's known way.
#[test]
fn what_no_note_names_stays_a_breach() {
    let mut script = Script::new();
    script.config.overlay = overlay("windows");
    let report = script.create(A, h(1)).call(A, get_new_channel(h(1)), fault(0x8007_000E)).judge(rules::all());
    let found =
        report.findings.iter().find(|finding| finding.rule.ends_with("/no-other-exceptions")).expect("a breach");
    assert_eq!((found.verdict, found.product_note), (Severity::Fail, None));
}

/// A note explains its code only in the situation that it names.
#[rstest]
#[case::a_channel_that_is_open("/no-exceptions", |s: Script| s.alone().call(A, release(HA), fault(0x8004_0008)))]
#[case::an_object_that_is_registered("/no-other-exceptions", |s: Script| s.bidi(A, h(1), T).call(A, get_new_channel(h(1)), fault(0x8004_000D)))]
#[case::an_object_that_was_not_unregistered("/no-other-exceptions", |s: Script| s.create(A, h(1)).call(A, get_new_channel(h(1)), fault(0x8004_000E)))]
fn elsewhere_a_code_stays_a_breach(#[case] rule: &str, #[case] write: Write) {
    let mut script = Script::new();
    script.config.overlay = overlay("windows");
    let report = write(script).judge(rules::all());
    let found = report.findings.iter().find(|finding| finding.rule.ends_with(rule)).expect("a breach");
    assert_eq!((found.verdict, found.product_note), (Severity::Fail, None));
}

#[test]
fn overlays_name_rules_and_requirements_that_are_there() {
    for note in overlays().iter().flat_map(|overlay| overlay.notes) {
        assert!(catalogue::requirement(note.requirement).is_some(), "{note:?}");
        assert!(note.rules.iter().all(|id| rules::rule(id).is_some()), "{note:?}");
        assert!(note.code.is_failure(), "{note:?}");
    }
}
