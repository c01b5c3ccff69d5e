//! `scrub`: what is handed on says nothing of people, hosts and printers, and is judged as before.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use capture::{About, write_bare};
use dcerpc::fragment::pieces;
use dcerpc::ndr::{Format, WideString};
use dcerpc::pdu::{Bind, BindAck, Body, ContextElement, ContextResult, Fault, Flags, Pdu, Request, Response};
use dcerpc::security::Level;
use dcerpc::{ByteOrder, ContextHandle, TransferSyntax};
use mspan::document::{Word, vocabulary};
use mspan::method::{GetNotificationIn, GetNotificationOut, In, Out, RegisterClientIn, RegisterClientOut};
use mspan::{Interface, NotificationType};
use rstest::rstest;
use runner::scrub::{Scrubbed, scrub};
use trace::Entry;
use uuid::Uuid;

use crate::check_capture::Wire;
use crate::check_sealed::{captured, conversation};
use crate::compare::recorded;
use crate::run::{Folder, program, text};

fn scrubbed(octets: &[u8]) -> Scrubbed {
    scrub("test", octets, &[]).unwrap_or_else(|(exit, why)| panic!("{exit:?}: {why}"))
}

fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../captures");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        name.ends_with(".pcapng") && !name.starts_with("damaged")
    });
    files.sort();
    files
}

/// Words of 4 letters and more that stand in octets as UTF-16 of either order, in small letters.
fn wide_words(octets: &[u8]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for start in [0, 1] {
        let mut word = String::new();
        for pair in octets[start..].chunks(2) {
            match pair {
                [letter, 0] if letter.is_ascii_alphabetic() => word.push(char::from(*letter).to_ascii_lowercase()),
                _ => {
                    if word.len() >= 4 {
                        words.insert(word.clone());
                    }
                    word.clear();
                }
            }
        }
    }
    words
}

/// What names nobody: the schemas, what XML says itself, and namespaces.
fn harmless() -> String {
    let declared = vocabulary().into_iter().map(|word| match word {
        Word::Element(name, _) | Word::Attribute(name, _) => name,
    });
    let others = "xmlns http schemas microsoft com print asyncui request response windows printing bidi version encoding cdata \
                  true false idok idcancel printername printconfig notifyentry host localhost string envelope reason detail quot doctype entity";
    declared.chain(others.split_whitespace()).collect::<Vec<&str>>().join(" ").to_ascii_lowercase()
}

/// Octets as text, a character each, without the difference between capitals and small letters.
fn shown(octets: &[u8]) -> String {
    octets.iter().map(|octet| char::from(octet.to_ascii_lowercase())).collect()
}

pub(crate) fn holds(octets: &[u8], wanted: &[u8]) -> bool {
    shown(octets).contains(&shown(wanted))
}

/// All forms in which a word may stand.
pub(crate) fn forms(word: &str) -> [Vec<u8>; 3] {
    let units = || word.encode_utf16();
    [
        word.as_bytes().to_vec(),
        units().flat_map(u16::to_le_bytes).collect(),
        units().flat_map(u16::to_be_bytes).collect(),
    ]
}

/// That nothing of a capture is left that anybody could be known by, and that it is judged as before.
pub(crate) fn is_clean(name: &str, original: &[u8]) -> Scrubbed {
    let made = scrubbed(original);
    assert_eq!(made.differs, Vec::<String>::new(), "{name}");
    assert_eq!(made, scrubbed(original), "{name}");
    // Packets end where they like, so that a part of a harmless word is one, too.
    let (harmless, found) = (harmless(), shown(&made.octets));
    for word in wide_words(original).into_iter().filter(|word| !harmless.contains(word.as_str())) {
        for form in forms(&word) {
            assert!(!found.contains(&shown(&form)), "{name}: {word}");
        }
    }
    // It is one that can be scrubbed as well, and nothing new is found then.
    let again = scrubbed(&made.octets);
    assert_eq!(again.differs, Vec::<String>::new(), "{name}, again");
    made
}

#[test]
fn every_capture_is_scrubbed_and_judged_as_before() {
    let mut seen = 0;
    for file in captures() {
        let original = fs::read(&file).unwrap();
        let made = is_clean(&file.display().to_string(), &original);
        for address in [[192, 0, 2], [198, 51, 100]] {
            let of_net = |window: &[u8]| window == address;
            assert!(!made.octets.windows(3).any(of_net), "{}: {address:?}", file.display());
        }
        seen += 1;
    }
    assert!(seen > 30, "{seen} captures");
}

/// What anybody would have captured.
pub(crate) fn bare(entries: &[Entry]) -> Vec<u8> {
    let mut octets = Vec::new();
    let about = About { application: "the tests", comments: &[], start: 1_700_000_000_000_000_000 };
    write_bare(&mut octets, about, entries).unwrap();
    octets
}

#[rstest]
#[case(None, "smoke/unidirectional")]
#[case(None, "channel/whole-conversation")]
#[case(None, "client/async-ui/message-box")]
#[case(None, "client/async-ui/custom-data-with-reply")]
#[case(None, "client/order/bidirectional")]
#[case(None, "registration/for-a-print-queue")]
#[case(None, "matching/type-differs-in-the-last-octet")]
#[case(None, "endpoint/towers")]
#[case(None, "endpoint/other-transports")]
#[case(None, "rpc/other-protocol")]
#[case(None, "rpc/cancelled-call")]
#[case(None, "rpc/conversation-in-either-byte-order")]
#[case(None, "rpc/several-connections")]
#[case(None, "rpc/verification-trailer")]
#[case(None, "rpc/verification-trailer-to-process")]
#[case(None, "rpc/fragments-of-every-size")]
#[case(None, "rpc/register-stub-cut-short")]
#[case(None, "rpc/get-notification-stub-cut-short")]
#[case(None, "rpc/string-longer-than-its-array")]
#[case(None, "rpc/string-without-terminator")]
#[case(None, "rpc/half-a-request")]
#[case(None, "rpc/request-before-bind")]
#[case(None, "rpc/reserved-opnum")]
#[case(Some("out-size-counts-characters"), "smoke/unidirectional")]
#[case(Some("notification-type-is-null"), "smoke/unidirectional")]
#[case(Some("malformed-name-fails-otherwise"), "registration/malformed-printer-names")]
#[case(Some("channel-count-too-large"), "smoke/bidirectional")]
fn what_a_scenario_shows_is_judged_as_before(#[case] conduct: Option<&str>, #[case] id: &str) {
    is_clean(id, &bare(&recorded(conduct, id, 1).entries));
}

/// Whatever packet is missing, or all before one.
#[test]
fn losses_stay_losses() {
    let entries = recorded(None, "smoke/bidirectional", 1).entries;
    let whole = captured(&entries, None);
    for lost in 1..60 {
        let octets = captured(&entries, Some(lost));
        if octets.len() < whole.len() {
            is_clean(&format!("without packet {lost}"), &octets);
        }
    }
    let mut cut = 24;
    for _ in 0..12 {
        let length = u32::from_le_bytes(whole[cut + 8..cut + 12].try_into().unwrap());
        cut += 16 + usize::try_from(length).unwrap();
        let octets = [&whole[..24], &whole[cut..]].concat();
        if scrub("cut", octets.as_slice(), &[]).is_ok() {
            is_clean(&format!("from octet {cut} on"), &octets);
        }
    }
}

#[rstest]
#[case("ntlm", Level::PKT)]
#[case("ntlm", Level::PRIVACY)]
#[case("ntlm in spnego", Level::INTEGRITY)]
#[case("kerberos", Level::PKT)]
#[case("kerberos in spnego", Level::PRIVACY)]
#[tokio::test(start_paused = true)]
async fn tokens_name_nobody(#[case] way: &str, #[case] level: Level) {
    let original = captured(&conversation(way, level).await, None);
    let made = is_clean(way, &original);
    for word in ["alice", "printsrv", "lab.test", "office"] {
        for form in forms(word) {
            assert!(!holds(&made.octets, &form), "{way}: {word}");
        }
    }
    let told = made.changed.join("\n");
    assert!(told.contains("tokens of logins") && told.contains("signatures of calls"), "{told}");
    assert_eq!(told.contains("stubs that are sealed"), level == Level::PRIVACY, "{told}");
}

/// Numbers that look random, the same for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    /// A name of 5 to 12 characters, of which some are no ASCII.
    fn name(&mut self) -> String {
        let letters: Vec<char> = "abcdefghijklmnopqrstuvwyzQRSTÄöñжщ日本0123456789".chars().collect();
        (0..5 + self.next(8)).map(|_| letters[self.next(letters.len())]).collect()
    }
}

/// What somebody might find out from a conversation.
struct Secrets {
    words: Vec<String>,
    octets: Vec<Vec<u8>>,
}

pub(crate) fn frames(wire: &mut Wire, up: bool, pdus: impl IntoIterator<Item = Pdu>, segment: usize) {
    let octets: Vec<u8> = pdus.into_iter().flat_map(|pdu| pdu.encode().to_vec()).collect();
    octets.chunks(segment).for_each(|piece| wire.packet(0, up, "", piece));
}

pub(crate) fn call(stub: Bytes, order: ByteOrder, fragment: usize, body: impl Fn(Bytes) -> Body) -> Vec<Pdu> {
    pieces(stub, fragment).map(|piece| Pdu::new(body(piece.stub), piece.flags, order, 7)).collect()
}

/// A connection that binds IRPCAsyncNotify, with a secondary address.
pub(crate) fn bound(wire: &mut Wire, format: Format, address: &str, segment: usize) {
    wire.packet(0, true, "S1", b"");
    wire.packet(0, false, "S", b"");
    let context = ContextElement::new(0, Interface::AsyncNotify.id(), format.syntax.id());
    let bind = Bind { max_xmit_frag: 5840, max_recv_frag: 5840, contexts: vec![context], ..Bind::default() };
    frames(wire, true, [Pdu::new(Body::Bind(bind), Flags::WHOLE, format.order, 1)], segment);
    let address = BindAck::address(address);
    let answer = BindAck {
        max_xmit_frag: 5840,
        max_recv_frag: 5840,
        assoc_group_id: 9,
        padding: BindAck::padding_after(&address),
        secondary_address: address,
        results: vec![ContextResult::accept(format.syntax.id())],
        ..BindAck::default()
    };
    frames(wire, false, [Pdu::new(Body::BindAck(answer), Flags::WHOLE, format.order, 1)], segment);
}

/// A registration, a notification and a fault, full of names.
fn told(seed: u64, format: Format, fragment: usize, segment: usize) -> (Vec<u8>, Secrets) {
    let mut random = Random(seed);
    let [server, printer, user, title, job, host] = std::array::from_fn(|_| random.name());
    let node = [0x02, 0x1B, 0x63, 0x84, 0x45, u8::try_from(random.next(256)).unwrap()];
    // A UUID of version 1 holds the address of a network card.
    let [a, b, c, d, e, f] = node;
    let object = ContextHandle::new(Uuid::from_fields(1, 2, 0x1003, &[0x80, 1, a, b, c, d, e, f]));
    let request = |stub| Body::Request(Request { context_id: 0, opnum: 0, stub, ..Request::default() });
    let receive = |stub| Body::Request(Request { context_id: 0, opnum: 5, stub, ..Request::default() });
    let response = |stub| Body::Response(Response { stub, ..Response::default() });
    let mut wire = Wire::new();
    bound(&mut wire, format, &format!("\\PIPE\\{host}"), segment);
    let register = RegisterClientIn {
        registration_obj: object,
        name: Some(WideString::new(&format!("\\\\{server}\\{printer}"))),
        notification_type: NotificationType::ASYNC_UI,
        ..RegisterClientIn::default()
    };
    let stub = In::RegisterClient(register).encode(format);
    frames(&mut wire, true, call(stub, format.order, fragment, request), segment);
    let referral = RegisterClientOut { referral: Some(WideString::new(&host)), ..RegisterClientOut::default() };
    let stub = Out::RegisterClient(referral).encode(format);
    frames(&mut wire, false, call(stub, format.order, fragment, response), segment);
    let stub = In::GetNotification(GetNotificationIn { remote_obj: object }).encode(format);
    frames(&mut wire, true, call(stub, format.order, fragment, receive), segment);
    let document = format!(
        "<?xml version=\"1.0\"?><!-- {user} --><asyncPrintUIRequest \
         xmlns=\"http://schemas.microsoft.com/2003/print/asyncui/v1/request\"><v1><requestOpen><balloonUI \
         resourceDll=\"{title}.dll\"><title stringID=\"601\"/><body>{job} &amp; <![CDATA[{user}]]><parameter>{printer}\
         </parameter></body><action dll=\"{title}.dll\" entrypoint=\"{user}\">{job} of {user}</action></balloonUI>\
         </requestOpen></v1></asyncPrintUIRequest>"
    );
    let data: Bytes = document.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let output = GetNotificationOut {
        notification_type: Some(NotificationType::ASYNC_UI),
        out_size: u32::try_from(data.len()).unwrap(),
        notification_data: Some(data.into()),
        ..GetNotificationOut::default()
    };
    let stub = Out::GetNotification(output).encode(format);
    frames(&mut wire, false, call(stub, format.order, fragment, response), segment);
    let stub = In::GetNotification(GetNotificationIn { remote_obj: object }).encode(format);
    frames(&mut wire, true, call(stub, format.order, fragment, receive), segment);
    let information: Bytes = host.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let fault = Body::Fault(Fault { stub: information, reserved: 1, ..Fault::new(0, 5) });
    frames(&mut wire, false, [Pdu::new(fault, Flags::WHOLE, format.order, 7)], segment);
    wire.packet(0, true, "F", b"");
    wire.packet(0, false, "F", b"");
    let octets = vec![node.to_vec(), [192, 0, 2, 1].to_vec(), [192, 0, 2, 2].to_vec()];
    (wire.file, Secrets { words: vec![server, printer, user, title, job, host], octets })
}

#[rstest]
fn nothing_that_was_told_is_found_again(
    #[values(TransferSyntax::Ndr, TransferSyntax::Ndr64)] syntax: TransferSyntax,
    #[values(ByteOrder::Little, ByteOrder::Big)] order: ByteOrder,
) {
    let sizes = [(1, 3), (7, 1_000), (8, 16), (33, 5), (160, 1_000), (4_096, 1_000)];
    for (seed, (fragment, segment)) in sizes.into_iter().cycle().take(8).enumerate() {
        let (original, secrets) = told(seed as u64, Format { syntax, order }, fragment, segment);
        let made = is_clean(&format!("seed {seed}"), &original);
        for word in &secrets.words {
            let parts = word.split(|c: char| c.is_ascii_digit()).filter(|part| part.chars().count() >= 5);
            for form in parts.chain([word.as_str()]).flat_map(forms) {
                assert!(!holds(&made.octets, &form), "seed {seed}: {word}");
            }
        }
        for octets in &secrets.octets {
            assert!(!holds(&made.octets, octets), "seed {seed}: {octets:02x?}");
        }
    }
}

/// Which printer a notification is about is still to be seen.
#[test]
fn the_same_name_is_the_same_everywhere() {
    let format = Format::new(TransferSyntax::Ndr, ByteOrder::Little);
    let (original, _) = told(3, format, 4_096, 1_000);
    let made = scrubbed(&original);
    let shown: String = made.octets.iter().filter(|octet| **octet != 0).map(|octet| char::from(*octet)).collect();
    let name = shown.split("\\\\").nth(1).unwrap().split('\\').nth(1).unwrap();
    let name: String = name.chars().take_while(char::is_ascii_alphanumeric).collect();
    assert!(shown.contains(&format!("<parameter>{name}</parameter>")), "{name}: {shown}");
    insta::assert_snapshot!("scrubbed", made.changed.join("\n"));
}

#[test]
fn what_the_user_names_is_found_nowhere() {
    let format = Format::new(TransferSyntax::Ndr, ByteOrder::Little);
    let (original, _) = told(1, format, 4_096, 1_000);
    let also = ["balloonUI".to_owned()];
    let made = scrub("test", original.as_slice(), &also).unwrap();
    for form in forms("balloonUI") {
        assert!(!holds(&made.octets, &form));
    }
    assert!(made.changed.iter().any(|line| line == "places with what --also names: 2 blanked"), "{:?}", made.changed);
    let short = scrub("test", original.as_slice(), &["ab".to_owned()]).unwrap_err();
    assert_eq!(short.1, "--also: expected a word of 3 characters or more, found \"ab\"");
}

/// Of what lies below IP nothing is left.
#[test]
fn network_cards_are_gone() {
    let format = Format::new(TransferSyntax::Ndr, ByteOrder::Little);
    let (raw, _) = told(2, format, 4_096, 1_000);
    let cards = b"\x02\xC0\xFF\xEE\xBA\xBE\x02\xDE\xAD\xBE\xEF\x01\x08\x00";
    let mut original = raw[..24].to_vec();
    original[20] = 1;
    let mut rest = &raw[24..];
    while !rest.is_empty() {
        let length = u32::from_le_bytes(rest[8..12].try_into().unwrap());
        let (packet, behind) = rest.split_at(16 + usize::try_from(length).unwrap());
        original.extend_from_slice(&packet[..8]);
        original.extend((length + 14).to_le_bytes().repeat(2));
        original.extend_from_slice(cards);
        original.extend_from_slice(&packet[16..]);
        rest = behind;
    }
    let made = is_clean("ethernet", &original);
    assert!(!holds(&made.octets, &cards[..6]) && !holds(&made.octets, &cards[6..12]));
    assert_eq!(made, scrubbed(&raw));
}

#[test]
fn the_program_writes_a_capture_and_overwrites_none() {
    let folder = Folder::new("scrub");
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../captures");
    let made = folder.0.join("made.pcapng");
    let run = |capture: &str, output: &Path| {
        program().arg("scrub").arg(captures.join(capture)).arg("-o").arg(output).output().unwrap()
    };
    let output = run("flow-message-box-plain.pcapng", &made);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    insta::assert_snapshot!("scrubbed_message_box", text(&output));
    let again = run("flow-message-box-plain.pcapng", &made);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again).contains("it is there already; name a new file"), "{}", text(&again));
    let checked = |file: &Path| {
        let output = program()
            .args(["check", "--format", "json", "--party", "both", "--report"])
            .arg(&folder.0)
            .arg(file)
            .output();
        assert_ne!(output.unwrap().status.code(), Some(2));
        let results = fs::read_to_string(folder.0.join("results.json")).unwrap();
        let results: serde_json::Value = serde_json::from_str(&results).unwrap();
        let findings = results["scenarios"][0]["findings"].as_array().unwrap().clone();
        let told = |one: &serde_json::Value| (one["rule"].clone(), one["requirements"].clone(), one["verdict"].clone());
        findings.iter().map(|one| format!("{:?}", told(one))).collect::<Vec<String>>()
    };
    let copy = folder.0.join("original.pcapng");
    fs::copy(captures.join("flow-message-box-plain.pcapng"), &copy).unwrap();
    assert_eq!(checked(&made), checked(&copy));

    let other = folder.0.join("other.pcapng");
    for (capture, code, why) in [
        ("other-protocol.pcap", 4, "no MS-PAN traffic: no connection binds its interfaces"),
        ("damaged-cut.pcapng", 2, "found the end of the file in the middle of it"),
        ("damaged-empty.pcapng", 2, "found an empty file"),
        ("damaged-length.pcapng", 2, "expected a block of at most"),
        ("damaged-link.pcapng", 2, "expected a link type that holds IP"),
        ("damaged-magic.pcapng", 2, "offset 0: expected the header of pcap or pcapng"),
        ("nowhere.pcapng", 2, "nowhere.pcapng"),
        ("trace.jsonl", 2, "its run.pcapng can"),
    ] {
        let trace = folder.0.join("trace.jsonl");
        fs::write(&trace, "{}").unwrap();
        let output = run(if capture == "trace.jsonl" { trace.to_str().unwrap() } else { capture }, &other);
        assert_eq!((output.status.code(), text(&output).contains(why)), (Some(code), true), "{}", text(&output));
        assert!(!other.exists());
    }
}
