//! Reports as JSON, one object a line.

use mspan::async_ui::{self, EntryPoint};
use peer::print_client::{ChannelEnd, Document, Notification, Report};
use serde_json::{Value, json};

use super::text;

/// One report.
pub(super) fn line(report: &Report) -> Value {
    match report {
        Report::Notification(notification) => of_notification(notification),
        Report::Registered => json!({"event": "registered"}),
        Report::EntryPoint { called, returned, .. } => {
            json!({"event": "entry_point", "called": of_entry_point(called), "returned": returned})
        }
        Report::Pressed(button) => {
            json!({"event": "pressed", "button_id": button.value, "label": text::label(button)})
        }
        Report::ChannelEnded(end) => json!({"event": "channel_ended", "how": word(*end)}),
        Report::Failed { method, failure } => {
            json!({"event": "failed", "method": method.to_string(), "why": failure.to_string()})
        }
        Report::Retrying { after } => json!({"event": "retrying", "after_seconds": after.as_secs()}),
        Report::Released => json!({"event": "released"}),
        Report::Unregistered => json!({"event": "unregistered"}),
        Report::Deleted => json!({"event": "deleted"}),
    }
}

fn of_notification(notification: &Notification) -> Value {
    let (document, content) = match &notification.document {
        Document::AsyncUi(document) => (document.kind.element(), of_async_ui(document)),
        Document::Configuration(document) => (
            "Notification",
            json!({
                "printer": document.printer_name,
                "settings": document.schemas,
                "reduced_settings": document.reduced_schemas,
            }),
        ),
        Document::Invalid(why) => ("invalid", json!({"why": why})),
        Document::Other => ("other", Value::Null),
    };
    json!({
        "event": "notification",
        "type": notification.notification_type.0.to_string(),
        "on_channel": notification.on_channel,
        "document": document,
        "content": content,
        "data_hex": hex::encode(&notification.data),
    })
}

fn of_async_ui(document: &async_ui::Notification) -> Value {
    let title = document.title.as_ref().map(|title| text::message(title, None));
    let bodies: Vec<String> = document.bodies.iter().map(|body| text::message(body, None)).collect();
    let buttons: Vec<Value> = document
        .buttons
        .iter()
        .map(|button| json!({"button_id": button.value, "label": text::label(button)}))
        .collect();
    json!({
        "title": title,
        "bodies": bodies,
        "buttons": buttons,
        "entry_point": document.entry_point.as_ref().map(of_entry_point),
        "binary_hex": hex::encode(&document.binary),
        "bidi": document.bidi,
    })
}

fn of_entry_point(entry_point: &EntryPoint) -> Value {
    json!({"dll": entry_point.dll, "entrypoint": entry_point.name, "argument": entry_point.argument})
}

const fn word(end: ChannelEnd) -> &'static str {
    match end {
        ChannelEnd::Answered => "answered",
        ChannelEnd::Released => "released",
        ChannelEnd::Lost => "lost",
        ChannelEnd::ClosedByServer => "closed by the server",
        ChannelEnd::Failed => "failed",
    }
}
