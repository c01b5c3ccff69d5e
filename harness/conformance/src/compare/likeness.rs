//! What two calls have in common before it is known which names stand for the same thing.

use alloc::vec::Vec;

use mspan::{Interface, NotificationType};

use super::transcript::{Call, End};
use super::value::{Parameter, Piece, Value, is_size, pieces};

/// What a call looks like when everything that may be named otherwise is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Likeness {
    pub(super) operation: (Option<Interface>, u16),
    input: u64,
    output: u64,
    end: u8,
    line: Option<u32>,
}

/// The score of two calls that are alike in all.
pub(super) const ALIKE: u32 = 14;

impl Likeness {
    pub(super) fn of(call: &Call) -> Self {
        let mut input = Digest::default();
        match &call.input {
            Some(parameters) => input.parameters(parameters),
            None => input.number(call.stub_length as u64),
        }
        let mut output = Digest::default();
        let end = match &call.end {
            End::Open => 0,
            End::Lost => 1,
            End::Fault(status) => {
                output.number(u64::from(*status));
                2
            }
            End::Returned(None) => 3,
            End::Returned(Some(parameters)) => {
                output.parameters(parameters);
                4
            }
        };
        let (operation, line) = ((call.interface, call.opnum), call.line);
        Self { operation, input: input.0, output: output.0, end, line }
    }

    /// How much two calls have in common; 0 when they can't be the same.
    pub(super) fn score(&self, other: &Self) -> u32 {
        if self.operation != other.operation {
            return 0;
        }
        let given = |same: bool, points: u32| if same { points } else { 0 };
        4 + given(self.input == other.input, 4)
            + given(self.end == other.end && self.output == other.output, 3)
            + given(self.end == other.end, 1)
            + given(self.line == other.line, 2)
    }

    /// A number for the whole of it, but for the line of the scenario.
    pub(super) fn digest(&self) -> u64 {
        let mut digest = Digest::default();
        digest.number(self.operation.0.map_or(0, |interface| interface as u64 + 1));
        for part in [u64::from(self.operation.1), self.input, self.output, u64::from(self.end)] {
            digest.number(part);
        }
        digest.0
    }
}

/// FNV-1a: who forges collisions only misaligns calls of their own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digest(pub(super) u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Digest {
    fn octets(&mut self, octets: &[u8]) {
        for octet in octets {
            self.0 = (self.0 ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }

    pub(super) fn number(&mut self, number: u64) {
        self.octets(&number.to_le_bytes());
    }

    fn parameters(&mut self, parameters: &[Parameter]) {
        for Parameter { name, value } in parameters.iter().filter(|parameter| !is_size(parameter.name)) {
            self.octets(name.as_bytes());
            self.value(value);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.number(0),
            Value::Handle(_) => self.number(1),
            // How many channels come at once is the server's choice.
            Value::Handles(_) => self.number(2),
            Value::Number(number, _) => self.number(u64::from(*number)),
            Value::Type(notification_type) => match notification_type.name() {
                Some(_) if *notification_type == NotificationType::PRINTER_CONFIGURATION_SDK => {
                    self.octets(NotificationType::PRINTER_CONFIGURATION.0.as_bytes());
                }
                Some(_) => self.octets(notification_type.0.as_bytes()),
                None => self.number(3),
            },
            Value::Octets(octets) => self.document(octets),
            Value::Text(text) => self.text(text),
            Value::Status(status) => self.number(u64::from(status.0)),
        }
    }

    fn document(&mut self, octets: &[u8]) {
        match mspan::document::Outline::read(octets) {
            Some(outline) => outline.lines.iter().for_each(|line| {
                self.number(line.depth as u64);
                self.text(&line.text);
            }),
            None => self.octets(octets),
        }
    }

    fn text(&mut self, text: &str) {
        for piece in pieces(text) {
            match piece {
                Piece::Plain(plain) => self.octets(plain.as_bytes()),
                Piece::MadeUp(_) => self.number(4),
            }
        }
    }
}

/// A sorted list of digests.
pub(super) fn profile(likenesses: impl Iterator<Item = Likeness>) -> Vec<u64> {
    let mut profile: Vec<u64> = likenesses.map(|likeness| likeness.digest()).collect();
    profile.sort_unstable();
    profile
}

/// How many elements two sorted lists have in common.
pub(super) fn common(left: &[u64], right: &[u64]) -> u32 {
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    let mut count = 0_u32;
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        match one.cmp(other) {
            core::cmp::Ordering::Less => drop(left.next()),
            core::cmp::Ordering::Greater => drop(right.next()),
            core::cmp::Ordering::Equal => {
                count = count.saturating_add(1);
                left.next();
                right.next();
            }
        }
    }
    count
}
