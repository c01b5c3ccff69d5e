//! The reference client: a complete client of [MS-PAN] section 3.2, well-behaved or not.
//!
//! It registers, receives what its mode has, reacts to the documents that it knows, hands all others up, retries what
//! may be retried, and says farewell. Who sits before it is automatic, and time is tokio's.

mod call;
mod channel;
mod closing;
mod document;
mod exit;
mod failure;
mod farewell;
mod get_new_channel;
mod get_notification;
mod interest;
mod interval;
mod options;
mod reaction;
mod registration;
mod report;
mod stub;
mod subscription;
mod user;

pub use exit::Exit;
pub use failure::Failure;
pub use options::{ClientOptions, Mode};
pub use report::{ChannelEnd, Document, Notification, Report};
pub use user::{Answer, Drivers, Press, User};

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use mspan::{Method, NotificationType};
use uuid::Uuid;

use crate::Tap;
use crate::client::{Adding, Association};
use crate::client_misbehaviour::ClientMisbehaviour;
use crate::client_variant::ClientVariant;
use crate::transport::{Connector, OverHttp};
use dcerpc::{ByteOrder, TransferSyntax};
use interest::Interest;

/// The reference client. Clones are the same client.
#[derive(Clone)]
pub struct PrintClient(Arc<Inner>);

struct Inner {
    options: ClientOptions,
    notification_type: NotificationType,
    /// Where objects are created and deleted.
    objects: Association,
    /// Where all else is called: the same association.
    notifications: Association,
    interest: Interest,
    /// Channels that are being processed: a server may return one twice.
    channels: Mutex<BTreeSet<Uuid>>,
    /// The server that a registration was referred to, where the client goes by that, which is wrong.
    referred: Mutex<Option<String>>,
    /// Whether an error was reported that is fatal.
    faulted: AtomicBool,
    tell: Box<dyn Fn(Report) + Send + Sync>,
}

impl PrintClient {
    /// A client that has not called anything yet. `tell` hears what happens, as it happens.
    #[must_use]
    pub fn new(
        options: ClientOptions,
        connector: Arc<dyn Connector>,
        tap: Tap,
        tell: impl Fn(Report) + Send + Sync + 'static,
    ) -> Self {
        let connector = match options.misbehaviour {
            Some(ClientMisbehaviour::SpeaksHttp) => Arc::new(OverHttp(connector)) as Arc<dyn Connector>,
            _ => connector,
        };
        let objects = Association::new(connector, tap, association_options(&options));
        let apart = options.misbehaviour == Some(ClientMisbehaviour::AssociationPerInterface);
        Self(Arc::new(Inner {
            notification_type: options.notification_type.unwrap_or_else(|| options.mode.usual_type()),
            interest: Interest::new(options.count),
            notifications: if apart { objects.another() } else { objects.clone() },
            objects,
            channels: Mutex::default(),
            referred: Mutex::default(),
            faulted: AtomicBool::new(false),
            tell: Box::new(tell),
            options,
        }))
    }

    /// Plays a client's life: until all notifications have come that are wanted, [`PrintClient::stop`] was called, or the
    /// server has refused something for good.
    pub async fn run(&self) -> Exit {
        let Inner { options, notification_type, .. } = &*self.0;
        if !options.mode.has(*notification_type) && !self.does(ClientMisbehaviour::ConfigurationInBothDirections) {
            return Exit::ModeNotSupported;
        }
        let exit = self.subscribe().await;
        self.0.objects.close_all().await;
        self.0.notifications.close_all().await;
        match exit {
            Exit::Done if self.0.faulted.load(Ordering::Relaxed) => Exit::Failed,
            exit => exit,
        }
    }

    /// The same, stopped as soon as `end` comes to its end.
    pub async fn run_until(&self, end: impl Future<Output = ()>) -> Exit {
        let mut run = pin!(self.run());
        tokio::select! {
            biased;
            exit = &mut run => return exit,
            () = end => self.stop(),
        }
        run.await
    }

    /// The client loses its interest, unregisters and ends.
    pub fn stop(&self) {
        self.0.interest.stop();
    }

    fn does(&self, misbehaviour: ClientMisbehaviour) -> bool {
        self.0.options.misbehaviour == Some(misbehaviour)
    }

    fn varies(&self, variant: ClientVariant) -> bool {
        self.0.options.variant == Some(variant)
    }

    fn tell(&self, report: Report) {
        (self.0.tell)(report);
    }

    /// Reports that a call failed.
    fn failed(&self, method: Method, failure: &Failure) {
        self.tell(Report::Failed { method, failure: failure.clone() });
    }

    /// Reports an error that is fatal.
    fn fatal(&self, method: Method, failure: &Failure) {
        if !failure.is_of_connection() {
            self.0.faulted.store(true, Ordering::Relaxed);
        }
        self.failed(method, failure);
    }
}

impl fmt::Debug for PrintClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrintClient").field("options", &self.0.options).finish_non_exhaustive()
    }
}

/// How the association behaves with what the variant changes of it.
fn association_options(options: &ClientOptions) -> crate::client::Options {
    let mut association = options.association.clone();
    match options.variant {
        Some(ClientVariant::Multiplexing) => association.connection.multiplexing = true,
        Some(ClientVariant::ConnectionPerInterface) => association.adding = Adding::NewConnection,
        Some(ClientVariant::Ndr64First) => {
            association.transfer_syntaxes = vec![TransferSyntax::Ndr64, TransferSyntax::Ndr];
        }
        Some(ClientVariant::BigEndian) => association.connection.order = ByteOrder::Big,
        Some(ClientVariant::SmallFragments) => association.connection.stub_octets_per_fragment = Some(8),
        Some(ClientVariant::NoFeatures) => association.features = None,
        _ => {}
    }
    if options.misbehaviour == Some(ClientMisbehaviour::ProposesNdrAlone) {
        association.transfer_syntaxes = vec![TransferSyntax::Ndr];
    }
    if let Some(spoil) = options.misbehaviour.and_then(ClientMisbehaviour::spoil) {
        association.security = association.security.map(|security| security.spoilt(spoil));
    }
    association
}
