//! Verification trailers behind the stubs of requests, right and wrong ones.

use bytes::Bytes;
use dcerpc::connection::client;
use dcerpc::ndr::Format;
use dcerpc::pdu::{Command, VerificationTrailer};
use dcerpc::{ByteOrder, SyntaxId, TransferSyntax, WriteCursor};
use uuid::Uuid;

/// A verification trailer ([MS-RPCE] 2.2.2.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trailer {
    /// rpc_sec_vt_bitmask, rpc_sec_vt_pcontext and rpc_sec_vt_header2 that agree with the request.
    Right,
    /// rpc_sec_vt_pcontext names another interface.
    OtherInterface,
    /// rpc_sec_vt_pcontext names another transfer syntax.
    OtherTransferSyntax,
    /// rpc_sec_vt_header2 names another opnum.
    OtherOpnum,
    /// Beside what is right, a command that nobody knows and that may be passed over.
    UnknownCommand,
    /// The same with SEC_VT_MUST_PROCESS_COMMAND.
    UnknownCommandToProcess,
}

/// A command type that is not assigned.
const UNASSIGNED: u16 = 0x2A17;
/// The PTYPE of requests.
const REQUEST: u8 = 0;

impl Trailer {
    /// The call with this trailer behind its stub.
    pub(super) fn behind(self, call: &client::Call, interface: SyntaxId, format: Format, call_id: u32) -> client::Call {
        let commands = match self {
            Self::Right | Self::OtherInterface | Self::OtherTransferSyntax | Self::OtherOpnum => {
                vec![bitmask(), self.pcontext(interface, format.syntax), self.header2(call, format.order, call_id)]
            }
            Self::UnknownCommand => vec![unknown(0), self.pcontext(interface, format.syntax)],
            Self::UnknownCommandToProcess => {
                vec![unknown(Command::MUST_PROCESS), self.pcontext(interface, format.syntax)]
            }
        };
        let mut trailer = VerificationTrailer { commands, rest: Bytes::new() };
        if let Some(last) = trailer.commands.last_mut() {
            last.command |= Command::END;
        }
        client::Call { stub: trailer.append(&call.stub), ..call.clone() }
    }

    fn pcontext(self, interface: SyntaxId, syntax: TransferSyntax) -> Command {
        let other = |id: SyntaxId| SyntaxId { uuid: Uuid::from_u128(id.uuid.as_u128() ^ 1), ..id };
        let interface = if self == Self::OtherInterface { other(interface) } else { interface };
        let syntax = if self == Self::OtherTransferSyntax { other(syntax.id()) } else { syntax.id() };
        let mut cursor = WriteCursor::new(ByteOrder::Little);
        for id in [interface, syntax] {
            cursor.uuid(id.uuid);
            cursor.u32(id.version);
        }
        Command { command: Command::PCONTEXT, body: cursor.finish() }
    }

    fn header2(self, call: &client::Call, order: ByteOrder, call_id: u32) -> Command {
        let mut cursor = WriteCursor::new(ByteOrder::Little);
        cursor.octets(&[REQUEST, 0, 0, 0]);
        cursor
            .octets(&dcerpc::pdu::Header::new(dcerpc::pdu::PduType::REQUEST, dcerpc::pdu::Flags::NONE, order, 0).drep);
        cursor.u32(call_id);
        cursor.u16(call.context_id);
        cursor.u16(if self == Self::OtherOpnum { call.opnum ^ 1 } else { call.opnum });
        Command { command: Command::HEADER2, body: cursor.finish() }
    }
}

/// No bit is set: the bind did not tell of header signing either.
fn bitmask() -> Command {
    Command { command: Command::BITMASK_1, body: Bytes::from_static(&[0; 4]) }
}

fn unknown(how: u16) -> Command {
    Command { command: UNASSIGNED | how, body: Bytes::from_static(&[0xA5; 4]) }
}
