//! What a reference server can be told to do wrong.

/// A table of misbehaviours: an enumeration with names, descriptions and what each breaks.
macro_rules! misbehaviours {
    (
        $(#[doc = $about:literal])+
        $table:ident:
        $($(#[doc = $doc:literal])+ $variant:ident = $name:literal breaks [$($requirement:literal),* $(,)?];)+
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $table {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl $table {
            /// All of them, in the order of the sections.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name: what is done wrong.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What is done wrong, in a sentence.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii_start(),)+ }
            }

            /// Every requirement that it can break. By the first one it has to be caught. Empty when it breaks the layer
            /// below ([C706]): then nothing above it can be relied on, and anything may be found.
            #[must_use]
            pub const fn requirements(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($requirement),*],)+ }
            }

            /// The one of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|misbehaviour| misbehaviour.name() == name)
            }
        }

        impl core::fmt::Display for $table {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(crate) use misbehaviours;

misbehaviours! {
    /// One breach of section 3.1 of [MS-PAN] in an otherwise correct server.
    Misbehaviour:
    /// Create returns 0 and a NULL handle.
    CreateReturnsNull = "create-returns-null" breaks ["PAN-3.1.2.4.1-04", "PAN-3.1.2.4.1-03"];
    /// Create returns S_FALSE with a good handle.
    CreateReturnsSFalse = "create-returns-s-false" breaks ["PAN-3.1.2.4.1-05"];
    /// Create throws 0x8007000E.
    CreateThrows = "create-throws" breaks ["PAN-3.1.2.4.1-07", "PAN-3.1.2.4.1-03", "PAN-3.1.2.4.1-04", "PAN-3.1.2.4.1-05"];
    /// Create returns a handle that no other method knows.
    CreateReturnsUnknownHandle = "create-returns-unknown-handle" breaks [
        "PAN-3.1.2.4.1-03", "PAN-3.1.1-02", "PAN-3.1.1-07", "PAN-3.1.2.4.2-05", "PAN-3.1.2.4.2-06",
        "PAN-3.1.2.4.2-07", "PAN-3-01", "PAN-3.1.1.4.1-07", "PAN-3.1.1.4.1-16", "PAN-3.1.1.4.1-08",
        "PAN-3.1.1.4.1-35", "PAN-3.1.1.4.1-36", "PAN-2.2.1-01", "PAN-3.1.1.4.1-31"
    ];
    /// Create returns the same object again and again to an association.
    OneObjectForAll = "one-object-for-all" breaks [
        "PAN-2.2.4-03", "PAN-3.1.1-01", "PAN-3.1.1-02", "PAN-3.1.1.4.1-08", "PAN-3.1.1.4.1-31", "PAN-3.1.1.4.2-01",
        "PAN-3.1.1.4.2-08", "PAN-3.1.1.4.3-22", "PAN-3.1.1.4.3-24", "PAN-3.1.1.4.5-05", "PAN-3.1.1.4.5-24",
        "PAN-3.1.1.4.5-26", "PAN-3.1.1-03", "PAN-3.1.1.4.1-27"
    ];
    /// Delete returns the handle that it was given.
    DeleteEchoesHandle = "delete-echoes-handle" breaks ["PAN-3.1.2.4.2-05", "PAN-3.1.1-07", "PAN-3.1.2.4.2-06"];
    /// Delete appends an HRESULT to its response.
    DeleteReturnsResult = "delete-returns-result" breaks ["PAN-3.1.2.4.2-06", "PAN-3.1.2.4.2-05", "PAN-3.1.1-07"];
    /// Delete throws 0x8004000E for an object that was registered before.
    DeleteThrowsAlreadyUnregistered = "delete-throws-already-unregistered" breaks [
        "PAN-3.1.2.4.2-07", "PAN-3.1.1-07", "PAN-3.1.1-03", "PAN-3.1.2.4.2-05", "PAN-3.1.2.4.2-06"
    ];
    /// A deleted remote object still works.
    StaleHandleAccepted = "stale-handle-accepted" breaks ["PAN-3.1.1-07", "PAN-3.1.2.4.2-05"];
    /// Delete reads a short stub as if zeros followed.
    ShortDeleteAccepted = "short-delete-accepted" breaks ["PAN-3.1.2.4-01"];
    /// Opnum 0 of IRPCRemoteObject deletes, opnum 1 creates.
    CreateAndDeleteSwapped = "create-and-delete-swapped" breaks [
        "PAN-3.1.2.4.2-06", "PAN-3.1.2.4-03", "PAN-3.1.2.4.1-03", "PAN-3.1.2.4.1-04", "PAN-3.1.2.4.1-05",
        "PAN-3.1.2.4.2-05", "PAN-3.1.2.4-01", "PAN-3.1.1-07", "PAN-3.1.2.4.2-07", "PAN-3-01"
    ];

    /// IRPCRemoteObject is offered under another UUID.
    RemoteObjectUnderAnotherUuid = "remote-object-under-another-uuid" breaks ["PAN-1.9-02", "PAN-3.1.2-01", "PAN-2.1-03", "PAN-3.1.3.3-01", "PAN-3.1.4.3-01"];
    /// IRPCAsyncNotify is offered under another UUID.
    AsyncNotifyUnderAnotherUuid = "async-notify-under-another-uuid" breaks ["PAN-1.9-01", "PAN-2.1-03"];
    /// Both interfaces are offered as version 2.0 too.
    OtherVersionsAccepted = "other-versions-accepted" breaks ["PAN-3.1.2-01", "PAN-1.9-01"];
    /// NDR64 is refused.
    Ndr64Refused = "ndr64-refused" breaks ["PAN-2.2-01", "PAN-2.2-03"];
    /// What was asked in NDR64 is answered in NDR.
    Ndr64AnsweredInNdr = "ndr64-answered-in-ndr" breaks ["PAN-2.2-03", "PAN-2.2-01"];

    /// RegisterClient names another server as referral.
    ReferralNotNull = "referral-not-null" breaks ["PAN-3.1.1.4.1-12"];
    /// RegisterClient takes a malformed name for the print server itself.
    MalformedNameAccepted = "malformed-name-accepted" breaks ["PAN-3.1.1.4.1-07", "PAN-3.1.1.4.2-08", "PAN-3.1.1.4.2-01"];
    /// RegisterClient refuses a malformed name with 0x80004005.
    MalformedNameFailsOtherwise = "malformed-name-fails-otherwise" breaks ["PAN-3.1.1.4.1-07"];
    /// RegisterClient refuses a NULL name.
    NullNameRefused = "null-name-refused" breaks [
        "PAN-3.1.1.4.1-08", "PAN-3.1.1-02", "PAN-3.1.1.4.1-31", "PAN-3.1.1.4.1-27", "PAN-2.2.1-01"
    ];
    /// RegisterClient returns S_FALSE for success.
    RegisterReturnsSFalse = "register-returns-s-false" breaks [
        "PAN-3.1.1.4.1-14", "PAN-3.1.1-02", "PAN-3.1.1-03", "PAN-2.2.1-01", "PAN-3.1.1.4.1-31"
    ];
    /// Anybody may hear the notifications of all users.
    AllUsersForEverybody = "all-users-for-everybody" breaks [
        "PAN-3.1.1.4.1-35", "PAN-3.1.1.4.1-36", "PAN-3.1.1.4.1-16"
    ];
    /// RegisterClient denies access by a fault.
    AccessDenialThrown = "access-denial-thrown" breaks [
        "PAN-3.1.1.4.1-23", "PAN-3.1.1.4.1-16", "PAN-3.1.1.4.1-35", "PAN-3.1.1.4.1-36", "PAN-3.1.1.4.1-14"
    ];
    /// RegisterClient denies access with the Win32 code 5.
    AccessDenialIsWin32 = "access-denial-is-a-win32-code" breaks [
        "PAN-1.8-01", "PAN-3.1.1.4.1-14", "PAN-3.1.1.4.1-35", "PAN-3.1.1.4.1-36", "PAN-3.1.1.4.1-16",
        "PAN-3.1.1.4.2-04"
    ];
    /// A registration ends the others of its association.
    RegistrationEndsOthers = "registration-ends-others" breaks [
        "PAN-3.1.1.4.2-04", "PAN-3.1.1.4.1-31", "PAN-3.1.1-02", "PAN-3.1.1.4.3-24", "PAN-3.1.1.4.5-26",
        "PAN-3.1.1.4.1-27"
    ];
    /// kPerUser is taken for kAllUsers, and the other way round.
    FiltersSwapped = "filters-swapped" breaks [
        "PAN-2.2.2-01", "PAN-2.2.2-03", "PAN-2.2.2-04", "PAN-2.2.2-02", "PAN-3.1.1.1-02", "PAN-3.1.1.1-03",
        "PAN-3.1.1.1-05", "PAN-3.1.1.4.1-16", "PAN-3.1.1.4.1-35", "PAN-3.1.1.4.1-36", "PAN-3.1.1.4.3-24",
        "PAN-3.1.1.4.3-05", "PAN-3.1.1.4.5-23", "PAN-3.1.1.4.5-29", "PAN-3.1.1.6-05"
    ];
    /// At the limit of registrations the oldest one is dropped.
    OldestRegistrationDropped = "oldest-registration-dropped" breaks [
        "PAN-3.1.1.4.2-04", "PAN-3.1.1.4.1-20", "PAN-3.1.1.4.1-31", "PAN-3.1.1.4.3-24",
        "PAN-3.1.1.4.5-26"
    ];
    /// The limit of registrations is reported as lack of memory.
    LimitReportedAsMemory = "limit-reported-as-memory" breaks ["PAN-3.1.1.4.1-20"];
    /// The last RegisterClient of an association changes all of its registrations.
    ParametersKeptPerAssociation = "parameters-kept-per-association" breaks [
        "PAN-3.1.1.4.1-27", "PAN-3.1.1.4.1-31", "PAN-3.1.1.1-03", "PAN-3.1.1.4.5-23", "PAN-3.1.1.4.5-05",
        "PAN-2.2.1-06", "PAN-3.1.1.6-02", "PAN-3.1.1.4.5-26", "PAN-3.1.1.1-02", "PAN-3.1.1.1-04", "PAN-3.1.1.4.5-29",
        "PAN-3.1.1.6-05", "PAN-2.2.2-02", "PAN-2.2.2-03", "PAN-2.2.2-04", "PAN-3.1.1.4.3-05", "PAN-3.1.1.4.3-24",
        "PAN-3.1.1-02", "PAN-2.2.1-01", "PAN-3.1.1-06", "PAN-3.1.1.4.5-04", "PAN-2.2.2-01"];
    /// An object counts as registered although RegisterClient failed.
    FailedRegistrationCounts = "failed-registration-counts" breaks [
        "PAN-3.1.1.4.2-08", "PAN-3.1.1.4.2-01", "PAN-3.1.1-01", "PAN-3.1.1.4.3-22", "PAN-3.1.1.4.5-24", "PAN-3.1.1-07",
        "PAN-3.1.1.4.1-16"
    ];
    /// An object can be registered only once.
    RegistersOnce = "registers-once" breaks ["PAN-3.1.1-03", "PAN-2.2.1-01", "PAN-3.1.1.4.1-31"];

    /// UnregisterClient succeeds on an object that was never registered.
    UnregisterWithoutRegistrationSucceeds = "unregister-without-registration-succeeds" breaks [
        "PAN-3.1.1.4.2-01", "PAN-3.1.1.4.2-08", "PAN-3.1.1-01"
    ];
    /// UnregisterClient succeeds again and again.
    SecondUnregisterSucceeds = "second-unregister-succeeds" breaks [
        "PAN-3.1.1.4.2-09", "PAN-3.1.1.4.2-01", "PAN-3.1.1.4.2-08"
    ];
    /// UnregisterClient fails with a code of its maker's own, without the customer bit.
    VendorCodeWithoutCustomerBit = "vendor-code-without-customer-bit" breaks ["PAN-1.8-02"];
    /// UnregisterClient throws 0x8004000D.
    UnregisterThrows = "unregister-throws" breaks ["PAN-3.1.1.4.2-06"];
    /// UnregisterClient fails although it does its work.
    UnregisterReturnsFailure = "unregister-returns-failure" breaks [
        "PAN-3.1.1.4.2-04", "PAN-3.1.1-03", "PAN-3.1.1-04", "PAN-3.1.1-08", "PAN-3.1.1-06", "PAN-3.1.1.4.2-07",
        "PAN-3.1.1-02"
    ];
    /// UnregisterClient waits until the blocked call of its object returns.
    UnregisterWaitsForNotification = "unregister-waits-for-notification" breaks [
        "PAN-3.1.1.4.2-07", "PAN-3.1.1-04", "PAN-3.1.1-08", "PAN-3.1.1.4.5-14", "PAN-3.1.1.4.3-12",
        "PAN-3.1.1.4.2-04", "PAN-3.1.1.4.5-27", "PAN-3.1.1.4.5-15", "PAN-3.1.1.4.3-13", "PAN-3.1.1.4.5-11",
        "PAN-3.1.1.4.5-17", "PAN-3.1.1.4.3-09", "PAN-3.1.1.4.3-15"
    ];
    /// UnregisterClient leaves the blocked call blocked.
    UnregisterLeavesCallPending = "unregister-leaves-call-pending" breaks [
        "PAN-3.1.1-04", "PAN-3.1.1-08", "PAN-3.1.1.4.5-14", "PAN-3.1.1.4.3-12", "PAN-3.1.1.4.5-27",
        "PAN-3.1.1.4.2-07", "PAN-3.1.1.4.5-11", "PAN-3.1.1.4.5-17", "PAN-3.1.1.4.3-09", "PAN-3.1.1.4.3-15"
    ];
    /// UnregisterClient ends a blocked call with success: NOTIFICATION_RELEASE or no channels.
    UnregisterReleasesCall = "unregister-releases-call" breaks [
        "PAN-3.1.1-04", "PAN-3.1.1-08", "PAN-3.1.1.4.5-27", "PAN-3.1.1.4.5-14", "PAN-3.1.1.4.3-12", "PAN-3.1.1.4.3-03",
        "PAN-3.1.1.4.3-21", "PAN-3.1.1.4.5-25", "PAN-3.1.1.4.3-23", "PAN-3.1.1.4.5-04", "PAN-3.1.1.4.5-05",
        "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.3-24", "PAN-3.1.1.4.3-06", "PAN-3.1.1.4.3-07", "PAN-3.1.1.4.5-23"
    ];
    /// UnregisterClient ends a blocked call with 0x80004005.
    TerminationFailsOtherwise = "termination-fails-otherwise" breaks [
        "PAN-3.1.1.4.5-14", "PAN-3.1.1.4.3-12", "PAN-3.1.1-04", "PAN-3.1.1-08", "PAN-3.1.1.4.3-15",
        "PAN-3.1.1.4.5-17", "PAN-3.1.1.4.5-27"
    ];
    /// UnregisterClient destroys the remote object.
    UnregisterDestroysObject = "unregister-destroys-object" breaks [
        "PAN-3.1.1-03", "PAN-3.1.1-07", "PAN-3.1.2.4.2-05", "PAN-3.1.2.4.2-06", "PAN-3-01", "PAN-3.1.2.4.1-03",
        "PAN-2.2.1-01", "PAN-3.1.1.4.1-31"
    ];
    /// UnregisterClient takes the channels away that the registration has received.
    UnregisterDropsChannels = "unregister-drops-channels" breaks ["PAN-3.1.1-10"];

    /// GetNewChannel hands channels to an object that was never registered.
    ChannelsWithoutRegistration = "channels-without-registration" breaks [
        "PAN-3.1.1.4.3-22", "PAN-3.1.1-01", "PAN-3.1.1.1-03", "PAN-3.1.1.4.3-24"
    ];
    /// GetNewChannel returns channels after UnregisterClient.
    ChannelsAfterUnregister = "channels-after-unregister" breaks [
        "PAN-3.1.1.4.3-23", "PAN-3.1.1.4.3-13", "PAN-3.1.1.4.3-24", "PAN-3.1.1.4.3-22"
    ];
    /// GetNewChannel returns 0 with no channels rather than wait.
    GetNewChannelReturnsNothing = "get-new-channel-returns-nothing" breaks [
        "PAN-3.1.1.4.3-03", "PAN-3.1.1.4.3-24", "PAN-3.1.1.4.3-06", "PAN-3.1.1.4.3-21", "PAN-3.1.1-02",
        "PAN-3.1.1-08", "PAN-3.1.1.4.3-05", "PAN-3.1.1.4.3-09", "PAN-3.1.1.4.3-12", "PAN-3.1.1.4.3-25",
        "PAN-3.1.1-09", "PAN-3.1.1.4.3-04", "PAN-3.1.1.4.3-07"
    ];
    /// GetNewChannel counts its channels and returns a NULL array.
    ChannelArrayIsNull = "channel-array-is-null" breaks [
        "PAN-3.1.1.4.3-21", "PAN-3.1.1.4.3-03", "PAN-3.1.1.4.3-06", "PAN-3.1.1.4.3-24", "PAN-3.1.1.4.3-05",
        "PAN-3.1.1.4.3-04"
    ];
    /// GetNewChannel throws 0x8004000D and 0x8004000E.
    GetNewChannelThrowsFailures = "get-new-channel-throws-failures" breaks ["PAN-3.1.1.4.3-17"];
    /// GetNewChannel returns channels to a unidirectional registration.
    ChannelsForUnidirectional = "channels-for-unidirectional-registrations" breaks ["PAN-2.2.5-01"];
    /// GetNewChannel returns S_FALSE with its channels.
    GetNewChannelReturnsSFalse = "get-new-channel-returns-s-false" breaks ["PAN-3.1.1.4.3-07"];
    /// GetNewChannel says that there is one channel more than it returns.
    ChannelCountTooLarge = "channel-count-too-large" breaks ["PAN-3.1.1.4.3-03", "PAN-3.1.1.4.3-06"];
    /// GetNewChannel returns one channel a call.
    OneChannelPerCall = "one-channel-per-call" breaks ["PAN-3.1.1.4.3-04"];
    /// GetNewChannel offers no channel that was opened before the registration.
    ChannelsNotOfferedToLateRegistrants = "channels-not-offered-to-late-registrants" breaks [
        "PAN-3.1.1.4.3-05", "PAN-3.1.1.4.3-04", "PAN-3.1.1.6.3-03"
    ];
    /// GetNewChannel returns a channel again that nobody has acquired.
    ChannelReturnedTwice = "channel-returned-twice" breaks ["PAN-3.1.1.4.3-25", "PAN-3.1.1.4.3-24", "PAN-3.1.1-09"];
    /// GetNewChannel returns the same handle for different channels.
    OneHandleForAllChannels = "one-handle-for-all-channels" breaks [
        "PAN-3.1.1.4.3-06", "PAN-3.1.1.4.3-05", "PAN-3.1.1.4.3-04", "PAN-3.1.1.1-05"
    ];
    /// Two registrations of an association get the same handle to a channel.
    ClientsNotToldApart = "clients-not-told-apart" breaks [
        "PAN-3.1.1.1-06", "PAN-3.1.1.4.3-06", "PAN-3.1.1-11", "PAN-3.1.1.4.4-27", "PAN-3.1.1.4.3-25"
    ];
    /// Only the first matching registration is offered a channel.
    ChannelOfferedOnce = "channel-offered-once" breaks ["PAN-3.1.1.1-05", "PAN-3.1.1.4.3-05", "PAN-3.1.1.4.3-04"];
    /// GetNewChannel fails as long as a channel of the registration is open.
    OpenChannelBlocksRegistration = "open-channel-blocks-registration" breaks [
        "PAN-3.1.1-09", "PAN-3.1.1.4.3-25", "PAN-3.1.1.4.3-09", "PAN-3.1.1.4.3-24", "PAN-3.1.1.4.3-05",
        "PAN-3.1.1-02"
    ];

    /// GetNotification returns a notification to an object that was never registered.
    NotificationWithoutRegistration = "notification-without-registration" breaks [
        "PAN-3.1.1.4.5-24", "PAN-3.1.1-01", "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.5-23", "PAN-3.1.1.4.5-05", "PAN-3.1.1.4.5-08",
        "PAN-3.1.1.4.5-25", "PAN-2.2.7-04"
    ];
    /// GetNotification returns after UnregisterClient what was queued before.
    NotificationAfterUnregister = "notification-after-unregister" breaks [
        "PAN-3.1.1.4.5-25", "PAN-3.1.1.4.5-15", "PAN-3.1.1.4.5-24"
    ];
    /// GetNotification returns 0 with no data rather than wait.
    GetNotificationReturnsAtOnce = "get-notification-returns-at-once" breaks [
        "PAN-3.1.1.4.5-26", "PAN-3.1.1-02", "PAN-3.1.1-04", "PAN-3.1.1-05", "PAN-3.1.1-06", "PAN-3.1.1.4.5-04",
        "PAN-3.1.1.4.5-06", "PAN-3.1.1.4.5-08", "PAN-3.1.1.4.5-11", "PAN-3.1.1.4.5-14", "PAN-3.1.1.4.5-23",
        "PAN-3.1.1.4.5-27", "PAN-3.1.1.4.5-29", "PAN-3.1.1.4.2-07", "PAN-3.1.1.4.5-28", "PAN-3.1.1.1-04",
        "PAN-2.2.7-04", "PAN-2.2.8-04", "PAN-3.1.4.4.2-02"
    ];
    /// GetNotification throws 0x8004000D and 0x8004000E.
    GetNotificationThrowsFailures = "get-notification-throws-failures" breaks ["PAN-3.1.1.4.5-19"];
    /// GetNotification returns a message box to every AsyncUI registration, first of all and unasked.
    MessageBoxByGetNotification = "message-box-by-get-notification" breaks [
        "PAN-3.1.3.4.3-02", "PAN-3.2.3.4.2-01", "PAN-3.2.3.4.2-02", "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.5-08",
        "PAN-3.1.1.4.5-28"
    ];
    /// GetNotification returns types with the variant of RFC 4122, whatever was registered.
    TypeBitsNormalized = "type-bits-normalized" breaks ["PAN-2.2.1-01", "PAN-3.1.1.4.5-05"];
    /// GetNotification returns S_FALSE with its notification.
    GetNotificationReturnsSFalse = "get-notification-returns-s-false" breaks ["PAN-3.1.1.4.5-09"];
    /// GetNotification returns a NULL type.
    NotificationTypeIsNull = "notification-type-is-null" breaks ["PAN-3.1.1.4.5-03", "PAN-3.1.1.4.5-05"];
    /// Notifications come with the nil UUID as type.
    NotificationTypeIsNil = "notification-type-is-nil" breaks [
        "PAN-3.1.1.4.5-05", "PAN-3.1.1.4.4-16", "PAN-3.1.1.4.5-23", "PAN-2.2.1-06", "PAN-2.2.1-02",
        "PAN-3.1.3.4.3-01", "PAN-3.1.4.4.2-01", "PAN-3.1.3-01", "PAN-3.1.3.4-01", "PAN-3.1.4-01", "PAN-3.1.4.4-01"];
    /// pOutSize counts 16-bit characters.
    OutSizeCountsCharacters = "out-size-counts-characters" breaks [
        "PAN-3.1.1.4.5-06", "PAN-3.1.1.4.4-17", "PAN-3.1.1.4.5-08", "PAN-3.1.1.4.4-21"
    ];
    /// GetNotification returns the data of the previous notification.
    PreviousDataReturned = "previous-data-returned" breaks [
        "PAN-3.1.1.4.5-08", "PAN-3.1.1.1-04", "PAN-3.1.1.4.5-29", "PAN-3.1.1.4.5-23", "PAN-3.1.1-05",
        "PAN-3.1.1.4.5-06", "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.5-28"
    ];
    /// Notifications get a terminator that the source has not sent.
    TerminatorAppended = "terminator-appended" breaks [
        "PAN-3.1.1.4.5-08", "PAN-3.1.1.4.5-06", "PAN-3.1.1.4.4-21", "PAN-3.1.1.4.4-17", "PAN-3.1.1.4.5-23",
        "PAN-3.1.1.4.5-26"
    ];
    /// The last notification comes first.
    QueueIsAStack = "queue-is-a-stack" breaks ["PAN-3.1.1.1-04", "PAN-3.1.1.4.5-29", "PAN-3.1.1.4.5-08"];
    /// A notification goes to one of the registrations that it reaches.
    QueueIsShared = "queue-is-shared" breaks [
        "PAN-3.1.1.1-04", "PAN-3.1.1.4.5-29", "PAN-3.1.1.6-05", "PAN-2.2.2-02", "PAN-2.2.2-04", "PAN-3.1.1.4.1-08", "PAN-2.2.2-01"];
    /// A second call on the same object waits too.
    SecondCallParked = "second-call-parked" breaks ["PAN-3.1.1.4.5-11", "PAN-3.1.1.4.3-09"];
    /// A second call on the same object ends the first one.
    SecondCallReplacesFirst = "second-call-replaces-first" breaks [
        "PAN-3.1.1.4.3-24", "PAN-3.1.1.4.5-11", "PAN-3.1.1.4.3-09", "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.5-15",
        "PAN-3.1.1.4.3-13", "PAN-3.1.1.4.5-14", "PAN-3.1.1.4.3-12"
    ];
    /// 0x8004000C and 0x8007071A are thrown as nca_s_fault_unspec.
    UnspecifiedFaultThrown = "unspecified-fault-thrown" breaks [
        "PAN-3.1.1.4.5-17", "PAN-3.1.1.4.3-15", "PAN-3.1.1.4.5-14", "PAN-3.1.1.4.3-12", "PAN-3.1.1.4.5-11",
        "PAN-3.1.1.4.3-09", "PAN-3.1.1-04", "PAN-3.1.1-08", "PAN-3.1.1.4.5-19", "PAN-3.1.1.4.3-17",
        "PAN-3.1.1.4.5-27"
    ];
    /// A call with an object that is no longer registered blocks.
    BlocksAfterUnregister = "blocks-after-unregister" breaks [
        "PAN-3.1.1.4.5-15", "PAN-3.1.1.4.3-13", "PAN-3.1.1.4.5-25", "PAN-3.1.1.4.3-23", "PAN-3.1.1.4.5-11",
        "PAN-3.1.1.4.3-09"
    ];
    /// A registration ends with its first notification.
    RegistrationIsOneShot = "registration-is-one-shot" breaks [
        "PAN-3.1.1-05", "PAN-3.1.1.4.2-04", "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.5-29", "PAN-3.1.1.1-04", "PAN-3.1.1-04",
        "PAN-3.1.1-03", "PAN-3.1.1-02", "PAN-3.1.1-06"
    ];
    /// Notifications between two calls are lost.
    NotificationsNotBuffered = "notifications-not-buffered" breaks ["PAN-3.1.1.4.5-29", "PAN-3.1.1.1-04", "PAN-3.1.1-05"];
    /// Notifications from before the registration are delivered.
    DiscardsNothing = "discards-nothing" breaks [
        "PAN-3.1.1.4.5-28", "PAN-3.1.1.4.5-26", "PAN-3.1.1.1-03", "PAN-3.1.1.4.5-23", "PAN-3.1.1.4.5-08", "PAN-3.1.1.4.5-25"
    ];
    /// Deletion of the print queue ends no call.
    PrinterDeletionIgnored = "printer-deletion-ignored" breaks ["PAN-3.1.1-06", "PAN-3.1.1.4.5-04"];
    /// Registrations get the notifications of every print queue.
    PrinterNotCompared = "printer-not-compared" breaks [
        "PAN-3.1.1.1-03", "PAN-3.1.1.4.5-23", "PAN-3.1.1.1-02", "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.3-24", "PAN-3.1.1.4.5-28"
    ];
    /// Registrations get the notifications of every type.
    TypeNotCompared = "type-not-compared" breaks [
        "PAN-2.2.1-06", "PAN-3.1.1.6-02", "PAN-3.1.1.1-03", "PAN-3.1.1.4.5-23", "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.3-24",
        "PAN-3.1.1.4.1-27", "PAN-3.1.1.1-02", "PAN-2.2.1-04", "PAN-2.2.1-05"
    ];
    /// AsyncUI registrations get printer configuration too.
    ConfigurationReachesAsyncUi = "configuration-reaches-async-ui" breaks [
        "PAN-2.2.1-04", "PAN-2.2.1-06", "PAN-3.1.1.4.5-23", "PAN-3.1.1.6-02"
    ];
    /// Printer configuration reaches nobody.
    ConfigurationReachesNobody = "configuration-reaches-nobody" breaks [
        "PAN-2.2.1-05", "PAN-3.1.1.6-05", "PAN-3.1.1.4.5-29"
    ];
    /// Unidirectional registrations get the initial notifications of channels.
    StyleNotCompared = "style-not-compared" breaks [
        "PAN-2.2.3-01", "PAN-3.1.1.1-03", "PAN-3.1.1.4.5-23", "PAN-3.1.1.4.5-26"
    ];
    /// A kPerUser registration gets what is meant for other users.
    OtherUsersIncluded = "other-users-included" breaks [
        "PAN-2.2.2-03", "PAN-3.1.1.6-05", "PAN-3.1.1.1-02", "PAN-3.1.1.1-03", "PAN-3.1.1.4.5-23", "PAN-3.1.1.4.5-26",
        "PAN-3.1.1.4.3-24", "PAN-2.2.2-01"];
    /// A kAllUsers registration gets only what is addressed to all users.
    AllUsersTakenLiterally = "all-users-taken-literally" breaks [
        "PAN-2.2.2-04", "PAN-3.1.1.6-05", "PAN-3.1.1.4.3-05", "PAN-3.1.1.4.5-29", "PAN-3.1.1.1-05", "PAN-2.2.2-01"];
    /// A kPerUser registration misses what is addressed to all users.
    PerUserMissesAllUsers = "per-user-misses-all-users" breaks [
        "PAN-2.2.2-02", "PAN-3.1.1.6-05", "PAN-3.1.1.4.3-05", "PAN-3.1.1.4.5-29", "PAN-3.1.1-05", "PAN-3.1.1-09",
        "PAN-3.1.1.1-04", "PAN-3.1.1.1-05", "PAN-3.1.1.4.1-08", "PAN-3.1.1.4.3-04"
    ];

    /// The first GetNotificationSendResponse acquires the channel.
    FirstCallAcquires = "first-call-acquires" breaks [
        "PAN-3.1.1-11", "PAN-3.1.1.4.4-11", "PAN-3.1.1.4.4-34", "PAN-3.1.1-12", "PAN-3.1.1.4.4-14", "PAN-3.1.1.4.4-16",
        "PAN-3.1.1.6.3-03", "PAN-3.1.1-13", "PAN-3.1.1-14", "PAN-3.1.1.4.4-05", "PAN-3.1.1.4.4-33", "PAN-3.1.1.4.3-05",
        "PAN-3.1.1.1-07", "PAN-3.1.1.4.4-35", "PAN-3.1.1.4.6-17", "PAN-3.1.1.4.4-29", "PAN-3.1.1.1-05"
    ];
    /// A balloon is returned for every AsyncUI notification of a channel.
    BalloonOnChannel = "balloon-on-a-channel" breaks ["PAN-3.1.1.4.4-21", "PAN-3.1.3.4.2-08"];
    /// The data of the first GetNotificationSendResponse reaches the source.
    FirstDataPassedOn = "first-data-passed-on" breaks ["PAN-3.1.1.4.4-11", "PAN-3.1.1-11", "PAN-3.1.3.4.2-04"];
    /// The first GetNotificationSendResponse returns empty data when there is no notification yet.
    FirstCallReturnsEmpty = "first-call-returns-empty" breaks [
        "PAN-3.1.1.4.4-33", "PAN-3.1.1.4.4-21", "PAN-3.1.1.4.4-17", "PAN-3.1.1.4.4-36", "PAN-3.1.1.6.3-03"
    ];
    /// A second call on the same channel handle aborts the first one.
    SecondChannelCallReplacesFirst = "second-channel-call-replaces-first" breaks [
        "PAN-3.1.1.4.4-27", "PAN-3.1.1.4.4-38", "PAN-3.1.1.4.4-33", "PAN-3.1.1.6.3-04", "PAN-3.1.1.4.4-24", "PAN-3.1.1.4.4-37"
    ];
    /// 0x8004000C is thrown by GetNotificationSendResponse.
    ChannelCallThrows = "channel-call-throws" breaks ["PAN-3.1.1.4.4-31", "PAN-3.1.1.4.4-27"];
    /// A client that has lost the channel keeps its handle.
    LoserKeepsHandle = "loser-keeps-handle" breaks [
        "PAN-3.1.1.4.4-05", "PAN-3.1.1-22", "PAN-3.1.1.4.4-35", "PAN-3.1.1.4.4-36", "PAN-2.2.1-03"
    ];
    /// A client that has lost the channel gets its own type.
    LoserGetsRegisteredType = "loser-gets-registered-type" breaks [
        "PAN-3.1.1.4.4-14", "PAN-3.1.1.4.4-35", "PAN-3.1.1-22", "PAN-3.1.1.4.4-36"
    ];
    /// A client that has lost the channel gets the initial notification's data.
    LoserGetsData = "loser-gets-data" breaks [
        "PAN-3.1.1.4.4-19", "PAN-3.1.1.4.4-22", "PAN-3.1.1.4.4-20", "PAN-3.1.1-22", "PAN-3.1.1.4.4-35"
    ];
    /// A client that has lost the channel gets a pointer to no octets.
    LoserGetsEmptyArray = "loser-gets-empty-array" breaks ["PAN-3.1.1.4.4-22"];
    /// A client that has lost the channel gets 0x00040010 from GetNotificationSendResponse.
    LoserGetsChannelAcquired = "loser-gets-channel-acquired" breaks [
        "PAN-3.1.1.4.4-24", "PAN-3.1.1.4.4-36", "PAN-3.1.1-22", "PAN-3.1.1.4.4-35"
    ];
    /// Blocked calls of clients that lose the channel fail.
    LoserCallFails = "loser-call-fails" breaks [
        "PAN-3.1.1.4.4-36", "PAN-3.1.1.4.4-35", "PAN-3.1.1-22", "PAN-3.1.1.4.4-05", "PAN-3.1.1.4.4-14"
    ];
    /// Blocked calls of clients that lose the channel stay blocked.
    LosersKeptWaiting = "losers-kept-waiting" breaks ["PAN-3.1.1.4.4-36", "PAN-3.1.1.4.4-35"];
    /// A call of a client that has lost the channel blocks.
    LoserCallBlocks = "loser-call-blocks" breaks [
        "PAN-3.1.1-22", "PAN-3.1.1.4.4-35", "PAN-3.1.1.4.4-14", "PAN-3.1.1.4.4-05", "PAN-3.1.1.4.4-26", "PAN-3.1.1.4.4-36"
    ];
    /// Responses of every client are accepted.
    EverybodyOwnsTheChannel = "everybody-owns-the-channel" breaks [
        "PAN-3.1.1-22", "PAN-3.1.1.1-07", "PAN-3.1.1.4.4-34", "PAN-3.1.1.4.4-35", "PAN-3.1.1.4.4-14", "PAN-3.1.1.4.4-05",
        "PAN-3.1.1.4.4-26", "PAN-3.1.1.4.4-36", "PAN-3.1.1.1-08"
    ];
    /// A channel can be acquired again after its owner closed it.
    ClosedChannelIsFree = "closed-channel-is-free" breaks [
        "PAN-3.1.1.1-08", "PAN-3.1.1-21", "PAN-3.1.1.4.6-17", "PAN-3.1.1.4.4-26", "PAN-3.1.1.4.4-35", "PAN-3.1.1-22",
        "PAN-3.1.1.4.4-34", "PAN-3.1.1.4.4-14", "PAN-3.1.1.4.4-05", "PAN-3.1.1-13", "PAN-3.1.1-17", "PAN-3.1.1-19",
        "PAN-3.1.1-20", "PAN-3.1.1.1-07", "PAN-3.1.1.4.4-36", "PAN-3.1.1.4.3-05"
    ];
    /// Responses by GetNotificationSendResponse do not reach the source.
    ResponseNotPassedOn = "response-not-passed-on" breaks ["PAN-3.1.1.4.4-37", "PAN-3.1.1-14", "PAN-3.1.1-18"];
    /// Responses end at their first zero octet.
    ResponseTruncated = "response-truncated" breaks [
        "PAN-3.1.1.4.4-37", "PAN-3.1.1-14", "PAN-3.1.1-18", "PAN-3.1.1-13", "PAN-3.1.1-20"
    ];
    /// The source gets the last response first.
    ResponsesReversed = "responses-reversed" breaks ["PAN-3.1.1-18"];
    /// A response with another type is accepted.
    WrongTypeAccepted = "wrong-type-accepted" breaks [
        "PAN-3.1.1.4.4-29", "PAN-3.1.1.4.6-20", "PAN-3.1.1.4.4-34"
    ];
    /// A response of any size is accepted.
    OversizedResponseAccepted = "oversized-response-accepted" breaks [
        "PAN-3.1.1.4.4-08", "PAN-3.1.1.4.4-09", "PAN-3.1.1.4.4-28", "PAN-3.1.1.4.6-08", "PAN-3.1.1.4.6-09",
        "PAN-3.1.1.4.6-19"
    ];
    /// A response that is too large is refused and reaches the source all the same.
    OversizedResponsePassedOn = "oversized-response-passed-on" breaks ["PAN-3.1.1.4.4-09", "PAN-3.1.1.4.6-09"];
    /// A response that is too large fails with 0x80070057.
    OversizedResponseFailsOtherwise = "oversized-response-fails-otherwise" breaks [
        "PAN-3.1.1.4.4-28", "PAN-3.1.1.4.6-19", "PAN-3.1.1.4.4-09", "PAN-3.1.1.4.6-09", "PAN-3.1.1.4.4-08", "PAN-3.1.1.4.6-08"
    ];
    /// A response is answered with the notification that it responds to.
    NotificationRepeated = "notification-repeated" breaks [
        "PAN-3.1.1-14", "PAN-3.1.1.4.4-38", "PAN-3.1.1.4.4-21", "PAN-3.1.1-18", "PAN-3.1.1-15", "PAN-3.1.1.6.3-04",
        "PAN-3.1.1.4.4-27", "PAN-3.1.1.6.3-02"
    ];
    /// A later notification of a channel is not sent.
    NextNotificationHeld = "next-notification-held" breaks [
        "PAN-3.1.1.6.3-04", "PAN-3.1.1.4.4-38", "PAN-3.1.1-15", "PAN-3.1.1-18"
    ];
    /// A later notification comes with a NULL channel.
    NextNotificationEndsChannel = "next-notification-ends-channel" breaks [
        "PAN-3.1.1-15", "PAN-3.1.1-18", "PAN-3.1.1-11", "PAN-3.1.1-14", "PAN-3.1.1.4.4-04", "PAN-3.1.1.4.4-26",
        "PAN-3.1.1.6.3-04"
    ];
    /// The initial notification is dropped once a client has it.
    InitialNotificationOnceOnly = "initial-notification-once-only" breaks [
        "PAN-3.1.1.6.3-03", "PAN-3.1.1-11", "PAN-3.1.1-12", "PAN-3.1.1.4.4-33"
    ];
    /// A blocked call fails when the source closes the channel.
    SourceCloseFailsCall = "source-close-fails-call" breaks [
        "PAN-3.1.1-16", "PAN-3.1.1.4.4-04", "PAN-3.1.1.4.4-38", "PAN-3.1.1.4.4-15", "PAN-3.1.1.6.4-01", "PAN-3.1.1.4.4-33"
    ];
    /// A call that ends because the source closed the channel keeps its handle.
    SourceCloseKeepsHandle = "source-close-keeps-handle" breaks [
        "PAN-3.1.1.4.4-04", "PAN-3.1.1-16", "PAN-3.1.1.6.4-01", "PAN-2.2.1-03", "PAN-3.1.1.4.4-05"
    ];
    /// A call that ends because the source closed the channel returns the channel's type.
    SourceCloseKeepsType = "source-close-keeps-type" breaks ["PAN-3.1.1.4.4-15"];
    /// A blocked call stays blocked when the source closes the channel.
    SourceCloseNotTold = "source-close-not-told" breaks [
        "PAN-3.1.1.6.4-01", "PAN-3.1.1-16", "PAN-3.1.1.4.4-38", "PAN-3.1.1.4.4-33", "PAN-3.1.1.4.4-04"
    ];
    /// A call that ends because the source closed the channel brings data besides NOTIFICATION_RELEASE.
    ReleaseCarriesData = "release-carries-data" breaks ["PAN-3.1.1.4.4-20"];
    /// A handle goes on after NOTIFICATION_RELEASE, with the notification that came before it.
    NotificationAfterRelease = "notification-after-release" breaks ["PAN-2.2.1-03"];
    /// A call on a channel that its source has closed blocks.
    ClosedChannelBlocks = "closed-channel-blocks" breaks [
        "PAN-3.1.1.4.4-26", "PAN-3.1.1.4.4-04", "PAN-3.1.1-16", "PAN-3.1.1.6.4-01", "PAN-3.1.1.4.4-38", "PAN-3.1.1.4.4-33"
    ];
    /// A source may send although its last notification has not been answered.
    SourceOverwritesNotification = "source-overwrites-notification" breaks [
        "PAN-3.1.1.6.3-02", "PAN-3.1.1.6.3-03", "PAN-3.1.1-11"
    ];

    /// CloseChannel returns the handle that it was given.
    CloseEchoesHandle = "close-echoes-handle" breaks [
        "PAN-3.1.1.4.6-04", "PAN-3.1.1-12", "PAN-3.1.1-13", "PAN-3.1.1-17", "PAN-3.1.1-19", "PAN-3.1.1-20", "PAN-3.1.1-21"
    ];
    /// CloseChannel returns 0 to a client that has lost the channel.
    LoserCloseReturnsZero = "loser-close-returns-zero" breaks ["PAN-3.1.1.4.6-17", "PAN-3.1.1-21", "PAN-3.1.1.1-08"];
    /// CloseChannel returns 0x80040010 to a client that has lost the channel.
    LoserCloseFails = "loser-close-fails" breaks [
        "PAN-3.1.1-21", "PAN-3.1.1.4.6-16", "PAN-3.1.1.4.6-17", "PAN-3.1.1.1-08"
    ];
    /// CloseChannel returns 0x00040010 to the owner.
    OwnerCloseReturnsChannelAcquired = "owner-close-returns-channel-acquired" breaks [
        "PAN-3.1.1-20", "PAN-3.1.1-13", "PAN-3.1.1-17", "PAN-3.1.1-19", "PAN-3.1.1-12", "PAN-3.1.1.4.6-17",
        "PAN-3.1.1.1-07", "PAN-3.1.1.4.4-38", "PAN-3.1.1.4.4-34"
    ];
    /// CloseChannel throws what it refuses.
    CloseThrows = "close-throws" breaks [
        "PAN-3.1.1.4.6-22", "PAN-3.1.1.4.6-20", "PAN-3.1.1.4.6-19", "PAN-3.1.1.4.6-09", "PAN-3.1.1.4.6-08"
    ];
    /// CloseChannel waits until the blocked call of its channel returns.
    CloseWaitsForNotification = "close-waits-for-notification" breaks [
        "PAN-3.1.1.4.6-23", "PAN-3.1.1-17", "PAN-3.1.1.4.4-33"
    ];
    /// Data that comes with NOTIFICATION_RELEASE reaches the source.
    ReleaseDataPassedOn = "release-data-passed-on" breaks [
        "PAN-3.1.1.4.6-14", "PAN-3.1.1-12", "PAN-3.1.1-17", "PAN-3.1.1-19", "PAN-3.1.1.4.4-11", "PAN-3.1.1.4.4-37"
    ];
    /// CloseChannel with NOTIFICATION_RELEASE acquires the channel.
    ReleaseAcquires = "release-acquires" breaks [
        "PAN-3.1.1-12", "PAN-3.1.1.4.4-34", "PAN-3.1.1.4.6-14", "PAN-3.1.1.4.4-14", "PAN-3.1.1.4.4-16", "PAN-3.1.1.6.3-03",
        "PAN-3.1.1.4.3-05", "PAN-3.1.1-11", "PAN-3.1.1-13", "PAN-3.1.1-14", "PAN-3.1.1.4.6-17", "PAN-3.1.1.1-05"
    ];
    /// The source is not told that the owner has closed the channel.
    ClosureNotTold = "closure-not-told" breaks [
        "PAN-3.1.1-19", "PAN-3.1.1-17", "PAN-3.1.1-13", "PAN-3.1.1-20", "PAN-3.1.1.4.6-14"
    ];
    /// The source is told of an empty response and not of the closure when the owner leaves without one.
    ReleasePassedOnAsResponse = "release-passed-on-as-response" breaks [
        "PAN-3.1.1-19", "PAN-3.1.1-17", "PAN-3.1.1.4.6-14", "PAN-3.1.1-12", "PAN-3.1.1.4.4-11", "PAN-3.1.1.4.4-37"
    ];
    /// The final response of CloseChannel does not reach the source.
    FinalResponseDropped = "final-response-dropped" breaks ["PAN-3.1.1-13", "PAN-3.1.1-20", "PAN-3.1.1.4.4-34"];
    /// A channel can be used after CloseChannel succeeded.
    ClosedHandleAccepted = "closed-handle-accepted" breaks ["PAN-3.1.1.4.4-39", "PAN-3.1.1.4.4-26", "PAN-3.1.1.4.6-04"];

    /// GetNewChannel stands on opnum 2 and the others follow it.
    ReservedOpnumSkipped = "reserved-opnum-skipped" breaks [
        "PAN-3.1.1.4-03", "PAN-3.1.1.4.3-17", "PAN-3.1.1.4.5-19", "PAN-3.1.1-02", "PAN-3.1.1.4.3-24",
        "PAN-3.1.1.4.5-26"
    ];
    /// Operations beyond the last one are answered like the first.
    OperationRangeNotChecked = "operation-range-not-checked" breaks ["PAN-3.1.1.4-03", "PAN-3.1.2.4-03"];
    /// A stub that breaks the rules of NDR is accepted.
    StubNotChecked = "stub-not-checked" breaks ["PAN-3.1.1.4-01", "PAN-3.1.1.4.4-37", "PAN-3.1.2.4-01", "PAN-3.1.1.4-02"];
    /// A NULL pointer with a size is taken for no data.
    NullPointerWithSizeAccepted = "null-pointer-with-size-accepted" breaks ["PAN-3.1.1.4-02", "PAN-3.1.1.4-01"];

    /// Responses carry another call_id.
    ForeignCallId = "foreign-call-id" breaks [];
    /// frag_length of responses is too small.
    WrongFragLength = "wrong-frag-length" breaks [];
    /// Responses break off in the middle, and the connection ends.
    HalfResponse = "half-response" breaks [];
    /// Requests are answered with rubbish.
    Rubbish = "rubbish" breaks [];
    /// The connection ends in place of every answer but Create's.
    ClosesInMidCall = "closes-in-mid-call" breaks [];
    /// No request is ever answered.
    NeverAnswers = "never-answers" breaks [];
}
