//! What is spoilt in what protects the PDUs of a call.

use dcerpc::security;
use peer::client::Tampering;

use super::Checker;
use super::file::LEVELS;
use crate::scenario::meant::{ActorRef, Level, Need};
use crate::scenario::written::{Alter, At, Tamper};

/// The words; what takes a value is written as a mapping.
const WORDS: [(&str, Tampering); 7] = [
    ("wrong_signature", Tampering::WrongSignature),
    ("changed_stub", Tampering::ChangedStub),
    ("zero_signature", Tampering::ZeroSignature),
    ("no_verifier", Tampering::NoVerifier),
    ("replayed", Tampering::Replayed),
    ("reordered", Tampering::Reordered),
    ("left_out", Tampering::LeftOut),
];

impl Checker<'_> {
    /// Outer none when it is wrong.
    pub(super) fn tampering(&mut self, alter: &Alter) -> Option<Option<Tampering>> {
        let Some(written) = &alter.tamper else { return Some(None) };
        let tampering = self.tampering_of(written)?;
        self.needs.insert(Need::Security);
        let of_several = matches!(tampering, Tampering::Reordered | Tampering::LeftOut);
        if of_several && alter.fragment.is_none() {
            let message = "only of several PDUs one can come out of its turn, or be missing";
            self.complain_with(written.position, message, Some("say `fragment` beside it".to_owned()));
        }
        Some(Some(tampering))
    }

    /// Who calls without protection has none to spoil.
    pub(super) fn check_tampered(&mut self, alter: &Alter, actor: Option<&ActorRef>) {
        let (Some(written), Some(ActorRef::Named(actor))) = (&alter.tamper, actor) else { return };
        if self.unprotected.contains(actor) {
            self.complain(written.position, format!("nothing protects the PDUs of `{actor}` that could be spoilt"));
        }
    }

    fn tampering_of(&mut self, written: &At<Tamper>) -> Option<Tampering> {
        let forms = match &written.value {
            Tamper::Word(word) => {
                let word = self.word(&At::new(word.clone(), written.position))?;
                return self.one_of(written.position, "tampering", &word, &WORDS);
            }
            Tamper::Forms(forms) => forms,
        };
        match (forms.auth_type, &forms.level, forms.context) {
            (Some(auth_type), None, None) => Some(Tampering::Type(auth_type)),
            (None, None, Some(context)) => Some(Tampering::Context(context)),
            (None, Some(level), None) => {
                let word = self.word(level)?;
                let level = self.one_of(level.position, "level", &word, &LEVELS)?;
                Some(Tampering::Level(number_of(level).0))
            }
            _ => {
                self.complain(written.position, "exactly one of `type`, `level` and `context` is wanted");
                None
            }
        }
    }
}

/// auth_level.
fn number_of(level: Level) -> security::Level {
    match level {
        Level::None => security::Level::NONE,
        Level::Connect => security::Level::CONNECT,
        Level::Packet => security::Level::PKT,
        Level::Integrity => security::Level::INTEGRITY,
        Level::Privacy => security::Level::PRIVACY,
    }
}
