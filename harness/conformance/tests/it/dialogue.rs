//! Channels for scripts: what sources do, what clients call, what servers return.

use bytes::Bytes;
use conformance::event::Outcome;
use dcerpc::ContextHandle;
use dcerpc::ndr::Conformant;
use mspan::method::{self, In, Out};
use mspan::{Hresult, NotificationType};
use trace::stimulus::{Answer, ChannelLog, ClosedBy, Request, SourceResponse};

use crate::script::*;

/// The type of the channels of these scripts.
pub(crate) const T: NotificationType = t(1);
/// A handle of A's.
pub(crate) const HA: ContextHandle = h(11);
/// A handle of B's.
pub(crate) const HB: ContextHandle = h(12);
/// A handle of C's.
pub(crate) const HC: ContextHandle = h(13);
/// The third client's connection.
pub(crate) const C: Line = Line(4, 2);

impl Script {
    /// The source opens a channel for all users, about the print server itself.
    pub(crate) fn opens(self, id: &str, data: Option<Bytes>) -> Self {
        self.stimulus(Request::OpenChannel { id: id.to_owned(), audience: to_all(T), data }, Answer::Done)
    }

    /// The source sends the next notification.
    pub(crate) fn sends(self, id: &str, data: Bytes) -> Self {
        self.stimulus(Request::ChannelNotify { id: id.to_owned(), data }, Answer::Done)
    }

    /// The source closes its channel.
    pub(crate) fn shuts(self, id: &str) -> Self {
        self.stimulus(Request::ChannelClose { id: id.to_owned() }, Answer::Done)
    }

    /// The source tells what it has received.
    pub(crate) fn log(self, id: &str, log: ChannelLog) -> Self {
        self.stimulus(Request::ChannelLog { id: id.to_owned() }, Answer::Log(log))
    }
    /// Create, RegisterClient for channels, GetNewChannel that brings some.
    pub(crate) fn joins(self, line: Line, object: ContextHandle, handles: &[ContextHandle]) -> Self {
        self.bidi(line, object, T).offered(line, object, handles)
    }

    /// GetNewChannel brings channels.
    pub(crate) fn offered(self, line: Line, object: ContextHandle, handles: &[ContextHandle]) -> Self {
        self.call(line, get_new_channel(object), channels(handles, Hresult::OK))
    }

    /// The first GetNotificationSendResponse brings a notification.
    pub(crate) fn reads(self, line: Line, handle: ContextHandle, data: Bytes) -> Self {
        self.call(line, first(handle), brings(handle, data))
    }

    /// A, and a channel with an initial notification that A has been given.
    pub(crate) fn alone(self) -> Self {
        self.opens("c", Some(n(1))).joins(A, h(1), &[HA]).reads(A, HA, n(1))
    }

    /// A and B, and a channel with an initial notification that both have been given.
    pub(crate) fn both(self) -> Self {
        self.alone().joins(B, h(2), &[HB]).reads(B, HB, n(1))
    }

    /// As both, and A has acquired the channel and waits under the name "a".
    pub(crate) fn owned(self) -> Self {
        self.both().start(A, "a", respond(HA, n(21))).wait(6_000)
    }

    /// A alone, which has acquired the channel and waits under the name "a".
    pub(crate) fn waiting(self) -> Self {
        self.alone().start(A, "a", respond(HA, n(21))).wait(6_000)
    }
}

/// GetNotificationSendResponse as it should be called first.
pub(crate) fn first(channel: ContextHandle) -> In {
    In::GetNotificationSendResponse(method::GetNotificationSendResponseIn {
        channel,
        notification_type: None,
        in_size: 0,
        notification_data: None,
    })
}

/// GetNotificationSendResponse with a response.
pub(crate) fn respond(channel: ContextHandle, data: Bytes) -> In {
    respond_as(channel, T, data)
}

/// GetNotificationSendResponse with a response of a type.
pub(crate) fn respond_as(channel: ContextHandle, kind: NotificationType, data: Bytes) -> In {
    In::GetNotificationSendResponse(method::GetNotificationSendResponseIn {
        channel,
        notification_type: Some(kind),
        in_size: u32::try_from(data.len()).unwrap(),
        notification_data: (!data.is_empty()).then(|| Conformant::from(data)),
    })
}

/// CloseChannel with a final response.
pub(crate) fn finally(channel: ContextHandle, data: Bytes) -> In {
    close_as(channel, T, data)
}

/// CloseChannel without one.
pub(crate) fn release(channel: ContextHandle) -> In {
    close_as(channel, NotificationType::RELEASE, Bytes::new())
}

/// CloseChannel with any type.
pub(crate) fn close_as(channel: ContextHandle, notification_type: NotificationType, data: Bytes) -> In {
    In::CloseChannel(method::CloseChannelIn {
        channel,
        notification_type,
        in_size: u32::try_from(data.len()).unwrap(),
        reason: (!data.is_empty()).then(|| Conformant::from(data)),
    })
}

/// What GetNotificationSendResponse returns.
pub(crate) fn replies(
    channel: ContextHandle,
    notification_type: Option<NotificationType>,
    data: Option<Bytes>,
    status: Hresult,
) -> Outcome {
    returned(Out::GetNotificationSendResponse(method::GetNotificationSendResponseOut {
        channel,
        notification_type,
        out_size: data.as_ref().map_or(0, |data| u32::try_from(data.len()).unwrap()),
        notification_data: data.map(Conformant::from),
        status,
    }))
}

/// It brings a notification.
pub(crate) fn brings(channel: ContextHandle, data: Bytes) -> Outcome {
    replies(channel, Some(T), Some(data), Hresult::OK)
}

/// It says that the channel is gone.
pub(crate) fn released() -> Outcome {
    replies(ContextHandle::NULL, Some(NotificationType::RELEASE), None, Hresult::OK)
}

/// It fails.
pub(crate) fn fails(channel: ContextHandle, status: Hresult) -> Outcome {
    replies(channel, None, None, status)
}

/// CloseChannel comes back with a NULL handle.
pub(crate) fn closed(status: Hresult) -> Outcome {
    closed_with(ContextHandle::NULL, status)
}

/// CloseChannel comes back.
pub(crate) fn closed_with(channel: ContextHandle, status: Hresult) -> Outcome {
    returned(Out::CloseChannel(method::CloseChannelOut { channel, status }))
}

/// A log with these responses.
pub(crate) fn heard(responses: &[Bytes]) -> ChannelLog {
    heard_as(responses, T)
}

/// A log with these responses of a type.
pub(crate) fn heard_as(responses: &[Bytes], kind: NotificationType) -> ChannelLog {
    let response = |data: &Bytes| SourceResponse { notification_type: kind.0, data: data.clone() };
    ChannelLog { responses: responses.iter().map(response).collect(), ..ChannelLog::default() }
}

/// The same log of a channel that is still open.
pub(crate) fn open(log: ChannelLog) -> ChannelLog {
    ChannelLog { closed_by: Some(None), ..log }
}

/// The same log of a channel that a client closed.
pub(crate) fn by_client(log: ChannelLog) -> ChannelLog {
    ChannelLog { closed_by: Some(Some(ClosedBy::Client)), ..log }
}

/// The same log, saying whether a client has acquired the channel.
pub(crate) fn acquired(acquired: bool, log: ChannelLog) -> ChannelLog {
    ChannelLog { acquired: Some(acquired), ..log }
}

/// Octets of a size.
pub(crate) fn octets(size: usize) -> Bytes {
    Bytes::from(vec![0x41; size])
}
