//! Which call of one trace is which of the other.
//!
//! ```text
//! trace ─▶ associations        paired by what their calls look like, else in order of first appearance
//!            └─▶ row           calls about no handle, then those about each handle that calls of a paired row gave out:
//!                  │
//!                  │     association          Create ── Create
//!                  │                            │         └────────────────────┐
//!                  ├─▶ object          Register ─ GetNewChannel ─ … ─ Delete    object …
//!                  │                                  │      └───────────┐
//!                  └─▶ channel          GetNotificationSendResponse … ─ CloseChannel   channel …
//! ```
//!
//! The specification orders calls about one object or channel; calls about different ones may interleave as connections and threads
//! have it, and blocked calls may come back whenever. So only within a row are calls aligned by their order, by the pairs that have
//! most in common (a table of n × m scores, after what both begin and end with). How a call ends counts for less than what it asks, so
//! that another answer to the same question is found as a difference and not as two calls. Handles are paired in the order in which
//! rows give them out, however many calls that takes: so one answer with two channels is paired with two answers.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use super::likeness::{ALIKE, Likeness, common, profile};
use super::sequence::aligned;
use super::transcript::{TooMuch, Transcript};
use super::value::HandleId;
use crate::event::AssociationId;

/// A call of the one side and one of the other, or one that has no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Its number among the calls of the left side.
    pub left: Option<usize>,
    /// Its number among those of the right side.
    pub right: Option<usize>,
    /// Whether the two stand at different places among the calls about the same thing.
    pub(super) moved: bool,
}

/// Which is which.
#[derive(Debug, Default)]
pub(super) struct Alignment {
    pub(super) pairs: Vec<Pair>,
    pub(super) handles: Vec<(HandleId, HandleId)>,
    pub(super) associations: Vec<(Option<AssociationId>, Option<AssociationId>)>,
}

/// Pairs of associations that are looked at; where there are more, they are paired in order of appearance.
const MOST_PAIRS: usize = 1 << 20;

/// What counts most when handles are compared.
const MOST_COMMON: u32 = 1_000;

/// The score of handles that paired calls gave out, and that are used alike.
const SAME_HANDLE: u32 = 1 << 16;

/// Calls that have this much in common are the same, wherever they stand: the operation and what is asked.
const SAME_QUESTION: u32 = 8;

/// Finds out.
///
/// # Errors
/// When it takes too much memory.
pub(super) fn align(left: &Transcript, right: &Transcript) -> Result<Alignment, TooMuch> {
    let (left, right) = (Side::of(left), Side::of(right));
    let mut alignment = Alignment { associations: associations(&left, &right), ..Alignment::default() };
    for (one, other) in alignment.associations.clone() {
        match (one, other) {
            (Some(one), Some(other)) => alignment.association((&left, one), (&right, other))?,
            (Some(one), None) => {
                let calls = left.calls_of(one);
                alignment.pairs.extend(calls.map(|call| Pair { left: Some(call), right: None, moved: false }));
            }
            (None, Some(other)) => {
                let calls = right.calls_of(other);
                alignment.pairs.extend(calls.map(|call| Pair { left: None, right: Some(call), moved: false }));
            }
            (None, None) => {}
        }
    }
    alignment.put_in_order();
    Ok(alignment)
}

/// Calls about the same handle, or about none.
type Row = (AssociationId, Option<HandleId>);

struct Side<'a> {
    transcript: &'a Transcript,
    likenesses: Vec<Likeness>,
    calls: BTreeMap<Row, Vec<usize>>,
    /// The handles that calls of a row gave out; those that nobody did are of their association.
    handles: BTreeMap<Row, Vec<HandleId>>,
}

impl<'a> Side<'a> {
    fn of(transcript: &'a Transcript) -> Self {
        let mut side = Self {
            transcript,
            likenesses: transcript.calls.iter().map(Likeness::of).collect(),
            calls: BTreeMap::new(),
            handles: BTreeMap::new(),
        };
        for number in 0..transcript.calls.len() {
            side.calls.entry(side.row(number)).or_default().push(number);
        }
        for (number, handle) in transcript.handles.iter().enumerate() {
            let row = handle.born.map_or((handle.association, None), |call| side.row(call));
            side.handles.entry(row).or_default().push(HandleId(number));
        }
        side
    }

    /// The row of a call. A handle of another association makes none in this one.
    fn row(&self, call: usize) -> Row {
        let Some(call) = self.transcript.calls.get(call) else { return (AssociationId(0), None) };
        let own = |handle: &HandleId| {
            self.transcript.handles.get(handle.0).is_some_and(|handle| handle.association == call.association)
        };
        (call.association, call.about.filter(own))
    }

    fn calls_of(&self, association: AssociationId) -> impl Iterator<Item = usize> {
        self.transcript.associations.get(&association).into_iter().flat_map(|found| found.calls.iter().copied())
    }

    fn likeness(&self, call: usize) -> Option<Likeness> {
        self.likenesses.get(call).copied()
    }

    fn profile(&self, calls: impl Iterator<Item = usize>) -> Vec<u64> {
        profile(calls.filter_map(|call| self.likeness(call)))
    }

    fn operations(&self, association: AssociationId) -> Vec<u64> {
        let of = |likeness: Likeness| {
            let (interface, opnum) = likeness.operation;
            interface.map_or(0, |interface| interface as u64 + 1) << 16 | u64::from(opnum)
        };
        let mut operations: Vec<u64> =
            self.calls_of(association).filter_map(|call| self.likeness(call)).map(of).collect();
        operations.sort_unstable();
        operations
    }

    fn row_calls(&self, row: &Row) -> &[usize] {
        self.calls.get(row).map_or(&[], Vec::as_slice)
    }

    fn row_handles(&self, row: &Row) -> &[HandleId] {
        self.handles.get(row).map_or(&[], Vec::as_slice)
    }
}

/// Pairs associations: the most alike first, and in order of first appearance where several are.
fn associations(left: &Side<'_>, right: &Side<'_>) -> Vec<(Option<AssociationId>, Option<AssociationId>)> {
    let of = |side: &Side<'_>| -> Vec<_> {
        let known = side.transcript.associations.iter();
        known
            .map(|(id, known)| (*id, side.profile(side.calls_of(*id)), side.operations(*id), known.actor.clone()))
            .collect()
    };
    let (ours, theirs) = (of(left), of(right));
    let mut scores: Vec<(u32, usize, usize)> = Vec::new();
    if ours.len().saturating_mul(theirs.len()) <= MOST_PAIRS {
        for (row, (_, profile, operations, actor)) in ours.iter().enumerate() {
            for (column, (_, other_profile, other_operations, other_actor)) in theirs.iter().enumerate() {
                let same = common(operations, other_operations);
                let is_empty = operations.is_empty() && other_operations.is_empty();
                if same == 0 && !is_empty {
                    continue;
                }
                let is_named_alike = actor.is_some() && actor == other_actor;
                let score = common(profile, other_profile).saturating_mul(8).saturating_add(same.saturating_mul(2));
                let score = score
                    .saturating_add(u32::from(is_named_alike))
                    .saturating_add(u32::from(operations == other_operations));
                scores.push((score, row, column));
            }
        }
    } else {
        scores.extend((0..ours.len().min(theirs.len())).map(|place| (0, place, place)));
    }
    scores.sort_by_key(|(score, row, column)| (u32::MAX - score, *row, *column));
    let (mut rows, mut columns) = (BTreeMap::new(), BTreeSet::new());
    for (_, row, column) in scores {
        if !rows.contains_key(&row) && columns.insert(column) {
            rows.insert(row, column);
        }
    }
    let id = |known: Option<&(AssociationId, _, _, _)>| known.map(|(id, _, _, _)| *id);
    let mut pairs: Vec<_> = ours
        .iter()
        .enumerate()
        .map(|(row, (own, _, _, _))| (Some(*own), rows.get(&row).and_then(|column| id(theirs.get(*column)))))
        .collect();
    pairs.extend(
        theirs
            .iter()
            .enumerate()
            .filter(|(column, _)| !columns.contains(column))
            .map(|(_, other)| (None, Some(other.0))),
    );
    pairs
}

impl Alignment {
    /// Aligns the calls of two associations, row by row.
    fn association(
        &mut self,
        (left, one): (&Side<'_>, AssociationId),
        (right, other): (&Side<'_>, AssociationId),
    ) -> Result<(), TooMuch> {
        let mut open: VecDeque<(Row, Row)> = VecDeque::from([((one, None), (other, None))]);
        let mut rows_seen = (BTreeSet::new(), BTreeSet::new());
        while let Some((one, other)) = open.pop_front() {
            rows_seen.0.insert(one);
            rows_seen.1.insert(other);
            let births = self.row((left, &one), (right, &other))?;
            for (ours, theirs) in Self::handles((left, &one), (right, &other), &births)? {
                self.handles.push((ours, theirs));
                open.push_back(((one.0, Some(ours)), (other.0, Some(theirs))));
            }
        }
        // Calls about what has no other side.
        for call in left.calls_of(one).filter(|call| !rows_seen.0.contains(&left.row(*call))) {
            self.pairs.push(Pair { left: Some(call), right: None, moved: false });
        }
        for call in right.calls_of(other).filter(|call| !rows_seen.1.contains(&right.row(*call))) {
            self.pairs.push(Pair { left: None, right: Some(call), moved: false });
        }
        Ok(())
    }

    /// Aligns the calls of two rows; gives which are paired.
    fn row(
        &mut self,
        (left, one): (&Side<'_>, &Row),
        (right, other): (&Side<'_>, &Row),
    ) -> Result<BTreeMap<usize, usize>, TooMuch> {
        let (ours, theirs) = (left.row_calls(one), right.row_calls(other));
        let score = |row: usize, column: usize| {
            let one = ours.get(row).and_then(|call| left.likeness(*call));
            let other = theirs.get(column).and_then(|call| right.likeness(*call));
            one.zip(other).map_or(0, |(one, other)| one.score(&other))
        };
        let mut paired = BTreeMap::new();
        for found in aligned((ours.len(), theirs.len()), &score, ALIKE - 2, SAME_QUESTION)? {
            let call = |calls: &[usize], at: Option<usize>| at.and_then(|at| calls.get(at).copied());
            let pair = Pair { left: call(ours, found.left), right: call(theirs, found.right), moved: found.moved };
            paired.extend(pair.left.zip(pair.right));
            self.pairs.push(pair);
        }
        Ok(paired)
    }

    /// Pairs the handles that two rows gave out.
    fn handles(
        (left, one): (&Side<'_>, &Row),
        (right, other): (&Side<'_>, &Row),
        births: &BTreeMap<usize, usize>,
    ) -> Result<Vec<(HandleId, HandleId)>, TooMuch> {
        let (ours, theirs) = (left.row_handles(one), right.row_handles(other));
        let profiles = |side: &Side<'_>, association, handles: &[HandleId]| -> Vec<Vec<u64>> {
            let of = |handle: &HandleId| side.profile(side.row_calls(&(association, Some(*handle))).iter().copied());
            handles.iter().map(of).collect()
        };
        let (left_profiles, right_profiles) = (profiles(left, one.0, ours), profiles(right, other.0, theirs));
        let score = |row: usize, column: usize| {
            let of = |side: &Side<'_>, handle: Option<&HandleId>| {
                handle
                    .and_then(|handle| side.transcript.handles.get(handle.0))
                    .map(|handle| (handle.is_channel, handle.born))
            };
            let (Some(one), Some(other)) = (of(left, ours.get(row)), of(right, theirs.get(column))) else { return 0 };
            if one.0 != other.0 || one.1.is_some() != other.1.is_some() {
                return 0;
            }
            let is_of_pair = one.1.zip(other.1).is_some_and(|(one, other)| births.get(&one) == Some(&other));
            let alike = left_profiles.get(row).zip(right_profiles.get(column));
            if is_of_pair && alike.is_some_and(|(one, other)| one == other) {
                return SAME_HANDLE;
            }
            let alike = alike.map_or(0, |(one, other)| common(one, other)).min(MOST_COMMON);
            1 + u32::from(is_of_pair) * 4 + alike * 2
        };
        let found = aligned((ours.len(), theirs.len()), &score, SAME_HANDLE, 1)?;
        let pair = |left: Option<usize>, right: Option<usize>| Some((*ours.get(left?)?, *theirs.get(right?)?));
        Ok(found.into_iter().filter_map(|one| pair(one.left, one.right)).collect())
    }

    /// In the order of the left side; what only the right one has stands behind what it follows there.
    fn put_in_order(&mut self) {
        let paired: BTreeMap<usize, usize> = self.pairs.iter().filter_map(|pair| pair.right.zip(pair.left)).collect();
        let place = |pair: &Pair| match (pair.left, pair.right) {
            (Some(left), _) => (left + 1, 0, 0),
            (None, Some(right)) => (paired.range(..right).next_back().map_or(0, |(_, left)| left + 1), 1, right),
            (None, None) => (0, 0, 0),
        };
        self.pairs.sort_by_key(place);
    }
}
