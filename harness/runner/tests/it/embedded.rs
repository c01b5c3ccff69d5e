//! The scenarios in the program: they are those of the folder, and the program runs them wherever it is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use runner::scenario::{Library, Root, embedded};

use crate::run::{Folder, program};

/// Every file below a folder, by its name there.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for path in std::fs::read_dir(next).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let parts = path.strip_prefix(folder).expect("below it").iter();
            let name = parts.map(|part| part.to_str().expect("UTF-8")).collect::<Vec<_>>().join("/");
            files.insert(name, std::fs::read(&path).expect("a file"));
        }
    }
    files
}

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

#[test]
fn the_program_holds_the_shipped_scenarios() {
    let in_program: BTreeMap<String, Vec<u8>> =
        embedded::FILES.iter().map(|(name, octets)| ((*name).to_owned(), octets.to_vec())).collect();
    let on_disk = files(&shipped());
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&in_program), names(&on_disk));
    for (name, octets) in on_disk {
        assert!(in_program.get(&name) == Some(&octets), "{name} differs");
    }
}

#[test]
fn they_are_read_alike_from_both_places() {
    let read = |place| Library::load(&place).expect("right").scenarios;
    let (in_program, on_disk) = (read(Root::Embedded), read(Root::Folder(shipped())));
    assert_eq!(in_program.len(), on_disk.len());
    for (in_program, on_disk) in in_program.iter().zip(&on_disk) {
        // Their files are called alike, so nothing tells them apart.
        let shown = format!("{on_disk:?}").replace(&shipped().display().to_string(), "scenarios");
        assert_eq!(format!("{in_program:?}"), shown);
    }
}

#[test]
fn they_are_written_out_whole_to_a_new_folder_only() {
    let folder = Folder::new("written-out");
    let scenarios = folder.0.join("below/scenarios");
    let count = embedded::write_out(&scenarios).expect("written");
    assert_eq!(count, embedded::FILES.len());
    assert!(files(&scenarios) == files(&shipped()));
    std::fs::write(scenarios.join("README.md"), "mine").expect("a file");
    let again = embedded::write_out(&scenarios).expect_err("there is something");
    assert!(again.to_string().contains("there is something in it already"), "{again}");
    assert_eq!(std::fs::read_to_string(scenarios.join("README.md")).expect("a file"), "mine");
    let left: Vec<String> = files(&folder.0).into_keys().filter(|name| name.contains(".part")).collect();
    assert!(left.is_empty(), "{left:?}");
    let empty = folder.0.join("empty");
    std::fs::create_dir(&empty).expect("a folder");
    embedded::write_out(&empty).expect("an empty folder is taken");
}

/// In a folder that holds nothing the program does what it does elsewhere; its report goes there, and nothing that it writes or prints tells
/// where it was built.
#[test]
fn the_program_needs_nothing_beside_it() {
    let folder = Folder::new("anywhere");
    let copy = folder.0.join(format!("copy{}", std::env::consts::EXE_SUFFIX));
    std::fs::copy(program().get_program(), &copy).expect("a copy");
    let place = folder.0.join("empty");
    std::fs::create_dir(&place).expect("a folder");
    let ran = std::process::Command::new(&copy)
        .current_dir(&place)
        .args(["run", "unidirectional/", "--security", "none", "--transfer-syntax", "ndr", "--jobs", "2"])
        .args(["--format", "text,json,junit,html,markdown,tap,sarif,github"])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    let built_at = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the root").to_str().expect("UTF-8");
    assert!(!said.contains(built_at), "{said}");
    let written = files(&place);
    for (name, octets) in &written {
        assert!(name.starts_with("reports/latest/"), "{name}");
        assert!(!String::from_utf8_lossy(octets).contains(built_at), "{name}");
    }
    assert!(written.contains_key("reports/latest/results.json"), "{:?}", written.keys());
}
