//! Two ends of a context, and PDUs between them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use dcerpc::security::{Acceptor, Level, Protection, Provider, SecurityContext, SecurityError, Segments, Sender};
use security::{Accounts, Credentials, Initiator, Kerberos, Keytab, Password, TicketSource};

pub(crate) fn alice(password: &str) -> Credentials {
    Credentials { user: "alice".into(), domain: "LAB".into(), password: Password::new(password) }
}

/// What two ends have, and so how they come to a context.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Ntlm,
    NtlmInSpnego,
    /// The client would rather have Kerberos, the server has only accounts.
    NtlmForWantOfKerberos,
    Kerberos,
    /// With keys of 128 bits.
    Kerberos128,
    KerberosInSpnego,
}

impl Way {
    pub(crate) const fn is_kerberos(self) -> bool {
        matches!(self, Self::Kerberos | Self::Kerberos128 | Self::KerberosInSpnego)
    }

    pub(crate) const fn provider(self) -> Provider {
        match self {
            Self::Ntlm => Provider::NTLM,
            Self::Kerberos | Self::Kerberos128 => Provider::KERBEROS,
            Self::NtlmInSpnego | Self::NtlmForWantOfKerberos | Self::KerberosInSpnego => Provider::NEGOTIATE,
        }
    }

    pub(crate) fn client(self) -> Initiator {
        match self {
            Self::Ntlm => Initiator::new(alice("Sesame!")),
            Self::NtlmInSpnego => Initiator::new(alice("Sesame!")).with_service("host/printsrv"),
            Self::Kerberos128 => ticket("host/small"),
            Self::Kerberos | Self::KerberosInSpnego => ticket("host/printsrv"),
            Self::NtlmForWantOfKerberos => {
                let credentials = Some(alice("Sesame!"));
                Initiator::with_kerberos(credentials, &cache("alice.ccache"), "host/printsrv").unwrap()
            }
        }
    }

    pub(crate) fn server(self) -> Accounts {
        match self {
            Self::Ntlm | Self::NtlmInSpnego | Self::NtlmForWantOfKerberos => Accounts::new([alice("Sesame!")]),
            Self::Kerberos | Self::Kerberos128 => Accounts::new([]).with_keytab(keytab(), None),
            Self::KerberosInSpnego => Accounts::new([alice("other")]).with_keytab(keytab(), Some("host/PRINTSRV")),
        }
    }

    pub(crate) fn ends(self, level: Level) -> [Box<dyn SecurityContext>; 2] {
        let initiator = self.client().context(self.provider(), level).unwrap();
        [initiator, self.server().accept(self.provider(), level).unwrap()]
    }

    pub(crate) fn pair(self, level: Level) -> Pair {
        let [initiator, acceptor] = self.ends(level);
        Pair::established(initiator, acceptor).unwrap()
    }
}

pub(crate) fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

pub(crate) fn keytab() -> Keytab {
    Keytab::open(&golden("server.keytab")).unwrap()
}

pub(crate) fn cache(name: &str) -> Kerberos {
    let (realm, source) = ("LAB.TEST".into(), TicketSource::Ccache(golden(name)));
    Kerberos { realm, kdc: None, source, limit: Duration::from_secs(1) }
}

fn ticket(service: &str) -> Initiator {
    Initiator::with_kerberos(None, &cache("alice.ccache"), service).unwrap()
}

/// Both ends of a context.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) initiator: Box<dyn SecurityContext>,
    pub(crate) acceptor: Box<dyn SecurityContext>,
}

/// A PDU in its segments, and its token.
#[derive(Clone, Debug)]
pub(crate) struct Pdu {
    pub(crate) header: Vec<u8>,
    pub(crate) body: Vec<u8>,
    pub(crate) sec_trailer: Vec<u8>,
    pub(crate) token: Bytes,
}

impl Pair {
    /// Lets two ends exchange their tokens until both stand.
    pub(crate) fn established(
        mut initiator: Box<dyn SecurityContext>,
        mut acceptor: Box<dyn SecurityContext>,
    ) -> Result<Self, SecurityError> {
        let mut token = None;
        let mut standing = [false; 2];
        while standing != [true; 2] {
            let step = initiator.step(token.as_ref())?;
            standing[0] = step.established;
            let Some(sent) = step.token else { break };
            let step = acceptor.step(Some(&sent))?;
            standing[1] = step.established;
            token = step.token;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(standing, [true; 2], "both ends stand");
        Ok(Self { initiator, acceptor })
    }

    pub(crate) fn end(&mut self, sender: Sender) -> &mut dyn SecurityContext {
        match sender {
            Sender::Initiator => self.initiator.as_mut(),
            Sender::Acceptor => self.acceptor.as_mut(),
        }
    }

    pub(crate) fn protected(&mut self, sender: Sender, body: &[u8], header_signing: bool) -> Pdu {
        let mut pdu = Pdu::plain(body);
        pdu.token = self.end(sender).protect(pdu.segments().0, header_signing).unwrap();
        pdu
    }

    /// What the other end makes of a PDU: what its token proves, and the body.
    pub(crate) fn received(
        &mut self,
        sender: Sender,
        mut pdu: Pdu,
        header_signing: bool,
    ) -> Result<(Protection, Vec<u8>), SecurityError> {
        let (segments, token) = pdu.segments();
        let protection = self.end(other(sender)).unprotect(segments, &token, header_signing)?;
        Ok((protection, pdu.body))
    }
}

impl Pdu {
    pub(crate) fn plain(body: &[u8]) -> Self {
        let (header, sec_trailer) = (b"header and fields before".to_vec(), b"trailer!".to_vec());
        Self { header, body: body.to_vec(), sec_trailer, token: Bytes::new() }
    }

    pub(crate) fn segments(&mut self) -> (Segments<'_>, Bytes) {
        let Self { header, body, sec_trailer, token } = self;
        (Segments { header, body, sec_trailer }, token.clone())
    }
}

pub(crate) fn other(sender: Sender) -> Sender {
    match sender {
        Sender::Initiator => Sender::Acceptor,
        Sender::Acceptor => Sender::Initiator,
    }
}
