//! MsvAvTargetName: the principal that the client asks for ([MS-NLMP] 2.2.2.1, 3.1.5.1.2).

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;

use super::message::payload;

const MSV_AV_TARGET_NAME: [u8; 2] = 0x0009_u16.to_le_bytes();
/// Where a CHALLENGE_MESSAGE describes its TargetInfo.
const TARGET_INFO: usize = 40;
/// Where an AUTHENTICATE_MESSAGE with Version has its MIC.
const MIC: usize = 72;

/// The name of a principal.
pub(super) struct TargetName<'a>(pub(super) &'a str);

impl TargetName<'_> {
    /// A CHALLENGE_MESSAGE as if the server had named the principal: in its TargetInfo, which the client repeats. None where
    /// there is no TargetInfo, or no place left for the name.
    pub(super) fn put_into(&self, challenge: &[u8]) -> Option<Vec<u8>> {
        let pairs = payload(challenge, TARGET_INFO).filter(|pairs| !pairs.is_empty())?;
        let name: Vec<u8> = self.0.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = u16::try_from(name.len()).ok()?.to_le_bytes();
        let pairs = [&MSV_AV_TARGET_NAME, &length, name.as_slice(), pairs].concat();
        let length = u16::try_from(pairs.len()).ok()?.to_le_bytes();
        let offset = u32::try_from(challenge.len()).ok()?.to_le_bytes();
        let described = [&length, &length, offset.as_slice()].concat();
        let (before, after) = (challenge.get(..TARGET_INFO)?, challenge.get(TARGET_INFO + described.len()..)?);
        Some([before, &described, after, &pairs].concat())
    }
}

/// Makes the MIC of an AUTHENTICATE_MESSAGE over the three messages as they are sent.
pub(super) fn integrity(key: &[u8], negotiate: &[u8], challenge: &[u8], authenticate: &mut [u8]) {
    if let Some(mic) = authenticate.get_mut(MIC..MIC + 16) {
        mic.fill(0);
    }
    // An HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Md5>::new_from_slice(key) else { return };
    [negotiate, challenge, authenticate].iter().for_each(|message| mac.update(message));
    let made = mac.finalize().into_bytes();
    let mic = authenticate.iter_mut().skip(MIC);
    mic.zip(made).for_each(|(to, from)| *to = from);
}
