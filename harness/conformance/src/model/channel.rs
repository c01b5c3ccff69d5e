//! Channels of bidirectional notifications ([MS-PAN] 3.1.1.1).

use super::Model;
use crate::event::Event;

/// What is known of channels.
#[derive(Debug, Default)]
pub struct Channels {}

/// What is due about a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelDue {}

/// Lets an event take effect on channels; runs after the rest of the model has taken it in.
pub(super) fn apply(_model: &mut Model, _event: &Event) {}
