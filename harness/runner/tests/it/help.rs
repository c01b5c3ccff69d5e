//! Help of commands and topics, manual pages and completions: from one source, and true.

use std::process::Command;

use rstest::rstest;
use runner::arguments::parse;
use runner::help::{Topic, help, topics};

use crate::run::{Folder, program, text};

const TEXTS: [&str; 2] = [include_str!("../../../../README.md"), include_str!("../../../REFERENCE.md")];

fn topic(name: &str) -> Topic {
    topics().into_iter().find(|topic| topic.name == name).unwrap_or_else(|| panic!("no topic {name}"))
}

#[test]
fn every_section_is_a_topic() {
    let lines = TEXTS.iter().flat_map(|text| text.lines());
    let headings: Vec<&str> = lines.filter_map(|line| line.strip_prefix("## ")).collect();
    let topics = topics();
    let known: Vec<&str> = topics.iter().map(|topic| topic.heading).collect();
    assert_eq!(known, [headings.as_slice(), &["The scenario language"]].concat());
    let mut names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), topics.len(), "no two of a name");
    for topic in &topics {
        assert!(topic.text.lines().count() >= 2, "{}", topic.name);
        assert_eq!(topic.text.matches("```").count() % 2, 0, "{}", topic.name);
    }
}

/// Nothing of a section is lost: its words are those of the help, in their order.
#[test]
fn a_topic_says_what_its_section_says() {
    let is_mark = |c: char| !c.is_alphanumeric();
    for topic in topics() {
        let shown = help(std::slice::from_ref(&topic.name), 100).expect("help");
        let shown = anstream::adapter::strip_str(&shown).to_string();
        let shown = shown.lines().skip(1).flat_map(|line| line.split(is_mark)).collect::<String>();
        // The addresses of links, and pictures, are not for a terminal.
        let mut words = topic.text.to_owned();
        while let Some((before, after)) = words.split_once("](") {
            let (_, after) = after.split_once(')').expect("the end of a link");
            words = format!("{before}{after}");
        }
        let fences = ["```sh", "```yaml", "```json", "```"];
        let lines = words.lines().filter(|line| !fences.contains(line) && !line.starts_with('<'));
        let words = lines.flat_map(|line| line.split(is_mark)).collect::<String>();
        assert_eq!(shown, words, "{}", topic.name);
    }
}

/// What README.md and REFERENCE.md tell people to type is understood.
#[test]
fn the_commands_of_the_readme_are_understood() {
    let blocks = TEXTS.iter().flat_map(|text| text.split("```sh\n").skip(1));
    let shell = blocks.filter_map(|rest| rest.split("```").next());
    let mut count = 0;
    for line in shell.flat_map(str::lines) {
        let Some(at) = line.find("pan-harness ") else { continue };
        let command = line[at..].split(" # ").next().expect("a command");
        let command = command.replace('\'', "").replace("*.pcapng", "x.pcapng");
        let command = command.split([';', '|', '>']).next().expect("one command").trim();
        if let Err(error) = parse(command.split_whitespace().map(Into::into)) {
            panic!("{command}: {error}");
        }
        count += 1;
    }
    assert!(count > 40, "{count}");
}

#[rstest]
#[case::all(&[], 0, "Topics, for `pan-harness help TOPIC`:\n  begin        Begin\n  server       Judge a server\n")]
#[case::command(&["merge"], 0, "Usage: pan-harness merge")]
#[case::topics_of_a_command(&["merge"], 0, "\nTopics: parts\n")]
#[case::wrapped(&["limits"], 0, "\n- NDR64 is little-endian ([MS-RPCE] 2.2.5): scenarios with big-endian clients run in NDR only.\n")]
#[case::language(&["language"], 0, "A whole scenario\n\n    title: ")]
#[case::unknown(&["exit-code"], 2, "there is no command or topic `exit-code`; did you mean `exit-codes`?")]
#[case::nothing_like_it(&["xyzzy"], 2, "there is no command or topic `xyzzy`; `pan-harness help` lists them")]
#[case::two(&["run", "merge"], 2, "one command or one topic at a time")]
fn help_is_given(#[case] words: &[&str], #[case] code: i32, #[case] said: &str) {
    let output = program().arg("help").args(words).output().expect("it runs");
    assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    assert!(text(&output).contains(said), "{}", text(&output));
    assert!(!text(&output).contains('\u{1b}'), "no colours where there is no terminal");
}

#[rstest]
#[case("exit-codes", 80)]
#[case("report", 100)]
#[case("ci", 60)]
fn topics_fit_the_terminal(#[case] name: &str, #[case] columns: usize) {
    let shown = help(&[name.to_owned()], columns).expect("help");
    for line in shown.lines().filter(|line| !line.starts_with("    ")) {
        assert!(line.chars().count() <= columns, "{line}");
    }
    if name == "exit-codes" {
        insta::assert_snapshot!("help_exit_codes", anstream::adapter::strip_str(&shown).to_string());
    }
}

#[test]
fn there_is_a_manual_page_for_each_command_and_topic() {
    let folder = Folder::new("man");
    let output = program().arg("man").arg(folder.0.join("man")).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let page = |name: &str| {
        let path = folder.0.join("man").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    assert!(page("pan-harness.1").contains(".TH pan-harness 1"), "{}", page("pan-harness.1"));
    assert!(page("pan-harness-run.1").contains(r"\-\-no\-waivers"), "{}", page("pan-harness-run.1"));
    for topic in topics() {
        let page = page(&format!("pan-harness-{}.7", topic.name));
        assert!(
            page.contains(&format!("\npan\\-harness\\-{} \\- {}", topic.name.replace('-', "\\-"), topic.heading)),
            "{page}"
        );
    }
    insta::assert_snapshot!("man_exit_codes", page("pan-harness-exit-codes.7"));
    let output = program().args(["man", "/dev/null/x"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(text(&output).contains("the manual pages can't be written: /dev/null/x"), "{}", text(&output));
}

#[rstest]
fn there_are_completions(#[values("bash", "zsh", "fish", "powershell", "elvish")] shell: &str) {
    let output = program().args(["completions", shell]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("pan-harness") && text(&output).contains("no-waivers"), "{}", text(&output));
}

#[test]
fn the_topics_have_short_names() {
    assert_eq!(topic("ci").heading, "Add it to CI");
    assert!(topic("exit-codes").text.contains("| 130 | interrupted"));
}

/// Bash offers what stands in its script.
#[rstest]
#[case::a_command("ru", 1, "run")]
#[case::an_option("--form", 2, "--format")]
fn bash_completes(#[case] begun: &str, #[case] at: usize, #[case] expected: &str) {
    let output = program().args(["completions", "bash"]).output().expect("it runs");
    let words = if at == 1 { format!("pan-harness {begun}") } else { format!("pan-harness run {begun}") };
    let ask = format!(
        "COMP_WORDS=({words}); COMP_CWORD={at}; _pan__harness pan-harness {begun} run; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let script = format!("{}\n{ask}\n", String::from_utf8_lossy(&output.stdout));
    let answer = Command::new("bash").args(["--norc", "-c", &script]).output().expect("bash runs");
    let offered = String::from_utf8_lossy(&answer.stdout).into_owned();
    assert!(offered.lines().any(|line| line == expected), "{offered:?} {}", String::from_utf8_lossy(&answer.stderr));
}
