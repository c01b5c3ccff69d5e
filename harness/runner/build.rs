//! Makes the scenarios a table of constants, so that one file is a whole program.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The folder of the scenarios, seen from this package.
const SCENARIOS: &str = "../../scenarios";

fn main() -> Result<(), Box<dyn Error>> {
    // A folder that is named is looked through to its leaves: files that come and go count, too.
    println!("cargo::rerun-if-changed={SCENARIOS}");
    println!("cargo::rerun-if-changed=build.rs");
    let root = fs::canonicalize(SCENARIOS).map_err(|error| format!("{SCENARIOS}: {error}"))?;
    let mut files = Vec::new();
    collect(&root, "", &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for (name, path) in &files {
        let path = path.to_str().ok_or("a path that is no UTF-8")?;
        writeln!(table, "    ({name:?}, include_bytes!({path:?})),")?;
    }
    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("scenarios.rs"), table)?;
    Ok(())
}

/// Names below the root, with `/` on every system, and where the files are. What editors leave behind begins with a dot or ends with a tilde.
fn collect(folder: &Path, below: &str, files: &mut Vec<(String, PathBuf)>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| format!("{}: no UTF-8", name.display()))?;
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        match entry.file_type()?.is_dir() {
            true => collect(&entry.path(), &format!("{below}{name}/"), files)?,
            false => files.push((format!("{below}{name}"), entry.path())),
        }
    }
    Ok(())
}
