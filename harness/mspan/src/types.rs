//! The data types of [MS-PAN] 2.2. Unknown wire values are kept.

use core::fmt;

use uuid::{Uuid, uuid};

/// A notification type identifier (2.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NotificationType(pub Uuid);

impl NotificationType {
    /// NOTIFICATION_RELEASE: the sender takes no further part.
    pub const RELEASE: Self = Self(uuid!("ba9a5027-a70e-4ae7-9b7d-eb3e06ad4157"));
    /// AsyncPrintNotificationType_AsyncUI.
    pub const ASYNC_UI: Self = Self(uuid!("f6853f92-eb31-4e23-b6e7-fd69056153f0"));
    /// AsyncPrintNotificationType_PrinterConfiguration, as the specification prints it (SD-01).
    pub const PRINTER_CONFIGURATION: Self = Self(uuid!("2abad223-b994-4aca-82fd-4571b1b585ac"));
    /// The value of the same purpose in the published SDK header, one digit apart (SD-01).
    pub const PRINTER_CONFIGURATION_SDK: Self = Self(uuid!("2abad223-b994-4aca-82fc-4571b1b585ac"));

    /// Identifiers that have a name.
    pub const NAMED: [(&'static str, Self); 4] = [
        ("NOTIFICATION_RELEASE", Self::RELEASE),
        ("AsyncUI", Self::ASYNC_UI),
        ("PrinterConfiguration", Self::PRINTER_CONFIGURATION),
        ("PrinterConfigurationSdk", Self::PRINTER_CONFIGURATION_SDK),
    ];

    /// Its name, if it has one.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Self::NAMED.into_iter().find(|(_, value)| *value == self).map(|(name, _)| name)
    }

    /// Whether it has a known type's octets in another order: all of them reversed, on the wire or as they are printed, or
    /// some of the fields of a GUID, the last eight octets being one.
    #[must_use]
    pub fn is_disordered(self, known: Self) -> bool {
        let is_reversed = |given: &[u8], known: &[u8]| given.iter().eq(known.iter().rev());
        if is_reversed(self.0.as_bytes(), known.0.as_bytes()) {
            return true;
        }
        let (given, known) = (self.0.to_bytes_le(), known.0.to_bytes_le());
        let is_field = |from: usize, to: usize| {
            let (given, known) = (given.get(from..to).unwrap_or_default(), known.get(from..to).unwrap_or_default());
            given == known || is_reversed(given, known)
        };
        let fields = [(0, 4), (4, 6), (6, 8), (8, 16)].into_iter().all(|(from, to)| is_field(from, to));
        given != known && (fields || is_reversed(&given, &known))
    }
}

impl fmt::Display for NotificationType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}

/// PrintAsyncNotifyUserFilter (2.2.2), with whatever number stands on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserFilter(pub u32);

impl UserFilter {
    /// kPerUser: notifications for the own identity and for all.
    pub const PER_USER: Self = Self(0);
    /// kAllUsers: every notification.
    pub const ALL_USERS: Self = Self(1);

    /// Its name, if it has one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::PER_USER => Some("kPerUser"),
            Self::ALL_USERS => Some("kAllUsers"),
            _ => None,
        }
    }
}

impl fmt::Display for UserFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.0),
        }
    }
}

/// PrintAsyncNotifyConversationStyle (2.2.3), with whatever number stands on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationStyle(pub u32);

impl ConversationStyle {
    /// kBiDirectional.
    pub const BIDIRECTIONAL: Self = Self(0);
    /// kUniDirectional.
    pub const UNIDIRECTIONAL: Self = Self(1);

    /// Its name, if it has one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::BIDIRECTIONAL => Some("kBiDirectional"),
            Self::UNIDIRECTIONAL => Some("kUniDirectional"),
            _ => None,
        }
    }
}

impl fmt::Display for ConversationStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.0),
        }
    }
}
