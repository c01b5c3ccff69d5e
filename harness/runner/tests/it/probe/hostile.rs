//! Servers that answer badly: each gets a sentence, and no wait is without an end.

use bytes::Bytes;
use dcerpc::fragment::Framer;
use dcerpc::pdu::{BindAck, Body, ContextResult, Flags, Pdu, PduType};
use dcerpc::{ByteOrder, TransferSyntax};
use peer::client::Dial;
use peer::transport::Link;
use rstest::rstest;
use runner::probe::to_text;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use super::{dial, in_virtual_time, probed, server};

/// A server that answers whatever comes with these octets, and then closes or waits for ever.
fn answering(octets: &'static [u8], closes: bool) -> Dial {
    dial(move |_, mut link: Link| {
        tokio::spawn(async move {
            let mut chunk = [0; 4096];
            if link.reading.read(&mut chunk).await.is_ok() {
                link.writing.write_all(octets).await.ok();
            }
            if !closes {
                std::future::pending::<()>().await;
            }
        });
    })
}

/// A bind_ack of 24 octets where 60 belong, and a request where an answer belongs.
const HALF: &[u8] = &[5, 0, 12, 3, 16, 0, 0, 0, 60, 0, 0, 0, 1, 0, 0, 0, 208, 22, 208, 22, 1, 0, 0, 0];
const REQUEST: &[u8] = &[5, 0, 0, 3, 16, 0, 0, 0, 24, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const SHORT_ACK: &[u8] = &[5, 0, 12, 3, 16, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 208, 22, 208, 22];
const OTHER_CALL: &[u8] = &[5, 0, 13, 3, 16, 0, 0, 0, 20, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0];

#[rstest]
#[case::rubbish(
    answering(b"HTTP/1.1 400 Bad Request\r\n\r\n", false),
    "it answered with octets that are no PDU of DCE/RPC: offset 0x0: rpc_vers is 0x48, expected 5"
)]
#[case::half(answering(HALF, false), "it sent 24 octets of a PDU and not the rest within 5s")]
#[case::half_and_gone(answering(HALF, true), "it closed the connection after 24 octets of a PDU")]
#[case::nothing(answering(&[], false), "it answered nothing within 5s")]
#[case::gone(answering(&[], true), "it closed the connection without an answer")]
#[case::a_question(
    answering(REQUEST, false),
    "it answered with octets that are no PDU of DCE/RPC: request is no answer to bind"
)]
#[case::too_short(
    answering(SHORT_ACK, false),
    "it answered with octets that are no PDU of DCE/RPC: offset 0x14: assoc_group_id"
)]
#[case::another_call(answering(OTHER_CALL, false), "the answer to another call: bind_nak with call_id 7 for 1")]
fn who_does_not_speak_dce_rpc_is_named(#[case] dial: Dial, #[case] words: &str) {
    let unanswered = probed(dial, false).expect_err("no offer");
    let error = unanswered.error;
    assert!(error.starts_with("the server at 10.0.0.1:49670 does not speak DCE/RPC: "), "{error}");
    assert!(error.contains(words), "{error}");
}

#[rstest]
#[case::nobody(dial(|_, link| drop(link)), false, "does not speak DCE/RPC: ")]
#[case::no_mapper(answering(&[], true), true, "IRPCRemoteObject has no known port: the endpoint mapper at 10.0.0.1:135: the end of the connection")]
fn whom_nobody_can_ask_is_named(#[case] dial: Dial, #[case] is_mapped: bool, #[case] words: &str) {
    let error = probed(dial, is_mapped).expect_err("no offer").error;
    assert!(error.contains(words), "{error}");
}

#[test]
fn a_port_where_nobody_listens_is_named() {
    let unanswered = in_virtual_time(async {
        let mut server = server(answering(&[], true), false);
        server.port = Some(1);
        runner::probe::probe(&server).await.expect_err("no offer")
    });
    assert_eq!(unanswered.error, "the server can't be reached: 10.0.0.1:1: connection refused");
}

/// A server that answers the binds that `answer` has an answer for, and is silent otherwise.
fn binding(answer: impl Fn(u32, &Pdu) -> Option<Pdu> + Clone + Send + Sync + 'static) -> Dial {
    let count = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    dial(move |_, mut link: Link| {
        let (answer, count) = (answer.clone(), count.clone());
        tokio::spawn(async move {
            let mut framer = Framer::new(u16::MAX);
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = link.reading.read(&mut chunk).await {
                framer.push(Bytes::copy_from_slice(&chunk[..read]));
                while let Ok(Some(framed)) = framer.next_pdu() {
                    let asked = Pdu::decode(&framed.octets).expect("a PDU").value;
                    let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if let Some(pdu) = answer(number, &asked) {
                        link.writing.write_all(&pdu.encode()).await.ok();
                    }
                }
            }
        });
    })
}

fn ack(asked: &Pdu, results: Vec<ContextResult>) -> Option<Pdu> {
    let ack = BindAck { max_xmit_frag: 1, max_recv_frag: 0, assoc_group_id: 9, results, ..BindAck::default() };
    let ack = BindAck { padding: BindAck::padding_after(&ack.secondary_address), ..ack };
    let body = if asked.header.ptype == PduType::BIND { Body::BindAck(ack) } else { Body::AlterContextResp(ack) };
    Some(Pdu::new(body, Flags::WHOLE, ByteOrder::Little, asked.header.call_id))
}

/// Whatever is not answered is unknown, and the whole takes no longer than it may.
#[test]
fn a_server_that_falls_silent_leaves_the_rest_unknown() {
    let ndr = TransferSyntax::Ndr.id();
    let first_only = binding(move |number, asked| match number {
        0 => ack(asked, vec![ContextResult::accept(ndr); 2]),
        _ => None,
    });
    let (offer, took) = in_virtual_time(async {
        let start = Instant::now();
        let offer = runner::probe::probe(&server(first_only, false)).await.expect("an offer");
        (offer, start.elapsed())
    });
    assert!(took.as_secs() <= 70, "{took:?}");
    insta::assert_snapshot!("probe-silent", to_text(&offer));
}

/// Results that do not fit what was proposed say nothing.
#[test]
fn results_that_do_not_fit_are_not_believed() {
    let offer = probed(binding(|_, asked| ack(asked, Vec::new())), false).expect("an offer");
    let told = to_text(&offer);
    assert!(told.contains("it answered 1 contexts with 0 results"), "{told}");
    assert!(told.contains("sends 1, receives 0 octets"), "{told}");
    assert!(told.contains("not tried: no transfer syntax is accepted for both interfaces"), "{told}");
}

/// Text from a server can't command a terminal, nor tear a table.
#[test]
fn control_characters_are_not_printed() {
    let evil = binding(|_, asked| {
        let mut pdu = ack(asked, vec![ContextResult::reject(1); 2])?;
        if let Body::BindAck(ack) = &mut pdu.body {
            ack.secondary_address = BindAck::address("\u{1b}[2J\nRegistration");
            ack.padding = BindAck::padding_after(&ack.secondary_address);
        }
        Some(pdu.measured())
    });
    let told = to_text(&probed(evil, false).expect("an offer"));
    assert!(told.contains("secondary address        \u{FFFD}[2J\u{FFFD}Registration\n"), "{told}");
}
