//! What the page's program shows on demand: diagrams, calls, octets, compressed.
//!
//! Each block is raw DEFLATE of a JSON array, in base64, which browsers can unpack by themselves (`DecompressionStream`). Blocks
//! hold the rows of one scenario, for these have nearly all their words in common.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::compress_to_vec;
use serde_json::{Value, json};

use super::svg::sentence;
use super::words::visible;
use crate::diagram::{Detail, Diagram};

/// How hard to compress: more gains little and takes long.
const LEVEL: u8 = 6;

/// The text of a block.
pub(super) fn block(values: &Value) -> String {
    STANDARD.encode(compress_to_vec(values.to_string().as_bytes(), LEVEL))
}

/// What there is to know of each row of a diagram.
pub(super) fn details(diagram: &Diagram) -> Value {
    diagram.rows.iter().map(|row| detail(&row.detail, &sentence(diagram, row, &[]))).collect()
}

/// Names with values; then the octets of each PDU, how many it has, and how many of a token are withheld; how many PDUs there are
/// besides; the row in a sentence.
fn detail(detail: &Detail, heading: &str) -> Value {
    let fields: Vec<Value> = detail.fields.iter().map(|(name, value)| json!([visible(name), visible(value)])).collect();
    let octets: Vec<Value> = detail
        .octets
        .iter()
        .map(|octets| json!([octets.name, STANDARD.encode(&octets.first), octets.length, octets.token]))
        .collect();
    json!([fields, octets, detail.further, visible(heading)])
}
