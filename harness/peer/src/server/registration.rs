//! Remote objects and client registrations.

use std::collections::VecDeque;

use bytes::Bytes;
use mspan::method::RegisterClientIn;
use mspan::{ConversationStyle, Hresult, NotificationType, UserFilter};

use super::call::{Asked, AssociationId, Identity};
use super::channel::ChannelKey;
use super::printer_name::PrinterName;

/// Numbers remote objects in the order of their creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ObjectKey(pub(super) u64);

/// A remote object ([MS-PAN] 2.2.4, figures 5 and 6).
#[derive(Debug)]
pub(super) struct RemoteObject {
    pub(super) association: AssociationId,
    pub(super) state: ObjectState,
}

/// The life of a remote object:
///
/// ```text
/// Create ─▶ Unregistered ──RegisterClient──▶ Registered ──▶ waiting in GetNotification or GetNewChannel
///              │   ▲                            │   ▲              │ notification, channel, printer deleted
///           Delete └───────UnregisterClient─────┘   └──────────────┘
/// ```
#[derive(Debug)]
pub(super) enum ObjectState {
    /// No registration, or no longer one.
    Unregistered {
        /// Whether it was registered before.
        before: bool,
    },
    /// Registered.
    Registered(Registration),
}

impl ObjectState {
    /// The registration.
    ///
    /// # Errors
    /// What a call on an object without one is answered with (product notes 8 and 9).
    pub(super) fn registration(&mut self) -> Result<&mut Registration, Hresult> {
        match self {
            Self::Registered(registration) => Ok(registration),
            Self::Unregistered { before: false } => Err(Hresult::NOT_REGISTERED),
            Self::Unregistered { before: true } => Err(Hresult::ALREADY_UNREGISTERED),
        }
    }
}

/// Client Registration (3.1.1.1).
#[derive(Debug)]
pub(super) struct Registration {
    pub(super) parameters: Parameters,
    pub(super) mode: Mode,
    /// The blocked GetNotification or GetNewChannel.
    pub(super) waiting: Option<Asked>,
}

impl Registration {
    pub(super) fn new(parameters: Parameters) -> Self {
        let mode = if parameters.style == ConversationStyle::BIDIRECTIONAL {
            Mode::Bidirectional(ChannelQueue::default())
        } else {
            Mode::Unidirectional(NotificationQueue::default())
        };
        Self { parameters, mode, waiting: None }
    }
}

/// What a registration waits for.
#[derive(Debug)]
pub(super) enum Mode {
    /// kUniDirectional.
    Unidirectional(NotificationQueue),
    /// kBiDirectional.
    Bidirectional(ChannelQueue),
}

/// Unidirectional Notification Queue (3.1.1.1).
#[derive(Debug, Default)]
pub(super) struct NotificationQueue {
    pub(super) notifications: VecDeque<Bytes>,
    /// The print queue was deleted and the client has not been told: the next call without a notification returns
    /// NOTIFICATION_RELEASE, once (SD-04).
    pub(super) release_due: bool,
}

impl NotificationQueue {
    /// A notification joins the queue; at the limit the newest or the oldest one is lost (SD-65).
    pub(super) fn take_in(&mut self, data: Bytes, limit: usize, loses_oldest: bool) {
        if loses_oldest {
            while self.notifications.len() >= limit.max(1) {
                self.notifications.pop_front();
            }
        }
        if self.notifications.len() < limit {
            self.notifications.push_back(data);
        }
    }
}

/// Bidirectional Notification Channel Queue (3.1.1.1): channels that nobody has acquired and that have not been
/// returned to this registration (SD-25).
#[derive(Debug, Default)]
pub(super) struct ChannelQueue {
    pub(super) offered: VecDeque<ChannelKey>,
    /// What GetNewChannel has returned, where anybody wants to know.
    pub(super) returned: Vec<ChannelKey>,
}

/// What a client registered for, and who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) notification_type: NotificationType,
    /// None is the print server itself.
    pub(super) printer: Option<PrinterName>,
    pub(super) filter: UserFilter,
    pub(super) style: ConversationStyle,
    /// Whoever called RegisterClient.
    pub(super) user: Option<String>,
}

impl Parameters {
    /// Reads the parameters of RegisterClient.
    ///
    /// # Errors
    /// 0x8007007B for a pName that breaks the format, 0x80070057 for numbers outside of the enumerations and for
    /// NOTIFICATION_RELEASE, which nobody can register for.
    pub(super) fn read(input: &RegisterClientIn, identity: &Identity) -> Result<Self, Hresult> {
        let printer = match &input.name {
            None => None,
            Some(name) => Some(PrinterName::parse(&name.text()).map_err(|_| Hresult::INVALID_NAME)?),
        };
        let parameters = Self {
            notification_type: input.notification_type,
            printer,
            filter: input.filter,
            style: input.style,
            user: identity.user.clone(),
        };
        if parameters.is_possible() { Ok(parameters) } else { Err(Hresult::INVALID_ARGUMENT) }
    }

    fn is_possible(&self) -> bool {
        self.filter.name().is_some()
            && self.style.name().is_some()
            && self.notification_type != NotificationType::RELEASE
    }

    /// Whether channels are wanted for what has none (3.1.4.4.1).
    pub(super) fn wants_configuration_on_channels(&self) -> bool {
        self.notification_type == NotificationType::PRINTER_CONFIGURATION
            && self.style == ConversationStyle::BIDIRECTIONAL
    }
}

/// Whom a notification source addresses (3.1.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Audience {
    pub(crate) notification_type: NotificationType,
    /// None is the print server itself.
    pub(crate) printer: Option<PrinterName>,
    /// The intended user with kPerUser; none with kAllUsers.
    pub(crate) user: Option<String>,
}

impl Audience {
    /// The audience that is nobody but those who registered like this.
    pub(super) fn of(parameters: &Parameters) -> Self {
        let Parameters { notification_type, printer, user, .. } = parameters;
        Self { notification_type: *notification_type, printer: printer.clone(), user: user.clone() }
    }
}

/// Which properties of a registration an audience agrees with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Agreement {
    pub(super) notification_type: bool,
    pub(super) printer: bool,
    pub(super) user: bool,
}

impl Agreement {
    /// Compares by the rules of 2.2.1 and of 2.2.2 (SD-14): kAllUsers takes everything, kPerUser what is for all or for
    /// the own identity.
    pub(super) fn between(audience: &Audience, parameters: &Parameters) -> Self {
        let printer = match (&audience.printer, &parameters.printer) {
            (None, None) => true,
            (Some(addressed), Some(registered)) => addressed.names_same_queue(registered),
            _ => false,
        };
        let user = match (&audience.user, parameters.filter) {
            (None, _) | (_, UserFilter::ALL_USERS) => true,
            (Some(intended), _) => is_same_user(intended, parameters.user.as_deref()),
        };
        Self { notification_type: audience.notification_type == parameters.notification_type, printer, user }
    }
}

fn is_same_user(intended: &str, registered: Option<&str>) -> bool {
    registered.is_some_and(|registered| registered.to_lowercase() == intended.to_lowercase())
}
