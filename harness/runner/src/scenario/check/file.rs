//! A whole scenario: its head, its instances, its end.

use conformance::catalogue;
use dcerpc::security::Provider;
use peer::{Misbehaviour, Variant};

use super::names::Meaning;
use super::{Checker, Loaded};
use crate::scenario::meant::{Actor, Identity, Kind, Level, Need, Scenario, Syntaxes, Term, Ticket};
use crate::scenario::written::{self, At, Entries, Party, ScenarioFile, Value};

/// Words for how fragments are protected.
pub(super) const LEVELS: [(&str, Level); 5] = [
    ("none", Level::None),
    ("connect", Level::Connect),
    ("pkt", Level::Packet),
    ("integrity", Level::Integrity),
    ("privacy", Level::Privacy),
];

/// The combinations of the matrix's values; one empty combination without a matrix.
pub(super) fn variants(matrix: &Entries<Vec<At<Value>>>) -> Vec<Vec<(At<String>, At<Value>)>> {
    let mut variants = vec![Vec::new()];
    for (key, values) in matrix.iter() {
        variants = variants
            .into_iter()
            .flat_map(|variant: Vec<(At<String>, At<Value>)>| {
                values.iter().map(move |value| {
                    let mut longer = variant.clone();
                    longer.push((key.clone(), value.clone()));
                    longer
                })
            })
            .collect();
    }
    variants
}

fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|one| name(*one)).collect()
}

impl Checker<'_> {
    /// What can't be judged can't be covered.
    fn nothing_exempt(&mut self, file: &ScenarioFile) {
        let judged = match file.party {
            Party::Server => conformance::Party::Server,
            Party::Client => conformance::Party::Client,
        };
        for id in &file.covers {
            if let Some(exemption) = catalogue::exemption(&id.value, judged) {
                self.complain(id.position, format!("`{}` is exempt: {}", id.value, exemption.reason));
            }
        }
    }

    /// One instance of a scenario.
    pub(super) fn scenario(&mut self, loaded: &Loaded<ScenarioFile>, variant: &[(At<String>, At<Value>)]) -> Scenario {
        let file = &loaded.file;
        self.party = Some(file.party);
        let variant = self.variant(variant);
        self.needs(&file.needs);
        let actors = self.actors(file);
        let covers = self.requirements(&file.covers);
        self.nothing_exempt(file);
        if file.party == Party::Server
            && let Some(key) = file.misbehave.as_ref().or(file.variant.as_ref())
        {
            self.complain(key.position, "the embedded server is set with `party: client` only");
        }
        let within = self.duration(file.within.as_ref());
        let misbehave =
            self.server_word(file.misbehave.as_ref(), "misbehaviour", &names(Misbehaviour::ALL, Misbehaviour::name));
        let server_variant = self.server_word(file.variant.as_ref(), "variant", &names(Variant::ALL, Variant::name));
        let steps = self.steps(&file.steps);
        let mut finally = self.finally(&file.finally);
        finally.extend(std::mem::take(&mut self.deferred).into_iter().rev().flatten());
        self.check_use();
        self.check_finished();
        self.check_answered();
        let suffix: String = variant.iter().map(|(key, value)| format!("/{key}:{value}")).collect();
        Scenario {
            id: format!("{}{suffix}", loaded.id),
            family: loaded.id.clone(),
            file: format!("scenarios/{}.yaml", loaded.id),
            title: file.title.value.clone(),
            about: file.about.clone(),
            party: file.party,
            tags: file.tags.iter().map(|tag| tag.value.clone()).collect(),
            covers,
            needs: std::mem::take(&mut self.needs).into_iter().collect(),
            control: file.control.as_ref().map(|control| control.value.clone()),
            variant,
            actors,
            misbehave,
            server_variant,
            within,
            steps,
            finally,
        }
    }

    /// What the embedded server does otherwise: one of its words.
    fn server_word(&mut self, written: Option<&At<String>>, what: &str, known: &[&'static str]) -> Option<String> {
        let written = written?;
        let word = self.word(written)?;
        if known.contains(&word.as_str()) {
            return Some(word);
        }
        self.unknown(written.position, what, &word, known.iter().copied());
        None
    }

    fn variant(&mut self, written: &[(At<String>, At<Value>)]) -> Vec<(String, String)> {
        let mut variant = Vec::new();
        for (key, value) in written {
            let word = match &value.value {
                Value::Text(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(value) => value.to_string(),
                _ => {
                    self.complain(value.position, "a value of the matrix is a word or a number");
                    continue;
                }
            };
            let readable = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if word.is_empty() || !word.chars().all(readable) {
                self.complain(value.position, format!("`{word}` can't stand in an id: letters, digits and -_. can"));
            }
            self.bind(key, Meaning::Literal(value.clone()), None);
            variant.push((key.value.clone(), word));
        }
        variant
    }

    fn needs(&mut self, written: &[At<written::Need>]) {
        for need in written {
            match &need.value {
                written::Need::Forms(needs) => {
                    self.needs.insert(Need::Identities(needs.identities));
                }
                written::Need::Word(word) => {
                    let need = self.one_of(need.position, "need", word, &Need::WORDS);
                    self.needs.extend(need);
                }
            }
        }
    }

    fn actors(&mut self, file: &ScenarioFile) -> Vec<Actor> {
        if file.party == Party::Client
            && let Some((name, _)) = file.actors.iter().next()
        {
            self.complain(name.position, "with `party: client` our side is the server: there are no actors");
        }
        let mut actors = Vec::new();
        for (name, actor) in file.actors.iter() {
            self.bind(name, Meaning::Term(Kind::Actor, Term::Actor(name.value.clone())), None);
            actors.extend(self.actor_settings(&name.value, actor));
        }
        let identities = actors.iter().filter_map(|actor: &Actor| match actor.identity {
            Identity::Number(number) if number > 1 => Some(Need::Identities(number)),
            Identity::NotAdministrator => Some(Need::NotAdministrator),
            Identity::WrongPassword | Identity::UnknownUser => Some(Need::Security),
            _ => None,
        });
        self.needs.extend(identities);
        actors
    }

    fn actor_settings(&mut self, name: &str, written: &written::Actor) -> Option<Actor> {
        let identity = match &written.identity {
            None => Identity::Default,
            Some(identity) => self.identity(identity)?,
        };
        let mut word = |written: &Option<At<String>>| match written {
            Some(written) => self.word(written).map(|word| Some((word, written.position))),
            None => Some(None),
        };
        let (syntax, order, level) =
            (word(&written.transfer_syntax)?, word(&written.byte_order)?, word(&written.level)?);
        let transfer_syntax = match syntax {
            Some((word, position)) => {
                let words = [("ndr", Syntaxes::Ndr), ("ndr64", Syntaxes::Ndr64), ("both", Syntaxes::Both)];
                Some(self.one_of(position, "transfer syntax", &word, &words)?)
            }
            None => None,
        };
        if transfer_syntax == Some(Syntaxes::Ndr64) {
            self.needs.insert(Need::Ndr64);
        }
        let big_endian = match order {
            Some((word, position)) => {
                let big = self.one_of(position, "byte order", &word, &[("little", false), ("big", true)])?;
                if big && transfer_syntax.is_some_and(|syntax| syntax != Syntaxes::Ndr) {
                    let why = "NDR64 is little-endian ([MS-RPCE] 2.2.5): `byte_order: big` goes with `transfer_syntax: ndr` only";
                    self.complain(position, why);
                    return None;
                }
                big
            }
            None => false,
        };
        let level = match level {
            Some((word, position)) => Some(self.one_of(position, "level", &word, &LEVELS)?),
            None => None,
        };
        let provider = match &written.provider {
            Some(written) => Some(self.provider(written)?),
            None => None,
        };
        let ticket = match &written.ticket {
            Some(written) => Some(self.ticket(written)?),
            None => None,
        };
        if provider.is_some() || ticket.is_some() || level.is_some_and(|level| level != Level::None) {
            self.needs.insert(Need::Security);
        }
        if ticket.is_some() {
            self.needs.insert(Need::Keytab);
        }
        let authenticates = level != Some(Level::None) && identity != Identity::Anonymous;
        for written in [&written.provider, &written.ticket].into_iter().flatten().filter(|_| !authenticates) {
            self.complain(written.position, format!("`{name}` does not authenticate: there is nothing to do it by"));
        }
        match (&written.provider, &written.ticket) {
            (Some(written), None) if provider == Some(Provider::KERBEROS) => {
                self.complain(written.position, "`provider: kerberos` goes with a `ticket`");
            }
            (Some(written), Some(_)) if provider == Some(Provider::NTLM) => {
                self.complain(written.position, "NTLM takes no `ticket`");
            }
            (_, Some(written)) if matches!(identity, Identity::WrongPassword | Identity::UnknownUser) => {
                self.complain(written.position, "with a `ticket` there is no password, and everybody is known");
            }
            _ => {}
        }
        if identity == Identity::Anonymous || matches!(level, Some(Level::None | Level::Connect)) {
            self.unprotected.insert(name.to_owned());
        }
        let multiplex = match &written.multiplex {
            Some(written) => self.truth(written)?,
            None => false,
        };
        let fragment = match &written.fragment {
            Some(written) => Some(self.fragment_size(written)?),
            None => None,
        };
        let name = name.to_owned();
        Some(Actor { name, identity, transfer_syntax, big_endian, multiplex, fragment, level, provider, ticket })
    }

    fn provider(&mut self, written: &At<String>) -> Option<Provider> {
        let word = self.word(written)?;
        let words = [("negotiate", Provider::NEGOTIATE), ("ntlm", Provider::NTLM), ("kerberos", Provider::KERBEROS)];
        self.one_of(written.position, "security provider", &word, &words)
    }

    fn ticket(&mut self, written: &At<String>) -> Option<Ticket> {
        let word = self.word(written)?;
        self.one_of(written.position, "ticket", &word, &Ticket::WORDS)
    }

    fn identity(&mut self, written: &At<Value>) -> Option<Identity> {
        let words = [
            ("anonymous", Identity::Anonymous),
            ("wrong-password", Identity::WrongPassword),
            ("unknown-user", Identity::UnknownUser),
            ("not-administrator", Identity::NotAdministrator),
        ];
        match &written.value {
            Value::Text(text) => {
                let word = self.word(&At::new(text.clone(), written.position))?;
                match word.parse() {
                    Ok(number) => Some(Identity::Number(number)),
                    Err(_) => self.one_of(written.position, "identity", &word, &words),
                }
            }
            Value::Number(number) if (1..=64).contains(number) => u32::try_from(*number).ok().map(Identity::Number),
            _ => {
                self.complain(written.position, "an identity is a number from 1, or a word like `anonymous`");
                None
            }
        }
    }

    fn truth(&mut self, written: &At<Value>) -> Option<bool> {
        match &written.value {
            Value::Bool(value) => Some(*value),
            Value::Text(text) => {
                let word = self.matrix_word(text, written)?;
                self.one_of(written.position, "truth", &word, &[("true", true), ("false", false)])
            }
            _ => {
                self.complain(written.position, "`true` or `false` is wanted");
                None
            }
        }
    }

    fn matrix_word(&mut self, text: &str, written: &At<Value>) -> Option<String> {
        if let Some(name) = super::names::whole_reference(text)
            && let Meaning::Literal(At { value: Value::Bool(value), .. }) =
                self.look_up(name, written.position)?.meaning
        {
            return Some(value.to_string());
        }
        self.word(&At::new(text.to_owned(), written.position))
    }

    fn fragment_size(&mut self, written: &At<Value>) -> Option<u16> {
        let number = self.known_number(written)?;
        match u16::try_from(number) {
            Ok(number) if number >= 64 => Some(number),
            _ => {
                self.complain(written.position, format!("{number} octets are no fragment: 64 to 65535 are possible"));
                None
            }
        }
    }
}
