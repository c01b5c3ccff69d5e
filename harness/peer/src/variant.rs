//! What a server may do as well.

use dcerpc::security::Level;

/// A table of variants: an enumeration with names and descriptions.
macro_rules! variants {
    (
        $(#[doc = $about:literal])+
        $table:ident:
        $($(#[doc = $doc:literal])+ $variant:ident = $name:literal;)+
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $table {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl $table {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name: what is done.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What is done, in a sentence.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii_start(),)+ }
            }

            /// The one of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|variant| variant.name() == name)
            }
        }

        impl core::fmt::Display for $table {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(crate) use variants;

variants! {
    /// A way of the reference server that [MS-PAN], or the reading taken of it, allows beside its usual one. No rule
    /// may fail because of it.
    Variant:
    /// 0x8004000C and 0x8007071A are returned, not thrown (SD-28).
    CodesReturned = "codes-returned";
    /// 0x8007071A is thrown as the Win32 code 0x0000071A (SD-28).
    TerminationThrownAsWin32 = "termination-thrown-as-win32";
    /// 0x8007071A is thrown as nca_s_fault_cancel (SD-28).
    TerminationThrownAsCancel = "termination-thrown-as-cancel";
    /// The limit of registrations is reported as 0x80040015 (SD-16).
    LimitReportedAsMeant = "limit-reported-as-meant";
    /// UnregisterClient returns a success other than 0 (SD-08).
    UnregisterReturnsSFalse = "unregister-returns-s-false";
    /// Methods fault on objects that are not registered.
    NotRegisteredFaults = "not-registered-faults";
    /// A full queue loses its oldest notification (SD-65).
    OldestNotificationLost = "oldest-notification-lost";
    /// GetNotification returns NOTIFICATION_RELEASE again and again once the print queue is deleted (SD-04).
    ReleaseRepeated = "release-repeated";
    /// A channel that its source closed between two calls is an error: 0x80040008 (SD-18).
    ClosedChannelIsError = "closed-channel-is-error";
    /// GetNotificationSendResponse by a loser after the owner's close is an error: 0x80040008 (SD-19).
    LostClosedChannelIsError = "lost-closed-channel-is-error";
    /// CloseChannel ends the blocked call of its client with 0x80040008 (SD-20).
    OwnCloseFailsBlockedCall = "own-close-fails-blocked-call";
    /// NOTIFICATION_RELEASE comes with a pointer to no octets (SD-72).
    ReleaseWithEmptyData = "release-with-empty-data";
    /// The endpoint map has local towers of ncalrpc before those of TCP.
    LocalTowers = "local-towers";
    /// Responses are big-endian.
    BigEndian = "big-endian";
    /// Responses come in fragments of 8 octets.
    SmallFragments = "small-fragments";
    /// Only NDR is offered.
    NdrOnly = "ndr-only";
    /// Concurrent multiplexing is not granted.
    NoMultiplexing = "no-multiplexing";
    /// Calls below packet authentication level are refused (SD-43).
    PacketLevelRequired = "packet-level-required";
}

impl Variant {
    /// At which level calls have to be protected for the server to take them; none where that makes no difference.
    #[must_use]
    pub const fn level(self) -> Option<Level> {
        match self {
            Self::PacketLevelRequired => Some(Level::PKT),
            _ => None,
        }
    }
}
