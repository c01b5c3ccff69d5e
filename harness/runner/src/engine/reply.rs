//! What our side answers to the client under test, and when it hangs up.

use std::sync::Arc;

use mspan::method::{FieldKind, In, field_names};
use peer::server::{Fits, Note, Order, Reply, StubEdit};

use super::datum::Missing;
use super::judge::check;
use super::run::{Run, Stop};
use crate::scenario::meant::{self, DropKind, Place, ReplyWith, Term, Test};

impl Run<'_> {
    /// The next call that fits is answered so. Names have the values that they have now.
    pub(super) fn answer(&self, reply: &meant::Reply, place: &Place, words: &str) -> Result<(), Stop> {
        let alteration = reply.alteration.as_ref();
        let order = Order {
            method: reply.method,
            fits: self.fits(&reply.fits),
            times: reply.times,
            processed: reply.processed,
            late: self.scaled(reply.late),
            reply: self.reply_of(reply)?,
            stub: alteration.map(|alteration| self.stub_edit(alteration)).transpose()?.unwrap_or_default(),
            alteration: alteration.map(|alteration| self.pdu_alteration(alteration)).transpose()?,
            note: Note { step: words.to_owned(), line: place.line(), violates: reply.violates.clone() },
        };
        self.host()?.door(&reply.client).script().push(order);
        Ok(())
    }

    pub(super) fn hang_up(&self, client: &str, how: DropKind) -> Result<(), Stop> {
        self.host()?.door(client).hang_up(how);
        Ok(())
    }

    fn fits(&self, tests: &[(&'static str, Test)]) -> Fits {
        let (names, tests) = (self.names.borrow().clone(), tests.to_vec());
        Arc::new(move |input: &In| {
            let fields = input.fields();
            tests.iter().all(|(name, test)| {
                let field = fields.iter().find(|(known, _)| known == name);
                field.is_some_and(|(_, field)| check(name, test, field, &names).is_ok())
            })
        })
    }

    fn reply_of(&self, reply: &meant::Reply) -> Result<Reply, Stop> {
        let names = self.names.borrow();
        Ok(match &reply.with {
            ReplyWith::Own => Reply::Own,
            ReplyWith::Returned(terms) => {
                let known = field_names(reply.method).1;
                let mut fields = Vec::new();
                for (name, term) in terms {
                    let kind = known.iter().find(|known| known.name == *name).map_or(FieldKind::Number, |it| it.kind);
                    fields.push((*name, names.value(term)?.field(kind)?));
                }
                // An array sets the parameter that sizes it; numbers that are given come last.
                fields.sort_by_key(|(_, field)| field.kind() == FieldKind::Number);
                Reply::Returned(fields)
            }
            ReplyWith::Fault(status) => Reply::Fault(self.fault_of(status)?),
            ReplyWith::Octets(octets) => Reply::Octets(names.octets(octets)?),
            ReplyWith::Nothing => Reply::Nothing,
            ReplyWith::End(DropKind::Close) => Reply::Close,
            ReplyWith::End(DropKind::Reset) => Reply::Reset,
        })
    }

    fn fault_of(&self, status: &Term) -> Result<u32, Missing> {
        match self.names.borrow().value(status)? {
            super::datum::Datum::Status(status) => Ok(status.0),
            other => Err(Missing::Impossible(format!("{other:?} is no status"))),
        }
    }

    fn stub_edit(&self, alteration: &meant::Alteration) -> Result<StubEdit, Missing> {
        let names = self.names.borrow();
        let patch = alteration.patch.as_ref();
        Ok(StubEdit {
            truncate: alteration.truncate,
            patch: patch.map(|(at, octets)| names.octets(octets).map(|octets| (*at, octets))).transpose()?,
            append: alteration.append.as_ref().map(|octets| names.octets(octets)).transpose()?.unwrap_or_default(),
        })
    }
}
