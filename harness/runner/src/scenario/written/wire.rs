//! Steps below the methods, as they are written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::present::present;
use super::word::word_or_forms;
use super::{At, Expect, Value};

/// What is changed in a request.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Alter {
    /// Octets put over the stub at an offset.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Patch")]
    pub patch: Option<Patch>,
    /// Octets cut off the end of the stub.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "usize")]
    pub truncate: Option<usize>,
    /// Octets put at the end of the stub.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub append: Option<At<Value>>,
    /// A verification trailer behind the stub.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Trailer")]
    pub trailer: Option<Trailer>,
    /// What is spoilt in what protects the PDUs, after they were signed or sealed.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Tamper>")]
    pub tamper: Option<At<Tamper>>,
    /// The object UUID of the request.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub object: Option<At<String>>,
    /// Stub octets in one fragment.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "usize")]
    pub fragment: Option<usize>,
    /// rpc_vers.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "u8")]
    pub version: Option<u8>,
    /// pfc_flags, all of them.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "u8")]
    pub flags: Option<u8>,
    /// frag_length.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "u16")]
    pub frag_length: Option<u16>,
    /// auth_length.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "u16")]
    pub auth_length: Option<u16>,
    /// call_id.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "u32")]
    pub call_id: Option<u32>,
    /// p_cont_id.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "u16")]
    pub context_id: Option<u16>,
    /// alloc_hint.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "u32")]
    pub alloc_hint: Option<u32>,
    /// Octets put over the first PDU at an offset, after it was made.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Patch")]
    pub header: Option<Patch>,
    /// Only the first octets are sent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Cut")]
    pub cut: Option<Cut>,
}

/// A verification trailer ([MS-RPCE] 2.2.2.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trailer {
    /// All three commands, and each agrees with the request.
    Right,
    /// rpc_sec_vt_pcontext names another interface.
    OtherInterface,
    /// rpc_sec_vt_pcontext names another transfer syntax.
    OtherTransferSyntax,
    /// rpc_sec_vt_header2 names another opnum.
    OtherOpnum,
    /// Beside what is right, a command that nobody knows and that may be passed over.
    UnknownCommand,
    /// The same, but it has to be processed.
    UnknownCommandToProcess,
}

word_or_forms! {
    /// What is spoilt in what protects the PDUs of a call.
    Tamper, TamperForms,
    "`wrong_signature`, `changed_stub`, `zero_signature`, `no_verifier`, `replayed`, `reordered`, `left_out`, or one of \
     {type: …}, {level: …}, {context: …}"
}

/// A field of the sec_trailer that says something else ([MS-RPCE] 2.2.2.11): exactly one of these.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TamperForms {
    /// auth_type.
    #[serde(rename = "type", default, deserialize_with = "present")]
    #[schemars(with = "u8")]
    pub auth_type: Option<u8>,
    /// auth_level: `none`, `connect`, `pkt`, `integrity`, `privacy`.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub level: Option<At<String>>,
    /// auth_context_id.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "u32")]
    pub context: Option<u32>,
}

/// Where sending breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// How many octets are sent.
    pub octets: usize,
    /// What follows them; nothing when absent.
    #[serde(default)]
    pub then: Then,
}

/// Octets put over others.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// Offset of the first, in octets.
    pub at: usize,
    /// The octets.
    pub octets: At<Value>,
}

/// Writes octets to a connection.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Raw {
    /// Whose connection.
    pub actor: At<String>,
    /// Which, by a name of your own; a new one when the name is new or absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub connection: Option<At<String>>,
    /// Whether the connection is bound first, when it is new; it is not when absent.
    #[serde(default)]
    pub bound: bool,
    /// The octets.
    pub octets: At<Value>,
    /// Only so many of them.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "usize")]
    pub prefix: Option<usize>,
    /// What follows the octets; nothing when absent.
    #[serde(default)]
    pub then: Then,
    /// What the server does: `closed`, `reset`, `lost`, `timed_out` (it neither answers nor closes), `any`, a fault, or
    /// `returned` (a response PDU, whose parameters can't be looked at).
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Expect>")]
    pub expect: Option<At<Expect>>,
    /// Requirements that the octets break on purpose.
    #[serde(default)]
    pub violates: Vec<At<String>>,
    /// How long to wait; the target file's `limits.call` when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub within: Option<At<String>>,
}

/// What follows octets that were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// Nothing.
    #[default]
    Nothing,
    /// An orderly close.
    Close,
    /// A reset.
    Reset,
}

/// Proposes presentation contexts on a connection of its own.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bind {
    /// Whose association.
    pub actor: At<String>,
    /// A name for the new connection.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub connection: Option<At<String>>,
    /// What is proposed.
    pub contexts: Vec<At<Context>>,
    /// What is changed in the PDU; of the keys, those that are not about stubs and requests.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Alter>")]
    pub alter: Option<At<Alter>>,
    /// What is expected: `accepted` (when absent), `refused`, `bind_nak`, `any`, or one result for each context.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<BindExpect>")]
    pub expect: Option<At<BindExpect>>,
    /// How long to wait; the target file's `limits.call` when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub within: Option<At<String>>,
}

/// Asks the endpoint mapper where an interface is.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// Who asks.
    pub actor: At<String>,
    /// `IRPCAsyncNotify`, `IRPCRemoteObject`, or the UUID of another interface.
    pub interface: At<String>,
    /// Its version, `1.0` when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub version: Option<At<String>>,
    /// What towers are asked for, by ept_map: those of `tcp` when absent.
    #[serde(default)]
    pub transport: Transport,
    /// Whether ept_lookup is asked for all towers of the interface, in place of ept_map.
    #[serde(default)]
    pub lookup: bool,
    /// Whether the actor then goes to each port that was given and binds the interface there.
    #[serde(default)]
    pub bind: bool,
    /// What is expected of the answer: `any` (when absent: the rules judge it), `towers` or `not_registered`.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub expect: Option<At<String>>,
    /// Requirements that the question breaks on purpose.
    #[serde(default)]
    pub violates: Vec<At<String>>,
    /// How long to wait for each answer; the target file's `limits.call` when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub within: Option<At<String>>,
}

/// A transport that towers can be of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// TCP and IP.
    #[default]
    Tcp,
    /// Named pipes.
    NamedPipe,
    /// HTTP.
    Http,
}

/// A presentation context.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// `IRPCAsyncNotify`, `IRPCRemoteObject`, or the UUID of another interface.
    pub interface: At<String>,
    /// Its version, `1.0` when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub version: Option<At<String>>,
    /// Transfer syntaxes: `ndr`, `ndr64`, or a UUID; those that the actor speaks when absent.
    #[serde(default)]
    pub transfer_syntaxes: Vec<At<String>>,
}

word_or_forms! {
    /// What is expected of a bind.
    BindExpect, BindResults, "`accepted`, `refused`, `bind_nak`, `any`, or {results: […]}"
}

/// One result for each context that was proposed.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BindResults {
    /// `acceptance`, `user_rejection`, `provider_rejection` or `any`.
    pub results: Vec<At<String>>,
}
