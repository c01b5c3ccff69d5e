//! What the identities of a target file are let in with, and who of them may register.
//!
//! Servers lock accounts after a few logins that they refuse. So the first login is with the provider and at the level of the
//! target file, and nothing else is tried with a password that it does not prove to be right.

use std::collections::BTreeMap;
use std::sync::Arc;

use dcerpc::TransferSyntax;
use dcerpc::connection::PacketLevel;
use dcerpc::pdu::BindNak;
use dcerpc::security::{Level, Provider};
use mspan::UserFilter;
use mspan::method::{CreateIn, DeleteIn, In, Out};
use peer::Tap;
use peer::client::{Association, Call, Choice, Outcome, Refused};
use security::Initiator;
use tokio::task::spawn_blocking;
use tokio::time::{timeout, timeout_at};

use super::answered::Answered;
use super::line::{Port, Silence};
use super::offer::{Fact, LevelLogin, Logins, ProviderLogins, Registrant, RegistrationOffer, Reply};
use super::registration::{Registration, Secured, Wanted, options};
use super::security::{LEVELS, PROVIDERS};
use crate::principal::Principals;
use crate::protection::Protection;

/// Who logs in to a server.
#[derive(Clone, Debug)]
pub struct Identities {
    /// The users, with their passwords.
    pub(crate) principals: Principals,
    /// The provider and the level of the target file.
    pub(crate) protection: Protection,
    /// For the principal `host/SERVER` and the names of queues.
    pub(crate) server_name: String,
    /// The queue to register for beside the print server.
    pub(crate) printer: Option<String>,
}

/// What begins contexts, or why nothing can.
type Means = Result<Initiator, String>;

/// What one identity has to begin contexts with.
#[derive(Clone, Debug)]
struct Chest {
    password: Means,
    /// None where the target file says nothing of tickets.
    kerberos: Option<Means>,
}

/// Logs in as the first identity with each provider at each level.
pub(super) struct Trial<'a> {
    identities: &'a Identities,
    port: &'a Port,
    syntax: TransferSyntax,
    chest: Chest,
    /// Whether the password, or the ticket, was proved to be right.
    proved: bool,
    /// Why nothing more is tried.
    given_up: Option<String>,
    cells: BTreeMap<(u8, u8), Fact<Reply>>,
    header_signing: Option<bool>,
    mechanism: Option<String>,
    packet_level: Option<String>,
    refused: Option<String>,
}

impl<'a> Trial<'a> {
    /// As the first identity, in a syntax that IRPCRemoteObject has at that port.
    pub(super) async fn new(identities: &'a Identities, port: &'a Port, syntax: TransferSyntax) -> Self {
        Self {
            identities,
            port,
            syntax,
            chest: chest(identities, 0, port).await,
            proved: false,
            given_up: None,
            cells: BTreeMap::new(),
            header_signing: None,
            mechanism: None,
            packet_level: None,
            refused: None,
        }
    }

    /// Tries all ways, the target file's own first.
    pub(super) async fn all(&mut self) {
        let own = self.identities.protection;
        let reply = self.login(own).await;
        self.refused = self.refusal(&reply);
        self.cells.insert(key(own), reply);
        for (_, provider) in PROVIDERS {
            for (_, level) in LEVELS {
                let way = Protection { provider, level };
                if way != own {
                    let reply = self.login(way).await;
                    self.cells.insert(key(way), reply);
                }
            }
        }
    }

    /// Why the target file's own way is not the target's, in a sentence.
    fn refusal(&self, reply: &Fact<Reply>) -> Option<String> {
        match reply {
            Fact::Known(Reply { accepted: true, .. }) => None,
            Fact::Known(Reply { words, .. }) => Some(refused(self.identities, self.port, 0, words)),
            // Whoever has no means says itself who is refused by whom.
            Fact::Unknown(why) => match self.chest.means(self.identities.protection.provider) {
                Err(why) => Some(why),
                Ok(_) => Some(refused(self.identities, self.port, 0, why)),
            },
        }
    }

    async fn login(&mut self, way: Protection) -> Fact<Reply> {
        if let Some(why) = &self.given_up {
            return Fact::Unknown(format!("not tried: {why}"));
        }
        let initiator = match self.chest.means(way.provider) {
            Ok(initiator) => initiator,
            Err(why) => {
                if way == self.identities.protection {
                    self.given_up = Some(format!("{way} could not be tried"));
                }
                return Fact::Unknown(why);
            }
        };
        let Some(limit) = self.port.limit_now() else { return Fact::Unknown(Silence::Late.to_string()) };
        let tap = Tap::new();
        let secured = secured(self.identities, initiator, 0, way);
        let options = options(self.syntax, Some(secured));
        let association = Association::new(Arc::clone(&self.port.connector), tap.clone(), options);
        let outcome = answered(&association, limit).await;
        timeout(limit, association.close_all()).await.ok();
        self.note(way, &outcome, &Answered::read(&tap.take()));
        match outcome {
            Outcome::Returned { .. } => Fact::Known(Reply { accepted: true, words: "a call was answered".to_owned() }),
            Outcome::TimedOut => Fact::Unknown(Silence::Nothing(limit).to_string()),
            Outcome::Unreachable { .. } | Outcome::Dropped => Fact::Unknown(outcome.to_string()),
            refusal => Fact::Known(Reply { accepted: false, words: refusal.to_string() }),
        }
    }

    /// Keeps what an outcome shows, and gives up where it might be the password's fault.
    fn note(&mut self, way: Protection, outcome: &Outcome, answered: &Answered) {
        if !matches!(outcome, Outcome::Returned { .. }) {
            if !self.proved && !is_no_login(outcome) {
                self.given_up = Some(format!("{way} was not accepted, and accounts may be locked by further logins"));
            }
            return;
        }
        self.proved = true;
        if way.level > Level::CONNECT {
            self.header_signing = self.header_signing.or(answered.header_signing);
        }
        if way.provider == Provider::NEGOTIATE {
            self.mechanism = self.mechanism.take().or_else(|| answered.mechanism.clone());
        }
        if way.level == Level::PKT {
            let words = |signed| if signed { "signed" } else { "unsigned" }.to_owned();
            self.packet_level = self.packet_level.take().or_else(|| answered.is_signed.map(words));
        }
    }

    /// Tries as each identity to register, and tells all. The calls of IRPCAsyncNotify go over a second connection when that one
    /// `joins`.
    ///
    /// `joins` is an error where no registration can be tried, and says why.
    pub(super) async fn told(mut self, joins: Result<bool, String>) -> Logins {
        let registrants = match (joins, &self.refused) {
            (Err(why), _) => Fact::Unknown(why),
            (Ok(_), Some(_)) => Fact::Unknown(format!("not tried: {} was not accepted", self.identities.protection)),
            (Ok(joins), None) => Fact::Known(self.registrants(joins).await),
        };
        let providers = PROVIDERS.map(|(name, provider)| ProviderLogins {
            provider: name.to_owned(),
            auth_type: provider.0,
            levels: LEVELS.map(|(name, level)| self.told_at(name, Protection { provider, level })).into(),
        });
        Logins {
            identity: self.identities.principals.name(0),
            providers: providers.into(),
            mechanism: self.mechanism,
            header_signing: self.header_signing.ok_or("no login at a level that signs was accepted").into(),
            packet_level: self.packet_level.ok_or("no login at that level was accepted").into(),
            registered_with: self.identities.protection.to_string(),
            registrants,
            refused: self.refused,
        }
    }

    fn told_at(&self, level: &str, way: Protection) -> LevelLogin {
        let accepted = self.cells.get(&key(way)).cloned();
        LevelLogin {
            level: level.to_owned(),
            auth_level: way.level.0,
            accepted: accepted.unwrap_or_else(|| Fact::Unknown("not tried".to_owned())),
        }
    }

    async fn registrants(&mut self, joins: bool) -> Vec<Registrant> {
        let Identities { principals, protection, .. } = self.identities;
        let mut told = vec![self.registrant("nobody".to_owned(), None, joins).await.0];
        for place in 0..principals.count().max(1) {
            let chest = match place {
                0 => self.chest.clone(),
                _ => chest(self.identities, place, self.port).await,
            };
            let name = principals.name(place);
            let initiator = match chest.means(protection.provider) {
                Ok(initiator) => initiator,
                Err(why) => {
                    let unknown = Fact::Unknown(why.clone());
                    told.push(Registrant { identity: name, registrations: self.alike(&unknown) });
                    self.refused.get_or_insert(why);
                    continue;
                }
            };
            let secured = secured(self.identities, initiator, place, *protection);
            let (registrant, why) = self.registrant(name, Some(secured), joins).await;
            told.push(registrant);
            if let (Some(why), None) = (why, &self.refused) {
                self.refused = Some(refused(self.identities, self.port, place, &why));
            }
        }
        told
    }

    /// Tries to register as somebody. The second value is why the login failed.
    async fn registrant(
        &self,
        identity: String,
        secured: Option<Secured>,
        joins: bool,
    ) -> (Registrant, Option<String>) {
        let mut registration = Registration::new(self.port, self.syntax, secured);
        let (mut registrations, mut why) = (Vec::new(), None);
        for wanted in self.wanted() {
            let tried = registration.tried(joins, &wanted).await;
            if !tried.created {
                // Whoever is not let in is not to be tried again and again.
                why = Some(match &tried.registered {
                    Fact::Known(reply) => reply.words.clone(),
                    Fact::Unknown(why) => why.clone(),
                });
                registrations = self.alike(&tried.registered);
                break;
            }
            registrations.push(offer(&wanted, tried.registered));
        }
        registration.close().await;
        (Registrant { identity, registrations }, why)
    }

    fn alike(&self, authorised: &Fact<Reply>) -> Vec<RegistrationOffer> {
        self.wanted().iter().map(|wanted| offer(wanted, authorised.clone())).collect()
    }

    /// What is registered for: the print server and the queue, for the own user and for all.
    fn wanted(&self) -> Vec<Wanted> {
        let Identities { server_name, printer, .. } = self.identities;
        let queue = printer.as_ref().map(|printer| format!(r"\\{server_name}\{printer}"));
        let filters = [UserFilter::PER_USER, UserFilter::ALL_USERS];
        let of = |queue: Option<String>| filters.map(|filter| Wanted { queue: queue.clone(), filter });
        std::iter::once(None).chain(queue.map(Some)).flat_map(of).collect()
    }
}

impl Chest {
    fn means(&self, provider: Provider) -> Means {
        match (provider, &self.kerberos) {
            (Provider::NTLM, _) | (Provider::NEGOTIATE, None) => self.password.clone(),
            (_, Some(kerberos)) => kerberos.clone(),
            (_, None) => Err("not tried: the target file has no `kerberos` with a realm".to_owned()),
        }
    }
}

/// What an identity has. A key distribution centre is asked where the target file names one.
async fn chest(identities: &Identities, place: usize, port: &Port) -> Chest {
    let Identities { principals, server_name, .. } = identities;
    let password = principals.initiator_at(place, Provider::NTLM, server_name);
    let kerberos = match principals.has_tickets() {
        false => None,
        true => {
            let (principals, server_name) = (principals.clone(), server_name.clone());
            let asked = spawn_blocking(move || principals.initiator_at(place, Provider::KERBEROS, &server_name));
            Some(match timeout_at(port.end, asked).await {
                Ok(Ok(means)) => means,
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => {
                    Err("the key distribution centre gave no answer before the time for the whole probe was over"
                        .to_owned())
                }
            })
        }
    };
    Chest { password, kerberos }
}

fn secured(identities: &Identities, initiator: Initiator, place: usize, way: Protection) -> Secured {
    let packet_level = match identities.principals.packet_level() {
        PacketLevel::Unsigned => PacketLevel::Unsigned,
        // What is not signed is to be told and not refused.
        PacketLevel::Signed | PacketLevel::Any => PacketLevel::Any,
    };
    Secured { security: identities.principals.security_with(initiator, place, way), packet_level }
}

/// Makes a call, and another one to undo it.
async fn answered(association: &Association, limit: std::time::Duration) -> Outcome {
    let call = |input: In| Call {
        connection: Choice::Named("first".to_owned()),
        limit,
        ..Call::method(input.method(), input)
    };
    let outcome = association.call(&call(In::Create(CreateIn))).await;
    if let Outcome::Returned { stub, format } = &outcome
        && let Ok(read) = Out::decode(mspan::Method::Create, stub.clone(), *format)
        && let Out::Create(created) = read.value
        && created.status.is_success()
    {
        association.call(&call(In::Delete(DeleteIn { remote_obj: created.remote_obj }))).await;
    }
    outcome
}

/// Whether nobody has looked at the password: the server lacks the provider or the interface, or is away.
fn is_no_login(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::BindRefused(Refused::Nak { reason }) => *reason == BindNak::AUTHENTICATION_TYPE_NOT_RECOGNIZED,
        Outcome::BindRefused(Refused::Context { .. }) | Outcome::Unreachable { .. } => true,
        _ => false,
    }
}

fn refused(identities: &Identities, port: &Port, place: usize, why: &str) -> String {
    let Identities { principals, protection, .. } = identities;
    let (who, address) = (principals.name(place), port.connector.address());
    format!("login refused for {who} by the server at {address} ({protection}): {why}")
}

fn offer(wanted: &Wanted, authorised: Fact<Reply>) -> RegistrationOffer {
    let filter = wanted.filter.name().unwrap_or_default().to_owned();
    RegistrationOffer { printer: wanted.queue.clone(), filter, authorised }
}

const fn key(way: Protection) -> (u8, u8) {
    (way.provider.0, way.level.0)
}
