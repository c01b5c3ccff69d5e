//! Notifications and replies that were read: many rules look at each, as it comes, when its client reacts, and when it should
//! have.

use alloc::borrow::Cow;
use alloc::collections::{BTreeMap, VecDeque};
use core::cell::Cell;

use bytes::Bytes;
use mspan::document::Assessment;
use mspan::{NotificationType, async_ui, method, printer_configuration};

use super::Model;
use crate::event::{CallStarted, Event, Kind};

/// What documents of one format may take that are remembered, in octets. Others are read again.
const MOST_OCTETS: usize = 4 << 20;

/// What remembering a document takes beside its octets, about, and how often these count: its words are kept, too.
const DOCUMENT: usize = 1_024;
const TIMES: usize = 2;

/// The documents that came last, as they were read.
#[derive(Debug, Default)]
pub(super) struct Documents {
    async_ui: Kept<async_ui::Notification>,
    configurations: Kept<printer_configuration::Notification>,
    replies: Kept<async_ui::Reply>,
}

/// Documents of one format, by a digest of their octets.
#[derive(Debug)]
struct Kept<T> {
    known: BTreeMap<u64, (Bytes, Assessment<T>)>,
    /// The digests, the oldest first.
    order: VecDeque<u64>,
    octets: usize,
    /// The digest of the document that was read last: most rules ask for that.
    last: u64,
    /// Where octets lie that were found to be known, while one event is judged: they are the event's or the model's, so that
    /// until then nothing else can lie there.
    found: Cell<Option<(Place, u64)>>,
}

/// Address and length of octets.
type Place = (usize, usize);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { known: BTreeMap::new(), order: VecDeque::new(), octets: 0, last: 0, found: Cell::new(None) }
    }
}

impl<T> Kept<T> {
    fn get(&self, octets: &[u8]) -> Option<&Assessment<T>> {
        let place = place(octets);
        let found = self.found.get().filter(|(found, _)| *found == place).map(|(_, digest)| digest);
        let digest = found.or_else(|| self.find(octets).ok())?;
        self.found.set(Some((place, digest)));
        self.known.get(&digest).map(|(_, assessment)| assessment)
    }

    /// The digest of a document that is known; or by which it can be added.
    fn find(&self, octets: &[u8]) -> Result<u64, u64> {
        let is_known = |digest| self.known.get(&digest).is_some_and(|(known, _)| *known == octets);
        if is_known(self.last) {
            return Ok(self.last);
        }
        let digest = digest(octets);
        if is_known(digest) { Ok(digest) } else { Err(digest) }
    }

    fn add(&mut self, octets: &Bytes, read: fn(&[u8]) -> Assessment<T>) {
        if octets.len() > MOST_OCTETS / 4 {
            return;
        }
        let found = self.find(octets);
        let (Ok(digest) | Err(digest)) = found;
        self.last = digest;
        self.found.set(Some((place(octets), digest)));
        if found.is_ok() {
            return;
        }
        let former = self.known.insert(digest, (Bytes::copy_from_slice(octets), read(octets)));
        self.octets += weight(octets);
        match former {
            Some((former, _)) => self.octets -= weight(&former),
            None => self.order.push_back(digest),
        }
        while self.octets > MOST_OCTETS
            && let Some((oldest, _)) = self.order.pop_front().and_then(|oldest| self.known.remove(&oldest))
        {
            self.octets -= weight(&oldest);
        }
    }
}

fn place(octets: &[u8]) -> Place {
    (octets.as_ptr().addr(), octets.len())
}

fn weight(octets: &[u8]) -> usize {
    DOCUMENT + octets.len() * TIMES
}

/// Tells documents apart, nearly always.
fn digest(octets: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let (words, rest) = octets.as_chunks::<8>();
    let start = (octets.len() as u64).wrapping_mul(FACTOR);
    let mixed = words
        .iter()
        .fold(start, |digest, word| (digest ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR).rotate_left(29));
    rest.iter().fold(mixed, |digest, octet| (digest ^ u64::from(*octet)).wrapping_mul(FACTOR))
}

impl Model {
    /// Reads the notification that an event brings, before rules look at it.
    pub(super) fn read_notification(&mut self, event: &Event) {
        self.documents.async_ui.found.set(None);
        self.documents.configurations.found.set(None);
        self.documents.replies.found.set(None);
        let finished = match &event.kind {
            Kind::CallStarted(started) => return self.read_reply(started),
            Kind::CallFinished(finished) => finished,
            _ => return,
        };
        let (kind, data) = match finished.outcome.output() {
            Some(method::Out::GetNotification(output)) => (output.notification_type, &output.notification_data),
            Some(method::Out::GetNotificationSendResponse(output)) => {
                (output.notification_type, &output.notification_data)
            }
            _ => return,
        };
        let Some((kind, data)) = kind.zip(data.as_ref()) else { return };
        match kind {
            NotificationType::ASYNC_UI => self.documents.async_ui.add(&data.elements, async_ui::read_notification),
            NotificationType::PRINTER_CONFIGURATION | NotificationType::PRINTER_CONFIGURATION_SDK => {
                self.documents.configurations.add(&data.elements, printer_configuration::read_notification);
            }
            _ => {}
        }
    }

    fn read_reply(&mut self, started: &CallStarted) {
        let data = match &started.input {
            Some(method::In::CloseChannel(input)) => &input.reason,
            Some(method::In::GetNotificationSendResponse(input)) => &input.notification_data,
            _ => return,
        };
        if let Some(data) = data.as_ref().filter(|data| !data.elements.is_empty()) {
            self.documents.replies.add(&data.elements, async_ui::read_reply);
        }
    }

    /// An AsyncUI reply, as it is to be read.
    pub(crate) fn reply(&self, octets: &[u8]) -> Cow<'_, Assessment<async_ui::Reply>> {
        let known = self.documents.replies.get(octets).map(Cow::Borrowed);
        known.unwrap_or_else(|| Cow::Owned(async_ui::read_reply(octets)))
    }

    /// An AsyncUI notification, as it is to be read.
    pub(crate) fn async_ui(&self, octets: &[u8]) -> Cow<'_, Assessment<async_ui::Notification>> {
        let known = self.documents.async_ui.get(octets).map(Cow::Borrowed);
        known.unwrap_or_else(|| Cow::Owned(async_ui::read_notification(octets)))
    }

    /// A printer configuration notification, as it is to be read.
    pub(crate) fn configuration(&self, octets: &[u8]) -> Cow<'_, Assessment<printer_configuration::Notification>> {
        let known = self.documents.configurations.get(octets).map(Cow::Borrowed);
        known.unwrap_or_else(|| Cow::Owned(printer_configuration::read_notification(octets)))
    }
}
