//! What goes wrong in GetNotificationSendResponse (3.1.1.4.4, 3.1.1.6.3).

macro_rules! of_conversations {
    ($next:ident $($others:ident)*; $($before:tt)*) => {
        $next! {
            $($others)*;
            $($before)*

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
        }
    };
}
pub(super) use of_conversations;
