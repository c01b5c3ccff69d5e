//! What may be written as one word, or as a mapping that says more.

/// Defines an enum of `Word(String)` and `Forms(Box<forms>)` that reads a plain scalar as the one and a mapping as the
/// other, with the schema that says so.
macro_rules! word_or_forms {
    ($(#[$doc:meta])* $name:ident, $forms:ty, $expecting:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name {
            /// One word.
            Word(String),
            /// A mapping.
            Forms(Box<$forms>),
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Either;

                impl<'de> serde::de::Visitor<'de> for Either {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_str<E>(self, word: &str) -> Result<Self::Value, E> {
                        Ok($name::Word(word.to_owned()))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                        serde::Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                            .map(|forms| $name::Forms(Box::new(forms)))
                    }
                }

                deserializer.deserialize_any(Either)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let forms = generator.subschema_for::<$forms>();
                schemars::json_schema!({ "anyOf": [{ "type": "string" }, forms] })
            }
        }
    };
}

pub(crate) use word_or_forms;
