//! Captures: what `check` finds in them, and what it says of files that are none.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use conformance::{Checker, Config, rules};
use etherparse::{PacketBuilder, TcpHeader};
use rstest::rstest;
use runner::arguments::{Command, parse};
use runner::check::check;
use runner::exit::Exit;
use runner::report::{Origin, Outcome, Results};
use trace::{Direction, Opened, Recorder, Seen, Time};

/// Octets that a packet of the test carries at most: large PDUs take several.
const SEGMENT: usize = 1_000;

/// A conversation that other implementations had: `connection`, then `open PORT`, `> octets`, `< octets` or `end WAY`.
fn conversation(name: &str) -> Vec<(u32, String, String)> {
    let path = format!("{}/../conformance/tests/it/conversations/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let words: Vec<_> = line.split(' ').collect();
            (words[0].parse().unwrap(), words[1].to_owned(), words[2].to_owned())
        })
        .collect()
}

/// A pcap file of IP packets in the making, with the sequence numbers of each connection.
pub(crate) struct Wire {
    pub(crate) file: Vec<u8>,
    sent: BTreeMap<(u32, bool), u32>,
}

impl Wire {
    pub(crate) fn new() -> Self {
        let words: [u32; 6] = [0xA1B2_C3D4, 4 << 16 | 2, 0, 0, 65_535, 101];
        let file = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        Self { file, sent: BTreeMap::new() }
    }

    pub(crate) fn packet(&mut self, connection: u32, up: bool, flags: &str, payload: &[u8]) {
        let client = SocketAddr::from(([192, 0, 2, 1], 50_000 + u16::try_from(connection).unwrap()));
        let server = SocketAddr::from(([192, 0, 2, 2], 49_670));
        let (from, to) = if up { (client, server) } else { (server, client) };
        let sequence = *self.sent.entry((connection, up)).or_default();
        let mut header = TcpHeader::new(from.port(), to.port(), sequence, 65_000);
        (header.syn, header.ack, header.fin) = (flags.contains('S'), !flags.contains('1'), flags.contains('F'));
        header.acknowledgment_number = self.sent.get(&(connection, !up)).copied().unwrap_or(0);
        let length = u32::try_from(payload.len()).unwrap() + u32::from(header.syn) + u32::from(header.fin);
        self.sent.insert((connection, up), sequence.wrapping_add(length));
        let mut packet = Vec::new();
        let ends = if up { ([192, 0, 2, 1], [192, 0, 2, 2]) } else { ([192, 0, 2, 2], [192, 0, 2, 1]) };
        PacketBuilder::ipv4(ends.0, ends.1, 64).tcp_header(header).write(&mut packet, payload).unwrap();
        self.record(&packet);
    }

    fn record(&mut self, packet: &[u8]) {
        let length = u32::try_from(packet.len()).unwrap();
        for word in [1_700_000_000, 0, length, length] {
            self.file.extend_from_slice(&word.to_le_bytes());
        }
        self.file.extend_from_slice(packet);
    }

    /// A conversation as it would be captured.
    fn carry(&mut self, conversation: &[(u32, String, String)]) {
        for (connection, way, rest) in conversation {
            match way.as_str() {
                "open" => {
                    self.packet(*connection, true, "S1", b"");
                    self.packet(*connection, false, "S", b"");
                }
                "end" => {
                    self.packet(*connection, rest == ">", "F", b"");
                    self.packet(*connection, rest != ">", "F", b"");
                }
                arrow => {
                    for piece in hex::decode(rest).unwrap().chunks(SEGMENT) {
                        self.packet(*connection, arrow == ">", "", piece);
                    }
                }
            }
        }
    }
}

/// A file of its own for a test.
pub(crate) fn file(name: &str, octets: &[u8]) -> PathBuf {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("pan-harness-check-{}-{number}-{name}", std::process::id()));
    std::fs::write(&path, octets).unwrap();
    path
}

pub(crate) fn checked(path: &Path, options: &str) -> (Results, bool) {
    let line = format!("pan-harness check {options} {}", path.display());
    let (command, _) = parse(line.split_whitespace().map(Into::into)).unwrap();
    let Command::Check(arguments) = command else { panic!("expected check") };
    let checked = check(&arguments, None).unwrap();
    std::fs::remove_file(path).unwrap();
    (checked.results, checked.unreadable)
}

/// What the rules find in the same conversation without any capture between.
fn judged(conversation: &[(u32, String, String)]) -> BTreeSet<(String, String)> {
    let mut recorder = Recorder::new();
    for (connection, way, rest) in conversation {
        let connection = trace::ConnectionId(*connection);
        let direction = |arrow: &str| if arrow == ">" { Direction::ToServer } else { Direction::ToClient };
        let seen = match way.as_str() {
            "open" => {
                let server = "192.0.2.2:49670".into();
                Seen::Opened(Opened { connection, client: "192.0.2.1".into(), server, actor: None })
            }
            "end" => {
                Seen::Closed(trace::Closed { connection, how: trace::ConnectionEnd::Orderly { by: direction(rest) } })
            }
            arrow => {
                let octets = hex::decode(rest).unwrap().into();
                Seen::Octets(trace::Observation { connection, direction: direction(arrow), octets })
            }
        };
        recorder.record(Time::ZERO, seen);
    }
    recorder.record(Time::ZERO, Seen::End(trace::End::CutShort));
    let mut checker = Checker::new(Config::default(), rules::all());
    recorder.take().iter().for_each(|entry| checker.push(entry, &mut |_| {}));
    let findings = checker.finish().findings;
    findings.iter().map(|finding| (finding.rule.to_owned(), finding.verdict.to_string())).collect()
}

#[rstest]
fn a_capture_is_judged_as_its_octets_are(
    #[values("wine-to-go-msrpc", "go-msrpc-to-wine", "wine-to-wine", "go-msrpc-and-scapy")] name: &str,
) {
    let conversation = conversation(name);
    let mut wire = Wire::new();
    wire.carry(&conversation);
    let (results, unreadable) = checked(&file(&format!("{name}.pcap"), &wire.file), "");
    assert!(!unreadable);
    let scenario = &results.scenarios[0];
    let found: BTreeSet<_> = scenario
        .findings
        .iter()
        .map(|finding| (finding.rule.clone(), format!("{:?}", finding.verdict).to_lowercase()))
        .collect();
    assert_eq!(found, judged(&conversation));
    assert_eq!((results.exit(), scenario.party.as_str()), (Exit::Unexpected, "both"));
}

/// Of an interface the version counts too: whoever asks for another one, and whoever takes that, is found in a capture as in a run.
#[rstest]
#[case::remote_object("9b0633aea8a2ee46a235ddfd339be281", "PAN-1.9-02", "PAN-3.1.2-01")]
#[case::async_notify("fadb6e0b244ac64f8a23942b1eca65d1", "PAN-1.9-01", "PAN-1.9-01")]
fn other_versions_are_found(#[case] interface: &str, #[case] asked: &str, #[case] taken: &str) {
    let (right, wrong) = (format!("{interface}01000000"), format!("{interface}02000000"));
    let mut conversation = conversation("wine-to-wine");
    conversation.iter_mut().for_each(|(_, _, rest)| *rest = rest.replace(&right, &wrong));
    let mut wire = Wire::new();
    wire.carry(&conversation);
    let (results, _) = checked(&file("version.pcap", &wire.file), "");
    let found = |party: &str, requirement: &str, rule: &str| {
        results.scenarios[0].findings.iter().any(|finding| {
            let named = finding.requirements.iter().any(|id| id == requirement);
            finding.party == party && finding.rule == rule && named
        })
    };
    assert!(found("client", asked, "MS-PAN/1.9/client-asks-for-version-1-0"));
    assert!(found("server", taken, "MS-PAN/3.1.2/version-is-1-0"));
}

/// Wine's server answers every call with call_id 1: the finding names the packet of the first such answer.
#[test]
fn findings_name_packets() {
    let conversation = conversation("go-msrpc-to-wine");
    let mut wire = Wire::new();
    wire.carry(&conversation);
    let (results, _) = checked(&file("packets.pcap", &wire.file), "--party server");
    let named = results.scenarios[0].findings.iter().filter_map(|finding| match &finding.origin {
        Origin::Entry { packet, .. }
            if finding.party == "server" && finding.verdict == runner::report::Severity::Fail =>
        {
            Some((*packet, finding.actual.clone()))
        }
        _ => None,
    });
    insta::assert_debug_snapshot!("packets", named.take(2).collect::<Vec<_>>());
}

#[test]
fn what_is_none_of_ours_is_left_out_and_told() {
    let mut wire = Wire::new();
    wire.packet(90, true, "S1", b"");
    wire.packet(90, false, "S", b"");
    wire.packet(90, true, "", b"GET / HTTP/1.1\r\n");
    // A request on a connection that was open before.
    wire.packet(91, true, "", b"\x05\0\0\x03\x10\0\0\0\x18\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0");
    wire.record(&[0xFF; 30]);
    let (results, unreadable) = checked(&file("foreign.pcap", &wire.file), "");
    let scenario = &results.scenarios[0];
    assert!(!unreadable);
    assert_eq!((scenario.verdict, results.exit()), (Outcome::Unsupported, Exit::NothingPassed));
    assert_eq!(scenario.reason.as_deref(), Some("no MS-PAN traffic: no connection binds its interfaces"));
    assert_eq!(
        scenario.notes,
        [
            "5 packets; 0 connections to the interfaces of MS-PAN, 0 connections to the endpoint mapper alone",
            "1 connection of DCE/RPC without the bind: whether they are MS-PAN's can't be told",
            "headers that can't be read, or were cut off, in 1 packets",
        ]
    );
}

#[rstest]
#[case::empty("empty.pcap", b"", "offset 0: expected the header of pcap or pcapng, found an empty file")]
#[case::text(
    "text.pcapng",
    b"hello, I am text",
    "offset 0: expected the header of pcap or pcapng, found 68 65 6c 6c 6f 2c 20 49"
)]
#[case::cut("cut.pcap", &[0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0, 9, 9], "offset 0x18: expected a whole block, found the end of the file in the middle of it")]
#[case::link("link.pcap", &[0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 147, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7], "expected a link type that holds IP, found 147")]
fn what_can_not_be_read_is_an_error(#[case] name: &str, #[case] octets: &[u8], #[case] expected: &str) {
    let (results, unreadable) = checked(&file(name, octets), "");
    assert!(unreadable);
    let scenario = &results.scenarios[0];
    assert_eq!((scenario.verdict, scenario.reason.as_deref()), (Outcome::Error, Some(expected)));
}

/// Of several files one can't be read: it is an entry of its own, the rest is judged as ever, by however many at a time.
#[rstest]
fn an_unreadable_file_does_not_hide_the_others(#[values("1", "3")] jobs: &str) {
    let mut wire = Wire::new();
    wire.carry(&conversation("go-msrpc-to-wine"));
    let folder = crate::run::Folder::new(&format!("several-{jobs}"));
    let captures = folder.0.join("captures");
    std::fs::create_dir(&captures).unwrap();
    for (name, octets) in [("a.pcap", wire.file.as_slice()), ("b.pcapng", b"no capture"), ("c.pcap", &wire.file)] {
        std::fs::write(captures.join(name), octets).unwrap();
    }
    let mut command = crate::run::program();
    command.args(["check", "--jobs", jobs, "--report"]).arg(folder.0.join("report")).arg(&captures);
    let done = command.output().unwrap();
    assert_eq!(done.status.code(), Some(2), "{done:?}");
    let rows = folder.results().scenarios;
    let name = |row: &runner::report::Scenario| row.id.rsplit('/').next().unwrap_or_default().to_owned();
    let verdicts: Vec<_> = rows.iter().map(|row| (name(row), row.verdict)).collect();
    let verdicts: Vec<_> = verdicts.iter().map(|(name, verdict)| (name.as_str(), *verdict)).collect();
    assert_eq!(verdicts, [("a.pcap", Outcome::Fail), ("b.pcapng", Outcome::Error), ("c.pcap", Outcome::Fail)]);
    let reason = "offset 0: expected the header of pcap or pcapng, found 6e 6f 20 63 61 70 74 75";
    assert_eq!(rows[1].reason.as_deref(), Some(reason));
    let rules = |row: &runner::report::Scenario| row.findings.iter().map(|one| one.rule.clone()).collect::<Vec<_>>();
    assert_eq!(rules(&rows[0]), rules(&rows[2]));
    assert!(!rules(&rows[0]).is_empty());
}
