//! The server's reading of section 3.1, as scripts; and what each misbehaviour makes of them.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

use peer::Misbehaviour;
use rstest::rstest;

use crate::script::run;

#[rstest]
fn the_server_keeps_to_the_script(#[files("tests/it/scripts/*.script")] path: PathBuf) {
    let script = std::fs::read_to_string(path).unwrap();
    let (expected, actual): (Vec<_>, Vec<_>) = run(&script, None).into_iter().unzip();
    assert_eq!(actual.join("\n"), expected.join("\n"));
}

/// The first line of the first script that a misbehaviour changes.
#[test]
fn every_misbehaviour_shows() {
    let mut shown = String::new();
    for misbehaviour in Misbehaviour::ALL {
        let change = scripts().into_iter().find_map(|(name, script)| {
            let lines = run(&script, Some(*misbehaviour)).into_iter();
            let (expected, actual) = lines.into_iter().find(|(expected, actual)| expected != actual)?;
            Some(format!("{name}: {expected}\n    but {actual}"))
        });
        let change = change.unwrap_or_else(|| "in no script".to_owned());
        writeln!(shown, "{misbehaviour}\n  {change}").unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn misbehaviours_have_unique_names_and_requirements() {
    let names: BTreeSet<_> = Misbehaviour::ALL.iter().map(|misbehaviour| misbehaviour.name()).collect();
    assert_eq!(names.len(), Misbehaviour::ALL.len());
    for misbehaviour in Misbehaviour::ALL {
        assert_eq!(Misbehaviour::from_name(misbehaviour.name()), Some(*misbehaviour));
        let requirements: BTreeSet<_> = misbehaviour.requirements().iter().collect();
        assert_eq!(requirements.len(), misbehaviour.requirements().len(), "{misbehaviour} repeats a requirement");
    }
}

fn scripts() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/scripts");
    let mut scripts: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    scripts.sort();
    scripts
}
