//! What the harness notes of its own doing.

use alloc::string::String;
use alloc::vec::Vec;

use crate::ConnectionId;

/// A note of the harness about one of its own steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A step of a scenario begins.
    StepBegins {
        /// The step, in words (`call alice GetNotification`).
        step: String,
        /// Line of the scenario, from 1.
        line: u32,
    },
    /// That step is over.
    StepEnds {
        /// Line of the scenario, from 1.
        line: u32,
    },
    /// The next request with this call id on this connection belongs to a step.
    Call(CallMark),
    /// The next answer to the call with this call id on this connection is what a step asks for.
    Answer(AnswerMark),
    /// A client under test is started.
    Launched {
        /// The name by which its connections are known ([`crate::Opened::actor`]).
        client: String,
        /// How many notifications it is to wait for: until it has had them, nobody tells it to stop.
        wants: u32,
    },
    /// The harness did something later than it should have: no timing is judged from here back to the last mark.
    Late {
        /// How much later, in nanoseconds.
        nanoseconds: u64,
    },
}

/// Which step of a scenario a call belongs to, and what it breaks on purpose. Recorded right before the first fragment
/// of its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallMark {
    /// The connection that the request is about to be sent on.
    pub connection: ConnectionId,
    /// `call_id` of the request.
    pub call_id: u32,
    /// The actor whose call it is.
    pub actor: String,
    /// The step, in words.
    pub step: String,
    /// Line of the scenario, from 1.
    pub line: u32,
    /// Requirements that our side breaks by this call on purpose (`PAN-3.1.1.4.2-10`).
    pub violates: Vec<String>,
}

/// Which step of a scenario an answer belongs to, and what it breaks on purpose. Recorded right before the answer, while
/// its call is outstanding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerMark {
    /// The connection that the answer is about to be sent on.
    pub connection: ConnectionId,
    /// `call_id` of the request that it answers.
    pub call_id: u32,
    /// The step, in words.
    pub step: String,
    /// Line of the scenario, from 1.
    pub line: u32,
    /// Requirements that our side breaks by this answer on purpose.
    pub violates: Vec<String>,
}
