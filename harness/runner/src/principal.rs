//! Who calls, and what they prove it with: users with passwords at hand, tickets, and the keys of our own services.

use std::sync::Arc;
use std::time::Duration;

use dcerpc::connection::PacketLevel;
use dcerpc::security::{Account as Proven, Level, Provider, SecurityError};
use peer::Misbehaviour;
use peer::client::Security;
use peer::server::{Authentication, Identity};
use security::witness::Secret;
use security::{Accounts, Credentials, Initiator, Keytab, Password, TicketFlaw, TicketMistake, TicketSource};
use trace::Flaw;
use uuid::Uuid;

use crate::exit::Exit;
use crate::protection::Protection;
use crate::scenario::meant::{self, Actor};
use crate::target::{self, Account, Loaded};

/// A user of the harness's.
#[derive(Clone, Debug)]
pub(crate) struct Principal {
    pub(crate) user: String,
    pub(crate) domain: String,
    pub(crate) administrator: bool,
    password: Option<Password>,
}

/// The users that there are, the default one first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Principals {
    list: Vec<Principal>,
    kerberos: Option<target::Kerberos>,
    /// The keys of the server's service.
    keytab: Option<Keytab>,
    packet_level: PacketLevel,
    /// How long a key distribution centre may take for an answer.
    limit: Duration,
}

/// What begins security contexts: for each user, for the first one with a wrong password, and for a user whom nobody knows.
#[derive(Clone, Debug)]
pub(crate) struct Initiators {
    list: Vec<Initiator>,
    wrong: Option<Initiator>,
    unknown: Initiator,
    /// What tickets are made for, such as `host/SERVER`.
    service: String,
}

/// Whom nobody knows.
const STRANGER: &str = "pan-harness-nobody";
/// The domain of invented users, as NTLM calls it.
const DOMAIN: &str = "LAB";
/// The same domain, as Kerberos calls it.
const REALM: &str = "LAB.TEST";

impl Principals {
    /// Users of that name, who are administrators or not, with passwords that nobody else learns, and a key for `host/SERVER`
    /// that nobody else has.
    pub(crate) fn invented(users: &[(&str, bool)], server: &str) -> Self {
        let invented = |(user, administrator): &(&str, bool)| Principal {
            user: (*user).to_owned(),
            domain: DOMAIN.to_owned(),
            administrator: *administrator,
            password: Some(Password::new(Uuid::new_v4().simple().to_string())),
        };
        // Without random octets there are no passwords either.
        let keytab = Keytab::generate(REALM, &format!("host/{server}")).ok();
        Self { list: users.iter().map(invented).collect(), keytab, ..Self::default() }
    }

    /// Those of a target file, with the passwords that the environment holds.
    ///
    /// # Errors
    /// In words, when it lacks one, or a keytab is not there.
    pub(crate) fn of_file(file: &target::Authentication, limit: Duration) -> Result<Self, String> {
        let list = file.identities.iter().map(Principal::of_account).collect::<Result<_, _>>()?;
        let packet_level = file.security.map_or_else(PacketLevel::default, |security| security.packet_level);
        let path = file.kerberos.as_ref().and_then(|kerberos| kerberos.keytab.as_ref());
        let keytab = path.map(|path| Keytab::open(path)).transpose().map_err(|error| error.to_string())?;
        Ok(Self { list, kerberos: file.kerberos.clone(), keytab, packet_level, limit })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.list.len()
    }

    /// Whether one of them is no administrator.
    pub(crate) fn has_other_than_administrators(&self) -> bool {
        self.list.iter().any(|principal| !principal.administrator)
    }

    /// What is sent at packet level, and expected there.
    pub(crate) fn packet_level(&self) -> PacketLevel {
        self.packet_level
    }

    /// In whose name an actor calls; nobody's when anonymous.
    pub(crate) fn of(&self, actor: &Actor) -> Option<&Principal> {
        self.place_of(actor.identity).and_then(|place| self.list.get(place))
    }

    fn place_of(&self, wanted: meant::Identity) -> Option<usize> {
        match wanted {
            meant::Identity::Default | meant::Identity::WrongPassword => Some(0),
            meant::Identity::Number(number) => usize::try_from(number).ok()?.checked_sub(1),
            meant::Identity::NotAdministrator => self.list.iter().position(|principal| !principal.administrator),
            meant::Identity::Anonymous | meant::Identity::UnknownUser => None,
        }
    }

    /// What begins the contexts of all of them for the service `host/SERVER`. This asks a key distribution centre where
    /// Kerberos is meant, and blocks meanwhile.
    ///
    /// # Errors
    /// The provider's reason, in words.
    pub(crate) fn initiators(&self, provider: Provider, server: &str) -> Result<Initiators, String> {
        let list = match self.list.as_slice() {
            // A cache of tickets alone says who it is.
            [] => vec![self.initiator(None, provider, server)?],
            list => {
                list.iter().map(|one| self.initiator(Some(one), provider, server)).collect::<Result<Vec<_>, _>>()?
            }
        };
        let guessing = |user: &str, domain: &str| {
            let password = Password::new(Uuid::new_v4().simple().to_string());
            let credentials = Credentials { user: user.to_owned(), domain: domain.to_owned(), password };
            Initiator::new(credentials).with_packet_level(self.sent_at_packet_level())
        };
        let wrong = self.list.first().map(|first| guessing(&first.user, &first.domain));
        let unknown = guessing(STRANGER, self.list.first().map_or("", |first| &first.domain));
        Ok(Initiators { list, wrong, unknown, service: format!("host/{server}") })
    }

    /// The same for the user at one place alone.
    ///
    /// # Errors
    /// The provider's reason, in words.
    pub(crate) fn initiator_at(&self, place: usize, provider: Provider, server: &str) -> Result<Initiator, String> {
        self.initiator(self.list.get(place), provider, server)
    }

    /// Whether tickets of Kerberos can be had, as far as the target file says.
    pub(crate) fn has_tickets(&self) -> bool {
        self.kerberos.as_ref().is_some_and(|known| known.realm.is_some())
    }

    fn sent_at_packet_level(&self) -> security::PacketLevel {
        match self.packet_level {
            PacketLevel::Unsigned => security::PacketLevel::Absent,
            PacketLevel::Signed | PacketLevel::Any => security::PacketLevel::Signed,
        }
    }

    fn initiator(&self, principal: Option<&Principal>, provider: Provider, server: &str) -> Result<Initiator, String> {
        let who = principal.map_or_else(|| "the credential cache".to_owned(), |principal| principal.user.clone());
        let credentials = principal.and_then(Principal::credentials);
        let kerberos = self.kerberos.as_ref().filter(|_| provider != Provider::NTLM);
        let asks = kerberos.is_some_and(|known| known.kdc.is_some() || known.ccache.is_some());
        let mints = !asks && self.keytab.is_some();
        if let Some(principal) =
            principal.filter(|one| mints && (provider == Provider::KERBEROS || one.password.is_none()))
        {
            let made = self.ticket_of(principal, &format!("host/{server}"), None);
            let made = made.map(|initiator| initiator.with_credentials(credentials));
            return made.map_err(|error| format!("no ticket for {who}: {error}"));
        }
        let Some((kerberos, realm)) = kerberos.and_then(|known| known.realm.clone().map(|realm| (known, realm))) else {
            let credentials = credentials.ok_or_else(|| format!("{who} has no password"))?;
            return Ok(Initiator::new(credentials).with_packet_level(self.sent_at_packet_level()));
        };
        let source = match &kerberos.ccache {
            Some(path) => TicketSource::Ccache(path.clone()),
            None => TicketSource::Password,
        };
        let asked = security::Kerberos { realm, kdc: kerberos.kdc.clone(), source, limit: self.limit };
        Initiator::with_kerberos(credentials, &asked, &format!("host/{server}"))
            .map(|initiator| initiator.with_packet_level(self.sent_at_packet_level()))
            .map_err(|error| format!("login refused for {who}: {error}"))
    }

    /// What a server of ours, which may misbehave, takes these users in with. Whoever does not authenticate is let in too, for rules
    /// to judge.
    pub(crate) fn authentication(&self, misbehaviour: Option<Misbehaviour>) -> Authentication {
        let mut accounts = Accounts::new(self.list.iter().filter_map(Principal::credentials));
        if let Some(keytab) = &self.keytab {
            accounts = accounts.with_keytab(keytab.clone(), None);
        }
        if let Some(mistake) = misbehaviour.and_then(ticket_mistake) {
            accounts = accounts.with_mistake(mistake);
        }
        // In Kerberos the realm tells the domain, and need not be called like it.
        let realm = self.kerberos.as_ref().and_then(|kerberos| kerberos.realm.as_ref());
        let listed = self.list.iter().flat_map(|principal| {
            let domains = std::iter::once(&principal.domain).chain(realm.filter(|_| !principal.domain.is_empty()));
            domains.map(|domain| {
                let account = Proven { user: principal.user.clone(), domain: domain.clone() };
                (account, Identity::user(&principal.user, principal.administrator))
            })
        });
        let mut authentication = Authentication::new(Arc::new(accounts), listed.collect());
        authentication.packet_level = self.packet_level;
        authentication
    }

    /// How the connections of an actor authenticate, unless it says itself that they don't.
    pub(crate) fn security(&self, initiators: &Initiators, actor: &Actor, usual: Protection) -> Option<Security> {
        let level = match actor.level {
            None => usual.level,
            Some(meant::Level::None) => return None,
            Some(meant::Level::Connect) => Level::CONNECT,
            Some(meant::Level::Packet) => Level::PKT,
            Some(meant::Level::Integrity) => Level::INTEGRITY,
            Some(meant::Level::Privacy) => Level::PRIVACY,
        };
        let protection = Protection { level, provider: actor.provider.unwrap_or(usual.provider) };
        if let Some(ticket) = actor.ticket {
            return self.minted(initiators, actor, ticket, protection);
        }
        match actor.identity {
            meant::Identity::WrongPassword => {
                let user = &self.list.first()?.user;
                Some(begin(initiators.wrong.clone()?, protection, None).falsely(user, Flaw::WrongPassword))
            }
            meant::Identity::UnknownUser => {
                Some(begin(initiators.unknown.clone(), protection, None).falsely(STRANGER, Flaw::UnknownUser))
            }
            identity => {
                let place = self.place_of(identity)?;
                Some(begin(initiators.list.get(place).cloned()?, protection, self.list.get(place)))
            }
        }
    }

    /// How an actor authenticates by a ticket that is made with the server's own key.
    fn minted(
        &self,
        initiators: &Initiators,
        actor: &Actor,
        ticket: meant::Ticket,
        protection: Protection,
    ) -> Option<Security> {
        let principal = self.of(actor)?;
        let flaw = match ticket {
            meant::Ticket::Valid => None,
            meant::Ticket::Flawed(flaw) => Some(flaw),
        };
        let protection = with_tickets(protection);
        let security = match self.ticket_of(principal, &initiators.service, flaw) {
            Ok(initiator) => begin(initiator, protection, Some(principal)),
            // Nobody may be let in without it.
            Err(why) => Security::computed(move || Err(SecurityError::Unsupported(why.clone()))),
        };
        Some(match flaw {
            None => security,
            Some(flaw) => security.falsely(&principal.user, flaw_of(flaw)),
        })
    }

    /// Begins contexts of a user's with a ticket that is made with the server's own key.
    fn ticket_of(&self, principal: &Principal, service: &str, flaw: Option<TicketFlaw>) -> Result<Initiator, String> {
        let keytab = self.keytab.as_ref().ok_or_else(|| "there is no keytab".to_owned())?;
        let made = Initiator::with_minted(keytab, &principal.user, service, flaw);
        let made = made.map(|initiator| initiator.with_packet_level(self.sent_at_packet_level()));
        made.map_err(|error| error.to_string())
    }

    /// How the first of the users authenticates by a ticket that is made with the server's own key.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(crate) fn security_by_ticket(&self, initiators: &Initiators, usual: Protection) -> Result<Security, String> {
        let principal = self.list.first().ok_or_else(|| "there is no identity to make a ticket for".to_owned())?;
        let initiator = self.ticket_of(principal, &initiators.service, None)?;
        Ok(begin(initiator, with_tickets(usual), Some(principal)))
    }

    /// How a connection of a user's authenticates.
    pub(crate) fn security_of(&self, initiators: &Initiators, place: usize, usual: Protection) -> Option<Security> {
        Some(begin(initiators.list.get(place).cloned()?, usual, self.list.get(place)))
    }

    /// How a connection of the user at a place authenticates, with contexts that are begun like that.
    pub(crate) fn security_with(&self, initiator: Initiator, place: usize, protection: Protection) -> Security {
        begin(initiator, protection, self.list.get(place))
    }

    /// The user at a place, in words.
    pub(crate) fn name(&self, place: usize) -> String {
        match self.list.get(place) {
            Some(Principal { user, domain, .. }) if domain.is_empty() => user.clone(),
            Some(Principal { user, domain, .. }) => format!("{user} of {domain}"),
            None => "whom the credential cache names".to_owned(),
        }
    }
}

impl Initiators {
    /// The same, asking for a service such as `host/SERVER` with NTLM too.
    pub(crate) fn asking_for(self, service: &str) -> Self {
        let list = self.list.into_iter().map(|initiator| initiator.with_service(service)).collect();
        Self { list, ..self }
    }

    /// How many users they are of.
    pub(crate) fn count(&self) -> usize {
        self.list.len()
    }
}

/// How a client calls as the first user of a target file.
///
/// # Errors
/// The exit code, with the words for it.
pub(crate) fn calling(file: &str) -> Result<(Option<Security>, PacketLevel), (Exit, String)> {
    let loaded = load(file)?;
    let authentication = loaded.authentication();
    let Some(protection) = authentication.protection() else {
        return Err((
            Exit::Mistake,
            format!("--target: {file} has no `security`, so that nobody logs in: leave --target out"),
        ));
    };
    let failed = |why: String| (Exit::Environment, why);
    let principals = Principals::of_file(authentication, ASKING).map_err(failed)?;
    let initiators = principals.initiators(protection.provider, loaded.server_name()).map_err(failed)?;
    Ok((principals.security_of(&initiators, 0, protection), principals.packet_level()))
}

/// How long a key distribution centre may take for an answer.
const ASKING: Duration = Duration::from_secs(5);

fn load(file: &str) -> Result<Loaded, (Exit, String)> {
    target::load(file).map_err(|problem| (Exit::Mistake, format!("--target: {}", problem.render())))
}

/// The password that an environment variable holds.
///
/// # Errors
/// Why there is none, in words that don't tell what it holds.
pub(crate) fn password_of(variable: &str) -> Result<Password, &'static str> {
    match std::env::var(variable) {
        Ok(password) => Ok(Password::new(password)),
        Err(std::env::VarError::NotPresent) => Err("is not set"),
        Err(std::env::VarError::NotUnicode(_)) => Err("holds what is no text"),
    }
}

/// The name of a variable, where it is surely one: people write a password in its place.
fn shown_variable(name: &str) -> Option<&str> {
    let usual = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    (name.chars().all(usual) && name.chars().any(|c| c == '_' || c.is_ascii_uppercase())).then_some(name)
}

/// What a misbehaviour does wrong with tickets of Kerberos, where it is about them: the acceptor has to know it.
pub(crate) fn ticket_mistake(misbehaviour: Misbehaviour) -> Option<TicketMistake> {
    match misbehaviour {
        Misbehaviour::AcceptsExpiredTicket => Some(TicketMistake::TimesIgnored),
        Misbehaviour::HostPrincipalUnknown => Some(TicketMistake::HostUnknown),
        _ => None,
    }
}

/// The same with a provider that takes tickets: SPNEGO in place of NTLM.
fn with_tickets(protection: Protection) -> Protection {
    let provider = if protection.provider == Provider::NTLM { Provider::NEGOTIATE } else { protection.provider };
    Protection { provider, ..protection }
}

/// How a trace calls what is wrong with a ticket.
fn flaw_of(flaw: TicketFlaw) -> Flaw {
    match flaw {
        TicketFlaw::Expired => Flaw::ExpiredTicket,
        TicketFlaw::NotYetValid => Flaw::EarlyTicket,
        TicketFlaw::WrongKey => Flaw::WrongKey,
        TicketFlaw::OtherService => Flaw::OtherService,
        TicketFlaw::ClockSkew => Flaw::ClockSkew,
    }
}

fn begin(initiator: Initiator, protection: Protection, principal: Option<&Principal>) -> Security {
    let Protection { provider, level } = protection;
    let security = Security::computed(move || initiator.context(provider, level));
    match principal {
        Some(principal) => security.named(Identity::user(&principal.user, principal.administrator)),
        None => security,
    }
}

impl Principal {
    fn of_account(account: &Account) -> Result<Self, String> {
        let password = account.password_env.as_ref().map(|variable| password(variable, &account.name));
        Ok(Self {
            user: account.user.clone(),
            domain: account.domain.clone(),
            administrator: account.administrator,
            password: password.transpose()?,
        })
    }

    fn credentials(&self) -> Option<Credentials> {
        let password = self.password.clone()?;
        Some(Credentials { user: self.user.clone(), domain: self.domain.clone(), password })
    }
}

/// What a watched user proves to be with; or why that is not known.
pub(crate) fn secret(account: &Account) -> Secret {
    let absent = || Err(format!("`{}` has no `password_env`", account.name));
    let password = account.password_env.as_ref().map_or_else(absent, |variable| password(variable, &account.name));
    Secret { user: account.user.clone(), domain: account.domain.clone(), password }
}

fn password(variable: &str, name: &str) -> Result<Password, String> {
    let named = shown_variable(variable).map(|name| format!(" {name}")).unwrap_or_default();
    password_of(variable).map_err(|why| format!("the environment variable{named} (`password_env` of `{name}`) {why}"))
}
