//! The scenarios that are part of the program, as they lay in the folder `scenarios` when it was built.

use std::io::{self, Write as _};
use std::path::Path;
use std::{fs, io::ErrorKind};

use crate::report::write_whole;

/// Every file by its name below the folder, with `/` between its parts, in the order of the names.
pub static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// What a file holds.
#[must_use]
pub fn file(name: &str) -> Option<&'static [u8]> {
    let at = FILES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    FILES.get(at).map(|(_, octets)| *octets)
}

/// Writes all of them to a folder that is not there yet, or is empty: whoever has scenarios there keeps them. The folder comes whole or
/// not at all. Gives the number of files.
///
/// # Errors
/// What the operating system says, or that there is something already, with the path.
pub fn write_out(folder: &Path) -> io::Result<usize> {
    let at = |error: &io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    match fs::read_dir(folder).map(Iterator::count) {
        Ok(1..) => {
            let why = io::Error::new(ErrorKind::AlreadyExists, "there is something in it already; name a new folder");
            return Err(at(&why));
        }
        Ok(0) => fs::remove_dir(folder).map_err(|error| at(&error))?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(at(&error)),
    }
    let beside = folder.with_added_extension("part");
    fs::remove_dir_all(&beside).or_else(|error| match error.kind() {
        ErrorKind::NotFound => Ok(()),
        _ => Err(at(&error)),
    })?;
    let written = FILES
        .iter()
        .try_for_each(|(name, octets)| write_whole(&beside.join(name), |out| out.write_all(octets)))
        .and_then(|()| fs::rename(&beside, folder).map_err(|error| at(&error)));
    if written.is_err() {
        // What is left of it helps nobody; that it can't be removed either changes nothing.
        fs::remove_dir_all(&beside).ok();
    }
    written.map(|()| FILES.len())
}
