//! The JSON Schemas that `schema` prints, and the files that are shipped: each names the schema of its kind and keeps it.

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use rstest::rstest;
use runner::arguments::FileKind;
use serde_json::Value;

use crate::run::program;

/// The kinds that people write, with the file that editors are told of, and the folders of what is shipped.
const WRITTEN: [(FileKind, &str, &str, usize); 4] = [
    (FileKind::Scenario, "scenario", "scenarios", 300),
    (FileKind::Fragment, "fragment", "scenarios/fragments", 10),
    (FileKind::Target, "target", "ci/interop", 2),
    (FileKind::Baseline, "baseline", "ci/interop/known", 1),
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the root")
}

pub(crate) fn validator(kind: FileKind) -> Validator {
    let schema = runner::schema::schema(kind).expect("a schema");
    jsonschema::validator_for(&serde_json::from_str(&schema).expect("JSON")).expect("a schema")
}

/// The YAML files below a folder, in the order of their names.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files = Vec::new();
    for path in entries.filter(|path| !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))) {
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            false if path.extension().is_some_and(|extension| extension == "yaml") => files.push(path),
            false => {}
        }
    }
    files.sort();
    files
}

/// The shipped files of a kind. Folders of other kinds may lie within.
fn shipped(folder: &str) -> Vec<PathBuf> {
    let root = repository();
    let others = WRITTEN.iter().map(|(_, _, other, _)| root.join(other)).filter(|other| *other != root.join(folder));
    let within: Vec<PathBuf> = others.filter(|other| other.starts_with(root.join(folder))).collect();
    let is_of_kind = |file: &PathBuf| !within.iter().any(|other| file.starts_with(other));
    files(&root.join(folder)).into_iter().filter(is_of_kind).collect()
}

/// How editors are told where the schema is, before anything else in the file.
const MODELINE: &str = "# yaml-language-server: $schema=";

/// `PAN_HARNESS_SCHEMAS=write` writes the schemas anew.
#[test]
fn shipped_files_name_the_schema_of_their_kind_and_keep_it() {
    for (kind, name, folder, least) in WRITTEN {
        let file = repository().join(format!("scenarios/schemas/{name}.json"));
        let printed = runner::schema::schema(kind).expect("a schema");
        if std::env::var_os("PAN_HARNESS_SCHEMAS").is_some_and(|value| value == "write") {
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            std::fs::write(&file, &printed).expect("written");
        }
        let kept = std::fs::read_to_string(&file).expect("a schema");
        assert!(kept == printed, "{} is not what `schema {name}` prints", file.display());
        let validator = validator(kind);
        let files = shipped(folder);
        assert!(files.len() >= least, "{files:?}");
        let mut wrong = Vec::new();
        for path in files {
            let text = std::fs::read_to_string(&path).expect("a file");
            let named = text.lines().next().and_then(|line| line.strip_prefix(MODELINE));
            let named = named.and_then(|named| path.parent().expect("a folder").join(named).canonicalize().ok());
            if named.as_ref() != Some(&file) {
                wrong.push(format!("{}: its first line does not name {}", path.display(), file.display()));
            }
            let document: Value = serde_yaml::from_str(&text).expect("YAML");
            let errors = validator.iter_errors(&document);
            wrong.extend(errors.map(|error| format!("{}: {}: {error}", path.display(), error.instance_path())));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// The keys of a schema, in all its depth, that no words are told of.
fn untold(schema: &Value, place: &str, keys: &mut usize, untold: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            let properties = members.get("properties").and_then(Value::as_object);
            for (key, of) in properties.into_iter().flatten() {
                *keys += 1;
                if of["description"].as_str().is_none_or(str::is_empty) {
                    untold.push(format!("{place}/{key}"));
                }
            }
            for (name, member) in members {
                self::untold(member, &format!("{place}/{name}"), keys, untold);
            }
        }
        Value::Array(members) => {
            for member in members {
                self::untold(member, place, keys, untold);
            }
        }
        _ => {}
    }
}

/// What editors show of a key is what its description says.
#[rstest]
#[case::scenario("scenario", 250)]
#[case::fragment("fragment", 200)]
#[case::target("target", 30)]
#[case::baseline("baseline", 5)]
#[case::results("results", 100)]
#[case::comparison("comparison", 50)]
fn every_key_of_a_printed_schema_is_described(#[case] kind: &str, #[case] least: usize) {
    let output = program().args(["schema", kind]).output().expect("it runs");
    assert!(output.status.success());
    let schema: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for told in ["title", "description"] {
        assert!(schema[told].as_str().is_some_and(|words| !words.is_empty()), "{kind}: no {told}");
    }
    let (mut keys, mut missing) = (0, Vec::new());
    untold(&schema, "", &mut keys, &mut missing);
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(keys >= least, "{keys}");
}
