//! Stubs that are no plain parameters.

use bytes::Bytes;
use conformance::event::Gap;
use dcerpc::ndr::Format;
use dcerpc::pdu::VerificationTrailer;
use dcerpc::{ByteOrder, DecodeError, Decoded, TransferSyntax};
use mspan::Method;
use mspan::method::{In, Out};

use super::aliases::Aliases;
use super::parameters::Parameters;
use super::pdu;

/// The stub of a request or an answer, whole.
pub(super) struct Stub {
    /// Stub data with padding behind them.
    pub(super) octets: Bytes,
    /// The same with a verification trailer.
    pub(super) whole: Bytes,
    pub(super) format: Format,
}

impl Stub {
    /// New parameters, with what stands behind them: zeros for padding, and the trailer.
    pub(super) fn filled(&self, parameters: &Bytes, aliases: &mut Aliases) -> Bytes {
        let mut made = parameters.to_vec();
        made.resize(self.octets.len(), 0);
        let made = Bytes::from(made);
        let (data, trailer) = VerificationTrailer::split(self.whole.clone());
        match trailer {
            Some(trailer) if data.len() == made.len() => pdu::trailer(trailer, aliases).append(&made),
            _ => {
                let behind = vec![0; self.whole.len() - made.len().min(self.whole.len())];
                [made.as_ref(), &behind].concat().into()
            }
        }
    }

    /// What a request of that method is told as that can't be read as it should be.
    pub(super) fn request(&self, method: Method, gap: Option<&Gap>, parameters: &mut Parameters) -> Option<Bytes> {
        let gap = gap.filter(|gap| gap.layer == conformance::event::Layer::Stub)?;
        let decode = |octets: &Bytes, format| In::decode(method, octets.clone(), format);
        if gap.short_enumerations {
            let widened = widened(&self.octets, self.format.order)?;
            let input = decode(&widened, self.format).ok()?.value;
            return narrowed(&parameters.input(input).encode(self.format), self.format.order);
        }
        if gap.other_syntax {
            let input = decode(&self.octets, other(self.format)).ok()?.value;
            return Some(parameters.input(input).encode(other(self.format)));
        }
        Some(self.unreadable(decode))
    }

    /// The same of an answer.
    pub(super) fn response(&self, method: Method, gap: Option<&Gap>, parameters: &mut Parameters) -> Option<Bytes> {
        let gap = gap.filter(|gap| gap.layer == conformance::event::Layer::Stub)?;
        let decode = |octets: &Bytes, format| Out::decode(method, octets.clone(), format);
        if gap.other_syntax {
            let output = decode(&self.octets, other(self.format)).ok()?.value;
            return Some(parameters.output(output).encode(other(self.format)));
        }
        Some(self.unreadable(decode))
    }

    /// Octets in its place that can't be read, either.
    fn unreadable<T>(&self, decode: impl Fn(&Bytes, Format) -> Result<Decoded<T>, DecodeError>) -> Bytes {
        let fails = |made: &Bytes| {
            let formats = [self.format, other(self.format)];
            formats.into_iter().all(|format| decode(made, format).is_err())
        };
        let filled = |fill: u8| Bytes::from(vec![fill; self.octets.len()]);
        [0, u8::MAX].map(filled).into_iter().find(fails).unwrap_or_else(|| filled(0))
    }
}

fn other(format: Format) -> Format {
    let syntax = match format.syntax {
        TransferSyntax::Ndr => TransferSyntax::Ndr64,
        TransferSyntax::Ndr64 => TransferSyntax::Ndr,
    };
    Format { syntax, ..format }
}

/// A RegisterClient stub whose two enumerations of 16 bits at its end have 32.
fn widened(stub: &[u8], order: ByteOrder) -> Option<Bytes> {
    let (rest, [a, b, c, d]) = stub.split_last_chunk::<4>()?;
    let mut widened = rest.to_vec();
    for half in [[*a, *b], [*c, *d]] {
        match order {
            ByteOrder::Little => widened.extend_from_slice(&[half[0], half[1], 0, 0]),
            ByteOrder::Big => widened.extend_from_slice(&[0, 0, half[0], half[1]]),
        }
    }
    Some(widened.into())
}

/// The reverse.
fn narrowed(stub: &[u8], order: ByteOrder) -> Option<Bytes> {
    let (rest, [a, b, c, d, e, f, g, h]) = stub.split_last_chunk::<8>()?;
    let halves = match order {
        ByteOrder::Little => [*a, *b, *e, *f],
        ByteOrder::Big => [*c, *d, *g, *h],
    };
    Some([rest, &halves].concat().into())
}
