//! Scenario files as they are written: every key that a file may hold, with the places where things stand. What they
//! mean is found out by [`super::check`].

mod at;
mod client;
mod entries;
mod expect;
mod file;
mod present;
mod step;
mod stimulus;
mod value;
mod wire;
mod word;

pub use at::{At, Position};
pub use client::{Await, Exit, HangUp, Launch, Otherwise, Reply};
pub use entries::Entries;
pub use expect::{Alternative, Expect, ExpectForms, Failure, Returned, Via};
pub use file::{Actor, FragmentFile, Identity, Need, Needs, Parameter, ParameterForm, Party, ScenarioFile};
pub use step::{
    Call, Cancel, DropConnections, DropKind, Finish, Idle, Parallel, Race, Repeat, Request, Start, Step, StillPending,
    Unordered, Use,
};
pub use stimulus::{
    Answer, AnswerForms, ChannelNotify, ClosedBy, Log, LoggedResponse, Notification, OpenChannel, Stimulus,
};
pub use value::{ArrayForm, HandleForm, Matcher, MatcherForms, StringForm, Value, ValueForms};
pub use wire::{Alter, Bind, BindExpect, BindResults, Context, Cut, Map, Patch, Raw, Tamper, Then, Trailer, Transport};
