//! What a reference client can be told to do wrong.

use dcerpc::TransferSyntax;
use dcerpc::security::Level;

use crate::misbehaviour::misbehaviours;
use crate::spoilt_context::Spoil;

misbehaviours! {
    /// One breach of sections 2.2, 3.1 or 3.2 of [MS-PAN] in an otherwise correct client.
    ClientMisbehaviour:
    /// IRPCRemoteObject is proposed with version 2.0.
    WrongInterfaceVersion = "wrong-interface-version" breaks [
        "PAN-1.9-02", "PAN-2.1-03", "PAN-3-01"
    ];
    /// IRPCAsyncNotify is proposed with version 2.0.
    WrongNotifyVersion = "wrong-notify-version" breaks ["PAN-1.9-01", "PAN-2.1-03", "PAN-3-01"];
    /// The endpoint mapper is never asked: the port is taken for granted.
    NeverAsksTheMapper = "never-asks-the-mapper" breaks ["PAN-2.1-02", "PAN-3.2.1.3-01"];
    /// The endpoint mapper is asked, and a port of earlier days is used all the same.
    UsesCachedPort = "uses-a-cached-port" breaks ["PAN-3.2.1.3-01", "PAN-2.1-02"];
    /// PDUs are sent within requests of RPC over HTTP.
    SpeaksHttp = "speaks-http" breaks ["PAN-2.1-01"];
    /// Each interface gets an association of its own, so that handles of one are unknown in the other.
    AssociationPerInterface = "association-per-interface" breaks [
        "PAN-3.2.2.3-01", "PAN-3-01", "PAN-3.1.1.4.1-01", "PAN-2.2.4-01"
    ];
    /// Notification types are sent with their octets in reverse.
    TypeOctetsReversed = "type-octets-reversed" breaks [
        "PAN-3.1.3.4.1-01", "PAN-2.2.1-02", "PAN-2.2.1-04", "PAN-2.2.1-05", "PAN-3.1.3-01", "PAN-3.1.3.4-01",
        "PAN-3.1.4-01", "PAN-3.1.4.4-01", "PAN-3.1.4.4.1-01", "PAN-3.2.3-01", "PAN-3.2.3.4-01", "PAN-3.2.4-01",
        "PAN-3.2.4.4-01", "PAN-3.1.1.4.6-07", "PAN-3.1.1.4.4-07", "PAN-3.1.3.4.4-01"
    ];
    /// On channels notification types are sent with version and variant as RFC 4122 has them.
    ResponseTypesNormalized = "response-types-normalized" breaks [
        "PAN-2.2.1-01", "PAN-3.1.1.4.4-07", "PAN-3.1.1.4.6-07", "PAN-3.2.2-08"
    ];
    /// CloseChannel that only releases has a referent before the type, as of a unique pointer.
    TypeBehindAReferent = "type-behind-a-referent" breaks [
        "PAN-3.1.1.4.6-05", "PAN-3.1.1.4.6-07", "PAN-3.1.1.4.6-12", "PAN-3.2.2-08", "PAN-3.1.3.4.4-01",
        "PAN-3.1.3.4-01", "PAN-3.1.3-01", "PAN-3.2.3-03", "PAN-3.2.3-05", "PAN-3.2.3.4-01", "PAN-3.2.3.4.1-13",
        "PAN-3.2.3.4.2-05", "PAN-3.2.3.4.2-07", "PAN-3.2.3.4.2-08", "PAN-3.2.3.4.3-06", "PAN-3.2.3.4.3-14",
        "PAN-3.2.3.4.3-15", "PAN-3.2.3.4.3-16", "PAN-3.2.3.4.3-18", "PAN-3.2.3.4.4-06", "PAN-3.2.3.4.4-14",
        "PAN-3.2.3.4.4-15", "PAN-3.2.3.4.4-16", "PAN-3.2.3.4.4-18", "PAN-2.2.7.1.3-08",
        "PAN-3.2.2.4-01"
    ];
    /// NotifyFilter is sent as 16 bits, so that conversationStyle moves.
    FilterInSixteenBits = "filter-in-sixteen-bits" breaks [
        "PAN-2.2.2-01", "PAN-2.2.3-01", "PAN-3.1.1.4.1-10", "PAN-3.1.1.4.1-11"
    ];
    /// The reserved opnum 2 is called after the registration.
    ReservedOpnumCalled = "reserved-opnum-called" breaks ["PAN-3.1.1.4-04", "PAN-7-11"];
    /// Responses whose stubs have defects are taken as they are.
    DefectsAccepted = "defects-accepted" breaks [
        "PAN-3.2.2.4-01", "PAN-3.2.2.4-02", "PAN-3.2.1.4-01"
    ];
    /// NTLM is used without SPNEGO.
    NtlmAlone = "ntlm-alone" breaks ["PAN-2.1-06"];
    /// The client does not authenticate, though it could.
    DoesNotAuthenticate = "does-not-authenticate" breaks ["PAN-2.1-06", "PAN-2.1-08"];
    /// Calls are made at connect level.
    CallsAtConnectLevel = "calls-at-connect-level" breaks ["PAN-2.1-08"];
    /// The principal that is asked for is of the service class cifs.
    AsksForAnotherService = "asks-for-another-service" breaks ["PAN-2.1-07"];
    /// Only NDR is proposed.
    ProposesNdrAlone = "proposes-ndr-alone" breaks ["PAN-2.2-02"];
    /// Stubs are in NDR, whatever was negotiated.
    StubsInNdr = "stubs-in-ndr" breaks ["PAN-2.2-03"];
    /// Signatures of requests are wrong.
    CallsWronglySigned = "calls-wrongly-signed" breaks ["MS-RPCE/3.3.1.5.2.2/client-signatures-verify"];
    /// Requests are neither signed nor sealed.
    CallsUnsigned = "calls-unsigned" breaks ["MS-RPCE/3.3.1.5.2.2/client-protects-its-calls"];
    /// Signatures of responses are not checked.
    ResponsesNotChecked = "responses-not-checked" breaks [
        "MS-RPCE/3.3.1.5.2.2/client-refuses-what-does-not-verify"
    ];
    /// Signatures of responses are not checked, and what is sealed is gone by all the same.
    SealedResponsesNotChecked = "sealed-responses-not-checked" breaks [
        "MS-RPCE/3.3.1.5.2.2/client-refuses-what-does-not-verify"
    ];
    /// Connections are closed at the end without UnregisterClient and Delete.
    LeavesWithoutFarewell = "leaves-without-farewell" breaks [
        "PAN-2.2.4-02", "PAN-3.1.1.4.5-31", "PAN-3.2.1.4-03", "PAN-3.2.1.4-04", "PAN-3.2.2.4-03", "PAN-3.2.2.4-04"
    ];

    /// A failed Create is repeated.
    FailedCreateRepeated = "failed-create-repeated" breaks ["PAN-3.1.2.4.1-06", "PAN-1.8-04"];
    /// The remote object is never deleted.
    ObjectNotDeleted = "object-not-deleted" breaks ["PAN-3.2.1.4-04", "PAN-2.2.4-02", "PAN-3.2.1.4-03"];
    /// The remote object is deleted twice.
    ObjectDeletedTwice = "object-deleted-twice" breaks ["PAN-3.1.2.4.2-02"];
    /// Delete is called with a NULL handle besides.
    NullHandleDeleted = "null-handle-deleted" breaks ["PAN-3.1.2.4.2-04", "PAN-3.1.2.4.2-01"];
    /// Delete is called on a remote object that is still registered.
    RegisteredObjectDeleted = "registered-object-deleted" breaks [
        "PAN-3.1.2.4.2-03", "PAN-3.2.2-04", "PAN-3.2.2.4-03", "PAN-3.2.2.4-04", "PAN-3.1.1.4.5-31", "PAN-3.2.2-02"
    ];
    /// The objects of failed attempts are neither unregistered nor deleted.
    FailedAttemptsLeftBehind = "failed-attempts-left-behind" breaks [
        "PAN-3.2.1.4-04", "PAN-2.2.4-02", "PAN-3.2.1.4-03", "PAN-3.2.2.4-03", "PAN-3.2.2.4-04"
    ];

    /// RegisterClient gets a handle that no server gave out.
    InventedHandleRegistered = "invented-handle-registered" breaks [
        "PAN-3.1.1.4.1-01", "PAN-2.2.4-01", "PAN-3.2.2-01", "PAN-3.1.1.4.1-24"
    ];
    /// RegisterClient gets a NULL handle.
    NullHandleRegistered = "null-handle-registered" breaks [
        "PAN-3.1.1.4.1-02", "PAN-3.1.1.4.1-01", "PAN-2.2.4-01", "PAN-3.2.2-01", "PAN-3.1.1.4.1-24"
    ];
    /// RegisterClient names the queue without its server.
    LocalNameRegistered = "local-name-registered" breaks ["PAN-3.1.1.4.1-04", "PAN-3.1.1.4.1-03"];
    /// RegisterClient gets an empty name for the print server itself.
    EmptyNameRegistered = "empty-name-registered" breaks ["PAN-3.1.1.4.1-03", "PAN-3.1.1.4.1-04", "PAN-3.1.1.4.1-05"];
    /// The name of the queue has a comma and what follows it in local names.
    CommaInName = "comma-in-name" breaks ["PAN-3.1.1.4.1-06", "PAN-3.1.1.4.1-04"];
    /// NOTIFICATION_RELEASE is registered for.
    ReleaseRegistered = "release-registered" breaks [
        "PAN-3.1.1.4.1-09", "PAN-2.2.1-03", "PAN-3.1.3.4.1-01", "PAN-3.1.3.4-01", "PAN-3.1.3-01", "PAN-3.2.3-01",
        "PAN-3.2.3.4-01", "PAN-3.1.4.4.1-01", "PAN-3.1.4-01", "PAN-3.1.4.4-01", "PAN-3.2.4-01", "PAN-3.2.4.4-01"
    ];
    /// NotifyFilter is 2.
    FilterOutOfRange = "filter-out-of-range" breaks ["PAN-3.1.1.4.1-10", "PAN-2.2.2-01"];
    /// conversationStyle is 2.
    StyleOutOfRange = "style-out-of-range" breaks [
        "PAN-3.1.1.4.1-11", "PAN-2.2.3-01", "PAN-3.1.4.4.1-02", "PAN-3.1.4.4-02", "PAN-2.2.8-02", "PAN-3.2.4-02"
    ];
    /// Printer configuration is registered for in bidirectional mode.
    ConfigurationInBothDirections = "configuration-in-both-directions" breaks [
        "PAN-3.1.4.4.1-02", "PAN-2.2.8-02", "PAN-3.1.4.4-02", "PAN-3.2.4-02", "PAN-3.1.1.4.5-02", "PAN-3.1.1.4.5-01"
    ];
    /// A registered object is registered once more, with another filter.
    RegisteredTwice = "registered-twice" breaks ["PAN-3.1.1.4.1-28"];
    /// RegisterClient is repeated after 0x80070005.
    DeniedRegistrationRepeated = "denied-registration-repeated" breaks ["PAN-3.1.1.4.1-17"];
    /// RegisterClient is repeated after 0x8007007B.
    MalformedNameRepeated = "malformed-name-repeated" breaks ["PAN-3.1.1.4.1-21"];
    /// A registration is given up at its first failure, whatever it is.
    GivesUp = "gives-up" breaks [
        "PAN-3.1.1.4.1-24", "PAN-3.1.1.4.3-18", "PAN-3.1.1.4.5-20", "PAN-3.2.2.2-01", "PAN-3.1.1.4.1-15",
        "PAN-3.1.1.4.3-08", "PAN-3.1.1.4.5-10"
    ];
    /// What failed is repeated on the old object.
    RepeatedOnOldObject = "repeated-on-old-object" breaks [
        "PAN-3.1.1.4.5-20", "PAN-3.1.1.4.3-18", "PAN-3.1.1.4.1-24"
    ];
    /// Retries follow at once.
    RetriesAtOnce = "retries-at-once" breaks [
        "PAN-3.1.1.4.5-21", "PAN-3.1.1.4.3-19", "PAN-3.1.1.4.1-25", "PAN-3.2.2.2-01"
    ];
    /// Retries follow each other after a second, for ever.
    ConstantIntervals = "constant-intervals" breaks [
        "PAN-3.1.1.4.5-21", "PAN-3.1.1.4.3-19", "PAN-3.1.1.4.1-25", "PAN-3.2.2.2-01"
    ];
    /// Intervals between retries become shorter.
    ShrinkingIntervals = "shrinking-intervals" breaks [
        "PAN-3.1.1.4.5-21", "PAN-3.1.1.4.3-19", "PAN-3.1.1.4.1-25", "PAN-3.2.2.2-01"
    ];

    /// Where the server refers to another one, the client registers with that.
    ReferralFollowed = "referral-followed" breaks ["PAN-3.1.1.4.1-13"];

    /// UnregisterClient is called for an object whose registration failed.
    UnregisteredObjectUnregistered = "unregistered-object-unregistered" breaks [
        "PAN-3.1.1.4.2-10", "PAN-3.1.1.4.2-02"
    ];
    /// UnregisterClient is called with a NULL handle besides.
    NullHandleUnregistered = "null-handle-unregistered" breaks ["PAN-3.1.1.4.2-03", "PAN-3.1.1.4.2-02", "PAN-3.1.1.4.2-10"];
    /// UnregisterClient is called twice.
    UnregisteredTwice = "unregistered-twice" breaks [
        "PAN-3.1.1.4.2-11", "PAN-3.2.2.4-04", "PAN-1.8-04", "PAN-3.1.1.4.2-05"
    ];
    /// A failed UnregisterClient is repeated.
    FailedUnregisterRepeated = "failed-unregister-repeated" breaks [
        "PAN-3.1.1.4.2-05", "PAN-1.8-04", "PAN-3.1.1.4.2-11"
    ];

    /// No waiting call follows a registration.
    NeverWaits = "never-waits" breaks ["PAN-3.1.1.4.1-29", "PAN-3.1.1.4.1-30", "PAN-3.1.1.4.3-26"];
    /// The waiting call is made although the object is not registered yet.
    WaitsUnregistered = "waits-unregistered" breaks [
        "PAN-3.1.1.4.5-32", "PAN-3.1.1.4.3-28", "PAN-3.1.1.4.5-02", "PAN-3.1.1.4.3-02", "PAN-3.1.1.4.1-26", "PAN-3.2.2-01"
    ];
    /// The waiting call is made although RegisterClient failed.
    FailedRegistrationIgnored = "failed-registration-ignored" breaks [
        "PAN-3.1.1.4.5-32", "PAN-3.1.1.4.3-28", "PAN-3.1.1.4.5-02", "PAN-3.1.1.4.3-02", "PAN-3.2.2-01",
        "PAN-3.2.2.4-01"
    ];
    /// The waiting call is made once more after UnregisterClient.
    WaitsAfterUnregister = "waits-after-unregister" breaks [
        "PAN-3.1.1.4.5-33", "PAN-3.1.1.4.3-29", "PAN-3.1.1.4.5-02", "PAN-3.1.1.4.3-02", "PAN-3.1.1.4.3-14",
        "PAN-3.1.1.4.5-16", "PAN-3.2.2-03", "PAN-3.1.1.4.3-18", "PAN-3.1.1.4.5-20"
    ];
    /// The waiting call of the other mode is made besides.
    WaitsInOtherMode = "waits-in-other-mode" breaks [
        "PAN-3.1.1.4.3-01", "PAN-3.1.1.4.5-01", "PAN-3.1.1.4.3-02", "PAN-3.1.1.4.5-02", "PAN-3.2.4-02",
        "PAN-2.2.3-03", "PAN-2.2.3-01"
    ];
    /// The waiting call is made each second while the first one is blocked.
    PollsWhileWaiting = "polls-while-waiting" breaks ["PAN-3.1.1.4.5-12", "PAN-3.1.1.4.3-10"];
    /// The waiting call is repeated after 0x8007071A.
    TerminationNotAccepted = "termination-not-accepted" breaks [
        "PAN-3.1.1.4.5-16", "PAN-3.1.1.4.3-14", "PAN-3.1.1.4.5-18", "PAN-3.1.1.4.3-16", "PAN-3.2.2-03", "PAN-2.2.1-03"
    ];
    /// The next waiting call comes a minute after the last one, when the user has read the notification.
    NextCallLate = "next-call-late" breaks [
        "PAN-3.2.2.4-05", "PAN-3.1.1.4.5-30", "PAN-3.1.1.4.3-26", "PAN-3.2.2-05", "PAN-3.2.3.4.1-14",
        "PAN-3.2.3.4.1-17", "PAN-3.2.3.4.3-13", "PAN-3.2.3.4.4-13", "PAN-3.2.4.4.1-05"
    ];
    /// Each notification is received by a registration of its own. Figure 8 allows UnregisterClient at any time (3.2.2); but
    /// who wants more should call the waiting method again.
    RegistrationPerNotification = "registration-per-notification" breaks [
        "PAN-3.1.1.4.5-30", "PAN-3.1.1.4.3-26", "PAN-3.2.2.4-05", "PAN-3.2.3.4.1-14", "PAN-3.2.3.4.1-17",
        "PAN-3.2.3.4.3-09", "PAN-3.2.3.4.3-13", "PAN-3.2.3.4.4-09", "PAN-3.2.3.4.4-13", "PAN-3.2.4.4.1-05"
    ];
    /// Nothing more is received after a document that is an error.
    StopsAtInvalidDocument = "stops-at-invalid-document" breaks [
        "PAN-3.2.3.4.1-14", "PAN-3.2.3.4.3-09", "PAN-3.2.3.4.4-09", "PAN-3.2.4.4.1-05", "PAN-3.1.1.4.5-30"
    ];
    /// Nothing more is received after an entry point that can't be called.
    StopsAtAbsentEntryPoint = "stops-at-absent-entry-point" breaks [
        "PAN-3.2.3.4.1-17", "PAN-3.2.3.4.3-13", "PAN-3.2.3.4.4-13", "PAN-3.1.1.4.5-30"
    ];

    /// Of several channels that come at once only the first is served.
    FirstChannelOnly = "first-channel-only" breaks ["PAN-3.1.1.4.3-27", "PAN-3.2.2-05", "PAN-3.2.2-06"];
    /// GetNewChannel is called again only when the channels that came are over.
    ChannelsOneByOne = "channels-one-by-one" breaks ["PAN-3.1.1.4.3-26", "PAN-3.2.2-05", "PAN-3.2.2.4-05"];
    /// New channels are closed without a look at their first notification.
    NewChannelsClosed = "new-channels-closed" breaks ["PAN-3.2.2-06", "PAN-3.1.1.4.3-27", "PAN-3.2.3-02"];
    /// GetNotificationSendResponse is called with a handle that no server gave out.
    InventedChannelUsed = "invented-channel-used" breaks ["PAN-3.1.1.4.4-03", "PAN-2.2.5-01"];
    /// CloseChannel is called with a handle that no server gave out.
    InventedChannelClosed = "invented-channel-closed" breaks ["PAN-3.1.1.4.6-03", "PAN-2.2.5-01"];
    /// GetNotificationSendResponse is called with the handle of the registered object.
    ObjectUsedAsChannel = "object-used-as-channel" breaks [
        "PAN-3.1.1.4.4-01", "PAN-3.1.1.4.4-03", "PAN-2.2.5-01"
    ];
    /// CloseChannel is called with the handle of the registered object.
    ObjectClosedAsChannel = "object-closed-as-channel" breaks [
        "PAN-3.1.1.4.6-01", "PAN-3.1.1.4.6-03", "PAN-2.2.5-01"
    ];
    /// The first call on a channel carries NOTIFICATION_RELEASE.
    FirstCallReleases = "first-call-releases" breaks [
        "PAN-3.1.1.4.4-06", "PAN-3.1.3.4.2-01", "PAN-3.1.3.4-01", "PAN-3.2.3.4-01", "PAN-3.2.2-06", "PAN-3.2.2-08"
    ];
    /// The first call on a channel carries data.
    FirstCallWithData = "first-call-with-data" breaks [
        "PAN-3.1.1.4.4-10", "PAN-3.1.3.4.2-02", "PAN-3.1.3.4.2-03", "PAN-3.1.3.4.2-07", "PAN-3.2.2-06", "PAN-3.2.3-02"
    ];
    /// Later calls on a channel carry no type.
    ResponsesUntyped = "responses-untyped" breaks ["PAN-3.1.1.4.4-07", "PAN-3.2.2-08"];
    /// A response says that it has eight octets, and comes with a NULL pointer.
    ResponseMissing = "response-missing" breaks [
        "PAN-3.1.1.4.4-13", "PAN-3.1.1.4.6-12", "PAN-3.1.1.4.6-11", "PAN-3.1.1.4.4-12", "PAN-3.1.1.4.6-15",
        "PAN-3.1.3.4.4-02", "PAN-3.2.3.4.2-12", "PAN-3.2.3.4.3-18", "PAN-3.2.3.4.4-18", "PAN-3.2.3-04",
        "PAN-3.2.3-05", "PAN-2.2.1-04", "PAN-2.2.7.5.1-02", "PAN-2.2.7.7.1-02", "PAN-3.2.3.4.3-17", "PAN-3.2.3.4.4-17"
    ];
    /// A second call is made on a channel while the first one is blocked.
    TwoCallsOnAChannel = "two-calls-on-a-channel" breaks [
        "PAN-3.2.2-11", "PAN-3.1.1.4.4-06", "PAN-3.1.1.4.4-07", "PAN-3.1.1.4.4-25"
    ];
    /// A channel is closed by GetNotificationSendResponse with NOTIFICATION_RELEASE.
    ClosedByResponse = "closed-by-response" breaks [
        "PAN-3.2.2-08", "PAN-3.1.1.4.4-07", "PAN-3.1.3.4.2-06", "PAN-3.1.3.4.2-05", "PAN-3.2.3-03",
        "PAN-3.2.3.4.2-03", "PAN-3.2.3.4.2-04", "PAN-3.2.3.4.2-08", "PAN-3.2.3.4.3-04", "PAN-3.2.3.4.3-05",
        "PAN-3.2.3.4.3-11", "PAN-3.2.3.4.3-16", "PAN-3.2.3.4.4-04", "PAN-3.2.3.4.4-05", "PAN-3.2.3.4.4-11",
        "PAN-3.2.3.4.4-16", "PAN-3.1.3.4-01", "PAN-3.1.3.4.2-01", "PAN-3.2.3.4-01", "PAN-3.2.3-05",
        "PAN-3.2.2.4-01", "PAN-3.1.1.4.4-25", "PAN-3.1.1.4.4-32", "PAN-3.2.2-11"
    ];
    /// A channel that another client has acquired is used once more, by its old handle.
    LostChannelUsed = "lost-channel-used" breaks [
        "PAN-3.1.1.4.4-40", "PAN-3.1.1.4.4-02", "PAN-3.2.2-07", "PAN-3.2.2-09", "PAN-3.2.2-10", "PAN-2.2.1-03"
    ];
    /// A channel that another client has acquired is closed, by its old handle.
    LostChannelClosed = "lost-channel-closed" breaks [
        "PAN-3.1.1.4.6-24", "PAN-3.1.1.4.6-02", "PAN-3.2.2-07", "PAN-3.2.2-09", "PAN-3.2.2-10", "PAN-2.2.1-03"
    ];
    /// A failed call on a channel is repeated.
    FailedResponseRepeated = "failed-response-repeated" breaks [
        "PAN-3.1.1.4.4-25", "PAN-3.1.1.4.4-32", "PAN-1.8-04", "PAN-3.1.1.4.4-07", "PAN-3.2.3.4-01", "PAN-3.2.2-08",
        "PAN-3.2.2.4-01"
    ];
    /// A channel on which a call failed is left as it is.
    FailedChannelLeft = "failed-channel-left" breaks ["PAN-3.1.1.4.4-32"];
    /// Channels are left open after their first notification.
    ChannelsLeftOpen = "channels-left-open" breaks [
        "PAN-3.1.1.4.4-42", "PAN-2.2.3-02", "PAN-3.1.3.4.2-05", "PAN-3.2.2-08", "PAN-3.2.3-03", "PAN-3.2.3-04",
        "PAN-3.2.3-05", "PAN-3.2.3.4.2-04", "PAN-3.2.3.4.2-08", "PAN-3.2.3.4.2-12", "PAN-3.2.3.4.3-05",
        "PAN-3.2.3.4.3-11", "PAN-3.2.3.4.3-16", "PAN-3.2.3.4.3-18", "PAN-3.2.3.4.4-05", "PAN-3.2.3.4.4-11",
        "PAN-3.2.3.4.4-16", "PAN-3.2.3.4.4-18"
    ];

    /// A channel is closed without a response under the registered type.
    ReleasedUnderOwnType = "released-under-own-type" breaks [
        "PAN-3.1.1.4.6-06", "PAN-3.1.1.4.6-15", "PAN-3.1.3.4.4-02", "PAN-3.2.3-03", "PAN-3.2.3.4.2-07",
        "PAN-3.2.3.4.2-08", "PAN-3.2.3.4.3-10", "PAN-3.2.3.4.3-11", "PAN-3.2.3.4.3-15", "PAN-3.2.3.4.3-16",
        "PAN-3.2.3.4.4-10", "PAN-3.2.3.4.4-11", "PAN-3.2.3.4.4-15", "PAN-3.2.3.4.4-16", "PAN-3.2.3-05",
        "PAN-2.2.1-04", "PAN-3.2.2.4-01", "PAN-3.2.3.4.2-05", "PAN-3.2.3.4.3-14", "PAN-3.2.3.4.3-18",
        "PAN-2.2.7.1.3-08", "PAN-3.2.3.4.1-13", "PAN-3.2.3.4.3-06", "PAN-3.2.3.4.4-06", "PAN-3.2.3.4.4-14",
        "PAN-3.2.3.4.4-18"
    ];
    /// A channel is closed with NOTIFICATION_RELEASE and a reason in words.
    ReleasedWithData = "released-with-data" breaks ["PAN-3.1.1.4.6-10", "PAN-3.1.1.4.6-13"];
    /// The final response comes under the nil UUID.
    FinalResponseUnderNil = "final-response-under-nil" breaks [
        "PAN-3.1.1.4.6-07", "PAN-3.1.3.4.4-01", "PAN-3.1.3.4-01", "PAN-3.2.3.4-01", "PAN-3.1.3-01", "PAN-3.2.3-01",
        "PAN-3.2.3-04", "PAN-3.2.3-05", "PAN-3.2.2-08", "PAN-3.2.3.4.2-12", "PAN-3.2.3.4.3-18", "PAN-3.2.3.4.4-18"
    ];
    /// The final response comes under NOTIFICATION_RELEASE.
    FinalResponseUnderRelease = "final-response-under-release" breaks [
        "PAN-3.1.1.4.6-13", "PAN-3.1.1.4.6-10", "PAN-3.1.1.4.6-07", "PAN-3.1.3.4.4-02", "PAN-3.1.3.4-01", "PAN-3.2.3.4-01",
        "PAN-3.2.3.4.2-12", "PAN-3.2.3.4.3-18", "PAN-3.2.3.4.4-18", "PAN-3.1.3.4.2-05", "PAN-3.2.3-04", "PAN-3.2.3-05"
    ];
    /// The final response has no octets.
    FinalResponseEmpty = "final-response-empty" breaks [
        "PAN-3.1.1.4.6-15", "PAN-3.1.3.4.4-02", "PAN-2.2.7.7.1-02", "PAN-2.2.7.5.1-02", "PAN-3.2.3-04",
        "PAN-3.2.3-05", "PAN-3.2.3.4.2-11", "PAN-3.2.3.4.2-12", "PAN-3.2.3.4.3-17", "PAN-3.2.3.4.3-18",
        "PAN-3.2.3.4.4-17", "PAN-3.2.3.4.4-18", "PAN-3.1.3.4.2-05", "PAN-3.1.1.4.6-06", "PAN-2.2.1-04"
    ];
    /// InSize of the final response counts 16-bit characters.
    InSizeCountsCharacters = "in-size-counts-characters" breaks ["PAN-3.1.1.4.6-11"];
    /// A channel is closed twice.
    ChannelClosedTwice = "channel-closed-twice" breaks [
        "PAN-3.1.1.4.6-25", "PAN-3.1.1.4.6-02", "PAN-3.1.1.4.6-18", "PAN-1.8-04"
    ];
    /// A channel that was closed is used once more.
    ClosedChannelUsed = "closed-channel-used" breaks [
        "PAN-3.1.1.4.4-41", "PAN-3.1.1.4.4-02", "PAN-3.2.3.4-01", "PAN-3.1.1.4.6-18", "PAN-3.1.1.4.4-07",
        "PAN-3.1.1.4.4-25"
    ];
    /// A failed CloseChannel is repeated.
    FailedCloseRepeated = "failed-close-repeated" breaks ["PAN-3.1.1.4.6-18", "PAN-1.8-04", "PAN-3.1.1.4.6-02"];

    /// The reply to an AsyncUI notification is sent by GetNotificationSendResponse.
    ReplyByResponse = "reply-by-response" breaks [
        "PAN-3.1.3.4.2-06", "PAN-3.1.3.4.2-05", "PAN-3.1.3.4.2-02", "PAN-3.1.3.4.2-03", "PAN-3.1.3.4.2-07",
        "PAN-3.2.3.4.2-03", "PAN-3.2.3.4.2-04", "PAN-3.2.3.4.2-12", "PAN-3.2.3.4.3-04", "PAN-3.2.3.4.3-05",
        "PAN-3.2.3.4.3-18", "PAN-3.2.3.4.4-04", "PAN-3.2.3.4.4-05", "PAN-3.2.3.4.4-18", "PAN-3.2.3-04", "PAN-3.2.3-05"
    ];
    /// Documents that are errors are replied to.
    InvalidDocumentAnswered = "invalid-document-answered" breaks [
        "PAN-3.2.3.4.2-07", "PAN-3.2.3.4.2-08", "PAN-3.2.3.4.2-05", "PAN-3.2.3-03", "PAN-3.2.3.4.3-06", "PAN-3.2.3.4.3-08",
        "PAN-3.2.3.4.3-10", "PAN-3.2.3.4.3-11", "PAN-3.2.3.4.4-06", "PAN-3.2.3.4.4-08", "PAN-3.2.3.4.4-10",
        "PAN-3.2.3.4.4-11", "PAN-2.2.7.1.3-08", "PAN-2.2.7.1.4-10", "PAN-2.2.7.1.5-09", "PAN-3.2.3.4.1-13"
    ];
    /// No inconsistency of documents is tolerated.
    NothingTolerated = "nothing-tolerated" breaks [
        "PAN-3.2.3.4.2-06", "PAN-3.2.3.4.1-04", "PAN-3.2.3.4.1-05", "PAN-3.2.3.4.1-06", "PAN-3.2.3.4.1-07",
        "PAN-3.2.3.4.1-08", "PAN-3.2.3.4.1-09", "PAN-3.2.3.4.1-10", "PAN-3.2.3.4.1-11", "PAN-3.2.3.4.1-12",
        "PAN-3.2.3.4.1-18", "PAN-3.2.3.4.3-07", "PAN-3.2.3.4.4-07", "PAN-3.2.3-04", "PAN-3.2.3-05"
    ];
    /// A message box is released whose IDOK or IDCANCEL names a string.
    StringsOfOkWanted = "strings-of-ok-wanted" breaks ["PAN-2.2.7.3.1-08", "PAN-3.1.3.4.2-05"];
    /// A message box reply names the string on the button.
    ButtonNamedByString = "button-named-by-string" breaks [
        "PAN-3.2.3.4.2-11", "PAN-3.2.3.4.2-10", "PAN-3.2.3-04", "PAN-2.2.7.4.1-01", "PAN-2.2.7.4.1-03",
        "PAN-3.2.3.4.1-05", "PAN-2.2.7.4.1-02"
    ];
    /// Custom UI and custom data are answered by a message box reply.
    MessageBoxReplyToAll = "message-box-reply-to-all" breaks [
        "PAN-2.2.7.4-03", "PAN-2.2.7.6-03", "PAN-3.2.3-05", "PAN-3.2.3.4.3-17", "PAN-3.2.3.4.4-17", "PAN-3.1.3.4.4-02",
        "PAN-2.2.7.5.1-02", "PAN-2.2.7.7.1-02"
    ];
    /// The reply to custom data has an element customData.
    CustomDataInReply = "custom-data-in-reply" breaks [
        "PAN-2.2.7.6-03", "PAN-3.2.3.4.4-17", "PAN-3.1.3.4.4-02", "PAN-3.1.1.4.6-15", "PAN-3.2.3-05",
        "PAN-2.2.7.7.1-02", "PAN-2.2.7.1.2-02", "PAN-2.2.7.1.2-04", "PAN-2.2.1-04"
    ];
    /// An entry point that can't be called is replied to with words about that.
    AbsentEntryPointAnswered = "absent-entry-point-answered" breaks [
        "PAN-3.2.3.4.3-15", "PAN-3.2.3.4.4-15", "PAN-3.2.3.4.3-14", "PAN-3.2.3.4.3-16", "PAN-3.2.3.4.4-14",
        "PAN-3.2.3.4.4-16"
    ];
}

impl ClientMisbehaviour {
    /// At which level calls have to be protected for it to show; none where it shows without.
    #[must_use]
    pub const fn level(self) -> Option<Level> {
        match self {
            Self::CallsUnsigned | Self::SealedResponsesNotChecked => Some(Level::PRIVACY),
            Self::NtlmAlone
            | Self::DoesNotAuthenticate
            | Self::CallsAtConnectLevel
            | Self::AsksForAnotherService
            | Self::CallsWronglySigned
            | Self::ResponsesNotChecked => Some(Level::PKT),
            _ => None,
        }
    }

    /// Which transfer syntax has to be negotiated for it to show; none where it shows in either.
    #[must_use]
    pub const fn syntax(self) -> Option<TransferSyntax> {
        match self {
            Self::StubsInNdr => Some(TransferSyntax::Ndr64),
            _ => None,
        }
    }

    /// What is wrong with the security contexts that it begins.
    pub(crate) const fn spoil(self) -> Option<Spoil> {
        match self {
            Self::CallsWronglySigned => Some(Spoil::WrongSignatures),
            Self::CallsUnsigned => Some(Spoil::NoSignatures),
            Self::ResponsesNotChecked | Self::SealedResponsesNotChecked => Some(Spoil::SignaturesNotChecked),
            _ => None,
        }
    }
}
