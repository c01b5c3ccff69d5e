//! The catalogue of requirements: what the specification demands, entry by entry, how its defects are read, and what can't be judged.

use core::fmt;

use crate::rule::Party;

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// All requirements, sorted by id as text.
#[must_use]
pub fn requirements() -> &'static [Requirement] {
    REQUIREMENTS
}

/// The requirement of that id.
#[must_use]
pub fn requirement(id: &str) -> Option<&'static Requirement> {
    let index = REQUIREMENTS.binary_search_by(|entry| entry.id.cmp(id)).ok()?;
    REQUIREMENTS.get(index)
}

/// All defects of the specification, sorted by id.
#[must_use]
pub fn spec_defects() -> &'static [SpecDefect] {
    SPEC_DEFECTS
}

/// The defect of that id.
#[must_use]
pub fn spec_defect(id: &str) -> Option<&'static SpecDefect> {
    let index = SPEC_DEFECTS.binary_search_by(|entry| entry.id.cmp(id)).ok()?;
    SPEC_DEFECTS.get(index)
}

/// All exemptions, sorted by requirement.
#[must_use]
pub fn exemptions() -> &'static [Exemption] {
    EXEMPTIONS
}

/// Why a requirement can't be judged for a party, when it can't.
#[must_use]
pub fn exemption(requirement: &str, party: Party) -> Option<&'static Exemption> {
    let first = EXEMPTIONS.partition_point(|exemption| exemption.requirement < requirement);
    let same = EXEMPTIONS.iter().skip(first).take_while(|exemption| exemption.requirement == requirement);
    same.into_iter().find(|exemption| exemption.party.is_none_or(|whose| whose == party))
}

/// One statement of the specification that binds somebody.
#[derive(Debug, PartialEq, Eq)]
pub struct Requirement {
    /// `PAN-3.1.1.4.2-08`: section and running number.
    pub id: &'static str,
    /// The section of [MS-PAN].
    pub section: &'static str,
    /// How strongly it binds.
    pub level: Level,
    /// Whom it binds.
    pub role: Role,
    /// Where a breach shows.
    pub observable: Observable,
    /// Interface, opnum and method, in words; empty where none applies.
    pub method: &'static str,
    /// What it says, in our words.
    pub text: &'static str,
    /// How it is checked.
    pub check: &'static str,
    /// One breach that the check has to catch; empty where nothing shows.
    pub violation: &'static str,
    /// Defects of the specification whose reading the check depends on.
    pub defects: &'static [&'static str],
}

/// A place where the specification errs or leaves something open, and the reading taken.
#[derive(Debug, PartialEq, Eq)]
pub struct SpecDefect {
    /// `SD-17`.
    pub id: &'static str,
    /// typo, contradiction, ambiguity, gap.
    pub kind: &'static str,
    /// Where it stands.
    pub place: &'static str,
    /// What is wrong.
    pub what: &'static str,
    /// How it is read here.
    pub reading: &'static str,
    /// Why so.
    pub reason: &'static str,
    /// The requirements that depend on it.
    pub affects: &'static [&'static str],
}

/// A requirement that no rule can decide: a breach stays inside the implementation.
#[derive(Debug, PartialEq, Eq)]
pub struct Exemption {
    /// The requirement's id.
    pub requirement: &'static str,
    /// Whose breach can't be seen, where it binds both parties and the other's can.
    pub party: Option<Party>,
    /// What stays inside, and why the wire can't show it.
    pub reason: &'static str,
}

/// How strongly a requirement binds (RFC 2119).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// MUST.
    Must,
    /// MUST NOT.
    MustNot,
    /// SHOULD.
    Should,
    /// SHOULD NOT.
    ShouldNot,
    /// MAY.
    May,
}

impl Level {
    /// The words of RFC 2119.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::MustNot => "MUST NOT",
            Self::Should => "SHOULD",
            Self::ShouldNot => "SHOULD NOT",
            Self::May => "MAY",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whom a requirement binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The protocol server.
    Server,
    /// The protocol client.
    Client,
    /// Both of them.
    Both,
    /// The notification source at the server.
    Source,
    /// XML data, whoever sends it.
    Document,
}

impl Role {
    /// The parties that it binds. A source is the server's; a document is its sender's, whoever that is.
    #[must_use]
    pub const fn parties(self) -> &'static [Party] {
        match self {
            Self::Server | Self::Source => &[Party::Server],
            Self::Client => &[Party::Client],
            Self::Both | Self::Document => &[Party::Server, Party::Client],
        }
    }

    /// The catalogue's word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Both => "both",
            Self::Source => "source",
            Self::Document => "document",
        }
    }
}

/// Where a breach of a requirement shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Observable {
    /// In the messages of one client.
    Wire,
    /// In messages, once the notification source was asked for something.
    WireWithStimulus,
    /// In the messages of several clients or registrations.
    WireMulti,
    /// In layers below.
    Transport,
    /// In times.
    Timing,
    /// Nowhere outside the party itself.
    Local,
}

impl Observable {
    /// The catalogue's word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wire => "wire",
            Self::WireWithStimulus => "wire-with-stimulus",
            Self::WireMulti => "wire-multi",
            Self::Transport => "transport",
            Self::Timing => "timing",
            Self::Local => "local",
        }
    }
}
