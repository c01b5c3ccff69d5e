//! What of a server's offer a target file is made from.

use crate::probe::offer::{Fact, InterfaceOffer, Offer, Reply};

/// What a server offers, as far as a target file says it.
pub(super) struct Offered {
    /// The transfer syntaxes that both interfaces of [MS-PAN] have.
    pub(super) syntaxes: Vec<&'static str>,
    /// Why nobody may register without authentication; none when it was let.
    pub(super) closed: Option<String>,
    /// The provider and the level that are usual of those with which an exchange of tokens begins.
    pub(super) security: Option<(String, String)>,
    /// What the server calls itself.
    pub(super) computer: Option<String>,
}

impl Offered {
    /// # Errors
    /// In words, when there is nothing that could be tested.
    pub(super) fn of(offer: &Offer) -> Result<Self, String> {
        let has = |of: fn(&InterfaceOffer) -> &Fact<Reply>| ours(offer).all(|one| accepts(of(one)));
        let both = [("ndr", has(|one| &one.ndr)), ("ndr64", has(|one| &one.ndr64))];
        let syntaxes: Vec<&str> = both.iter().filter(|(_, has)| *has).map(|(name, _)| *name).collect();
        if syntaxes.is_empty() {
            return Err(format!("{}: no MS-PAN is spoken there: {}", offer.address, refusals(offer)));
        }
        Ok(Self {
            syntaxes,
            closed: closed(offer),
            security: usual(offer),
            computer: offer
                .security
                .names
                .as_ref()
                .and_then(|names| names.computer.clone())
                .filter(|name| !name.is_empty()),
        })
    }
}

/// The interfaces of [MS-PAN] that were asked for.
fn ours(offer: &Offer) -> impl Iterator<Item = &InterfaceOffer> {
    let is_ours = |one: &&InterfaceOffer| mspan::Interface::ALL.iter().any(|known| known.name() == one.name);
    offer.interfaces.iter().filter(is_ours)
}

fn accepts(fact: &Fact<Reply>) -> bool {
    fact.known().is_some_and(|reply| reply.accepted)
}

/// What was said to each interface in each syntax, where it was no.
fn refusals(offer: &Offer) -> String {
    let of = |one: &InterfaceOffer| {
        [("NDR", &one.ndr), ("NDR64", &one.ndr64)].map(|(syntax, fact)| match fact {
            Fact::Known(reply) if reply.accepted => None,
            Fact::Known(reply) => Some(format!("{} in {syntax}: {}", one.name, reply.words)),
            Fact::Unknown(why) => Some(format!("{} in {syntax}: {why}", one.name)),
        })
    };
    ours(offer).flat_map(of).flatten().collect::<Vec<_>>().join("; ")
}

/// Why a registration by nobody did not go through.
fn closed(offer: &Offer) -> Option<String> {
    match &offer.registration {
        Fact::Unknown(why) => Some(why.clone()),
        Fact::Known(steps) => {
            let failed = steps.iter().find(|step| !step.succeeded)?;
            Some(format!("{}: {}", failed.method, failed.outcome))
        }
    }
}

/// SPNEGO before NTLM, packet level before others. Kerberos alone needs more than a user and a password.
fn usual(offer: &Offer) -> Option<(String, String)> {
    let providers = offer.security.providers.iter().filter(|one| one.provider != "kerberos");
    let begun = providers.flat_map(|one| {
        let levels = one.levels.iter().filter(|level| accepts(&level.begins));
        levels.map(|level| (one.provider.clone(), level.level.clone()))
    });
    begun.min_by_key(|(provider, level)| (provider != "negotiate", level != "pkt"))
}
