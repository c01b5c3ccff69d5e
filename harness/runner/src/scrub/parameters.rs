//! Parameters of calls: numbers and results stay; names, documents, handles and addresses are replaced.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use dcerpc::epm::{Floor, LookupRequest, LookupResponse, MapRequest, MapResponse, Tower};
use dcerpc::ndr::{Conformant, WideString};
use mspan::NotificationType;
use mspan::method::{In, Out};

use conformance::event::{MapperAnswer, Question};

use super::aliases::Aliases;
use super::document::Vocabulary;
use super::pdu::NO_NAMES;

/// Replaces what parameters say of people, hosts and printers.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub(super) vocabulary: Vocabulary,
    pub(super) aliases: Aliases,
    /// How many documents were scrubbed.
    pub(super) documents: u64,
    /// How many were none, and so replaced whole.
    pub(super) opaque: u64,
}

/// Types whose documents are known.
const DOCUMENTS: [NotificationType; 3] =
    [NotificationType::ASYNC_UI, NotificationType::PRINTER_CONFIGURATION, NotificationType::PRINTER_CONFIGURATION_SDK];

impl Parameters {
    pub(super) fn input(&mut self, mut input: In) -> In {
        match &mut input {
            In::Create(_) => {}
            In::Delete(input) => input.remote_obj = self.aliases.handle(input.remote_obj),
            In::RegisterClient(input) => {
                input.registration_obj = self.aliases.handle(input.registration_obj);
                self.name(&mut input.name);
                self.notification_type(&mut input.notification_type);
            }
            In::UnregisterClient(input) => input.registration_obj = self.aliases.handle(input.registration_obj),
            In::GetNewChannel(input) => input.remote_obj = self.aliases.handle(input.remote_obj),
            In::GetNotificationSendResponse(input) => {
                input.channel = self.aliases.handle(input.channel);
                self.data(input.notification_type, &mut input.notification_data);
                self.optional_type(&mut input.notification_type);
            }
            In::GetNotification(input) => input.remote_obj = self.aliases.handle(input.remote_obj),
            In::CloseChannel(input) => {
                input.channel = self.aliases.handle(input.channel);
                self.data(Some(input.notification_type), &mut input.reason);
                self.notification_type(&mut input.notification_type);
            }
        }
        input
    }

    pub(super) fn output(&mut self, mut output: Out) -> Out {
        match &mut output {
            Out::Create(output) => output.remote_obj = self.aliases.handle(output.remote_obj),
            Out::Delete(output) => output.remote_obj = self.aliases.handle(output.remote_obj),
            Out::RegisterClient(output) => self.name(&mut output.referral),
            Out::UnregisterClient(_) => {}
            Out::GetNewChannel(output) => {
                for handle in output.channel_ctxt.iter_mut().flat_map(|channels| &mut channels.elements) {
                    *handle = self.aliases.handle(*handle);
                }
            }
            Out::GetNotificationSendResponse(output) => {
                output.channel = self.aliases.handle(output.channel);
                self.data(output.notification_type, &mut output.notification_data);
                self.optional_type(&mut output.notification_type);
            }
            Out::GetNotification(output) => {
                self.data(output.notification_type, &mut output.notification_data);
                self.optional_type(&mut output.notification_type);
            }
            Out::CloseChannel(output) => output.channel = self.aliases.handle(output.channel),
        }
        output
    }

    pub(super) fn question(&mut self, question: Question) -> Question {
        match question {
            Question::Map(MapRequest { object, map_tower, entry_handle, max_towers }) => Question::Map(MapRequest {
                object: object.map(|object| self.aliases.uuid(object)),
                map_tower: map_tower.map(|tower| self.tower(tower)),
                entry_handle: self.aliases.handle(entry_handle),
                max_towers,
            }),
            Question::Lookup(request) => Question::Lookup(LookupRequest {
                object: request.object.map(|object| self.aliases.uuid(object)),
                interface: request.interface.map(|interface| self.aliases.syntax(interface)),
                entry_handle: self.aliases.handle(request.entry_handle),
                ..request
            }),
        }
    }

    pub(super) fn answer(&mut self, answer: MapperAnswer) -> MapperAnswer {
        match answer {
            MapperAnswer::Map(MapResponse { entry_handle, num_towers, towers, status }) => {
                let elements = towers.elements.into_iter().map(|tower| tower.map(|tower| self.tower(tower))).collect();
                MapperAnswer::Map(MapResponse {
                    entry_handle: self.aliases.handle(entry_handle),
                    num_towers,
                    towers: Conformant { elements, ..towers },
                    status,
                })
            }
            MapperAnswer::Lookup(LookupResponse { entry_handle, num_ents, mut entries, status }) => {
                for entry in &mut entries.elements {
                    entry.object = self.aliases.uuid(entry.object);
                    entry.tower = entry.tower.take().map(|tower| self.tower(tower));
                    entry.annotation = self.octets(&entry.annotation);
                }
                MapperAnswer::Lookup(LookupResponse {
                    entry_handle: self.aliases.handle(entry_handle),
                    num_ents,
                    entries,
                    status,
                })
            }
        }
    }

    fn tower(&mut self, tower: Tower) -> Tower {
        Tower { floors: tower.floors.into_iter().map(|floor| self.floor(floor)).collect() }
    }

    fn floor(&mut self, floor: Floor) -> Floor {
        match floor {
            Floor::Syntax(id) => Floor::Syntax(self.aliases.syntax(id)),
            Floor::Ip(address) => match self.aliases.address(IpAddr::V4(Ipv4Addr::from(address))) {
                IpAddr::V4(address) => Floor::Ip(address.octets()),
                IpAddr::V6(_) => Floor::Ip([0; 4]),
            },
            Floor::NamedPipe(name) => Floor::NamedPipe(self.octets(&name)),
            Floor::Lrpc(name) => Floor::Lrpc(self.octets(&name)),
            Floor::Other { identifier, address } => {
                let protocol = identifier.iter().take(1).copied();
                let blank = protocol.chain(std::iter::repeat(0)).take(identifier.len()).collect();
                Floor::Other { identifier: blank, address: Bytes::from(vec![0; address.len()]) }
            }
            Floor::ConnectionOriented(_) | Floor::Tcp(_) | Floor::Http(_) => floor,
        }
    }

    fn octets(&mut self, name: &Bytes) -> Bytes {
        let mut octets = name.to_vec();
        self.aliases.words.octets(&mut octets, &|word| NO_NAMES.iter().any(|known| known.eq_ignore_ascii_case(word)));
        octets.into()
    }

    fn name(&mut self, name: &mut Option<WideString>) {
        if let Some(name) = name {
            self.aliases.text(&mut name.units, &|word| word.eq_ignore_ascii_case("localhost"));
        }
    }

    fn optional_type(&mut self, notification_type: &mut Option<NotificationType>) {
        notification_type.iter_mut().for_each(|notification_type| self.notification_type(notification_type));
    }

    fn notification_type(&mut self, notification_type: &mut NotificationType) {
        notification_type.0 = self.aliases.uuid(notification_type.0);
    }

    fn data(&mut self, notification_type: Option<NotificationType>, data: &mut Option<Conformant<Bytes>>) {
        let Some(data) = data.as_mut().filter(|data| !data.elements.is_empty()) else { return };
        let mut octets = data.elements.to_vec();
        let is_expected = notification_type.is_some_and(|notification_type| DOCUMENTS.contains(&notification_type));
        if self.vocabulary.document(&mut octets, is_expected, &mut self.aliases) {
            self.documents += 1;
        } else {
            self.opaque += 1;
            self.aliases.opaque(&mut octets);
        }
        data.elements = octets.into();
    }
}
