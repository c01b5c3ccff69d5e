//! What a recording tells, one thing after the other.

use std::collections::BTreeMap;

use conformance::Party;
use conformance::compare::{Call, End, HandleId, Transcript, Value};
use conformance::event::{Event, Kind, Layer};
use mspan::{Method, NotificationType};
use trace::stimulus::Request;
use trace::{ConnectionEnd, ConnectionId, Direction, LocalEvent, Time};

use crate::check::config_of;
use crate::judge::Judge;
use crate::recording::Recording;

/// What a recording tells.
pub(super) struct Story {
    pub(super) transcript: Transcript,
    pub(super) happenings: Vec<Happening>,
    /// By call, what our side breaks by it.
    pub(super) violates: BTreeMap<usize, Vec<String>>,
    /// The scenario's names for the parties that opened connections.
    pub(super) actors: BTreeMap<ConnectionId, String>,
    /// Users that are known, and whether they are administrators.
    pub(super) users: BTreeMap<ConnectionId, (String, bool)>,
    /// How many notifications instances of a client under test were to wait for.
    pub(super) wants: BTreeMap<String, u32>,
    /// Questions to the source, by their place among what happened.
    questions: BTreeMap<u64, usize>,
    /// Whether what the source was asked was recorded; else it is made out from what came.
    pub(super) knows_source: bool,
    /// What was seen and can't be expressed.
    pub(super) unexpressed: Vec<String>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    pub(super) time: Time,
    pub(super) what: What,
}

/// What happened.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A call began.
    Start(usize),
    /// A call ended.
    End(usize),
    /// The source was asked, and whether it did so.
    Asked(Request, bool),
    /// The client ended a connection.
    Dropped(ConnectionId, bool),
}

impl Story {
    /// Reads a recording.
    ///
    /// # Errors
    /// In words, when it is too large or can't be read.
    pub(super) fn of(recording: &Recording) -> Result<Self, String> {
        let told = |why: String| format!("{}: {why}", recording.name);
        let config = recording.header.as_ref().map(config_of).unwrap_or_default();
        let judge = Judge::new(config, None, std::collections::BTreeSet::new(), false).map_err(told)?;
        let mut story = Self {
            transcript: Transcript::new(),
            happenings: Vec::new(),
            violates: BTreeMap::new(),
            actors: BTreeMap::new(),
            users: BTreeMap::new(),
            wants: BTreeMap::new(),
            questions: BTreeMap::new(),
            knows_source: false,
            unexpressed: Vec::new(),
        };
        let (mut numbers, mut outcome) = (BTreeMap::new(), Ok(()));
        let (report, _) = judge.report_showing(&recording.entries, false, &mut |event| {
            if outcome.is_ok() {
                outcome = story.transcript.event(event);
                story.event(event, &mut numbers);
            }
        });
        outcome.map_err(|why| told(why.to_string()))?;
        // A client that was captured may break rules: then our side does so on purpose.
        for finding in report.findings.iter().filter(|finding| finding.party == Party::Client) {
            let call = finding.call.and_then(|call| numbers.get(&call).copied());
            let is_breach = finding.verdict >= conformance::Severity::Warn;
            if let Some(violates) = call.filter(|_| is_breach).map(|call| story.violates.entry(call).or_default()) {
                let ids = finding.requirements.iter().map(|id| (*id).to_owned());
                let new: Vec<String> = ids.filter(|id| !violates.contains(id)).collect();
                violates.extend(new);
            }
        }
        story.transcript.close(Vec::new());
        if !story.knows_source {
            story.make_out_source();
        }
        Ok(story)
    }

    fn event(&mut self, event: &Event, numbers: &mut BTreeMap<conformance::event::CallId, usize>) {
        let what = match &event.kind {
            Kind::Opened(opened) => {
                self.actors.extend(opened.actor.clone().map(|actor| (opened.connection, actor)));
                return;
            }
            Kind::CallStarted(started) => {
                let number = numbers.len();
                numbers.insert(started.call, number);
                let violates = started.mark.as_ref().map(|mark| mark.violates.clone()).unwrap_or_default();
                if !violates.is_empty() {
                    self.violates.insert(number, violates);
                }
                What::Start(number)
            }
            Kind::CallFinished(finished) => match numbers.get(&finished.call) {
                Some(number) => What::End(*number),
                None => return,
            },
            Kind::StimulusAsked { number, request } => {
                self.knows_source = true;
                self.questions.insert(*number, self.happenings.len());
                What::Asked(request.clone(), true)
            }
            Kind::StimulusAnswered { number, answer } => {
                let place = self.questions.get(number).copied();
                if let Some(What::Asked(_, is_done)) =
                    place.and_then(|place| self.happenings.get_mut(place)).map(|one| &mut one.what)
                {
                    *is_done = matches!(answer, trace::stimulus::Answer::Done);
                }
                return;
            }
            Kind::Mark(trace::Mark::Launched { client, wants }) => {
                self.wants.insert(client.clone(), *wants);
                return;
            }
            Kind::Closed { connection, how } => match how {
                ConnectionEnd::Orderly { by: Direction::ToServer } => What::Dropped(*connection, false),
                ConnectionEnd::Broken { by: Direction::ToServer, .. } => What::Dropped(*connection, true),
                _ => return,
            },
            Kind::Local(LocalEvent::Authenticated { connection, user, administrator, .. }) => {
                self.users.insert(*connection, (user.clone(), *administrator));
                return;
            }
            Kind::Pdu(pdu) if matches!(pdu.ptype, CO_CANCEL | ORPHANED) => {
                return self
                    .cannot(format!("the call with call_id {} was given up (co_cancel or orphaned)", pdu.call_id));
            }
            Kind::Refused(refused) => return self.cannot(format!("a bind was refused with reason {}", refused.reason)),
            Kind::Gap(gap) if gap.layer != Layer::Transport || gap.offset > 0 => {
                return self.cannot(format!("what can't be read: {}", gap.why));
            }
            _ => return,
        };
        self.happenings.push(Happening { time: event.time, what });
    }

    pub(super) fn cannot(&mut self, what: String) {
        if self.unexpressed.len() < MOST_TOLD && !self.unexpressed.contains(&what) {
            self.unexpressed.push(what);
        }
    }

    pub(super) fn call(&self, number: usize) -> Option<&Call> {
        self.transcript.calls().get(number)
    }

    /// What a source must have been asked for what came: right before the answer that brings it, or before the call when that did
    /// not wait.
    fn make_out_source(&mut self) {
        let mut source = Source::default();
        let mut made = Vec::with_capacity(self.happenings.len());
        for (place, happening) in self.happenings.iter().enumerate() {
            let before = match happening.what {
                What::Start(number) if self.comes_at_once(place, number) => source.before(&self.transcript, number),
                What::End(number) if !self.came_at_once(place, number) => source.before(&self.transcript, number),
                _ => Vec::new(),
            };
            let time = happening.time;
            made.extend(before.into_iter().map(|request| Happening { time, what: What::Asked(request, true) }));
            made.push(happening.clone());
        }
        self.happenings = made;
    }

    /// Whether the answer to a call is the next that happens.
    pub(super) fn comes_at_once(&self, place: usize, number: usize) -> bool {
        let next = self.happenings.get(place + 1);
        let waited = next.zip(self.happenings.get(place)).map(|(next, start)| next.time.since(start.time));
        matches!(next.map(|next| &next.what), Some(What::End(end)) if *end == number)
            && waited.is_some_and(|waited| waited < WAITED)
    }

    fn came_at_once(&self, place: usize, number: usize) -> bool {
        place > 0
            && self.comes_at_once(place - 1, number)
            && matches!(self.happenings.get(place - 1).map(|one| &one.what), Some(What::Start(start)) if *start == number)
    }
}

/// PTYPEs.
const CO_CANCEL: u8 = 18;
const ORPHANED: u8 = 19;

/// Things that can't be expressed that are told one by one.
const MOST_TOLD: usize = 100;

/// A call that takes longer than this has waited for something.
const WAITED: std::time::Duration = std::time::Duration::from_millis(100);

/// What a source has been asked so far, as far as it can be made out.
#[derive(Default)]
struct Source {
    /// Notifications with the objects that have got them.
    sent: Vec<(NotificationType, Vec<u8>, Vec<HandleId>)>,
    channels: Vec<Channel>,
}

/// A channel.
struct Channel {
    id: String,
    first: Option<(NotificationType, Vec<u8>)>,
    handles: Vec<HandleId>,
    objects: Vec<HandleId>,
    is_over: bool,
}

impl Source {
    fn before(&mut self, transcript: &Transcript, number: usize) -> Vec<Request> {
        let Some(call) = transcript.calls().get(number) else { return Vec::new() };
        match call.method {
            Some(Method::GetNotification) => self.notified(call).into_iter().collect(),
            Some(Method::GetNewChannel) => self.opened(transcript, call),
            Some(Method::GetNotificationSendResponse) => self.went_on(transcript, number, call).into_iter().collect(),
            Some(Method::CloseChannel) => {
                if let (Some(channel), Some(false)) = (self.channel(call), call.failed()) {
                    channel.is_over |= call.code() == Some(0);
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn notified(&mut self, call: &Call) -> Option<Request> {
        let (kind, data) = brought(call)?;
        let object = call.about()?;
        // Every registration gets a copy of what the source has sent once.
        let known =
            self.sent.iter_mut().find(|(one, octets, seen)| *one == kind && *octets == data && !seen.contains(&object));
        if let Some((_, _, seen)) = known {
            seen.push(object);
            return None;
        }
        self.sent.push((kind, data.clone(), vec![object]));
        Some(Request::Notify { audience: audience(kind), data: data.into() })
    }

    fn opened(&mut self, transcript: &Transcript, call: &Call) -> Vec<Request> {
        let mut requests = Vec::new();
        let (Some(Value::Handles(handles)), Some(object)) = (call.output_value("ppChannelCtxt"), call.about()) else {
            return requests;
        };
        for handle in handles.iter().flatten().copied() {
            let first = transcript.calls().iter().filter(|call| call.about() == Some(handle)).find_map(brought);
            let is_same = |channel: &&mut Channel| {
                !channel.is_over && !channel.objects.contains(&object) && (channel.first == first || first.is_none())
            };
            if let Some(channel) = self.channels.iter_mut().find(is_same) {
                channel.handles.push(handle);
                channel.objects.push(object);
                continue;
            }
            let id = format!("c{}", self.channels.len() + 1);
            let kind = first.as_ref().map_or_else(|| registered(transcript, object), |(kind, _)| Some(*kind));
            let data = first.as_ref().map(|(_, data)| data.clone().into());
            let audience = audience(kind.unwrap_or_default());
            requests.push(Request::OpenChannel { id: id.clone(), audience, data });
            self.channels.push(Channel { id, first, handles: vec![handle], objects: vec![object], is_over: false });
        }
        requests
    }

    /// A later notification on a channel, or its end.
    fn went_on(&mut self, transcript: &Transcript, number: usize, call: &Call) -> Option<Request> {
        let is_first = !transcript
            .calls()
            .iter()
            .take(number)
            .any(|other| other.about() == call.about() && other.method == call.method);
        let channel = self.channel(call)?;
        let id = channel.id.clone();
        if call.failed() == Some(true) {
            return None;
        }
        if call.output_value("pChannel") == Some(&Value::Null) {
            let is_others = channel.is_over || channel.handles.len() > 1;
            channel.is_over |= !is_others;
            return (!is_others).then_some(Request::ChannelClose { id });
        }
        let (_, data) = brought(call).filter(|_| !is_first)?;
        Some(Request::ChannelNotify { id, data: data.into() })
    }

    fn channel(&mut self, call: &Call) -> Option<&mut Channel> {
        let handle = call.about()?;
        self.channels.iter_mut().find(|channel| channel.handles.contains(&handle))
    }
}

/// The type that an object was registered for.
fn registered(transcript: &Transcript, object: HandleId) -> Option<NotificationType> {
    let of = |call: &Call| match call.input_value("pInNotificationType") {
        Some(Value::Type(kind)) if call.method == Some(Method::RegisterClient) && call.about() == Some(object) => {
            Some(*kind)
        }
        _ => None,
    };
    transcript.calls().iter().rev().find_map(of)
}

/// The notification that a call brought.
pub(super) fn brought(call: &Call) -> Option<(NotificationType, Vec<u8>)> {
    let (Some(Value::Type(kind)), End::Returned(_)) = (call.output_value("ppOutNotificationType"), &call.end) else {
        return None;
    };
    match call.output_value("ppOutNotificationData") {
        Some(Value::Octets(octets)) if *kind != NotificationType::RELEASE => Some((*kind, octets.to_vec())),
        _ => None,
    }
}

fn audience(kind: NotificationType) -> trace::stimulus::Audience {
    trace::stimulus::Audience { notification_type: kind.0, filter: 1, user: None, printer: None }
}
