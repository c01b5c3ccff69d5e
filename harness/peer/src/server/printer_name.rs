//! The UNC name of a print queue.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use thiserror::Error;

/// `\\SERVER_NAME\LOCAL_PRINTER_NAME` ([MS-PAN] 3.1.1.4.1, pName).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrinterName {
    server: String,
    printer: String,
}

/// Why a string names no print queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PrinterNameError {
    /// It does not begin with two backslashes.
    #[error(r"a UNC name begins with \\")]
    NotUnc,
    /// There is no printer part.
    #[error(r"no \ stands between server and printer")]
    NoPrinter,
    /// SERVER_NAME is no DNS, NetBIOS, IPv4 or IPv6 host name.
    #[error("the server is no DNS, NetBIOS, IPv4 or IPv6 host name")]
    Server,
    /// LOCAL_PRINTER_NAME is empty.
    #[error("the printer's name is empty")]
    EmptyPrinter,
    /// LOCAL_PRINTER_NAME holds a backslash or a comma.
    #[error(r"the printer's name holds a \ or a comma")]
    ForbiddenCharacter,
}

impl PrinterName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`PrinterNameError`] says which part does not follow the format.
    pub fn parse(text: &str) -> Result<Self, PrinterNameError> {
        let rest = text.strip_prefix(r"\\").ok_or(PrinterNameError::NotUnc)?;
        let (server, printer) = rest.split_once('\\').ok_or(PrinterNameError::NoPrinter)?;
        if !is_host(server) {
            return Err(PrinterNameError::Server);
        }
        if printer.is_empty() {
            return Err(PrinterNameError::EmptyPrinter);
        }
        if printer.contains(['\\', ',']) {
            return Err(PrinterNameError::ForbiddenCharacter);
        }
        Ok(Self { server: server.to_owned(), printer: printer.to_owned() })
    }

    /// Whether both name the same print queue: upper and lower case are the same.
    #[must_use]
    pub fn names_same_queue(&self, other: &Self) -> bool {
        let same = |left: &str, right: &str| left.to_lowercase() == right.to_lowercase();
        same(&self.server, &other.server) && same(&self.printer, &other.printer)
    }
}

impl fmt::Display for PrinterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r"\\{}\{}", self.server, self.printer)
    }
}

fn is_host(name: &str) -> bool {
    is_ip_literal(name) || name.parse::<Ipv6Addr>().is_ok() || name.parse::<Ipv4Addr>().is_ok() || is_name(name)
}

/// IP-literal of RFC 3986 section 3.2.2: an IPv6 address or a later version in brackets.
fn is_ip_literal(name: &str) -> bool {
    let Some(inner) = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else { return false };
    inner.parse::<Ipv6Addr>().is_ok() || is_future_address(inner)
}

fn is_future_address(inner: &str) -> bool {
    let Some((version, address)) = inner.strip_prefix(['v', 'V']).and_then(|rest| rest.split_once('.')) else {
        return false;
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+;=:".contains(c);
    !version.is_empty()
        && version.chars().all(|c| c.is_ascii_hexdigit())
        && !address.is_empty()
        && address.chars().all(allowed)
}

/// A DNS name, or a NetBIOS name, which has no dots. Four numbers with dots are an address or nothing.
fn is_name(name: &str) -> bool {
    let numeric = name.contains('.') && name.chars().all(|c| c.is_ascii_digit() || c == '.');
    !numeric && (is_dns_name(name) || is_netbios_name(name))
}

fn is_dns_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253 && name.split('.').all(is_dns_label)
}

fn is_dns_label(label: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    !label.is_empty()
        && label.len() <= 63
        && label.chars().all(allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_netbios_name(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "!@#$%^&'()-_{}~".contains(c);
    (1..=15).contains(&name.chars().count()) && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{PrinterName, PrinterNameError};

    #[rstest]
    #[case::netbios(r"\\PRINTSRV\office-laser")]
    #[case::netbios_symbols(r"\\PRINT$SRV\q")]
    #[case::dns(r"\\print.example.com\Office laser")]
    #[case::dns_root(r"\\print.example.com.\q")]
    #[case::ipv4(r"\\192.0.2.7\q")]
    #[case::ipv6_bare(r"\\2001:db8::7\q")]
    #[case::ipv6_brackets(r"\\[2001:db8::7]\q")]
    #[case::ipv6_transcribed(r"\\2001-db8--7.ipv6-literal.net\q")]
    #[case::ip_future(r"\\[v7.a:b]\q")]
    #[case::slash_in_printer(r"\\srv\a/b")]
    fn accepts(#[case] text: &str) {
        assert_eq!(PrinterName::parse(text).map(|name| name.to_string()), Ok(text.to_owned()));
    }

    #[rstest]
    #[case::empty("", PrinterNameError::NotUnc)]
    #[case::bare("printer", PrinterNameError::NotUnc)]
    #[case::one_backslash(r"\server\p", PrinterNameError::NotUnc)]
    #[case::no_printer(r"\\server", PrinterNameError::NoPrinter)]
    #[case::empty_printer(r"\\server\", PrinterNameError::EmptyPrinter)]
    #[case::comma(r"\\server\a,b", PrinterNameError::ForbiddenCharacter)]
    #[case::backslash(r"\\server\a\b", PrinterNameError::ForbiddenCharacter)]
    #[case::no_server(r"\\\p", PrinterNameError::Server)]
    #[case::server_comma(r"\\a,b\p", PrinterNameError::Server)]
    #[case::server_space(r"\\a b\p", PrinterNameError::Server)]
    #[case::bad_ipv4(r"\\999.1.1.1\p", PrinterNameError::Server)]
    #[case::bad_ipv6(r"\\[2001:db8:::7]\p", PrinterNameError::Server)]
    #[case::empty_label(r"\\a..b\p", PrinterNameError::Server)]
    #[case::long_label(
        r"\\aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\p",
        PrinterNameError::Server
    )]
    fn refuses(#[case] text: &str, #[case] why: PrinterNameError) {
        assert_eq!(PrinterName::parse(text), Err(why));
    }

    #[rstest]
    #[case(r"\\SRV\Laser", r"\\srv\laser", true)]
    #[case(r"\\SRV\Laser", r"\\srv\laser2", false)]
    #[case(r"\\SRV\Laser", r"\\srw\laser", false)]
    fn compares(#[case] left: &str, #[case] right: &str, #[case] same: bool) {
        let parse = |text| PrinterName::parse(text).unwrap();
        assert_eq!(parse(left).names_same_queue(&parse(right)), same);
    }
}
