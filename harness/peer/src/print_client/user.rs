//! Who sits before a client: an automatic user, and the printer drivers that are installed.

use std::time::Duration;

use bytes::Bytes;
use mspan::async_ui::Button;

/// An automatic user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// How long it takes to choose, and an entry point to return.
    pub delay: Duration,
    /// Which button of a message box is pressed.
    pub button: Press,
    /// What calls of entry points come to.
    pub drivers: Drivers,
    /// What is done with notifications on channels whose type the client does not know itself.
    pub answer: Answer,
}

impl Default for User {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            button: Press::First,
            drivers: Drivers::default(),
            answer: Answer::Respond(Bytes::from_static(b"o\0k\0")),
        }
    }
}

/// Which button of a message box is pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    /// The first one.
    First,
    /// The last one.
    Last,
    /// The one with that number as buttonID; the first one when there is none.
    Id(i64),
}

impl Press {
    /// The button that is pressed.
    #[must_use]
    pub fn choose<'b>(&self, buttons: &'b [Button]) -> Option<&'b Button> {
        match self {
            Self::First => buttons.first(),
            Self::Last => buttons.last(),
            Self::Id(id) => {
                let id = id.to_string();
                buttons.iter().find(|button| button.value == id).or_else(|| buttons.first())
            }
        }
    }
}

/// The printer drivers that are installed: stand-ins whose calls are recorded, not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drivers {
    /// Files that are not there: entry points in them can't be called.
    pub absent: Vec<String>,
    /// What all other entry points return; none when no other file is there.
    pub returns: Option<String>,
}

impl Drivers {
    /// What a call of an entry point in that file returns; none when it can't be called.
    #[must_use]
    pub fn call(&self, dll: &str) -> Option<&str> {
        let absent = self.absent.iter().any(|absent| absent.eq_ignore_ascii_case(dll));
        self.returns.as_deref().filter(|_| !absent && !dll.is_empty())
    }
}

impl Default for Drivers {
    fn default() -> Self {
        Self { absent: vec!["nosuch.dll".to_owned()], returns: Some("done".to_owned()) }
    }
}

/// What is done with a notification on a channel whose type the client does not know itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A response, with which the last notification that is wanted is closed.
    Respond(Bytes),
    /// A final response.
    Close(Bytes),
    /// The channel is closed without a response.
    Release,
}
