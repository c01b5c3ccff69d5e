//! A diagram as SVG. Colours are those of the page's style sheet.

use std::fmt::Write as _;

use super::words::{escape, visible};
use crate::diagram::{Diagram, Party, Row, RowKind, time};
use crate::report::{Finding, Origin, Scenario, Severity};

/// Where times end, and the scenario's line numbers.
const TIMES: usize = 66;
const LINES: usize = 96;
/// Where the first lifeline stands.
const FIRST: usize = 168;
/// What is free to the right of the last one.
const RIGHT: usize = 84;
/// Height of the parties' names.
const HEAD: usize = 34;
/// Height of a row, of one that sets a connection up, and of a finding's line.
const ROW: usize = 32;
const SMALL: usize = 26;
const WORDS: usize = 17;
/// Width of a character of labels, in tenths.
const CHARACTER: usize = 66;
/// Distance of bars beside each other.
const LANE: usize = 7;

/// A finding with the index of the row that it shows in.
pub(super) struct Placed<'a> {
    pub(super) row: usize,
    pub(super) finding: &'a Finding,
}

/// Where findings show: at the event that decided, or where the step ended whose expectation did not hold.
/// Those against a party that is not judged accuse nobody here.
pub(super) fn placed<'a>(diagram: &Diagram, of: &'a Scenario) -> Vec<Placed<'a>> {
    let grave = of.findings.iter().filter(|finding| finding.verdict > Severity::Note && of.judges(&finding.party));
    let row = |finding: &Finding| match (finding.event, &finding.origin) {
        (Some(event), _) => diagram.row_of(event),
        (None, Origin::Line { line: Some(line), .. }) => diagram.last_of_line(*line),
        (None, _) => diagram.rows.len().checked_sub(1),
    };
    grave.filter_map(|finding| row(finding).map(|row| Placed { row, finding })).collect()
}

/// The diagram. `title` names it for who can't see it.
pub(super) fn svg(diagram: &Diagram, findings: &[Placed<'_>], title: &str) -> String {
    let plan = Plan::of(diagram, findings);
    let mut out = String::new();
    let (width, height) = (plan.width, plan.height);
    let _ = write!(
        out,
        r#"<svg class="seq" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="group" aria-label=""#
    );
    escape(&visible(title), &mut out);
    out.push_str("\">");
    plan.lifelines(diagram, &mut out);
    plan.bars(diagram, &mut out);
    for (index, row) in diagram.rows.iter().enumerate() {
        plan.row(diagram, index, row, findings, &mut out);
    }
    out.push_str("</svg>");
    out
}

/// Where everything stands.
struct Plan {
    width: usize,
    height: usize,
    gap: usize,
    /// Top of each row, and of what would come after the last one.
    tops: Vec<usize>,
}

impl Plan {
    fn of(diagram: &Diagram, findings: &[Placed<'_>]) -> Self {
        let gap = match diagram.lifelines.len() {
            0..=2 => 420,
            3 => 330,
            _ => 250,
        };
        let mut tops = vec![HEAD + 6];
        let mut top = HEAD + 6;
        for (index, row) in diagram.rows.iter().enumerate() {
            let small = matches!(row.kind, RowKind::Setup | RowKind::Note | RowKind::Cut);
            let accused = findings.iter().filter(|placed| placed.row == index).count();
            top += if small { SMALL } else { ROW } + accused * 2 * WORDS;
            tops.push(top);
        }
        let width = FIRST + gap * diagram.lifelines.len().saturating_sub(1) + RIGHT;
        Self { width, height: top + 14, gap, tops }
    }

    fn x(&self, lifeline: usize) -> usize {
        FIRST + lifeline * self.gap
    }

    fn top(&self, row: usize) -> usize {
        self.tops.get(row).copied().unwrap_or(self.height)
    }

    /// Where the arrow of a row lies.
    fn line(&self, row: usize, kind: RowKind) -> usize {
        self.top(row) + if matches!(kind, RowKind::Setup | RowKind::Note | RowKind::Cut) { 18 } else { 22 }
    }

    fn lifelines(&self, diagram: &Diagram, out: &mut String) {
        for (at, lifeline) in diagram.lifelines.iter().enumerate() {
            let (x, half, end) = (self.x(at), 66, self.height - 4);
            let kind = match lifeline.kind {
                Party::Client => "client",
                Party::Mapper => "mapper",
                Party::Server => "server",
                Party::Source => "source",
            };
            let _ = write!(
                out,
                r#"<g class="life {kind}"><path d="M{x} {HEAD}V{end}"/><rect x="{}" y="4" width="{}" height="24" rx="3"/><text x="{x}" y="20">"#,
                x - half,
                2 * half
            );
            escape(&visible(&cut(&lifeline.name, 2 * half)), out);
            out.push_str("</text></g>");
        }
    }

    fn bars(&self, diagram: &Diagram, out: &mut String) {
        for bar in &diagram.bars {
            let kind = |row: usize| diagram.rows.get(row).map_or(RowKind::Note, |row| row.kind);
            let (top, open) = (self.line(bar.first, kind(bar.first)), if bar.last.is_none() { " open" } else { "" });
            let bottom = bar.last.map_or(self.height - 8, |last| self.line(last, kind(last)));
            let (x, height) = (self.x(bar.lifeline) + bar.lane * LANE, bottom.saturating_sub(top));
            let _ = write!(out, r#"<rect class="bar{open}" x="{}" y="{top}" width="6" height="{height}"/>"#, x - 3);
        }
    }

    fn row(&self, diagram: &Diagram, index: usize, row: &Row, findings: &[Placed<'_>], out: &mut String) {
        let own: Vec<&Finding> =
            findings.iter().filter(|placed| placed.row == index).map(|placed| placed.finding).collect();
        let worst = own.iter().map(|finding| finding.verdict).max();
        let mark = match worst {
            Some(Severity::Fail) => " bad",
            Some(_) => " doubtful",
            None => "",
        };
        let (top, next) = (self.top(index), self.top(index + 1));
        let y = self.line(index, row.kind);
        let _ = write!(out, r#"<g class="row {}{mark}" data-i="{index}"><title>"#, row.kind.name());
        escape(&visible(&sentence(diagram, row, &own)), out);
        let _ = write!(out, r#"</title><rect x="0" y="{top}" width="{}" height="{}"/>"#, self.width, next - top);
        let before = index.checked_sub(1).and_then(|before| diagram.rows.get(before));
        if before.is_none_or(|before| before.time != row.time) && row.kind != RowKind::Cut {
            let _ = write!(out, r#"<text class="t" x="{TIMES}" y="{}">{}</text>"#, y + 4, time(row.time.0.into()));
        }
        if let Some(line) = row.line.filter(|line| before.is_none_or(|before| before.line != Some(*line))) {
            let _ = write!(out, r#"<text class="t" x="{LINES}" y="{}">:{line}</text>"#, y + 4);
        }
        self.arrow(diagram, row, y, out);
        for (at, finding) in own.iter().enumerate() {
            self.finding(finding, y + WORDS + 2 * at * WORDS, out);
        }
        out.push_str("</g>");
    }

    fn arrow(&self, diagram: &Diagram, row: &Row, y: usize, out: &mut String) {
        let (from, to) = (self.x(row.from), self.x(row.to));
        if row.kind == RowKind::Cut {
            let _ = write!(out, r#"<path d="M{} {y}H{}"/>"#, FIRST / 2 + 20, self.width - 8);
            label(&row.label, (self.width + FIRST) / 2, y - 5, "l", self.width - FIRST, out);
            return;
        }
        if from == to {
            let is_last = row.to + 1 >= diagram.lifelines.len() && row.to > 0;
            let _ = write!(out, r#"<circle cx="{from}" cy="{y}" r="3"/>"#);
            let (x, class) = if is_last { (from - 10, "e") } else { (from + 10, "s") };
            label(&row.label, x, y + 4, class, self.gap, out);
            return;
        }
        // From the edge of the lifeline's bar to the tip.
        let (tip, head) = if to > from { (to - 2, "-7") } else { (to + 2, "7") };
        let back = if to > from { "7" } else { "-7" };
        let _ = write!(
            out,
            r#"<path d="M{from} {y}H{tip}"/><path class="head" d="M{tip} {y}l{head} -4m{back} 4l{head} 4"/>"#
        );
        let distance = from.abs_diff(to);
        label(&row.label, usize::midpoint(from, to), y - 5, "l", distance - 14, out);
        if row.kind == RowKind::Lost {
            let _ =
                write!(out, r#"<path class="head" d="M{} {}l8 8m0 -8l-8 8"/>"#, usize::midpoint(from, to) - 4, y - 4);
        }
    }

    /// What was expected and what came, beneath the arrow that it is about.
    fn finding(&self, finding: &Finding, y: usize, out: &mut String) {
        let x = LINES + 10;
        let room = self.width - x - 8;
        let about = finding.requirements.first().map_or_else(|| finding.rule.as_str(), String::as_str);
        let sign = if finding.verdict == Severity::Fail { '✗' } else { '!' };
        let first = match finding.expected.is_empty() {
            true => format!("{sign} {about}"),
            false => format!("{sign} {about}: expected {}", finding.expected),
        };
        label(&first, x, y, "f", room, out);
        label(&format!("found {}", finding.actual), x + 14, y + WORDS - 3, "f", room - 14, out);
    }
}

fn label(words: &str, x: usize, y: usize, class: &str, room: usize, out: &mut String) {
    let _ = write!(out, r#"<text class="{class}" x="{x}" y="{y}">"#);
    escape(&cut(&visible(words), room), out);
    out.push_str("</text>");
}

/// As much of a line as there is room for.
fn cut(words: &str, room: usize) -> String {
    let most = (room * 10 / CHARACTER).max(4);
    let line: String = words.chars().map(|c| if c == '\n' { ' ' } else { c }).take(most + 1).collect();
    match line.char_indices().nth(most.saturating_sub(1)) {
        Some((end, _)) if line.chars().count() > most => format!("{}…", line.get(..end).unwrap_or_default()),
        _ => line,
    }
}

/// A row as a sentence.
pub(super) fn sentence(diagram: &Diagram, row: &Row, findings: &[&Finding]) -> String {
    let name = |at: usize| diagram.lifelines.get(at).map_or("", |line| line.name.as_str());
    let who = match row.kind {
        RowKind::Cut => String::new(),
        _ if row.from == row.to => format!("{}: ", name(row.from)),
        _ => format!("{} to {}: ", name(row.from), name(row.to)),
    };
    let mut words = format!("{who}{}", row.label);
    for finding in findings {
        let _ = write!(words, ". {}: expected {}, found {}", finding.verdict, finding.expected, finding.actual);
    }
    words
}
