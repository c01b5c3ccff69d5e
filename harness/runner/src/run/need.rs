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
    /// How many users the target takes calls in the name of.
    identities: usize,
    /// Whether one of them is no administrator.
    not_administrator: bool,
    /// Whether clients can authenticate.
    security: bool,
    thorough: bool,
    endpoint_mapper: bool,
    /// Whether our side has the keys of the target's service.
    keytab: bool,
}

impl Means {
    /// The embedded server has all that this version knows.
    pub(super) fn embedded(identities: usize, thorough: bool) -> Self {
        let (stimulus, exclusive, printer, launch, ndr64, endpoint_mapper) = (true, true, true, true, true, true);
        let (not_administrator, security, keytab) = (identities > 1, true, true);
        Self {
            identities,
            not_administrator,
            security,
            stimulus,
            exclusive,
            printer,
            launch,
            ndr64,
            thorough,
            endpoint_mapper,
            keytab,
        }
    }

    /// The same without users by name.
    pub(super) fn without_identities(self) -> Self {
        Self { identities: 0, not_administrator: false, ..self }
    }

    /// The same, with a client that authenticates or not.
    pub(super) fn with_security(self, security: bool) -> Self {
        Self { security, ..self }
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
        let (security, identities) = (target.authentication.security.is_some(), &target.authentication.identities);
        Self {
            stimulus: target.stimulus.is_some(),
            exclusive: target.exclusive,
            printer: target.printer.is_some(),
            launch: target.launch.is_some(),
            identities: if security { identities.len() } else { 0 },
            not_administrator: security && identities.iter().any(|account| !account.administrator),
            security,
            ndr64: target.transfer_syntaxes.contains(&TransferSyntax::Ndr64),
            thorough,
            endpoint_mapper: target.endpoint_mapper.is_some(),
            keytab: target.authentication.kerberos.as_ref().is_some_and(|known| known.keytab.is_some()),
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
                (enough, "the target file has not so many `identities`, or no `security` to tell them apart by")
            }
            Need::NotAdministrator => (
                self.not_administrator,
                "the target file has no identity with `administrator: false`, or no `security`",
            ),
            Need::Keytab => (
                self.keytab,
                "the target file's `kerberos` has no `keytab` with the key of `host/` and the server's name, to make tickets with",
            ),
            // What it means for a way of speaking is that way's affair.
            Need::Security => (self.security, "the target file has no `security`"),
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
