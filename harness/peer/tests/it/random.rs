//! Whatever clients and sources do: every call ends at most once, a shutdown ends them all, and a channel has one owner.

use std::collections::BTreeSet;

use bytes::Bytes;
use dcerpc::ContextHandle;
use dcerpc::ndr::Conformant;
use mspan::method::{
    CloseChannelIn, DeleteIn, GetNewChannelIn, GetNotificationIn, GetNotificationSendResponseIn, In, Out,
    RegisterClientIn, UnregisterClientIn,
};
use mspan::{ConversationStyle, Method, NotificationType, UserFilter};
use peer::Misbehaviour;
use peer::server::{AssociationId, CallToken, Caller, Identity, Outcome, PrintServer, ServerOptions};
use proptest::prelude::*;
use trace::stimulus::{Answer, Audience, Request};

const TYPE: NotificationType = NotificationType::ASYNC_UI;
const CLIENTS: u32 = 3;

#[derive(Clone, Debug)]
enum Deed {
    Call { client: u32, method: Method, handle: prop::sample::Index, choice: u32 },
    Cancel { call: prop::sample::Index },
    Gone { client: u32 },
    Source { verb: u32, channel: u32 },
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let call = (0..CLIENTS, prop::sample::select(&Method::ALL), any::<prop::sample::Index>(), 0..4_u32)
        .prop_map(|(client, method, handle, choice)| Deed::Call { client, method, handle, choice });
    let cancel = any::<prop::sample::Index>().prop_map(|call| Deed::Cancel { call });
    let gone = (0..CLIENTS).prop_map(|client| Deed::Gone { client });
    let source = (0..6_u32, 0..3_u32).prop_map(|(verb, channel)| Deed::Source { verb, channel });
    prop::collection::vec(prop_oneof![20 => call, 1 => cancel, 1 => gone, 8 => source], 1..120)
}

struct Run {
    server: PrintServer,
    blocked: BTreeSet<CallToken>,
    handles: Vec<ContextHandle>,
    calls: u32,
}

impl Run {
    fn do_it(&mut self, deed: &Deed) {
        match deed {
            Deed::Call { client, method, handle, choice } => {
                self.calls += 1;
                let token = CallToken { connection: u64::from(*client), call_id: self.calls };
                self.blocked.insert(token);
                let identity = Identity::user(&format!("user{client}"), *client == 0);
                let handle = if self.handles.is_empty() { ContextHandle::NULL } else { *handle.get(&self.handles) };
                let caller = Caller { association: AssociationId(*client), identity };
                self.server.call(&caller, token, input(*client, *method, handle, *choice));
            }
            Deed::Cancel { call } => {
                let blocked: Vec<_> = self.blocked.iter().copied().collect();
                if !blocked.is_empty() {
                    self.server.cancel(*call.get(&blocked));
                }
            }
            Deed::Gone { client } => {
                self.server.connection_ended(u64::from(*client));
                self.server.association_ended(AssociationId(*client));
                self.blocked.retain(|token| token.connection != u64::from(*client));
            }
            Deed::Source { verb, channel } => {
                let answer = self.server.source(request(*verb, format!("c{channel}")));
                assert!(!matches!(answer, Answer::Silent { .. }));
            }
        }
        self.take_completions();
    }

    fn take_completions(&mut self) {
        while let Some(completion) = self.server.next_completion() {
            assert!(self.blocked.remove(&completion.token), "{completion:?} ends no blocked call");
            match completion.outcome {
                Outcome::Return(Out::Create(out)) => self.handles.push(out.remote_obj),
                Outcome::Return(Out::GetNewChannel(out)) => {
                    self.handles.extend(out.channel_ctxt.map(|array| array.elements).unwrap_or_default());
                }
                _ => {}
            }
        }
    }
}

/// Mostly what makes sense, sometimes what does not. Response data name the client that sent them.
fn input(client: u32, method: Method, handle: ContextHandle, choice: u32) -> In {
    let data = || Some(Conformant::from(Bytes::from(vec![u8::try_from(client).unwrap()])));
    match method {
        Method::Create => In::new(Method::Create),
        Method::Delete => In::Delete(DeleteIn { remote_obj: handle }),
        Method::RegisterClient => In::RegisterClient(RegisterClientIn {
            registration_obj: handle,
            notification_type: TYPE,
            filter: UserFilter(choice / 2),
            style: ConversationStyle(choice % 2),
            name: None,
        }),
        Method::UnregisterClient => In::UnregisterClient(UnregisterClientIn { registration_obj: handle }),
        Method::GetNewChannel => In::GetNewChannel(GetNewChannelIn { remote_obj: handle }),
        Method::GetNotification => In::GetNotification(GetNotificationIn { remote_obj: handle }),
        Method::GetNotificationSendResponse => In::GetNotificationSendResponse(GetNotificationSendResponseIn {
            channel: handle,
            notification_type: [Some(TYPE), Some(TYPE), None, Some(NotificationType::RELEASE)][choice as usize],
            in_size: 1,
            notification_data: data(),
        }),
        Method::CloseChannel => In::CloseChannel(CloseChannelIn {
            channel: handle,
            notification_type: [TYPE, TYPE, NotificationType::RELEASE, NotificationType::default()][choice as usize],
            in_size: 1,
            reason: data(),
        }),
    }
}

fn request(verb: u32, id: String) -> Request {
    let audience = Audience { notification_type: TYPE.0, filter: 1, user: None, printer: None };
    let data = Bytes::from_static(b"n");
    match verb {
        0 => Request::Notify { audience, data },
        1 => Request::OpenChannel { id, audience, data: Some(data) },
        2 => Request::OpenChannel { id, audience, data: None },
        3 => Request::ChannelNotify { id, data },
        4 => Request::ChannelClose { id },
        _ => Request::ChannelLog { id },
    }
}

proptest! {
    #[test]
    fn calls_end_once_and_channels_have_one_owner(
        deeds in deeds(),
        misbehaviour in prop::option::weighted(0.3, prop::sample::select(Misbehaviour::ALL)),
    ) {
        let options = ServerOptions { seed: Some(3), queue_limit: 4, misbehaviour, ..ServerOptions::default() };
        let (blocked, handles) = (BTreeSet::new(), Vec::new());
        let mut run = Run { server: PrintServer::new(options), blocked, handles, calls: 0 };
        deeds.iter().for_each(|deed| run.do_it(deed));
        for channel in 0..3 {
            let log = run.server.source(request(5, format!("c{channel}")));
            if let (Answer::Log(log), None) = (log, misbehaviour) {
                let senders: BTreeSet<_> = log.responses.iter().map(|response| response.data.clone()).collect();
                prop_assert!(senders.len() <= 1, "{:?}", log);
                prop_assert!(log.acquired == Some(true) || senders.is_empty());
            }
        }
        prop_assert_eq!(run.server.source(Request::Shutdown), Answer::Done);
        run.take_completions();
        if misbehaviour.is_none() {
            prop_assert!(run.blocked.is_empty(), "{:?} are still blocked", run.blocked);
        }
    }
}
