//! Two sequences side by side: the pairs, in order, that have most in common.

use alloc::vec;
use alloc::vec::Vec;

use super::transcript::TooMuch;

/// Cells of the table that two sequences may take: 64 MiB.
const MOST_CELLS: usize = 16 << 20;

/// A pair of elements, or one that has no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) left: Option<usize>,
    pub(super) right: Option<usize>,
    /// Whether the two stand at different places among the others.
    pub(super) moved: bool,
}

/// Aligns elements 0 to `lengths`; 0 of `score` is for those that can't be the same. Elements that `alike` says have all in common are
/// taken together where both sequences begin or end with them. Those that are left over are paired wherever they stand, when their
/// score is `least` or more.
///
/// # Errors
/// When the table would take too much memory.
pub(super) fn aligned(
    lengths: (usize, usize),
    score: &dyn Fn(usize, usize) -> u32,
    alike: u32,
    least: u32,
) -> Result<Vec<Match>, TooMuch> {
    let (left, right) = lengths;
    let shorter = left.min(right);
    let before = (0..shorter).take_while(|at| score(*at, *at) >= alike).count();
    let rest = shorter - before;
    let after = (1..=rest).take_while(|back| score(left - back, right - back) >= alike).count();
    let (rows, columns) = (left - before - after, right - before - after);
    let table = Table::fill(rows, columns, &|row, column| score(row + before, column + before))?;
    let both = |left, right| Match { left: Some(left), right: Some(right), moved: false };
    let mut matches: Vec<Match> = (0..before).map(|at| both(at, at)).collect();
    for (one, other) in table.path(&|row, column| score(row + before, column + before)) {
        let (left, right) = (one.map(|row| row + before), other.map(|column| column + before));
        matches.push(Match { left, right, moved: false });
    }
    matches.extend((1..=after).rev().map(|back| both(left - back, right - back)));
    Ok(reunited(matches, score, least))
}

/// Pairs what is left over.
fn reunited(mut matches: Vec<Match>, score: &dyn Fn(usize, usize) -> u32, least: u32) -> Vec<Match> {
    let mut free: Vec<usize> = matches.iter().filter(|one| one.left.is_none()).filter_map(|one| one.right).collect();
    let mut taken = Vec::new();
    for one in matches.iter_mut().filter(|one| one.right.is_none()) {
        let Some(left) = one.left else { continue };
        let best = free
            .iter()
            .enumerate()
            .map(|(place, right)| (score(left, *right), place))
            .rev()
            .max_by_key(|(score, _)| *score);
        if let Some((_, place)) = best.filter(|(score, _)| *score >= least) {
            let right = free.remove(place);
            (one.right, one.moved) = (Some(right), true);
            taken.push(right);
        }
    }
    matches.retain(|one| one.left.is_some() || one.right.is_none_or(|right| !taken.contains(&right)));
    matches
}

/// The best score of each two beginnings.
struct Table {
    columns: usize,
    rows: usize,
    cells: Vec<u32>,
}

impl Table {
    fn fill(rows: usize, columns: usize, score: &dyn Fn(usize, usize) -> u32) -> Result<Self, TooMuch> {
        let cells = rows.saturating_add(1).saturating_mul(columns.saturating_add(1));
        if cells > MOST_CELLS {
            return Err(TooMuch::Unlike { left: rows, right: columns });
        }
        let mut table = Self { columns, rows, cells: vec![0; cells] };
        for row in 0..rows {
            for column in 0..columns {
                let best = table.at(row, column + 1).max(table.at(row + 1, column));
                let paired = match score(row, column) {
                    0 => 0,
                    score => table.at(row, column).saturating_add(score),
                };
                table.set(row + 1, column + 1, best.max(paired));
            }
        }
        Ok(table)
    }

    fn at(&self, row: usize, column: usize) -> u32 {
        self.cells.get(row * (self.columns + 1) + column).copied().unwrap_or(0)
    }

    fn set(&mut self, row: usize, column: usize, value: u32) {
        if let Some(cell) = self.cells.get_mut(row * (self.columns + 1) + column) {
            *cell = value;
        }
    }

    /// The way back through the table.
    fn path(&self, score: &dyn Fn(usize, usize) -> u32) -> Vec<(Option<usize>, Option<usize>)> {
        let (mut row, mut column) = (self.rows, self.columns);
        let mut path = Vec::new();
        while row > 0 || column > 0 {
            let here = self.at(row, column);
            if row > 0 && column > 0 {
                let paired = score(row - 1, column - 1);
                if paired > 0 && here == self.at(row - 1, column - 1).saturating_add(paired) {
                    (row, column) = (row - 1, column - 1);
                    path.push((Some(row), Some(column)));
                    continue;
                }
            }
            if column > 0 && (row == 0 || here == self.at(row, column - 1)) {
                column -= 1;
                path.push((None, Some(column)));
            } else {
                row -= 1;
                path.push((Some(row), None));
            }
        }
        path.reverse();
        path
    }
}
