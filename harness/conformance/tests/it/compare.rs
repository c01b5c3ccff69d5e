//! Transcripts: how large a trace they take.

use bytes::Bytes;
use conformance::compare::{MOST_CALLS, MOST_OCTETS, TooMuch, Transcript};
use conformance::event::{AssociationId, CallId, CallStarted, Event, Kind};
use dcerpc::ndr::Format;
use mspan::method::{GetNotificationSendResponseIn, In};
use trace::{ConnectionId, Time};

fn started(number: usize, input: Option<In>) -> Event {
    let started = CallStarted {
        call: CallId(number as u64),
        association: AssociationId(0),
        connection: ConnectionId(0),
        call_id: 1,
        begun: Time::ZERO,
        interface: None,
        opnum: 4,
        method: input.as_ref().map(In::method),
        protection: None,
        format: Format::default(),
        stub_length: 0,
        input,
        defects: Vec::new(),
        mark: None,
    };
    Event { number: number as u64, time: Time::ZERO, entry: number as u64, kind: Kind::CallStarted(started) }
}

#[test]
fn so_many_calls_are_taken_and_no_more() {
    let mut transcript = Transcript::new();
    for number in 0..MOST_CALLS {
        assert_eq!(transcript.event(&started(number, None)), Ok(()), "call {number}");
    }
    assert_eq!(transcript.event(&started(MOST_CALLS, None)), Err(TooMuch::Calls));
    assert_eq!(TooMuch::Calls.to_string(), "more than 100000 calls; cut the capture into parts");
}

#[test]
fn so_many_octets_are_taken_and_no_more() {
    let data = Bytes::from(vec![0xFF; MOST_OCTETS / 16]);
    let input = || {
        In::GetNotificationSendResponse(GetNotificationSendResponseIn {
            notification_data: Some(data.clone().into()),
            ..GetNotificationSendResponseIn::default()
        })
    };
    let mut transcript = Transcript::new();
    for number in 0..16 {
        assert_eq!(transcript.event(&started(number, Some(input()))), Ok(()), "call {number}");
    }
    assert_eq!(transcript.event(&started(16, Some(input()))), Err(TooMuch::Octets));
    assert_eq!(TooMuch::Octets.to_string(), "more than 268435456 octets of parameters; cut the capture into parts");
}
