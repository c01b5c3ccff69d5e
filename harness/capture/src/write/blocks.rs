//! Blocks of pcapng ([draft-ietf-opsawg-pcapng]), little-endian, with times in nanoseconds.

use std::io::{self, Write};
use std::net::IpAddr;

use crate::Link;

/// The longest comment: the length of an option has 16 bits.
pub(super) const LONGEST_COMMENT: usize = 65_535;

/// The longest packet: an IP packet.
const LONGEST_PACKET: u32 = 65_575;

const SECTION_HEADER: u32 = 0x0A0D_0D0A;
const INTERFACE_DESCRIPTION: u32 = 1;
const NAME_RESOLUTION: u32 = 4;
const INTERFACE_STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;

const COMMENT: u16 = 1;
const SHB_USERAPPL: u16 = 4;
const IF_NAME: u16 = 2;
const IF_TSRESOL: u16 = 9;

const NRB_RECORD_END: u16 = 0;
const NRB_RECORD_IPV4: u16 = 1;
const NRB_RECORD_IPV6: u16 = 2;

/// Where blocks go.
pub(super) struct Blocks<W> {
    out: W,
    /// The body of the block that is being made.
    body: Vec<u8>,
}

impl<W: Write> Blocks<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, body: Vec::new() }
    }

    pub(super) fn into_inner(self) -> W {
        self.out
    }

    /// The section that all others belong to, of a length that is not told.
    pub(super) fn section(&mut self, application: &str, comments: &[String]) -> io::Result<()> {
        self.word(0x1A2B_3C4D);
        self.half(1);
        self.half(0);
        self.body.extend_from_slice(&u64::MAX.to_le_bytes());
        self.comments(comments)?;
        self.option(SHB_USERAPPL, application.as_bytes())?;
        self.end_of_options();
        self.block(SECTION_HEADER)
    }

    /// The one interface: IP packets.
    pub(super) fn interface(&mut self) -> io::Result<()> {
        let link = u16::try_from(Link::RAW.0).map_err(io::Error::other)?;
        self.half(link);
        self.half(0);
        self.word(LONGEST_PACKET);
        self.option(IF_NAME, b"tap")?;
        self.option(IF_TSRESOL, &[9])?;
        self.end_of_options();
        self.block(INTERFACE_DESCRIPTION)
    }

    /// Names of hosts.
    pub(super) fn names(&mut self, names: &[(IpAddr, String)]) -> io::Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        for (address, name) in names {
            let (kind, address) = match address {
                IpAddr::V4(address) => (NRB_RECORD_IPV4, address.octets().to_vec()),
                IpAddr::V6(address) => (NRB_RECORD_IPV6, address.octets().to_vec()),
            };
            let value = [address.as_slice(), name.as_bytes(), &[0]].concat();
            self.option(kind, &value)?;
        }
        self.half(NRB_RECORD_END);
        self.half(0);
        self.block(NAME_RESOLUTION)
    }

    /// A packet, of which so many octets behind these were not captured.
    pub(super) fn packet(&mut self, time: u64, octets: &[u8], cut: usize, comments: &[String]) -> io::Result<()> {
        let captured = u32::try_from(octets.len()).map_err(io::Error::other)?;
        let length = u32::try_from(octets.len() + cut).map_err(io::Error::other)?;
        self.word(0);
        self.time(time);
        self.word(captured);
        self.word(length);
        self.body.extend_from_slice(octets);
        self.pad();
        self.comments(comments)?;
        if !comments.is_empty() {
            self.end_of_options();
        }
        self.block(ENHANCED_PACKET)
    }

    /// Comments that belong to no packet, as those of the interface's statistics.
    pub(super) fn remarks(&mut self, time: u64, comments: &[String]) -> io::Result<()> {
        self.word(0);
        self.time(time);
        self.comments(comments)?;
        self.end_of_options();
        self.block(INTERFACE_STATISTICS)
    }

    fn comments(&mut self, comments: &[String]) -> io::Result<()> {
        comments.iter().try_for_each(|comment| self.option(COMMENT, comment.as_bytes()))
    }

    fn option(&mut self, code: u16, value: &[u8]) -> io::Result<()> {
        let length = u16::try_from(value.len()).map_err(io::Error::other)?;
        self.half(code);
        self.half(length);
        self.body.extend_from_slice(value);
        self.pad();
        Ok(())
    }

    fn end_of_options(&mut self) {
        self.word(0);
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the time")]
    fn time(&mut self, time: u64) {
        self.word((time >> 32) as u32);
        self.word(time as u32);
    }

    fn word(&mut self, word: u32) {
        self.body.extend_from_slice(&word.to_le_bytes());
    }

    fn half(&mut self, half: u16) {
        self.body.extend_from_slice(&half.to_le_bytes());
    }

    fn pad(&mut self) {
        self.body.resize(self.body.len().next_multiple_of(4), 0);
    }

    /// Writes what was made as a block.
    fn block(&mut self, kind: u32) -> io::Result<()> {
        let length = u32::try_from(self.body.len() + 12).map_err(io::Error::other)?.to_le_bytes();
        for part in [&kind.to_le_bytes(), &length, self.body.as_slice(), &length] {
            self.out.write_all(part)?;
        }
        self.body.clear();
        Ok(())
    }
}
