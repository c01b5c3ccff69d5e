//! Whether an answer is what the script expects. What section 3 says of it is for the rules.

use bytes::Bytes;
use dcerpc::ContextHandle;
use mspan::method::Field;
use mspan::{Hresult, Method};

use super::datum::{Datum, Missing, Names};
use crate::scenario::meant::{Expectation, Outcomes, Term, Test, Via};

/// How a call came back.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// With a response, whose parameters are by name; or why they could not be read.
    Returned(Result<Vec<(&'static str, Field)>, String>),
    /// With a response to a call whose parameters are not known.
    Unread,
    /// With a fault.
    Fault(u32),
    /// The bind was refused, in words.
    Refused(String),
    /// Our side did not go on with the security context because of what the server sent, in words.
    Rejected(String),
    /// Nothing protects the call, so nothing of that could be spoilt.
    Unprotected,
    /// The connection was closed in order.
    Closed,
    /// The connection was reset.
    Reset,
    /// The server did not keep to the protocol, in words.
    Malformed(String),
    /// No connection could be opened, in words.
    Unreachable(String),
    /// Nothing within the limit.
    TimedOut,
    /// Our own side ended the connection or gave the call up.
    Dropped,
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Returned(Ok(fields)) => {
                f.write_str("returned")?;
                for (name, field) in fields {
                    write!(f, " {name}={field}")?;
                }
                Ok(())
            }
            Self::Returned(Err(why)) => write!(f, "returned something that can't be read: {why}"),
            Self::Unread => f.write_str("returned"),
            Self::Fault(status) => write!(f, "fault {status:#010x}"),
            Self::Refused(why) => write!(f, "bind refused: {why}"),
            Self::Rejected(why) => f.write_str(why),
            Self::Unprotected => f.write_str("nothing, for nothing protects the call that could be spoilt"),
            Self::Closed => f.write_str("the connection was closed"),
            Self::Reset => f.write_str("the connection was reset"),
            Self::Malformed(why) => write!(f, "octets that can't be read: {why}"),
            Self::Unreachable(why) => write!(f, "the server can't be reached: {why}"),
            Self::TimedOut => f.write_str("no answer within the limit"),
            Self::Dropped => f.write_str("given up by our own side"),
        }
    }
}

impl Answer {
    /// Whether it says nothing of the target: nobody was reached, or nobody could log in.
    pub(super) fn is_of_the_environment(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Rejected(_))
    }
}

/// What was expected and what came instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    pub(super) expected: String,
    pub(super) actual: String,
}

impl Mismatch {
    fn of(expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self { expected: expected.into(), actual: actual.into() }
    }
}

impl From<Missing> for Mismatch {
    fn from(missing: Missing) -> Self {
        Self::of("a value to compare with", missing.to_string())
    }
}

/// Whether an answer is as expected. Gives the reasons of the alternatives that were taken.
pub(super) fn judge(expect: &Expectation, answer: &Answer, names: &Names) -> Result<Vec<String>, Mismatch> {
    match expect {
        Expectation::Any => Ok(Vec::new()),
        Expectation::AnyOf(ways) => {
            let mut mismatches = Vec::new();
            for (because, way) in ways {
                match judge(way, answer, names) {
                    Ok(mut reasons) => {
                        reasons.insert(0, because.clone());
                        return Ok(reasons);
                    }
                    Err(mismatch) => mismatches.push(mismatch.expected),
                }
            }
            Err(Mismatch::of(mismatches.join(", or "), answer.to_string()))
        }
        Expectation::Outcome(outcome) => outcome_is(*outcome, answer),
        Expectation::Returned { status, out } => returned(status.as_ref(), out, answer, names),
        Expectation::Fault(test) => match answer {
            Answer::Fault(status) => check("fault", test, &Field::Status(Hresult(*status)), names),
            other => Err(Mismatch::of("a fault", other.to_string())),
        },
        Expectation::Failure { via, status } => failure(*via, status, answer, names),
    }
}

fn outcome_is(outcome: Outcomes, answer: &Answer) -> Result<Vec<String>, Mismatch> {
    let (expected, is) = match outcome {
        Outcomes::Lost => {
            ("the end of the connection", matches!(answer, Answer::Closed | Answer::Reset | Answer::Dropped))
        }
        Outcomes::Closed => ("an orderly close", matches!(answer, Answer::Closed)),
        Outcomes::Reset => ("a reset", matches!(answer, Answer::Reset)),
        Outcomes::Refused => ("a refused bind", matches!(answer, Answer::Refused(_) | Answer::Rejected(_))),
        Outcomes::TimedOut => ("no answer within the limit", matches!(answer, Answer::TimedOut)),
        Outcomes::Pending => ("a call that is still pending", false),
    };
    if is { Ok(Vec::new()) } else { Err(Mismatch::of(expected, answer.to_string())) }
}

fn returned(
    status: Option<&Test>,
    out: &[(&'static str, Test)],
    answer: &Answer,
    names: &Names,
) -> Result<Vec<String>, Mismatch> {
    let fields = match answer {
        Answer::Returned(Ok(fields)) => fields,
        Answer::Unread if status.is_none() && out.is_empty() => return Ok(Vec::new()),
        other => return Err(Mismatch::of("a response", other.to_string())),
    };
    let tests = status.map(|status| ("return", status)).into_iter();
    for (name, test) in tests.chain(out.iter().map(|(name, test)| (*name, test))) {
        let Some((_, field)) = fields.iter().find(|(known, _)| *known == name) else {
            return Err(Mismatch::of(format!("{name} {}", show(test, names)), format!("no {name}")));
        };
        check(name, test, field, names)?;
    }
    Ok(Vec::new())
}

fn failure(via: Via, status: &Test, answer: &Answer, names: &Names) -> Result<Vec<String>, Mismatch> {
    let expected = match status {
        Test::Any => "a failure".to_owned(),
        status => format!("a failure {}", show(status, names)),
    };
    let status_of = |name: &str, fields: &[(&'static str, Field)]| match fields.iter().find(|(known, _)| *known == name)
    {
        Some((_, Field::Status(status))) => Some(*status),
        _ => None,
    };
    match (via, answer) {
        (Via::Return | Via::Either, Answer::Returned(Ok(fields))) => match status_of("return", fields) {
            Some(returned) if returned.is_failure() => check("return", status, &Field::Status(returned), names),
            _ => Err(Mismatch::of(expected, answer.to_string())),
        },
        (Via::Fault | Via::Either, Answer::Fault(fault)) => {
            check("fault", status, &Field::Status(Hresult(*fault)), names)
        }
        (Via::Return, _) => Err(Mismatch::of(format!("{expected} as return value"), answer.to_string())),
        (Via::Fault, _) => Err(Mismatch::of(format!("{expected} as fault"), answer.to_string())),
        (Via::Either, _) => Err(Mismatch::of(expected, answer.to_string())),
    }
}

/// Whether a field passes a test.
pub(super) fn check(name: &str, test: &Test, field: &Field, names: &Names) -> Result<Vec<String>, Mismatch> {
    match passes(test, field, names)? {
        true => Ok(Vec::new()),
        false => Err(Mismatch::of(format!("{name} {}", show(test, names)), format!("{name} {}", describe(field)))),
    }
}

fn passes(test: &Test, field: &Field, names: &Names) -> Result<bool, Missing> {
    Ok(match test {
        Test::Any => true,
        Test::Null => field.is_null(),
        Test::NotNull => !field.is_null(),
        Test::Success => matches!(field, Field::Status(status) if status.is_success()),
        Test::Failure => matches!(field, Field::Status(status) if status.is_failure()),
        Test::Equals(term) => equals(&names.value(term)?, field),
        Test::Not(inner) => !field.is_null() && !passes(inner, field, names)?,
        Test::OneOf(tests) => {
            for test in tests {
                if passes(test, field, names)? {
                    return Ok(true);
                }
            }
            false
        }
        Test::AllOf(tests) => {
            for test in tests {
                if !passes(test, field, names)? {
                    return Ok(false);
                }
            }
            true
        }
        Test::Size(inner) => match size_of(field) {
            Some(size) => passes(inner, &Field::Number(size), names)?,
            None => false,
        },
        Test::Count(inner) => match field {
            Field::Handles(Some(handles)) => {
                let count = u32::try_from(handles.elements.len()).unwrap_or(u32::MAX);
                passes(inner, &Field::Number(count), names)?
            }
            _ => false,
        },
        Test::Element(inner) => handles_pass(inner, field, names)?.is_some_and(|passed| passed.contains(&true)),
        Test::Each(inner) => handles_pass(inner, field, names)?.is_some_and(|passed| !passed.contains(&false)),
        Test::Contains(term) => contains(&names.value(term)?, field),
        Test::Range(min, max) => match field {
            Field::Number(number) => within(min.as_ref(), max.as_ref(), u64::from(*number), names)?,
            _ => false,
        },
    })
}

fn within(min: Option<&Term>, max: Option<&Term>, number: u64, names: &Names) -> Result<bool, Missing> {
    let min = min.map(|term| names.number(term)).transpose()?;
    let max = max.map(|term| names.number(term)).transpose()?;
    Ok(min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max))
}

fn handles_pass(test: &Test, field: &Field, names: &Names) -> Result<Option<Vec<bool>>, Missing> {
    let Field::Handles(Some(handles)) = field else { return Ok(None) };
    let each = |handle: &ContextHandle| passes(test, &Field::Handle(*handle), names);
    handles.elements.iter().map(each).collect::<Result<Vec<bool>, Missing>>().map(Some)
}

fn equals(datum: &Datum, field: &Field) -> bool {
    match (datum, field) {
        (Datum::Null, field) => field.is_null(),
        (Datum::Number(number), Field::Number(actual)) => *number == u64::from(*actual),
        (Datum::Status(status), Field::Status(actual)) => status == actual,
        (Datum::Type(notification_type), Field::Type(Some(actual))) => notification_type == actual,
        (Datum::Handle(handle, _), Field::Handle(actual)) => handle == actual,
        (Datum::Octets(octets), Field::Octets(Some(actual))) => octets.elements == actual.elements,
        (Datum::Text(text), Field::Text(Some(actual))) => *text == actual.text(),
        _ => false,
    }
}

fn contains(datum: &Datum, field: &Field) -> bool {
    match (datum, field) {
        (Datum::Octets(part), Field::Octets(Some(whole))) => occurs(&part.elements, &whole.elements),
        (Datum::Text(part), Field::Text(Some(whole))) => whole.text().contains(part.as_str()),
        _ => false,
    }
}

fn occurs(part: &Bytes, whole: &Bytes) -> bool {
    part.is_empty() || whole.windows(part.len()).any(|window| window == part)
}

/// Octets or characters; none for NULL.
fn size_of(field: &Field) -> Option<u32> {
    let size = match field {
        Field::Octets(Some(octets)) => octets.elements.len(),
        Field::Text(Some(text)) => text.units.split(|unit| *unit == 0).next().unwrap_or_default().len(),
        _ => return None,
    };
    u32::try_from(size).ok()
}

/// A test in words.
fn show(test: &Test, names: &Names) -> String {
    let several =
        |tests: &[Test], between: &str| tests.iter().map(|test| show(test, names)).collect::<Vec<_>>().join(between);
    match test {
        Test::Any => "anything".to_owned(),
        Test::Null => "NULL".to_owned(),
        Test::NotNull => "not NULL".to_owned(),
        Test::Success => "a success".to_owned(),
        Test::Failure => "a failure".to_owned(),
        Test::Equals(term) => show_term(term, names),
        Test::Not(inner) => format!("not {}", show(inner, names)),
        Test::OneOf(tests) => several(tests, " or "),
        Test::AllOf(tests) => several(tests, " and "),
        Test::Size(inner) => format!("of size {}", show(inner, names)),
        Test::Count(inner) => format!("with {} elements", show(inner, names)),
        Test::Element(inner) => format!("with an element {}", show(inner, names)),
        Test::Each(inner) => format!("with each element {}", show(inner, names)),
        Test::Contains(term) => format!("containing {}", show_term(term, names)),
        Test::Range(min, max) => match (min, max) {
            (Some(min), Some(max)) => format!("from {} to {}", show_term(min, names), show_term(max, names)),
            (Some(min), None) => format!("at least {}", show_term(min, names)),
            (None, Some(max)) => format!("at most {}", show_term(max, names)),
            (None, None) => "a number".to_owned(),
        },
    }
}

fn show_term(term: &Term, names: &Names) -> String {
    match names.value(term) {
        Ok(Datum::Number(number)) => number.to_string(),
        Ok(Datum::Status(status)) => status.to_string(),
        Ok(Datum::Type(notification_type)) => notification_type.to_string(),
        Ok(Datum::Handle(handle, _)) => handle.to_string(),
        Ok(Datum::Octets(octets)) => describe_octets(&octets.elements),
        Ok(Datum::Text(text)) => format!("{text:?}"),
        Ok(other) => format!("{other:?}"),
        Err(missing) => missing.to_string(),
    }
}

fn describe(field: &Field) -> String {
    match field {
        Field::Octets(Some(octets)) => describe_octets(&octets.elements),
        other => other.to_string(),
    }
}

/// Octets, so that a person can tell them from others.
fn describe_octets(octets: &Bytes) -> String {
    const SHOWN: usize = 48;
    let units: Vec<u16> = octets
        .chunks_exact(2)
        .map(|pair| pair.iter().rev().fold(0, |unit, octet| unit << 8 | u16::from(*octet)))
        .collect();
    let printable = |text: &String| text.chars().all(|c| !c.is_control() || c.is_whitespace());
    let text = (octets.len().is_multiple_of(2) && !octets.is_empty())
        .then(|| String::from_utf16(&units).ok())
        .flatten()
        .filter(printable);
    match text {
        Some(text) if text.chars().count() <= SHOWN => format!("{} octets {text:?} in UTF-16LE", octets.len()),
        Some(text) => {
            let start: String = text.chars().take(SHOWN).collect();
            format!("{} octets {start:?}… in UTF-16LE", octets.len())
        }
        None => {
            let start = octets.get(..octets.len().min(SHOWN / 2)).unwrap_or_default();
            let more = if start.len() < octets.len() { "…" } else { "" };
            format!("{} octets {}{more}", octets.len(), hex::encode(start))
        }
    }
}

/// The handle parameter that a method gives back, NULL when the server has closed it.
pub(super) const fn closing_parameter(method: Method) -> Option<&'static str> {
    match method {
        Method::Delete => Some("ppRemoteObj"),
        Method::CloseChannel | Method::GetNotificationSendResponse => Some("pChannel"),
        _ => None,
    }
}
