//! Values and matchers as they are written.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize as DeriveDeserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::At;
use super::present::present;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`: the NULL pointer.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, decimal or `0x…`.
    Number(i128),
    /// Text; `${name}` in it is a reference.
    Text(String),
    /// A sequence.
    List(Vec<At<Value>>),
    /// A mapping that says how the value is made.
    Forms(Box<ValueForms>),
}

/// How a value is made; exactly one of these (`times` goes with `repeat`).
#[derive(Clone, Debug, Default, PartialEq, DeriveDeserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct ValueForms {
    /// Octets in hexadecimal; spaces are ignored.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub hex: Option<At<String>>,
    /// Octets: the text in UTF-16LE, without byte order mark and terminator.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub utf16: Option<At<String>>,
    /// Octets of a file, relative to the folder of the scenarios.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub file: Option<At<String>>,
    /// Octets of a UTF-8 text file, relative to the folder of the scenarios: `${name}` in it is filled in, and it is
    /// encoded in UTF-16LE.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub document: Option<At<String>>,
    /// Octets, `times` over.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub repeat: Option<At<Value>>,
    /// How often `repeat` stands.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub times: Option<At<Value>>,
    /// Octets, one after the other.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Vec<At<Value>>")]
    pub join: Option<Vec<At<Value>>>,
    /// A context handle that nobody gave out: `{uuid: …, attributes: …}`.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<HandleForm>")]
    pub handle: Option<At<HandleForm>>,
    /// A string whose counts or terminator are written as told.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<StringForm>")]
    pub string: Option<At<StringForm>>,
    /// An array whose count before its elements is written as told.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<ArrayForm>")]
    pub array: Option<At<ArrayForm>>,
}

/// A context handle that nobody gave out.
#[derive(Clone, Debug, PartialEq, DeriveDeserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandleForm {
    /// context_handle_uuid.
    pub uuid: At<String>,
    /// context_handle_attributes, 0 when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "u32")]
    pub attributes: Option<u32>,
}

/// A `[string]` whose counts or terminator are written as told.
#[derive(Clone, Debug, PartialEq, DeriveDeserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StringForm {
    /// The characters.
    pub text: At<String>,
    /// max_count, in characters; that of a well-formed string when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "u64")]
    pub max_count: Option<u64>,
    /// offset, in characters; 0 when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "u64")]
    pub offset: Option<u64>,
    /// actual_count, in characters; that of a well-formed string when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "u64")]
    pub actual_count: Option<u64>,
    /// Whether a terminator follows; it does when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "bool")]
    pub terminated: Option<bool>,
}

/// A conformant array whose count is written as told.
#[derive(Clone, Debug, PartialEq, DeriveDeserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrayForm {
    /// The elements.
    pub octets: At<Value>,
    /// max_count; the number of elements when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "u64")]
    pub max_count: Option<u64>,
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// A plain value: equality; or one of the words `any`, `not_null`, and for a status `success`, `failure`.
    Plain(Value),
    /// A mapping that says how to compare.
    Forms(Box<MatcherForms>),
}

/// How to compare; exactly one of these (`min` and `max` go together, `times` goes with `repeat`).
#[derive(Clone, Debug, Default, PartialEq, DeriveDeserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct MatcherForms {
    /// Equal to this, even when it is one of the matchers' words.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub equals: Option<At<Value>>,
    /// Not this. NULL never satisfies it.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Box<At<Matcher>>")]
    pub not: Option<Box<At<Matcher>>>,
    /// At least one of these.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Vec<At<Matcher>>")]
    pub one_of: Option<Vec<At<Matcher>>>,
    /// All of these.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Vec<At<Matcher>>")]
    pub all_of: Option<Vec<At<Matcher>>>,
    /// So many octets or characters.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Box<At<Matcher>>")]
    pub size: Option<Box<At<Matcher>>>,
    /// So many elements.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Box<At<Matcher>>")]
    pub count: Option<Box<At<Matcher>>>,
    /// At least one element is like this.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Box<At<Matcher>>")]
    pub element: Option<Box<At<Matcher>>>,
    /// Each element is like this.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Box<At<Matcher>>")]
    pub each: Option<Box<At<Matcher>>>,
    /// These octets, or this text, occur somewhere.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub contains: Option<At<Value>>,
    /// At least this number.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub min: Option<At<Value>>,
    /// At most this number.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub max: Option<At<Value>>,
    /// Equal to these octets, in hexadecimal.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub hex: Option<At<String>>,
    /// Equal to this text in UTF-16LE.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub utf16: Option<At<String>>,
    /// Equal to the octets of a file.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub file: Option<At<String>>,
    /// Equal to the UTF-16LE of a text file.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<String>")]
    pub document: Option<At<String>>,
    /// Equal to these octets, `times` over.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub repeat: Option<At<Value>>,
    /// How often `repeat` stands.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "At<Value>")]
    pub times: Option<At<Value>>,
    /// Equal to these octets, one after the other.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Vec<At<Value>>")]
    pub join: Option<Vec<At<Value>>>,
}

/// What is written as a plain value, or as a mapping of forms.
trait PlainOrForms: Sized {
    type Forms: for<'de> Deserialize<'de> + JsonSchema;
    const EXPECTED: &'static str;

    fn plain(value: Value) -> Self;

    fn of_forms(forms: Self::Forms) -> Self;

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let forms = generator.subschema_for::<Self::Forms>();
        let value = generator.subschema_for::<Value>();
        json_schema!({ "anyOf": [
            { "type": ["null", "boolean", "integer", "string"] },
            { "type": "array", "items": value },
            forms
        ] })
    }
}

impl PlainOrForms for Value {
    type Forms = ValueForms;
    const EXPECTED: &'static str = "null, a whole number, text, a sequence, or a mapping like {hex: …} or {utf16: …}";

    fn plain(value: Value) -> Self {
        value
    }

    fn of_forms(forms: ValueForms) -> Self {
        Self::Forms(Box::new(forms))
    }
}

impl PlainOrForms for Matcher {
    type Forms = MatcherForms;
    const EXPECTED: &'static str = "a value, or a mapping like {one_of: […]} or {size: …}";

    fn plain(value: Value) -> Self {
        Self::Plain(value)
    }

    fn of_forms(forms: MatcherForms) -> Self {
        Self::Forms(Box::new(forms))
    }
}

struct Any<T>(PhantomData<T>);

impl<'de, T: PlainOrForms> Visitor<'de> for Any<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::plain(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<T, E> {
        Ok(T::plain(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<T, E> {
        Ok(T::plain(Value::Number(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<T, E> {
        Ok(T::plain(Value::Number(value.into())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
        Err(E::custom(format!("{value} is no whole number; no field takes fractions (quote it if it is text)")))
    }

    fn visit_str<E>(self, value: &str) -> Result<T, E> {
        Ok(T::plain(Value::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<T, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element()? {
            values.push(value);
        }
        Ok(T::plain(Value::List(values)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::Forms::deserialize(MapAccessDeserializer::new(map)).map(T::of_forms)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Matcher {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any(PhantomData))
    }
}

impl JsonSchema for Value {
    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <Self as PlainOrForms>::schema(generator)
    }
}

impl JsonSchema for Matcher {
    fn schema_name() -> Cow<'static, str> {
        "Matcher".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <Self as PlainOrForms>::schema(generator)
    }
}
