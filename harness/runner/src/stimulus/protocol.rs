//! The JSON form of requests and answers.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use thiserror::Error;
use trace::stimulus::{Answer, Audience, ChannelLog, ClosedBy, Request, SourceResponse};
use uuid::Uuid;

/// Why a line of the protocol could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    /// It is no JSON.
    #[error("no JSON: {0}")]
    NotJson(String),
    /// It is no JSON object.
    #[error("expected a JSON object, found {0}")]
    NotAnObject(String),
    /// A key is missing, or its value is not of the kind that the verb needs.
    #[error("key `{key}`: expected {expected}, found {found}")]
    Key {
        /// The key.
        key: &'static str,
        /// What it should hold.
        expected: &'static str,
        /// What it holds.
        found: String,
    },
    /// A verb that this protocol does not have.
    #[error("unknown verb `{0}`")]
    UnknownVerb(String),
}

/// One request as one line of JSON, without its line end.
#[must_use]
pub fn request_to_json(request: &Request) -> Value {
    match request {
        Request::Notify { audience, data } => with_data(with_audience(json!({"op": "notify"}), audience), Some(data)),
        Request::OpenChannel { id, audience, data } => {
            with_data(with_audience(json!({"op": "open_channel", "id": id}), audience), data.as_ref())
        }
        Request::ChannelNotify { id, data } => with_data(json!({"op": "channel_notify", "id": id}), Some(data)),
        Request::ChannelClose { id } => json!({"op": "channel_close", "id": id}),
        Request::ChannelLog { id } => json!({"op": "channel_log", "id": id}),
        Request::DeletePrinter { printer } => json!({"op": "delete_printer", "printer": printer}),
        Request::Shutdown => json!({"op": "shutdown"}),
        Request::Nonsense { verb } => json!({"op": verb}),
    }
}

/// Reads a request.
///
/// # Errors
/// What is wrong with it; a verb that the protocol does not have is [`Malformed::UnknownVerb`].
pub fn request_from_json(line: &str) -> Result<Request, Malformed> {
    let object = Object::parse(line)?;
    let verb = object.text("op")?;
    Ok(match verb {
        "notify" => Request::Notify {
            audience: object.audience()?,
            data: object.data()?.ok_or_else(|| object.wrong("data_utf16", "the notification (or data_hex)"))?,
        },
        "open_channel" => Request::OpenChannel {
            id: object.text("id")?.to_owned(),
            audience: object.audience()?,
            data: object.data()?,
        },
        "channel_notify" => Request::ChannelNotify {
            id: object.text("id")?.to_owned(),
            data: object.data()?.ok_or_else(|| object.wrong("data_utf16", "the notification (or data_hex)"))?,
        },
        "channel_close" => Request::ChannelClose { id: object.text("id")?.to_owned() },
        "channel_log" => Request::ChannelLog { id: object.text("id")?.to_owned() },
        "delete_printer" => Request::DeletePrinter { printer: object.text("printer")?.to_owned() },
        "shutdown" => Request::Shutdown,
        unknown => return Err(Malformed::UnknownVerb(unknown.to_owned())),
    })
}

/// One answer as one line of JSON, without its line end.
#[must_use]
pub fn answer_to_json(answer: &Answer) -> Value {
    match answer {
        Answer::Done => json!({"ok": true}),
        Answer::Log(log) => log_to_json(log),
        Answer::Refused { error, unsupported: false } => json!({"ok": false, "error": error}),
        Answer::Refused { error, unsupported: true } => json!({"ok": false, "error": error, "unsupported": true}),
        Answer::Silent { why } => json!({"ok": false, "error": why, "silent": true}),
    }
}

/// Reads an answer; one to `channel_log` holds the log.
///
/// # Errors
/// What is wrong with it.
pub fn answer_from_json(line: &str) -> Result<Answer, Malformed> {
    let object = Object::parse(line)?;
    let ok = object.flag("ok")?.ok_or_else(|| object.wrong("ok", "true or false"))?;
    if !ok {
        let error = object.optional_text("error")?.unwrap_or("no reason given").to_owned();
        if object.flag("silent")? == Some(true) {
            return Ok(Answer::Silent { why: error });
        }
        return Ok(Answer::Refused { error, unsupported: object.flag("unsupported")?.unwrap_or(false) });
    }
    match object.0.get("responses") {
        None => Ok(Answer::Done),
        Some(Value::Array(responses)) => {
            let responses = responses.iter().map(response_from_json).collect::<Result<_, _>>()?;
            let closed_by = object.closed_by()?;
            Ok(Answer::Log(ChannelLog { responses, acquired: object.flag("acquired")?, closed_by }))
        }
        Some(_) => Err(object.wrong("responses", "an array")),
    }
}

fn with_audience(mut object: Value, audience: &Audience) -> Value {
    let filter = match audience.filter {
        0 => json!("kPerUser"),
        1 => json!("kAllUsers"),
        other => json!(other),
    };
    if let Value::Object(map) = &mut object {
        map.insert("type".to_owned(), json!(audience.notification_type.hyphenated().to_string()));
        map.insert("filter".to_owned(), filter);
        map.insert("user".to_owned(), json!(audience.user));
        map.insert("printer".to_owned(), json!(audience.printer));
    }
    object
}

/// Text as text, so that people can read it; what is no strict UTF-16LE as octets.
fn with_data(mut object: Value, data: Option<&Bytes>) -> Value {
    if let (Value::Object(map), Some(data)) = (&mut object, data) {
        match text_of(data) {
            Some(text) => map.insert("data_utf16".to_owned(), json!(text)),
            None => map.insert("data_hex".to_owned(), json!(hex::encode(data))),
        };
    }
    object
}

fn text_of(data: &[u8]) -> Option<String> {
    let (units, rest) = data.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    if rest.is_empty() { String::from_utf16(&units).ok() } else { None }
}

fn log_to_json(log: &ChannelLog) -> Value {
    let responses: Vec<Value> = log
        .responses
        .iter()
        .map(|one| json!({"type": one.notification_type.hyphenated().to_string(), "data_hex": hex::encode(&one.data)}))
        .collect();
    let mut object = Map::new();
    object.insert("ok".to_owned(), json!(true));
    object.insert("responses".to_owned(), json!(responses));
    if let Some(acquired) = log.acquired {
        object.insert("acquired".to_owned(), json!(acquired));
    }
    if let Some(closed_by) = log.closed_by {
        let who = closed_by.map(|who| match who {
            ClosedBy::Client => "client",
            ClosedBy::Source => "source",
        });
        object.insert("closed_by".to_owned(), json!(who));
    }
    Value::Object(object)
}

fn response_from_json(value: &Value) -> Result<SourceResponse, Malformed> {
    let Value::Object(map) = value else {
        return Err(Malformed::NotAnObject(shown(value)));
    };
    let object = Object(map.clone());
    let data = object.data()?.ok_or_else(|| object.wrong("data_hex", "octets in hexadecimal"))?;
    Ok(SourceResponse { notification_type: object.guid("type")?, data })
}

/// An object with typed access to its keys.
struct Object(Map<String, Value>);

impl Object {
    fn parse(line: &str) -> Result<Self, Malformed> {
        match serde_json::from_str(line) {
            Ok(Value::Object(map)) => Ok(Self(map)),
            Ok(other) => Err(Malformed::NotAnObject(shown(&other))),
            Err(error) => Err(Malformed::NotJson(error.to_string())),
        }
    }

    fn wrong(&self, key: &'static str, expected: &'static str) -> Malformed {
        let found = self.0.get(key).map_or_else(|| "nothing".to_owned(), shown);
        Malformed::Key { key, expected, found }
    }

    fn text(&self, key: &'static str) -> Result<&str, Malformed> {
        self.0.get(key).and_then(Value::as_str).ok_or_else(|| self.wrong(key, "a string"))
    }

    fn optional_text(&self, key: &'static str) -> Result<Option<&str>, Malformed> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(_) => self.text(key).map(Some),
        }
    }

    fn flag(&self, key: &'static str) -> Result<Option<bool>, Malformed> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.wrong(key, "true or false")),
        }
    }

    fn guid(&self, key: &'static str) -> Result<Uuid, Malformed> {
        Uuid::try_parse(self.text(key)?).map_err(|_| self.wrong(key, "a GUID with hyphens"))
    }

    fn audience(&self) -> Result<Audience, Malformed> {
        let filter = match self.0.get("filter") {
            Some(Value::String(name)) if name == "kPerUser" => 0,
            Some(Value::String(name)) if name == "kAllUsers" => 1,
            Some(Value::Number(number)) => number
                .as_u64()
                .and_then(|number| u32::try_from(number).ok())
                .ok_or_else(|| self.wrong("filter", "kAllUsers or kPerUser"))?,
            _ => return Err(self.wrong("filter", "kAllUsers or kPerUser")),
        };
        Ok(Audience {
            notification_type: self.guid("type")?,
            filter,
            user: self.optional_text("user")?.map(str::to_owned),
            printer: self.optional_text("printer")?.map(str::to_owned),
        })
    }

    fn data(&self) -> Result<Option<Bytes>, Malformed> {
        match (self.optional_text("data_utf16")?, self.optional_text("data_hex")?) {
            (Some(text), None) => Ok(Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect())),
            (None, Some(digits)) => match hex::decode(digits) {
                Ok(octets) => Ok(Some(octets.into())),
                Err(_) => Err(self.wrong("data_hex", "octets in hexadecimal")),
            },
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(self.wrong("data_hex", "nothing, for `data_utf16` is there too")),
        }
    }

    fn closed_by(&self) -> Result<Option<Option<ClosedBy>>, Malformed> {
        match self.0.get("closed_by") {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(who)) if who == "client" => Ok(Some(Some(ClosedBy::Client))),
            Some(Value::String(who)) if who == "source" => Ok(Some(Some(ClosedBy::Source))),
            Some(_) => Err(self.wrong("closed_by", "null, client or source")),
        }
    }
}

/// A value in a message, cut where it is long.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
