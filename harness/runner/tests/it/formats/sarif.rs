//! SARIF is what the schema of the standard allows.

use rstest::rstest;
use runner::report::{Outcome, Results, Severity, Summary};

use super::check::recorded;
use super::form;
use crate::report::{finding, in_several_ways, results, scenario};

/// Paths and words that a URI or a string can't hold as they are.
fn odd() -> Results {
    let mut found = finding(Severity::Fail);
    found.origin = runner::report::Origin::Entry { file: "a b/é%?#.pcap".to_owned(), packet: 1 };
    found.rule = "nobody/knows".to_owned();
    found.requirements = vec!["PAN-9.9-99".to_owned()];
    found.expected = "\u{1b}[2J".to_owned();
    let scenarios = vec![scenario("a b/é%?#.pcap", Outcome::Fail, None, vec![found])];
    Results { summary: Summary::of(&scenarios), scenarios, ..results() }
}

#[rstest]
#[case::run(results())]
#[case::several(in_several_ways())]
#[case::check(recorded())]
#[case::empty(Results { scenarios: Vec::new(), targets: Vec::new(), ..results() })]
#[case::odd(odd())]
fn sarif_is_valid(#[case] results: Results) {
    let schema = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sarif/sarif-schema-2.1.0.json"));
    let schema: serde_json::Value = serde_json::from_str(&schema.expect("the schema")).expect("JSON");
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    let mut sarif: serde_json::Value = serde_json::from_str(&form("sarif")(&results)).expect("JSON");
    let errors: Vec<String> =
        validator.iter_errors(&sarif).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    // The schema is no leave to write anything: what it forbids is found.
    sarif["runs"][0]["results"] = serde_json::json!([{"level": "dreadful"}]);
    assert!(!validator.is_valid(&sarif));
}

/// Each result refers to the rule and the requirements that it names.
#[test]
fn references_lead_where_they_say() {
    let sarif: serde_json::Value = serde_json::from_str(&form("sarif")(&results())).expect("JSON");
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().expect("results");
    assert!(!results.is_empty());
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("small");
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        for taxon in result["taxa"].as_array().into_iter().flatten() {
            let index = usize::try_from(taxon["index"].as_u64().expect("a number")).expect("small");
            assert_eq!(run["taxonomies"][0]["taxa"][index]["id"], taxon["id"]);
        }
    }
    let failed = results.iter().find(|one| one["level"] == "error").expect("a failure");
    let place = &failed["locations"][0];
    assert_eq!(place["physicalLocation"]["region"]["startLine"], 31);
    assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "scenarios/unidirectional/unregister-twice.yaml");
    assert_eq!(place["logicalLocations"][0]["fullyQualifiedName"], "MS-PAN 3.1.1.4.2");
}
