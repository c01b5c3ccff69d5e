//! `check`: recorded traffic judged by the same rules.

mod capture;
mod expectation;
pub(crate) mod means;
mod pipe;
mod tally;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use conformance::{Config, PacketLevel, Party, Report, Source};
use trace::{Entry, Vantage};

use capture::{Manner, Seen};
use expectation::Expectation;
use means::Means;
use tally::Tally;

use crate::arguments::{Check, ReportFormat, Tested};
use crate::baseline::{Baseline, Comparison, Scope};
use crate::diagram::Diagram;
use crate::judge::{Judge, Ledger, Ran, Stop, Subject};
use crate::merge::digest;
use crate::report::run_pcapng::{self, Recording};
use crate::report::trace_jsonl::{self, Header};
use crate::report::{
    Coverage, Finding, Gallery, Origin, Outcome, Part, Results, Scenario, Spec, Summary, Target, Tool, Variant,
    Witnessed,
};
use crate::run::pool;

/// The name of recorded traffic in a report's folders.
const TRACE: &str = "trace.jsonl";

/// How the names of captures end.
const CAPTURES: [&str; 3] = ["pcap", "pcapng", "cap"];

/// Deepest folder that is looked into.
const DEEPEST: usize = 16;

/// What came of `check`.
#[derive(Debug)]
pub struct Checked {
    /// The results.
    pub results: Results,
    /// The diagrams, where the report wants them.
    pub gallery: Option<Gallery>,
    /// Whether a file could not be read.
    pub unreadable: bool,
}

/// Judges the files. What can't be read is an `error` entry among the others.
///
/// # Errors
/// In words, what the user got wrong.
pub fn check(arguments: &Check, baseline: Option<&Baseline>) -> Result<Checked, String> {
    let all = files(&arguments.files)?;
    let files: Vec<(usize, &PathBuf)> = match arguments.shard {
        Some(shard) => all.iter().enumerate().skip(shard.part - 1).step_by(shard.of).collect(),
        None => all.iter().enumerate().collect(),
    };
    let means = Means::of(arguments.target.as_deref(), arguments.keytab.as_deref())?;
    let config = Config { overlay: arguments.overlay, ..Config::default() };
    let judge = Judge::new(config, arguments.rules.as_deref(), BTreeSet::new(), arguments.strict)?;
    let judge = means.equip(judge);
    let books = Mutex::new(Books { chosen: arguments.party, ..Books::default() });
    let is_drawn = arguments.formats.contains(&ReportFormat::Html);
    let gallery = Mutex::new(is_drawn.then(|| Gallery::new(arguments.diagrams)));
    let jobs = arguments.jobs.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let manner = Manner { is_drawn, is_side_by_side: jobs > NonZeroUsize::MIN };
    let hearing = Hearing { arguments, judge: &judge, means: &means, manner };
    let work = |(_, file): &(usize, &PathBuf)| {
        let expectation = Expectation::beside(file);
        let expected =
            expectation.and_then(|expectation| Ok((hearing.own_means(file, expectation.as_ref())?, expectation)));
        let (own, expectation) = match expected {
            Ok(expected) => expected,
            Err(why) => return unreadable(file, why, arguments.party),
        };
        let row = match hearing.hear(file, expectation.as_ref(), own.as_ref()) {
            Ok(mut heard) => {
                let diagram = heard.diagram.take();
                let row = judged(&mut held(&books), file, heard);
                if let (Some(gallery), Some(diagram)) = (held(&gallery).as_mut(), diagram) {
                    gallery.hang(&row, diagram);
                }
                row
            }
            Err(why) => unreadable(file, why, arguments.party),
        };
        match &expectation {
            Some(expectation) => expectation.settle(row),
            None => row,
        }
    };
    // Diagrams hang in the order of the files.
    let jobs = if is_drawn { NonZeroUsize::MIN } else { jobs };
    let rows = pool::each(&files, jobs, work, |_, _| true);
    let mut scenarios: Vec<Scenario> = files
        .iter()
        .zip(rows)
        .filter_map(|((_, file), row)| Some(row?.unwrap_or_else(|why| unreadable(file, why, arguments.party))))
        .collect();
    let books = books.into_inner().unwrap_or_else(PoisonError::into_inner);
    let gallery = gallery.into_inner().unwrap_or_else(PoisonError::into_inner);
    let unreadable = scenarios.iter().any(|one| one.verdict == Outcome::Error);
    let comparison = baseline.map(|baseline| Comparison::new(baseline, arguments.strict));
    // A trace names its scenario; its row is named by the file.
    let id_of = |row: &Scenario| books.names.get(&row.id).cloned().unwrap_or_default();
    if let Some(comparison) = &comparison {
        comparison.settle(&mut scenarios, id_of);
    }
    let mut results = results(arguments, scenarios, &judge, &books, &means);
    // What the scenario itself expected is not looked at, so that nothing seen here shows that a deviation is gone.
    let scope = Scope { is_whole: false, passes_count: false, scenarios: &[] };
    results.part = arguments.shard.map(|shard| Part {
        part: shard.part,
        of: shard.of,
        conditions: conditions(arguments, &all),
        places: files.iter().map(|(place, _)| *place).collect(),
        targets: vec![TARGET.to_owned()],
        rows: all.len(),
        names: books.names.clone(),
        seen: comparison.as_ref().map_or_else(Vec::new, Comparison::seen),
    });
    let states =
        |comparison: Comparison<'_>| comparison.states(&results.scenarios, &results.requirements, scope, id_of);
    results.baseline = comparison.map(states);
    Ok(Checked { results, gallery, unreadable })
}

/// What is behind a lock; a thread that panicked while it held one has left nothing half done.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What all files together say.
#[derive(Default)]
struct Books {
    /// Whose verdicts count; that of each trace's target when nobody was chosen.
    chosen: Option<Tested>,
    ledger: Ledger,
    /// The scenarios that traces name, by file.
    names: BTreeMap<String, String>,
    /// The parties whose verdicts counted, with what all their traces waive.
    parties: BTreeMap<Party, BTreeSet<String>>,
}

impl Books {
    fn parties(&self, header: &Header) -> &'static [Party] {
        parties(self.chosen.unwrap_or(match header.party.as_str() {
            "server" => Tested::Server,
            "client" => Tested::Client,
            _ => Tested::Both,
        }))
    }

    fn enter(&mut self, parties: &[Party], waived: &BTreeSet<String>) {
        for party in parties {
            self.parties.entry(*party).or_insert_with(|| waived.clone()).retain(|id| waived.contains(id));
        }
    }
}

fn parties(chosen: Tested) -> &'static [Party] {
    match chosen {
        Tested::Server => &[Party::Server],
        Tested::Client => &[Party::Client],
        Tested::Both => &[Party::Server, Party::Client],
    }
}

/// How reports call them.
fn name_of(parties: &[Party]) -> String {
    match parties {
        [one] => one.name().to_owned(),
        _ => "both".to_owned(),
    }
}

/// What a trace says of how it is to be judged. Words that are not known mean what is least known.
#[must_use]
pub fn config_of(header: &Header) -> Config {
    Config {
        vantage: match header.vantage.as_str() {
            "client" => Vantage::Client,
            "server" => Vantage::Server,
            _ => Vantage::Unknown,
        },
        prompt: Duration::from_nanos(header.prompt),
        still_pending: Duration::from_nanos(header.still_pending),
        source: match header.source.as_str() {
            "exclusive" => Source::Exclusive,
            "shared" => Source::Shared,
            _ => Source::Unseen,
        },
        server_name: header.server_name.clone(),
        packet_level: match header.packet_level.as_deref() {
            Some("signed") => PacketLevel::Signed,
            Some("unsigned") => PacketLevel::Unsigned,
            _ => PacketLevel::Any,
        },
        readings: header.readings.clone(),
        ..Config::default()
    }
}

/// What a file says.
struct Heard {
    /// Who judged it.
    judge: Judge,
    report: Report,
    diagram: Option<Diagram>,
    /// What is known of how it was recorded.
    header: Header,
    notes: Vec<String>,
    witnessed: Option<Witnessed>,
    took: Duration,
    stop: Option<Stop>,
}

/// How recordings are read and judged.
struct Hearing<'a> {
    arguments: &'a Check,
    judge: &'a Judge,
    means: &'a Means,
    manner: Manner,
}

impl Hearing<'_> {
    /// What opens a recording whose expectation names a keytab; none where it names none.
    fn own_means(&self, file: &Path, expectation: Option<&Expectation>) -> Result<Option<Means>, String> {
        let keytab = expectation.map(|expectation| expectation.keytab(file)).transpose()?.flatten();
        let Check { target, keytab: given, .. } = self.arguments;
        keytab.map(|beside| Means::with(target.as_deref(), given.as_deref(), Some(&beside))).transpose()
    }

    /// Reads a recording of any form and judges it.
    fn hear(&self, file: &Path, expectation: Option<&Expectation>, own: Option<&Means>) -> Result<Heard, String> {
        let equipped = own.map(|own| own.equip(self.judge.clone()));
        let (judge, means) = (equipped.as_ref().unwrap_or(self.judge), own.unwrap_or(self.means));
        let vantage = self.arguments.vantage;
        let is_of_both = self.arguments.party.is_some() || expectation.is_some();
        let reread = Reread { judge, means, is_of_both, is_drawn: self.manner.is_drawn };
        let mut heard = if is_trace(file) {
            reread.trace(file)?
        } else if File::open(file).is_ok_and(run_pcapng::is_ours) {
            reread.run(file)?
        } else {
            let told = expectation.and_then(Expectation::vantage).filter(|_| vantage == Vantage::Unknown);
            let config = means.config(Config { vantage: told.unwrap_or(vantage), ..judge.config().clone() });
            hear_capture(file, &judge.with_config(config), means, self.manner)?
        };
        if let Some(party) = expectation.and_then(|expectation| expectation.party) {
            party.name().clone_into(&mut heard.header.party);
        }
        Ok(heard)
    }
}

/// How what an earlier run has recorded is read.
struct Reread<'a> {
    judge: &'a Judge,
    means: &'a Means,
    /// Whether both parties are to be judged: the user has chosen, or an expectation may be about both.
    is_of_both: bool,
    is_drawn: bool,
}

impl Reread<'_> {
    fn trace(&self, file: &Path) -> Result<Heard, String> {
        let open = File::open(file).map_err(|error| error.to_string())?;
        let (header, entries) = trace_jsonl::read(BufReader::new(open))?;
        Ok(self.heard(header, &entries))
    }

    /// A capture that the run has written: its comments tell what no packet shows.
    fn run(&self, file: &Path) -> Result<Heard, String> {
        let open = File::open(file).map_err(|error| error.to_string())?;
        let Recording { header, entries, packets } = run_pcapng::read(open)?;
        let mut heard = self.heard(header, &entries);
        for finding in &mut heard.report.findings {
            let packet = usize::try_from(finding.entry).ok().and_then(|entry| packets.get(entry));
            finding.entry = packet.copied().unwrap_or(finding.entry);
        }
        Ok(heard)
    }

    /// What it says, by the rules for the party that the run judged: the other one is the harness itself, which breaks rules where a
    /// scenario has it do so.
    fn heard(&self, header: Header, entries: &[Entry]) -> Heard {
        let config = Config { overlay: self.judge.config().overlay, ..config_of(&header) };
        let judge = self.judge.with_config(config).waiving(header.waived.clone());
        let judge = match header.party.as_str() {
            "server" if !self.is_of_both => judge.of(Party::Server),
            "client" if !self.is_of_both => judge.of(Party::Client),
            _ => judge,
        };
        let took = Duration::from_nanos(entries.last().map_or(0, |entry| entry.time.0));
        let mut tally = Tally::default();
        let (report, diagram) = judge.report_showing(entries, self.is_drawn, &mut |event| tally.event(event));
        // What a run has not read its report says; here it is about what secrets open.
        let witnessed = self.means.has_secrets().then(|| tally.close());
        Heard { report, diagram, judge, header, notes: Vec::new(), witnessed, took, stop: None }
    }
}

fn hear_capture(file: &Path, judge: &Judge, means: &Means, manner: Manner) -> Result<Heard, String> {
    let Seen { report, diagram, notes, witnessed, took, speaks, broken } = capture::witness(file, judge, manner)?;
    let stop = match broken {
        Some(why) => Some(Stop::Error(why)),
        None if !speaks => Some(Stop::Unsupported("no MS-PAN traffic: no connection binds its interfaces".to_owned())),
        None => None,
    };
    let unknown = || "unknown".to_owned();
    let header = Header {
        title: notes.join("; "),
        syntax: unknown(),
        security: unknown(),
        party: means.party().map_or_else(String::new, |party| party.name().to_owned()),
        waived: means.waived(),
        ..Header::default()
    };
    let judge = judge.clone().waiving(header.waived.clone());
    Ok(Heard { judge, report, diagram, header, notes, witnessed: Some(witnessed), took, stop })
}

fn judged(books: &mut Books, file: &Path, heard: Heard) -> Scenario {
    let Heard { judge, report, header, notes, witnessed, took, stop, .. } = heard;
    let name = file.display().to_string();
    books.names.insert(name.clone(), header.scenario.clone());
    let parties = books.parties(&header);
    // What breaks off is an error whatever was found before: nobody may take it for the whole.
    let broken = if let Some(Stop::Error(why)) = &stop { Some(why.clone()) } else { None };
    let silent = !parties.iter().any(|party| judge.has_judged(*party, &report));
    let stop = stop.or(silent.then(|| Stop::Inconclusive("no rule had anything to judge".to_owned())));
    let ran = Ran { stop, ..Ran::default() };
    books.enter(parties, &header.waived);
    books.ledger.enter(&judge, &report);
    // A recording does not hold what its scenario expected: only the rules judge it.
    let of = |party: &Party| {
        let subject = Subject { file: name.clone(), covers: Vec::new(), party: *party };
        judge.verdict(&subject, &ran, &report)
    };
    // The findings are the same ones; who is judged only decides which of them make a failure.
    let gravest = parties.iter().map(of).max_by_key(|(verdict, ..)| *verdict == Outcome::Fail);
    let (verdict, reason, findings) = gravest.unwrap_or((Outcome::Inconclusive, None, Vec::new()));
    let (verdict, reason) = broken.map_or((verdict, reason), |why| (Outcome::Error, Some(why)));
    let placed: Vec<Finding> = findings
        .into_iter()
        .zip(&report.findings)
        .map(|(finding, found)| Finding {
            origin: Origin::Entry { file: name.clone(), packet: found.entry },
            ..finding
        })
        .collect();
    Scenario {
        id: name,
        title: header.title.clone(),
        target: TARGET.to_owned(),
        party: name_of(parties),
        variant: Variant { syntax: header.syntax.clone(), security: header.security.clone() },
        verdict,
        reason,
        known: None,
        duration_ms: took.as_secs_f64() * 1_000.0,
        notes,
        witnessed,
        orders: Vec::new(),
        seed: None,
        findings: placed,
    }
}

/// The id of whatever was recorded.
const TARGET: &str = "recorded";

fn unreadable(file: &Path, why: String, chosen: Option<Tested>) -> Scenario {
    Scenario {
        id: file.display().to_string(),
        title: String::new(),
        target: TARGET.to_owned(),
        party: name_of(parties(chosen.unwrap_or(Tested::Both))),
        variant: Variant { syntax: "unknown".to_owned(), security: "unknown".to_owned() },
        verdict: Outcome::Error,
        reason: Some(why),
        known: None,
        duration_ms: 0.0,
        notes: Vec::new(),
        witnessed: None,
        orders: Vec::new(),
        seed: None,
        findings: Vec::new(),
    }
}

/// What the parts of a check have to have in common: what is judged, and how.
fn conditions(arguments: &Check, files: &[PathBuf]) -> BTreeMap<String, String> {
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let baseline = arguments.baseline.as_ref().and_then(|file| std::fs::read(file).ok());
    let conditions = [
        ("command", command(arguments).join(" ")),
        ("files", digest(names.join("\n").as_bytes())),
        ("baseline", baseline.map_or_else(String::new, |octets| digest(&octets))),
        ("strict", arguments.strict.to_string()),
    ];
    conditions.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The command line that judges one of the files again, up to its name.
fn command(arguments: &Check) -> Vec<String> {
    let mut words = vec!["pan-harness".to_owned(), "check".to_owned()];
    let party = arguments.party.map(|party| name_of(parties(party)));
    let vantage = match arguments.vantage {
        Vantage::Client => Some("client".to_owned()),
        Vantage::Server => Some("server".to_owned()),
        Vantage::Unknown => None,
    };
    let overlay = arguments.overlay.map(|overlay| overlay.name.to_owned());
    let options =
        [("--party", party), ("--vantage", vantage), ("--rules", arguments.rules.clone()), ("--overlay", overlay)];
    for (option, value) in options {
        words.extend(value.into_iter().flat_map(|value| [option.to_owned(), value]));
    }
    let keytab = arguments.keytab.as_ref().map(|path| path.display().to_string());
    for (option, value) in [("--keytab", keytab), ("--target", arguments.target.clone())] {
        words.extend(value.into_iter().flat_map(|value| [option.to_owned(), value]));
    }
    words.extend(arguments.strict.then(|| "--strict".to_owned()));
    words
}

fn results(arguments: &Check, scenarios: Vec<Scenario>, judge: &Judge, books: &Books, means: &Means) -> Results {
    let table = |(party, waived): (&Party, &BTreeSet<String>)| {
        books.ledger.table(&judge.clone().waiving(waived.clone()), *party)
    };
    let requirements: Vec<_> = books.parties.iter().flat_map(table).collect();
    let parties: Vec<Party> = books.parties.keys().copied().collect();
    Results {
        tool: Tool::this(),
        spec: Spec::ms_pan(),
        started: jiff::Timestamp::now().to_string(),
        seed: 0,
        overlay: judge.config().overlay.map(|overlay| overlay.name.to_owned()),
        interrupted: false,
        command: command(arguments),
        part: None,
        baseline: None,
        targets: vec![means.shown(Target {
            id: TARGET.to_owned(),
            party: name_of(&parties),
            address: String::new(),
            name: "recorded traffic".to_owned(),
            waivers: Vec::new(),
            readings: BTreeMap::new(),
        })],
        summary: Summary::of(&scenarios),
        scenarios,
        coverage: Coverage::of(&requirements),
        requirements,
    }
}

fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        if path.is_dir() {
            collect(path, 0, &mut files).map_err(|error| format!("{}: {error}", path.display()))?;
        } else {
            files.push(named(path)?);
        }
        if files.len() == before {
            return Err(format!("{}: there is no {TRACE} in it, and no capture", path.display()));
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

/// A file that is named itself may be called as it likes, when it begins as captures do.
fn named(path: &Path) -> Result<PathBuf, String> {
    let is_ours = is_trace(path) || is_capture(path);
    match path {
        _ if !path.exists() => Err(format!("{}: there is no such file", path.display())),
        _ if path.is_file() && (is_ours || begins_as_capture(path)) => Ok(path.to_owned()),
        _ => Err(format!("{}: expected a {TRACE} of an earlier run, or a pcap or pcapng file", path.display())),
    }
}

fn begins_as_capture(path: &Path) -> bool {
    let mut head = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && ::capture::is_capture(&head)
}

fn is_trace(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jsonl")
}

/// Whether a file is named as captures are.
fn is_capture(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| CAPTURES.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// The recordings in a folder. Of a run that is there as a trace and as a capture, the trace is taken.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let has_trace = folder.join(TRACE).is_file();
    // The bundles of a report hold the traces of its scenarios once more.
    let is_report = folder.join("results.json").is_file();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < DEEPEST {
            if !(is_report && entry.file_name() == "bundles") {
                collect(&entry.path(), depth + 1, files)?;
            }
        } else if kind.is_file()
            && (entry.file_name() == TRACE || is_capture(&entry.path()))
            && !(has_trace && entry.file_name() == run_pcapng::NAME)
        {
            files.push(entry.path());
        }
    }
    Ok(())
}
