//! What a server offers, as far as it could be found out: the shape of `probe --format json`.

use serde::{Serialize, Serializer};

/// A fact, or why it is not known. In JSON the value itself, or `{"unknown": "why"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact<T> {
    /// It was found out.
    Known(T),
    /// It was not, for this reason.
    Unknown(String),
}

impl<T> Fact<T> {
    /// The value, where it is known.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }
}

impl<T: Serialize> Serialize for Fact<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Unknown<'a> {
            unknown: &'a str,
        }
        match self {
            Self::Known(value) => value.serialize(serializer),
            Self::Unknown(why) => Unknown { unknown: why }.serialize(serializer),
        }
    }
}

impl<T, E: ToString> From<Result<T, E>> for Fact<T> {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(why) => Self::Unknown(why.to_string()),
        }
    }
}

/// What a server offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// The address that was asked for.
    pub address: String,
    /// Its endpoint mapper; none when it was not asked.
    pub endpoint_mapper: Option<EndpointMap>,
    /// The interfaces that were tried: both of [MS-PAN], and the management of the runtime.
    pub interfaces: Vec<InterfaceOffer>,
    /// The interfaces that it names itself, where it lets its management be asked.
    pub management: Fact<Vec<NamedInterface>>,
    /// What its connections are like.
    pub connection: Connection,
    /// How connections come together ([MS-RPCE] 3.3.1.5.6).
    pub association: Group,
    /// What came of one registration, call by call, as far as it went.
    pub registration: Fact<Vec<Step>>,
    /// Its notification source; none when the target file names none.
    pub notification_source: Option<SourceOffer>,
    /// Its security providers.
    pub security: Security,
    /// What the identities of the target file are let in with; none when it names none, or no `security`.
    pub logins: Option<Logins>,
    /// What its PDUs had about them that is not as it should be, and could be read all the same.
    pub remarks: Vec<String>,
}

/// A server that could not be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unanswered {
    /// The address that was asked for.
    pub address: String,
    /// Its endpoint mapper; none when it was not asked.
    pub endpoint_mapper: Option<EndpointMap>,
    /// Why, in words.
    pub error: String,
}

/// What an endpoint mapper says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EndpointMap {
    /// HOST:PORT that was asked.
    pub address: String,
    /// By ept_map, for each interface of [MS-PAN]: its TCP port.
    pub mapped: Vec<Mapped>,
    /// All elements of the map, by ept_lookup.
    pub elements: Fact<Vec<Element>>,
}

/// What ept_map says of one interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mapped {
    /// The interface's name.
    pub interface: String,
    /// Its TCP port.
    pub port: Fact<u16>,
}

/// One element of an endpoint map: a tower in words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Element {
    /// UUID of the interface; none when the tower names none.
    pub uuid: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its name, where it is known here.
    pub name: Option<String>,
    /// The transfer syntax: `ndr`, `ndr64`, or UUID and version.
    pub transfer_syntax: Option<String>,
    /// The protocol sequence and the endpoint, as in a string binding.
    pub binding: String,
}

/// What came of proposing an interface, each time on a connection of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InterfaceOffer {
    /// Its name.
    pub name: String,
    /// Its UUID.
    pub uuid: String,
    /// The version that was proposed.
    pub version: String,
    /// Where: HOST:PORT.
    pub at: String,
    /// In NDR alone.
    pub ndr: Fact<Reply>,
    /// In NDR64 alone.
    pub ndr64: Fact<Reply>,
    /// In both: which one is taken.
    pub both: Fact<Reply>,
}

/// An interface that a server names (rpc__mgmt_inq_if_ids of [C706] appendix Q).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedInterface {
    /// Its UUID.
    pub uuid: String,
    /// Its version.
    pub version: String,
    /// Its name, where it is known here.
    pub name: Option<String>,
}

/// How a server replied to a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reply {
    /// Whether it was accepted.
    pub accepted: bool,
    /// In words.
    pub words: String,
}

/// What a server's connections are like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// The byte order of what it sends: `little` or `big`.
    pub byte_order: Fact<String>,
    /// Its secondary address.
    pub secondary_address: Fact<String>,
    /// Its longest fragments, for each length that was proposed.
    pub fragments: Vec<Fragments>,
    /// Whether several calls are let run on a connection at a time (PFC_CONC_MPX).
    pub multiplexing: Fact<bool>,
    /// The features that it has of those in [MS-RPCE] 2.2.2.14.
    pub features: Fact<Vec<String>>,
    /// Whether an interface can be added to a connection by alter_context.
    pub alter_context: Fact<Reply>,
    /// Whether headers are signed (PFC_SUPPORT_HEADER_SIGN), where a provider answers.
    pub header_signing: Fact<bool>,
}

/// The longest fragments that were agreed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fragments {
    /// What was proposed for either direction, in octets.
    pub proposed: u16,
    /// What the server said.
    pub agreed: Fact<Agreed>,
}

/// What a server said of fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Agreed {
    /// max_xmit_frag: the longest that it sends, in octets.
    pub max_xmit_frag: u16,
    /// max_recv_frag: the longest that it receives, in octets.
    pub max_recv_frag: u16,
}

/// How connections come together in an association.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// A second connection that names the first one's assoc_group_id.
    pub second_connection: Fact<Reply>,
    /// A connection that names an assoc_group_id that nobody gave out.
    pub unknown_group: Fact<Reply>,
}

/// One call of a registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The method.
    pub method: String,
    /// On which connection of the association.
    pub connection: String,
    /// Whether it returned success.
    pub succeeded: bool,
    /// How it came back, in words.
    pub outcome: String,
}

/// What a notification source says that it can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceOffer {
    /// What it says of a verb that does not exist: known is that it calls it unsupported, as it should.
    pub nonsense: Fact<String>,
    /// The verbs that were tried, in that order.
    pub verbs: Vec<Verb>,
    /// The verbs that were not tried, for they do harm.
    pub not_tried: Vec<String>,
}

/// What a notification source says of a verb.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verb {
    /// The verb.
    pub verb: String,
    /// Whether it can do that.
    pub can: Fact<bool>,
    /// Its answer, in words.
    pub answer: String,
}

/// What a server offers of security.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Security {
    /// The providers that were tried, each at all levels.
    pub providers: Vec<ProviderOffer>,
    /// The mechanisms that it takes within SPNEGO, each offered alone; none where SPNEGO is not begun at all.
    pub mechanisms: Vec<MechanismOffer>,
    /// What it calls itself in NTLM.
    pub names: Option<Names>,
}

/// What came of a provider's first token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProviderOffer {
    /// `ntlm`, `negotiate` or `kerberos`, as in target files.
    pub provider: String,
    /// auth_type.
    pub auth_type: u8,
    /// Level by level.
    pub levels: Vec<LevelOffer>,
}

/// What came of a provider's first token at one level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LevelOffer {
    /// `connect`, `pkt`, `integrity` or `privacy`, as in target files.
    pub level: String,
    /// auth_level.
    pub auth_level: u8,
    /// Whether the exchange of tokens begins. That it would end well is another matter.
    pub begins: Fact<Reply>,
}

/// What came of a mechanism within SPNEGO.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MechanismOffer {
    /// `ntlm` or `kerberos`.
    pub mechanism: String,
    /// Whether it is taken.
    pub taken: Fact<Reply>,
}

/// What a server calls itself in NTLM's challenge ([MS-NLMP] 2.2.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    /// TargetName.
    pub target: Option<String>,
    /// MsvAvNbComputerName.
    pub computer: Option<String>,
    /// MsvAvDnsComputerName.
    pub dns_computer: Option<String>,
    /// MsvAvNbDomainName.
    pub domain: Option<String>,
    /// MsvAvDnsDomainName.
    pub dns_domain: Option<String>,
}

/// What the identities of a target file are let in with, and who of them may register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Logins {
    /// The first identity, in words: the one that logs in with each provider at each level.
    pub identity: String,
    /// The providers, each at all levels.
    pub providers: Vec<ProviderLogins>,
    /// The mechanism that SPNEGO chose; none when no login with it was accepted.
    pub mechanism: Option<String>,
    /// Whether headers are signed too, where something is signed.
    pub header_signing: Fact<bool>,
    /// What the server sends at packet level: `signed` or `unsigned`, as target files call it.
    pub packet_level: Fact<String>,
    /// The provider and the level at which the registrations were tried: those of the target file, `PROVIDER-LEVEL`.
    pub registered_with: String,
    /// What each identity may register for; nobody first, who does not authenticate.
    pub registrants: Fact<Vec<Registrant>>,
    /// Why an identity is not let in with the provider and the level of the target file; none when all are.
    pub refused: Option<String>,
}

/// What came of logging in with a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProviderLogins {
    /// `ntlm`, `negotiate` or `kerberos`, as in target files.
    pub provider: String,
    /// auth_type.
    pub auth_type: u8,
    /// Level by level.
    pub levels: Vec<LevelLogin>,
}

/// What came of logging in at one level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LevelLogin {
    /// `connect`, `pkt`, `integrity` or `privacy`, as in target files.
    pub level: String,
    /// auth_level.
    pub auth_level: u8,
    /// Whether the security context stands and a call in it was answered.
    pub accepted: Fact<Reply>,
}

/// What an identity may register for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Registrant {
    /// Who, in words.
    pub identity: String,
    /// One for each filter, for the print server itself and for the printer of the target file.
    pub registrations: Vec<RegistrationOffer>,
}

/// Whether somebody may register for something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegistrationOffer {
    /// The queue's name; none for the print server itself.
    pub printer: Option<String>,
    /// `kPerUser` or `kAllUsers`.
    pub filter: String,
    /// Whether RegisterClient succeeded.
    pub authorised: Fact<Reply>,
}
