//! What a notification source is asked, in a line.

use alloc::format;
use alloc::string::String;

use mspan::NotificationType;
use mspan::document::Outline;
use trace::stimulus::{Audience, Request};

pub(super) fn shown(request: &Request) -> String {
    match request {
        Request::Notify { audience, data } => format!("notify {} with {}", whom(audience), what(data)),
        Request::OpenChannel { id, audience, data } => {
            let data = data.as_ref().map_or_else(|| "nothing yet".into(), |data| what(data));
            format!("open_channel {id} {} with {data}", whom(audience))
        }
        Request::ChannelNotify { id, data } => format!("channel_notify {id} with {}", what(data)),
        Request::ChannelClose { id } => format!("channel_close {id}"),
        Request::ChannelLog { id } => format!("channel_log {id}"),
        Request::DeletePrinter { printer } => format!("delete_printer {printer}"),
        Request::Shutdown => "shutdown".into(),
        Request::Nonsense { verb } => verb.clone(),
    }
}

fn whom(audience: &Audience) -> String {
    let Audience { notification_type, filter, user, printer } = audience;
    format!("of {} filter {filter} user {user:?} printer {printer:?}", NotificationType(*notification_type))
}

fn what(octets: &[u8]) -> String {
    match Outline::read(octets) {
        Some(outline) => outline.lines.iter().map(|line| line.text.as_str()).collect::<alloc::vec::Vec<_>>().join(" "),
        None => format!("{octets:02x?}"),
    }
}
