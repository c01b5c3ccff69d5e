//! The target file of a server.

use super::dialogue::Dialogue;
use super::draft::{self, Draft, list, scalar};
use super::offered::Offered;
use super::{Described, Failure};
use crate::arguments::{Init, NewAccount, Whereabouts};
use crate::exit::Exit;
use crate::probe;
use crate::stimulus::Source;
use crate::target::{Limits, Means};

/// What is known of a server.
struct Server {
    /// Its string binding.
    address: String,
    /// None where it was not asked.
    offered: Option<Offered>,
    name: Option<String>,
    server_name: Option<String>,
    printer: Option<String>,
    stimulus: Option<String>,
    accounts: Vec<NewAccount>,
}

/// A server that the arguments describe.
pub(super) fn described(arguments: &Init, address: &Whereabouts) -> Result<Described, Failure> {
    let offered = offered(arguments, address)?;
    let stimulus = arguments.stimulus.as_deref().map(|written| source(arguments, written)).transpose()?;
    Server {
        address: binding(address)?,
        name: arguments.name.clone(),
        server_name: arguments.server_name.clone(),
        printer: arguments.printer.clone(),
        stimulus,
        accounts: arguments.accounts.clone(),
        offered,
    }
    .described()
}

/// A server that the person at the terminal describes.
pub(super) fn asked(arguments: &Init, dialogue: &mut Dialogue<'_>) -> Result<Described, Failure> {
    let question = "Where is it? HOST:PORT, or ncacn_ip_tcp:HOST to ask its endpoint mapper";
    let (address, offered) = dialogue.ask_for(question, "", |answer| {
        let address = Whereabouts::parse(answer).map_err(|why| (Exit::Mistake, why))?;
        Ok((binding(&address)?, offered(arguments, &address)?))
    })?;
    if let Some(offered) = &offered {
        dialogue.say(&format!("  It speaks MS-PAN, in {}.", offered.syntaxes.join(" and ")))?;
        if let Some(why) = &offered.closed {
            dialogue.say(&format!("  {}", without_authentication(why)))?;
        }
    }
    let computer = offered.as_ref().and_then(|offered| offered.computer.clone()).unwrap_or_default();
    let name = open(arguments.name.as_ref(), dialogue, "Its name, for reports", "")?;
    let question = r"Its name in \\SERVER\queue and in the principal host/SERVER";
    let server_name = open(arguments.server_name.as_ref(), dialogue, question, &computer)?;
    let printer = open(arguments.printer.as_ref(), dialogue, "One of its print queues", "")?;
    let question = "HOST:PORT at which its notification source is asked";
    let stimulus = match &arguments.stimulus {
        Some(written) => Some(source(arguments, written)?),
        None => dialogue
            .ask_for(question, NONE, |answer| given(answer).map(|written| source(arguments, &written)).transpose())?,
    };
    let may_log_in = offered.as_ref().is_none_or(|offered| offered.security.is_some());
    let accounts = match arguments.accounts.is_empty() && may_log_in {
        true => account(dialogue)?.into_iter().collect(),
        false => arguments.accounts.clone(),
    };
    Server { address, offered, name, server_name, printer, stimulus, accounts }.described()
}

/// What stands for no answer in the questions.
const NONE: &str = "none";

/// An answer, unless it says that there is nothing.
fn given(answer: &str) -> Option<String> {
    (!answer.is_empty() && answer != NONE).then(|| answer.to_owned())
}

/// What an option says, or the answer to a question that may be left open.
fn open(
    option: Option<&String>,
    dialogue: &mut Dialogue<'_>,
    question: &str,
    usual: &str,
) -> Result<Option<String>, Failure> {
    match option {
        Some(written) => Ok(Some(written.clone())),
        None => dialogue.ask(question, if usual.is_empty() { NONE } else { usual }).map(|answer| given(&answer)),
    }
}

/// Who logs in.
fn account(dialogue: &mut Dialogue<'_>) -> Result<Option<NewAccount>, Failure> {
    let question = r"Who logs in? USER or DOMAIN\USER";
    let Some(who) = given(&dialogue.ask(question, "nobody")?).filter(|who| who != "nobody") else { return Ok(None) };
    let (domain, user) = who.split_once('\\').map_or((None, who.as_str()), |(domain, user)| (Some(domain), user));
    let usual: String =
        user.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    let question = "The environment variable that holds the password (its name, not the password)";
    let variable = dialogue.ask(question, &format!("{usual}_PASSWORD"))?;
    Ok(Some(NewAccount { user: user.to_owned(), domain: domain.map(str::to_owned), variable }))
}

fn binding(address: &Whereabouts) -> Result<String, Failure> {
    address.binding().map(|binding| binding.to_string()).map_err(|why| (Exit::Mistake, why))
}

/// What the server offers; none where it is not to be asked.
fn offered(arguments: &Init, address: &Whereabouts) -> Result<Option<Offered>, Failure> {
    if arguments.no_probe {
        return Ok(None);
    }
    let offer = probe::offered_at(address)?;
    Offered::of(&offer).map(Some).map_err(|why| (Exit::NothingPassed, why))
}

/// A notification source that answers as it should, where it may be asked.
fn source(arguments: &Init, written: &str) -> Result<String, Failure> {
    let port = written.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
    if !matches!(port, Some(Ok(1..))) {
        return Err((Exit::Mistake, format!("the notification source: `{written}` is no HOST:PORT")));
    }
    if !arguments.no_probe {
        let source = Source::outside(&Means::Tcp(written.to_owned()), Limits::default().call);
        probe::finished(source.probe())?.map_err(|why| (Exit::Environment, format!("{written}: {why}")))?;
    }
    Ok(written.to_owned())
}

fn without_authentication(why: &str) -> String {
    format!("Without authentication nobody may register: {why}.")
}

impl Server {
    fn described(self) -> Result<Described, Failure> {
        let security = self.security()?;
        let mut remarks = Vec::new();
        if let Some(why) = self.offered.as_ref().and_then(|offered| offered.closed.as_ref())
            && self.accounts.is_empty()
        {
            remarks.push(format!("{} Fill in `identities` and `security`.", without_authentication(why)));
        }
        if self.stimulus.is_none() {
            remarks.push(
                "Without `stimulus` the server can't be asked to notify: much of the protocol never shows.".to_owned(),
            );
        }
        if !self.accounts.is_empty() {
            remarks
                .push("Whether the accounts are let in, `pan-harness probe --target` with this file tells.".to_owned());
        }
        Ok(Described { text: self.text(&security), remarks })
    }

    /// Provider and level, as a target file has them, and whether they are used.
    fn security(&self) -> Result<(String, bool), Failure> {
        let begun = match &self.offered {
            Some(offered) => offered.security.clone(),
            None => Some(("negotiate".to_owned(), "pkt".to_owned())),
        };
        match begun {
            Some((provider, level)) => {
                Ok((format!("{{provider: {provider}, level: {level}}}"), !self.accounts.is_empty()))
            }
            None if self.accounts.is_empty() => Ok(("{provider: negotiate, level: pkt}".to_owned(), false)),
            None => {
                let why = "the server takes no login by a password: it begins no exchange of tokens by SPNEGO or NTLM";
                Err((Exit::Mistake, format!("--account: {why}")))
            }
        }
    }

    fn text(&self, (security, is_secure): &(String, bool)) -> String {
        let mut draft = Draft::default();
        draft.key("party", "server", "");
        draft.text("name", self.name.as_deref(), "my server 1.2", "for reports");
        draft.key("address", &draft::binding(&self.address), "without [port] the endpoint mapper is asked");
        let words = r"for \\PRINTSRV\queue and the principal host/PRINTSRV";
        let computer = self.offered.as_ref().and_then(|offered| offered.computer.as_deref());
        draft.text("server_name", self.server_name.as_deref().or(computer), "PRINTSRV", words);
        draft.text("printer", self.printer.as_deref(), "office-laser", "one of its print queues");
        match &self.offered {
            Some(offered) => draft.key("transfer_syntax", &list(offered.syntaxes.iter().copied()), "what it accepted"),
            None => draft.open("transfer_syntax", "[ndr, ndr64]", "NDR alone when absent; it was not asked"),
        }
        match &self.stimulus {
            Some(source) => {
                let value = format!("{{tcp: {}, exclusive: true}}", scalar(source));
                draft.key("stimulus", &value, "exclusive: it notifies only when asked to");
            }
            None => draft.open("stimulus", "{tcp: \"127.0.0.1:9000\"}", "or {command: [./notify.sh]}, {manual: true}"),
        }
        draft.key("limits", "{call: 5s, still_pending: 300ms, scenario: 60s}", "");
        draft.accounts(&self.accounts, "passwords come from the environment only; the first is the default");
        let words = "none|ntlm|kerberos|negotiate; connect|pkt|integrity|privacy";
        match is_secure {
            true => draft.key("security", security, words),
            false => draft.open("security", security, words),
        }
        let example = "{command: [./server], ready: {line: listening}}";
        draft.open("launch", example, "how it is started, for scenarios that end it");
        draft.into_text()
    }
}
