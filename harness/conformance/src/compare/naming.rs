//! Names that stand for the same thing on both sides, given in order of first appearance.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use mspan::document::{Outline, OutlineLine};
use mspan::{Hresult, NotificationType};

use super::alignment::Alignment;
use super::transcript::{Call, End, Transcript};
use super::value::{HandleId, Parameter, Piece, Value, is_size, normal, normal_type, pieces};

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The first.
    Left,
    /// The second.
    Right,
}

impl Side {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}

/// Octets of which more than this many are shown by their number alone.
const MOST_SHOWN: usize = 64;

/// Lines of a document that are shown.
const MOST_LINES: usize = 400;

/// Which names stand for the same thing.
#[derive(Debug, Default)]
pub(super) struct Naming {
    handles: BTreeMap<HandleId, HandleId>,
    left_handles: BTreeMap<HandleId, String>,
    right_handles: BTreeMap<HandleId, String>,
    /// What looks made up: of the left side to that of the right, and back; each with its number.
    forward: BTreeMap<String, (String, usize)>,
    back: BTreeMap<String, (String, usize)>,
}

impl Naming {
    pub(super) fn new(left: &Transcript, right: &Transcript, alignment: &Alignment) -> Self {
        let mut naming = Self { handles: alignment.handles.iter().copied().collect(), ..Self::default() };
        let mut counts = [0_usize; 2];
        let noun = |transcript: &Transcript, handle: HandleId| {
            let is_channel = transcript.handles.get(handle.0).is_some_and(|handle| handle.is_channel);
            if is_channel { ("channel", 1_usize) } else { ("object", 0) }
        };
        for number in 0..left.handles.len() {
            let ours = HandleId(number);
            if let Some(theirs) = naming.handles.get(&ours).copied() {
                let (noun, kind) = noun(left, ours);
                let name = counted(noun, kind, &mut counts, "");
                naming.left_handles.insert(ours, name.clone());
                naming.right_handles.insert(theirs, name);
            }
        }
        for number in 0..left.handles.len() {
            let (noun, kind) = noun(left, HandleId(number));
            let name = || counted(noun, kind, &mut counts, " of the left side");
            naming.left_handles.entry(HandleId(number)).or_insert_with(name);
        }
        for number in 0..right.handles.len() {
            let (noun, kind) = noun(right, HandleId(number));
            let name = || counted(noun, kind, &mut counts, " of the right side");
            naming.right_handles.entry(HandleId(number)).or_insert_with(name);
        }
        naming
    }

    /// Whether two handles are the same thing.
    pub(super) fn same_handle(&self, left: HandleId, right: HandleId) -> bool {
        self.handles.get(&left) == Some(&right)
    }

    /// Whether two words may be the same thing; from then on they are.
    fn same_word(&mut self, left: &str, right: &str) -> bool {
        match (self.forward.get(left), self.back.get(right)) {
            (Some((known, _)), _) => known == right,
            (None, Some(_)) => false,
            (None, None) => {
                let number = self.forward.len() + 1;
                self.forward.insert(left.to_string(), (right.to_string(), number));
                self.back.insert(right.to_string(), (left.to_string(), number));
                true
            }
        }
    }

    /// Whether two texts say the same.
    pub(super) fn same_text(&mut self, left: &str, right: &str) -> bool {
        let (ours, theirs) = (pieces(left), pieces(right));
        // All are looked at, so that what is paired does not depend on where a difference stands.
        let is_same = |(one, other): (&Piece<'_>, &Piece<'_>)| match (one, other) {
            (Piece::Plain(one), Piece::Plain(other)) => one == other,
            (Piece::MadeUp(one), Piece::MadeUp(other)) => self.same_word(&normal(one), &normal(other)),
            _ => false,
        };
        ours.len() == theirs.len() && ours.iter().zip(&theirs).map(is_same).filter(|same| !same).count() == 0
    }

    /// Whether two values are the same thing.
    pub(super) fn same(&mut self, left: &Value, right: &Value) -> bool {
        match (left, right) {
            (Value::Handle(left), Value::Handle(right)) => self.same_handle(*left, *right),
            (Value::Handles(left), Value::Handles(right)) => {
                let same = |(left, right): (&Option<HandleId>, &Option<HandleId>)| match (left, right) {
                    (Some(left), Some(right)) => self.same_handle(*left, *right),
                    (left, right) => left.is_none() && right.is_none(),
                };
                left.len() == right.len() && left.iter().zip(right).all(same)
            }
            (Value::Type(left), Value::Type(right)) => match (left.name(), right.name()) {
                (None, None) => self.same_word(&normal_type(*left), &normal_type(*right)),
                _ => left == right,
            },
            (Value::Octets(left), Value::Octets(right)) => match (Outline::read(left), Outline::read(right)) {
                (Some(left), Some(right)) => self.same_document(&left, &right),
                _ => left == right,
            },
            (Value::Text(left), Value::Text(right)) => self.same_text(left, right),
            (left, right) => left == right,
        }
    }

    fn same_document(&mut self, left: &Outline, right: &Outline) -> bool {
        let mut same = left.lines.len() == right.lines.len() && left.is_markup == right.is_markup;
        for (one, other) in left.lines.iter().zip(&right.lines) {
            same &= one.depth == other.depth && self.same_text(&one.text, &other.text);
        }
        same && left.has_byte_order_mark == right.has_byte_order_mark && left.terminators == right.terminators
    }

    /// Whether two documents are the same but for what surrounds them, by the names that are known.
    pub(super) fn looks_the_same(&self, left: &Outline, right: &Outline) -> bool {
        let shown = |side, outline: &Outline| -> Vec<_> {
            outline.lines.iter().map(|line| (line.depth, self.text(side, &line.text))).collect()
        };
        shown(Side::Left, left) == shown(Side::Right, right)
    }

    /// Of two documents, the first lines that differ; of octets, where they begin to.
    pub(super) fn contrast(&self, left: &Value, right: &Value) -> Option<(String, String)> {
        let (Value::Octets(left), Value::Octets(right)) = (left, right) else { return None };
        if let (Some(one), Some(other)) = (Outline::read(left), Outline::read(right)) {
            let shown = |side, line: Option<&OutlineLine>| {
                line.map_or_else(|| "the document ends".into(), |line| self.text(side, &line.text))
            };
            let most = one.lines.len().max(other.lines.len());
            let pairs =
                (0..most).map(|at| (at, shown(Side::Left, one.lines.get(at)), shown(Side::Right, other.lines.get(at))));
            let (at, one, other) = pairs.into_iter().find(|(_, one, other)| one != other)?;
            let place = at + 1;
            return Some((format!("line {place}: {one}"), format!("line {place}: {other}")));
        }
        let at = left.iter().zip(right).take_while(|(one, other)| one == other).count();
        let from = |octets: &[u8]| {
            let rest = octets.get(at..).unwrap_or_default();
            let rest = rest.get(..MOST_SHOWN.min(rest.len())).unwrap_or_default();
            format!("{} octets; from offset {at}: {}", octets.len(), hex(rest))
        };
        Some((from(left), from(right)))
    }

    /// Whether a handle of the left side is one on the right, too.
    pub(super) fn has_left(&self, handle: HandleId) -> bool {
        self.handles.contains_key(&handle)
    }

    /// The same from the right.
    pub(super) fn has_right(&self, handle: HandleId) -> bool {
        self.handles.values().any(|known| *known == handle)
    }

    /// A handle's name.
    pub(super) fn handle(&self, side: Side, handle: HandleId) -> String {
        let names = if side == Side::Left { &self.left_handles } else { &self.right_handles };
        names.get(&handle).cloned().unwrap_or_default()
    }

    /// A text with names in place of what is made up.
    pub(super) fn text(&self, side: Side, text: &str) -> String {
        let words = if side == Side::Left { &self.forward } else { &self.back };
        let shown = |piece| match piece {
            Piece::Plain(plain) => String::from(plain),
            Piece::MadeUp(word) => {
                words.get(&normal(word)).map_or_else(|| word.into(), |(_, number)| format!("id{number}"))
            }
        };
        pieces(text).into_iter().map(shown).collect()
    }

    /// A value in one line.
    pub(super) fn value(&self, side: Side, value: &Value) -> String {
        match value {
            Value::Null => "NULL".into(),
            Value::Handle(handle) => self.handle(side, *handle),
            Value::Handles(handles) => {
                let one = |handle: &Option<HandleId>| {
                    handle.map_or_else(|| "NULL".into(), |handle| self.handle(side, handle))
                };
                format!("[{}]", handles.iter().map(one).collect::<Vec<_>>().join(", "))
            }
            Value::Number(_, Some(word)) => (*word).into(),
            Value::Number(number, None) => number.to_string(),
            Value::Type(notification_type) => self.notification_type(side, *notification_type),
            Value::Octets(octets) if octets.is_empty() => "a pointer to no octets".into(),
            Value::Octets(octets) => match octets.get(..MOST_SHOWN) {
                Some(first) if octets.len() > MOST_SHOWN => format!("{} octets: {} …", octets.len(), hex(first)),
                _ => format!("{} octets: {}", octets.len(), hex(octets)),
            },
            Value::Text(text) => format!("{:?}", self.text(side, text)),
            Value::Status(status) => status.to_string(),
        }
    }

    pub(super) fn notification_type(&self, side: Side, notification_type: NotificationType) -> String {
        match notification_type.name() {
            Some(name) => name.into(),
            None => self.text(side, &notification_type.0.to_string()),
        }
    }

    /// A call in lines.
    pub(super) fn lines(&self, side: Side, call: &Call) -> Vec<String> {
        let mut lines = alloc::vec![match call.about {
            Some(handle) => format!("{} of {}", call.operation(), self.handle(side, handle)),
            None => call.operation(),
        }];
        match &call.input {
            Some(input) => input.iter().for_each(|parameter| self.parameter(side, "in ", parameter, &mut lines)),
            None if call.method.is_some() => lines.push("in  can't be read".into()),
            None => lines.push(format!("in  {} octets", call.stub_length)),
        }
        match &call.end {
            End::Open => lines.push("had not come back when the recording ended".into()),
            End::Lost => lines.push("no answer".into()),
            End::Fault(status) => lines.push(format!("fault {}", Hresult(*status))),
            End::Returned(None) if call.method.is_none() => lines.push("a response".into()),
            End::Returned(None) => lines.push("a response that can't be read".into()),
            End::Returned(Some(output)) => {
                output.iter().for_each(|parameter| self.parameter(side, "out", parameter, &mut lines));
            }
        }
        lines
    }

    fn parameter(&self, side: Side, way: &str, Parameter { name, value }: &Parameter, lines: &mut Vec<String>) {
        if is_size(name) {
            return;
        }
        let Value::Octets(octets) = value else {
            return lines.push(format!("{way} {name} = {}", self.value(side, value)));
        };
        let outline = Outline::read(octets).filter(|_| !octets.is_empty());
        let Some(outline) = outline else {
            return lines.push(format!("{way} {name} = {}", self.value(side, value)));
        };
        let mark = if outline.has_byte_order_mark { ", a byte order mark before it" } else { "" };
        let end = match outline.terminators {
            0 => String::new(),
            count => format!(", {count} U+0000 behind it"),
        };
        let kind = if outline.is_markup { "a document" } else { "text" };
        lines.push(format!("{way} {name} = {kind}{mark}{end}:"));
        for line in outline.lines.iter().take(MOST_LINES) {
            let indent = "  ".repeat(line.depth.min(40) + 1);
            lines.extend(self.text(side, &line.text).lines().map(|text| format!("{way} {indent}{text}")));
        }
        if outline.lines.len() > MOST_LINES {
            lines.push(format!("{way}   … {} lines more", outline.lines.len() - MOST_LINES));
        }
    }
}

fn counted(noun: &str, kind: usize, counts: &mut [usize; 2], whose: &str) -> String {
    let Some(count) = counts.get_mut(kind) else { return noun.into() };
    *count += 1;
    format!("{noun} {count}{whose}")
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ")
}

/// A text without what looks made up.
pub(super) fn blanked(text: &str) -> String {
    let plain = |piece| match piece {
        Piece::Plain(plain) => plain,
        Piece::MadeUp(_) => "\u{0}",
    };
    pieces(text).into_iter().map(plain).collect()
}
