//! Encryption types ([RFC3961] 8).

use picky_krb::crypto::CipherSuite;
use picky_krb::crypto::aes::AesSize;

/// aes128-cts-hmac-sha1-96.
pub(crate) const AES128: i32 = 17;
/// aes256-cts-hmac-sha1-96.
pub(crate) const AES256: i32 = 18;

/// The algorithms of an encryption type, or in words why it is not taken.
pub(crate) fn aes(encryption_type: i32) -> Result<(CipherSuite, AesSize), String> {
    match encryption_type {
        AES128 => Ok((CipherSuite::Aes128CtsHmacSha196, AesSize::Aes128)),
        AES256 => Ok((CipherSuite::Aes256CtsHmacSha196, AesSize::Aes256)),
        19 | 20 => Err(format!("encryption type {encryption_type}, AES with SHA-2")),
        23 | 24 => Err(format!("encryption type {encryption_type}, RC4, which is broken")),
        other => Err(format!("encryption type {other}")),
    }
}
