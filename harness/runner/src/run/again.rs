//! The command line that runs a scenario again, up to its id.

use super::way::name_of;
use crate::arguments::Run;

/// The words. What only decides how much runs, where its report goes or how fast it comes is left out.
pub(super) fn command(arguments: &Run) -> Vec<String> {
    let mut words = vec!["pan-harness".to_owned(), "run".to_owned()];
    let mut option = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            words.extend([name.to_owned(), value]);
        }
    };
    option("--target", arguments.target.clone());
    option("--scenarios", arguments.scenarios.folder().map(|folder| folder.display().to_string()));
    option("--seed", (arguments.seed != 1).then(|| arguments.seed.to_string()));
    let syntaxes: Vec<&str> = arguments.transfer_syntaxes.iter().map(|syntax| name_of(*syntax)).collect();
    option("--transfer-syntax", (!syntaxes.is_empty()).then(|| syntaxes.join(",")));
    let securities = arguments.security.iter().map(|one| one.map_or_else(|| "none".to_owned(), |one| one.to_string()));
    let securities: Vec<String> = securities.collect();
    option("--security", (!securities.is_empty()).then(|| securities.join(",")));
    option("--rules", arguments.rules.clone());
    option("--overlay", arguments.overlay.map(|overlay| overlay.name.to_owned()));
    #[expect(clippy::float_cmp, reason = "it is the default, as it was written")]
    let is_stretched = arguments.time_scale != 1.0;
    option("--time-scale", is_stretched.then(|| arguments.time_scale.to_string()));
    let flags =
        [("--strict", arguments.strict), ("--no-waivers", arguments.no_waivers), ("--thorough", arguments.thorough)];
    words.extend(flags.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| (*name).to_owned()));
    words
}
