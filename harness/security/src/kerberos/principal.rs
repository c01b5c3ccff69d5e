//! Names (RFC 4120 6.2, 5.2.2).

use core::fmt;

use dcerpc::security::SecurityError;

use crate::der::{Element, Elements, Fields, GENERAL_STRING, SEQUENCE, element, integer, joined, sequence, string};

/// NT-PRINCIPAL.
pub(crate) const NT_PRINCIPAL: i64 = 1;
/// NT-SRV-INST.
pub(crate) const NT_SRV_INST: i64 = 2;

/// PrincipalName. Two are the same when their components are.
#[derive(Clone, Debug)]
pub(crate) struct Principal {
    pub(crate) name_type: i64,
    pub(crate) components: Vec<String>,
}

impl Principal {
    pub(crate) fn new(name_type: i64, name: &str) -> Self {
        Self { name_type, components: name.split('/').map(str::to_owned).collect() }
    }

    pub(crate) fn read(element: &[u8]) -> Result<Self, SecurityError> {
        let fields = Fields::of(element)?;
        let mut names = Elements(Elements(fields.field(1)?).of(SEQUENCE)?);
        let mut components = Vec::new();
        while !names.0.is_empty() {
            components.push(String::from_utf8_lossy(names.of(GENERAL_STRING)?).into_owned());
        }
        Ok(Self { name_type: fields.integer(0)?, components })
    }

    pub(crate) fn write(&self) -> Element {
        let components: Vec<_> = self.components.iter().map(|component| string(component)).collect();
        sequence(&[(0, integer(self.name_type)), (1, element(SEQUENCE, &joined(&components)))])
    }

    /// Whether another name is the same. Names of hosts are of any case.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let pairs = self.components.iter().zip(&other.components);
        self.components.len() == other.components.len()
            && pairs.into_iter().all(|(one, other)| one.to_lowercase() == other.to_lowercase())
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.components.join("/"))
    }
}
