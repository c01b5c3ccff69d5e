//! `init`: a target file that works as it is written, or a sentence and no file.

use std::io::Cursor;
use std::net::TcpListener;
use std::path::Path;

use rstest::rstest;
use runner::arguments::{Command, Init};
use runner::exit::Exit;
use runner::init::{Dialogue, Made, SCHEMA, init};

use crate::run::{Folder, Served, program, run, scenarios, text};

/// The file, which the printed schema has to allow.
fn valid(folder: &Folder, name: &str) -> String {
    let written = std::fs::read_to_string(folder.0.join(name)).expect("a target file");
    let schema = std::fs::read_to_string(folder.0.join(SCHEMA)).expect("its schema");
    assert!(written.starts_with(&format!("# yaml-language-server: $schema=./{SCHEMA}\n")), "{written}");
    assert_eq!(schema, text(&program().args(["schema", "target"]).output().expect("it runs")));
    // What it leaves open is an example that holds, too.
    let all_open = written.replace("# yaml", "# # yaml").replace("\n# ", "\n").replace("\n#  ", "\n ");
    for words in [&written, &all_open] {
        let document: serde_json::Value =
            serde_yaml::from_str(words).unwrap_or_else(|error| panic!("{error}: {words}"));
        let schema = serde_json::from_str(&schema).expect("JSON");
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        assert!(validator.is_valid(&document), "{words}");
    }
    written
}

fn began(folder: &Folder, words: &[&str]) -> (Option<i32>, String) {
    let output = program().current_dir(&folder.0).arg("init").args(words).output().expect("it runs");
    (output.status.code(), text(&output))
}

/// Files that lie in a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The scenarios of the program, for whoever wants to alter them.
#[test]
fn scenarios_are_written_out() {
    let folder = Folder::new("init-scenarios");
    let (code, said) = began(&folder, &["--scenarios"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("pan-harness run --scenarios scenarios"), "{said}");
    let smoke = std::fs::read(folder.0.join("scenarios/smoke/unidirectional.yaml")).expect("a scenario");
    let own = scenarios("../../scenarios/smoke/unidirectional.yaml");
    assert_eq!(smoke, std::fs::read(own).expect("the same in the project"));
    let (code, said) = began(&folder, &["--scenarios"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("there is something in it already; name a new folder"), "{said}");
    let (code, said) = began(&folder, &["--scenarios", "scenarios/smoke/unidirectional.yaml/new"]);
    assert_eq!(code, Some(2), "{said}");
    let (code, said) = began(&folder, &["127.0.0.1:1", "--scenarios", "new"]);
    assert_eq!((code, files(&folder.0)), (Some(2), vec!["scenarios".to_owned()]), "{said}");
}

#[test]
fn a_server_is_asked_and_its_file_runs() {
    let (folder, served) = (Folder::new("init-server"), Served::new(&[]));
    let hostile = "a \"name\": # {no}\nparty: client";
    let words = [&served.listening, "--name", hostile, "--stimulus", &served.stimulus, "--server-name", "PRINTSRV"];
    let (code, said) = began(&folder, &words);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("my-server.yaml is written.") && said.contains("run --target my-server.yaml"), "{said}");
    let written = valid(&folder, "my-server.yaml");
    assert!(written.contains("\ntransfer_syntax: [ndr, ndr64] "), "{written}");
    let target = folder.0.join("my-server.yaml").display().to_string();
    let output = run(&folder, &["works/", "--target", &target]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("spoken: 2 in ndr, 2 in ndr64"), "{}", text(&output));
}

#[test]
fn a_client_is_described_and_its_file_runs() {
    let folder = Folder::new("init-client");
    let (program_path, listen) =
        (env!("CARGO_BIN_EXE_pan-harness"), "listen {host}:{port} --mode {mode} --type {type} --count {count}");
    let words: Vec<&str> = ["--", program_path].into_iter().chain(listen.split(' ')).collect();
    let (code, said) = began(&folder, &words);
    assert_eq!(code, Some(0), "{said}");
    valid(&folder, "my-client.yaml");
    let mut command = program();
    command.args(["run", "--report"]).arg(folder.0.join("report")).arg("--target").arg(folder.0.join("my-client.yaml"));
    let output = command.args(["--scenarios", &scenarios("tests/clients")]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("scenarios: 1 pass"), "{}", text(&output));
}

#[test]
fn accounts_are_written_where_the_server_takes_them() {
    let folder = Folder::new("init-accounts");
    let served = Served::with(&["--account", "alice=PAN_INIT_PASSWORD"], "PAN_INIT_PASSWORD", "Sésame");
    let (code, said) = began(&folder, &[&served.listening, "--account", r"LAB\alice=PAN_INIT_PASSWORD"]);
    assert_eq!(code, Some(0), "{said}");
    let written = valid(&folder, "my-server.yaml");
    assert!(written.contains("alice: {user: alice, domain: LAB, password_env: PAN_INIT_PASSWORD}"), "{written}");
    assert!(written.contains("\nsecurity: {provider: negotiate, level: pkt} "), "{written}");
    let target = folder.0.join("my-server.yaml").display().to_string();
    let mut command = run(&folder, &["works/create-and-delete", "--target", &target]);
    let output = command.env("PAN_INIT_PASSWORD", "Sésame").output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

#[test]
fn what_is_there_stays_unless_it_may_be_replaced() {
    let folder = Folder::new("init-there");
    std::fs::write(folder.0.join("my-client.yaml"), "mine").expect("a file");
    std::fs::write(folder.0.join(SCHEMA), "{}").expect("a file");
    let (code, said) = began(&folder, &["--manual"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("my-client.yaml: it is there already; name a new file with --output"), "{said}");
    assert_eq!(files(&folder.0), ["my-client.yaml", SCHEMA]);
    let (code, said) = began(&folder, &["--manual", "-o", "other.yaml"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("it is another schema than this version's, and stays"), "{said}");
    assert_eq!(std::fs::read_to_string(folder.0.join(SCHEMA)).expect("a file"), "{}");
    let (code, said) = began(&folder, &["--manual", "--overwrite"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(valid(&folder, "my-client.yaml").contains("\nlaunch: {manual: true} "));
    assert_eq!(files(&folder.0), ["my-client.yaml", "other.yaml", SCHEMA]);
}

/// A server that accepts connections, and says nothing that is DCE/RPC.
fn another() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || listener.incoming().flatten().for_each(drop));
    address
}

#[rstest]
#[case::nobody_to_ask("", 2, "name a server's ADDRESS, or a client's COMMAND after `--`: there is no terminal")]
#[case::no_address("127.0.0.1", 2, "ADDRESS: `127.0.0.1` is neither HOST:PORT nor a string binding")]
#[case::both("127.0.0.1:1 -- x", 2, "cannot be used with")]
#[case::gone("GONE", 3, "the server can't be reached: ")]
#[case::another("ANOTHER", 3, "does not speak DCE/RPC")]
#[case::not_ms_pan("MAPPER", 4, "no MS-PAN is spoken there: IRPCAsyncNotify in NDR: ")]
#[case::silent_source("SERVED --stimulus GONE", 3, "the notification source does not answer: can't connect to")]
#[case::no_source("SERVED --stimulus here", 2, "the notification source: `here` is no HOST:PORT")]
#[case::no_logins("SERVED --account a=A", 2, "--account: the server takes no login by a password")]
#[case::no_account("SERVED --account alice", 2, "`alice` is no USER=VARIABLE")]
#[case::no_folder("SERVED -o nowhere/x.yaml", 2, "nowhere/x.yaml: its folder is not there")]
#[case::a_folder("SERVED -o .", 2, ".: it is a folder; name a file")]
#[case::unwritable("SERVED -o /proc/self/x.yaml", 3, "/proc/self/x.yaml: ")]
#[case::placeholder("-- ./my-client {prot}", 2, "unknown placeholder `{prot}`; did you mean `port`?")]
#[case::source_of_a_client("--manual --stimulus 127.0.0.1:9", 2, "cannot be used with")]
fn what_makes_no_target_file_leaves_none(#[case] words: &str, #[case] code: i32, #[case] said: &str) {
    let folder = Folder::new(&format!("init-wrong-{}", words.replace(|c: char| !c.is_ascii_alphanumeric(), "-")));
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").to_string();
    let served = (words.contains("SERVED") || words.contains("MAPPER")).then(|| crate::endpoint::Serving::new(&[]));
    let meant = |word: &str| match (word, &served) {
        ("GONE", _) => gone.clone(),
        ("ANOTHER", _) => another(),
        ("SERVED", Some(served)) => format!("127.0.0.1:{}", served.port),
        ("MAPPER", Some(served)) => served.mapper.clone(),
        (other, _) => other.to_owned(),
    };
    let words: Vec<String> = words.split_whitespace().map(meant).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (found, told) = began(&folder, &words);
    assert_eq!(found, Some(code), "{told}");
    assert!(told.contains(said), "{told}");
    assert_eq!(files(&folder.0), <[&str; 0]>::default());
}

/// The arguments of a command line.
fn arguments(line: &str) -> Init {
    let words = ["pan-harness", "init"].into_iter().chain(line.split_whitespace());
    match runner::arguments::parse(words.map(Into::into)) {
        Ok((Command::Init(init), _)) => init,
        other => panic!("{other:?}"),
    }
}

/// What is asked of somebody who gives these answers, and what comes of it.
fn asked(line: &str, answers: &str) -> (Result<Made, (Exit, String)>, String) {
    let (mut input, mut output) = (Cursor::new(answers.to_owned()), Vec::new());
    let made = init(&arguments(line), Some(Dialogue::new(&mut input, &mut output)));
    (made, String::from_utf8(output).expect("text"))
}

#[rstest]
#[case::server(
    "server",
    "--no-probe",
    "server\nhere\n127.0.0.1:49670\nmy server\nPRINTSRV\n\nhere:x\n127.0.0.1:9000\nLAB\\alice\n\n"
)]
#[case::usual("usual", "--no-probe", "\nncacn_ip_tcp:192.0.2.1\n\n\n\n\n\n")]
#[case::client("client", "", "neither\nclient\nmy client\n./a \"b c\"\n./a {prot}\n./my-client --port {port}\n")]
#[case::by_hand("by_hand", "", "client\n\n\n")]
#[case::options("options", "--no-probe --name x --printer q --account bob=BOB", "\n127.0.0.1:1\n\n\n")]
fn what_is_not_given_is_asked(#[case] name: &str, #[case] line: &str, #[case] answers: &str) {
    let (made, questions) = asked(&format!("{line} -o -"), answers);
    let made = made.unwrap_or_else(|(_, why)| panic!("{why}\n{questions}"));
    let questions = questions.replace("]: ", "]:\n").replace("mapper: ", "mapper:\n");
    let told = format!("{questions}---\n{}---\n{}\n", made.text.expect("a text"), made.words.join("\n"));
    insta::assert_snapshot!(format!("init_{name}"), told);
}

#[test]
fn a_file_that_is_there_is_asked_for_again() {
    let folder = Folder::new("init-asked");
    let (there, new) = (folder.0.join("there.yaml"), folder.0.join("new.yaml"));
    std::fs::write(&there, "mine").expect("a file");
    let answers = format!("client\n{}\n{}\n\n\n", there.display(), new.display());
    let (made, questions) = asked("", &answers);
    made.expect("a file");
    assert!(questions.contains("The file to write [my-client.yaml]: "), "{questions}");
    assert!(questions.contains("it is there already; name a new file"), "{questions}");
    assert_eq!(std::fs::read_to_string(there).expect("a file"), "mine");
    valid(&folder, "new.yaml");
}

#[rstest]
#[case::none("")]
#[case::after_one("client\n")]
#[case::no_text("client\n\u{0}\n")]
fn answers_that_end_leave_no_file(#[case] answers: &str) {
    let folder = Folder::new(&format!("init-ended-{}", answers.len()));
    let file = folder.0.join("x.yaml");
    let (made, questions) = asked(&format!("-o {}", file.display()), answers);
    let (exit, why) = made.expect_err("no file");
    assert_eq!(exit, Exit::Mistake, "{questions}");
    assert!(why.contains("nothing is written"), "{why}");
    assert_eq!(files(&folder.0), <[&str; 0]>::default());
}

#[test]
fn a_server_that_is_asked_for_on_a_terminal_is_probed() {
    let (folder, served) = (Folder::new("init-probed"), Served::new(&[]));
    let file = folder.0.join("x.yaml");
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let answers = format!("server\n{gone}\n{}\n\n\n\n{gone}\n{}\n", served.listening, served.stimulus);
    let (made, questions) = asked(&format!("-o {}", file.display()), &answers);
    made.unwrap_or_else(|(_, why)| panic!("{why}\n{questions}"));
    assert!(questions.contains("  the server can't be reached: "), "{questions}");
    assert!(questions.contains("  It speaks MS-PAN, in ndr and ndr64.\n"), "{questions}");
    assert!(questions.contains("the notification source does not answer"), "{questions}");
    assert!(!questions.contains("Who logs in?"), "nobody could: {questions}");
    assert!(valid(&folder, "x.yaml").contains(&format!("stimulus: {{tcp: \"{}\"", served.stimulus)));
}
