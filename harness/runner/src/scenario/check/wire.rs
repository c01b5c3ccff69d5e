//! Steps below the methods.

use dcerpc::{SyntaxId, TransferSyntax};
use mspan::Interface;
use uuid::Uuid;

use super::Checker;
use crate::scenario::meant::{
    Action, Alteration, BindExpectation, BindSpec, Expectation, Kind, MapExpectation, MapSpec, Need, Outcomes, RawSpec,
};
use crate::scenario::written::{Alter, At, Bind, BindExpect, Context, Map, Position, Raw, Then, Transport};

/// The transfer syntaxes that have a name.
const TRANSFER_SYNTAXES: [(&str, SyntaxId); 2] =
    [("ndr", TransferSyntax::Ndr.id()), ("ndr64", TransferSyntax::Ndr64.id())];

/// Results of a presentation context ([C706] 12.6.3.1).
const RESULTS: [(&str, Option<u16>); 4] =
    [("acceptance", Some(0)), ("user_rejection", Some(1)), ("provider_rejection", Some(2)), ("any", None)];

impl Checker<'_> {
    pub(super) fn raw(&mut self, raw: &Raw) -> Option<Action> {
        let actor = self.actor(&raw.actor);
        let octets = self.value(&raw.octets, Kind::Octets);
        let expect = match &raw.expect {
            Some(_) => self.expectation(raw.expect.as_ref(), None)?,
            None => Expectation::Any,
        };
        let ended = matches!(expect, Expectation::Any | Expectation::Outcome(Outcomes::Lost));
        if let (Some(written), true, false) = (&raw.expect, raw.then != Then::Nothing, ended) {
            self.complain(written.position, "after our side has ended the connection only `lost` can be expected");
        }
        let violates = self.violations(&raw.violates);
        let within = self.duration(raw.within.as_ref());
        let connection = self.connection(raw.connection.as_ref());
        Some(Action::Raw(RawSpec {
            actor: actor?,
            connection,
            bound: raw.bound,
            octets: octets?,
            prefix: raw.prefix,
            then: raw.then,
            expect,
            violates,
            within,
        }))
    }

    pub(super) fn bind_step(&mut self, bind: &Bind, position: Position) -> Option<Action> {
        let actor = self.actor(&bind.actor)?;
        if bind.contexts.is_empty() || bind.contexts.len() > 255 {
            self.complain(position, "between 1 and 255 contexts can be proposed");
        }
        let contexts: Vec<_> = bind.contexts.iter().filter_map(|context| self.context(&context.value)).collect();
        let expect = match &bind.expect {
            None => BindExpectation::Accepted,
            Some(expect) => self.bind_expectation(expect, bind.contexts.len())?,
        };
        let within = self.duration(bind.within.as_ref());
        let connection = self.connection(bind.connection.as_ref());
        let alteration = match &bind.alter {
            Some(alter) => Some(self.bind_alteration(alter)?),
            None => None,
        };
        Some(Action::Bind(BindSpec { actor, connection, contexts, alteration, expect, within }))
    }

    /// A bind has no stub, and none of the fields of requests.
    fn bind_alteration(&mut self, alter: &At<Alter>) -> Option<Alteration> {
        let Alter { patch, truncate, append, trailer, object, fragment, context_id, alloc_hint, .. } = &alter.value;
        let of_requests = [
            ("patch", patch.is_some()),
            ("truncate", truncate.is_some()),
            ("append", append.is_some()),
            ("trailer", trailer.is_some()),
            ("object", object.is_some()),
            ("fragment", fragment.is_some()),
            ("context_id", context_id.is_some()),
            ("alloc_hint", alloc_hint.is_some()),
        ];
        if let Some((key, _)) = of_requests.iter().find(|(_, given)| *given) {
            self.complain(alter.position, format!("`{key}` is for requests: a bind has no stub"));
        }
        if let Some(tamper) = &alter.value.tamper {
            self.complain(tamper.position, "`tamper` is for calls: nothing protects a bind");
            return None;
        }
        self.alteration(&alter.value)
    }

    pub(super) fn map_step(&mut self, map: &Map) -> Option<Action> {
        const EXPECTED: [(&str, MapExpectation); 3] = [
            ("any", MapExpectation::Any),
            ("towers", MapExpectation::Towers),
            ("not_registered", MapExpectation::NotRegistered),
        ];
        self.needs.insert(Need::EndpointMapper);
        let actor = self.actor(&map.actor);
        let interface = self.interface_of(&map.interface, map.version.as_ref());
        let expect = match &map.expect {
            Some(written) => self.one_of(written.position, "answer of the endpoint mapper", &written.value, &EXPECTED),
            None => Some(MapExpectation::Any),
        };
        if map.lookup && map.transport != Transport::Tcp {
            self.complain(map.actor.position, "ept_lookup gives towers of every transport: `transport` is for ept_map");
        }
        let violates = self.violations(&map.violates);
        let within = self.duration(map.within.as_ref());
        Some(Action::Map(MapSpec {
            actor: actor?,
            interface: interface?,
            transport: (!map.lookup).then_some(map.transport),
            bind: map.bind,
            expect: expect?,
            violates,
            within,
        }))
    }

    fn bind_expectation(&mut self, written: &At<BindExpect>, contexts: usize) -> Option<BindExpectation> {
        match &written.value {
            BindExpect::Word(word) => match word.as_str() {
                "accepted" => Some(BindExpectation::Accepted),
                "refused" => Some(BindExpectation::Refused),
                "bind_nak" => Some(BindExpectation::BindNak),
                "any" => Some(BindExpectation::Any),
                word => {
                    let known = ["accepted", "refused", "bind_nak", "any", "results"];
                    self.unknown(written.position, "result of a bind", word, known);
                    None
                }
            },
            BindExpect::Forms(forms) => {
                if forms.results.len() != contexts {
                    self.complain(written.position, format!("{contexts} results are wanted, one for each context"));
                }
                let mut results = Vec::new();
                for result in &forms.results {
                    results.push(self.one_of(result.position, "result", &result.value, &RESULTS)?);
                }
                Some(BindExpectation::Results(results))
            }
        }
    }

    fn context(&mut self, context: &Context) -> Option<(SyntaxId, Vec<SyntaxId>)> {
        let interface = self.interface_of(&context.interface, context.version.as_ref())?;
        let mut syntaxes = Vec::new();
        for syntax in &context.transfer_syntaxes {
            syntaxes.push(self.transfer_syntax(syntax)?);
        }
        Some((interface, syntaxes))
    }

    /// An interface by its name or its UUID, in a version that is 1.0 when it is not given.
    fn interface_of(&mut self, written: &At<String>, version: Option<&At<String>>) -> Option<SyntaxId> {
        let word = self.word(written)?;
        let named = Interface::ALL.iter().find(|interface| interface.name() == word).map(|interface| interface.id());
        let uuid = match (named, Uuid::try_parse(&word)) {
            (Some(id), _) => id.uuid,
            (None, Ok(uuid)) => uuid,
            (None, Err(_)) => {
                let known = Interface::ALL.iter().map(|known| known.name());
                self.unknown(written.position, "interface", &word, known);
                return None;
            }
        };
        let (major, minor) = match version {
            None => (1, 0),
            Some(version) => self.version(version)?,
        };
        Some(SyntaxId::new(uuid, major, minor))
    }

    fn version(&mut self, written: &At<String>) -> Option<(u16, u16)> {
        let word = self.word(written)?;
        let parts = word.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        if parts.is_none() {
            self.complain(written.position, format!("`{word}` is no version: \"1.0\" is one"));
        }
        parts
    }

    fn transfer_syntax(&mut self, written: &At<String>) -> Option<SyntaxId> {
        let word = self.word(written)?;
        match Uuid::try_parse(&word) {
            Ok(uuid) => Some(SyntaxId::new(uuid, 1, 0)),
            Err(_) => self.one_of(written.position, "transfer syntax", &word, &TRANSFER_SYNTAXES),
        }
    }
}
