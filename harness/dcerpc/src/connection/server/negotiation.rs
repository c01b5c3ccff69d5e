//! Which presentation contexts a server accepts ([MS-RPCE] 3.3.1.5.3, 3.3.1.5.6).

use alloc::vec::Vec;

use super::{Context, Options};
use crate::pdu::{ContextElement, ContextResult, Features};
use crate::{SyntaxId, TransferSyntax};

/// Answers each proposed context and tells those that were accepted by their p_cont_id.
///
/// Of the contexts for one interface that differ in transfer syntax at most one is accepted: the preferred syntax, or else
/// the first that the server has.
pub(super) fn negotiate(options: &Options, proposed: &[ContextElement]) -> (Vec<ContextResult>, Vec<(u16, Context)>) {
    let mut accepted: Vec<(u16, Context)> = Vec::new();
    let mut features_told = false;
    let mut answer = |element: &ContextElement| {
        if let (Some(told), Some(ours)) = (features_of(element), options.features)
            && !features_told
        {
            features_told = true;
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

fn features_of(element: &ContextElement) -> Option<Features> {
    match element.transfer_syntaxes.as_slice() {
        [syntax] => Features::from_syntax(*syntax),
        _ => None,
    }
}

/// The same interface and major version, and no newer minor version ([C706] 6.1.2).
fn is_offered(offered: SyntaxId, wanted: SyntaxId) -> bool {
    offered.uuid == wanted.uuid && offered.major() == wanted.major() && offered.minor() >= wanted.minor()
}
