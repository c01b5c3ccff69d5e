//! The kill matrix for people.

use std::fmt::Write as _;

use conformance::Party;

use super::matrix::{Matrix, Row, Verdict, Witness};

/// How many witnesses are shown for what went wrong.
const SHOWN: usize = 5;

impl Matrix {
    /// The matrix in words: a line for each misbehaviour, what went wrong, what nothing guards, and the sums last.
    /// What makes the exit code 1 stands in capitals before the sums.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        out.push_str(
            "what the reference server and client do wrong, and the requirement, rule and scenario that found it:\n",
        );
        let width = self.misbehaviours.iter().map(|row| row.misbehaviour.len()).max().unwrap_or(0);
        for row in &self.misbehaviours {
            let _ =
                writeln!(out, "{}  {:<width$}  {:<14}  {}", row.party, row.misbehaviour, row.verdict.words(), by(row));
            if row.verdict == Verdict::Survived || row.verdict == Verdict::WithinList {
                let first = row.breaks.first().copied().unwrap_or("anything");
                let scripts = row.scripts;
                let _ = writeln!(out, "    has to be found by {first}; {scripts} scenarios' own expectations failed");
            }
            if !row.outside.is_empty() {
                out.push_str("    found too, though not among what it is said to break:\n");
            }
            witnesses(&mut out, &row.outside);
        }
        for accused in &self.accused {
            let _ = writeln!(out, "ACCUSED {} {}, which breaks nothing:", accused.party, accused.name);
            witnesses(&mut out, &accused.of);
        }
        for (party, unguarded) in self.unguarded.iter().filter(|(_, unguarded)| !unguarded.is_empty()) {
            let whose = if *party == Party::Server.name() { "servers and sources" } else { "clients" };
            let _ = writeln!(
                out,
                "requirements of {whose} that no misbehaviour breaks, so that nothing here proves their checks ({}):",
                unguarded.len()
            );
            for line in unguarded.chunks(6) {
                let _ = writeln!(out, "    {}", line.join(" "));
            }
        }
        let _ = writeln!(
            out,
            "misbehaviours: {}; {} found by the requirement that has to find them, {} only by others that they break, \
             {} found to break more than they are said to, {} survived",
            self.misbehaviours.len(),
            self.count(Verdict::FirstRequirement),
            self.count(Verdict::WithinList),
            self.count(Verdict::OutsideList),
            self.count(Verdict::Survived),
        );
        let _ = writeln!(
            out,
            "servers and clients that break nothing (the plain ones and their variants): {}; {} accused\nruns: {} of {} scenarios{}",
            self.innocent,
            self.accused.len(),
            self.runs,
            self.scenarios,
            if self.interrupted { "; interrupted" } else { "" },
        );
        out
    }
}

impl Verdict {
    fn words(self) -> &'static str {
        match self {
            Self::FirstRequirement => "found",
            Self::WithinList => "ONLY BY OTHERS",
            Self::OutsideList => "BREAKS MORE",
            Self::Survived => "SURVIVED",
        }
    }
}

fn by(row: &Row) -> String {
    let first = row.caught.first();
    first.map_or_else(String::new, |witness| {
        if row.breaks.contains(&witness.rule.as_str()) {
            return format!("{} in {}", witness.rule, witness.scenario);
        }
        let id = row.breaks.iter().find(|id| witness.requirements.iter().any(|one| one == *id));
        format!("{} by {} in {}", id.copied().unwrap_or("the layers below"), witness.rule, witness.scenario)
    })
}

fn witnesses(out: &mut String, witnesses: &[Witness]) {
    for witness in witnesses.iter().take(SHOWN) {
        let ids = witness.requirements.join(" ");
        let _ = writeln!(out, "    {ids} {} in {}", witness.rule, witness.scenario);
        let _ = writeln!(out, "        expected {}; actual {}", witness.expected, witness.actual);
    }
    if let Some(more) = witnesses.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let _ = writeln!(out, "    and {more} more");
    }
}
