//! KerberosTime (RFC 4120 5.2.3), in seconds since 1970.

use std::time::{SystemTime, UNIX_EPOCH};

use dcerpc::security::SecurityError;

use crate::der::{Element, Elements, GENERALIZED_TIME, element};

/// How far the clocks of two hosts may be apart.
pub(crate) const SKEW: i64 = 300;
const DAY: i64 = 86_400;

/// Now, in seconds and microseconds.
pub(crate) fn now() -> (i64, u32) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (i64::try_from(now.as_secs()).unwrap_or(i64::MAX), now.subsec_micros())
}

/// Writes a GeneralizedTime.
pub(crate) fn write(seconds: i64) -> Element {
    let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    element(GENERALIZED_TIME, format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z").as_bytes())
}

/// Reads a GeneralizedTime.
pub(crate) fn read(element: &[u8]) -> Result<i64, SecurityError> {
    let content = Elements(element).of(GENERALIZED_TIME)?;
    let unreadable = || SecurityError::Refused("a time that is none".into());
    let text = str::from_utf8(content).ok().filter(|text| text.len() == 15 && text.ends_with('Z'));
    let text = text.ok_or_else(unreadable)?;
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        digits.and_then(|digits| digits.parse::<i64>().ok()).ok_or_else(unreadable)
    };
    let days = days(number(0, 4)?, number(4, 6)?, number(6, 8)?);
    Ok(days * DAY + number(8, 10)? * 3600 + number(10, 12)? * 60 + number(12, 14)?)
}

/// Year, month and day of a number of days since 1970. The years begin in March, so that a leap day ends one.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    /// Nothing outside can set the clock.
    #[test]
    fn times_are_written_as_they_are_read() {
        for (seconds, text) in [
            (0, "19700101000000Z"),
            (951_782_399, "20000228235959Z"),
            (951_782_400, "20000229000000Z"),
            (1_109_635_200, "20050301000000Z"),
            (1_767_225_599, "20251231235959Z"),
            (4_107_542_400, "21000301000000Z"),
        ] {
            let element = write(seconds);
            assert_eq!(element.get(2..), Some(text.as_bytes()));
            assert_eq!(read(&element), Ok(seconds));
        }
        for text in ["19700101000000", "19700101000000+", "1970010100000aZ", "197001010000000Z"] {
            assert!(read(&crate::der::element(0x18, text.as_bytes())).is_err(), "{text}");
        }
    }
}
