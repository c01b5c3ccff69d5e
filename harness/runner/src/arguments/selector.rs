//! What `run` is to run.

use std::fmt;

/// One selector: a scenario id, an id prefix that ends in `/`, or `tag:NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// One scenario with all instances of its matrix, or one such instance.
    Id(String),
    /// All scenarios whose id begins so.
    Prefix(String),
    /// All scenarios with the tag.
    Tag(String),
}

impl Selector {
    /// Reads a selector as written on the command line.
    ///
    /// # Errors
    /// In words, when it can select nothing.
    pub fn parse(written: &str) -> Result<Self, String> {
        let trimmed = written.trim_end_matches(".yaml");
        match written.strip_prefix("tag:") {
            Some("") => Err("`tag:` needs a name after it".to_owned()),
            Some(name) => Ok(Self::Tag(name.to_owned())),
            None if written.is_empty() => Err("a selector can't be empty".to_owned()),
            None if trimmed.ends_with('/') => Ok(Self::Prefix(trimmed.to_owned())),
            None => Ok(Self::Id(trimmed.to_owned())),
        }
    }

    /// Whether it selects the scenario with this id and these tags. The id of a matrix instance begins with the id of
    /// its scenario and a slash, and then holds a colon (`unidirectional/notify/syntax:ndr64`).
    #[must_use]
    pub fn matches(&self, id: &str, tags: &[String]) -> bool {
        match self {
            Self::Tag(name) => tags.iter().any(|tag| tag == name),
            Self::Prefix(prefix) => id.starts_with(prefix.as_str()),
            Self::Id(wanted) => match id.strip_prefix(wanted.as_str()) {
                Some("") => true,
                Some(rest) => rest.strip_prefix('/').is_some_and(|instance| instance.contains(':')),
                None => false,
            },
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) | Self::Prefix(id) => f.write_str(id),
            Self::Tag(name) => write!(f, "tag:{name}"),
        }
    }
}
