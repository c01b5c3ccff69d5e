//! Client registrations ([MS-PAN] 3.1.1.1): what RegisterClient recorded.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;

use dcerpc::ContextHandle;
use mspan::method::RegisterClientIn;
use mspan::{ConversationStyle, NotificationType, UserFilter};

use super::{Call, Moment, User};
use crate::event::{AssociationId, CallId};

/// A registration: named by the RegisterClient call that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistrationId(pub CallId);

/// What is known of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Its number.
    pub id: RegistrationId,
    /// The association of its remote object.
    pub association: AssociationId,
    /// Its remote object.
    pub remote_object: ContextHandle,
    /// UNC name of the print queue; none for the print server itself.
    pub name: Option<String>,
    /// The notification type.
    pub notification_type: NotificationType,
    /// Whose notifications it is for.
    pub filter: UserFilter,
    /// Its mode.
    pub style: ConversationStyle,
    /// The authenticated user of the RegisterClient call, where that is known.
    pub user: Option<Arc<User>>,
    /// Whether it is the security context of that call that tells the user.
    pub authenticated: bool,
    /// When RegisterClient was called.
    pub begun: Moment,
    /// When it returned.
    pub made: Moment,
    /// Whether everything here is certain: no overlapping call may have changed it, nothing went unseen.
    pub certain: bool,
    /// Whether it would be but for sealed calls that are under way.
    pub(super) doubted: bool,
    /// UnregisterClient and Delete calls that are on their way, with their starts.
    pub leaving: BTreeMap<CallId, Moment>,
    /// How it ended.
    pub ended: Option<Ended>,
    /// Notifications that it returned: the number of the stimulus, and when.
    pub delivered: BTreeMap<u64, Moment>,
    /// Of those, the ones that no other has the octets of: when the call was made that returned it.
    pub fetched: BTreeMap<u64, Moment>,
    /// Whether notifications or channels may have left its queue unseen, and more may.
    pub leaky: bool,
    /// Until when channels may have been returned to it by answers that can't be read.
    pub unread: Option<Moment>,
    /// How many notifications it has returned, explained or not.
    pub returned: u64,
}

/// How a registration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// By what.
    pub how: Ending,
    /// From when on it may have been ended.
    pub begun: Moment,
    /// From when on it certainly is; none where that is not known.
    pub done: Option<Moment>,
}

/// By what a registration ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// By UnregisterClient.
    Unregistered,
    /// By Delete of its object, which no client may do (3.1.2.4.2).
    Deleted,
    /// By the end of its association.
    RunDown,
}

impl Registration {
    pub(super) fn new(
        call: &Call,
        input: &RegisterClientIn,
        user: Option<Arc<User>>,
        made: Moment,
        certain: bool,
    ) -> Self {
        Self {
            id: RegistrationId(call.id()),
            association: call.started.association,
            remote_object: input.registration_obj,
            name: input.name.as_ref().map(dcerpc::ndr::WideString::text),
            notification_type: input.notification_type,
            filter: input.filter,
            style: input.style,
            user,
            authenticated: false,
            begun: call.at,
            made,
            certain,
            doubted: false,
            leaving: BTreeMap::new(),
            ended: None,
            delivered: BTreeMap::new(),
            fetched: BTreeMap::new(),
            leaky: false,
            unread: None,
            returned: 0,
        }
    }

    /// It stays certain, or will be again, only on a condition.
    pub(super) fn doubt_unless(&mut self, stands: bool) {
        self.certain &= stands;
        self.doubted &= stands;
    }

    /// Whether it is for unidirectional notifications.
    #[must_use]
    pub fn is_unidirectional(&self) -> bool {
        self.style == ConversationStyle::UNIDIRECTIONAL
    }

    /// Whether it has not ended and no call is on its way that would end it.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.ended.is_none() && self.leaving.is_empty()
    }

    /// From when on it may have been ended, or a call was on its way that may end it.
    #[must_use]
    pub fn may_have_ended(&self) -> Option<Moment> {
        let leaving = self.leaving.values().copied();
        self.ended.map(|ended| ended.begun).into_iter().chain(leaving).min()
    }

    /// Whether it was certainly there, whole, between two moments.
    #[must_use]
    pub fn spans(&self, from: Moment, to: Moment) -> bool {
        self.certain && self.made < from && self.may_have_ended().is_none_or(|ended| to < ended)
    }

    /// Whether it certainly was not there between two moments.
    #[must_use]
    pub fn misses(&self, from: Moment, to: Option<Moment>) -> bool {
        to.is_some_and(|to| to < self.begun) || self.ended.and_then(|ended| ended.done).is_some_and(|done| done < from)
    }
}
