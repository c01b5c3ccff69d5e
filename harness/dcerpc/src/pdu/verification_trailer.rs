//! The verification trailer at the end of a request's stub.

use alloc::format;
use alloc::vec::Vec;

use bytes::Bytes;

use crate::{ByteOrder, DecodeError, Defect, ReadCursor, WriteCursor};

/// What follows the stub data of the last fragment of a request ([MS-RPCE] 2.2.2.13).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerificationTrailer {
    /// Its commands, in their order.
    pub commands: Vec<Command>,
    /// Octets after the last command.
    pub rest: Bytes,
}

/// One command of a verification trailer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// command: the type in bits 0 to 13 and how to process it in bits 14 and 15.
    pub command: u16,
    /// What it says; length is how many octets that is.
    pub body: Bytes,
}

impl Command {
    /// rpc_sec_vt_bitmask.
    pub const BITMASK_1: u16 = 0x0001;
    /// rpc_sec_vt_pcontext.
    pub const PCONTEXT: u16 = 0x0002;
    /// rpc_sec_vt_header2.
    pub const HEADER2: u16 = 0x0003;
    /// The flag of the last command.
    pub const END: u16 = 0x4000;
    /// The flag of a command that the server has to understand.
    pub const MUST_PROCESS: u16 = 0x8000;

    /// The type without the flags.
    #[must_use]
    pub const fn kind(&self) -> u16 {
        self.command & 0x3FFF
    }

    fn read(cursor: &mut ReadCursor<'_>) -> Result<Self, DecodeError> {
        let command = cursor.u16("command")?;
        let length = cursor.u16("length")?;
        Ok(Self { command, body: cursor.octets(length.into(), "verification trailer command")? })
    }
}

impl VerificationTrailer {
    /// The rule of the defect that [`Self::unknown_to_process`] gives.
    pub const COMMANDS_TO_PROCESS_ARE_KNOWN: &str = "MS-RPCE/2.2.2.13/commands-to-process-are-known";

    /// The first command that is to be processed and that nobody knows ([MS-RPCE] 2.2.2.13): a defect for whoever gets the
    /// request, though none of the client's. `offset` is that of the trailer.
    #[must_use]
    pub fn unknown_to_process(&self, offset: usize) -> Option<Defect> {
        let known = [Command::BITMASK_1, Command::PCONTEXT, Command::HEADER2];
        let to_process = self.commands.iter().filter(|it| it.command & Command::MUST_PROCESS != 0);
        let kind = to_process.map(Command::kind).find(|kind| !known.contains(kind))?;
        Some(Defect {
            offset,
            field: "verification trailer",
            rule: Self::COMMANDS_TO_PROCESS_ARE_KNOWN,
            expected: "commands to be processed that are known".into(),
            actual: format!("command {kind:#06x}"),
        })
    }

    /// The octets by which a trailer begins.
    pub const SIGNATURE: [u8; 8] = [0x8A, 0xE3, 0x13, 0x71, 0x02, 0xF4, 0x36, 0x71];

    /// Splits the stub of a whole request into the stub data (with any padding before the trailer) and the trailer.
    ///
    /// A trailer begins at a multiple of 4, has readable commands of which the last and no other is marked as the end,
    /// and reaches to the end of the stub but for padding of less than 16 octets. The first place that fits is taken, so
    /// that stub data that happen to hold the signature are left alone. Nothing to split gives the stub and none.
    #[must_use]
    pub fn split(stub: Bytes) -> (Bytes, Option<Self>) {
        let (words, _) = stub.as_chunks::<4>();
        let pairs = words.iter().zip(words.iter().skip(1)).enumerate();
        for (word, _) in pairs.filter(|(_, (first, second))| Self::SIGNATURE == [**first, **second].as_flattened()) {
            let at = 4 * word;
            if let Some(trailer) = Self::read(&stub.slice(at..)).filter(|trailer| trailer.rest.len() < 16) {
                return (stub.slice(..at), Some(trailer));
            }
        }
        (stub, None)
    }

    fn read(octets: &Bytes) -> Option<Self> {
        let mut cursor = ReadCursor::new(octets, ByteOrder::Little);
        cursor.octets(Self::SIGNATURE.len() as u64, "signature").ok()?;
        let mut commands = Vec::new();
        loop {
            let command = Command::read(&mut cursor).ok()?;
            let last = command.command & Command::END != 0;
            commands.push(command);
            if last {
                break;
            }
        }
        let rest = cursor.rest();
        Some(Self { commands, rest })
    }

    /// The stub data with this trailer after them, aligned as it has to be. Request fragments begin their stub at a
    /// multiple of 8, so that alignment within the stub is alignment within the PDU.
    #[must_use]
    pub fn append(&self, stub: &Bytes) -> Bytes {
        let mut cursor = WriteCursor::with_capacity(ByteOrder::Little, stub.len() + 128);
        cursor.octets(stub);
        cursor.align(4);
        cursor.octets(&Self::SIGNATURE);
        for Command { command, body } in &self.commands {
            cursor.u16(*command);
            cursor.u16(u16::try_from(body.len()).unwrap_or(u16::MAX));
            cursor.octets(body);
        }
        cursor.octets(&self.rest);
        cursor.finish()
    }
}
