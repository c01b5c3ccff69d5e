//! What goes wrong with what a server's own sources raise, unasked, for a registration that is new (2.2.7, 2.2.8, 3.1.3.4,
//! 3.1.4.4, and the product notes of section 7). What breaks a product note first is wrong of Windows only: it is judged
//! under the overlay of that name.

macro_rules! of_documents {
    ($next:ident $($others:ident)*; $($before:tt)*) => {
        $next! {
            $($others)*;
            $($before)*

            /// A balloon comes on a channel of its own.
            BalloonOpensAChannel = "balloon-opens-a-channel" breaks [
                "PAN-3.2.3.4.1-01", "PAN-3.2.3.4.1-02", "PAN-3.1.3.4.2-08", "PAN-3.1.1.4.3-24"
            ];
            /// A custom UI that wants no reply comes on a channel of its own.
            CustomUiWithoutReplyOpensAChannel = "custom-ui-without-reply-opens-a-channel" breaks [
                "PAN-3.2.3.4.3-02", "PAN-3.1.3.4.2-09", "PAN-3.1.1.4.3-24"
            ];
            /// Custom data that want no reply come on a channel of their own.
            CustomDataWithoutReplyOpensAChannel = "custom-data-without-reply-open-a-channel" breaks [
                "PAN-3.2.3.4.4-02", "PAN-3.1.3.4.2-09", "PAN-3.1.1.4.3-24"
            ];
            /// A custom UI that wants a reply comes by GetNotification.
            CustomUiWithReplyByGetNotification = "custom-ui-with-reply-by-get-notification" breaks [
                "PAN-3.2.3.4.3-03", "PAN-3.1.3.4.3-03", "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.5-08", "PAN-3.1.1.4.5-28"
            ];
            /// Custom data that want a reply come by GetNotification.
            CustomDataWithReplyByGetNotification = "custom-data-with-reply-by-get-notification" breaks [
                "PAN-3.2.3.4.4-03", "PAN-3.1.3.4.3-03", "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.5-08", "PAN-3.1.1.4.5-28"
            ];
            /// Whoever registers for channels of printer configuration gets one.
            ConfigurationOpensAChannel = "configuration-opens-a-channel" breaks [
                "PAN-3.2.4.4.1-01", "PAN-3.2.4.4.1-02", "PAN-3.1.4.4-02", "PAN-3.2.4-02", "PAN-3.1.1.4.3-24"
            ];

            /// A balloon about a change of the configuration has its action twice.
            ConfigurationBalloonHasTwoActions = "configuration-balloon-has-two-actions" breaks [
                "PAN-7-01", "PAN-2.2.7.1.1-02", "PAN-2.2.7.2.2-02", "PAN-2.2.7.2.2-03", "PAN-3.1.1.4.5-26",
                "PAN-3.1.1.4.5-08", "PAN-3.1.1.4.5-28"
            ];
            /// The action of a balloon about a change of the configuration names a driver's own file.
            ConfigurationModuleIsAnother = "configuration-module-is-another" breaks [
                "PAN-7-02", "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.5-08", "PAN-3.1.1.4.5-28"
            ];
            /// The envelope of changes has no printer.
            EnvelopeNamesNoPrinter = "envelope-names-no-printer" breaks [
                "PAN-7-03", "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.5-08", "PAN-3.1.1.4.5-28"
            ];
            /// The envelope of changes has a reason of its own.
            EnvelopeHasAnotherReason = "envelope-has-another-reason" breaks [
                "PAN-7-04", "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.5-08", "PAN-3.1.1.4.5-28"
            ];
            /// The envelope of changes has the detail that is reserved.
            EnvelopeHasTheReservedDetail = "envelope-has-the-reserved-detail" breaks [
                "PAN-7-05", "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.5-08", "PAN-3.1.1.4.5-28"
            ];
            /// The envelope of changes is empty.
            EnvelopeListsNoChange = "envelope-lists-no-change" breaks [
                "PAN-7-06", "PAN-3.1.1.4.5-26", "PAN-3.1.1.4.5-08", "PAN-3.1.1.4.5-28"
            ];
            /// Only one notification waits for a registration; the others are lost.
            OneNotificationBuffered = "one-notification-buffered" breaks [
                "PAN-7-14", "PAN-3.1.1.4.5-29", "PAN-3.1.1.1-04", "PAN-3.1.1-05"
            ];
        }
    };
}
pub(super) use of_documents;
