//! The two interfaces and their methods ([MS-PAN] 1.9, 3.1.1.4, 3.1.2.4, 6).

use core::fmt;

use dcerpc::SyntaxId;
use uuid::uuid;

/// An interface of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interface {
    /// IRPCRemoteObject ([MS-PAN] 3.1.2).
    RemoteObject,
    /// IRPCAsyncNotify ([MS-PAN] 3.1.1).
    AsyncNotify,
}

impl Interface {
    /// Both.
    pub const ALL: [Self; 2] = [Self::RemoteObject, Self::AsyncNotify];

    /// Its abstract syntax: UUID and version 1.0.
    #[must_use]
    pub const fn id(self) -> SyntaxId {
        match self {
            Self::RemoteObject => SyntaxId::new(uuid!("ae33069b-a2a8-46ee-a235-ddfd339be281"), 1, 0),
            Self::AsyncNotify => SyntaxId::new(uuid!("0b6edbfa-4a24-4fc6-8a23-942b1eca65d1"), 1, 0),
        }
    }

    /// The interface of that name, if it is one of these.
    #[must_use]
    pub fn from_id(id: SyntaxId) -> Option<Self> {
        Self::ALL.into_iter().find(|interface| interface.id() == id)
    }

    /// The specification's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RemoteObject => "IRPCRemoteObject",
            Self::AsyncNotify => "IRPCAsyncNotify",
        }
    }
}

/// A method of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// IRPCRemoteObject_Create (3.1.2.4.1).
    Create,
    /// IRPCRemoteObject_Delete (3.1.2.4.2).
    Delete,
    /// IRPCAsyncNotify_RegisterClient (3.1.1.4.1).
    RegisterClient,
    /// IRPCAsyncNotify_UnregisterClient (3.1.1.4.2).
    UnregisterClient,
    /// IRPCAsyncNotify_GetNewChannel (3.1.1.4.3).
    GetNewChannel,
    /// IRPCAsyncNotify_GetNotificationSendResponse (3.1.1.4.4).
    GetNotificationSendResponse,
    /// IRPCAsyncNotify_GetNotification (3.1.1.4.5).
    GetNotification,
    /// IRPCAsyncNotify_CloseChannel (3.1.1.4.6).
    CloseChannel,
}

impl Method {
    /// All eight, by interface and opnum.
    pub const ALL: [Self; 8] = [
        Self::Create,
        Self::Delete,
        Self::RegisterClient,
        Self::UnregisterClient,
        Self::GetNewChannel,
        Self::GetNotificationSendResponse,
        Self::GetNotification,
        Self::CloseChannel,
    ];

    /// The interface that it belongs to.
    #[must_use]
    pub const fn interface(self) -> Interface {
        match self {
            Self::Create | Self::Delete => Interface::RemoteObject,
            _ => Interface::AsyncNotify,
        }
    }

    /// Its operation number within the interface.
    #[must_use]
    pub const fn opnum(self) -> u16 {
        match self {
            Self::Create | Self::RegisterClient => 0,
            Self::Delete | Self::UnregisterClient => 1,
            Self::GetNewChannel => 3,
            Self::GetNotificationSendResponse => 4,
            Self::GetNotification => 5,
            Self::CloseChannel => 6,
        }
    }

    /// The method with that number, if the interface has one. Opnum 2 of IRPCAsyncNotify is reserved and none.
    #[must_use]
    pub fn from_opnum(interface: Interface, opnum: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.interface() == interface && method.opnum() == opnum)
    }

    /// The specification's name without the interface.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Delete => "Delete",
            Self::RegisterClient => "RegisterClient",
            Self::UnregisterClient => "UnregisterClient",
            Self::GetNewChannel => "GetNewChannel",
            Self::GetNotificationSendResponse => "GetNotificationSendResponse",
            Self::GetNotification => "GetNotification",
            Self::CloseChannel => "CloseChannel",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
