//! What a verification trailer has to agree with.

use bytes::Bytes;

use super::Context;
use crate::ReadCursor;
use crate::pdu::{Command, Header, VerificationTrailer};
use crate::{ByteOrder, DecodeError, SyntaxId};

/// The only bit of rpc_sec_vt_bitmask that means something ([MS-RPCE] 2.2.2.13.2).
const CLIENT_SUPPORT_HEADER_SIGNING: u8 = 0x01;

/// Whether all commands that the server has to process agree with the request that the trailer came with
/// ([MS-RPCE] 2.2.2.13). Who tells in it that it signs headers has to have told so before.
pub(super) fn holds(
    trailer: &VerificationTrailer,
    header: &Header,
    context: Context,
    context_id: u16,
    opnum: u16,
    told_header_signing: bool,
) -> bool {
    trailer.commands.iter().all(|command| match command.kind() {
        Command::BITMASK_1 => match command.body.as_ref() {
            [bits, _, _, _] => bits & CLIENT_SUPPORT_HEADER_SIGNING == 0 || told_header_signing,
            _ => false,
        },
        Command::PCONTEXT => read_pcontext(&command.body) == Ok((context.interface, context.syntax.id())),
        Command::HEADER2 => {
            read_header2(&command.body) == Ok((header.ptype.0, header.drep, header.call_id, context_id, opnum))
        }
        _ => command.command & Command::MUST_PROCESS == 0,
    })
}

fn read_pcontext(body: &Bytes) -> Result<(SyntaxId, SyntaxId), DecodeError> {
    let mut cursor = ReadCursor::new(body, ByteOrder::Little);
    let mut syntax = |field| Ok(SyntaxId { uuid: cursor.uuid(field)?, version: cursor.u32(field)? });
    Ok((syntax("InterfaceId")?, syntax("TransferSyntax")?))
}

fn read_header2(body: &Bytes) -> Result<(u8, [u8; 4], u32, u16, u16), DecodeError> {
    let mut cursor = ReadCursor::new(body, ByteOrder::Little);
    let ptype = cursor.u8("PTYPE")?;
    cursor.octets(3, "Reserved1, Reserved2")?;
    let drep = [cursor.u8("drep")?, cursor.u8("drep")?, cursor.u8("drep")?, cursor.u8("drep")?];
    Ok((ptype, drep, cursor.u32("call_id")?, cursor.u16("p_cont_id")?, cursor.u16("opnum")?))
}
