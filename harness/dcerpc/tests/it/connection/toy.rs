//! A security provider that protects nothing from anybody, but counts, signs and seals like a real one.

use std::sync::Arc;

use bytes::Bytes;
use dcerpc::security::{
    Acceptor, Account, Level, Protection, Provider, SecurityContext, SecurityError, Segments, SessionKey, Step,
    Unsigned,
};

/// How the provider behaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) provider: Provider,
    /// How many tokens cross.
    pub(super) legs: u8,
    /// Octets of the tokens that the client and the server protect PDUs with; few may happen to be zero, which is none.
    pub(super) token: [usize; 2],
}

impl Manner {
    pub(super) const THREE_LEGS: Self = Self { provider: Provider::NTLM, legs: 3, token: [16, 16] };
    pub(super) const FOUR_LEGS: Self = Self { provider: Provider::NEGOTIATE, legs: 4, token: [16, 16] };
}

#[derive(Debug)]
pub(super) struct Toy {
    manner: Manner,
    level: Level,
    /// 0 for the client, 1 for the server.
    end: u8,
    password: String,
    account: Option<Account>,
    next_leg: u8,
    /// The numbers of the next PDU that is sent and that is received.
    counts: [u64; 2],
}

impl Toy {
    pub(super) fn client(manner: Manner, level: Level, password: &str) -> Box<dyn SecurityContext> {
        Box::new(Self::new(manner, level, 0, password))
    }

    fn new(manner: Manner, level: Level, end: u8, password: &str) -> Self {
        let password = password.to_owned();
        Self { manner, level, end, password, account: None, next_leg: 1, counts: [0; 2] }
    }

    fn mac(&self, sender: u8, count: u64, segments: &Segments<'_>, header_signing: bool) -> Vec<u8> {
        let mut hash = 0xCBF2_9CE4_8422_2325_u64;
        let mut take = |octets: &[u8]| {
            for octet in octets {
                hash = (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01B3);
            }
        };
        take(self.password.as_bytes());
        take(&[sender]);
        take(&count.to_le_bytes());
        if header_signing {
            take(segments.header);
            take(segments.sec_trailer);
        }
        take(segments.body);
        let octets = self.manner.token[usize::from(sender)];
        hash.to_le_bytes().into_iter().cycle().take(octets).collect()
    }

    fn seal(&self, sender: u8, count: u64, body: &mut [u8]) {
        if self.level == Level::PRIVACY {
            let mut stream = count.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(sender) ^ 0x5A;
            for octet in body {
                stream = stream.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *octet ^= (stream >> 56) as u8;
            }
        }
    }

    fn token(&self, leg: u8) -> Bytes {
        format!("toy {leg} {}", self.password).into()
    }
}

impl SecurityContext for Toy {
    fn provider(&self) -> Provider {
        self.manner.provider
    }

    fn level(&self) -> Level {
        self.level
    }

    fn step(&mut self, token: Option<&Bytes>) -> Result<Step, SecurityError> {
        if let Some(token) = token {
            if *token != self.token(self.next_leg) {
                return Err(SecurityError::Refused(format!("{token:?} is not leg {}", self.next_leg)));
            }
            self.next_leg += 1;
        }
        let sends = self.next_leg <= self.manner.legs;
        let token = sends.then(|| self.token(self.next_leg));
        self.next_leg += u8::from(sends);
        let established = self.next_leg > self.manner.legs;
        if established && self.end == 1 {
            self.account = Some(Account { user: self.password.clone(), domain: "TOYS".into() });
        }
        Ok(Step { token, established })
    }

    fn account(&self) -> Option<Account> {
        self.account.clone()
    }

    fn session_key(&self) -> Option<SessionKey> {
        None
    }

    fn token_octets(&self) -> usize {
        if self.level >= Level::CALL { self.manner.token[usize::from(self.end)] } else { 0 }
    }

    fn protect(&mut self, segments: Segments<'_>, header_signing: bool) -> Result<Bytes, SecurityError> {
        let count = self.counts[0];
        self.counts[0] += 1;
        let token = self.mac(self.end, count, &segments, header_signing);
        self.seal(self.end, count, segments.body);
        Ok(token.into())
    }

    fn unprotect(
        &mut self,
        segments: Segments<'_>,
        token: &Bytes,
        header_signing: bool,
    ) -> Result<Protection, SecurityError> {
        if self.level <= Level::PKT && token.iter().all(|octet| *octet == 0) {
            return Ok(Protection::Unsigned(Unsigned::Zeroes));
        }
        let (count, sender) = (self.counts[1], 1 - self.end);
        self.counts[1] += 1;
        self.seal(sender, count, segments.body);
        if self.mac(sender, count, &segments, header_signing) == *token {
            return Ok(Protection::Signed);
        }
        Err(SecurityError::Unverified(format!("PDU {count}")))
    }
}

/// Takes in whoever knows one of the passwords, and names them by it.
#[derive(Debug)]
pub(super) struct Desk(Vec<Manner>);

impl Desk {
    pub(super) fn with(manners: &[Manner]) -> Option<Arc<dyn Acceptor>> {
        Some(Arc::new(Self(manners.to_vec())))
    }
}

impl Acceptor for Desk {
    fn accept(&self, provider: Provider, level: Level) -> Result<Box<dyn SecurityContext>, SecurityError> {
        let manner = self.0.iter().find(|manner| manner.provider == provider);
        let manner = manner.ok_or_else(|| SecurityError::Unsupported("that provider".into()))?;
        Ok(Box::new(Gate(None, *manner, level)))
    }
}

/// Learns the password with the first leg.
#[derive(Debug)]
struct Gate(Option<Toy>, Manner, Level);

const PASSWORDS: [&str; 2] = ["alice", "bob"];

impl Gate {
    fn toy(&mut self) -> &mut Toy {
        self.0.as_mut().unwrap()
    }
}

impl SecurityContext for Gate {
    fn provider(&self) -> Provider {
        self.1.provider
    }

    fn level(&self) -> Level {
        self.2
    }

    fn step(&mut self, token: Option<&Bytes>) -> Result<Step, SecurityError> {
        if self.0.is_none() {
            let known = |password: &&str| token.is_some_and(|token| token.ends_with(password.as_bytes()));
            let password = PASSWORDS.into_iter().find(known).unwrap_or("nobody");
            self.0 = Some(Toy::new(self.1, self.2, 1, password));
        }
        self.toy().step(token)
    }

    fn account(&self) -> Option<Account> {
        self.0.as_ref().and_then(SecurityContext::account)
    }

    fn session_key(&self) -> Option<SessionKey> {
        None
    }

    fn token_octets(&self) -> usize {
        self.0.as_ref().map_or(0, SecurityContext::token_octets)
    }

    fn protect(&mut self, segments: Segments<'_>, header_signing: bool) -> Result<Bytes, SecurityError> {
        self.toy().protect(segments, header_signing)
    }

    fn unprotect(
        &mut self,
        segments: Segments<'_>,
        token: &Bytes,
        header_signing: bool,
    ) -> Result<Protection, SecurityError> {
        self.toy().unprotect(segments, token, header_signing)
    }
}
