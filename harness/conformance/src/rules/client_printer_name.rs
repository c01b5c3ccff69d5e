//! pName as clients write it ([MS-PAN] 3.1.1.4.1): `\\SERVER\PRINTER`.

use alloc::format;
use alloc::string::String;

use dcerpc::ndr::WideString;
use mspan::{Method, method};

use crate::event::{Event, Kind};
use crate::rule::Verdicts;
use crate::scene::Scene;

/// The pName of the RegisterClient that starts.
fn given<'a>(model: &Scene<'_>, event: &'a Event) -> Option<Option<&'a WideString>> {
    model.request_of(event, Method::RegisterClient)?;
    let Kind::CallStarted(started) = &event.kind else { return None };
    let Some(method::In::RegisterClient(input)) = &started.input else { return None };
    Some(input.name.as_ref())
}

/// The text of a pName that is not NULL, and what stands behind its two backslashes.
fn text(model: &Scene<'_>, event: &Event) -> Option<(String, Option<String>)> {
    let text = given(model, event)??.text();
    let rest = text.strip_prefix(r"\\").map(String::from);
    Some((text, rest))
}

/// A string of at least its terminator, which begins as a UNC name does. An array that is larger than the string is worth
/// a note.
pub(super) fn is_null_or_a_string(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some(given) = given(model, event) else { return };
    let Some(name) = given else {
        verdicts.pass();
        return;
    };
    let WideString { max_count, offset, actual_count, units } = name;
    let counts = format!("max_count {max_count}, offset {offset}, actual_count {actual_count}");
    let whole = *offset == 0 && *actual_count >= 1 && actual_count <= max_count;
    if !whole {
        verdicts.fail("NULL, or a string whose counts hold it", counts);
    } else if units.last() != Some(&0) {
        verdicts.fail("NULL, or a string with its terminating NUL", format!("{units:04x?}"));
    } else if !name.text().starts_with(r"\\") {
        verdicts.fail("NULL, or the complete UNC name of a print queue", format!("{:?}", name.text()));
    } else if actual_count < max_count {
        verdicts.note("an array as large as the string", counts);
    } else {
        verdicts.pass();
    }
}

pub(super) fn is_a_unc_name(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((text, rest)) = text(model, event) else { return };
    let parts = rest.as_deref().and_then(|rest| rest.split_once('\\'));
    if parts.is_some_and(|(host, printer)| !host.is_empty() && !printer.is_empty() && !printer.contains('\\')) {
        verdicts.pass();
    } else {
        verdicts.fail(r"\\SERVER\PRINTER", format!("{text:?}"));
    }
}

pub(super) fn has_a_local_name(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((_, rest)) = text(model, event) else { return };
    let Some((_, printer)) = rest.as_deref().and_then(|rest| rest.split_once('\\')) else { return };
    match printer.find(['\\', ',']) {
        None => verdicts.pass(),
        Some(_) => verdicts.fail("the printer's name without backslash and comma", format!("{printer:?}")),
    };
}

/// What stands in the place of the host can't be one where it holds a blank, a path or a port. How an IPv6 address is
/// written here nobody says (SD-50), nor what names beyond ASCII are.
pub(super) fn has_a_host(model: &Scene<'_>, event: &Event, verdicts: &mut Verdicts) {
    let Some((_, rest)) = text(model, event) else { return };
    let Some((host, _)) = rest.as_deref().and_then(|rest| rest.split_once('\\')).filter(|(host, _)| !host.is_empty())
    else {
        return;
    };
    let strange = |c: char| c.is_ascii_control() || matches!(c, ' ' | '/' | ',' | '?' | '*' | '"' | '<' | '>' | '|');
    let digit = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '[' | ']');
    let address = host.split_once('%').map_or(host, |(address, _)| address);
    let port = host.contains(':') && !(address.matches(':').count() > 1 && address.chars().all(digit));
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if port || host.contains(strange) {
        verdicts.fail("a DNS, NetBIOS, IPv4 or IPv6 host name", format!("{host:?}"));
    } else if host.chars().all(name) {
        verdicts.pass();
    }
}
