//! What scenarios need, and what targets have.

use dcerpc::TransferSyntax;

use crate::scenario::meant::{Need, Scenario};
use crate::target::Target;

/// What a target has, as far as scenarios may need it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Means {
    stimulus: bool,
    exclusive: bool,
    printer: bool,
    launch: bool,
    ndr64: bool,
    thorough: bool,
}

impl Means {
    /// The embedded server has all that this version knows.
    pub(super) fn embedded(thorough: bool) -> Self {
        Self { stimulus: true, exclusive: true, printer: true, launch: true, ndr64: true, thorough }
    }

    pub(super) fn outside(target: &Target, thorough: bool) -> Self {
        Self {
            stimulus: target.stimulus.is_some(),
            exclusive: target.exclusive,
            printer: target.printer.is_some(),
            launch: target.launch.is_some(),
            ndr64: target.transfer_syntaxes.contains(&TransferSyntax::Ndr64),
            thorough,
        }
    }

    /// Why the scenario can't run here; none when it can.
    pub(super) fn lack(&self, scenario: &Scenario) -> Option<String> {
        scenario.needs.iter().find_map(|need| self.lacking(*need)).map(str::to_owned)
    }

    fn lacking(&self, need: Need) -> Option<&'static str> {
        let (has, words) = match need {
            Need::Stimulus => (self.stimulus, "the target file has no `stimulus`"),
            Need::ExclusiveSource => {
                (self.stimulus && self.exclusive, "the target notifies on its own too (`stimulus.exclusive`)")
            }
            Need::Printer => (self.printer, "the target file names no `printer`"),
            Need::Launch => (self.launch, "the target file has no `launch`"),
            Need::Thorough => (self.thorough, "it needs --thorough"),
            Need::Identities(count) => (count == 0, "several identities need authentication, which this version lacks"),
            Need::NotAdministrator => (false, "an identity needs authentication, which this version lacks"),
            Need::Security => (false, "authentication is not in this version"),
            Need::Ndr64 => (self.ndr64, "the target file does not list ndr64 under `transfer_syntax`"),
            Need::EndpointMapper => (false, "the endpoint mapper is not in this version"),
        };
        (!has).then_some(words)
    }
}
