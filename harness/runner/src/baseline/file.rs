//! The baseline as written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

/// Known deviations of an implementation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "pan-harness baseline")]
pub struct BaselineFile {
    /// What is known.
    #[schemars(with = "Vec<Deviation>")]
    pub(super) deviations: Vec<Spanned<Deviation>>,
}

/// A way of speaking, as `results.json` names it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub(super) struct Variant {
    /// The transfer syntax: any when absent.
    pub(super) syntax: Option<Syntax>,
    /// The security: any when absent.
    pub(super) security: Option<String>,
}

/// A transfer syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Syntax {
    Ndr,
    Ndr64,
}

impl Syntax {
    /// The word that reports use.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ndr => "ndr",
            Self::Ndr64 => "ndr64",
        }
    }
}

/// One known deviation: of a scenario, or from a requirement wherever it shows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["scenario"]}, {"required": ["requirement"]}]))]
pub(super) struct Deviation {
    /// A scenario's id, which stands for all instances of its matrix; the id of one instance; or a prefix of ids that ends
    /// in `/`.
    #[serde(default)]
    #[schemars(with = "String")]
    pub(super) scenario: Option<Spanned<String>>,
    /// A requirement's id, in place of `scenario`.
    #[serde(default)]
    #[schemars(with = "String")]
    pub(super) requirement: Option<Spanned<String>>,
    /// How it is spoken where that deviates; any way when absent.
    #[serde(default)]
    #[schemars(with = "Variant")]
    pub(super) variant: Option<Spanned<Variant>>,
    /// Why it is accepted.
    #[schemars(with = "String", extend("pattern" = r"\S"))]
    pub(super) reason: Spanned<String>,
    /// Words that the finding holds; `*` stands for any others.
    #[serde(default)]
    #[schemars(with = "String", extend("pattern" = r"[^\s*]"))]
    pub(super) text: Option<Spanned<String>>,
    /// Whether it does not come every time: then a pass is as expected too.
    #[serde(default)]
    pub(super) sometimes: bool,
}
