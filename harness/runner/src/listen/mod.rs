//! `listen`: the reference client, for people.

mod json;
mod text;

use std::io::Write as _;
use std::sync::Arc;

use mspan::Interface;
use peer::client::{Call, Dial, MappedConnector, Mapper};
use peer::print_client::{self, ClientOptions, Drivers, PrintClient, Report, User};
use peer::transport::{Connector, TcpConnector};
use peer::{ClientMisbehaviour, Tap};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::arguments::{ListFormat, Listen, Whereabouts};
use crate::exit::Exit;
use crate::platform::Ending;
use crate::principal;
use crate::run::LOGIN_REFUSED;
use crate::selftest;
use crate::terminal::{has_left, say, unprintable};

/// Prints what comes until it is interrupted, the server ends it, or all has come that was asked for.
///
/// # Errors
/// The exit code, with the words for it.
pub(crate) fn listen(arguments: &Listen) -> Result<Exit, (Exit, String)> {
    let failed = |error: std::io::Error| (Exit::Environment, error.to_string());
    let mut options = options(arguments);
    let misbehaviour = arguments.misbehave.as_deref().map(misbehaviour).transpose();
    options.misbehaviour = misbehaviour.map_err(|why| (Exit::Mistake, format!("--misbehave: {why}")))?;
    if let Some(file) = &arguments.target {
        (options.association.security, options.association.connection.packet_level) = principal::calling(file)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let (sender, mut reports) = unbounded_channel();
        let client = PrintClient::new(options, connector(&arguments.address), Tap::off(), move |report| {
            // What comes after the last line that could be printed is for nobody.
            let _ = sender.send(report);
        });
        let mut ending = Ending::listen().map_err(failed)?;
        let mut interrupted = false;
        let mut printer = Printer { arguments, last_failure: None, unprintable: None };
        let ended = {
            let end = async {
                ending.asked_for().await;
                interrupted = true;
            };
            let mut life = std::pin::pin!(client.run_until(end));
            loop {
                tokio::select! {
                    biased;
                    Some(report) = reports.recv() => {
                        if let Err(error) = printer.print(&report) {
                            printer.unprintable = Some(error);
                            client.stop();
                        }
                    }
                    ended = &mut life => break ended,
                }
            }
        };
        match &printer.unprintable {
            Some(error) if has_left(error) => return Ok(Exit::AsExpected),
            Some(error) => return Err((Exit::Environment, unprintable(error))),
            None => printer.rest(&mut reports),
        }
        let why = printer.last_failure.unwrap_or_else(|| format!("{} ended the notifications", arguments.address));
        match ended {
            _ if interrupted => Ok(Exit::Interrupted),
            print_client::Exit::Done => Ok(Exit::AsExpected),
            print_client::Exit::ModeNotSupported => Err((Exit::Mistake, "that mode has no such type".to_owned())),
            print_client::Exit::Failed | print_client::Exit::Unreachable | print_client::Exit::Terminated => {
                Err((Exit::Environment, why))
            }
        }
    })
}

/// What the client does wrong itself. Whether it asks the mapper and how it authenticates is said by other arguments.
fn misbehaviour(name: &str) -> Result<ClientMisbehaviour, String> {
    use ClientMisbehaviour::*;
    match selftest::client_misbehaviour(name)? {
        NeverAsksTheMapper | UsesCachedPort => Err(format!("`{name}` is of no client whose ADDRESS says where to go")),
        DoesNotAuthenticate | NtlmAlone | CallsAtConnectLevel | AsksForAnotherService => {
            Err(format!("`{name}` is of no client whose --target says how to authenticate"))
        }
        misbehaviour => Ok(misbehaviour),
    }
}

/// What opens connections to the server. An endpoint mapper is asked when the first one is opened.
fn connector(server: &Whereabouts) -> Arc<dyn Connector> {
    match server {
        Whereabouts::Known(address) => Arc::new(TcpConnector::new(address.clone())),
        Whereabouts::Mapped { host, mapper } => {
            let mapper = Arc::new(TcpConnector::new(mapper.clone()));
            let mapper = Mapper::new(mapper, Tap::off(), peer::client::Options::default(), Call::USUAL_LIMIT);
            let host = host.clone();
            let dial: Dial = Arc::new(move |port| Arc::new(TcpConnector::new(host.at(port))) as _);
            Arc::new(MappedConnector::new(mapper, Interface::AsyncNotify.id(), dial))
        }
    }
}

/// A user who presses the first button. No drivers are installed.
fn options(arguments: &Listen) -> ClientOptions {
    let drivers = Drivers { absent: Vec::new(), returns: None };
    ClientOptions {
        mode: arguments.mode,
        notification_type: Some(arguments.notification_type),
        printer: arguments.printer.clone(),
        count: arguments.count,
        user: User { drivers, ..User::default() },
        ..ClientOptions::default()
    }
}

/// Whether a failure is what servers answer whom they don't let in with.
fn is_login_refused(failure: &print_client::Failure) -> bool {
    match failure {
        print_client::Failure::Thrown(status) => LOGIN_REFUSED.contains(status),
        _ => false,
    }
}

/// Prints reports: all as JSON, or notifications as text with the rest on standard error.
struct Printer<'a> {
    arguments: &'a Listen,
    last_failure: Option<String>,
    /// Why nothing more can be printed.
    unprintable: Option<std::io::Error>,
}

impl Printer<'_> {
    fn print(&mut self, report: &Report) -> std::io::Result<()> {
        if let Report::Failed { method, failure } = report {
            self.last_failure = Some(match failure {
                print_client::Failure::Unreachable { .. } => failure.to_string(),
                _ if self.arguments.target.is_some() && is_login_refused(failure) => {
                    format!("login refused by {}: {method}: {failure}", self.arguments.address)
                }
                _ => format!("{}: {method}: {failure}", self.arguments.address),
            });
        }
        let mut out = anstream::stdout();
        if self.arguments.format == ListFormat::Json {
            writeln!(out, "{}", json::line(report))?;
        } else if let Some(lines) = text::notification(report, self.arguments.printer.as_deref()) {
            writeln!(out, "{lines}")?;
        } else if let Some(words) = text::status(report) {
            say(words);
        }
        out.flush()
    }

    /// What the client told last.
    fn rest(&mut self, reports: &mut UnboundedReceiver<Report>) {
        while let Ok(report) = reports.try_recv() {
            if self.print(&report).is_err() {
                return;
            }
        }
    }
}
