//! Notifications as people read them: strings resolved with the default resource file ([MS-PAN] 2.2.6).

use mspan::async_ui::{self, Button, EntryPoint, Message, NotificationKind, Parameter, StringResource, default_string};
use mspan::printer_configuration;
use peer::print_client::{ChannelEnd, Document, Notification, Report};

/// A notification in lines, when the report is one.
pub(super) fn notification(report: &Report, printer: Option<&str>) -> Option<String> {
    let Report::Notification(notification) = report else { return None };
    let lines = match &notification.document {
        Document::AsyncUi(document) => async_ui(document, printer),
        Document::Configuration(document) => vec![configuration(document)],
        Document::Invalid(why) => vec![format!("invalid notification, nothing is done with it: {}", printable(why))],
        Document::Other => vec![other(notification)],
    };
    Some(lines.join("\n    "))
}

/// What else people may want to know.
pub(super) fn status(report: &Report) -> Option<String> {
    Some(match report {
        Report::Registered => "registered".to_owned(),
        Report::Pressed(button) => format!("pressed {}", printable(&label(button))),
        Report::EntryPoint { called, returned: None, .. } => format!("not called: {}", call(called)),
        Report::ChannelEnded(ChannelEnd::Lost) => {
            "another client was faster, or the server closed the channel".to_owned()
        }
        Report::Failed { method, failure } => format!("{method}: {failure}"),
        Report::Retrying { after } => format!("trying again in {} s", after.as_secs()),
        Report::Released => "the server takes no further part".to_owned(),
        Report::Unregistered => "unregistered".to_owned(),
        Report::Notification(_) | Report::EntryPoint { .. } | Report::ChannelEnded(_) | Report::Deleted => return None,
    })
}

fn async_ui(document: &async_ui::Notification, printer: Option<&str>) -> Vec<String> {
    let called = document.entry_point.as_ref().map(call);
    match document.kind {
        NotificationKind::CustomUi => vec![format!("custom UI: {}", called.unwrap_or_default())],
        NotificationKind::CustomData => {
            vec![format!("custom data: {} with {} octets", called.unwrap_or_default(), document.binary.len())]
        }
        NotificationKind::Balloon | NotificationKind::MessageBox => {
            let what = if document.kind == NotificationKind::Balloon { "balloon" } else { "message box" };
            let title = document.title.as_ref().map_or_else(String::new, |title| message(title, printer));
            let mut lines = vec![format!("{what}: {}", on_lines(&title))];
            lines.extend(document.bodies.iter().map(|body| on_lines(&message(body, printer))));
            lines.extend(called.map(|called| format!("calls {called}")));
            if !document.buttons.is_empty() {
                let labels = document.buttons.iter().map(|button| format!("[{}]", printable(&label(button))));
                lines.push(labels.collect::<Vec<_>>().join(" "));
            }
            lines
        }
    }
}

/// A title or a body as it is shown.
pub(super) fn message(message: &Message, printer: Option<&str>) -> String {
    let parameters: Vec<String> = message.parameters.iter().map(|one| parameter(one, printer)).collect();
    match message.resource.as_ref() {
        None => [&message.text, parameters.join(" ").as_str()].concat().trim().to_owned(),
        Some(resource) => match own_string(resource) {
            Some(string) => filled(string, &parameters),
            None if parameters.is_empty() => reference(resource),
            None => format!("{} ({})", reference(resource), parameters.join(", ")),
        },
    }
}

fn parameter(parameter: &Parameter, printer: Option<&str>) -> String {
    match parameter {
        Parameter::PrinterName => printer.unwrap_or("the printer").to_owned(),
        Parameter::Resource(resource) => own_string(resource).map_or_else(|| reference(resource), str::to_owned),
        Parameter::Text(text) => text.clone(),
    }
}

/// The label of a button: IDOK and IDCANCEL have the default strings 600 and 601.
pub(super) fn label(button: &Button) -> String {
    match button.resource.as_ref() {
        _ if button.is_ok_or_cancel() => {
            let key = if button.value == "1" { 600 } else { 601 };
            default_string(key).unwrap_or_default().to_owned()
        }
        Some(resource) => own_string(resource).map_or_else(|| reference(resource), str::to_owned),
        None => button.value.clone(),
    }
}

/// The string of the default resource file.
fn own_string(resource: &StringResource) -> Option<&'static str> {
    if resource.file.is_some() {
        return None;
    }
    resource.key.parse().ok().and_then(default_string)
}

fn reference(resource: &StringResource) -> String {
    match &resource.file {
        Some(file) => format!("<string {} of {file}>", resource.key),
        None => format!("<string {}>", resource.key),
    }
}

/// A string with its replacement tags filled in: `%1`, or `%1!d!` with a format, which is left to the parameter. A tag
/// without a parameter stays.
fn filled(string: &str, parameters: &[String]) -> String {
    let mut pieces = string.split('%');
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
        let (number, rest) = piece.split_at(digits);
        let wanted = number.parse::<usize>().ok().and_then(|number| parameters.get(number.checked_sub(1)?));
        match wanted {
            Some(parameter) => {
                filled.push_str(parameter);
                let format = rest.strip_prefix('!').and_then(|rest| rest.split_once('!'));
                filled.push_str(format.map_or(rest, |(_, rest)| rest));
            }
            None => {
                filled.push('%');
                filled.push_str(piece);
            }
        }
    }
    filled
}

fn call(entry_point: &EntryPoint) -> String {
    let EntryPoint { dll, name, argument } = entry_point;
    let argument = if argument.is_empty() { String::new() } else { format!("({argument:?})") };
    printable(&format!("{dll}!{name}{argument}"))
}

fn configuration(document: &printer_configuration::Notification) -> String {
    let settings: Vec<&str> = document.schemas.iter().chain(&document.reduced_schemas).map(String::as_str).collect();
    let printer = document.printer_name.as_deref().unwrap_or_default();
    printable(&format!("configuration of {printer}: {}", settings.join(", ")))
}

/// Data of a type that is not known: as text where it is some.
fn other(notification: &Notification) -> String {
    let (units, odd) = notification.data.as_chunks::<2>();
    let units: Vec<u16> = units.iter().copied().map(u16::from_le_bytes).collect();
    let text = String::from_utf16(&units).ok().filter(|text| odd.is_empty() && !text.chars().any(char::is_control));
    let shown = text.map_or_else(|| hex::encode(&notification.data), |text| format!("{text:?}"));
    format!("notification of type {}, {} octets: {shown}", notification.notification_type, notification.data.len())
}

/// Text of several lines, each indented as the lines of a notification are.
fn on_lines(text: &str) -> String {
    text.trim_end().lines().map(printable).collect::<Vec<_>>().join("\n    ")
}

/// Text from outside, without what would command a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn tags_are_filled() {
        let parameters = ["3".to_owned(), "p".to_owned()];
        assert_eq!(filled("%1!d! document(s) pending for %2", &parameters), "3 document(s) pending for p");
        assert_eq!(filled("%1 of %3, 100%", &parameters), "3 of %3, 100%");
    }
}
