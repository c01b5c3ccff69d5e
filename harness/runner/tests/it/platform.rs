//! What is different on each operating system stands in one place, and both have the same of it.

use std::path::{Path, PathBuf};

use rstest::rstest;
use runner::platform::Shell;

/// Words by which a source asks which system it is built for, or uses what one alone has.
const TELLING: [&str; 14] = [
    "cfg(unix)",
    "cfg(windows)",
    "cfg(not(unix))",
    "cfg(not(windows))",
    "cfg(target_os",
    "cfg!(unix",
    "cfg!(windows",
    "cfg!(target_",
    "cfg!(not(",
    "cfg!(any(",
    "cfg!(all(",
    "std::os::",
    "tokio::signal",
    "libc::",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut sources = Vec::new();
    for path in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        match path.is_dir() {
            true => sources.extend(self::sources(&path)),
            false if path.extension().is_some_and(|extension| extension == "rs") => sources.push(path),
            false => {}
        }
    }
    sources
}

#[test]
fn only_one_folder_knows_the_operating_system() {
    let harness = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut telling = Vec::new();
    for package in std::fs::read_dir(&harness).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let folder = package.join("src");
        for path in if folder.is_dir() { sources(&folder) } else { Vec::new() } {
            let text = std::fs::read_to_string(&path).expect("a source");
            if TELLING.iter().any(|word| text.contains(word)) {
                telling.push(path.strip_prefix(&harness).expect("below it").to_owned());
            }
        }
    }
    telling.sort();
    let platform = Path::new("runner/src/platform");
    assert_eq!(telling, ["mod.rs", "unix.rs", "windows.rs"].map(|name| platform.join(name)));
}

/// The one for Windows is not built here; that it offers what the other one does can be seen.
#[test]
fn both_systems_offer_the_same() {
    let offered = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/platform").join(name);
        let text = std::fs::read_to_string(path).expect("a source");
        let mut lines: Vec<String> =
            text.lines().filter(|line| line.contains("pub(super)")).map(|line| line.trim().to_owned()).collect();
        // The value of a constant is each system's own.
        lines.iter_mut().for_each(|line| line.truncate(line.find(" = ").unwrap_or(line.len())));
        lines.sort();
        lines
    };
    let unix = offered("unix.rs");
    assert!(unix.len() >= 5, "{unix:?}");
    assert_eq!(unix, offered("windows.rs"));
}

#[rstest]
#[case::plain(Shell::Posix, "a/b-c_1:ndr64.x=y,z", "a/b-c_1:ndr64.x=y,z")]
#[case::nothing(Shell::Posix, "", "''")]
#[case::blank(Shell::Posix, "my server", "'my server'")]
#[case::quote(Shell::Posix, "it's", r"'it'\''s'")]
#[case::backslash(Shell::Posix, r"a\b", r"'a\b'")]
#[case::plain(Shell::Cmd, r"C:\pan\my-server.yaml", r"C:\pan\my-server.yaml")]
#[case::nothing(Shell::Cmd, "", "\"\"")]
#[case::blank(Shell::Cmd, r"C:\my server\", r#""C:\my server\\""#)]
#[case::quote(Shell::Cmd, r#"say "a\" & b"#, r#""say \"a\\\" & b""#)]
#[case::pipe(Shell::Cmd, "a|b", "\"a|b\"")]
fn a_word_is_quoted_as_the_shell_takes_it(#[case] shell: Shell, #[case] word: &str, #[case] quoted: &str) {
    assert_eq!(shell.quoted(word), quoted);
}

#[test]
fn a_script_is_written_in_each_shell() {
    let words = ["run", "--target", "my server.yaml", "100%"].map(str::to_owned);
    let about = ["What it does.".to_owned()];
    assert_eq!(
        Shell::Posix.script(&words, &about),
        "#!/bin/sh\n# What it does.\nexec \"${PAN_HARNESS:-pan-harness}\" run --target 'my server.yaml' '100%' --report \"${PAN_REPORT:-reports/again}\" \"$@\"\n"
    );
    assert_eq!(
        Shell::Cmd.script(&words, &about),
        "@echo off\r\nrem What it does.\r\nsetlocal\r\nif not defined PAN_HARNESS set \"PAN_HARNESS=pan-harness\"\r\nif not defined PAN_REPORT set \"PAN_REPORT=reports\\again\"\r\n\"%PAN_HARNESS%\" run --target \"my server.yaml\" \"100%%\" --report \"%PAN_REPORT%\" %*\r\n"
    );
}
