//! What a server offers, as people read it.

mod login;
mod table;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::offer::{
    Agreed, Connection, EndpointMap, Fact, Fragments, Group, InterfaceOffer, NamedInterface, Names, Offer,
    ProviderOffer, Reply, Security, SourceOffer, Step, Verb,
};
use table::{Notes, Table};

/// How many elements of an endpoint map, and names of interfaces, are shown.
const SHOWN: usize = 20;

/// The whole offer.
#[must_use]
pub fn to_text(offer: &Offer) -> String {
    let mut sections = vec![format!("{}\n", offer.address)];
    sections.extend(offer.endpoint_mapper.as_ref().map(endpoint_mapper));
    sections.push(interfaces(&offer.interfaces, &offer.management));
    sections.push(connection(&offer.connection, &offer.association));
    sections.push(registration(&offer.registration));
    sections.push(security(&offer.security));
    sections.extend(offer.logins.as_ref().map(login::to_text));
    sections.extend(offer.notification_source.as_ref().map(source));
    if !offer.remarks.is_empty() {
        let remarks = offer.remarks.iter().map(|remark| format!("  {remark}\n"));
        sections.push(format!("Not as it should be\n{}", remarks.collect::<String>()));
    }
    printable(&sections.join("\n"))
}

/// What the endpoint mapper of a server said that could not be asked itself.
pub(super) fn mapper_to_text(map: &EndpointMap) -> String {
    printable(&endpoint_mapper(map))
}

fn endpoint_mapper(map: &EndpointMap) -> String {
    let mut text = format!("Endpoint mapper at {}\n", map.address);
    let mut table = Table::new(2);
    for mapped in &map.mapped {
        table.row([mapped.interface.clone(), told(&mapped.port, |port| format!("port {port}"))]);
    }
    let Fact::Known(elements) = &map.elements else {
        table.row(["all elements".to_owned(), told(&map.elements, |_| String::new())]);
        return text + &table.text();
    };
    let interfaces: BTreeSet<_> = elements.iter().map(|element| (&element.uuid, &element.version)).collect();
    table.row(["all elements".to_owned(), format!("{}, of {} interfaces", elements.len(), interfaces.len())]);
    text += &table.text();
    let mut table = Table::new(4);
    for element in elements.iter().take(SHOWN) {
        let name = element.name.as_ref().or(element.uuid.as_ref()).map_or("no interface", String::as_str);
        let version = element.version.as_deref().unwrap_or_default();
        let syntax = element.transfer_syntax.clone().unwrap_or_default();
        table.row([format!("{name} {version}"), syntax, element.binding.clone()]);
    }
    text += &table.text();
    if let Some(more @ 1..) = elements.len().checked_sub(SHOWN) {
        let _ = writeln!(text, "    and {more} more: --format json has all");
    }
    text
}

fn interfaces(offers: &[InterfaceOffer], management: &Fact<Vec<NamedInterface>>) -> String {
    let (mut table, mut notes) = (Table::new(2), Notes::default());
    table.row(["", "NDR", "NDR64", "both proposed"].map(str::to_owned));
    for offer in offers {
        let both = match &offer.both {
            Fact::Known(Reply { accepted: true, words }) => words.clone(),
            other => cell(other).to_owned(),
        };
        table.row([
            format!("{} {}", offer.name, offer.version),
            cell(&offer.ndr).to_owned(),
            cell(&offer.ndr64).to_owned(),
            both,
        ]);
        for (syntax, reply) in [("NDR", &offer.ndr), ("NDR64", &offer.ndr64)] {
            notes.add_refusal(reply, &format!("{} in {syntax}", offer.name));
        }
    }
    let named = told(management, |named| {
        let words = |one: &NamedInterface| format!("{} {}", one.name.as_ref().unwrap_or(&one.uuid), one.version);
        let more = named.len().checked_sub(SHOWN).filter(|more| *more > 0).map(|more| format!("and {more} more"));
        named.iter().take(SHOWN).map(words).chain(more).collect::<Vec<_>>().join(", ")
    });
    format!("Interfaces\n{}{}  by its management: {named}\n", table.text(), notes.text())
}

fn connection(connection: &Connection, group: &Group) -> String {
    let mut table = Table::new(2);
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    row("byte order", told(&connection.byte_order, String::clone));
    row(
        "secondary address",
        told(&connection.secondary_address, |address| match address.as_str() {
            "" => "none".to_owned(),
            address => address.to_owned(),
        }),
    );
    for Fragments { proposed, agreed } in &connection.fragments {
        let words = told(agreed, |Agreed { max_xmit_frag, max_recv_frag }| {
            format!("sends {max_xmit_frag}, receives {max_recv_frag} octets")
        });
        row(&format!("fragments of {proposed}"), words);
    }
    row("several calls at a time", told(&connection.multiplexing, yes_or_no));
    row(
        "features",
        told(&connection.features, |features| match features.as_slice() {
            [] => "none".to_owned(),
            features => features.join(", "),
        }),
    );
    row("alter_context", told(&connection.alter_context, reply));
    row("header signing", told(&connection.header_signing, yes_or_no));
    row("second connection", told(&group.second_connection, reply));
    row("unknown association", told(&group.unknown_group, reply));
    format!("Connections\n{}", table.text())
}

fn registration(steps: &Fact<Vec<Step>>) -> String {
    let steps = match steps {
        Fact::Known(steps) => steps,
        Fact::Unknown(why) => return format!("Registration\n  {why}\n"),
    };
    let mut table = Table::new(2);
    for step in steps {
        table.row([step.method.clone(), format!("{} connection", step.connection), step.outcome.clone()]);
    }
    format!("Registration, without authentication\n{}", table.text())
}

fn security(security: &Security) -> String {
    let (mut table, mut notes) = (Table::new(2), Notes::default());
    let levels = security.providers.first().map(|provider| provider.levels.as_slice()).unwrap_or_default();
    table.row(std::iter::once(String::new()).chain(levels.iter().map(|level| level.level.clone())));
    for provider in &security.providers {
        let cells = provider.levels.iter().map(|level| cell(&level.begins).to_owned());
        table.row(std::iter::once(provider.provider.clone()).chain(cells));
        note_levels(provider, &mut notes);
    }
    for mechanism in &security.mechanisms {
        notes.add(&mechanism.taken, &format!("{} alone within negotiate", mechanism.mechanism));
    }
    let mut text = format!("Security: does the exchange of tokens begin?\n{}{}", table.text(), notes.text());
    if let Some(called) = security.names.as_ref().map(called).filter(|called| !called.is_empty()) {
        let _ = writeln!(text, "  it calls itself {called}");
    }
    text
}

/// One note for all levels where they are alike.
fn note_levels(provider: &ProviderOffer, notes: &mut Notes) {
    let mut begins = provider.levels.iter().map(|level| &level.begins);
    let first = begins.next();
    if begins.all(|other| Some(other) == first) {
        return first.into_iter().for_each(|reply| notes.add(reply, &provider.provider));
    }
    for level in &provider.levels {
        notes.add(&level.begins, &format!("{} at {}", provider.provider, level.level));
    }
}

fn called(names: &Names) -> String {
    let told = [
        ("target", &names.target),
        ("computer", &names.computer),
        ("DNS", &names.dns_computer),
        ("domain", &names.domain),
        ("DNS domain", &names.dns_domain),
    ];
    let told = told.iter().filter_map(|(what, name)| {
        name.as_ref().filter(|name| !name.is_empty()).map(|name| format!("{name} ({what})"))
    });
    told.collect::<Vec<_>>().join(", ")
}

fn source(source: &SourceOffer) -> String {
    let mut table = Table::new(2);
    table.row(["a verb that does not exist".to_owned(), told(&source.nonsense, String::clone)]);
    for Verb { verb, answer, .. } in &source.verbs {
        table.row([verb.clone(), answer.clone()]);
    }
    table.row([source.not_tried.join(", "), "not tried, for they do harm".to_owned()]);
    format!("Notification source\n{}", table.text())
}

fn told<T>(fact: &Fact<T>, words: impl FnOnce(&T) -> String) -> String {
    match fact {
        Fact::Known(value) => words(value),
        Fact::Unknown(why) => format!("unknown: {why}"),
    }
}

fn cell(reply: &Fact<Reply>) -> &'static str {
    match reply {
        Fact::Known(Reply { accepted: true, .. }) => "yes",
        Fact::Known(Reply { accepted: false, .. }) => "no",
        Fact::Unknown(_) => "?",
    }
}

fn reply(reply: &Reply) -> String {
    let yes_or_no = if reply.accepted { "yes" } else { "no" };
    format!("{yes_or_no}: {}", reply.words)
}

fn yes_or_no(value: &bool) -> String {
    (if *value { "yes" } else { "no" }).to_owned()
}

/// Text from outside, without what would command a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
