//! Long lines of a trace, compressed: what a notification source was asked for and answered repeats, in JSON, what crosses the
//! connections.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::{Deserialize, Serialize};

/// How hard to compress. The run waits for it, and documents that are long repeat themselves: more gains little.
const LEVEL: u8 = 1;

/// Lines of fewer octets stay as they are, for people to read.
const SHORT: usize = 4 << 10;

/// Octets of a line that is unpacked, at most: as of one in `trace.jsonl`.
const LONGEST: usize = 64 << 20;

/// What begins a line that is compressed.
pub(super) const BEGINS: &str = r#"{"deflated":"#;

/// A line: raw DEFLATE of its UTF-8, in base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Packed {
    deflated: String,
}

/// A line as it stands in a comment.
pub(super) fn pack(line: String) -> serde_json::Result<String> {
    if line.len() < SHORT {
        return Ok(line);
    }
    let packed = serde_json::to_string(&Packed { deflated: STANDARD.encode(compress_to_vec(line.as_bytes(), LEVEL)) })?;
    Ok(if packed.len() < line.len() { packed } else { line })
}

/// The line of a comment that begins with [`BEGINS`].
///
/// # Errors
/// In words, what is wrong with it.
pub(super) fn unpack(comment: &str) -> Result<String, String> {
    unpack_within(comment, LONGEST)
}

fn unpack_within(comment: &str, longest: usize) -> Result<String, String> {
    let Packed { deflated } = serde_json::from_str(comment).map_err(|error| error.to_string())?;
    let deflated = STANDARD.decode(deflated).map_err(|error| format!("expected base64: {error}"))?;
    let line = decompress_to_vec_with_limit(&deflated, longest)
        .map_err(|error| format!("expected DEFLATE of at most {longest} octets: {:?}", error.status))?;
    String::from_utf8(line).map_err(|error| format!("expected UTF-8 in DEFLATE: {error}"))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::{BEGINS, SHORT, STANDARD, pack, unpack, unpack_within};

    #[test]
    fn long_lines_are_packed_and_come_back() {
        let line = format!("{{\"log\":\"{}\"}}", "paper jam ".repeat(SHORT));
        let packed = pack(line.clone()).unwrap();
        assert!(packed.starts_with(BEGINS) && packed.len() < line.len() / 10, "{} octets", packed.len());
        assert_eq!(unpack(&packed).unwrap(), line);
        assert_eq!(pack("{}".into()).unwrap(), "{}");
    }

    #[test]
    fn what_would_grow_stays_as_it_is() {
        let octets = (0..SHORT as u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29) ^ n.pow(5));
        let noise = STANDARD.encode(octets.flat_map(u64::to_le_bytes).collect::<Vec<_>>());
        assert_eq!(pack(noise.clone()).unwrap(), noise);
    }

    #[test]
    fn what_can_not_be_unpacked_is_refused() {
        let bomb = pack("x".repeat(4 * SHORT)).unwrap();
        assert_eq!(unpack_within(&bomb, 4 * SHORT).unwrap().len(), 4 * SHORT);
        let error = unpack_within(&bomb, 4 * SHORT - 1).unwrap_err();
        assert_eq!(error, "expected DEFLATE of at most 16383 octets: HasMoreOutput");
        assert!(unpack(r#"{"deflated":"!"}"#).unwrap_err().starts_with("expected base64: "));
        assert!(unpack(r#"{"deflated":"AAAA"}"#).unwrap_err().starts_with("expected DEFLATE of at most"));
        assert!(unpack(r#"{"deflated":"AQIA/f///w=="}"#).unwrap_err().starts_with("expected UTF-8 in DEFLATE: "));
        assert!(unpack(r#"{"deflated":"","more":1}"#).unwrap_err().starts_with("unknown field `more`"));
    }
}
