//! Keys, and what is enciphered with them ([RFC3961], [RFC3962]).

use core::fmt;

use dcerpc::security::SecurityError;
use picky_krb::crypto::aes::checksum_sha_aes;
use zeroize::Zeroizing;

use super::etype;
use crate::der::{Element, Fields, OCTET_STRING, element, integer, sequence};

/// A key of an encryption type. It shows itself to nobody and is wiped when dropped.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) encryption_type: i32,
    pub(crate) octets: Zeroizing<Vec<u8>>,
}

impl Key {
    /// A new one of that encryption type.
    pub(crate) fn random(encryption_type: i32) -> Result<Self, SecurityError> {
        let (_, size) = algorithms(encryption_type)?;
        let mut octets = Zeroizing::new(vec![0; size.key_length()]);
        fill(&mut octets)?;
        Ok(Self { encryption_type, octets })
    }

    /// string-to-key with the default parameters.
    pub(crate) fn of_password(encryption_type: i32, password: &str, salt: &[u8]) -> Result<Self, SecurityError> {
        let (suite, _) = algorithms(encryption_type)?;
        let octets =
            suite.cipher().generate_key_from_password(password.as_bytes(), salt).map_err(|error| failed(&error))?;
        Ok(Self { encryption_type, octets: Zeroizing::new(octets) })
    }

    /// Reads an EncryptionKey.
    pub(crate) fn read(element: &[u8]) -> Result<Self, SecurityError> {
        let fields = Fields::of(element)?;
        let encryption_type = i32::try_from(fields.integer(0)?).unwrap_or_default();
        Ok(Self { encryption_type, octets: Zeroizing::new(fields.octets(1)?.to_vec()) })
    }

    /// Writes an EncryptionKey.
    pub(crate) fn write(&self) -> Element {
        sequence(&[(0, integer(self.encryption_type.into())), (1, element(OCTET_STRING, &self.octets))])
    }

    /// Enciphers octets into an EncryptedData.
    pub(crate) fn encrypt(&self, usage: i32, plain: &[u8]) -> Result<Element, SecurityError> {
        self.encrypt_as(usage, plain, None)
    }

    /// The same, which says the version of the key.
    pub(crate) fn encrypt_as(
        &self,
        usage: i32,
        plain: &[u8],
        key_version: Option<u32>,
    ) -> Result<Element, SecurityError> {
        let (suite, _) = algorithms(self.encryption_type)?;
        let cipher = suite.cipher().encrypt(&self.octets, usage, plain).map_err(|error| failed(&error))?;
        let mut fields = vec![(0, integer(self.encryption_type.into()))];
        fields.extend(key_version.map(|version| (1, integer(version.into()))));
        fields.push((2, element(OCTET_STRING, &cipher)));
        Ok(sequence(&fields))
    }

    /// Opens the octets of an EncryptedData; None when they are not enciphered with this key.
    pub(crate) fn decrypt(
        &self,
        usage: i32,
        data: &EncryptedData<'_>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, SecurityError> {
        let (suite, size) = algorithms(self.encryption_type)?;
        if self.octets.len() != size.key_length() || data.encryption_type != self.encryption_type {
            return Ok(None);
        }
        Ok(suite.cipher().decrypt(&self.octets, usage, data.cipher).ok().map(Zeroizing::new))
    }

    /// A keyed checksum, and its type ([RFC3962] 7).
    pub(crate) fn checksum(&self, usage: i32, octets: &[u8]) -> Result<(i64, Vec<u8>), SecurityError> {
        let (_, size) = algorithms(self.encryption_type)?;
        let kind = if self.encryption_type == etype::AES128 { 15 } else { 16 };
        Ok((kind, checksum_sha_aes(&self.octets, usage, octets, &size).map_err(|error| failed(&error))?))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.encryption_type)
    }
}

/// EncryptedData (RFC 4120 5.2.9).
#[derive(Debug)]
pub(crate) struct EncryptedData<'a> {
    pub(crate) encryption_type: i32,
    pub(crate) key_version: Option<i64>,
    pub(crate) cipher: &'a [u8],
}

impl<'a> EncryptedData<'a> {
    pub(crate) fn read(element: &'a [u8]) -> Result<Self, SecurityError> {
        let fields = Fields::of(element)?;
        let encryption_type = i32::try_from(fields.integer(0)?).unwrap_or_default();
        let key_version = fields.optional(1).map(crate::der::read_integer).transpose()?;
        Ok(Self { encryption_type, key_version, cipher: fields.octets(2)? })
    }
}

/// Random octets.
pub(crate) fn fill(octets: &mut [u8]) -> Result<(), SecurityError> {
    getrandom::fill(octets).map_err(|error| SecurityError::Unsupported(format!("no random octets: {error}")))
}

fn algorithms(
    encryption_type: i32,
) -> Result<(picky_krb::crypto::CipherSuite, picky_krb::crypto::aes::AesSize), SecurityError> {
    etype::aes(encryption_type).map_err(SecurityError::Unsupported)
}

fn failed(error: &picky_krb::crypto::KerberosCryptoError) -> SecurityError {
    SecurityError::Unsupported(error.to_string())
}
