//! The interfaces that a server offers ([MS-PAN] 1.9, 3.1.2).

use alloc::format;

use mspan::Interface;

use crate::catalogue::Level;
use crate::event::{Event, Kind, Negotiated};
use crate::occasion::Occasions;
use crate::rule::{Party, Rule, Verdicts};
use crate::scene::Scene;

/// The rules of these sections.
pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "MS-PAN/1.9/interfaces-are-offered",
        section: "1.9",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-1.9-01", "PAN-1.9-02", "PAN-3.1.2-01", "PAN-2.1-03"],
        occasions: Occasions::NEGOTIATED,
        judge: interfaces_are_offered,
    },
    Rule {
        id: "MS-PAN/3.1.2/version-is-1-0",
        section: "3.1.2",
        level: Level::Must,
        party: Party::Server,
        requirements: &["PAN-3.1.2-01", "PAN-1.9-01"],
        occasions: Occasions::NEGOTIATED,
        judge: version_is_1_0,
    },
];

const ACCEPTANCE: u16 = 0;
const PROVIDER_REJECTION: u16 = 2;
const NEGOTIATE_ACK: u16 = 3;
const TRANSFER_SYNTAXES_NOT_SUPPORTED: u16 = 2;
const LOCAL_LIMIT_EXCEEDED: u16 = 3;

fn interfaces_are_offered(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::Negotiated(negotiated) = &event.kind else { return };
    let decided: &[&str] = match Interface::from_id(negotiated.abstract_syntax) {
        Some(Interface::RemoteObject) => &["PAN-1.9-02", "PAN-3.1.2-01", "PAN-2.1-03"],
        Some(Interface::AsyncNotify) => &["PAN-1.9-01", "PAN-2.1-03"],
        None => return,
    };
    let Negotiated { result, reason, .. } = negotiated;
    let expected = || format!("acceptance of {}", name(negotiated));
    let actual = || format!("result {result}, reason {reason}");
    match (*result, *reason) {
        (ACCEPTANCE, _) => {
            verdicts.pass().on(decided);
        }
        (PROVIDER_REJECTION, LOCAL_LIMIT_EXCEEDED) => {
            verdicts.inconclusive("a local limit was exceeded").on(decided);
        }
        // Which transfer syntaxes a server has, or takes of those that a client proposes in contexts of their own, is not
        // [MS-PAN]'s affair; nor are the features of the bind.
        (PROVIDER_REJECTION, TRANSFER_SYNTAXES_NOT_SUPPORTED) | (NEGOTIATE_ACK, _) => {}
        _ if is_meant(model, negotiated) => {
            verdicts.fail(expected(), actual()).on(decided);
        }
        _ => {
            let (expected, actual) = (expected(), actual());
            let why = format!("{expected} came to nothing ({actual}), perhaps at the endpoint of another service");
            verdicts.inconclusive(why).on(decided);
        }
    }
}

/// Whether a service of [MS-PAN] is to be expected where a connection leads: the harness went there, or it was seen there. In a
/// recording, whoever has got the port since may have answered.
fn is_meant(model: &Scene<'_>, negotiated: &Negotiated) -> bool {
    let ends = model.endpoints.ends(negotiated.connection);
    ends.is_some_and(|ends| ends.is_known || model.endpoints.is_ours(&ends.server))
}

/// Other major versions are refused.
fn version_is_1_0(_: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Kind::Negotiated(negotiated) = &event.kind else { return };
    let proposed = negotiated.abstract_syntax;
    let same = |interface: &Interface| interface.id().uuid == proposed.uuid && proposed.major() != 1;
    let Some(interface) = Interface::ALL.into_iter().find(same) else { return };
    let decided: &[&str] = match interface {
        Interface::RemoteObject => &["PAN-3.1.2-01"],
        Interface::AsyncNotify => &["PAN-1.9-01"],
    };
    if negotiated.result == ACCEPTANCE {
        verdicts.fail("rejection of every version but 1.0", format!("{} accepted", name(negotiated))).on(decided);
    } else {
        verdicts.pass().on(decided);
    }
}

fn name(negotiated: &Negotiated) -> alloc::string::String {
    let syntax = negotiated.abstract_syntax;
    format!("{} {}.{}", syntax.uuid, syntax.major(), syntax.minor())
}
