//! Octets that nobody meant well with.

use bytes::Bytes;
use dcerpc::security::{Level, Segments, Sender};
use proptest::prelude::*;
use security::{Keytab, Password, unsealer, witness};

use crate::golden::Conversation;
use crate::pair::{Pair, Way, keytab};

const WAYS: [Way; 6] =
    [Way::Ntlm, Way::NtlmInSpnego, Way::NtlmForWantOfKerberos, Way::Kerberos, Way::Kerberos128, Way::KerberosInSpnego];
const CONVERSATIONS: [&str; 5] =
    ["mit-kerberos.txt", "mit-kerberos-128.txt", "mit-negotiate.txt", "pyspnego-ntlm.txt", "pyspnego-negotiate.txt"];

fn way() -> impl Strategy<Value = Way> {
    proptest::sample::select(&WAYS[..])
}

/// Tokens of others with some octets changed, or cut off.
fn broken() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let name = proptest::sample::select(&CONVERSATIONS[..]);
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (name, changes, 0..64_usize).prop_map(|(name, changes, cut)| {
        let mut tokens = Conversation::read(name).tokens;
        for token in &mut tokens {
            token.truncate(token.len().saturating_sub(cut));
            for (index, octet) in &changes {
                if !token.is_empty() {
                    let at = index.index(token.len());
                    token[at] = *octet;
                }
            }
        }
        tokens
    })
}

/// Gives tokens to both ends of a context, whether they take them or not, and lets a witness look at them.
fn offered(way: Way, tokens: &[Vec<u8>]) {
    let [mut initiator, mut acceptor] = way.ends(Level::PRIVACY);
    let _ = initiator.step(None);
    for token in tokens {
        let token = Bytes::copy_from_slice(token);
        let _ = initiator.step(Some(&token));
        let _ = acceptor.step(Some(&token));
    }
    for pair in tokens.windows(2) {
        let _ = witness::kerberos(&keytab(), &pair[0], &pair[1]);
        let _ = witness::ntlm(&Password::new("Sesame!"), &pair[0], &pair[1]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_octets_as_tokens_are_at_most_refused(
        way in way(),
        tokens in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..4),
    ) {
        offered(way, &tokens);
    }

    #[test]
    fn broken_tokens_are_at_most_refused(way in way(), tokens in broken()) {
        offered(way, &tokens);
    }

    #[test]
    fn any_octets_as_keytab_are_at_most_refused(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Keytab::parse(&[&[5, 2], octets.as_slice()].concat());
    }

    #[test]
    fn any_octets_as_pdus_are_at_most_refused(
        way in way(),
        level in 0..9_u8,
        token in proptest::collection::vec(any::<u8>(), 0..90),
        body in proptest::collection::vec(any::<u8>(), 0..90),
        header_signing: bool,
    ) {
        let Pair { initiator, mut acceptor } = way.pair(Level::PRIVACY);
        let mut witness = unsealer(&initiator.session_key().unwrap()).unwrap();
        let token = Bytes::from(token);
        for front in [&[][..], &[5, 4, 6, 255, 0, 16, 0, 28], &[4, 4, 4, 255], &[1, 0, 0, 0]] {
            let token = Bytes::from([front, &token].concat());
            let mut plain = body.clone();
            let segments = Segments { header: &[], body: &mut plain, sec_trailer: &[] };
            prop_assert!(acceptor.unprotect(segments, &token, header_signing).is_err());
            let segments = Segments { header: &[], body: &mut plain, sec_trailer: &[] };
            let _ = witness.open(Sender::Initiator, Level(level), segments, &token, header_signing);
        }
    }
}
