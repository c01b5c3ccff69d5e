//! Binds as probe sends them, and what servers reply.

use dcerpc::pdu::{AuthVerifier, Bind, BindAck, Body, ContextElement, ContextResult, Flags, Pdu, ResultCode};
use dcerpc::{ByteOrder, SyntaxId, TransferSyntax};
use peer::client::{Outcome, Refused};

use super::line::{Came, Port, Silence};
use super::offer::{Fact, Reply};

/// The call_id of the first PDU on a connection.
const FIRST_CALL: u32 = 1;

/// A bind, or an alter_context.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    /// p_context_elem.
    pub(super) contexts: Vec<ContextElement>,
    /// The association to join.
    pub(super) association: u32,
    /// max_xmit_frag and max_recv_frag.
    pub(super) fragment: u16,
    /// pfc_flags beside those of a whole PDU.
    pub(super) flags: Flags,
    /// The verifier with a provider's first token.
    pub(super) auth: Option<AuthVerifier>,
}

impl Proposal {
    /// An interface, in a context of its own for each syntax ([MS-RPCE] 3.3.1.5.6).
    pub(super) fn new(interface: SyntaxId, syntaxes: &[SyntaxId]) -> Self {
        let contexts = (0..).zip(syntaxes).map(|(id, syntax)| ContextElement::new(id, interface, *syntax)).collect();
        let fragment = dcerpc::connection::USUAL_FRAG;
        Self { contexts, association: 0, fragment, flags: Flags::NONE, auth: None }
    }

    /// As the first PDU of a connection.
    pub(super) fn bind(&self) -> Pdu {
        self.pdu(Body::Bind, FIRST_CALL)
    }

    /// As the second one.
    pub(super) fn alter_context(mut self) -> Pdu {
        for (id, context) in (1..).zip(&mut self.contexts) {
            context.id = id;
        }
        self.pdu(Body::AlterContext, FIRST_CALL + 1)
    }

    fn pdu(&self, body: fn(Bind) -> Body, call_id: u32) -> Pdu {
        let bind = Bind {
            max_xmit_frag: self.fragment,
            max_recv_frag: self.fragment,
            assoc_group_id: self.association,
            reserved: [0; 3],
            contexts: self.contexts.clone(),
        };
        let pdu = Pdu::new(body(bind), Flags::WHOLE.with(self.flags), ByteOrder::Little, call_id);
        match &self.auth {
            Some(auth) => pdu.with_auth(auth.clone()),
            None => pdu,
        }
    }
}

/// The questions that were put, and what was remarkable about the answers.
#[derive(Debug, Default)]
pub(super) struct Asked {
    remarks: Vec<String>,
}

impl Asked {
    /// Binds on a connection of its own.
    pub(super) async fn bind(&mut self, port: &Port, proposal: &Proposal) -> Result<Came, Silence> {
        let came = port.ask(&proposal.bind()).await;
        self.note(came)
    }

    /// Keeps in mind what is not as it should be.
    pub(super) fn note(&mut self, came: Result<Came, Silence>) -> Result<Came, Silence> {
        if let Ok(Came { defect: Some(defect), .. }) = &came
            && !self.remarks.contains(defect)
        {
            self.remarks.push(defect.clone());
        }
        came
    }

    /// What was remarkable.
    pub(super) fn into_remarks(self) -> Vec<String> {
        self.remarks
    }
}

/// The bind_ack or alter_context_resp, or the refusal in words.
pub(super) fn acknowledged(came: &Came) -> Result<&BindAck, Reply> {
    let words = match &came.pdu.body {
        Body::BindAck(ack) | Body::AlterContextResp(ack) => return Ok(ack),
        Body::BindNak(nak) => Refused::Nak { reason: nak.reason }.to_string(),
        Body::Fault(fault) => Outcome::Fault { status: fault.status, did_not_execute: false }.to_string(),
        _ => came.pdu.header.ptype.to_string(),
    };
    Err(Reply { accepted: false, words })
}

/// Whether one of the contexts was accepted, and in which syntax.
pub(super) fn accepted(came: &Result<Came, Silence>, proposed: &Proposal) -> Fact<Reply> {
    let came = match came {
        Ok(came) => came,
        Err(silence) => return Fact::Unknown(silence.to_string()),
    };
    let results = match acknowledged(came) {
        Ok(ack) => &ack.results,
        Err(refusal) => return Fact::Known(refusal),
    };
    if results.len() != proposed.contexts.len() {
        let (came, asked) = (results.len(), proposed.contexts.len());
        return Fact::Unknown(format!("it answered {asked} contexts with {came} results"));
    }
    let taken = results.iter().find(|result| result.result == ResultCode::ACCEPTANCE);
    Fact::Known(match (taken, results.first()) {
        (Some(result), _) => Reply { accepted: true, words: syntax_name(result.transfer_syntax) },
        (None, Some(result)) => Reply { accepted: false, words: rejection(*result) },
        (None, None) => Reply { accepted: false, words: "no result".to_owned() },
    })
}

/// `ndr`, `ndr64`, or UUID and version.
pub(super) fn syntax_name(syntax: SyntaxId) -> String {
    match TransferSyntax::from_id(syntax) {
        Some(TransferSyntax::Ndr) => "ndr".to_owned(),
        Some(TransferSyntax::Ndr64) => "ndr64".to_owned(),
        None => format!("{} v{}", syntax.uuid, version(syntax)),
    }
}

/// `1.0`.
pub(super) fn version(syntax: SyntaxId) -> String {
    format!("{}.{}", syntax.major(), syntax.minor())
}

fn rejection(result: ContextResult) -> String {
    match result.reason {
        ContextResult::REASON_NOT_SPECIFIED => format!("{}, reason not specified", result.result),
        ContextResult::ABSTRACT_SYNTAX_NOT_SUPPORTED => "abstract_syntax_not_supported".to_owned(),
        ContextResult::PROPOSED_TRANSFER_SYNTAXES_NOT_SUPPORTED => {
            "proposed_transfer_syntaxes_not_supported".to_owned()
        }
        ContextResult::LOCAL_LIMIT_EXCEEDED => "local_limit_exceeded".to_owned(),
        other => format!("{}, reason {other}", result.result),
    }
}
