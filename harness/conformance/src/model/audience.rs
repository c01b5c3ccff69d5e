//! Who gets what ([MS-PAN] 3.1.1.6, 2.2.2): how a notification's audience meets a registration.

use alloc::borrow::ToOwned;
use alloc::string::String;

use mspan::{ConversationStyle, NotificationType, UserFilter};
use trace::stimulus::Audience;

use super::Registration;

/// An authenticated user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name, without domain.
    pub name: String,
    /// Whether the user has the access rights of an administrator on the server and its queues.
    pub administrator: bool,
}

/// Whether something is meant for a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Match {
    /// It is.
    Yes,
    /// It isn't, and by what.
    No(Mismatch),
    /// That can't be known, or the specification does not say.
    Unknown,
}

/// By what something is not meant for a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mismatch {
    /// Its notification type is another one.
    Type,
    /// It is about another print queue, or about the server.
    Name,
    /// It is of the other mode.
    Style,
    /// It is meant for another user.
    User,
    /// It was over before the registration was asked for.
    BeforeRegistration,
    /// It began after the registration had ended.
    AfterEnd,
}

impl Registration {
    /// Whether something with that audience and mode is meant for this registration, times apart. The first mismatch
    /// counts, of type, name, mode and user.
    #[must_use]
    pub fn matches(&self, audience: &Audience, style: ConversationStyle) -> Match {
        let parts = [
            same_type(self.notification_type, NotificationType(audience.notification_type)),
            same_name(self.name.as_deref(), audience.printer.as_deref()),
            same_style(self.style, style),
            self.may_see(audience),
        ];
        let mismatch = parts.into_iter().find(|part| matches!(part, Match::No(_)));
        mismatch.unwrap_or(if parts.contains(&Match::Unknown) { Match::Unknown } else { Match::Yes })
    }

    /// The truth table of 2.2.2.
    fn may_see(&self, audience: &Audience) -> Match {
        match (UserFilter(audience.filter), self.filter) {
            (UserFilter::ALL_USERS, UserFilter::ALL_USERS | UserFilter::PER_USER)
            | (UserFilter::PER_USER, UserFilter::ALL_USERS) => Match::Yes,
            (UserFilter::PER_USER, UserFilter::PER_USER) => match (&audience.user, &self.user) {
                (Some(meant), Some(user)) if *meant == user.name => Match::Yes,
                (Some(meant), Some(user)) if meant.to_lowercase() != user.name.to_lowercase() => {
                    Match::No(Mismatch::User)
                }
                _ => Match::Unknown,
            },
            _ => Match::Unknown,
        }
    }
}

/// All 128 bits count. Of the two values that printer configuration has (SD-01) a server may take one for the other.
fn same_type(registered: NotificationType, raised: NotificationType) -> Match {
    const CONFIGURATION: [NotificationType; 2] =
        [NotificationType::PRINTER_CONFIGURATION, NotificationType::PRINTER_CONFIGURATION_SDK];
    if registered == raised {
        Match::Yes
    } else if CONFIGURATION.contains(&registered) && CONFIGURATION.contains(&raised) {
        Match::Unknown
    } else {
        Match::No(Mismatch::Type)
    }
}

/// Whether the server's own registrations see what concerns its queues is open (SD-52); so is the case of letters, and a server has
/// several names: DNS, NetBIOS and addresses (3.1.1.4.1).
fn same_name(registered: Option<&str>, raised: Option<&str>) -> Match {
    match (registered, raised) {
        (None, None) => Match::Yes,
        (None, Some(_)) => Match::Unknown,
        (Some(registered), Some(raised)) if registered == raised => Match::Yes,
        (Some(registered), Some(raised)) if may_be_one_queue(registered, raised) => Match::Unknown,
        (Some(_), _) => Match::No(Mismatch::Name),
    }
}

/// Whether two UNC names may be of one queue: letters' case apart, and whatever they call its server.
pub(super) fn may_be_one_queue(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let queue = |name: &str| name.strip_prefix(r"\\").and_then(|rest| Some(rest.split_once('\\')?.1.to_owned()));
    one == other || queue(&one).is_some_and(|named| queue(&other) == Some(named))
}

/// A style that has no meaning matches nothing for certain.
fn same_style(registered: ConversationStyle, raised: ConversationStyle) -> Match {
    match registered {
        registered if registered == raised => Match::Yes,
        ConversationStyle::BIDIRECTIONAL | ConversationStyle::UNIDIRECTIONAL => Match::No(Mismatch::Style),
        _ => Match::Unknown,
    }
}
