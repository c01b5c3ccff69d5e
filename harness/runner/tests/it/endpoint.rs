//! The endpoint mapper, asked and offered over the loopback.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};

use rstest::rstest;
use runner::report::RequirementVerdict::{self, Fail, Pass, Waived};

use crate::run::{Folder, program, text};

/// `serve` with an endpoint mapper. It ends with the test.
pub(crate) struct Serving {
    child: Child,
    pub(crate) port: String,
    pub(crate) mapper: String,
}

impl Serving {
    pub(crate) fn new(words: &[&str]) -> Self {
        let mut command = program();
        let mapper: &[&str] =
            if words.contains(&"--endpoint-mapper") { &[] } else { &["--endpoint-mapper", "127.0.0.1:0"] };
        command.arg("serve").args(mapper).args(words).stdout(Stdio::piped());
        let mut child = command.spawn().expect("serve");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let address = |key: &str| ready[key].as_str().expect("an address").to_owned();
        let listening = address("listening");
        let port = listening.rsplit(':').next().expect("a port").to_owned();
        Self { child, port, mapper: address("endpoint_mapper") }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The exit code and the words of a run of scenarios against a server at an address, with that endpoint mapper.
fn run(folder: &Folder, address: &str, mapper: &str, selectors: &[&str]) -> (Option<i32>, String) {
    let target = folder.0.join("target.yaml");
    let file =
        format!("party: server\naddress: ncacn_ip_tcp:{address}\nendpoint_mapper: {mapper}\nlimits: {{call: 2s}}\n");
    std::fs::write(&target, file).expect("a target file");
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut command = program();
    command.args(["run", "--report"]).arg(folder.0.join("report")).arg("--scenarios").arg(scenarios);
    let output = command.arg("--target").arg(target).args(selectors).output().expect("it runs");
    (output.status.code(), text(&output))
}

fn verdict(folder: &Folder, id: &str) -> RequirementVerdict {
    let results = folder.results();
    results.requirements.iter().find(|one| one.id == id).map(|one| one.verdict).expect("an entry")
}

/// Nobody may look at the address of a tower ([MS-RPCE] 3.1.3.5.3): it leads to the host that was asked, over IPv6 as well.
#[test]
fn a_port_is_resolved_over_ipv6() {
    if TcpListener::bind("[::1]:0").is_err() {
        // There is no IPv6 here to be spoken.
        return;
    }
    let folder = Folder::new("mapped-six");
    let serving = Serving::new(&["--listen", "[::1]:0", "--endpoint-mapper", "[::1]:0"]);
    assert!(serving.mapper.starts_with("[::1]:"), "{}", serving.mapper);
    let (code, said) = run(&folder, "[::1]", &format!("'{}'", serving.mapper), &["endpoint/", "smoke/registration"]);
    assert_eq!(code, Some(0), "{said}");
    for id in ["PAN-2.1-01", "PAN-3.1.1.3-01", "PAN-3.1.2.3-01"] {
        assert_eq!(verdict(&folder, id), Pass, "{id}: {said}");
    }
}

/// The mapper tells the port, and is judged.
#[test]
fn an_address_without_a_port_is_resolved() {
    let (folder, serving) = (Folder::new("mapped"), Serving::new(&[]));
    let (code, said) = run(&folder, "127.0.0.1", &serving.mapper, &["endpoint/", "smoke/registration"]);
    assert_eq!(code, Some(0), "{said}");
    for id in ["PAN-2.1-01", "PAN-2.1-02", "PAN-3.1.1.3-01", "PAN-3.1.2-02", "PAN-3.1.2.3-01"] {
        assert_eq!(verdict(&folder, id), Pass, "{id}: {said}");
    }
}

#[rstest]
#[case::one_interface("registers-one-interface-only", "PAN-3.1.2-02")]
#[case::a_pipe("offers-a-named-pipe-alone", "PAN-2.1-01")]
#[case::a_closed_port("maps-a-closed-port", "PAN-3.1.1.3-01")]
#[case::itself("maps-to-the-mapper", "PAN-2.1-02")]
fn what_is_not_where_the_mapper_leads_is_found(#[case] misbehaviour: &str, #[case] id: &str) {
    let (folder, serving) = (Folder::new(misbehaviour), Serving::new(&["--misbehave", misbehaviour]));
    let address = format!("127.0.0.1[{}]", serving.port);
    let (code, said) = run(&folder, &address, &serving.mapper, &["endpoint/"]);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(verdict(&folder, id), Fail, "{said}");
}

/// Without a port there is nothing to speak to when the mapper gives none.
#[rstest]
#[case::one_interface("registers-one-interface-only", "IRPCRemoteObject has no known port: the endpoint mapper at")]
#[case::a_pipe("offers-a-named-pipe-alone", "knows no such interface (ept_s_not_registered)")]
#[case::a_closed_port("maps-a-closed-port", "the target can't be reached: 127.0.0.1:1:")]
fn a_mapper_that_leads_nowhere_is_named(#[case] misbehaviour: &str, #[case] words: &str) {
    let name = format!("nowhere-{misbehaviour}");
    let (folder, serving) = (Folder::new(&name), Serving::new(&["--misbehave", misbehaviour]));
    let (code, said) = run(&folder, "127.0.0.1", &serving.mapper, &["smoke/registration"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains(words), "{said}");
}

#[test]
fn a_mapper_that_is_not_there_is_named() {
    let folder = Folder::new("no-mapper");
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").to_string();
    let (code, said) = run(&folder, "127.0.0.1", &gone, &["smoke/registration"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains(&format!("the endpoint mapper at {gone}: {gone}: Connection refused")), "{said}");
}

#[test]
fn a_mapper_that_answers_with_rubbish_is_named() {
    let folder = Folder::new("rubbish-mapper");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mapper = listener.local_addr().expect("its address").to_string();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").ok();
        }
    });
    let (code, said) = run(&folder, "127.0.0.1", &mapper, &["smoke/registration"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains(&format!("the endpoint mapper at {mapper}: in the PDU at octet 0")), "{said}");
}

/// A server with a port and no mapper is not asked for one.
#[test]
fn without_a_mapper_its_requirements_are_waived() {
    let (folder, serving) = (Folder::new("no-need"), Serving::new(&[]));
    let target = folder.target(&format!("127.0.0.1:{}", serving.port), "");
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut command = program();
    command.args(["run", "--report"]).arg(folder.0.join("report")).arg("--scenarios").arg(scenarios);
    let output = command.args(["--target", &target, "endpoint/", "smoke/registration"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("the target file names no `endpoint_mapper`"), "{}", text(&output));
    assert_eq!(verdict(&folder, "PAN-2.1-02"), Waived);
}

/// A bind for IRPCRemoteObject in NDR, as bash writes it.
const BIND: &str = r"printf '\5\0\13\3\20\0\0\0\110\0\0\0\1\0\0\0\320\26\320\26\0\0\0\0\1\0\0\0\0\0\1\0\233\6\63\256\250\242\356\106\242\65\335\375\63\233\342\201\1\0\0\0\4\135\210\212\353\34\311\21\237\350\10\0\53\20\110\140\2\0\0\0' >&3";

/// A client that is told of our endpoint mapper has to ask it; one that is not told, has not.
#[rstest]
#[case::told("'{epm_port}'", Fail)]
#[case::not_told("x", Waived)]
fn a_client_that_never_asks_is_found_where_it_was_told(#[case] word: &str, #[case] expected: RequirementVerdict) {
    let folder = Folder::new(&format!("asking-{}", expected == Fail));
    let script = format!("exec 3<>/dev/tcp/$1/$2\n{BIND}\nhead -c 24 <&3 >/dev/null\n");
    std::fs::write(folder.0.join("client.sh"), script).expect("a script");
    let target = folder.0.join("bash.yaml");
    let file = format!(
        "party: client\nlaunch: {{command: [bash, client.sh, '{{host}}', '{{port}}', {word}]}}\nlimits: {{call: 500ms, scenario: 5s}}\n"
    );
    std::fs::write(&target, file).expect("a target file");
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let mut command = program();
    command.args(["run", "--report"]).arg(folder.0.join("report")).arg("--scenarios").arg(scenarios);
    let output = command.arg("--target").arg(&target).output().expect("it runs");
    assert_eq!(verdict(&folder, "PAN-2.1-02"), expected, "{}", text(&output));
    assert_eq!(verdict(&folder, "PAN-2.1-01"), Pass, "{}", text(&output));
}
