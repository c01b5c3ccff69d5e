//! Which connections belong together.

use alloc::collections::BTreeMap;
use alloc::string::String;

use crate::event::AssociationId;

/// The associations that have connections ([MS-RPCE] 3.3.1.5.6, assoc_group_id of [C706] 12.6.4.4).
#[derive(Debug, Default)]
pub(super) struct Associations {
    open: BTreeMap<AssociationId, Association>,
    /// By address of the server and assoc_group_id.
    named: BTreeMap<(String, u32), AssociationId>,
    count: u32,
}

#[derive(Debug)]
struct Association {
    connections: usize,
    server: String,
    name: Option<(String, u32)>,
}

impl Associations {
    /// A connection joins the association that a server calls `group`. 0 is no name: it joins none but its own.
    pub(super) fn join(&mut self, server: &str, group: u32) -> AssociationId {
        if group == 0 {
            return self.join_own(server);
        }
        let name = (String::from(server), group);
        if let Some(id) = self.named.get(&name)
            && let Some(association) = self.open.get_mut(id)
        {
            association.connections += 1;
            return *id;
        }
        let id = self.open(server, Some(name.clone()));
        self.named.insert(name, id);
        id
    }

    /// A connection whose bind nobody saw gets an association of its own.
    pub(super) fn join_own(&mut self, server: &str) -> AssociationId {
        self.open(server, None)
    }

    /// A connection whose bind nobody saw joins an association that is known to be its; unless that is another server's.
    pub(super) fn join_known(&mut self, server: &str, id: AssociationId) -> Option<AssociationId> {
        let association = self.open.get_mut(&id).filter(|association| association.server == server)?;
        association.connections += 1;
        Some(id)
    }

    /// A connection of that association ended; gives the association when it was the last one.
    pub(super) fn leave(&mut self, id: AssociationId) -> Option<AssociationId> {
        let association = self.open.get_mut(&id)?;
        association.connections -= 1;
        if association.connections > 0 {
            return None;
        }
        if let Some(name) = self.open.remove(&id)?.name {
            self.named.remove(&name);
        }
        Some(id)
    }

    fn open(&mut self, server: &str, name: Option<(String, u32)>) -> AssociationId {
        let id = AssociationId(self.count);
        self.count += 1;
        self.open.insert(id, Association { connections: 1, server: server.into(), name });
        id
    }
}
