//! What a client may do as well.

use crate::variant::variants;

variants! {
    /// A way of the reference client that [MS-PAN], or the reading taken of it, allows beside its usual one. No rule may
    /// fail because of it.
    ClientVariant:
    /// Several calls are under way on one connection, where the server grants that.
    Multiplexing = "multiplexing";
    /// Each interface has connections of its own.
    ConnectionPerInterface = "connection-per-interface";
    /// NDR64 is proposed before NDR.
    Ndr64First = "ndr64-first";
    /// Requests are big-endian.
    BigEndian = "big-endian";
    /// Requests come in fragments of 8 octets.
    SmallFragments = "small-fragments";
    /// Bind time features are not negotiated.
    NoFeatures = "no-features";
    /// UnregisterClient is called a second after the last notification, while the next waiting call is blocked.
    UnregistersWhileWaiting = "unregisters-while-waiting";
    /// The remote object is deleted before the channels end that it received.
    DeletesBeforeChannelsEnd = "deletes-before-channels-end";
    /// The first call on an AsyncUI channel carries the AsyncUI type (SD-09).
    FirstCallTyped = "first-call-typed";
    /// Responses without octets come with a pointer to none (SD-29).
    EmptyPointers = "empty-pointers";
    /// Retries wait a minute from the third on.
    SteepIntervals = "steep-intervals";
    /// No entry point of a printer driver can be called: what wants one is ignored, or released. Whether a driver is
    /// installed, nobody else can know.
    EntryPointsOutOfReach = "entry-points-out-of-reach";
}
