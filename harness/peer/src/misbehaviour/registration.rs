//! What goes wrong with registrations (3.1.1.4.1, 3.1.1.4.2).

macro_rules! of_registrations {
    ($next:ident $($others:ident)*; $($before:tt)*) => {
        $next! {
            $($others)*;
            $($before)*

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
        }
    };
}
pub(super) use of_registrations;
