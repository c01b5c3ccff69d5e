//! Scenario and target files that are wrong, in `tests/wrong`: what is said of each, and whether an editor that knows the schema says
//! something, too.

use std::path::Path;

use jsonschema::Validator;
use rstest::rstest;
use runner::arguments::FileKind;
use runner::diagnostic::Diagnostic;
use runner::scenario::{Library, Root};
use runner::target;

use crate::schema::{files, validator};

/// What is wrong with a scenario, in the words that people see.
fn of_scenario(file: &Path, text: &str) -> Vec<Diagnostic> {
    let id = file.file_stem().expect("a name").to_str().expect("UTF-8");
    Library::check_text(&Root::Embedded, id, text).expect_err("nothing was found wrong with it")
}

fn of_target(file: &Path, _: &str) -> Vec<Diagnostic> {
    let mut problem = *target::load(file.to_str().expect("UTF-8")).expect_err("nothing was found wrong with it");
    // Where the tests lie is nobody's concern.
    let mut source = (*problem.source).clone();
    source.name = file.file_name().expect("a name").to_str().expect("UTF-8").to_owned();
    problem.source = source.into();
    vec![problem]
}

/// The places that an editor marks by the schema alone.
fn marked(validator: &Validator, text: &str) -> String {
    let Ok(document) = serde_yaml::from_str::<serde_json::Value>(text) else { return "it is no YAML".to_owned() };
    let places: Vec<String> =
        validator.iter_errors(&document).map(|one| format!("`{}`", one.instance_path())).collect();
    if places.is_empty() { "nothing: it can't see this".to_owned() } else { places.join(", ") }
}

#[rstest]
#[case::scenarios("scenarios", FileKind::Scenario, of_scenario, 20)]
#[case::targets("targets", FileKind::Target, of_target, 20)]
fn a_wrong_file_is_refused_in_these_words(
    #[case] folder: &str,
    #[case] kind: FileKind,
    #[case] problems_of: fn(&Path, &str) -> Vec<Diagnostic>,
    #[case] least: usize,
) {
    let validator = validator(kind);
    let files = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong").join(folder));
    assert!(files.len() >= least, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file");
        let said: Vec<String> = problems_of(&file, &text).iter().map(Diagnostic::render).collect();
        let name = file.file_stem().expect("a name").to_str().expect("UTF-8");
        let shown = format!("{}\n\nby the schema: {}", said.join("\n\n"), marked(&validator, &text));
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(format!("wrong-{folder}-{name}"), shown);
        });
    }
}
