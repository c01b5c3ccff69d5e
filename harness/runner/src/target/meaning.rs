//! The target file as meant: defaults filled in, and what this version can't do refused by key and line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dcerpc::TransferSyntax;
use serde_saphyr::{Location, Spanned};

use super::file::{self, Party, TargetFile};
use super::{Authentication, Binding, Client, Launch, Limits, Means, Target};
use crate::arguments::Whereabouts;
use crate::diagnostic::{Diagnostic, SourceText};
use crate::yaml;

/// How long a launched server may take to become ready, when its target file does not say.
const READY_WITHIN: Duration = Duration::from_secs(10);

/// Reads `--target`: a file, or a string binding over TCP.
///
/// # Errors
/// What is wrong with it, with its place.
pub fn load(written: &str) -> Result<Loaded, Box<Diagnostic>> {
    if written.starts_with("ncac") || written.starts_with("ncad") {
        return bare(written).map(Loaded::Server);
    }
    let path = Path::new(written);
    let (file, source) = yaml::load::<TargetFile>(path).map_err(|problem| match Whereabouts::parse(written) {
        Ok(Whereabouts::Known(_)) if problem.is_without_place() => {
            let binding = Whereabouts::parse(written).and_then(|server| server.binding());
            let hint =
                binding.map_or_else(|_| String::new(), |binding| format!("; a server there is --target '{binding}'"));
            Box::new(Diagnostic { message: format!("{}{hint}", problem.message), ..*problem })
        }
        _ => problem,
    })?;
    meant(file, &source, path)
}

/// Reads what the file `path` will say.
///
/// # Errors
/// What is wrong with it, with its place.
pub fn read(path: &Path, text: String) -> Result<Loaded, Box<Diagnostic>> {
    let source = Arc::new(SourceText { name: path.display().to_string(), text });
    meant(yaml::read(&source)?, &source, path)
}

fn meant(file: TargetFile, source: &Arc<SourceText>, path: &Path) -> Result<Loaded, Box<Diagnostic>> {
    let meaning = Meaning { source, path };
    match file.party.value {
        Party::Server => meaning.of(file).map(Loaded::Server),
        Party::Client => meaning.client(file).map(Loaded::Client),
    }
}

/// A target of either party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// A server under test.
    Server(Target),
    /// A client under test.
    Client(Client),
}

impl Loaded {
    /// Who calls, and how calls are protected.
    #[must_use]
    pub fn authentication(&self) -> &Authentication {
        match self {
            Self::Server(server) => &server.authentication,
            Self::Client(client) => &client.authentication,
        }
    }

    /// The server's name.
    #[must_use]
    pub fn server_name(&self) -> &str {
        match self {
            Self::Server(server) => &server.server_name,
            Self::Client(client) => &client.server_name,
        }
    }
}

fn bare(written: &str) -> Result<Target, Box<Diagnostic>> {
    let source = Arc::new(SourceText { name: "--target".to_owned(), text: written.to_owned() });
    let refused = |why: String| Box::new(Diagnostic::new(&source, 1, 1, why));
    let binding = Binding::parse(written).map_err(refused)?;
    Ok(Target {
        id: binding.to_string(),
        name: binding.to_string(),
        server_name: binding.host.clone(),
        principal: None,
        endpoint_mapper: binding.usual_mapper(),
        binding,
        printer: None,
        launch: None,
        authentication: Authentication::default(),
        transfer_syntaxes: vec![TransferSyntax::Ndr],
        stimulus: None,
        exclusive: true,
        readings: BTreeMap::new(),
        limits: Limits::default(),
    })
}

pub(super) struct Meaning<'a> {
    source: &'a Arc<SourceText>,
    path: &'a Path,
}

impl Meaning<'_> {
    fn of(&self, mut file: TargetFile) -> Result<Target, Box<Diagnostic>> {
        let authentication = self.authentication(&mut file)?;
        let Some(address) = &file.address else {
            return Err(self.wrong(file.party.referenced, "a server needs the key `address`"));
        };
        let binding = Binding::parse(&address.value).map_err(|why| self.wrong(address.referenced, why))?;
        let endpoint_mapper = match &file.endpoint_mapper {
            Some(mapper) => Some(self.host_and_port(mapper)?),
            None => binding.usual_mapper(),
        };
        if let (None, Some(launch)) = (binding.port, &file.launch)
            && launch.value.ready.as_ref().is_none_or(|ready| ready.line.is_none())
        {
            let why =
                "an `address` without a port does not tell when the server is ready: `ready: {line: …}` is needed";
            return Err(self.wrong(launch.referenced, why));
        }
        let id = self.id();
        let limits = limits(file.limits.unwrap_or_default());
        let exclusive = file.stimulus.as_ref().and_then(|stimulus| stimulus.value.exclusive).unwrap_or(true);
        Ok(Target {
            name: file.name.unwrap_or_else(|| id.clone()),
            id,
            principal: file.server_name.clone(),
            server_name: file.server_name.unwrap_or_else(|| binding.host.clone()),
            binding,
            endpoint_mapper,
            printer: file.printer,
            launch: file.launch.map(|launch| self.launch(launch.value, launch.referenced)).transpose()?,
            authentication,
            transfer_syntaxes: self.transfer_syntaxes(file.transfer_syntax)?,
            stimulus: file.stimulus.map(|stimulus| self.means(stimulus.value, stimulus.referenced)).transpose()?,
            exclusive,
            readings: self.readings(file.readings)?,
            limits,
        })
    }

    fn launch(&self, launch: file::Launch, place: Location) -> Result<Launch, Box<Diagnostic>> {
        if launch.manual.is_some() || launch.env.is_some() {
            return Err(self.wrong(place, "`manual` and `env` are for a client under test; a server has `command`"));
        }
        let Some(command) = launch.command else {
            return Err(self.wrong(place, "`launch` needs the key `command`"));
        };
        let (program, arguments) = self.program(command.value, command.referenced)?;
        let (line, within) = launch.ready.map_or((None, None), |ready| (ready.line, ready.within));
        let within = within.map_or(READY_WITHIN, |span| span.0);
        Ok(Launch { program, arguments, folder: self.folder(), ready_line: line, within })
    }

    fn means(&self, stimulus: file::Stimulus, place: Location) -> Result<Means, Box<Diagnostic>> {
        match (stimulus.tcp, stimulus.command, stimulus.manual) {
            (Some(tcp), None, None) => self.host_and_port(&tcp).map(Means::Tcp),
            (None, Some(command), None) => {
                let (program, arguments) = self.program(command.value, command.referenced)?;
                Ok(Means::Command { program, arguments, folder: self.folder() })
            }
            (None, None, Some(true)) => Ok(Means::Manual),
            _ => Err(self.wrong(place, "`stimulus` needs exactly one of `tcp`, `command` and `manual: true`")),
        }
    }

    /// HOST:PORT of somebody who listens.
    pub(super) fn host_and_port(&self, written: &Spanned<String>) -> Result<String, Box<Diagnostic>> {
        match written.value.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0) => {
                Ok(written.value.clone())
            }
            _ => Err(self.wrong(written.referenced, format!("`{}` is no HOST:PORT", written.value))),
        }
    }

    /// A program and its arguments. One with a slash in it is sought from the folder of the target file.
    pub(super) fn program(
        &self,
        command: Vec<String>,
        place: Location,
    ) -> Result<(PathBuf, Vec<String>), Box<Diagnostic>> {
        let mut words = command.into_iter();
        match words.next() {
            Some(program) if program.contains('/') => {
                // Without the `.` of `./server`, for messages.
                Ok((self.folder().join(program).components().collect(), words.collect()))
            }
            Some(program) if !program.is_empty() => Ok((PathBuf::from(program), words.collect())),
            _ => Err(self.wrong(place, "`command` needs a program")),
        }
    }

    /// Its id in reports: the file's name without extension.
    pub(super) fn id(&self) -> String {
        self.path.file_stem().map_or_else(|| "target".to_owned(), |stem| stem.to_string_lossy().into_owned())
    }

    pub(super) fn folder(&self) -> PathBuf {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
    }

    /// What is listed; NDR where nothing is.
    pub(super) fn transfer_syntaxes(
        &self,
        written: Option<Vec<Spanned<file::TransferSyntax>>>,
    ) -> Result<Vec<TransferSyntax>, Box<Diagnostic>> {
        let mut meant = Vec::new();
        for written in written.into_iter().flatten() {
            let syntax = match written.value {
                file::TransferSyntax::Ndr => TransferSyntax::Ndr,
                file::TransferSyntax::Ndr64 => TransferSyntax::Ndr64,
            };
            if meant.contains(&syntax) {
                return Err(self.wrong(written.referenced, "this transfer syntax stands twice: leave one out"));
            }
            meant.push(syntax);
        }
        Ok(if meant.is_empty() { vec![TransferSyntax::Ndr] } else { meant })
    }

    pub(super) fn wrong(&self, place: Location, message: impl Into<String>) -> Box<Diagnostic> {
        Box::new(yaml::at(self.source, place, message))
    }
}

pub(super) fn limits(written: file::Limits) -> Limits {
    let default = Limits::default();
    Limits {
        call: written.call.map_or(default.call, |span| span.0),
        still_pending: written.still_pending.map_or(default.still_pending, |span| span.0),
        scenario: written.scenario.map_or(default.scenario, |span| span.0),
    }
}
