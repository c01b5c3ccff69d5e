//! Tickets and keytabs.

use std::fs;

use dcerpc::security::{Acceptor, Level, Provider, SecurityContext, SecurityError};
use rstest::rstest;
use security::{Accounts, Credentials, Initiator, Keytab, Password, TicketFlaw, TicketMistake};

use crate::golden::Conversation;
use crate::pair::{Pair, Way, cache, golden, keytab};

fn refusal(accounts: &Accounts, client: &mut dyn SecurityContext) -> String {
    let token = client.step(None).unwrap().token;
    let mut server = accounts.accept(Provider::KERBEROS, Level::PKT).unwrap();
    match server.step(token.as_ref()) {
        Err(SecurityError::Refused(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

fn client(name: &str) -> Box<dyn SecurityContext> {
    let initiator = Initiator::with_kerberos(None, &cache(name), "host/printsrv").unwrap();
    initiator.context(Provider::KERBEROS, Level::PKT).unwrap()
}

#[test]
fn an_authenticator_is_taken_once() {
    let accounts = Way::Kerberos.server();
    let token = client("alice.ccache").step(None).unwrap().token;
    let step = || accounts.accept(Provider::KERBEROS, Level::PKT).unwrap().step(token.as_ref());
    assert!(step().unwrap().token.is_some());
    assert_eq!(step().unwrap_err(), SecurityError::Refused("its authenticator was seen before".into()));
}

#[test]
fn a_ticket_for_another_server_is_refused() {
    let accounts = Accounts::new([]).with_keytab(keytab(), Some("host/other"));
    let reason = refusal(&accounts, client("alice.ccache").as_mut());
    assert_eq!(reason, "a ticket for host/printsrv@LAB.TEST, not for this server");
}

/// The keytab in other octets: what is changed, and what the server says then.
#[rstest]
#[case::realm(b"LAB.TEST", b"LAB.BEST", "the keytab has no key for host/printsrv@LAB.TEST")]
#[case::name(b"printsrv", b"printsry", "the keytab has no key for host/printsrv@LAB.TEST")]
#[case::encryption_type(
    b"\x00\x12\x00\x20",
    b"\x00\x13\x00\x20",
    "no key of host/printsrv@LAB.TEST of encryption type 18, version 3"
)]
fn a_keytab_without_the_key_says_so(#[case] from: &[u8], #[case] to: &[u8], #[case] reason: &str) {
    let mut octets = fs::read(golden("server.keytab")).unwrap();
    let at = octets.windows(from.len()).position(|found| found == from).unwrap();
    octets[at..at + from.len()].copy_from_slice(to);
    let accounts = Accounts::new([]).with_keytab(Keytab::parse(&octets).unwrap(), None);
    let said = refusal(&accounts, client("alice.ccache").as_mut());
    assert!(said.contains(reason), "{said}");
}

#[test]
fn a_key_that_is_another_one_opens_nothing() {
    let mut octets = fs::read(golden("server.keytab")).unwrap();
    let at = octets.windows(4).position(|found| found == b"\x00\x12\x00\x20").unwrap();
    octets[at + 4] ^= 1;
    let accounts = Accounts::new([]).with_keytab(Keytab::parse(&octets).unwrap(), None);
    let said = refusal(&accounts, client("alice.ccache").as_mut());
    assert_eq!(said, "the keytab's key for host/printsrv@LAB.TEST does not open its ticket");
}

#[test]
fn an_expired_ticket_is_refused_by_either_end() {
    let error = Initiator::with_kerberos(None, &cache("expired.ccache"), "host/printsrv").unwrap_err();
    assert!(error.to_string().ends_with("expired.ccache: its ticket has expired"), "{error}");

    // A client that believes otherwise: the times of the cache are no part of the ticket.
    let octets = fs::read(golden("expired.ccache")).unwrap();
    let folder = std::env::temp_dir().join(format!("pan-harness-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("believed.ccache");
    fs::write(&path, without_end(octets)).unwrap();
    let mut kerberos = cache("expired.ccache");
    kerberos.source = security::TicketSource::Ccache(path);
    let initiator = Initiator::with_kerberos(None, &kerberos, "host/printsrv").unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let mut client = initiator.context(Provider::KERBEROS, Level::PKT).unwrap();
    assert_eq!(refusal(&Way::Kerberos.server(), client.as_mut()), "its ticket has expired");
}

/// Times are three seconds apart in the cache: the start's and the end's.
fn without_end(mut octets: Vec<u8>) -> Vec<u8> {
    for at in 0..octets.len() - 8 {
        let read = |at: usize| u32::from_be_bytes(octets[at..at + 4].try_into().unwrap());
        if (1_700_000_000..2_100_000_000).contains(&read(at)) && (1..=3).contains(&read(at + 4).wrapping_sub(read(at)))
        {
            octets[at + 4..at + 8].copy_from_slice(&u32::MAX.to_be_bytes());
        }
    }
    octets
}

#[rstest]
#[case("missing.keytab", "missing.keytab: No such file or directory")]
#[case("alice.ccache", "alice.ccache: it begins with 0x0504, not with 0x0502")]
fn a_keytab_that_is_none_says_so(#[case] name: &str, #[case] words: &str) {
    let error = Keytab::open(&golden(name)).unwrap_err().to_string();
    assert!(error.starts_with("the keytab ") && error.contains(words), "{error}");
}

#[rstest]
#[case("missing.ccache", "host/printsrv", "missing.ccache: No such file or directory")]
#[case("server.keytab", "host/printsrv", "server.keytab: it begins with 0x0502, not with 0x0504")]
#[case("alice.ccache", "host/nobody", "no KDC of LAB.TEST is given")]
fn a_cache_without_a_ticket_says_so(#[case] name: &str, #[case] service: &str, #[case] words: &str) {
    let error = Initiator::with_kerberos(None, &cache(name), service).unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}

#[test]
fn a_cache_of_another_realm_has_no_ticket() {
    let mut kerberos = cache("alice.ccache");
    kerberos.realm = "OTHER.TEST".into();
    let error = Initiator::with_kerberos(None, &kerberos, "host/printsrv").unwrap_err().to_string();
    assert!(error.ends_with("no ticket for host/printsrv nor for tickets of OTHER.TEST"), "{error}");
}

#[test]
fn a_keytab_that_ends_too_early_is_refused() {
    let octets = fs::read(golden("server.keytab")).unwrap();
    let whole = Keytab::parse(&octets).unwrap();
    assert!(!format!("{whole:?}").contains(&format!("{:?}", &octets[60..64])), "a key shows itself");
    for end in 0..octets.len() {
        // It can end after the first of its two entries.
        let first = 6 + usize::try_from(u32::from_be_bytes(octets[2..6].try_into().unwrap())).unwrap();
        assert_eq!(Keytab::parse(&octets[..end]).is_err(), end != first, "{end}");
    }
}

/// Whom a client is has no say in whose ticket it has.
#[test]
fn the_account_is_the_tickets() {
    let mallory = Credentials { user: "mallory".into(), domain: String::new(), password: Password::new("") };
    let initiator = Initiator::with_kerberos(Some(mallory), &cache("alice.ccache"), "host/printsrv").unwrap();
    let mut client = initiator.context(Provider::KERBEROS, Level::PKT).unwrap();
    let mut server = Way::Kerberos.server().accept(Provider::KERBEROS, Level::PKT).unwrap();
    let request = client.step(None).unwrap().token;
    let reply = server.step(request.as_ref()).unwrap().token;
    let leg = client.step(reply.as_ref()).unwrap().token;
    assert!(server.step(leg.as_ref()).unwrap().established);
    assert_eq!(server.account().unwrap().user, "alice");
}

/// Two contexts at once: what answers the one is nothing to the other.
#[test]
fn answers_to_another_context_are_refused() {
    let accounts = Way::Kerberos.server();
    let begun = || {
        let mut client = client("alice.ccache");
        let mut server = accounts.accept(Provider::KERBEROS, Level::PKT).unwrap();
        let request = client.step(None).unwrap().token;
        let reply = server.step(request.as_ref()).unwrap().token;
        (client, server, reply)
    };
    let ((mut one, _, _), (_, _, other_reply)) = (begun(), begun());
    let refused = one.step(other_reply.as_ref()).unwrap_err();
    assert_eq!(refused, SecurityError::Refused("an AP-REP to another authenticator".into()));

    let ((mut one, _, reply), (_, mut other_server, _)) = (begun(), begun());
    let leg = one.step(reply.as_ref()).unwrap().token;
    let refused = other_server.step(leg.as_ref()).unwrap_err();
    assert_eq!(refused, SecurityError::Refused("a third leg that answers another AP-REP".into()));
}

/// MIT's client made this one when the golden files were made.
#[test]
fn an_old_authenticator_is_refused() {
    let token = Conversation::read("mit-kerberos.txt").tokens[0].clone();
    let mut server = Way::Kerberos.server().accept(Provider::KERBEROS, Level::PKT).unwrap();
    match server.step(Some(&token.into())) {
        Err(SecurityError::Refused(reason)) => {
            assert!(reason.starts_with("clock skew: the client's clock is ") && reason.ends_with(" s behind ours"));
        }
        other => panic!("{other:?}"),
    }
}

fn minted(keytab: &Keytab, flaw: Option<TicketFlaw>) -> Box<dyn SecurityContext> {
    let initiator = Initiator::with_minted(keytab, "alice", "host/printsrv", flaw).unwrap();
    initiator.context(Provider::KERBEROS, Level::PKT).unwrap()
}

/// A client with the service's key needs no KDC.
#[rstest]
fn a_ticket_can_be_made_with_the_services_key(#[values(true, false)] generated: bool) {
    let keytab = if generated { Keytab::generate("LAB.TEST", "host/printsrv").unwrap() } else { keytab() };
    let accounts = Accounts::new([]).with_keytab(keytab.clone(), None);
    let server = accounts.accept(Provider::KERBEROS, Level::PKT).unwrap();
    let pair = Pair::established(minted(&keytab, None), server).unwrap();
    let account = pair.acceptor.account().unwrap();
    assert_eq!(account, keytab.account("alice"));
    assert_eq!(account.domain, "LAB.TEST");
}

#[rstest]
#[case(TicketFlaw::Expired, "its ticket has expired")]
#[case(TicketFlaw::NotYetValid, "its ticket is not yet valid")]
#[case(TicketFlaw::WrongKey, "the keytab's key for host/printsrv@LAB.TEST does not open its ticket")]
#[case(TicketFlaw::OtherService, "the keytab has no key for host/pan-harness-")]
#[case(TicketFlaw::ClockSkew, "clock skew: the client's clock is 864")]
fn a_ticket_that_no_kdc_would_give_out_is_refused(#[case] flaw: TicketFlaw, #[case] reason: &str) {
    let keytab = keytab();
    let accounts = Accounts::new([]).with_keytab(keytab.clone(), None);
    let said = refusal(&accounts, minted(&keytab, Some(flaw)).as_mut());
    assert!(said.starts_with(reason), "{said}");
}

#[test]
fn a_ticket_can_only_be_made_with_the_key_of_its_service() {
    let error = Initiator::with_minted(&keytab(), "alice", "host/other", None).unwrap_err().to_string();
    assert_eq!(error, "the keytab has no key of AES for host/other");
}

/// Who takes what is over does so in earnest, and opens no ticket of another key all the same.
#[rstest]
#[case(TicketFlaw::Expired, true)]
#[case(TicketFlaw::NotYetValid, true)]
#[case(TicketFlaw::ClockSkew, true)]
#[case(TicketFlaw::WrongKey, false)]
fn a_server_can_leave_times_alone(#[case] flaw: TicketFlaw, #[case] taken: bool) {
    let keytab = keytab();
    let accounts = Accounts::new([]).with_keytab(keytab.clone(), None).with_mistake(TicketMistake::TimesIgnored);
    let server = accounts.accept(Provider::KERBEROS, Level::PKT).unwrap();
    assert_eq!(Pair::established(minted(&keytab, Some(flaw)), server).is_ok(), taken);
}

#[test]
fn a_server_can_disown_its_principal() {
    let keytab = keytab();
    let accounts = Accounts::new([]).with_keytab(keytab.clone(), None).with_mistake(TicketMistake::HostUnknown);
    let server = accounts.accept(Provider::KERBEROS, Level::PKT).unwrap();
    let refused = Pair::established(minted(&keytab, None), server).unwrap_err();
    let words = "the ticket is for another server (Kerberos error 35)";
    assert_eq!(refused, SecurityError::Refused(words.into()));
}
