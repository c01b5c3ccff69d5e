//! Where a result is: the line of a scenario or a recorded file, and the section of the specification.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::report::annotations::file;
use crate::report::results::{Finding, Origin, Results};
use crate::report::words::{counted_in, printable};

/// The locations of a finding.
pub(super) fn locations(results: &Results, finding: &Finding) -> Value {
    let mut logical = Vec::new();
    if !finding.section.is_empty() {
        logical.push(json!({"name": finding.section, "fullyQualifiedName": section(finding), "kind": "section"}));
    }
    let physical = match &finding.origin {
        Origin::Line { scenario, line } => {
            let mut place = json!({"artifactLocation": artifact(&file(results, scenario))});
            if let (Some(line), Some(place)) = (line, place.as_object_mut()) {
                place.insert("region".to_owned(), json!({"startLine": line}));
            }
            place
        }
        Origin::Entry { file: recorded, packet } => {
            let name = format!("{} {packet}", counted_in(recorded));
            logical.push(json!({"name": name, "fullyQualifiedName": format!("{recorded}: {name}"), "kind": "element"}));
            json!({"artifactLocation": artifact(recorded)})
        }
    };
    let mut location = json!({"physicalLocation": physical, "logicalLocations": logical});
    if let (Some(step), Some(location)) = (&finding.step, location.as_object_mut()) {
        location.insert("message".to_owned(), json!({"text": printable(step)}));
    }
    Value::Array(vec![location])
}

/// The document and the section: the first part of a rule's id says which document.
fn section(finding: &Finding) -> String {
    let document = finding.rule.split_once('/').map_or("MS-PAN", |(document, _)| document);
    format!("{document} {}", finding.section)
}

fn artifact(path: &str) -> Value {
    let path = path.replace('\\', "/");
    match path.starts_with('/') {
        true => json!({"uri": format!("file://{}", encoded(&path))}),
        false => json!({"uri": encoded(path.trim_start_matches("./")), "uriBaseId": "%SRCROOT%"}),
    }
}

/// A path as a URI has it (RFC 3986).
fn encoded(path: &str) -> String {
    path.bytes().fold(String::new(), |mut out, octet| {
        if octet.is_ascii_alphanumeric() || matches!(octet, b'/' | b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(octet));
        } else {
            let _ = write!(out, "%{octet:02X}");
        }
        out
    })
}
