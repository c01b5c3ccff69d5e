//! What goes wrong in GetNotification, and in choosing whom a notification reaches (3.1.1.4.5, 2.2.1, 2.2.2).

macro_rules! of_get_notification {
    ($next:ident $($others:ident)*; $($before:tt)*) => {
        $next! {
            $($others)*;
            $($before)*

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
            NotificationTypeIsNull = "notification-type-is-null" breaks [
                "PAN-3.1.1.4.5-03", "PAN-3.1.1.4.5-05", "PAN-3.1.3.4.3-01", "PAN-3.1.4.4.2-01", "PAN-3.1.3-01",
                "PAN-3.1.3.4-01", "PAN-3.1.4-01"
            ];
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
        }
    };
}
pub(super) use of_get_notification;
