//! What identities are let in with, and may register for, as people read it.

use super::super::offer::{Fact, Logins, Registrant, RegistrationOffer, Reply};
use super::table::{Notes, Table};
use super::{cell, told, yes_or_no};

/// Both tables.
pub(super) fn to_text(logins: &Logins) -> String {
    let (mut table, mut notes) = (Table::new(2), Notes::default());
    let levels = logins.providers.first().map(|provider| provider.levels.as_slice()).unwrap_or_default();
    table.row(std::iter::once(String::new()).chain(levels.iter().map(|level| level.level.clone())));
    for provider in &logins.providers {
        let cells = provider.levels.iter().map(|level| cell(&level.accepted).to_owned());
        table.row(std::iter::once(provider.provider.clone()).chain(cells));
        let levels = provider.levels.iter().map(|level| (level.level.as_str(), &level.accepted));
        note(levels, &mut notes, &provider.provider, "-");
    }
    let mut facts = Table::new(2);
    if let Some(mechanism) = &logins.mechanism {
        facts.row(["negotiate chose".to_owned(), mechanism.clone()]);
    }
    facts.row(["header signing".to_owned(), told(&logins.header_signing, yes_or_no)]);
    facts.row(["packet level".to_owned(), told(&logins.packet_level, String::clone)]);
    format!(
        "Logins, as {}: is a call answered?\n{}{}{}\n{}",
        logins.identity,
        table.text(),
        notes.text(),
        facts.text(),
        registrants(logins)
    )
}

fn registrants(logins: &Logins) -> String {
    let title = format!("Who may register, with {}", logins.registered_with);
    let registrants = match &logins.registrants {
        Fact::Known(registrants) => registrants,
        Fact::Unknown(why) => return format!("{title}\n  {why}\n"),
    };
    let (mut table, mut notes) = (Table::new(2), Notes::default());
    let columns = registrants.first().map(|first| first.registrations.as_slice()).unwrap_or_default();
    table.row(std::iter::once(String::new()).chain(columns.iter().map(wanted)));
    for Registrant { identity, registrations } in registrants {
        let cells = registrations.iter().map(|one| cell(&one.authorised).to_owned());
        table.row(std::iter::once(identity.clone()).chain(cells));
        let columns: Vec<String> = registrations.iter().map(wanted).collect();
        let replies = columns.iter().map(String::as_str).zip(registrations.iter().map(|one| &one.authorised));
        note(replies, &mut notes, identity, ", ");
    }
    format!("{title}\n{}{}", table.text(), notes.text())
}

/// What is no acceptance in a row: one note for all of it where all is alike.
fn note<'a>(
    cells: impl Iterator<Item = (&'a str, &'a Fact<Reply>)> + Clone,
    notes: &mut Notes,
    row: &str,
    between: &str,
) {
    let mut replies = cells.clone().map(|(_, reply)| reply);
    let first = replies.next();
    if let Some(first) = first.filter(|first| replies.all(|other| other == *first)) {
        return notes.add_refusal(first, row);
    }
    for (column, reply) in cells {
        notes.add_refusal(reply, &format!("{row}{between}{column}"));
    }
}

fn wanted(one: &RegistrationOffer) -> String {
    match &one.printer {
        None => one.filter.clone(),
        Some(printer) => format!("{} of {printer}", one.filter),
    }
}
