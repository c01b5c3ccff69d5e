//! Calls as rows tell them.

use std::collections::BTreeMap;

use conformance::event::{CallStarted, Outcome};
use dcerpc::ContextHandle;
use mspan::Hresult;
use mspan::method::Field;

use super::RowKind;
use super::detail::shortened;

/// The most characters of a label.
pub(super) const MOST_LABEL: usize = 60;
/// The most handles that get a short name.
const MOST_HANDLES: usize = 1_000;

/// Short names for context handles: `h1` for the first one seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Handles(BTreeMap<String, usize>);

impl Handles {
    fn name(&mut self, handle: &ContextHandle) -> String {
        if handle.is_null() {
            return "NULL".to_owned();
        }
        let next = self.0.len() + 1;
        if next > MOST_HANDLES {
            return "h…".to_owned();
        }
        format!("h{}", self.0.entry(handle.to_string()).or_insert(next))
    }

    fn brief(&mut self, name: &str, value: &Field) -> Option<String> {
        Some(match value {
            Field::Handle(handle) => self.name(handle),
            Field::Handles(Some(array)) => {
                let names: Vec<String> = array.elements.iter().take(4).map(|handle| self.name(handle)).collect();
                let more = if array.elements.len() > 4 { ", …" } else { "" };
                format!("[{}{more}]", names.join(", "))
            }
            Field::Octets(Some(array)) => format!("{} octets", array.elements.len()),
            Field::Type(Some(notification_type)) => notification_type
                .name()
                .map_or_else(|| format!("{:.8}…", notification_type.0.to_string()), str::to_owned),
            Field::Number(number) => match name {
                "NotifyFilter" => mspan::UserFilter(*number).to_string(),
                "conversationStyle" => mspan::ConversationStyle(*number).to_string(),
                // Sizes stand with what they size.
                _ => return None,
            },
            Field::Text(Some(text)) => text.text(),
            Field::Handles(None) | Field::Octets(None) | Field::Type(None) | Field::Text(None) | Field::Status(_) => {
                return None;
            }
        })
    }

    fn briefs(&mut self, fields: &[(&'static str, Field)]) -> Vec<String> {
        fields.iter().filter_map(|(name, value)| self.brief(name, value)).collect()
    }

    /// A call in a few words.
    pub(super) fn started(&mut self, call: &CallStarted) -> String {
        let name = method_name(call);
        let parameters = call.input.as_ref().map_or_else(Vec::new, |input| self.briefs(&input.fields()));
        let label = if parameters.is_empty() { name } else { format!("{name} {}", parameters.join(" · ")) };
        shortened(label, MOST_LABEL)
    }

    /// What came back, in a few words.
    pub(super) fn finished(&mut self, outcome: &Outcome) -> String {
        let code = match outcome {
            Outcome::Returned { .. } => outcome.hresult().map_or_else(|| "returned".to_owned(), code),
            Outcome::Fault { status, .. } => format!("fault {}", code(Hresult(*status))),
            Outcome::Lost => "no answer".to_owned(),
        };
        let unread = matches!(outcome, Outcome::Returned { output: None, .. });
        let parameters = outcome.output().map_or_else(Vec::new, |output| self.briefs(&output.fields()));
        let words: Vec<String> = [code].into_iter().chain(parameters).collect();
        let unread = if unread { " what can't be read" } else { "" };
        shortened(format!("{}{unread}", words.join(" · ")), MOST_LABEL)
    }
}

/// The method, or what stands in its place.
pub(super) fn method_name(call: &CallStarted) -> String {
    match (call.method, call.interface) {
        (Some(method), _) => method.name().to_owned(),
        (None, Some(interface)) => format!("{} opnum {}", interface.name(), call.opnum),
        (None, None) => format!("another interface's opnum {}", call.opnum),
    }
}

/// A code by its name, or in numbers.
fn code(status: Hresult) -> String {
    status.name().map_or_else(|| format!("{:#010x}", status.0), str::to_owned)
}

/// How a call came back.
pub(super) fn kind(outcome: &Outcome) -> RowKind {
    match outcome {
        Outcome::Lost => RowKind::Lost,
        _ if outcome.succeeded() == Some(false) => RowKind::Refusal,
        Outcome::Returned { .. } | Outcome::Fault { .. } => RowKind::Return,
    }
}
