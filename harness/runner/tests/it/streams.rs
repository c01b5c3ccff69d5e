//! Output that can't be written: a folder that takes no files, a disk that is full, streams that are closed. Each is a sentence and an exit
//! code, and leaves no half of a file.
#![cfg(target_os = "linux")]

use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use rstest::rstest;

use crate::run::{Folder, Served, program, scenarios, text};

/// A scenario of the tests' own, in memory and in one way.
const RUN: &str = "run works/notification --security none --transfer-syntax ndr";

/// A folder with a part of a run in `part`, in which commands are tried.
struct Bench(Folder);

impl Bench {
    fn new(name: &str) -> Self {
        let bench = Self(Folder::new(&format!("streams-{name}")));
        let output = bench.command("RUN --shard 1/1 --report part").output().expect("it runs");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.0.join(name)
    }

    /// The words of a command; those that take scenarios have the tests' own.
    fn words(line: &str) -> Vec<String> {
        let line = line.replace("RUN", RUN).replace("TRACE", "part/scenarios/works/notification/trace.jsonl");
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        if ["run", "expand", "explain", "list", "selftest", "merge"].contains(&words[0].as_str()) {
            words.extend(["--scenarios".to_owned(), scenarios("tests/scenarios")]);
        }
        words
    }

    fn command(&self, line: &str) -> Command {
        let mut command = program();
        command.current_dir(&self.0.0).args(Self::words(line));
        command
    }

    /// The command, which can't make any file longer than so many blocks: as on a full disk, what is longer is cut off. The signal that
    /// comes with it is ignored, as there.
    fn full(&self, blocks: u32, line: &str) -> Output {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        let mut command = Command::new("sh");
        command.env("NO_COLOR", "1").current_dir(&self.0.0).args(["-c", &script, "sh"]);
        command.arg(program().get_program()).args(Self::words(line)).output().expect("it runs")
    }

    /// Every file that came besides the part.
    fn files(&self) -> Vec<PathBuf> {
        let (mut files, mut folders) = (Vec::new(), vec![self.0.0.clone()]);
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
                match path.is_dir() {
                    true if path == self.path("part") => {}
                    true => folders.push(path),
                    false => files.push(path),
                }
            }
        }
        files
    }
}

/// A pipe that nobody reads.
fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

/// A device that is full.
fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").expect("a device").into()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Who has seen enough may go; a standard output that takes nothing is an environment that does not work. Neither changes what is written
/// to files.
#[rstest]
#[case::list("list scenarios")]
#[case::rules("list rules --format json")]
#[case::explain("explain SD-03")]
#[case::schema("schema target")]
#[case::expand("expand works/notification")]
#[case::help("--help")]
#[case::version("--version")]
#[case::run("RUN --report out")]
#[case::dry_run("RUN --dry-run")]
#[case::check("check TRACE --report out --format text,json,github")]
#[case::compare("compare TRACE TRACE")]
#[case::record("record TRACE -o -")]
#[case::merge("merge part --report out")]
#[case::selftest("selftest works/ --misbehave create-returns-s-false --jobs 2 --report out")]
fn standard_output_may_be_closed_and_is_missed_when_full(#[case] line: &str) {
    let bench = Bench::new(&line.replace([' ', '/', ','], "-").chars().take(40).collect::<String>());
    let output = bench.command(line).stdout(unread()).output().expect("it runs");
    assert_eq!((output.status.code(), said(&output).as_str()), (Some(0), ""), "{line}");
    let files = bench.files();
    assert_eq!(files.is_empty(), !line.contains("--report out"), "{files:?}");
    let output = bench.command(line).stdout(full()).output().expect("it runs");
    let words = "pan-harness: standard output: No space left on device (os error 28)\n";
    assert_eq!((output.status.code(), said(&output).as_str()), (Some(3), words), "{line}");
    let both = bench.command(line).stdout(full()).stderr(unread()).status().expect("it runs");
    assert_eq!(both.code(), Some(3), "{line}");
    assert_eq!(bench.files().len(), files.len());
}

/// What can't be said changes no exit code.
#[rstest]
#[case::arguments("run --jobs 0", 2)]
#[case::target("run --target nowhere.yaml", 2)]
#[case::selection("run nowhere/", 4)]
#[case::check("check nowhere", 2)]
#[case::probe("probe 127.0.0.1:1", 3)]
#[case::listen("listen 127.0.0.1:1", 3)]
#[case::serve("serve --listen 192.0.2.1:0", 3)]
fn standard_error_may_be_closed(#[case] line: &str, #[case] code: i32) {
    let folder = Bench(Folder::new(&format!("streams-error-{}", line.replace([' ', '/', ':'], "-"))));
    let heard = folder.command(line).output().expect("it runs");
    assert_eq!(heard.status.code(), Some(code), "{}", text(&heard));
    for stderr in [unread(), full()] {
        let output = folder.command(line).stdout(unread()).stderr(stderr).output().expect("it runs");
        assert_eq!(output.status.code(), Some(code), "{line}");
    }
}

/// An unexpected verdict stays one, whatever befalls its words.
#[test]
fn a_failure_is_told_by_the_exit_code_at_least() {
    let bench = Bench::new("failure");
    let line = "run breaks/ --security none --transfer-syntax ndr --report out";
    let output = bench.command(line).stdout(full()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(said(&output).contains("standard output: No space left on device"), "{}", said(&output));
    assert!(bench.path("out/results.json").exists());
    let output = bench.full(0, line);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("breaks/wrong-expectation"), "{}", text(&output));
}

/// A server whose ports nobody is told is of no use; a client whose notifications nobody reads is done.
#[test]
fn servers_and_clients_end_when_nobody_listens() {
    let mut command = program();
    let served = command.args(["serve", "--listen", "127.0.0.1:0"]).stdout(unread()).output().expect("it runs");
    assert_eq!(served.status.code(), Some(3), "{}", text(&served));
    assert_eq!(said(&served), "pan-harness: standard output: Broken pipe (os error 32)\n");
    let server = Served::new(&[]);
    for (stdout, code, words) in
        [(unread(), 0, ""), (full(), 3, "pan-harness: standard output: No space left on device (os error 28)\n")]
    {
        let mut command = program();
        command.args(["listen", &server.listening, "--format", "json"]).stdout(stdout);
        let output = command.output().expect("it runs");
        assert_eq!((output.status.code(), said(&output).as_str()), (Some(code), words));
    }
}

/// Found before anything runs, it is a mistake in what was asked for; an earlier report stays.
#[rstest]
#[case::run("RUN --report WHERE")]
#[case::check("check TRACE --report WHERE")]
#[case::compare("compare TRACE TRACE --report WHERE")]
#[case::merge("merge part --report WHERE")]
#[case::selftest("selftest works/ --misbehave create-returns-s-false --report WHERE")]
fn a_folder_that_takes_no_report_is_refused_at_once(#[case] line: &str) {
    let bench = Bench::new(&format!("folder-{}", &line[..5].replace(' ', "-")));
    File::create(bench.path("file")).expect("a file");
    for (place, why) in [("file/below", "file/below: Not a directory"), ("/proc/self/fdinfo", "/proc/self/fdinfo: ")] {
        let output = bench.command(&line.replace("WHERE", place)).output().expect("it runs");
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(said(&output).starts_with(&format!("pan-harness: --report: {why}")), "{}", said(&output));
        assert!(output.stdout.is_empty(), "{}", text(&output));
    }
    assert_eq!(bench.files(), [bench.path("file")]);
}

/// Nothing is there by half: a file is whole or it is not there.
#[rstest]
#[case::run(
    "RUN --report out --format text,json,junit,html,markdown,tap,sarif,github",
    "the report can't be written: out/"
)]
#[case::baseline("RUN --report out --write-baseline new.yaml", "can't be written: ")]
#[case::check("check TRACE --report out --format text,html", "the report can't be written: out/report.txt: ")]
#[case::compare("compare TRACE TRACE --report out --format text,json,html", "the comparison can't be written: out/")]
#[case::merge("merge part --report out", "what lies beside a report can't be copied: out/scenarios/")]
#[case::record("record TRACE -o new.yaml", "the scenario can't be written: new.yaml: ")]
#[case::selftest(
    "selftest works/ --misbehave create-returns-s-false --report out",
    "the report can't be written: out/"
)]
fn a_full_disk_leaves_no_half_of_a_file(#[case] line: &str, #[case] words: &str) {
    let bench = Bench::new(&format!("disk-{}", words.len() + line.len()));
    let output = bench.full(0, line);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(said(&output).contains(words) && said(&output).contains("File too large"), "{}", said(&output));
    assert_eq!(bench.files(), <[PathBuf; 0]>::default(), "{line}");
    let output = bench.full(1, line);
    assert!(output.status.code().is_some_and(|code| [0, 3].contains(&code)), "{}", text(&output));
    for file in bench.files() {
        let text = std::fs::read_to_string(&file).expect("text");
        let name = file.file_name().expect("a name").to_str().expect("UTF-8");
        let is_whole = match name.rsplit_once('.').expect("an extension").1 {
            "part" => false,
            "json" | "sarif" => serde_json::from_str::<serde_json::Value>(&text).is_ok(),
            _ => text.ends_with('\n') || text.ends_with('>'),
        };
        assert!(is_whole, "{name}: {text}");
    }
}

/// One place speaks: macros that print panic where a stream is closed.
#[test]
fn nothing_prints_past_the_place_that_minds_closed_streams() {
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source");
            for word in ["print!(", "println!("] {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
        }
    }
}
