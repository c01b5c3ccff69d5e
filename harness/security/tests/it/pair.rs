//! Two ends of a context, and PDUs between them.

use bytes::Bytes;
use dcerpc::security::{Level, Protection, Provider, SecurityContext, SecurityError, Segments, Sender};
use security::{Accounts, Credentials, Initiator, Password};

pub(crate) fn alice(password: &str) -> Credentials {
    Credentials { user: "alice".into(), domain: "LAB".into(), password: Password::new(password) }
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

    pub(crate) fn ntlm(provider: Provider, level: Level) -> Self {
        let initiator = Initiator::new(alice("Sesame!")).context(provider, level).unwrap();
        let acceptor = dcerpc::security::Acceptor::accept(&Accounts::new([alice("Sesame!")]), provider, level).unwrap();
        Self::established(initiator, acceptor).unwrap()
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
