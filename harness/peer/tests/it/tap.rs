//! What a tap notes.

use dcerpc::security::{Mechanism, SessionKey};
use peer::Tap;
use rstest::rstest;
use trace::{ConnectionId, Seen};
use zeroize::Zeroizing;

#[rstest]
#[case(
    Mechanism::Ntlm { flags: 0xE208_8235, first_sequence_number: 1 },
    trace::Mechanism::Ntlm { flags: 0xE208_8235, first_sequence_number: 1 }
)]
#[case(
    Mechanism::Kerberos { encryption_type: 18, acceptor_subkey: true },
    trace::Mechanism::Kerberos { encryption_type: 18, acceptor_subkey: true }
)]
fn a_tap_notes_session_keys(#[case] mechanism: Mechanism, #[case] noted: trace::Mechanism) {
    let tap = Tap::new();
    let octets = Zeroizing::new(vec![7; 16]);
    tap.session_key(ConnectionId(3), 9, &SessionKey { mechanism, octets: octets.clone() });
    let entries = tap.take();
    let key = Some(trace::SessionKey { mechanism: noted, octets });
    let expected = trace::ContextKey { connection: ConnectionId(3), auth_context_id: 9, key };
    assert_eq!(entries.into_iter().map(|entry| entry.seen).collect::<Vec<_>>(), [Seen::Key(expected)]);
}
