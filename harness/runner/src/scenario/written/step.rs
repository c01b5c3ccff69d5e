//! Steps as they are written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::client::{Await, Exit, HangUp, Launch, Reply};
use super::present::present;
use super::wire::{Alter, Bind, Map, Raw};
use super::{At, Entries, Expect, Stimulus, Value};

/// One step.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Calls a method and waits for its answer.
    Call(Box<Call>),
    /// Calls a method and goes on; `finish` waits for the answer.
    Start(Box<Start>),
    /// Waits for the answer of a call that was started.
    Finish(Box<Finish>),
    /// Asserts that started calls have not come back, also after a later call has.
    StillPending(StillPending),
    /// Runs named branches at the same time.
    Parallel(Parallel),
    /// Waits, in a branch, until each branch that names this barrier has reached it.
    Barrier(At<String>),
    /// Several answers, in whichever order.
    Unordered(Box<Unordered>),
    /// Several started calls of which so many win.
    Race(Box<Race>),
    /// Asks the notification source for something.
    Stimulus(Box<Stimulus>),
    /// Writes octets to a connection.
    Raw(Box<Raw>),
    /// Proposes presentation contexts on a connection.
    Bind(Box<Bind>),
    /// Asks the endpoint mapper where an interface is.
    Map(Map),
    /// Asks the server to give up a started call.
    Cancel(Cancel),
    /// Ends connections of an actor.
    Drop(DropConnections),
    /// Runs a fragment.
    Use(Use),
    /// Runs steps several times.
    Repeat(Repeat),
    /// Watches a window in which nothing has to happen.
    Idle(Idle),
    /// Starts the client under test, or another instance of it.
    Launch(Launch),
    /// Waits for something that the client under test does.
    Await(Box<Await>),
    /// Waits until the client under test has exited.
    Exit(Exit),
    /// Says how our side answers the next call of the client under test that fits.
    Answer(Box<Reply>),
    /// Ends the connections of the client under test from our side.
    HangUp(HangUp),
}

/// A step that calls: what `call` and `start` have in common, and keys of its own.
macro_rules! calling {
    ($(#[$about:meta])* $step:ident { $($(#[$own:meta])* $key:ident: $kind:ty,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $step {
            $($(#[$own])* pub $key: $kind,)*
            /// Who calls.
            pub actor: At<String>,
            /// What is called: a method of MS-PAN, or an operation number of an interface.
            #[serde(default, deserialize_with = "present")]
            #[schemars(with = "At<String>")]
            pub method: Option<At<String>>,
            /// The interface of `opnum`, `IRPCAsyncNotify` or `IRPCRemoteObject`.
            #[serde(default, deserialize_with = "present")]
            #[schemars(with = "At<String>")]
            pub interface: Option<At<String>>,
            /// An operation number, in place of `method`.
            #[serde(default, deserialize_with = "present")]
            #[schemars(with = "At<u16>")]
            pub opnum: Option<At<u16>>,
            /// [in] parameters of `method`, all of them, by the specification's names.
            #[serde(default, rename = "in")]
            pub input: Entries<At<Value>>,
            /// stub_data, in place of `in`.
            #[serde(default, deserialize_with = "present")]
            #[schemars(with = "At<Value>")]
            pub stub: Option<At<Value>>,
            /// The connection, by a name of your own; one on which no call is waiting when absent.
            #[serde(default, deserialize_with = "present")]
            #[schemars(with = "At<String>")]
            pub connection: Option<At<String>>,
            /// Says that a handle in `in` was closed before, or is another actor's.
            #[serde(default)]
            pub stale: bool,
            /// Requirements that this call breaks on purpose.
            #[serde(default)]
            pub violates: Vec<At<String>>,
            /// What is changed in the request.
            #[serde(default, deserialize_with = "present")]
            #[schemars(with = "At<Alter>")]
            pub alter: Option<At<Alter>>,
        }

        impl<'w> From<&'w $step> for Request<'w> {
            fn from(step: &'w $step) -> Self {
                Self {
                    actor: &step.actor,
                    method: step.method.as_ref(),
                    interface: step.interface.as_ref(),
                    opnum: step.opnum.as_ref(),
                    input: &step.input,
                    stub: step.stub.as_ref(),
                    connection: step.connection.as_ref(),
                    stale: step.stale,
                    violates: &step.violates,
                    alter: step.alter.as_ref(),
                }
            }
        }
    };
}

calling! {
    /// Calls a method and waits for its answer.
    Call {
        /// How it has to come back: with success when absent, in any way within `finally`.
        #[serde(default, deserialize_with = "present")]
        #[schemars(with = "At<Expect>")]
        expect: Option<At<Expect>>,
        /// Names for [out] parameters (`{name: parameter}`), or for the return value (`{name: status}`).
        #[serde(default)]
        save: Entries<At<String>>,
        /// How long to wait; the target file's `limits.call` when absent.
        #[serde(default, deserialize_with = "present")]
        #[schemars(with = "At<String>")]
        within: Option<At<String>>,
    }
}

calling! {
    /// Calls a method and goes on.
    Start {
        /// A name for the call.
        #[serde(rename = "as")]
        name: At<String>,
    }
}

/// What `call` and `start` have in common.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the keys of `Call`, described there")]
pub struct Request<'w> {
    pub actor: &'w At<String>,
    pub method: Option<&'w At<String>>,
    pub interface: Option<&'w At<String>>,
    pub opnum: Option<&'w At<u16>>,
    pub input: &'w Entries<At<Value>>,
    pub stub: Option<&'w At<Value>>,
    pub connection: Option<&'w At<String>>,
    pub stale: bool,
    pub violates: &'w [At<String>],
    pub alter: Option<&'w At<Alter>>,
}

/// Waits for the answer of a started call.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finish {
    /// Its name.
    pub call: At<String>,
    /// How it has to come back: with success when absent, in any way within `finally`.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Expect>")]
    pub expect: Option<At<Expect>>,
    /// Names for [out] parameters (`{name: parameter}`), or for the return value (`{name: status}`).
    #[serde(default)]
    pub save: Entries<At<String>>,
    /// How long to wait; the target file's `limits.call` when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub within: Option<At<String>>,
}

/// Asserts that started calls have not come back.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StillPending {
    /// The call.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub call: Option<At<String>>,
    /// Several calls, in place of `call`.
    #[serde(default)]
    pub calls: Vec<At<String>>,
    /// How long to wait before looking; the target file's `limits.still_pending` when absent.
    #[serde(default, deserialize_with = "present", rename = "for")]
    #[schemars(with = "At<String>")]
    pub window: Option<At<String>>,
    /// Whether the answer to a later call of the same actor is awaited as well; it is when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "bool")]
    pub fence: Option<bool>,
    /// Why there is no fence.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "String")]
    pub because: Option<String>,
}

/// Runs named branches at the same time.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parallel {
    /// The branches.
    pub branches: Entries<Vec<At<Step>>>,
}

/// Several answers, in whichever order: each of `expect` is satisfied by another answer.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unordered {
    /// Started calls that all come back.
    #[serde(default)]
    pub calls: Vec<At<String>>,
    /// A call that is made again for each answer, in place of `calls`.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Call>")]
    pub call: Option<At<Call>>,
    /// The answers.
    pub expect: Vec<At<Expect>>,
    /// One deadline for all; the target file's `limits.call` when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub within: Option<At<String>>,
}

/// Several started calls of which so many win.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Race {
    /// The calls.
    pub calls: Vec<At<String>>,
    /// How many win; one when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<u32>")]
    pub winners: Option<At<u32>>,
    /// What a winner sees; `pending` is possible.
    pub won: At<Expect>,
    /// What a loser sees; `pending` is possible.
    pub lost: At<Expect>,
    /// With one winner: names that get the value of the winner's branch, `{name: {call: value, …}}`. A value may be an actor.
    #[serde(default)]
    pub choose: Entries<Entries<At<Value>>>,
    /// Names for [out] parameters of the one winner's answer (`{name: parameter}`).
    #[serde(default)]
    pub save: Entries<At<String>>,
    /// One deadline for all; the target file's `limits.call` when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub within: Option<At<String>>,
}

/// Asks the server to give up a started call.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// The call.
    pub call: At<String>,
    /// Sends `orphaned` in place of `co_cancel`.
    #[serde(default)]
    pub orphan: bool,
}

/// Ends connections of an actor.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DropConnections {
    /// Whose.
    pub actor: At<String>,
    /// Which; all of them, and so the association, when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub connection: Option<At<String>>,
    /// How: orderly when absent.
    #[serde(default)]
    pub how: DropKind,
}

/// How a connection is ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DropKind {
    /// An orderly close.
    #[default]
    Close,
    /// A reset.
    Reset,
}

/// Runs a fragment.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// Its id: its path under `scenarios/fragments`, without `.yaml`.
    pub fragment: At<String>,
    /// Its arguments.
    #[serde(default)]
    pub with: Entries<At<Value>>,
    /// Names for what it returns: `{result: name}`.
    #[serde(default)]
    pub returns: Entries<At<String>>,
}

/// Runs steps several times. Names assigned inside are not known outside.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// How often.
    pub times: At<Value>,
    /// A name for the number of the round, from 1.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub counter: Option<At<String>>,
    /// What.
    pub steps: Vec<At<Step>>,
}

/// Watches a window in which nothing has to happen.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Idle {
    /// How long.
    #[serde(rename = "for")]
    pub window: At<String>,
    /// Which window of the specification it is.
    pub because: String,
}
