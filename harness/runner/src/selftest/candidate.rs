//! Whom the scenarios run against.

use std::fmt;

use dcerpc::TransferSyntax;
use peer::server::ServerOptions;
use peer::{Misbehaviour, Variant};

use crate::diagnostic::did_you_mean;

/// One conduct of the reference server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Candidate {
    /// As it should be.
    WellBehaved,
    /// Otherwise, as it may be as well.
    Variant(Variant),
    /// Wrong.
    Misbehaviour(Misbehaviour),
}

impl Candidate {
    /// What the server is made with.
    pub(super) fn options(self) -> ServerOptions {
        let options = ServerOptions::default();
        match self {
            Self::WellBehaved => options,
            Self::Variant(Variant::NdrOnly) => ServerOptions {
                transfer_syntaxes: vec![TransferSyntax::Ndr],
                variant: Some(Variant::NdrOnly),
                ..options
            },
            Self::Variant(variant) => ServerOptions { variant: Some(variant), ..options },
            Self::Misbehaviour(misbehaviour) => ServerOptions { misbehaviour: Some(misbehaviour), ..options },
        }
    }

    /// Whether it breaks that requirement.
    pub(super) fn breaks(self, requirement: &str) -> bool {
        match self {
            Self::Misbehaviour(misbehaviour) => misbehaviour.requirements().contains(&requirement),
            Self::WellBehaved | Self::Variant(_) => false,
        }
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WellBehaved => f.write_str("well-behaved"),
            Self::Variant(variant) => variant.fmt(f),
            Self::Misbehaviour(misbehaviour) => misbehaviour.fmt(f),
        }
    }
}

/// All variants.
pub(super) fn variants() -> impl Iterator<Item = Candidate> {
    Variant::ALL.iter().copied().map(Candidate::Variant)
}

/// The misbehaviours of those names; all when there is no name.
///
/// # Errors
/// In words, for a name that none has.
pub(super) fn misbehaviours(names: &[String]) -> Result<Vec<Misbehaviour>, String> {
    if names.is_empty() {
        return Ok(Misbehaviour::ALL.to_vec());
    }
    names.iter().map(|name| misbehaviour(name).map_err(|why| format!("--misbehave: {why}"))).collect()
}

/// The misbehaviour of that name.
///
/// # Errors
/// In words, with the nearest name.
pub(crate) fn misbehaviour(name: &str) -> Result<Misbehaviour, String> {
    Misbehaviour::from_name(name).ok_or_else(|| {
        let hint = did_you_mean(name, Misbehaviour::ALL.iter().map(|one| one.name()));
        let hint = hint.unwrap_or_else(|| "`pan-harness list misbehaviours` lists them".to_owned());
        format!("no misbehaviour is called `{name}`; {hint}")
    })
}
