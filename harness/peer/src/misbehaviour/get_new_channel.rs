//! What goes wrong in GetNewChannel (3.1.1.4.3).

macro_rules! of_get_new_channel {
    ($next:ident $($others:ident)*; $($before:tt)*) => {
        $next! {
            $($others)*;
            $($before)*

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
        }
    };
}
pub(super) use of_get_new_channel;
