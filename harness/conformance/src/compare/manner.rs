//! How a connection is spoken on, below the methods.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dcerpc::ndr::Format;
use dcerpc::security::{Level, Provider};
use dcerpc::{ByteOrder, TransferSyntax};
use mspan::Interface;
use trace::Direction;

use crate::event::{CallStarted, Negotiated, Pdu};
use crate::rule::Party;

/// PFC_FIRST_FRAG and PFC_LAST_FRAG.
const WHOLE: u8 = 0x03;

/// PTYPEs of what may come in fragments.
const REQUEST: u8 = 0;
const RESPONSE: u8 = 2;

/// How a connection is spoken on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Manner {
    pub(super) actor: Option<String>,
    syntaxes: BTreeSet<&'static str>,
    request_orders: BTreeSet<&'static str>,
    response_orders: BTreeSet<&'static str>,
    interfaces: BTreeSet<Interface>,
    features: BTreeSet<u16>,
    securities: BTreeSet<String>,
    rejections: Vec<String>,
    refusal: Option<String>,
    /// Largest frag_length of what came in several, by direction.
    request_fragment: Option<u16>,
    response_fragment: Option<u16>,
}

/// Something in which two associations differ below the methods.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) of: fn(&[Manner]) -> String,
    /// Whose choice it is.
    pub(super) party: Party,
    /// Why it may differ; none where that can't be told.
    pub(super) freedom: Option<&'static str>,
}

/// All of them.
pub(super) static FACTS: &[Fact] = &[
    Fact {
        name: "connections",
        of: |manners| manners.iter().filter(|manner| !manner.interfaces.is_empty()).count().to_string(),
        party: Party::Client,
        freedom: Some("an association may have as many connections as its client opens ([MS-RPCE] 3.3.1.5.6)"),
    },
    Fact {
        name: "interfaces on a connection",
        of: |manners| {
            let names = |manner: &Manner| joined(manner.interfaces.iter().map(|interface| interface.name()));
            let sets: BTreeSet<String> = manners.iter().map(names).filter(|names| !names.is_empty()).collect();
            joined_by(sets.iter().map(String::as_str), " | ")
        },
        party: Party::Client,
        freedom: Some("a connection may carry one interface or both ([C706] 12.6.4.3)"),
    },
    Fact {
        name: "transfer syntax",
        of: |manners| {
            joined(
                manners.iter().flat_map(|manner| manner.syntaxes.iter().copied()).collect::<BTreeSet<_>>().into_iter(),
            )
        },
        party: Party::Server,
        freedom: Some("the client proposes NDR, NDR64 or both, and the server takes one of them ([MS-RPCE] 3.3.1.5.6)"),
    },
    Fact {
        name: "byte order of requests",
        of: |manners| {
            joined(
                manners
                    .iter()
                    .flat_map(|manner| manner.request_orders.iter().copied())
                    .collect::<BTreeSet<_>>()
                    .into_iter(),
            )
        },
        party: Party::Client,
        freedom: Some("each sender chooses its byte order ([C706] 14.1)"),
    },
    Fact {
        name: "byte order of responses",
        of: |manners| {
            joined(
                manners
                    .iter()
                    .flat_map(|manner| manner.response_orders.iter().copied())
                    .collect::<BTreeSet<_>>()
                    .into_iter(),
            )
        },
        party: Party::Server,
        freedom: Some("each sender chooses its byte order ([C706] 14.1)"),
    },
    Fact {
        name: "fragments of requests",
        of: |manners| fragments(manners.iter().filter_map(|manner| manner.request_fragment).max()),
        party: Party::Client,
        freedom: Some(
            "how a stub is cut into fragments is the sender's choice, up to the negotiated size ([C706] 12.6.4.9)",
        ),
    },
    Fact {
        name: "fragments of responses",
        of: |manners| fragments(manners.iter().filter_map(|manner| manner.response_fragment).max()),
        party: Party::Server,
        freedom: Some(
            "how a stub is cut into fragments is the sender's choice, up to the negotiated size ([C706] 12.6.4.10)",
        ),
    },
    Fact {
        name: "bind time features",
        of: |manners| {
            let all: BTreeSet<u16> = manners.iter().flat_map(|manner| manner.features.iter().copied()).collect();
            let words: Vec<String> = all.iter().map(|mask| format!("{mask:#x}")).collect();
            if words.is_empty() { "not negotiated".into() } else { words.join(", ") }
        },
        party: Party::Server,
        freedom: Some(
            "features are granted where both parties have them, and need not be offered ([MS-RPCE] 3.3.1.5.3)",
        ),
    },
    Fact {
        name: "security",
        of: |manners| {
            let all: BTreeSet<&str> =
                manners.iter().flat_map(|manner| manner.securities.iter().map(String::as_str)).collect();
            if all.is_empty() { "none".into() } else { joined(all.into_iter()) }
        },
        party: Party::Client,
        freedom: None,
    },
    Fact {
        name: "presentation contexts that were rejected",
        of: |manners| {
            let all: BTreeSet<&str> =
                manners.iter().flat_map(|manner| manner.rejections.iter().map(String::as_str)).collect();
            if all.is_empty() { "none".into() } else { joined(all.into_iter()) }
        },
        party: Party::Server,
        freedom: None,
    },
];

impl Manner {
    pub(super) fn of(actor: Option<String>) -> Self {
        Self { actor, ..Self::default() }
    }

    pub(super) fn pdu(&mut self, pdu: &Pdu) {
        if let Some(auth) = &pdu.auth {
            self.securities.insert(security(auth.auth_type, auth.auth_level));
        }
        if pdu.flags & WHOLE == WHOLE {
            return;
        }
        let largest = match (pdu.ptype, pdu.direction) {
            (REQUEST, Direction::ToServer) => &mut self.request_fragment,
            (RESPONSE, Direction::ToClient) => &mut self.response_fragment,
            _ => return,
        };
        *largest = (*largest).max(Some(pdu.frag_length));
    }

    pub(super) fn negotiated(&mut self, negotiated: &Negotiated) {
        match negotiated.result {
            0 => {
                let syntax = negotiated.accepted.and_then(TransferSyntax::from_id);
                self.syntaxes.extend(syntax.map(syntax_name));
                self.interfaces.extend(Interface::from_id(negotiated.abstract_syntax));
            }
            3 => {
                self.features.insert(negotiated.reason);
            }
            result => {
                let what = Interface::from_id(negotiated.abstract_syntax).map_or("another interface", Interface::name);
                let syntaxes =
                    joined(negotiated.proposed.iter().filter_map(|id| TransferSyntax::from_id(*id)).map(syntax_name));
                self.rejections.push(format!("{what} in {syntaxes}: result {result}, reason {}", negotiated.reason));
            }
        }
    }

    pub(super) fn refused(&mut self, reason: u16) {
        self.refusal = Some(format!("a bind_nak with reason {reason}"));
    }

    pub(super) fn request(&mut self, started: &CallStarted) {
        self.request_orders.insert(order(started.format));
    }

    pub(super) fn response(&mut self, format: Format) {
        self.response_orders.insert(order(format));
    }

    /// Whether all its calls go under a provider with SPNEGO, at packet level or above.
    pub(super) fn is_at_packet_level(&self) -> bool {
        let levels = ["negotiate-pkt", "negotiate-integrity", "negotiate-privacy"];
        !self.securities.is_empty() && self.securities.iter().all(|security| levels.contains(&security.as_str()))
    }

    pub(super) fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }
}

/// Whether two sides reject the same but for transfer syntaxes and features of our interfaces, which each has in some other way.
pub(super) fn rejects_alike(left: &[Manner], right: &[Manner]) -> bool {
    let foreign = |manners: &[Manner]| -> Vec<String> {
        let all = manners.iter().flat_map(|manner| manner.rejections.iter());
        let is_own = |words: &&String| Interface::ALL.iter().any(|interface| words.starts_with(interface.name()));
        all.filter(|words| !is_own(words)).cloned().collect()
    };
    let interfaces = |manners: &[Manner]| -> BTreeSet<Interface> {
        manners.iter().flat_map(|manner| manner.interfaces.iter().copied()).collect()
    };
    foreign(left) == foreign(right) && interfaces(left) == interfaces(right)
}

fn order(format: Format) -> &'static str {
    match format.order {
        ByteOrder::Little => "little-endian",
        ByteOrder::Big => "big-endian",
    }
}

fn syntax_name(syntax: TransferSyntax) -> &'static str {
    match syntax {
        TransferSyntax::Ndr => "NDR",
        TransferSyntax::Ndr64 => "NDR64",
    }
}

fn security(auth_type: u8, auth_level: u8) -> String {
    let provider = match Provider(auth_type) {
        Provider::NEGOTIATE => "negotiate".into(),
        Provider::NTLM => "ntlm".into(),
        Provider::KERBEROS => "kerberos".into(),
        Provider(other) => format!("provider {other}"),
    };
    let level = match Level(auth_level) {
        Level::CONNECT => "connect".into(),
        Level::PKT => "pkt".into(),
        Level::INTEGRITY => "integrity".into(),
        Level::PRIVACY => "privacy".into(),
        Level(other) => format!("level {other}"),
    };
    format!("{provider}-{level}")
}

fn fragments(largest: Option<u16>) -> String {
    largest.map_or_else(|| "each stub whole".into(), |largest| format!("of up to {largest} octets"))
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    joined_by(words, ", ")
}

fn joined_by<'a>(words: impl Iterator<Item = &'a str>, between: &str) -> String {
    words.collect::<Vec<_>>().join(between)
}
