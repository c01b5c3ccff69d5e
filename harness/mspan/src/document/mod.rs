//! XML documents as notifications and responses carry them ([MS-PAN] 2.2.7, 2.2.8): octets in UTF-16LE, a well-formed
//! document, elements and attributes by a table, and rules of the prose.
//!
//! What a document breaks is told by the ids of the requirement catalogue's document rules (`X-REQ-12`). There are two
//! verdicts: strict, as schemas and prose say, and tolerant, as 3.2.3.4.1 wants clients to accept AsyncUI notifications.

mod assessment;
mod grammar;
mod lexical;
mod markup;
mod outline;
mod plain;
mod rule;
mod text;
mod validator;
mod vocabulary;

pub use assessment::{Assessment, Breach, Gravity, Position, Verdict};
pub(crate) use grammar::{Attribute, Content, Element, Form, Particle};
pub(crate) use lexical::{Simple, is_button_word, is_true, leading_integer, normal_integer, trim};
pub(crate) use markup::{Family, Markup};
pub use outline::{Outline, OutlineLine};
pub(crate) use plain::read_plain;
pub use rule::{RULES, Rule, rule};
pub(crate) use text::Text;
pub(crate) use validator::{Validator, attribute, own_text, shortened};
pub use vocabulary::{Value, Word, namespaces, vocabulary};
