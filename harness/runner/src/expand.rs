//! `expand`: a scenario as it will run, with fragments and matrix resolved.

use std::fmt::Write as _;

use dcerpc::SyntaxId;

use crate::diagnostic::did_you_mean;
use crate::scenario::meant::{
    Action, AnswerExpectation, Audience, BindExpectation, BindSpec, CallSpec, Expectation, LogExpectation,
    MapExpectation, Operation, Save, Scenario, Step, StimulusVerb, Term, Test, UnorderedCalls,
};
use crate::span::Span;

/// The flat form of the scenario of that id; of every instance, where it is the id of a family.
///
/// # Errors
/// In words, when there is no such scenario.
pub fn expand(id: &str, all: &[Scenario]) -> Result<String, String> {
    let wanted = id.trim_end_matches(".yaml");
    let found: Vec<&Scenario> = all.iter().filter(|one| one.id == wanted || one.family == wanted).collect();
    if found.is_empty() {
        let hint = did_you_mean(wanted, all.iter().map(|one| one.id.as_str()));
        return Err(format!(
            "there is no scenario `{id}`{}",
            hint.map_or_else(String::new, |hint| format!("; {hint}"))
        ));
    }
    Ok(found.into_iter().map(expanded).collect::<Vec<_>>().join("\n"))
}

/// The flat form of one scenario.
pub(crate) fn expanded(scenario: &Scenario) -> String {
    let mut text = format!("{}: {}\n", scenario.id, scenario.title);
    let mut list = |title: &str, words: Vec<String>| {
        if !words.is_empty() {
            let _ = writeln!(text, "{title}: {}", words.join(", "));
        }
    };
    list("file", vec![scenario.file.clone()]);
    list("tags", scenario.tags.clone());
    list("covers", scenario.covers.clone());
    list("needs", scenario.needs.iter().map(ToString::to_string).collect());
    list("control", scenario.control.iter().cloned().collect());
    list("actors", scenario.actors.iter().map(|actor| actor.name.clone()).collect());
    list("within", scenario.within.iter().map(|within| Span(*within).to_string()).collect());
    text.push_str(&steps_of(scenario));
    text
}

/// The steps of a scenario, one a line.
pub(crate) fn steps_of(scenario: &Scenario) -> String {
    let mut text = "steps:\n".to_owned();
    steps(&mut text, 1, &scenario.steps);
    if !scenario.finally.is_empty() {
        text.push_str("finally:\n");
        steps(&mut text, 1, &scenario.finally);
    }
    text
}

fn steps(text: &mut String, depth: usize, list: &[Step]) {
    for step in list {
        let _ = writeln!(text, "{:indent$}{}  ({})", "", action(&step.action), step.place, indent = depth * 2);
        match &step.action {
            Action::Parallel(branches) => {
                for (name, inner) in branches {
                    let _ = writeln!(text, "{:indent$}{name}:", "", indent = (depth + 1) * 2);
                    steps(text, depth + 2, inner);
                }
            }
            Action::Repeat { steps: inner, finally, .. } => {
                steps(text, depth + 1, inner);
                if !finally.is_empty() {
                    let _ = writeln!(text, "{:indent$}finally:", "", indent = (depth + 1) * 2);
                    steps(text, depth + 2, finally);
                }
            }
            _ => {}
        }
    }
}

fn action(action: &Action) -> String {
    match action {
        Action::Call { call: spec, expect, save, .. } => {
            format!("call {}, expect {}{}", call(spec), expectation(expect), saved(save))
        }
        Action::Start { name, call: spec } => format!("start {name}: {}", call(spec)),
        Action::Finish { call, expect, save, .. } => {
            format!("finish {call}, expect {}{}", expectation(expect), saved(save))
        }
        Action::StillPending { calls, fence, .. } => {
            let fence = if *fence { ", then a fence" } else { "" };
            format!("still pending: {}{fence}", joined(calls))
        }
        Action::Parallel(branches) => format!("parallel: {} branches", branches.len()),
        Action::Barrier { name, parties } => format!("barrier {name} of {parties}"),
        Action::Unordered(unordered) => {
            let of = match &unordered.calls {
                UnorderedCalls::Started(calls) => joined(calls),
                UnorderedCalls::Again(spec) => format!("{}, again and again", call(spec)),
            };
            let ways: Vec<String> = unordered.expect.iter().map(expectation).collect();
            format!("unordered {of}, expect {}", ways.join("; "))
        }
        Action::Race(race) => format!(
            "race of {}, {} of them win, expect {}, and of the others {}{}",
            joined(&race.calls),
            race.winners,
            expectation(&race.won),
            expectation(&race.lost),
            saved(&race.save)
        ),
        Action::Stimulus { verb, expect } => format!("stimulus {}, expect {}", stimulus(verb), answer(expect)),
        Action::Raw(raw) => {
            format!("raw {} sends {}, expect {}", raw.actor, term(&raw.octets), expectation(&raw.expect))
        }
        Action::Bind(BindSpec { actor, contexts, expect, .. }) => {
            let proposed: Vec<String> = contexts.iter().map(context).collect();
            format!("bind {actor} {}, expect {}", proposed.join(", "), bound(expect))
        }
        Action::Map(map) => {
            let asked = match map.transport {
                None => "all towers".to_owned(),
                Some(transport) => format!("towers of {transport:?}").to_lowercase(),
            };
            let then = if map.bind { ", and go there" } else { "" };
            let expect = match map.expect {
                MapExpectation::Any => "anything",
                MapExpectation::Towers => "towers",
                MapExpectation::NotRegistered => "ept_s_not_registered",
            };
            format!("map {} asks for {asked} of {}, expect {expect}{then}", map.actor, syntax(&map.interface))
        }
        Action::Cancel { call, orphan } => format!("{} {call}", if *orphan { "orphan" } else { "cancel" }),
        Action::Drop { actor, connection, how } => {
            let which = connection.as_deref().unwrap_or("all connections");
            format!("drop {which} of {actor} ({how:?})").to_lowercase()
        }
        Action::Repeat { times, counter, .. } => {
            let counter = counter.as_ref().map_or_else(String::new, |name| format!(" as ${{{name}}}"));
            format!("repeat {times} times{counter}")
        }
        Action::Idle { window, because } => format!("idle {} because {because}", Span(*window)),
        Action::Launch(launch) => format!("launch {} in mode {}", launch.client, launch.mode),
        Action::Await(awaited) => {
            let never = if awaited.never { "must not do" } else { "does" };
            format!("await that {} {never} {:?}", awaited.client, awaited.what)
        }
        Action::Answer(told) => {
            format!("answer {}'s {} with {:?}", told.client, told.method, told.with)
        }
        Action::HangUp { client, how } => format!("hang up on {client} ({how:?})").to_lowercase(),
        Action::Exit { client, status, .. } => format!("{client} exits with {}", test(status)),
    }
}

fn call(spec: &CallSpec) -> String {
    let arguments = match &spec.operation {
        Operation::Method(_, parameters) => {
            parameters.iter().map(|(name, value)| format!("{name}: {}", term(value))).collect::<Vec<_>>().join(", ")
        }
        Operation::Number(_, _, stub) => term(stub),
    };
    let mut words = format!("{} {}({arguments})", spec.actor, spec.operation);
    if let Some(connection) = &spec.connection {
        let _ = write!(words, " on {connection}");
    }
    if let Some(alteration) = &spec.alteration {
        let _ = write!(words, " altered by {alteration:?}");
    }
    if !spec.violates.is_empty() {
        let _ = write!(words, " violating {}", spec.violates.join(" "));
    }
    words
}

fn expectation(expect: &Expectation) -> String {
    match expect {
        Expectation::Any => "anything".to_owned(),
        Expectation::Outcome(outcome) => format!("{outcome:?}").to_lowercase(),
        Expectation::Returned { status, out } => {
            let status = status.iter().map(|status| format!("return {}", test(status)));
            let parts: Vec<String> =
                status.chain(out.iter().map(|(name, it)| format!("{name} {}", test(it)))).collect();
            if parts.is_empty() { "a response".to_owned() } else { format!("a response with {}", parts.join(", ")) }
        }
        Expectation::Fault(status) => format!("a fault of {}", test(status)),
        Expectation::Failure { via, status } => format!("a failure of {} via {via:?}", test(status)),
        Expectation::AnyOf(ways) => {
            let ways: Vec<String> =
                ways.iter().map(|(because, way)| format!("{} (because {because})", expectation(way))).collect();
            ways.join(" or ")
        }
    }
}

fn test(it: &Test) -> String {
    let inner = |list: &[Test], word: &str| list.iter().map(test).collect::<Vec<_>>().join(word);
    match it {
        Test::Any => "anything".to_owned(),
        Test::Null => "NULL".to_owned(),
        Test::NotNull => "not NULL".to_owned(),
        Test::Success => "success".to_owned(),
        Test::Failure => "failure".to_owned(),
        Test::Equals(value) => term(value),
        Test::Not(other) => format!("not {}", test(other)),
        Test::OneOf(list) => format!("one of [{}]", inner(list, ", ")),
        Test::AllOf(list) => inner(list, " and "),
        Test::Size(of) => format!("size {}", test(of)),
        Test::Count(of) => format!("count {}", test(of)),
        Test::Element(of) => format!("an element {}", test(of)),
        Test::Each(of) => format!("each element {}", test(of)),
        Test::Contains(value) => format!("containing {}", term(value)),
        Test::Range(from, to) => {
            let bound = |term_: &Option<Term>| term_.as_ref().map_or_else(String::new, term);
            format!("{}..={}", bound(from), bound(to))
        }
    }
}

fn term(value: &Term) -> String {
    let list = |parts: &[Term]| parts.iter().map(term).collect::<Vec<_>>().join(" + ");
    match value {
        Term::Null => "NULL".to_owned(),
        Term::Number(number) => number.to_string(),
        Term::Status(status) => format!("{status:#010x}"),
        Term::Type(notification_type) => notification_type.to_string(),
        Term::Handle(handle) => format!("handle {} {:#x}", handle.uuid, handle.attributes),
        Term::Octets(octets) => octets_shown(octets),
        Term::Text(text) => format!("{text:?}"),
        Term::Name(name) => format!("${{{name}}}"),
        Term::Element(name, index) => format!("${{{name}}}[{index}]"),
        Term::Actor(name) => format!("actor {name}"),
        Term::Call(name) => format!("call {name}"),
        Term::UserOf(actor) => format!("user of {actor}"),
        Term::Texts(parts) | Term::Join(parts) => list(parts),
        Term::Utf16(inner) => format!("utf16 {}", term(inner)),
        Term::Repeat(inner, times) => format!("{times} times {}", term(inner)),
        Term::String { text, max_count, offset, actual_count, terminated } => {
            let end = if *terminated { "" } else { ", without terminator" };
            format!(
                "{} told as max_count {max_count:?}, offset {offset:?}, actual_count {actual_count:?}{end}",
                term(text)
            )
        }
        Term::Array { octets, max_count } => format!("{} told as max_count {max_count}", term(octets)),
    }
}

/// Octets in hexadecimal, cut where they are many.
fn octets_shown(octets: &[u8]) -> String {
    match octets.get(..32) {
        Some(first) if octets.len() > 32 => format!("hex {}… ({} octets)", hex::encode(first), octets.len()),
        _ => format!("hex {}", hex::encode(octets)),
    }
}

fn stimulus(verb: &StimulusVerb) -> String {
    match verb {
        StimulusVerb::Notify(whom, data) => format!("notify {} with {}", audience(whom), term(data)),
        StimulusVerb::OpenChannel(id, whom, data) => {
            let data = data.as_ref().map_or_else(String::new, |data| format!(" with {}", term(data)));
            format!("open_channel {} {}{data}", term(id), audience(whom))
        }
        StimulusVerb::ChannelNotify(id, data) => format!("channel_notify {} with {}", term(id), term(data)),
        StimulusVerb::ChannelClose(id) => format!("channel_close {}", term(id)),
        StimulusVerb::ChannelLog(id) => format!("channel_log {}", term(id)),
        StimulusVerb::DeletePrinter(printer) => format!("delete_printer {}", term(printer)),
        StimulusVerb::Shutdown => "shutdown".to_owned(),
        StimulusVerb::Nonsense(verb) => verb.clone(),
    }
}

fn audience(whom: &Audience) -> String {
    let mut words = format!("type {}, filter {}", term(&whom.notification_type), term(&whom.filter));
    if let Some(user) = &whom.user {
        let _ = write!(words, ", user {}", term(user));
    }
    if let Some(printer) = &whom.printer {
        let _ = write!(words, ", printer {}", term(printer));
    }
    words
}

fn answer(expect: &AnswerExpectation) -> String {
    match expect {
        AnswerExpectation::Any => "any answer".to_owned(),
        AnswerExpectation::Done => "that it is done".to_owned(),
        AnswerExpectation::Refused => "a refusal".to_owned(),
        AnswerExpectation::Unsupported => "that it can't".to_owned(),
        AnswerExpectation::Log(LogExpectation { responses, acquired, closed_by }) => {
            let mut parts = Vec::new();
            if let Some(responses) = responses {
                let each: Vec<String> =
                    responses.iter().map(|(kind, data)| format!("{} {}", test(kind), test(data))).collect();
                parts.push(format!("responses [{}]", each.join("; ")));
            }
            parts.extend(acquired.map(|acquired| format!("acquired {acquired}")));
            parts.extend(closed_by.map(|who| format!("closed by {who:?}")));
            format!("a log with {}", if parts.is_empty() { "anything".to_owned() } else { parts.join(", ") })
        }
    }
}

fn context((interface, syntaxes): &(SyntaxId, Vec<SyntaxId>)) -> String {
    if syntaxes.is_empty() {
        return syntax(interface);
    }
    let syntaxes: Vec<String> = syntaxes.iter().map(syntax).collect();
    format!("{} in {}", syntax(interface), syntaxes.join(" or "))
}

fn syntax(id: &SyntaxId) -> String {
    format!("{} v{}.{}", id.uuid, id.major(), id.minor())
}

fn bound(expect: &BindExpectation) -> String {
    match expect {
        BindExpectation::Any => "anything".to_owned(),
        BindExpectation::Accepted => "acceptance".to_owned(),
        BindExpectation::Refused => "a refusal".to_owned(),
        BindExpectation::BindNak => "bind_nak".to_owned(),
        BindExpectation::Results(results) => format!("results {results:?}"),
    }
}

fn saved(save: &[Save]) -> String {
    let words: Vec<String> = save.iter().map(|one| format!("{} as ${{{}}}", one.parameter, one.name)).collect();
    if words.is_empty() { String::new() } else { format!(", keep {}", words.join(", ")) }
}

fn joined(calls: &[impl ToString]) -> String {
    calls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
