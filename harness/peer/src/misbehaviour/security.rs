//! What goes wrong with authentication and with what protects PDUs ([MS-PAN] 2.1, 3.1.1.6.5, [MS-RPCE] 3.3.1.5.2).

use dcerpc::security::Level;

use super::Misbehaviour;

macro_rules! of_security {
    ($next:ident $($others:ident)*; $($before:tt)*) => {
        $next! {
            $($others)*;
            $($before)*

            /// SPNEGO is refused as a provider that is not known.
            NegotiateNotRecognized = "negotiate-not-recognized" breaks ["PAN-2.1-04"];
            /// All who authenticate count as the first one who did.
            CallersNotToldApart = "callers-not-told-apart" breaks [
                "PAN-3.1.1.6.5-01", "PAN-2.2.2-03", "PAN-2.2.2-02", "PAN-2.2.2-01", "PAN-3.1.1.1-02", "PAN-3.1.1.1-03",
                "PAN-3.1.1.6-05", "PAN-3.1.1.4.5-23", "PAN-3.1.1.4.1-35", "PAN-3.1.1.4.3-05"
            ];
            /// Whatever a client proves itself with, it is taken in.
            AnyPasswordTaken = "any-password-taken" breaks ["MS-RPCE/3.3.1.5.2.1/wrong-credentials-are-refused"];
            /// The times of tickets are not looked at: one that has expired is taken.
            AcceptsExpiredTicket = "accepts-expired-ticket" breaks ["MS-RPCE/3.3.1.5.2.1/wrong-credentials-are-refused"];
            /// A ticket for host/ and the server's name is refused as one for somebody else.
            HostPrincipalUnknown = "host-principal-unknown" breaks ["PAN-2.1-05"];
            /// A provider that does not exist is taken for NTLM.
            UnknownProviderTaken = "unknown-provider-taken" breaks ["MS-RPCE/3.3.3.5.3/unknown-provider-is-refused"];
            /// Signatures of requests are not checked.
            WrongSignaturesTaken = "wrong-signatures-taken" breaks [
                "MS-RPCE/3.3.1.5.2.2/server-refuses-what-does-not-verify"
            ];
            /// Requests that come again are executed again.
            CopiesTaken = "copies-taken" breaks ["MS-RPCE/3.3.1.5.2.2/server-refuses-what-does-not-verify"];
            /// Signatures of responses are wrong.
            ResponsesWronglySigned = "responses-wrongly-signed" breaks ["MS-RPCE/3.3.1.5.2.2/server-signatures-verify"];
            /// Responses are neither signed nor sealed.
            ResponsesUnsigned = "responses-unsigned" breaks ["MS-RPCE/3.3.1.5.2.2/server-protects-its-answers"];
            /// Responses name another security context than their call.
            ResponsesUnderAnotherContext = "responses-under-another-context" breaks [
                "MS-RPCE/2.2.2.11/answers-go-under-the-context-of-their-call"
            ];
        }
    };
}
pub(super) use of_security;

impl Misbehaviour {
    /// At which level calls have to be protected for it to show; none where it shows without.
    #[must_use]
    pub const fn level(self) -> Option<Level> {
        match self {
            Self::ResponsesUnsigned => Some(Level::PRIVACY),
            Self::NegotiateNotRecognized
            | Self::CallersNotToldApart
            | Self::AnyPasswordTaken
            | Self::AcceptsExpiredTicket
            | Self::HostPrincipalUnknown
            | Self::UnknownProviderTaken
            | Self::WrongSignaturesTaken
            | Self::CopiesTaken
            | Self::ResponsesWronglySigned
            | Self::ResponsesUnderAnotherContext => Some(Level::PKT),
            _ => None,
        }
    }
}
