//! The folder that a report is written to. Files are written beside and renamed: a reader never sees half a file.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::gallery::Gallery;
use super::results::{Scenario, Variant};
use super::run_pcapng::NAME;
use crate::platform::Shell;

/// The folder of one report.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens the folder, makes it when it is not there, and clears away what an earlier report left in it.
    ///
    /// # Errors
    /// What the operating system says, with the path.
    pub fn open(root: &Path) -> io::Result<Self> {
        Self::probe(root)?;
        let folder = Self { root: root.to_owned() };
        folder.clear()?;
        Ok(folder)
    }

    /// Sees to it that files can be made in a folder, which is made when it is not there. What lies in it stays.
    ///
    /// # Errors
    /// What the operating system says, with the path.
    pub fn probe(root: &Path) -> io::Result<()> {
        let file = root.join("results.json").with_added_extension(BESIDE);
        if root.exists() && !root.is_dir() {
            let why = "a file stands where the folder is to be";
            return Err(io::Error::new(io::ErrorKind::NotADirectory, format!("{}: {why}", root.display())));
        }
        let probed = fs::create_dir_all(root).and_then(|()| File::create(&file)).and_then(|_| fs::remove_file(&file));
        probed.map_err(|error| at(root, &error))
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Writes one file, and the folders above it.
    ///
    /// # Errors
    /// What the operating system says, with the path.
    pub fn write(&self, name: &str, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
        write_whole(&self.root.join(name), fill)
    }

    /// Removes the files of an earlier report, and nothing else: they are known by their names.
    fn clear(&self) -> io::Result<()> {
        for path in REPORT.iter().map(|name| self.root.join(name)) {
            for path in [path.with_added_extension(BESIDE), path] {
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&path, &error)),
                    _ => {}
                }
            }
        }
        for (folder, files) in [(SCENARIOS, &FILES[..]), (BUNDLES, &BUNDLE[..])] {
            match clear_files(&self.root.join(folder), files, 0) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Writes a file, and the folders above it, so that nobody ever reads half of it.
///
/// # Errors
/// What the operating system says, with the path.
pub fn write_whole(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let beside = path.with_added_extension(BESIDE);
    let written = (|| {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut out = BufWriter::new(File::create(&beside)?);
        fill(&mut out)?;
        out.flush()?;
        fs::rename(&beside, path)
    })();
    if written.is_err() {
        // What is left of it helps nobody; that it can't be removed either changes nothing.
        fs::remove_file(&beside).ok();
    }
    written.map_err(|error| at(path, &error))
}

/// Whether a new file can be made there: what somebody wrote is not overwritten.
///
/// # Errors
/// In words, why not.
pub fn can_be_made(file: &Path) -> Result<(), &'static str> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    match (file.exists(), folder.is_none_or(Path::is_dir)) {
        (true, _) => Err("it is there already; name a new file"),
        (false, false) => Err("its folder is not there; make it first"),
        (false, true) => Ok(()),
    }
}

/// Copies what an earlier report, in the folder `from`, has of one scenario.
///
/// # Errors
/// What the operating system says, with the path.
pub fn copy_scenario(from: &Path, to: &Folder, row: &Scenario) -> io::Result<()> {
    let traces = FILES.iter().map(|name| format!("{}/{name}", trace_folder(row)));
    let bundle = BUNDLE.iter().map(|name| format!("{}/{name}", bundle_folder(row)));
    for file in traces.chain(bundle) {
        let path = from.join(&file);
        match File::open(&path) {
            Ok(mut source) => to.write(&file, |out| io::copy(&mut source, out).map(drop))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(at(&path, &error)),
        }
    }
    Ok(())
}

/// The files that a report has of one scenario: their names, and where they are.
#[must_use]
pub fn trace_files(root: &Path, row: &Scenario) -> Vec<(&'static str, PathBuf)> {
    let folder = root.join(trace_folder(row));
    let files = FILES.iter().map(|name| (*name, folder.join(name)));
    files.filter(|(_, path)| path.is_file()).collect()
}

/// Deepest folder that is looked into.
const DEEPEST: usize = 16;

/// Removes files of those names, and folders that hold nothing else: whoever has a folder of that name with files of their own keeps it.
fn clear_files(folder: &Path, files: &[&str], depth: usize) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
        if kind.is_dir() && depth < DEEPEST {
            clear_files(&path, files, depth + 1)?;
        } else if path.file_name().and_then(OsStr::to_str).is_some_and(|name| is_of(name, files)) {
            fs::remove_file(&path).map_err(|error| at(&path, &error))?;
        }
    }
    // It stays where it is not empty.
    fs::remove_dir(folder).ok();
    Ok(())
}

/// Whether a file is one of those, or what was left of writing one.
fn is_of(name: &str, files: &[&str]) -> bool {
    let whole = name.strip_suffix(BESIDE).and_then(|name| name.strip_suffix('.')).unwrap_or(name);
    files.contains(&whole)
}

/// What is behind the name of a file that is not whole yet.
const BESIDE: &str = "part";

/// The files of a report besides those of its scenarios.
const REPORT: [&str; 10] = [
    Gallery::FILE,
    "results.json",
    "junit.xml",
    "report.html",
    "report.txt",
    "report.md",
    "results.tap",
    "results.sarif",
    "annotations.txt",
    "target.log",
];

/// The files of one scenario.
const FILES: [&str; 3] = ["trace.jsonl", NAME, "target.log"];

/// The files of a bundle.
const BUNDLE: [&str; 9] = [
    "failure.txt",
    "scenario.txt",
    "target.yaml",
    "transcript.txt",
    Shell::Posix.script_name(),
    Shell::Cmd.script_name(),
    "trace.jsonl",
    "run.pcapng",
    "target.log",
];

/// The folder below which each failure has its bundle.
const BUNDLES: &str = "bundles";

/// The folder below which each scenario has its own.
const SCENARIOS: &str = "scenarios";

/// The target that scenarios reach over TCP besides the one in memory.
pub(crate) const OVER_TCP: &str = "embedded-server-tcp";

/// The folder of the trace of one row, below the report's: that of its scenario; `.tcp` after it tells the embedded server's two
/// transports apart.
#[must_use]
pub fn trace_folder(row: &Scenario) -> String {
    let tcp = if row.target == OVER_TCP { ".tcp" } else { "" };
    format!("{}{tcp}", scenario_folder(&row.id, &row.variant))
}

/// The folder of the bundle of one row, below the report's.
#[must_use]
pub fn bundle_folder(row: &Scenario) -> String {
    format!("{BUNDLES}{}", trace_folder(row).trim_start_matches(SCENARIOS))
}

/// The folder of the files of one scenario that ran in one way, below the report's: its id, with what file names can't hold
/// replaced, and after it in which way it spoke, when not the simplest.
#[must_use]
pub fn scenario_folder(id: &str, variant: &Variant) -> String {
    let way = variant.marks(id).map(|mark| format!(".{mark}")).collect::<String>();
    let safe: String = id.chars().map(|c| if matches!(c, ':' | '\\' | '\0') { '=' } else { c }).collect();
    let parts: Vec<&str> = safe.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
    format!("{SCENARIOS}/{}{way}", parts.join("/"))
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
