//! NTLM version 2's response: whether it proves the password, and the key that comes of it ([MS-NLMP] 3.3.2, 3.2.5.1.2).

use dcerpc::security::SecurityError;
use hmac::{Hmac, KeyInit, Mac};
use md4::{Digest, Md4};
use md5::Md5;
use rc4::{Rc4, StreamCipher};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Authenticate, Challenge, flag};
use crate::Password;

/// Compares NTProofStr with what the password gives, and derives ExportedSessionKey.
pub(crate) fn prove(
    password: &Password,
    challenge: &Challenge,
    authenticate: &Authenticate<'_>,
) -> Result<Zeroizing<Vec<u8>>, SecurityError> {
    let key = ntowf_v2(password, &authenticate.user, &authenticate.domain);
    let (sent, temp) = authenticate.response.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    let proof = hmac_md5(&*key, &[&challenge.server_challenge, temp]);
    if !bool::from(sent.ct_eq(&*proof)) {
        return Err(SecurityError::Refused("the password is wrong".into()));
    }
    // With NTLM version 2, KeyExchangeKey is SessionBaseKey (3.4.5.1).
    let mut session_key = Zeroizing::new(hmac_md5(&*key, &[&*proof]).to_vec());
    if authenticate.flags & flag::KEY_EXCHANGE != 0 {
        let refused = || SecurityError::Refused("an encrypted session key that has not 16 octets".into());
        let exchanged = <[u8; 16]>::try_from(authenticate.encrypted_session_key).map_err(|_| refused())?;
        let mut handle = Rc4::new_from_slice(&session_key).map_err(|_| refused())?;
        *session_key = exchanged.to_vec();
        handle.apply_keystream(&mut session_key);
    }
    Ok(session_key)
}

/// NTOWFv2.
fn ntowf_v2(password: &Password, user: &str, domain: &str) -> Zeroizing<[u8; 16]> {
    let password = utf16(password.expose());
    let hash = Zeroizing::new(<[u8; 16]>::from(Md4::digest(&*password)));
    let name = utf16(&(upper_case(user) + domain));
    hmac_md5(&*hash, &[&name])
}

/// Each character by itself, as Windows does: `ß` stays.
fn upper_case(name: &str) -> String {
    let upper = |letter: char| {
        let mut upper = letter.to_uppercase();
        upper.next().filter(|_| upper.next().is_none()).unwrap_or(letter)
    };
    name.chars().map(upper).collect()
}

fn utf16(text: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(text.encode_utf16().flat_map(u16::to_le_bytes).collect())
}

fn hmac_md5(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 16]> {
    // An HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Md5>::new_from_slice(key) else { return Zeroizing::default() };
    parts.iter().for_each(|part| mac.update(part));
    Zeroizing::new(mac.finalize().into_bytes().into())
}
