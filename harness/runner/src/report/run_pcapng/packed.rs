//! Long lines of a trace, compressed: the log of a channel repeats what crossed it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::{Deserialize, Serialize};

/// How hard to compress: more gains little and takes long.
const LEVEL: u8 = 6;

/// Lines of fewer octets stay as they are, for people to read.
const SHORT: usize = 4 << 10;

/// Octets of a line at most, as of one in `trace.jsonl`.
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
    let Packed { deflated } = serde_json::from_str(comment).map_err(|error| error.to_string())?;
    let deflated = STANDARD.decode(deflated).map_err(|error| format!("expected base64: {error}"))?;
    let line = decompress_to_vec_with_limit(&deflated, LONGEST)
        .map_err(|error| format!("expected DEFLATE of at most {LONGEST} octets: {:?}", error.status))?;
    String::from_utf8(line).map_err(|error| format!("expected UTF-8 in DEFLATE: {error}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::{BEGINS, LONGEST, SHORT, pack, unpack};

    #[test]
    fn long_lines_are_packed_and_come_back() {
        let line = format!("{{\"log\":\"{}\"}}", "paper jam ".repeat(SHORT));
        let packed = pack(line.clone()).unwrap();
        assert!(packed.starts_with(BEGINS) && packed.len() < line.len() / 10, "{} octets", packed.len());
        assert_eq!(unpack(&packed).unwrap(), line);
        assert_eq!(pack("{}".into()).unwrap(), "{}");
    }

    #[test]
    fn what_grows_too_long_is_refused() {
        let bomb = pack("x".repeat(LONGEST + 1)).unwrap();
        assert!(unpack(&bomb).unwrap_err().contains("HasMoreOutput"));
        assert!(unpack(r#"{"deflated":"!"}"#).unwrap_err().starts_with("expected base64"));
        assert!(unpack(r#"{"deflated":"AAAA"}"#).unwrap_err().starts_with("expected DEFLATE"));
    }
}
