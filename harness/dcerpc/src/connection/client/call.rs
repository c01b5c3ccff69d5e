//! Making calls.

use bytes::Bytes;
use uuid::Uuid;

use super::super::secured::Sending;
use super::{Client, NotNow, State};
use crate::TransferSyntax;
use crate::fragment::pieces;
use crate::pdu::{self, Body, Flags, Pdu};

/// A call to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// p_cont_id.
    pub context_id: u16,
    /// opnum.
    pub opnum: u16,
    /// The object UUID.
    pub object: Option<Uuid>,
    /// The stub data.
    pub stub: Bytes,
    /// Stub octets in one fragment of this request; as the options say when absent.
    pub stub_octets_per_fragment: Option<usize>,
    /// In which security context it is made.
    pub auth: Auth,
}

/// In which security context a call is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Auth {
    /// The one that was begun first; none on a connection that has none.
    #[default]
    Usual,
    /// In none.
    None,
    /// The one of that auth_context_id.
    Context(u32),
}

/// A call that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outstanding {
    pub(super) syntax: Option<TransferSyntax>,
    /// The security context that it was made in.
    pub(super) auth: Option<u32>,
}

impl Client {
    /// Makes a call and gives its call_id.
    ///
    /// # Errors
    /// When no call can be made now.
    pub fn call(&mut self, call: Call) -> Result<u32, NotNow> {
        self.call_altered(call, |_| {})
    }

    /// Makes a call with fragments that `alter` has changed. It sees each after its lengths were set and with room for the
    /// token, before it is protected.
    ///
    /// # Errors
    /// When no call can be made now.
    pub fn call_altered(&mut self, call: Call, alter: impl FnMut(&mut Pdu)) -> Result<u32, NotNow> {
        self.check_ready()?;
        let auth = match call.auth {
            Auth::Usual => self.security.keys().next().copied(),
            Auth::None => None,
            Auth::Context(id) if self.security.contains_key(&id) => Some(id),
            Auth::Context(_) => return Err(NotNow::NoSuchContext),
        };
        let call_id = self.take_call_id();
        let syntax = self.contexts.get(&call.context_id).map(|(_, syntax)| *syntax);
        self.send_request(call_id, call, auth, alter)?;
        self.calls.insert(call_id, Outstanding { syntax, auth });
        Ok(call_id)
    }

    fn send_request(
        &mut self,
        call_id: u32,
        call: Call,
        auth: Option<u32>,
        mut alter: impl FnMut(&mut Pdu),
    ) -> Result<(), NotNow> {
        let Call { context_id, opnum, object, stub, stub_octets_per_fragment, auth: _ } = call;
        let (order, packet_level) = (self.options.order, self.options.packet_level);
        let (named, header_signing) = (self.security.len() > 1, self.signs_headers());
        let secured = auth.and_then(|id| self.security.get_mut(&id));
        let mut sending = Sending::new(secured, packet_level, named, header_signing);
        let object_flag = if object.is_some() { Flags::OBJECT_UUID } else { Flags::NONE };
        let object_octets = if object.is_some() { 16 } else { 0 };
        let room = sending.stub_room(self.max_xmit_frag, pdu::Request::OCTETS_BEFORE_STUB + object_octets);
        let octets = stub_octets_per_fragment.or(self.options.stub_octets_per_fragment).unwrap_or(room).min(room);
        for piece in pieces(stub, octets) {
            let alloc_hint = u32::try_from(piece.remaining).unwrap_or(0);
            let stub_octets = piece.stub.len();
            let request = pdu::Request { alloc_hint, context_id, opnum, object, stub: piece.stub };
            let pdu = Pdu::new(Body::Request(request), piece.flags.with(object_flag), order, call_id);
            match sending.encode(pdu, stub_octets, &mut alter) {
                Ok(octets) => self.output.push_back(octets),
                Err(_) => {
                    self.state = State::Ended;
                    return Err(NotNow::Unprotectable);
                }
            }
        }
        Ok(())
    }

    /// Asks the server to end a call soon; it still answers.
    pub fn cancel(&mut self, call_id: u32) {
        self.output.push_back(Pdu::new(Body::CoCancel, Flags::WHOLE, self.options.order, call_id).encode());
    }

    /// Gives a call up: its answer is not waited for any more.
    pub fn orphan(&mut self, call_id: u32) {
        if self.calls.remove(&call_id).is_some() {
            self.orphans.insert(call_id);
        }
        self.reassembler.forget(call_id);
        self.output.push_back(Pdu::new(Body::Orphaned, Flags::WHOLE, self.options.order, call_id).encode());
    }
}
