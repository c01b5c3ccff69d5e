//! Simple types: how values are written.

use alloc::string::{String, ToString};

/// A simple type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Simple {
    /// xs:string.
    Text,
    /// xs:integer.
    Integer,
    /// xs:float.
    Float,
    /// xs:boolean.
    Boolean,
    /// xs:base64Binary.
    Base64,
    /// IDOK, IDCANCEL or an integer (2.2.7.3.1).
    ButtonId,
    /// true or false, as written (2.2.7.5.1).
    TrueOrFalse,
    /// `\Word.Word:Word` (2.2.8.1).
    SchemaName,
    /// The same, or a beginning of it (2.2.8.1).
    ReducedName,
}

impl Simple {
    /// Whether a value is written as the type demands.
    pub(crate) fn accepts(self, value: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Integer => is_integer(trim(value)),
            Self::Float => is_float(trim(value)),
            Self::Boolean => matches!(trim(value), "true" | "false" | "1" | "0"),
            Self::Base64 => is_base64(value),
            Self::ButtonId => matches!(value, "IDOK" | "IDCANCEL") || is_integer(trim(value)),
            Self::TrueOrFalse => matches!(value, "true" | "false"),
            Self::SchemaName => value.strip_prefix('\\').is_some_and(|path| is_path(path, true)),
            Self::ReducedName => {
                value.strip_prefix('\\').is_some_and(|path| path.is_empty() || is_path(path, path.contains(':')))
            }
        }
    }

    /// The tolerance of 3.2.3.4.1 that accepts a value which the type does not.
    pub(crate) fn leniency(self, value: &str) -> Option<&'static str> {
        match self {
            Self::Integer => Some(integer_leniency(value)),
            Self::ButtonId if is_button_word(value) => Some("X-LEN-02"),
            Self::ButtonId => Some(integer_leniency(value)),
            Self::TrueOrFalse if is_true(value) || value.eq_ignore_ascii_case("false") => Some("X-LEN-02"),
            Self::TrueOrFalse => Some("X-LEN-08"),
            _ => None,
        }
    }

    /// What it demands, in words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Integer => "an integer",
            Self::Float => "an xs:float",
            Self::Boolean => "true, false, 1 or 0",
            Self::Base64 => "base64",
            Self::ButtonId => "IDOK, IDCANCEL or an integer",
            Self::TrueOrFalse => "true or false",
            Self::SchemaName => r"\Word(.Word)*:Word",
            Self::ReducedName => r"\, \Word(.Word)* or \Word(.Word)*:Word",
        }
    }

    /// Its name in the namespace of XML Schema, where it is one of the types there.
    pub(crate) const fn builtin(self) -> Option<&'static str> {
        match self {
            Self::Text => Some("string"),
            Self::Integer => Some("integer"),
            Self::Float => Some("float"),
            Self::Boolean => Some("boolean"),
            Self::Base64 => Some("base64Binary"),
            _ => None,
        }
    }
}

/// Whether it is one of the words for a button's id, in any case of its letters.
pub(crate) fn is_button_word(value: &str) -> bool {
    value.eq_ignore_ascii_case("IDOK") || value.eq_ignore_ascii_case("IDCANCEL")
}

/// Whether bidi counts as true (SD-53).
pub(crate) fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}

/// An integer without sign of plus and leading zeros, for comparison; none when it isn't one.
pub(crate) fn normal_integer(value: &str) -> Option<String> {
    let value = trim(value);
    is_integer(value).then(|| normal(value))
}

/// The integer that the characters at the front make, the rest dropped; without any it is 0 (3.2.3.4.1, SD-53).
pub(crate) fn leading_integer(value: &str) -> String {
    let value = trim(value);
    let signed = usize::from(value.starts_with(['+', '-']));
    let digits = value.bytes().skip(signed).take_while(u8::is_ascii_digit).count();
    value.get(..signed.saturating_add(digits)).filter(|_| digits > 0).map_or_else(|| "0".to_string(), normal)
}

fn integer_leniency(value: &str) -> &'static str {
    let unsigned = trim(value).trim_start_matches(['+', '-']);
    if unsigned.starts_with(|c: char| c.is_ascii_digit()) { "X-LEN-06" } else { "X-LEN-07" }
}

fn normal(value: &str) -> String {
    let negative = value.starts_with('-');
    let digits = value.trim_start_matches(['+', '-']).trim_start_matches('0');
    match (digits, negative) {
        ("", _) => "0".to_string(),
        (digits, false) => digits.to_string(),
        (digits, true) => alloc::format!("-{digits}"),
    }
}

/// Without white space of XML at both ends: other characters that Unicode counts as such are text ([XML] 2.3).
pub(crate) fn trim(value: &str) -> &str {
    value.trim_matches([' ', '\t', '\n', '\r'])
}

fn is_integer(value: &str) -> bool {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    is_digits(digits)
}

fn is_digits(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|octet| octet.is_ascii_digit())
}

fn is_float(value: &str) -> bool {
    if matches!(value, "INF" | "-INF" | "NaN") {
        return true;
    }
    let (mantissa, exponent) = match value.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (value, None),
    };
    let unsigned = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let is_number = match unsigned.split_once('.') {
        Some((whole, "")) => is_digits(whole),
        Some(("", rest)) => is_digits(rest),
        Some((whole, rest)) => is_digits(whole) && is_digits(rest),
        None => is_digits(unsigned),
    };
    is_number && exponent.is_none_or(is_integer)
}

/// Groups of four characters, white space anywhere; bits that stand for nothing are zero.
fn is_base64(value: &str) -> bool {
    let mut length = 0_usize;
    let mut padding = 0_usize;
    let mut last = 0_u8;
    for octet in value.bytes().filter(|octet| !b" \t\n\r".contains(octet)) {
        length = length.saturating_add(1);
        match octet {
            b'=' => padding = padding.saturating_add(1),
            _ if padding > 0 => return false,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => last = octet,
            _ => return false,
        }
    }
    let clean = match padding {
        0 => true,
        1 => b"AEIMQUYcgkosw048".contains(&last),
        2 => b"AQgw".contains(&last),
        _ => false,
    };
    length.is_multiple_of(4) && clean
}

/// Words joined by full stops, and where wanted one more behind a colon.
fn is_path(path: &str, with_value: bool) -> bool {
    let words = match (path.split_once(':'), with_value) {
        (Some((words, value)), true) if is_word(value) => words,
        (None, false) => path,
        _ => return false,
    };
    words.split('.').all(is_word)
}

/// `\w+` of XML Schema: no punctuation, separators or others. Beyond ASCII that depends on tables of Unicode, and
/// everything is accepted (SD-36).
fn is_word(word: &str) -> bool {
    let is_word_character = |c: char| {
        !c.is_ascii() && !c.is_whitespace() && !c.is_control() || c.is_ascii_alphanumeric() || "$+<=>^`|~".contains(c)
    };
    !word.is_empty() && word.chars().all(is_word_character)
}
