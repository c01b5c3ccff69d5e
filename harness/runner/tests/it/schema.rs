//! The JSON Schemas that `schema` prints, and the files that are shipped.

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use rstest::rstest;

use crate::run::program;

/// The schema of a kind of file, as users get it.
fn printed(kind: &str) -> Validator {
    let output = program().args(["schema", kind]).output().expect("it runs");
    assert!(output.status.success());
    let schema = serde_json::from_slice(&output.stdout).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

/// The YAML files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files = Vec::new();
    for path in entries.filter(|path| !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))) {
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            false if path.extension().is_some_and(|extension| extension == "yaml") => files.push(path),
            false => {}
        }
    }
    files
}

#[rstest]
#[case::scenarios("scenario", "scenarios", 150)]
#[case::targets("target", "ci/interop", 1)]
#[case::baselines("baseline", "ci/interop/known", 1)]
fn shipped_files_are_what_the_printed_schema_allows(#[case] kind: &str, #[case] folder: &str, #[case] least: usize) {
    let validator = printed(kind);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    // Files of other kinds have folders of their own.
    let others = [folder.join("fragments"), folder.join("known")];
    let is_of_kind = |file: &PathBuf| !others.iter().any(|other| file.starts_with(other));
    let files: Vec<PathBuf> = files(&folder).into_iter().filter(is_of_kind).collect();
    assert!(files.len() >= least, "{files:?}");
    check(&validator, &files);
}

#[test]
fn shipped_fragments_are_what_their_schema_allows() {
    let schema = runner::scenario::schema::fragment();
    let validator = jsonschema::validator_for(schema.as_value()).expect("a schema");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/fragments");
    check(&validator, &files(&folder));
}

fn check(validator: &Validator, files: &[PathBuf]) {
    let mut wrong = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).expect("a file");
        let document: serde_json::Value = serde_yaml::from_str(&text).expect("YAML");
        let errors = validator.iter_errors(&document);
        wrong.extend(errors.map(|error| format!("{}: {}: {error}", file.display(), error.instance_path())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
