//! What recorded traffic shows, and what of it could not be read.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was witnessed of the protocol, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Witnessed {
    /// Packets that were read; none of a trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packets: Option<u64>,
    /// Calls of the two interfaces of which the request was seen.
    pub calls: u64,
    /// How many of them came back with an answer that could be read.
    pub answered: u64,
    /// Parameters of calls, and answers, that stayed sealed.
    pub sealed: u64,
    /// The security contexts under which calls went, at most 1000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<WitnessedContext>,
    /// How many more there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub contexts_left_out: u64,
    /// What could not be read, at most 1000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<WitnessedGap>,
    /// How many more there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub gaps_left_out: u64,
}

/// A security context that was witnessed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WitnessedContext {
    /// The packet, or entry of a trace, with the first call under it.
    pub packet: u64,
    /// The connection: the client's address and the server's.
    pub connection: String,
    /// auth_context_id.
    pub context_id: u32,
    /// `ntlm`, `kerberos`, `negotiate`, or the number of another provider.
    pub provider: String,
    /// `connect`, `pkt`, `integrity`, `privacy`, or the number of another level.
    pub level: String,
    /// Who the client has proved to be, where a secret that was given shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Why it could not be opened; absent when it could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WitnessedGap {
    /// The packet, or entry of a trace, at which that was known.
    pub packet: u64,
    /// The connection: the client's address and the server's.
    pub connection: String,
    /// `to server` or `to client`.
    pub direction: String,
    /// `transport`, `PDU`, `stub` or `token`.
    pub layer: String,
    /// Octets from the start of that layer.
    pub offset: u64,
    /// What and why.
    pub why: String,
    /// Whether it was sealed, and there is no key for it.
    pub sealed: bool,
}

/// Gaps that are shown to people of one file.
const SHOWN: usize = 20;

impl Witnessed {
    /// For people, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        let counted = if self.packets.is_some() { "packet" } else { "entry" };
        let mut lines =
            vec![format!("{} calls seen, {} of them with an answer that can be read", self.calls, self.answered)];
        lines.extend(self.contexts.iter().take(SHOWN).map(|one| format!("{counted} {one}")));
        more(&mut lines, self.contexts.len(), self.contexts_left_out, "security contexts");
        if self.sealed > 0 {
            lines.push(format!("sealed: {} requests and answers", self.sealed));
        }
        let open = || self.gaps.iter().filter(|gap| !gap.sealed);
        lines.extend(open().take(SHOWN).map(|one| format!("{counted} {one}")));
        more(&mut lines, open().count(), self.gaps_left_out, "gaps");
        lines
    }
}

fn more(lines: &mut Vec<String>, listed: usize, left_out: u64, what: &str) {
    let rest = listed.saturating_sub(SHOWN) as u64 + left_out;
    if rest > 0 {
        lines.push(format!("and {rest} more {what}"));
    }
}

impl fmt::Display for WitnessedContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { packet, connection, context_id, provider, level, user, closed } = self;
        write!(f, "{packet}: security context {context_id} of {connection}, {provider} at {level}: ")?;
        match (user, closed) {
            (_, Some(why)) => write!(f, "not verified, {why}"),
            (Some(user), None) => write!(f, "verified, {user}"),
            (None, None) => f.write_str("verified"),
        }
    }
}

impl fmt::Display for WitnessedGap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { packet, connection, direction, layer, offset, why, .. } = self;
        write!(f, "{packet}: not read, {direction} of {connection}, {layer} at {offset:#x}: {why}")
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
