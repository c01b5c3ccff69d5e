//! The document rules of the requirement catalogue, by their ids.

use super::Gravity;

/// A rule that documents keep or break.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id in the catalogue.
    pub id: &'static str,
    /// The section of [MS-PAN].
    pub section: &'static str,
    /// How grave a breach is at most.
    pub gravity: Gravity,
    /// Whether validation by the schema decides it.
    pub in_schema: bool,
}

/// The rule of that id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

const fn schema(id: &'static str, section: &'static str, gravity: Gravity) -> Rule {
    Rule { id, section, gravity, in_schema: true }
}

const fn prose(id: &'static str, section: &'static str, gravity: Gravity) -> Rule {
    Rule { id, section, gravity, in_schema: false }
}

/// All of them.
pub static RULES: &[Rule] = &[
    prose("X-REQ-01", "2.2.7", Gravity::Must),
    prose("X-REQ-02", "2.2.7", Gravity::Must),
    prose("X-REQ-03", "2.2.7", Gravity::Must),
    prose("X-REQ-04", "2.2.7", Gravity::Must),
    schema("X-REQ-05", "2.2.7", Gravity::Must),
    schema("X-REQ-06", "2.2.7.1.1", Gravity::Must),
    schema("X-REQ-07", "2.2.7.1.1", Gravity::Must),
    schema("X-REQ-08", "2.2.7.1.1", Gravity::Must),
    schema("X-REQ-09", "2.2.7.1.3", Gravity::Must),
    schema("X-REQ-10", "2.2.7.1.3", Gravity::Must),
    prose("X-REQ-11", "2.2.7.1.3", Gravity::Must),
    prose("X-REQ-12", "2.2.7.1.3", Gravity::Must),
    prose("X-REQ-13", "2.2.7.1.3", Gravity::Must),
    prose("X-REQ-14", "2.2.7.1.3", Gravity::Must),
    schema("X-REQ-15", "2.2.7.1.4", Gravity::Must),
    schema("X-REQ-16", "2.2.7.1.4", Gravity::Must),
    prose("X-REQ-17", "2.2.7.1.4", Gravity::Must),
    prose("X-REQ-18", "2.2.7.1.4", Gravity::Must),
    prose("X-REQ-19", "2.2.7.1.4", Gravity::Must),
    prose("X-REQ-20", "2.2.7.1.4", Gravity::Must),
    schema("X-REQ-21", "2.2.7.1.5", Gravity::Must),
    schema("X-REQ-22", "2.2.7.1.5", Gravity::Must),
    prose("X-REQ-23", "2.2.7.1.5", Gravity::Must),
    prose("X-REQ-24", "2.2.7.1.5", Gravity::Must),
    prose("X-REQ-25", "2.2.7.1.5", Gravity::Should),
    prose("X-REQ-26", "2.2.7.1.5", Gravity::Note),
    prose("X-REQ-27", "2.2.7.1.5", Gravity::Must),
    prose("X-REQ-28", "2.2.7.1.3", Gravity::Should),
    schema("X-REQ-29", "2.2.7.2.1", Gravity::Must),
    prose("X-REQ-30", "2.2.7.2.1", Gravity::Must),
    prose("X-REQ-31", "2.2.7.2.1", Gravity::Should),
    schema("X-REQ-32", "2.2.7.2.2", Gravity::Must),
    schema("X-REQ-33", "2.2.7.2.2", Gravity::Must),
    prose("X-REQ-34", "2.2.7.2.2", Gravity::Must),
    prose("X-REQ-35", "2.2.7.2.2", Gravity::Must),
    schema("X-REQ-36", "2.2.7.3.1", Gravity::Must),
    schema("X-REQ-37", "2.2.7.3.1", Gravity::Must),
    prose("X-REQ-38", "2.2.7.3.1", Gravity::Must),
    prose("X-REQ-39", "2.2.7.3.1", Gravity::Must),
    schema("X-REQ-40", "2.2.7.3.2", Gravity::Must),
    schema("X-REQ-41", "2.2.7.3.3", Gravity::Must),
    prose("X-REQ-42", "2.2.7.3.3", Gravity::Must),
    schema("X-REQ-43", "2.2.7.3.4", Gravity::Must),
    schema("X-REQ-44", "2.2.7.5.1", Gravity::Must),
    prose("X-REQ-45", "2.2.7.5.1", Gravity::Must),
    prose("X-REQ-46", "2.2.7.5.1", Gravity::Should),
    prose("X-REQ-47", "2.2.7.7", Gravity::Must),
    schema("X-REQ-48", "2.2.7.7.1", Gravity::Must),
    schema("X-REQ-49", "2.2.7.7.1", Gravity::Must),
    prose("X-REQ-50", "2.2.7.7.1", Gravity::Must),
    prose("X-REQ-51", "2.2.7.7.1", Gravity::Should),
    prose("X-REQ-52", "3.1.3.4.3", Gravity::Must),
    prose("X-REQ-53", "3.1.3.4.2", Gravity::Must),
    prose("X-RSP-01", "2.2.7", Gravity::Must),
    prose("X-RSP-02", "2.2.7", Gravity::Must),
    prose("X-RSP-03", "2.2.7", Gravity::Must),
    schema("X-RSP-04", "2.2.7", Gravity::Must),
    schema("X-RSP-05", "2.2.7.1.2", Gravity::Must),
    schema("X-RSP-06", "2.2.7.1.2", Gravity::Must),
    schema("X-RSP-07", "2.2.7.1.2", Gravity::Must),
    schema("X-RSP-08", "2.2.7.4.2", Gravity::Must),
    schema("X-RSP-09", "2.2.7.4.1", Gravity::Must),
    prose("X-RSP-10", "2.2.7.4.1", Gravity::Must),
    schema("X-RSP-11", "2.2.7.6.1", Gravity::Must),
    prose("X-RSP-12", "2.2.7.4", Gravity::Must),
    prose("X-CFG-01", "2.2.8", Gravity::Must),
    prose("X-CFG-02", "2.2.8", Gravity::Must),
    prose("X-CFG-03", "2.2.8", Gravity::Must),
    schema("X-CFG-04", "2.2.8", Gravity::Must),
    schema("X-CFG-05", "2.2.8.1", Gravity::Must),
    schema("X-CFG-06", "2.2.8.1.1", Gravity::Must),
    schema("X-CFG-07", "2.2.8.1.2", Gravity::Must),
    schema("X-CFG-08", "2.2.8.1.2", Gravity::Must),
    schema("X-CFG-09", "2.2.8.1.3", Gravity::Must),
    schema("X-CFG-10", "2.2.8.1.4", Gravity::Must),
    schema("X-CFG-11", "2.2.8.1.5", Gravity::Must),
    schema("X-CFG-12", "2.2.8.1.6", Gravity::Must),
    schema("X-CFG-13", "2.2.8.1.7", Gravity::Must),
    schema("X-CFG-14", "2.2.8.1.8", Gravity::Must),
    schema("X-CFG-15", "2.2.8.1.9", Gravity::Must),
    schema("X-CFG-16", "2.2.8.1.10", Gravity::Must),
    prose("X-CFG-17", "2.2.8.1", Gravity::Should),
    prose("X-CFG-18", "2.2.8.1", Gravity::Must),
    prose("X-CFG-19", "3.1.4.4", Gravity::Must),
    prose("X-LEN-01", "3.2.3.4.1", Gravity::Should),
    prose("X-LEN-02", "3.2.3.4.1", Gravity::Should),
    prose("X-LEN-03", "3.2.3.4.1", Gravity::Should),
    prose("X-LEN-04", "3.2.3.4.1", Gravity::Should),
    prose("X-LEN-05", "3.2.3.4.1", Gravity::Should),
    prose("X-LEN-06", "3.2.3.4.1", Gravity::Should),
    prose("X-LEN-07", "3.2.3.4.1", Gravity::Should),
    prose("X-LEN-08", "3.2.3.4.1", Gravity::Should),
    prose("X-LEN-09", "3.2.3.4.1", Gravity::Should),
    prose("X-LEN-10", "3.2.3.4.2", Gravity::Should),
    prose("X-LEN-11", "2.2.7.1.3", Gravity::Must),
    prose("X-LEN-12", "2.2.7.1.5", Gravity::Should),
];
