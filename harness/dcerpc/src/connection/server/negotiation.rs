//! What a server accepts of a bind or alter_context: sizes and presentation contexts ([MS-RPCE] 3.3.1.5.3, 3.3.1.5.6).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::MUST_RECV_FRAG;
use super::{Context, Options};
use crate::pdu::{Bind, ContextElement, ContextResult, Features};
use crate::{SyntaxId, TransferSyntax};

/// The answer to each proposed context, and those that were accepted by their p_cont_id.
pub(super) type Outcome = (Vec<ContextResult>, Vec<(u16, Context)>);

/// What stands for a size that nobody may have, below MustRecvFragSize, as Windows has it.
const LEAST_FRAG: u16 = 2048;

/// The longest PDU in either direction: what both ends can send and receive, in whole units of 8 octets.
pub(super) fn longest_frag(options: &Options, bind: &Bind) -> u16 {
    let told =
        [bind.max_xmit_frag, bind.max_recv_frag].map(|size| if size < MUST_RECV_FRAG { LEAST_FRAG } else { size });
    let ours = options.max_xmit_frag.min(options.max_recv_frag);
    told.into_iter().fold(ours, u16::min) & !7
}

/// What no answer to single contexts can say: there are none, one without any transfer syntax, or several that tell features
/// ([MS-RPCE] 3.3.1.5.3).
pub(super) fn check(proposed: &[ContextElement]) -> Result<(), String> {
    if proposed.is_empty() {
        return Err("no presentation context".into());
    }
    if let Some(element) = proposed.iter().find(|element| element.transfer_syntaxes.is_empty()) {
        return Err(format!("presentation context {} without a transfer syntax", element.id));
    }
    match proposed.iter().filter_map(features_of).count() {
        0 | 1 => Ok(()),
        several => Err(format!("{several} presentation contexts that tell features (MS-RPCE 3.3.1.5.3)")),
    }
}

/// Answers each proposed context and tells those that were accepted by their p_cont_id.
///
/// Of the contexts for one interface that differ in transfer syntax at most one is accepted: the preferred syntax, or else
/// the first that the server has.
pub(super) fn negotiate(options: &Options, proposed: &[ContextElement]) -> Outcome {
    let mut accepted: Vec<(u16, Context)> = Vec::new();
    let mut answer = |element: &ContextElement| {
        if let (Some(told), Some(ours)) = (features_of(element), options.features) {
            return ContextResult::negotiate_ack(ours.common(told).to_reason());
        }
        if !options.interfaces.iter().any(|offered| is_offered(*offered, element.abstract_syntax)) {
            return ContextResult::reject(ContextResult::ABSTRACT_SYNTAX_NOT_SUPPORTED);
        }
        let interface = element.abstract_syntax;
        let taken = accepted.iter().any(|(_, context)| context.interface == interface);
        match choose(options, proposed, interface).filter(|syntax| !taken && proposes(element, *syntax)) {
            Some(syntax) => {
                accepted.push((element.id, Context { interface, syntax }));
                ContextResult::accept(syntax.id())
            }
            None => ContextResult::reject(ContextResult::PROPOSED_TRANSFER_SYNTAXES_NOT_SUPPORTED),
        }
    };
    let results = proposed.iter().map(&mut answer).collect();
    (results, accepted)
}

/// The syntax for an interface, out of all contexts that propose it.
fn choose(options: &Options, proposed: &[ContextElement], interface: SyntaxId) -> Option<TransferSyntax> {
    let elements = proposed.iter().filter(|element| element.abstract_syntax == interface);
    let ids = elements.flat_map(|element| &element.transfer_syntaxes);
    let known = ids.filter_map(|id| TransferSyntax::from_id(*id));
    let common: Vec<_> = known.filter(|syntax| options.transfer_syntaxes.contains(syntax)).collect();
    let preferred = options.transfer_syntaxes.first().filter(|preferred| common.contains(preferred));
    preferred.or(common.first()).copied()
}

fn proposes(element: &ContextElement, syntax: TransferSyntax) -> bool {
    element.transfer_syntaxes.contains(&syntax.id())
}

/// The features that a context tells: by its first transfer syntax, which should be its only one.
fn features_of(element: &ContextElement) -> Option<Features> {
    element.transfer_syntaxes.first().copied().and_then(Features::from_syntax)
}

/// The same interface and major version, and no newer minor version ([C706] 6.1.2).
fn is_offered(offered: SyntaxId, wanted: SyntaxId) -> bool {
    offered.uuid == wanted.uuid && offered.major() == wanted.major() && offered.minor() >= wanted.minor()
}
