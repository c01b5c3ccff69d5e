//! HRESULT values ([MS-ERREF] 2.1) and the names of those that [MS-PAN] uses.

use core::fmt;

/// A 32-bit result: bit 31 clear is success, set is failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hresult(pub u32);

macro_rules! names {
    ($($(#[doc = $doc:literal])+ $constant:ident = $value:literal, $name:literal;)+) => {
        impl Hresult {
            $($(#[doc = $doc])+ pub const $constant: Self = Self($value);)+

            /// Values that have a name, with it.
            pub const NAMED: &[(&str, Self)] = &[$(($name, Self::$constant)),+];
        }
    };
}

names! {
    /// Success.
    OK = 0x0000_0000, "S_OK";
    /// CloseChannel: success, and another client has acquired the channel (3.1.1.4.6).
    CHANNEL_ACQUIRED = 0x0004_0010, "CHANNEL_ACQUIRED";
    /// GetNotificationSendResponse: the channel was closed before (3.1.1.4.4).
    CHANNEL_CLOSED = 0x8004_0008, "CHANNEL_CLOSED";
    /// An earlier call on the same object has not returned yet (3.1.1.4.3 to 3.1.1.4.5).
    CALL_OUTSTANDING = 0x8004_000C, "CALL_OUTSTANDING";
    /// Never registered (product note 8).
    NOT_REGISTERED = 0x8004_000D, "NOT_REGISTERED";
    /// Already unregistered (product note 9).
    ALREADY_UNREGISTERED = 0x8004_000E, "ALREADY_UNREGISTERED";
    /// The response is larger than the server takes (3.1.1.4.4, 3.1.1.4.6).
    RESPONSE_TOO_LARGE = 0x8004_0012, "RESPONSE_TOO_LARGE";
    /// The notification type is not the channel's (3.1.1.4.4, 3.1.1.4.6).
    TYPE_MISMATCH = 0x8004_0014, "TYPE_MISMATCH";
    /// Registration limit, as it was probably meant (SD-16).
    REGISTRATION_LIMIT_MEANT = 0x8004_0015, "REGISTRATION_LIMIT_MEANT";
    /// RegisterClient: not authorized for these parameters (3.1.1.4.1).
    ACCESS_DENIED = 0x8007_0005, "E_ACCESSDENIED";
    /// Out of memory.
    OUT_OF_MEMORY = 0x8007_000E, "E_OUTOFMEMORY";
    /// RegisterClient: registration limit reached (3.1.1.4.1).
    REGISTRATION_LIMIT = 0x8007_0015, "REGISTRATION_LIMIT";
    /// RegisterClient: pName does not follow the format (3.1.1.4.1).
    INVALID_NAME = 0x8007_007B, "INVALID_NAME";
    /// GetNewChannel, GetNotification: incoming notifications have been terminated (3.1.1.4.3, 3.1.1.4.5).
    NOTIFICATIONS_TERMINATED = 0x8007_071A, "NOTIFICATIONS_TERMINATED";
    /// A parameter is wrong.
    INVALID_ARGUMENT = 0x8007_0057, "E_INVALIDARG";
}

impl Hresult {
    /// Whether it is a success: 0 is not the only one.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 & 0x8000_0000 == 0
    }

    /// Whether it is a failure.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        !self.is_success()
    }

    /// Its name here, if it has one.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Self::NAMED.iter().find(|(_, value)| *value == self).map(|(name, _)| *name)
    }
}

impl fmt::Display for Hresult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x}", self.0)?;
        self.name().map_or(Ok(()), |name| write!(f, " ({name})"))
    }
}
