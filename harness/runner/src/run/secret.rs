//! What may stand in no file that others get.

use serde_yaml::Value;

use crate::target::Loaded;

/// What stands in the place of a secret.
const WITHHELD: &str = "withheld";
/// Words in the name of an option or a key whose value is nobody else's business.
const TELLING: [&str; 6] = ["password", "passwd", "secret", "token", "apikey", "api-key"];
/// Shorter passwords are in every text: replacing them would only tell where they are.
const SHORTEST: usize = 4;

/// The passwords of a target file, from the environment.
#[derive(Clone, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// Those of a target.
    pub(super) fn of(target: Option<&Loaded>) -> Self {
        let accounts = target.map_or(&[][..], |target| &target.authentication().identities);
        let variables = accounts.iter().filter_map(|account| account.password_env.as_ref());
        let values = variables.filter_map(|variable| std::env::var(variable).ok());
        Self(values.filter(|value| value.chars().count() >= SHORTEST).collect())
    }

    /// The text without them.
    pub(super) fn withheld(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), WITHHELD))
    }
}

/// A target file without secrets: what its commands get in their environment, values of options and keys whose names tell, and
/// comments. None when it is no YAML.
pub(super) fn without_secrets(text: &str) -> Option<String> {
    let mut value: Value = serde_yaml::from_str(text).ok()?;
    clear(&mut value, "");
    serde_yaml::to_string(&value).ok()
}

fn clear(value: &mut Value, key: &str) {
    match value {
        Value::Mapping(entries) => {
            for (name, inner) in entries.iter_mut() {
                let name = name.as_str().unwrap_or_default().to_owned();
                match key == "env" || (tells(&name) && name != "password_env") {
                    true => *inner = Value::String(WITHHELD.to_owned()),
                    false => clear(inner, &name),
                }
            }
        }
        Value::Sequence(items) if key == "command" => {
            let mut follows = false;
            for item in items {
                let Value::String(word) = item else { continue };
                let (option, has_value) =
                    word.split_once('=').map_or((word.as_str(), false), |(option, _)| (option, true));
                let is_option = option.starts_with('-') || has_value;
                let told = is_option && tells(option);
                if follows {
                    WITHHELD.clone_into(word);
                    follows = false;
                } else if told && has_value {
                    *word = format!("{option}={WITHHELD}");
                } else {
                    follows = told;
                }
            }
        }
        Value::Sequence(items) => items.iter_mut().for_each(|item| clear(item, key)),
        _ => {}
    }
}

fn tells(name: &str) -> bool {
    let name = name.to_lowercase().replace('_', "-");
    TELLING.iter().any(|word| name.contains(word))
}
