//! What a notification source was asked to do, and what it answered.
//!
//! The verbs are those of the stimulus protocol (`contract.md`); its JSON form lies with the runner.

use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use uuid::Uuid;

/// Whom a notification is for, as its source says it ([MS-PAN] 3.1.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The notification type identifier.
    pub notification_type: Uuid,
    /// PrintAsyncNotifyUserFilter: 0 is kPerUser, 1 is kAllUsers.
    pub filter: u32,
    /// The user that it is meant for, with kPerUser.
    pub user: Option<String>,
    /// UNC name of the print queue; none for the print server itself.
    pub printer: Option<String>,
}

/// Something that a notification source is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Send one unidirectional notification (3.1.1.6.1).
    Notify {
        /// Whom it is for.
        audience: Audience,
        /// Its octets.
        data: Bytes,
    },
    /// Open a bidirectional channel (3.1.1.6.2).
    OpenChannel {
        /// The name by which later requests refer to the channel.
        id: String,
        /// Whom it is for.
        audience: Audience,
        /// Its initial notification; none yet when absent.
        data: Option<Bytes>,
    },
    /// Send the next notification on a channel (3.1.1.6.3).
    ChannelNotify {
        /// The channel.
        id: String,
        /// The notification's octets.
        data: Bytes,
    },
    /// Close a channel from the source's side (3.1.1.6.4).
    ChannelClose {
        /// The channel.
        id: String,
    },
    /// Tell which responses the source of a channel has received.
    ChannelLog {
        /// The channel.
        id: String,
    },
    /// Delete a print queue.
    DeletePrinter {
        /// Its UNC name.
        printer: String,
    },
    /// Begin an orderly shutdown of the server.
    Shutdown,
    /// A verb that no source can know: a source that answers it with success can't be believed.
    Nonsense {
        /// The verb.
        verb: String,
    },
}

/// One response that a notification source has received from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceResponse {
    /// The notification type identifier that it came with.
    pub notification_type: Uuid,
    /// Its octets.
    pub data: Bytes,
}

/// Who closed a channel, as its source knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClosedBy {
    /// The client that owned it.
    Client,
    /// The source.
    Source,
}

/// What the source of a channel has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelLog {
    /// The responses, in the order of their arrival.
    pub responses: Vec<SourceResponse>,
    /// Whether a client has acquired the channel; none when the source does not say.
    pub acquired: Option<bool>,
    /// Who closed the channel: outer none when the source does not say, inner none while it is open.
    pub closed_by: Option<Option<ClosedBy>>,
}

/// What a notification source answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done.
    Done,
    /// The log that was asked for.
    Log(ChannelLog),
    /// It refused, with its words.
    Refused {
        /// The source's words.
        error: String,
        /// Whether it says that it can't do such a thing at all.
        unsupported: bool,
    },
    /// It did not answer within the limit, or not in the protocol.
    Silent {
        /// What happened instead.
        why: String,
    },
}
