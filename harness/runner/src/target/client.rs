//! A client under test: how it is started, and what stands in its command's words.

use std::collections::BTreeMap;
use std::path::PathBuf;

use dcerpc::TransferSyntax;
use serde_saphyr::{Location, Spanned};

use super::file::{self, TargetFile};
use super::meaning::Meaning;
use super::{Authentication, Limits};
use crate::diagnostic::{Diagnostic, did_you_mean};

/// A client under test outside of this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id in reports: the target file's name without extension.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// Who starts it.
    pub start: Start,
    /// The name that our server goes by in UNC names.
    pub server_name: String,
    /// Its name in the principal host/NAME that clients ask for, when the file gives one.
    pub principal: Option<String>,
    /// The print queue that our server has.
    pub printer: String,
    /// HOST:PORT at which our endpoint mapper listens; when none, on a port of its own for each instance if that is a word of
    /// its command.
    pub endpoint_mapper: Option<String>,
    /// How its calls are protected, and the accounts that it may use; the first is the default.
    pub authentication: Authentication,
    /// The transfer syntaxes that it speaks.
    pub transfer_syntaxes: Vec<TransferSyntax>,
    /// Readings of the specification's defects that are taken in place of the recommended ones: `SD-04` to a word.
    pub readings: BTreeMap<String, String>,
    /// How long the harness waits.
    pub limits: Limits,
}

impl Client {
    /// Whether it is told of an endpoint mapper: then it has to ask that one.
    #[must_use]
    pub fn knows_mapper(&self) -> bool {
        let told = match &self.start {
            Start::Command { arguments, environment, .. } => {
                let words = arguments.iter().chain(environment.iter().map(|(_, words)| words));
                words.into_iter().any(|words| words.has("epm_port"))
            }
            Start::Manual(_) => false,
        };
        told || self.endpoint_mapper.is_some()
    }
}

/// Who starts a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// The harness, by a command.
    Command {
        /// The program.
        program: PathBuf,
        /// Its arguments.
        arguments: Vec<Words>,
        /// Environment variables that it gets besides our own.
        environment: Vec<(String, Words)>,
        /// The folder to start it in.
        folder: PathBuf,
    },
    /// Somebody, by hand; the harness listens on `HOST:PORT`, on a port that the system chooses when none is given.
    Manual(Option<String>),
}

/// Text with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(&'static str),
}

/// What placeholders there are.
pub const PLACEHOLDERS: [&str; 10] =
    ["host", "port", "epm_port", "mode", "type", "document", "printer", "count", "user", "domain"];

impl Words {
    /// Whether a placeholder stands in it.
    #[must_use]
    pub fn names(&self, placeholder: &str) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Placeholder(name) if *name == placeholder))
    }

    /// Reads text in which `{name}` stands for something.
    ///
    /// # Errors
    /// In words, when there is no placeholder of a name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let name = after.split_once('}').map(|(name, _)| name).unwrap_or_default();
            let is_name = !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'_');
            parts.push(Part::Text(before.to_owned()));
            if !is_name {
                parts.push(Part::Text("{".to_owned()));
                rest = after;
                continue;
            }
            parts.push(Part::Placeholder(placeholder(name)?));
            rest = after.get(name.len() + 1..).unwrap_or_default();
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    /// Whether a placeholder stands in it.
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Placeholder(known) if *known == name))
    }

    /// The text with the values of its placeholders.
    #[must_use]
    pub fn filled(&self, values: &BTreeMap<&'static str, String>) -> String {
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Placeholder(name) => values.get(name).cloned().unwrap_or_default(),
        };
        self.0.iter().map(text).collect()
    }
}

fn placeholder(name: &str) -> Result<&'static str, String> {
    PLACEHOLDERS.into_iter().find(|known| *known == name).ok_or_else(|| {
        let hint = did_you_mean(name, PLACEHOLDERS).unwrap_or_else(|| format!("known: {}", PLACEHOLDERS.join(", ")));
        format!("unknown placeholder `{{{name}}}`; {hint}")
    })
}

impl Meaning<'_> {
    /// The client that the file describes.
    pub(super) fn client(&self, mut file: TargetFile) -> Result<Client, Box<Diagnostic>> {
        self.refuse_what_is_a_servers(&file)?;
        let authentication = self.authentication(&mut file)?;
        let Some(launch) = file.launch else {
            let why = "a client needs the key `launch`: {command: […]} or {manual: true}";
            return Err(self.wrong(file.party.referenced, why));
        };
        let manual = launch.value.manual == Some(true);
        if let (Some(address), false) = (&file.address, manual) {
            let why =
                "`address` goes with `launch: {manual: true}`: a launched client is told a port of the system's choice";
            return Err(self.wrong(address.referenced, why));
        }
        let address = file.address.map(|address| self.listen_address(&address)).transpose()?;
        let id = self.id();
        Ok(Client {
            name: file.name.unwrap_or_else(|| id.clone()),
            id,
            start: self.start(launch.value, launch.referenced, address)?,
            principal: file.server_name.clone(),
            server_name: file.server_name.unwrap_or_else(|| "PRINTSRV".to_owned()),
            endpoint_mapper: file.endpoint_mapper.map(|mapper| self.host_and_port(&mapper)).transpose()?,
            printer: file.printer.unwrap_or_else(|| "office-laser".to_owned()),
            authentication,
            transfer_syntaxes: self.transfer_syntaxes(file.transfer_syntax)?,
            readings: self.readings(file.readings)?,
            limits: super::meaning::limits(file.limits.unwrap_or_default()),
        })
    }

    fn refuse_what_is_a_servers(&self, file: &TargetFile) -> Result<(), Box<Diagnostic>> {
        if let Some(stimulus) = &file.stimulus {
            return Err(self.wrong(stimulus.referenced, "`stimulus` is for a server: here the harness is the server"));
        }
        Ok(())
    }

    fn listen_address(&self, address: &Spanned<String>) -> Result<String, Box<Diagnostic>> {
        let binding = super::Binding::parse(&address.value).map_err(|why| self.wrong(address.referenced, why))?;
        let without = || self.wrong(address.referenced, "`address` names no port to listen on");
        binding.socket().ok_or_else(without)
    }

    fn start(&self, launch: file::Launch, place: Location, address: Option<String>) -> Result<Start, Box<Diagnostic>> {
        if launch.ready.is_some() {
            return Err(self.wrong(place, "`ready` is for a server: a client is waited for by its calls"));
        }
        match (launch.command, launch.manual) {
            (None, Some(true)) if launch.env.is_none() => Ok(Start::Manual(address)),
            (Some(command), None | Some(false)) => {
                let words = |text: &str| Words::parse(text).map_err(|why| self.wrong(command.referenced, why));
                let (program, arguments) = self.program(command.value.clone(), command.referenced)?;
                let arguments = arguments.iter().map(|text| words(text)).collect::<Result<_, _>>()?;
                let environment = launch.env.unwrap_or_default().into_iter();
                let environment = environment
                    .map(|(name, text)| Words::parse(&text).map(|words| (name, words)))
                    .collect::<Result<_, _>>()
                    .map_err(|why| self.wrong(place, format!("`env`: {why}")))?;
                Ok(Start::Command { program, arguments, environment, folder: self.folder() })
            }
            _ => Err(self.wrong(place, "`launch` needs either `command` (and `env`), or `manual: true`")),
        }
    }
}
