//! The format of pName ([MS-PAN] 3.1.1.4.1): `\\SERVER\PRINTER`.

/// Whether a name follows the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// It does.
    Good,
    /// It does not.
    Bad,
    /// The specification does not say (SD-50).
    Open,
}

impl Syntax {
    /// Of a name.
    pub(super) fn of(name: &str) -> Self {
        let Some((server, printer)) = name.strip_prefix(r"\\").and_then(|rest| rest.split_once('\\')) else {
            return Self::Bad;
        };
        if server.is_empty() || printer.is_empty() || printer.contains(['\\', ',']) {
            return Self::Bad;
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if server.chars().all(plain) { Self::Good } else { Self::Open }
    }
}
