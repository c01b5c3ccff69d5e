//! `--shard` and `merge`: what the parts tell together is what the whole run tells, in every form.

use std::path::{Path, PathBuf};
use std::process::Output;

use rstest::rstest;

use crate::run::{Folder, program, repacked, scenarios, text};

/// Every form of a report.
const ALL: &str = "text,json,junit,markdown,tap,sarif,github";
/// Their files.
const FILES: [&str; 7] =
    ["report.txt", "results.json", "junit.xml", "report.md", "results.tap", "results.sarif", "annotations.txt"];

impl Folder {
    fn report(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Runs the tests' scenarios into a report of that name.
    fn ran(&self, name: &str, words: &[&str]) -> Output {
        let mut command = program();
        command.args(["run", "--scenarios", &scenarios("tests/scenarios"), "--format", ALL]);
        command.arg("--report").arg(self.report(name)).args(words).output().expect("it runs")
    }

    fn merged(&self, parts: &[&str], words: &[&str]) -> Output {
        let mut command = program();
        command.args(["merge", "--scenarios", &scenarios("tests/scenarios"), "--format", ALL]);
        command.arg("--report").arg(self.report("merged")).args(words);
        command.args(parts.iter().map(|part| self.report(part))).output().expect("it runs")
    }
}

/// A file without what differs from run to run: dates, durations, numbers of events.
fn without_times(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let volatile = ["\"started\":", "\"startTimeUtc\":", "duration_ms", "\"event\":", "name=\"started\"", "started "];
    let kept = text.lines().filter(|line| !volatile.iter().any(|word| line.contains(word)));
    let cut = |line: &str| line.split(" time=\"").next().unwrap_or_default().to_owned();
    kept.map(cut).collect::<Vec<_>>().join("\n")
}

/// The traces below a report.
fn traces(folder: &Path, below: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => traces(&path, below, found),
            false => found.push(path.strip_prefix(below).expect("below").to_owned()),
        }
    }
    found.sort();
}

const KNOWN: &str = "deviations:\n  - {scenario: breaks/wrong-expectation, reason: BUG-1}\n  \
                     - {scenario: works/notification, reason: BUG-2}\n  - {requirement: PAN-3.1.1.4.2-08, reason: BUG-3}\n";

/// A negative scenario and its control lie in different parts, some scenarios end their target, some come out bad.
#[rstest]
#[case::two(2, &["--exclude", "windows/"])]
#[case::three(3, &["--exclude", "windows/"])]
#[case::more_than_there_are(9, &["works/", "controls/", "--transfer-syntax", "ndr"])]
#[case::with_a_baseline(3, &["--exclude", "windows/", "--baseline", "known.yaml"])]
#[case::repeated(2, &["works/", "breaks/", "--repeat", "2", "--security", "none"])]
fn parts_together_are_the_whole(#[case] count: usize, #[case] words: &[&str]) {
    let folder = Folder::new(&format!("merge-{count}-{}", words.len()));
    let known = folder.0.join("known.yaml");
    std::fs::write(&known, KNOWN).expect("a baseline");
    let known = known.display().to_string();
    let words: Vec<&str> =
        words.iter().map(|word| if *word == "known.yaml" { known.as_str() } else { *word }).collect();
    let whole = folder.ran("whole", &words);
    let names: Vec<String> = (1..=count).map(|part| format!("part-{part}")).collect();
    for (number, name) in names.iter().enumerate() {
        let shard = format!("{}/{count}", number + 1);
        let output = folder.ran(name, &[&words[..], &["--shard", &shard]].concat());
        assert_ne!(output.status.code(), Some(2), "{}", text(&output));
    }
    // They may be named in any order.
    let parts: Vec<&str> = names.iter().rev().map(String::as_str).collect();
    let merged = folder.merged(&parts, &[]);
    assert_eq!(merged.status.code(), whole.status.code(), "{}\n{}", text(&whole), text(&merged));
    for file in FILES {
        let [one, other] = ["whole", "merged"].map(|report| without_times(&folder.report(report).join(file)));
        assert_eq!(one, other, "{file}");
        assert!(one.lines().count() > 0, "{file}");
    }
    let [mut one, mut other] = [Vec::new(), Vec::new()];
    for (report, found) in [("whole", &mut one), ("merged", &mut other)] {
        let below = folder.report(report).join("scenarios");
        traces(&below, &below, found);
    }
    assert_eq!(one, other);
    assert!(!one.is_empty());
}

#[test]
fn what_are_no_parts_of_one_run_is_refused() {
    let folder = Folder::new("merge-refused");
    let ran = |name: &str, words: &[&str]| drop(folder.ran(name, &[&["--security", "none"], words].concat()));
    ran("one", &["works/", "--shard", "1/2"]);
    ran("two", &["works/", "--shard", "2/2"]);
    ran("seed", &["works/", "--shard", "2/2", "--seed", "7"]);
    ran("selection", &["works/", "breaks/", "--shard", "2/2"]);
    ran("strict", &["works/", "--shard", "2/2", "--strict"]);
    ran("target", &["works/", "--shard", "2/2", "--seed", "1", "--target", "ncacn_ip_tcp:127.0.0.1[1]"]);
    ran("three", &["works/", "--shard", "3/3"]);
    ran("whole", &["works/create-and-delete"]);
    std::fs::create_dir_all(folder.report("broken")).expect("a folder");
    std::fs::write(folder.report("broken").join("results.json"), "{\"tool\":").expect("written");
    let cases: [(&[&str], &[&str], &str); 12] = [
        (&["one"], &[], "part 2 of 2 is missing"),
        (&["two"], &[], "part 1 of 2 is missing"),
        (&["one", "one", "two"], &[], "part 1 of 2 is there twice"),
        (&["one", "seed"], &[], "`seed` is 1 in the one and 7 in the other: give each part the same --seed"),
        (&["one", "selection"], &[], "`selection` is works/ in the one and works/ breaks/ in the other"),
        (&["one", "strict"], &[], "`strict` is false in the one and true in the other"),
        (&["one", "target"], &[], "the target of the one is not that of the other"),
        (&["one", "three"], &[], "`--shard` is of 2 in the one and of 3 in the other"),
        (&["one", "whole"], &[], "whole is no part of a run: it was not made with --shard"),
        (&["one", "nowhere"], &[], "nowhere/results.json: No such file or directory"),
        (&["one", "broken"], &[], "broken/results.json: no results: EOF while parsing"),
        (&["one", "two"], &["--baseline", "known.yaml"], "--baseline: the parts were run without one"),
    ];
    for (parts, words, said) in cases {
        let output = folder.merged(parts, words);
        assert_eq!(output.status.code(), Some(2), "{parts:?}: {}", text(&output));
        assert!(text(&output).contains(said), "{parts:?}: {}", text(&output));
        assert!(!folder.report("merged").exists(), "{parts:?}");
    }
    // A report is not written over one of those that it is made from.
    let mut command = program();
    command.arg("merge").args([folder.report("one"), folder.report("two")]);
    let output = command.arg("--report").arg(folder.report("two")).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("two is one of the parts, which would be cleared away"), "{}", text(&output));
    assert!(folder.report("two").join("results.json").exists());
}

/// `check` can be shared out, too.
#[test]
fn parts_of_a_check_are_the_whole_check() {
    let folder = Folder::new("merge-check");
    let recorded = ["works/", "breaks/", "--security", "none", "--transfer-syntax", "ndr"];
    folder.ran("recorded", &recorded);
    std::fs::write(folder.report("recorded").join("cut.pcap"), b"no capture").expect("written");
    std::fs::write(folder.0.join("known.yaml"), KNOWN).expect("a baseline");
    let check = |name: &str, words: &[&str]| {
        let mut command = program();
        command.arg("check").arg(folder.report("recorded")).arg(folder.report("recorded/cut.pcap"));
        command.args(["--format", ALL, "--baseline"]).arg(folder.0.join("known.yaml"));
        command.arg("--report").arg(folder.report(name)).args(words).output().expect("it runs")
    };
    let whole = check("whole", &[]);
    // Bundles hold the traces of failures once more; each is judged once.
    assert!(folder.report("recorded/bundles").is_dir());
    let judged = std::fs::read_to_string(folder.report("whole/results.tap")).expect("TAP");
    assert!(!judged.contains("/bundles/"), "{judged}");
    for part in 1..=3 {
        check(&format!("part-{part}"), &["--shard", &format!("{part}/3")]);
    }
    let merged = folder.merged(&["part-2", "part-1", "part-3"], &[]);
    assert_eq!((whole.status.code(), merged.status.code()), (Some(2), Some(2)), "{}", text(&merged));
    for file in FILES {
        let [one, other] = ["whole", "merged"].map(|report| without_times(&folder.report(report).join(file)));
        assert_eq!(one, other, "{file}");
    }
}

/// A page without numbers, also in what it has packed: times are the clock's.
fn numberless(page: &str) -> String {
    let without = |text: &str| {
        let mut out = String::new();
        for c in text.chars() {
            match c {
                '0'..='9' if out.ends_with('#') => {}
                '0'..='9' => out.push('#'),
                _ => out.push(c),
            }
        }
        out
    };
    without(&repacked(page, without))
}

/// The page of the whole has the diagrams that the parts have drawn, and those that they share.
#[rstest]
#[case::alike(&[])]
#[case::all(&["--diagrams", "all"])]
fn the_page_of_the_parts_is_that_of_the_whole(#[case] words: &[&str]) {
    let folder = Folder::new(&format!("merge-page-{}", words.len()));
    let run = |name: &str, more: &[&str]| {
        let mut command = program();
        command.args(["run", "works/", "breaks/", "controls/", "--exclude", "tag:smoke", "--security", "none"]);
        command.args(["--scenarios", &scenarios("tests/scenarios"), "--format", "json,html"]).args(words).args(more);
        command.arg("--report").arg(folder.report(name)).output().expect("it runs")
    };
    let whole = run("whole", &[]);
    for (name, shard) in [("one", "1/2"), ("two", "2/2")] {
        run(name, &["--shard", shard]);
    }
    let merge = || {
        let mut command = program();
        command.args(["merge", "--format", "html", "--report"]).arg(folder.report("merged"));
        command.args([folder.report("one"), folder.report("two")]).output().expect("it runs")
    };
    let merged = merge();
    assert_eq!(merged.status.code(), whole.status.code(), "{}", text(&merged));
    let page = |name: &str| std::fs::read_to_string(folder.report(name).join("report.html")).expect("a page");
    let [one, other] = ["whole", "merged"].map(page);
    assert!(one.contains("<svg class=\"seq\""));
    assert_eq!(numberless(&one), numberless(&other));
    // Only parts keep them, and what does not fit together is not drawn.
    assert!(!folder.report("whole/diagrams.json").exists() && !folder.report("merged/diagrams.json").exists());
    let file = folder.report("two/diagrams.json");
    let kept = std::fs::read_to_string(&file).expect("diagrams");
    let spoilt = kept.replace("\"from\":0", "\"from\":77");
    for (written, said) in [
        (Some(spoilt.as_str()), "a diagram has rows or bars at lifelines and rows that it lacks"),
        (Some("{\"all\":"), "no diagrams: EOF while parsing"),
        (None, "for report.html each part needs `--format json,html`"),
    ] {
        match written {
            Some(written) => std::fs::write(&file, written).expect("written"),
            None => std::fs::remove_file(&file).expect("removed"),
        }
        let output = merge();
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains("two/diagrams.json: ") && text(&output).contains(said), "{}", text(&output));
    }
}
