//! What goes wrong in CloseChannel (3.1.1.4.6).

macro_rules! of_close_channel {
    ($next:ident $($others:ident)*; $($before:tt)*) => {
        $next! {
            $($others)*;
            $($before)*

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
        }
    };
}
pub(super) use of_close_channel;
