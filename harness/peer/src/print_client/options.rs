//! What a client is made with.

use std::time::Duration;

use dcerpc::TransferSyntax;
use mspan::{ConversationStyle, NotificationType, UserFilter};

use super::user::User;
use crate::client;
use crate::client_misbehaviour::ClientMisbehaviour;
use crate::client_variant::ClientVariant;

/// What a client is made with. [`Default`] is a well-behaved client for AsyncUI notifications in one direction that goes
/// on until it is stopped.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// The communication mode.
    pub mode: Mode,
    /// The notification type to register for; the mode's usual one when absent.
    pub notification_type: Option<NotificationType>,
    /// UNC name of the print queue; none for the print server itself.
    pub printer: Option<String>,
    /// Whose notifications are wanted.
    pub filter: UserFilter,
    /// How many notifications are wanted; none means all until it is stopped.
    pub count: Option<u32>,
    /// Who sits before it.
    pub user: User,
    /// How long a call may take that has not to wait.
    pub limit: Duration,
    /// How its association behaves.
    pub association: client::Options,
    /// What it does in another way that is allowed as well.
    pub variant: Option<ClientVariant>,
    /// What it does wrong on purpose.
    pub misbehaviour: Option<ClientMisbehaviour>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            mode: Mode::Unidirectional,
            notification_type: None,
            printer: None,
            filter: UserFilter::PER_USER,
            count: None,
            user: User::default(),
            limit: Duration::from_secs(10),
            association: client::Options {
                transfer_syntaxes: vec![TransferSyntax::Ndr, TransferSyntax::Ndr64],
                ..client::Options::default()
            },
            variant: None,
            misbehaviour: None,
        }
    }
}

/// What a client does: the placeholder `{mode}` of target files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Notifications in unidirectional communication mode.
    Unidirectional,
    /// Channels in bidirectional communication mode.
    Bidirectional,
    /// Changes of printer configuration, in unidirectional communication mode.
    PrinterConfiguration,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Unidirectional, Self::Bidirectional, Self::PrinterConfiguration];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unidirectional => "unidirectional",
            Self::Bidirectional => "bidirectional",
            Self::PrinterConfiguration => "printer-configuration",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// Its conversation style.
    #[must_use]
    pub const fn style(self) -> ConversationStyle {
        match self {
            Self::Bidirectional => ConversationStyle::BIDIRECTIONAL,
            Self::Unidirectional | Self::PrinterConfiguration => ConversationStyle::UNIDIRECTIONAL,
        }
    }

    /// The notification type that it is usually for.
    #[must_use]
    pub const fn usual_type(self) -> NotificationType {
        match self {
            Self::PrinterConfiguration => NotificationType::PRINTER_CONFIGURATION,
            Self::Unidirectional | Self::Bidirectional => NotificationType::ASYNC_UI,
        }
    }

    /// Whether notifications of a type exist in it: those of printer configuration are sent in one direction only
    /// ([MS-PAN] 3.2.4).
    #[must_use]
    pub fn has(self, notification_type: NotificationType) -> bool {
        let configuration = matches!(
            notification_type,
            NotificationType::PRINTER_CONFIGURATION | NotificationType::PRINTER_CONFIGURATION_SDK
        );
        match self {
            Self::Unidirectional => true,
            Self::Bidirectional => !configuration,
            Self::PrinterConfiguration => configuration,
        }
    }
}
