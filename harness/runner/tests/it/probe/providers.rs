//! What servers answer to first tokens.

use bytes::Bytes;
use dcerpc::pdu::{AuthVerifier, BindAck, BindNak, Body, ContextResult, Flags, Pdu};
use dcerpc::{ByteOrder, TransferSyntax};
use insta::assert_snapshot;
use peer::client::Dial;
use peer::transport::Link;
use runner::probe::to_text;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{dial, probed};

/// CHALLENGE_MESSAGE of [MS-NLMP] 4.2.4.3.
const CHALLENGE: &str = include_str!("../../../../dcerpc/tests/it/token/golden/ms-nlmp-challenge.hex");
/// The same kind of message within SPNEGO, by pyspnego.
const SPNEGO_CHALLENGE: &str = include_str!("../../../../dcerpc/tests/it/token/golden/pyspnego-challenge.hex");

fn octets(hex: &str) -> Bytes {
    hex::decode(hex.split_whitespace().collect::<String>()).expect("hexadecimal").into()
}

/// A server that answers each bind as `answer` says by its verifier.
fn with(answer: impl Fn(&AuthVerifier) -> Result<Bytes, u16> + Clone + Send + Sync + 'static) -> Dial {
    dial(move |_, mut link: Link| {
        let answer = answer.clone();
        tokio::spawn(async move {
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = link.reading.read(&mut chunk).await {
                let asked = Pdu::decode(&Bytes::copy_from_slice(&chunk[..read])).expect("a PDU").value;
                link.writing.write_all(&reply(&asked, &answer).encode()).await.ok();
            }
        });
    })
}

pub(crate) fn reply(asked: &Pdu, answer: &impl Fn(&AuthVerifier) -> Result<Bytes, u16>) -> Pdu {
    let (Body::Bind(bind) | Body::AlterContext(bind)) = &asked.body else { panic!("{:?}", asked.body) };
    let ndr = TransferSyntax::Ndr.id();
    let results = bind.contexts.iter().map(|context| match context.transfer_syntaxes.contains(&ndr) {
        true => ContextResult::accept(ndr),
        false => ContextResult::reject(2),
    });
    let ack = BindAck { results: results.collect(), assoc_group_id: 7, ..BindAck::default() };
    let ack = BindAck { padding: BindAck::padding_after(&ack.secondary_address), ..ack };
    let body = |body| Pdu::new(body, Flags::WHOLE, ByteOrder::Little, asked.header.call_id);
    let Some(auth) = &asked.auth else { return body(Body::BindAck(ack)) };
    match answer(auth) {
        Err(reason) => body(Body::BindNak(BindNak::new(reason))),
        Ok(token) => {
            let mut pdu = body(Body::BindAck(ack)).with_auth(AuthVerifier { token, ..auth.clone() });
            pdu.header.flags = asked.header.flags;
            pdu
        }
    }
}

fn section(dial: Dial) -> String {
    let told = to_text(&probed(dial, false).expect("an offer"));
    let at = told.find("Security").expect("a section");
    let signing = told.lines().find(|line| line.contains("header signing")).expect("a line");
    format!("{signing}\n{}", &told[at..])
}

/// As Windows without a domain: NTLM, alone and within SPNEGO.
#[test]
fn challenges_are_told() {
    let ntlm = |auth: &AuthVerifier| match auth.auth_type {
        0x0A => Ok(octets(CHALLENGE)),
        0x09 if auth.token.windows(8).any(|octets| octets == b"NTLMSSP\0") => Ok(octets(SPNEGO_CHALLENGE)),
        // NegTokenResp with negState reject.
        0x09 => Ok(octets("a1073005a0030a0102")),
        _ => Err(8),
    };
    assert_snapshot!("probe-ntlm", section(with(ntlm)));
}

/// A level may be refused where others are not, and a ticket's absence is no refusal of Kerberos.
#[test]
fn levels_and_missing_tickets_are_told_apart() {
    let picky = |auth: &AuthVerifier| match (auth.auth_type, auth.auth_level) {
        (0x0A, 5 | 6) => Ok(octets(CHALLENGE)),
        (0x0A, _) => Err(0),
        (0x10, _) => Err(0),
        // A token that is none, and none at all.
        (0x09, 4) => Ok(octets("00")),
        (0x09, _) => Ok(Bytes::new()),
        _ => Err(8),
    };
    assert_snapshot!("probe-levels", section(with(picky)));
}
