//! What client and server agreed on.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use dcerpc::pdu::{Bind, BindAck, ContextElement, ContextResult, ResultCode};
use dcerpc::{SyntaxId, TransferSyntax};
use mspan::Interface;
use trace::ConnectionId;

use super::Output;
use super::handles::Guess;
use super::mapper::is_mapper;
use crate::event::{AssociationId, Kind, Negotiated};

/// More binds than that are not kept while no answer comes: a client has to wait for it.
const MOST_UNANSWERED: usize = 16;

/// Contexts of a connection that are guessed at most.
const MOST_GUESSES: usize = 64;

/// The presentation contexts of a connection ([C706] 12.6.4.3, 12.6.4.4).
#[derive(Debug, Default)]
pub(super) struct Negotiation {
    proposed: BTreeMap<u32, Proposal>,
    contexts: BTreeMap<u16, Context>,
    /// What contexts can be whose bind nobody saw.
    guesses: BTreeMap<u16, Guess>,
}

/// A bind or alter_context that was not answered.
#[derive(Debug)]
struct Proposal {
    contexts: Vec<ContextElement>,
    /// Whether it names no association to join.
    begins: bool,
}

/// A presentation context that was accepted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    /// The interface, when it is one of ours.
    pub(super) interface: Option<Interface>,
    /// Whether the interface is the endpoint mapper's.
    pub(super) is_mapper: bool,
    /// The transfer syntax, when it is one of NDR's.
    pub(super) syntax: Option<TransferSyntax>,
}

impl Negotiation {
    /// A bind or alter_context.
    pub(super) fn propose(&mut self, call_id: u32, bind: Bind) {
        let begins = bind.assoc_group_id == 0;
        self.proposed.insert(call_id, Proposal { contexts: bind.contexts, begins });
        if self.proposed.len() > MOST_UNANSWERED {
            self.proposed.pop_first();
        }
    }

    /// A bind_nak or fault: nothing of the proposal holds. The abstract syntaxes of the proposal of that call_id.
    pub(super) fn refuse(&mut self, call_id: u32) -> Option<Vec<SyntaxId>> {
        let proposal = self.proposed.remove(&call_id)?;
        Some(proposal.contexts.iter().map(|element| element.abstract_syntax).collect())
    }

    /// A bind_ack or alter_context_resp. When it does not answer a proposal, says so: expected and found.
    pub(super) fn answer(
        &mut self,
        connection: ConnectionId,
        association: Option<AssociationId>,
        call_id: u32,
        answer: &BindAck,
        out: &mut Output<'_>,
    ) -> Result<(), String> {
        let Some(Proposal { contexts: proposed, begins }) = self.proposed.remove(&call_id) else {
            return Err(format!("expected an answer to a bind or alter_context, found call_id {call_id} of none"));
        };
        for (element, result) in proposed.iter().zip(&answer.results) {
            let accepted = (result.result == ResultCode::ACCEPTANCE).then_some(result.transfer_syntax);
            self.settle(element, accepted);
            let ContextResult { result: ResultCode(result), reason, .. } = *result;
            out.event(Kind::Negotiated(Negotiated {
                connection,
                association,
                begins,
                context_id: element.id,
                abstract_syntax: element.abstract_syntax,
                proposed: element.transfer_syntaxes.clone(),
                offered: offered(&proposed, element.abstract_syntax),
                result,
                reason,
                accepted,
            }));
        }
        match (proposed.len(), answer.results.len()) {
            (expected, found) if expected != found => {
                Err(format!("expected a result for each of {expected} presentation contexts, found {found} results"))
            }
            _ => Ok(()),
        }
    }

    /// The context that requests call `id`.
    pub(super) fn context(&self, id: u16) -> Option<Context> {
        self.contexts.get(&id).copied()
    }

    /// What a context can be whose bind nobody saw.
    pub(super) fn guess(&self, id: u16) -> Guess {
        self.guesses.get(&id).copied().unwrap_or(Guess::ANY)
    }

    /// The same, when more is known. Once one thing is left it is as good as negotiated.
    pub(super) fn narrow(&mut self, id: u16, guess: Guess) {
        if let Some(context) = guess.only() {
            self.contexts.insert(id, context);
        }
        if self.guesses.len() < MOST_GUESSES {
            self.guesses.insert(id, guess);
        }
    }

    fn settle(&mut self, element: &ContextElement, accepted: Option<SyntaxId>) {
        if let Some(syntax) = accepted {
            let interface = Interface::from_id(element.abstract_syntax);
            let is_mapper = is_mapper(element.abstract_syntax);
            self.contexts.insert(element.id, Context { interface, is_mapper, syntax: TransferSyntax::from_id(syntax) });
        }
    }
}

/// The transfer syntaxes that a bind proposes for an abstract syntax.
fn offered(contexts: &[ContextElement], abstract_syntax: SyntaxId) -> Vec<SyntaxId> {
    let same = contexts.iter().filter(|element| element.abstract_syntax == abstract_syntax);
    same.flat_map(|element| element.transfer_syntaxes.iter().copied()).collect()
}
