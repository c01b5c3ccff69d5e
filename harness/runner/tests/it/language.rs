//! The scenario language, as `scenarios/README.md` describes it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use runner::diagnostic::{Diagnostic, SourceText};
use runner::scenario::written::{At, FragmentFile, ScenarioFile, Step};
use runner::scenario::{Library, schema};
use runner::yaml;

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn source(name: &str, text: &str) -> Arc<SourceText> {
    Arc::new(SourceText { name: name.to_owned(), text: text.to_owned() })
}

/// The YAML blocks of the language's description.
fn blocks() -> Vec<String> {
    let readme = std::fs::read_to_string(scenarios().join("README.md")).unwrap();
    let blocks = readme.split("```yaml\n").skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_description_shows_what_can_be_read() {
    let blocks = blocks();
    assert!(blocks.len() > 8, "the description has lost its examples");
    for block in &blocks {
        let source = source("README.md", block);
        let problem = match block.split(':').next() {
            Some("title") => yaml::read::<ScenarioFile>(&source).err(),
            Some("about") => yaml::read::<FragmentFile>(&source).err(),
            _ => yaml::read::<Vec<At<Step>>>(&source).err(),
        };
        assert!(problem.is_none(), "{}", problem.unwrap().render());
    }
}

#[test]
fn the_description_shows_what_the_schema_allows() {
    let schema = schema::scenario();
    let validator = jsonschema::validator_for(schema.as_value()).unwrap();
    for block in blocks() {
        let document: serde_json::Value = match block.split(':').next() {
            Some("title") => serde_yaml::from_str(&block).unwrap(),
            Some("about") => continue,
            _ => {
                let steps: serde_json::Value = serde_yaml::from_str(&block).unwrap();
                serde_json::json!({ "title": "x", "steps": steps })
            }
        };
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| format!("{error}")).collect();
        assert!(errors.is_empty(), "{errors:?} in\n{block}");
    }
}

#[test]
fn every_shipped_scenario_is_right() {
    match Library::load(&scenarios()) {
        Ok(library) => assert!(!library.scenarios.is_empty()),
        Err(problems) => {
            let shown: Vec<String> = problems.iter().map(Diagnostic::render).collect();
            panic!("{}", shown.join("\n\n"));
        }
    }
}
