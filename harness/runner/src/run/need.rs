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
    /// How many users the target takes calls in the name of; the last of several is no administrator.
    identities: usize,
    thorough: bool,
    endpoint_mapper: bool,
}

impl Means {
    /// The embedded server has all that this version knows.
    pub(super) fn embedded(identities: usize, thorough: bool) -> Self {
        let (stimulus, exclusive, printer, launch, ndr64, endpoint_mapper) = (true, true, true, true, true, true);
        Self { identities, stimulus, exclusive, printer, launch, ndr64, thorough, endpoint_mapper }
    }

    /// The same without NDR64.
    pub(super) fn without_ndr64(self) -> Self {
        Self { ndr64: false, ..self }
    }

    /// Of a client: our side is the server, and has all that it may need.
    pub(super) fn of_client(thorough: bool, ndr64: bool, endpoint_mapper: bool) -> Self {
        Self { ndr64, endpoint_mapper, ..Self::embedded(0, thorough) }
    }

    pub(super) fn outside(target: &Target, thorough: bool) -> Self {
        Self {
            stimulus: target.stimulus.is_some(),
            exclusive: target.exclusive,
            printer: target.printer.is_some(),
            launch: target.launch.is_some(),
            identities: 0,
            ndr64: target.transfer_syntaxes.contains(&TransferSyntax::Ndr64),
            thorough,
            endpoint_mapper: target.endpoint_mapper.is_some(),
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
            Need::Identities(count) => {
                let enough = usize::try_from(count).is_ok_and(|count| count <= self.identities);
                (enough, "identities need authentication, which is not in this version")
            }
            Need::NotAdministrator => {
                (self.identities > 1, "identities need authentication, which is not in this version")
            }
            Need::Security => (false, "authentication is not in this version"),
            Need::Ndr64 => (self.ndr64, "the target file does not list ndr64 under `transfer_syntax`"),
            Need::EndpointMapper => {
                let words = "the target file names no `endpoint_mapper`, and neither leaves the port out of a server's \
                             `address` nor puts `{epm_port}` into a client's `command`";
                (self.endpoint_mapper, words)
            }
        };
        (!has).then_some(words)
    }
}
