//! Where the witness stood.

/// Where the witness stood, and so which order of messages it can know.
///
/// Messages on one connection and in one direction have an order for everybody. That a message on one connection was
/// sent after one on another had arrived, only the party that did both can know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Vantage {
    /// At the client: what it sent, it sent after everything that had been received before.
    Client,
    /// At the server.
    Server,
    /// Somewhere between: a capture of unknown origin.
    #[default]
    Unknown,
}
