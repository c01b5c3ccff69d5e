//! Which interfaces a server has, in which transfer syntaxes.

use dcerpc::{SyntaxId, TransferSyntax, mgmt};
use mspan::Interface;

use super::line::Port;
use super::offer::{Fact, InterfaceOffer};
use super::proposal::{Asked, Proposal, accepted, version};

/// Interfaces that servers have beside their own, by their names in [C706].
const NAMED: [(&str, SyntaxId); 2] = [("mgmt", mgmt::INTERFACE), ("ept", dcerpc::epm::INTERFACE)];

/// The name of an interface, where it is known here.
pub(super) fn name(interface: SyntaxId) -> Option<&'static str> {
    let ours = Interface::ALL.into_iter().find(|known| known.id().uuid == interface.uuid).map(Interface::name);
    ours.or_else(|| NAMED.iter().find(|(_, known)| known.uuid == interface.uuid).map(|(name, _)| *name))
}

/// Proposes both interfaces of [MS-PAN] where they are, and the management where the second one is.
pub(super) async fn offered(asked: &mut Asked, ports: [&Port; 2]) -> Vec<InterfaceOffer> {
    let [remote_object, async_notify] = ports;
    let wanted = [
        (Interface::AsyncNotify.id(), async_notify),
        (Interface::RemoteObject.id(), remote_object),
        (mgmt::INTERFACE, async_notify),
    ];
    let mut offers = Vec::new();
    for (interface, port) in wanted {
        offers.push(InterfaceOffer {
            name: name(interface).unwrap_or_default().to_owned(),
            uuid: interface.uuid.to_string(),
            version: version(interface),
            at: port.connector.address().to_owned(),
            ndr: tried(asked, port, interface, &[TransferSyntax::Ndr]).await,
            ndr64: tried(asked, port, interface, &[TransferSyntax::Ndr64]).await,
            both: tried(asked, port, interface, &[TransferSyntax::Ndr64, TransferSyntax::Ndr]).await,
        });
    }
    offers
}

async fn tried(
    asked: &mut Asked,
    port: &Port,
    interface: SyntaxId,
    syntaxes: &[TransferSyntax],
) -> Fact<super::offer::Reply> {
    let ids: Vec<SyntaxId> = syntaxes.iter().map(|syntax| syntax.id()).collect();
    let proposal = Proposal::new(interface, &ids);
    accepted(&asked.bind(port, &proposal).await, &proposal)
}
