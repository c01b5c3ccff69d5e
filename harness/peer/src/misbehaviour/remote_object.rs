//! What goes wrong with remote objects (3.1.2.4).

macro_rules! of_remote_objects {
    ($next:ident $($others:ident)*; $($before:tt)*) => {
        $next! {
            $($others)*;
            $($before)*

            /// Create returns 0 and a NULL handle.
            CreateReturnsNull = "create-returns-null" breaks ["PAN-3.1.2.4.1-04", "PAN-3.1.2.4.1-03"];
            /// Create returns S_FALSE with a good handle.
            CreateReturnsSFalse = "create-returns-s-false" breaks ["PAN-3.1.2.4.1-05"];
            /// Create throws 0x8007000E.
            CreateThrows = "create-throws" breaks ["PAN-3.1.2.4.1-07", "PAN-3.1.2.4.1-03", "PAN-3.1.2.4.1-04", "PAN-3.1.2.4.1-05"];
            /// Create returns a handle that no other method knows.
            CreateReturnsUnknownHandle = "create-returns-unknown-handle" breaks [
                "PAN-3.1.2.4.1-03", "PAN-3.1.1-02", "PAN-3.1.1-07", "PAN-3.1.2.4.2-05", "PAN-3.1.2.4.2-06",
                "PAN-3.1.2.4.2-07", "PAN-3-01", "PAN-3.1.1.4.1-07", "PAN-3.1.1.4.1-16", "PAN-3.1.1.4.1-08",
                "PAN-3.1.1.4.1-35", "PAN-3.1.1.4.1-36", "PAN-2.2.1-01", "PAN-3.1.1.4.1-31"
            ];
            /// Create returns the same object again and again to an association.
            OneObjectForAll = "one-object-for-all" breaks [
                "PAN-2.2.4-03", "PAN-3.1.1-01", "PAN-3.1.1-02", "PAN-3.1.1.4.1-08", "PAN-3.1.1.4.1-31", "PAN-3.1.1.4.2-01",
                "PAN-3.1.1.4.2-08", "PAN-3.1.1.4.3-22", "PAN-3.1.1.4.3-24", "PAN-3.1.1.4.5-05", "PAN-3.1.1.4.5-24",
                "PAN-3.1.1.4.5-26", "PAN-3.1.1-03", "PAN-3.1.1.4.1-27"
            ];
            /// Delete returns the handle that it was given.
            DeleteEchoesHandle = "delete-echoes-handle" breaks ["PAN-3.1.2.4.2-05", "PAN-3.1.1-07", "PAN-3.1.2.4.2-06"];
            /// Delete appends an HRESULT to its response.
            DeleteReturnsResult = "delete-returns-result" breaks ["PAN-3.1.2.4.2-06", "PAN-3.1.2.4.2-05", "PAN-3.1.1-07"];
            /// Delete throws 0x8004000E for an object that was registered before.
            DeleteThrowsAlreadyUnregistered = "delete-throws-already-unregistered" breaks [
                "PAN-3.1.2.4.2-07", "PAN-3.1.1-07", "PAN-3.1.1-03", "PAN-3.1.2.4.2-05", "PAN-3.1.2.4.2-06"
            ];
            /// A deleted remote object still works.
            StaleHandleAccepted = "stale-handle-accepted" breaks ["PAN-3.1.1-07", "PAN-3.1.2.4.2-05"];
            /// Delete reads a short stub as if zeros followed.
            ShortDeleteAccepted = "short-delete-accepted" breaks ["PAN-3.1.2.4-01"];
            /// Opnum 0 of IRPCRemoteObject deletes, opnum 1 creates.
            CreateAndDeleteSwapped = "create-and-delete-swapped" breaks [
                "PAN-3.1.2.4.2-06", "PAN-3.1.2.4-03", "PAN-3.1.2.4.1-03", "PAN-3.1.2.4.1-04", "PAN-3.1.2.4.1-05",
                "PAN-3.1.2.4.2-05", "PAN-3.1.2.4-01", "PAN-3.1.1-07", "PAN-3.1.2.4.2-07", "PAN-3-01"
            ];
        }
    };
}
pub(super) use of_remote_objects;
