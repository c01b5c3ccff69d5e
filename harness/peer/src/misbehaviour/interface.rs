//! What goes wrong with the interfaces and their transfer syntaxes (1.9, 2.1, 2.2).

macro_rules! of_interfaces {
    ($next:ident $($others:ident)*; $($before:tt)*) => {
        $next! {
            $($others)*;
            $($before)*

            /// IRPCRemoteObject is offered under another UUID.
            RemoteObjectUnderAnotherUuid = "remote-object-under-another-uuid" breaks [
                "PAN-1.9-02", "PAN-3.1.2-01", "PAN-2.1-03", "PAN-3.1.3.3-01", "PAN-3.1.4.3-01", "PAN-2.1-02", "PAN-3.1.2-02",
                "PAN-3.1.2.3-01"
            ];
            /// IRPCAsyncNotify is offered under another UUID.
            AsyncNotifyUnderAnotherUuid = "async-notify-under-another-uuid" breaks [
                "PAN-1.9-01", "PAN-2.1-03", "PAN-2.1-02", "PAN-3.1.1.3-01"
            ];
            /// Only IRPCAsyncNotify is in the endpoint map.
            RegistersOneInterfaceOnly = "registers-one-interface-only" breaks ["PAN-3.1.2-02", "PAN-3.1.2.3-01", "PAN-2.1-02"];
            /// The endpoint map has a named pipe for both interfaces, and no port of TCP.
            OffersNamedPipeAlone = "offers-a-named-pipe-alone" breaks [
                "PAN-2.1-01", "PAN-2.1-02", "PAN-3.1.1.3-01", "PAN-3.1.2-02", "PAN-3.1.2.3-01"
            ];
            /// The endpoint map leads to a port on which nobody listens.
            MapsAClosedPort = "maps-a-closed-port" breaks ["PAN-3.1.1.3-01", "PAN-2.1-02", "PAN-3.1.2-02", "PAN-3.1.2.3-01"];
            /// The endpoint map leads to the endpoint mapper itself.
            MapsToTheMapper = "maps-to-the-mapper" breaks [
                "PAN-2.1-02", "PAN-3.1.1.3-01", "PAN-3.1.2-02", "PAN-3.1.2.3-01", "PAN-1.9-01", "PAN-1.9-02", "PAN-2.1-03",
                "PAN-3.1.2-01"
            ];
            /// Both interfaces are offered as version 2.0 too.
            OtherVersionsAccepted = "other-versions-accepted" breaks ["PAN-3.1.2-01", "PAN-1.9-01"];
            /// NDR64 is refused.
            Ndr64Refused = "ndr64-refused" breaks ["PAN-2.2-01", "PAN-2.2-03"];
            /// What was asked in NDR64 is answered in NDR.
            Ndr64AnsweredInNdr = "ndr64-answered-in-ndr" breaks ["PAN-2.2-03", "PAN-2.2-01"];
        }
    };
}
pub(super) use of_interfaces;
