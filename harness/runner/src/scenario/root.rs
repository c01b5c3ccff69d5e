//! Where scenarios lie: in the program, or in a folder.

use std::borrow::Cow;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::embedded;

/// The folder's name in the messages about what is part of the program.
const NAME: &str = "scenarios";

/// Deepest folder that is looked into.
const DEEPEST: usize = 8;

/// Where scenarios lie, with their fragments and the files that they name. Files are called by their path below it, with `/` between
/// the parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Root {
    /// In the program.
    #[default]
    Embedded,
    /// In that folder.
    Folder(PathBuf),
}

impl Root {
    /// The folder, when it is one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Embedded => None,
            Self::Folder(folder) => Some(folder),
        }
    }

    /// What messages call a file.
    pub(super) fn name_of(&self, file: &str) -> String {
        let name = match self {
            Self::Embedded => Cow::Borrowed(NAME),
            Self::Folder(folder) => folder.to_string_lossy(),
        };
        let name = name.replace('\\', "/");
        match (name.trim_end_matches('/'), file) {
            (name, "") => name.to_owned(),
            (name, file) => format!("{name}/{file}"),
        }
    }

    /// The YAML files of a folder, by their paths below the root, but for those in `others`, folders right below it.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn yaml_files(&self, below: &str, others: &[&str]) -> io::Result<Vec<String>> {
        let is_other = |file: &str| others.iter().any(|other| first_part(file) == Some(other));
        let mut files = Vec::new();
        match self {
            Self::Embedded => {
                let is_below = |file: &&str| below.is_empty() || first_part(file) == Some(below);
                let names = embedded::FILES.iter().map(|(name, _)| *name).filter(is_below);
                files.extend(names.filter(|name| name.ends_with(".yaml")).map(str::to_owned));
            }
            Self::Folder(folder) => {
                let start = if below.is_empty() { String::new() } else { format!("{below}/") };
                collect(&folder.join(below), &start, &is_other, 0, &mut files)?;
            }
        }
        files.retain(|file| !is_other(file));
        // As paths are ordered: what lies in a folder before what is called like it and longer.
        files.sort_by(|left, right| left.split('/').cmp(right.split('/')));
        Ok(files)
    }

    /// What a file holds.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn read(&self, file: &str) -> io::Result<Cow<'static, [u8]>> {
        match self {
            Self::Embedded => embedded::file(file).map(Cow::Borrowed).ok_or_else(|| ErrorKind::NotFound.into()),
            Self::Folder(folder) => std::fs::read(folder.join(file)).map(Cow::Owned),
        }
    }
}

fn first_part(file: &str) -> Option<&str> {
    file.split_once('/').map(|(first, _)| first)
}

fn collect(
    folder: &Path,
    below: &str,
    is_other: &impl Fn(&str) -> bool,
    depth: usize,
    files: &mut Vec<String>,
) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        let inside = format!("{name}/");
        if kind.is_dir() && !is_other(&inside) && depth < DEEPEST {
            collect(&path, &inside, is_other, depth + 1, files)?;
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(name);
        }
    }
    Ok(())
}
