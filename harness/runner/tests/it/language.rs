//! The scenario language, as `scenarios/README.md` describes it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use runner::arguments::FileKind;
use runner::diagnostic::{Diagnostic, SourceText};
use runner::scenario::written::{At, FragmentFile, ScenarioFile, Step};
use runner::scenario::{Library, Root};
use runner::yaml;

fn schema(kind: FileKind) -> serde_json::Value {
    serde_json::from_str(&runner::schema::schema(kind).unwrap()).unwrap()
}

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
    let validator = jsonschema::validator_for(&schema(FileKind::Scenario)).unwrap();
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
    match Library::load(&Root::Folder(scenarios())) {
        Ok(library) => assert!(!library.scenarios.is_empty()),
        Err(problems) => {
            let shown: Vec<String> = problems.iter().map(Diagnostic::render).collect();
            panic!("{}", shown.join("\n\n"));
        }
    }
}

/// All keys of the mappings within a value.
fn keys(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(map) => {
            found.extend(map.keys().cloned());
            map.values().for_each(|inner| keys(inner, found));
        }
        serde_json::Value::Array(values) => values.iter().for_each(|inner| keys(inner, found)),
        _ => {}
    }
}

/// The keys that a schema allows, and the words where it allows certain ones only.
fn allowed(schema: &serde_json::Value, found: &mut BTreeSet<String>) {
    match schema {
        serde_json::Value::Object(map) => {
            if let Some(serde_json::Value::Object(properties)) = map.get("properties") {
                found.extend(properties.keys().cloned());
            }
            map.values().for_each(|inner| allowed(inner, found));
        }
        serde_json::Value::Array(values) => values.iter().for_each(|inner| allowed(inner, found)),
        _ => {}
    }
}

/// A key that no example uses is one that nobody has tried: it may be read and then forgotten.
#[test]
fn every_key_that_the_schema_allows_is_used_by_an_example_that_is_checked() {
    let mut used = BTreeSet::new();
    let mut texts = blocks();
    for folder in ["language", "../../../../scenarios/fragments"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(folder);
        for file in std::fs::read_dir(folder).unwrap() {
            texts.push(std::fs::read_to_string(file.unwrap().path()).unwrap());
        }
    }
    for text in texts {
        keys(&serde_yaml::from_str(&text).unwrap(), &mut used);
    }
    let mut possible = BTreeSet::new();
    allowed(&schema(FileKind::Scenario), &mut possible);
    allowed(&schema(FileKind::Fragment), &mut possible);
    let unused: Vec<&String> = possible.difference(&used).collect();
    assert!(unused.is_empty(), "no example uses {unused:?}");
}

/// Every key changes what a scenario means: an example of rarely used ones, as it is meant.
#[test]
fn rarely_used_keys_mean_something() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/language");
    for name in ["server", "client"] {
        let text = std::fs::read_to_string(file.join(format!("{name}.yaml"))).unwrap();
        let scenarios = Library::check_text(&Root::Embedded, "test/name", &text).unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(Diagnostic::render).collect::<Vec<_>>().join("\n\n"))
        });
        insta::assert_debug_snapshot!(name, scenarios);
    }
}
