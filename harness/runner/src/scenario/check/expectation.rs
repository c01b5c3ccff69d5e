//! Expectations: each matcher has to apply to its field.

use mspan::Method;
use mspan::method::{FieldKind, FieldName, field_names};

use super::Checker;
use crate::scenario::meant::{Expectation, Kind, Outcomes, Test};
use crate::scenario::written::{
    At, Entries, Expect, ExpectForms, Failure, Matcher, MatcherForms, Position, Returned, Value, ValueForms,
};

/// Statuses of fault PDUs by name ([C706] appendix E and the error codes that implementations send).
pub(super) const FAULTS: [(&str, u32); 9] = [
    ("nca_s_fault_context_mismatch", 0x1C00_001A),
    ("nca_s_fault_cancel", 0x1C00_000D),
    ("nca_s_fault_unspec", 0x1C00_0012),
    ("nca_s_op_rng_error", 0x1C01_0002),
    ("nca_s_unk_if", 0x1C01_0003),
    ("nca_s_proto_error", 0x1C01_000B),
    ("nca_s_fault_ndr", 0x0000_06F7),
    ("access_denied", 0x0000_0005),
    ("call_cancelled", 0x0000_071A),
];

/// What a matcher is applied to.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    pub(super) kind: Kind,
    /// Whether it can be NULL.
    pub(super) nullable: bool,
    /// Whether it is the status of a fault and not an HRESULT.
    pub(super) fault: bool,
}

impl Subject {
    pub(super) const fn of(kind: Kind) -> Self {
        Self { kind, nullable: false, fault: false }
    }

    fn field(name: &FieldName) -> Self {
        let kind = kind_of(name);
        Self { kind, nullable: name.nullable || kind == Kind::Handle, fault: false }
    }
}

/// What a parameter holds.
pub(super) fn kind_of(name: &FieldName) -> Kind {
    match (name.kind, name.values.first()) {
        (FieldKind::Handle, _) => Kind::Handle,
        (FieldKind::Handles, _) => Kind::Handles,
        (FieldKind::Number, Some(("kPerUser" | "kAllUsers", _))) => Kind::Filter,
        (FieldKind::Number, Some(("kBiDirectional" | "kUniDirectional", _))) => Kind::Style,
        (FieldKind::Number, _) => Kind::Number,
        (FieldKind::Type, _) => Kind::Type,
        (FieldKind::Octets, _) => Kind::Octets,
        (FieldKind::Text, _) => Kind::Text,
        (FieldKind::Status, _) => Kind::Status,
    }
}

impl Checker<'_> {
    /// What is expected of a call, or the default: success, and anything at the end.
    pub(super) fn expectation(&mut self, written: Option<&At<Expect>>, method: Option<Method>) -> Option<Expectation> {
        match written {
            Some(written) => self.expect(written, method),
            None if self.in_finally => Some(Expectation::Any),
            None => Some(Expectation::Returned { status: default_status(method), out: Vec::new() }),
        }
    }

    fn expect(&mut self, written: &At<Expect>, method: Option<Method>) -> Option<Expectation> {
        match &written.value {
            Expect::Word(word) => match word.as_str() {
                "any" => Some(Expectation::Any),
                "returned" => Some(Expectation::Returned { status: default_status(method), out: Vec::new() }),
                word => {
                    let outcome = Outcomes::WORDS.iter().find(|(known, _)| *known == word);
                    if outcome.is_none() {
                        let forms = ["returned", "fault", "failure", "any_of", "any"];
                        let words = Outcomes::WORDS.iter().map(|(known, _)| *known);
                        self.unknown(written.position, "outcome", word, words.chain(forms));
                    }
                    outcome.map(|(_, outcome)| Expectation::Outcome(*outcome))
                }
            },
            Expect::Forms(forms) => self.expect_form(forms, written.position, method),
        }
    }

    fn expect_form(&mut self, forms: &ExpectForms, position: Position, method: Option<Method>) -> Option<Expectation> {
        match forms {
            ExpectForms { returned: Some(returned), fault: None, failure: None, any_of: None } => {
                self.returned(returned, method)
            }
            ExpectForms { returned: None, fault: Some(status), failure: None, any_of: None } => {
                let subject = Subject { fault: true, ..Subject::of(Kind::Status) };
                self.test(status, subject).map(Expectation::Fault)
            }
            ExpectForms { returned: None, fault: None, failure: Some(failure), any_of: None } => {
                self.failure(&failure.value)
            }
            ExpectForms { returned: None, fault: None, failure: None, any_of: Some(ways) } => {
                let lower = |way: &At<super::super::written::Alternative>| {
                    self.expect(&way.value.expect, method).map(|expect| (way.value.because.clone(), expect))
                };
                let ways: Vec<_> = ways.iter().filter_map(lower).collect();
                Some(Expectation::AnyOf(ways))
            }
            _ => {
                self.complain(position, "exactly one of `returned`, `fault`, `failure` and `any_of` is wanted");
                None
            }
        }
    }

    fn returned(&mut self, written: &At<Returned>, method: Option<Method>) -> Option<Expectation> {
        let Returned { status, out, exactly } = &written.value;
        let Some(method) = method else {
            if status.is_some() || !out.is_empty() || *exactly {
                let message = "the [out] parameters of an operation number are not known: only `returned` can be said";
                self.complain(written.position, message);
            }
            return Some(Expectation::Returned { status: None, out: Vec::new() });
        };
        let names = field_names(method).1;
        let returns = names.iter().any(|name| name.name == "return");
        let status = match status {
            Some(status) if returns => Some(self.test(status, Subject::of(Kind::Status))?),
            Some(status) => {
                self.complain(status.position, format!("{method} has no return value"));
                None
            }
            None => default_status(Some(method)),
        };
        let out = self.fields(out, names, method);
        if *exactly {
            let named = |name: &FieldName| name.name == "return" || out.iter().any(|(known, _)| *known == name.name);
            for missing in names.iter().filter(|name| !named(name)) {
                let message = format!("`exactly` wants all [out] parameters, and {} is missing", missing.name);
                self.complain(written.position, message);
            }
        }
        Some(Expectation::Returned { status, out })
    }

    fn failure(&mut self, written: &Failure) -> Option<Expectation> {
        let via = written.via.as_ref().map(|via| via.value).unwrap_or_default();
        let status = match &written.status {
            Some(status) => self.test(status, Subject::of(Kind::Status))?,
            None => Test::Any,
        };
        Some(Expectation::Failure { via, status })
    }

    /// Matchers of parameters by name.
    pub(super) fn fields(
        &mut self,
        written: &Entries<At<Matcher>>,
        names: &'static [FieldName],
        method: Method,
    ) -> Vec<(&'static str, Test)> {
        let mut fields = Vec::new();
        for (key, matcher) in written.iter() {
            let parameters = names.iter().filter(|name| name.name != "return");
            let Some(name) = parameters.clone().find(|name| name.name == key.value) else {
                let what = format!("parameter of {method}");
                self.unknown(key.position, &what, &key.value, parameters.map(|name| name.name));
                continue;
            };
            if let Some(test) = self.test(matcher, Subject::field(name)) {
                fields.push((name.name, test));
            }
        }
        fields
    }

    /// A matcher for a subject.
    pub(super) fn test(&mut self, written: &At<Matcher>, subject: Subject) -> Option<Test> {
        let position = written.position;
        match &written.value {
            Matcher::Plain(Value::Null) => self.null(position, subject).map(|()| Test::Null),
            Matcher::Plain(Value::Text(word)) => match (word.as_str(), subject.kind) {
                ("any", _) => Some(Test::Any),
                ("not_null", _) => self.null(position, subject).map(|()| Test::NotNull),
                ("success", Kind::Status) if !subject.fault => Some(Test::Success),
                ("failure", Kind::Status) if !subject.fault => Some(Test::Failure),
                (word, Kind::Status) if subject.fault && !word.starts_with("${") => self
                    .one_of(position, "fault", word, &FAULTS)
                    .map(|status| Test::Equals(crate::scenario::meant::Term::Status(status))),
                _ => self.equals(&Value::Text(word.clone()), position, subject),
            },
            Matcher::Plain(value) => self.equals(value, position, subject),
            Matcher::Forms(forms) => self.test_form(forms, position, subject),
        }
    }

    fn equals(&mut self, value: &Value, position: Position, subject: Subject) -> Option<Test> {
        if subject.kind == Kind::Handles {
            let help = "write {count: …}, {element: …} or {each: …}".to_owned();
            self.complain_with(position, "an array of handles can't be compared as a whole", Some(help));
            return None;
        }
        self.value(&At::new(value.clone(), position), subject.kind).map(Test::Equals)
    }

    fn null(&mut self, position: Position, subject: Subject) -> Option<()> {
        if !subject.nullable {
            self.complain(position, format!("this {} can't be NULL", subject.kind.word()));
        }
        subject.nullable.then_some(())
    }

    fn test_form(&mut self, forms: &MatcherForms, position: Position, subject: Subject) -> Option<Test> {
        let given = given(forms);
        match (given.as_slice(), forms) {
            (["equals"], MatcherForms { equals: Some(value), .. }) => match &value.value {
                Value::Null => self.null(position, subject).map(|()| Test::Null),
                plain => self.equals(plain, value.position, subject),
            },
            (["not"], MatcherForms { not: Some(inner), .. }) => {
                self.test(inner, subject).map(|inner| Test::Not(Box::new(inner)))
            }
            (["one_of"], MatcherForms { one_of: Some(several), .. }) => {
                Some(Test::OneOf(several.iter().filter_map(|one| self.test(one, subject)).collect()))
            }
            (["all_of"], MatcherForms { all_of: Some(several), .. }) => {
                Some(Test::AllOf(several.iter().filter_map(|one| self.test(one, subject)).collect()))
            }
            (["size"], MatcherForms { size: Some(size), .. }) => {
                self.applies("size", position, subject, &[Kind::Octets, Kind::Text])?;
                self.test(size, Subject::of(Kind::Number)).map(|test| Test::Size(Box::new(test)))
            }
            (["count"], MatcherForms { count: Some(count), .. }) => {
                self.applies("count", position, subject, &[Kind::Handles])?;
                self.test(count, Subject::of(Kind::Number)).map(|test| Test::Count(Box::new(test)))
            }
            (["element"], MatcherForms { element: Some(element), .. }) => {
                self.applies("element", position, subject, &[Kind::Handles])?;
                let handle = Subject { nullable: true, ..Subject::of(Kind::Handle) };
                self.test(element, handle).map(|test| Test::Element(Box::new(test)))
            }
            (["each"], MatcherForms { each: Some(each), .. }) => {
                self.applies("each", position, subject, &[Kind::Handles])?;
                let handle = Subject { nullable: true, ..Subject::of(Kind::Handle) };
                self.test(each, handle).map(|test| Test::Each(Box::new(test)))
            }
            (["contains"], MatcherForms { contains: Some(part), .. }) => {
                self.applies("contains", position, subject, &[Kind::Octets, Kind::Text])?;
                self.value(part, subject.kind).map(Test::Contains)
            }
            (["min"] | ["max"] | ["min", "max"], MatcherForms { min, max, .. }) => {
                self.applies("min", position, subject, &[Kind::Number, Kind::Filter, Kind::Style])?;
                let mut bound = |bound: &Option<At<Value>>| match bound {
                    Some(bound) => self.value(bound, Kind::Number).map(Some),
                    None => Some(None),
                };
                Some(Test::Range(bound(min)?, bound(max)?))
            }
            (["hex" | "utf16" | "file" | "document" | "join"] | ["repeat", "times"], forms) => {
                let value = Value::Forms(Box::new(as_value(forms)));
                self.equals(&value, position, subject)
            }
            ([], _) => {
                self.complain(position, "an empty mapping matches nothing");
                None
            }
            (several, _) => {
                self.complain(position, format!("one matcher is wanted, not {} together", several.join(", ")));
                None
            }
        }
    }

    fn applies(&mut self, matcher: &str, position: Position, subject: Subject, kinds: &[Kind]) -> Option<()> {
        if kinds.contains(&subject.kind) {
            return Some(());
        }
        self.complain(position, format!("`{matcher}` can't apply to a {}", subject.kind.word()));
        None
    }
}

/// The status that a return value has to have when nothing is said.
fn default_status(method: Option<Method>) -> Option<Test> {
    let names = field_names(method?).1;
    names.iter().any(|name| name.name == "return").then_some(Test::Success)
}

/// The keys that are written.
fn given(forms: &MatcherForms) -> Vec<&'static str> {
    let keys = [
        ("equals", forms.equals.is_some()),
        ("not", forms.not.is_some()),
        ("one_of", forms.one_of.is_some()),
        ("all_of", forms.all_of.is_some()),
        ("size", forms.size.is_some()),
        ("count", forms.count.is_some()),
        ("element", forms.element.is_some()),
        ("each", forms.each.is_some()),
        ("contains", forms.contains.is_some()),
        ("min", forms.min.is_some()),
        ("max", forms.max.is_some()),
        ("hex", forms.hex.is_some()),
        ("utf16", forms.utf16.is_some()),
        ("file", forms.file.is_some()),
        ("document", forms.document.is_some()),
        ("repeat", forms.repeat.is_some()),
        ("times", forms.times.is_some()),
        ("join", forms.join.is_some()),
    ];
    keys.into_iter().filter(|(_, given)| *given).map(|(key, _)| key).collect()
}

fn as_value(forms: &MatcherForms) -> ValueForms {
    ValueForms {
        hex: forms.hex.clone(),
        utf16: forms.utf16.clone(),
        file: forms.file.clone(),
        document: forms.document.clone(),
        repeat: forms.repeat.clone(),
        times: forms.times.clone(),
        join: forms.join.clone(),
        ..ValueForms::default()
    }
}
