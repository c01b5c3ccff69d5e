//! Asking an endpoint mapper where an interface is ([C706] appendix O), and going there.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use dcerpc::epm::{self, LookupRequest, LookupResponse, MapRequest, MapResponse, NOT_REGISTERED, TcpEndpoint, Tower};
use dcerpc::ndr::Format;
use dcerpc::{ContextHandle, SyntaxId, TransferSyntax};
use thiserror::Error;
use tokio::sync::Mutex as AsyncMutex;

use super::call::{Call, Note, Stub};
use super::{Association, Options, Outcome};
use crate::Tap;
use crate::transport::{Connecting, Connector};

/// How many towers are asked for at a time.
const MOST_TOWERS: u32 = 4;
/// How many elements are asked for at a time.
const MOST_ENTRIES: u32 = 500;
/// How often the rest of an answer is asked for at most.
const MOST_PAGES: usize = 16;

/// What an endpoint mapper is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inquiry {
    /// ept_map for towers like this one.
    Map(Tower),
    /// ept_lookup of an interface, in all versions.
    Lookup(SyntaxId),
    /// ept_lookup of all that there is.
    All,
}

/// Why an endpoint mapper gave no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unmapped {
    /// The call did not come back with an answer.
    #[error("the endpoint mapper at {mapper}: {outcome}")]
    Unanswered {
        /// Its address.
        mapper: String,
        /// What came instead.
        outcome: Outcome,
    },
    /// The answer can't be read, or breaks NDR.
    #[error("the endpoint mapper at {mapper} answered with octets that are no answer: {why}")]
    Malformed {
        /// Its address.
        mapper: String,
        /// What is wrong with them.
        why: String,
    },
    /// The interface is not registered.
    #[error("the endpoint mapper at {mapper} knows no such interface (ept_s_not_registered)")]
    NotRegistered {
        /// Its address.
        mapper: String,
    },
    /// The mapper answered with another status.
    #[error("the endpoint mapper at {mapper} answered with status {status:#010x}")]
    Failed {
        /// Its address.
        mapper: String,
        /// The status.
        status: u32,
    },
    /// There are towers, but none that leads to a port of TCP.
    #[error("the endpoint mapper at {mapper} gave {towers} towers, and none leads to a TCP port of the interface")]
    NowhereToGo {
        /// Its address.
        mapper: String,
        /// How many towers there are.
        towers: usize,
    },
}

/// Asks an endpoint mapper over one connection, which is closed afterwards.
#[derive(Clone)]
pub struct Mapper {
    connector: Arc<dyn Connector>,
    tap: Tap,
    options: Options,
    limit: Duration,
}

impl Mapper {
    /// An endpoint mapper that is reached by `connector`; each of its answers is waited for no longer than `limit`.
    #[must_use]
    pub fn new(connector: Arc<dyn Connector>, tap: Tap, options: Options, limit: Duration) -> Self {
        Self { connector, tap, options, limit }
    }

    /// A tower of ncacn_ip_tcp that asks for an interface: its endpoint and address are left open.
    #[must_use]
    pub fn open_tower(interface: SyntaxId) -> Tower {
        Tower::tcp(interface, TransferSyntax::Ndr.id(), TcpEndpoint { port: 0, address: [0; 4] })
    }

    /// The TCP endpoint of an interface.
    ///
    /// # Errors
    /// [`Unmapped`].
    pub async fn endpoint(&self, interface: SyntaxId) -> Result<TcpEndpoint, Unmapped> {
        let towers = self.ask(&Inquiry::Map(Self::open_tower(interface)), None).await?;
        let leads = |tower: &Tower| {
            let endpoint = tower.tcp_endpoint().filter(|endpoint| endpoint.port != 0)?;
            (tower.interface() == Some(interface)).then_some(endpoint)
        };
        let nowhere = || Unmapped::NowhereToGo { mapper: self.address(), towers: towers.len() };
        towers.iter().find_map(leads).ok_or_else(nowhere)
    }

    /// All towers that the mapper gives, however many answers they take.
    ///
    /// # Errors
    /// [`Unmapped`], but for [`Unmapped::NowhereToGo`].
    pub async fn ask(&self, inquiry: &Inquiry, note: Option<&Note>) -> Result<Vec<Tower>, Unmapped> {
        let association = Association::new(Arc::clone(&self.connector), self.tap.clone(), self.options.clone());
        let towers = self.pages(&association, inquiry, note).await;
        // Whoever does not let go of a connection is left alone.
        tokio::time::timeout(self.limit, association.close_all()).await.ok();
        towers
    }

    async fn pages(
        &self,
        association: &Association,
        inquiry: &Inquiry,
        note: Option<&Note>,
    ) -> Result<Vec<Tower>, Unmapped> {
        let (mut towers, mut handle) = (Vec::new(), ContextHandle::NULL);
        for _ in 0..MOST_PAGES {
            let mut call = question(inquiry, handle);
            (call.limit, call.note) = (self.limit, note.cloned());
            let page = match association.call(&call).await {
                Outcome::Returned { stub, format } => self.read(inquiry, &stub, format)?,
                outcome => return Err(Unmapped::Unanswered { mapper: self.address(), outcome }),
            };
            match page.status {
                0 => {}
                // The end of what there was.
                NOT_REGISTERED if !towers.is_empty() => return Ok(towers),
                NOT_REGISTERED => return Err(Unmapped::NotRegistered { mapper: self.address() }),
                status => return Err(Unmapped::Failed { mapper: self.address(), status }),
            }
            towers.extend(page.towers);
            handle = page.rest;
            if handle.is_null() {
                return Ok(towers);
            }
        }
        Ok(towers)
    }

    fn read(&self, inquiry: &Inquiry, stub: &bytes::Bytes, format: Format) -> Result<Page, Unmapped> {
        let read = match inquiry {
            Inquiry::Map(_) => MapResponse::decode(stub, format).map(|read| {
                let (towers, defects) = (read.value.towers.elements, read.defects);
                let towers = towers.into_iter().flatten().collect();
                (Page { towers, rest: read.value.entry_handle, status: read.value.status }, defects)
            }),
            Inquiry::Lookup(_) | Inquiry::All => LookupResponse::decode(stub, format).map(|read| {
                let (entries, defects) = (read.value.entries.elements, read.defects);
                let towers = entries.into_iter().filter_map(|entry| entry.tower).collect();
                (Page { towers, rest: read.value.entry_handle, status: read.value.status }, defects)
            }),
        };
        let malformed = |why| Unmapped::Malformed { mapper: self.address(), why };
        let (page, defects) = read.map_err(|error| malformed(error.to_string()))?;
        match defects.first() {
            None => Ok(page),
            Some(defect) => {
                let why = format!("{} {}; came {}", defect.field, defect.expected, defect.actual);
                Err(malformed(why))
            }
        }
    }

    fn address(&self) -> String {
        self.connector.address().to_owned()
    }
}

impl fmt::Debug for Mapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapper").field("address", &self.connector.address()).finish_non_exhaustive()
    }
}

/// What one answer brought.
struct Page {
    towers: Vec<Tower>,
    rest: ContextHandle,
    status: u32,
}

fn question(inquiry: &Inquiry, entry_handle: ContextHandle) -> Call {
    match inquiry.clone() {
        Inquiry::Map(tower) => {
            let (map_tower, max_towers) = (Some(tower), MOST_TOWERS);
            let request = MapRequest { object: None, map_tower, entry_handle, max_towers };
            Call::new(epm::INTERFACE, epm::MAP, Stub::from_format(move |format| request.encode(format)))
        }
        Inquiry::Lookup(interface) => lookup(epm::BY_INTERFACE, Some(interface), entry_handle),
        Inquiry::All => lookup(epm::ALL_ELEMENTS, None, entry_handle),
    }
}

fn lookup(inquiry_type: u32, interface: Option<SyntaxId>, entry_handle: ContextHandle) -> Call {
    let (vers_option, max_ents) = (epm::ALL_VERSIONS, MOST_ENTRIES);
    let request = LookupRequest { inquiry_type, object: None, interface, vers_option, entry_handle, max_ents };
    Call::new(epm::INTERFACE, epm::LOOKUP, Stub::from_format(move |format| request.encode(format)))
}

/// Opens connections to a port of one host.
pub type Dial = Arc<dyn Fn(u16) -> Arc<dyn Connector> + Send + Sync>;

/// Opens connections to where an endpoint mapper says that an interface is. The mapper is asked when the first connection is
/// opened ([MS-PAN] 3.2.1.3), and anew when the port that it gave can't be reached any more.
pub struct MappedConnector {
    mapper: Mapper,
    interface: SyntaxId,
    dial: Dial,
    known: AsyncMutex<Option<Arc<dyn Connector>>>,
}

impl MappedConnector {
    /// To an interface; `dial` goes to the port that the mapper gives.
    #[must_use]
    pub fn new(mapper: Mapper, interface: SyntaxId, dial: Dial) -> Self {
        Self { mapper, interface, dial, known: AsyncMutex::default() }
    }
}

impl Connector for MappedConnector {
    fn connect(&self) -> Connecting<'_> {
        Box::pin(async {
            let mut known = self.known.lock().await;
            if let Some(connector) = known.as_ref()
                && let Ok(link) = connector.connect().await
            {
                return Ok(link);
            }
            let endpoint = self.mapper.endpoint(self.interface).await.map_err(std::io::Error::other)?;
            let connector = (self.dial)(endpoint.port);
            let link = connector.connect().await;
            let named = |error| std::io::Error::other(format!("{}: {error}", connector.address()));
            let link = link.map_err(named)?;
            *known = Some(connector);
            Ok(link)
        })
    }

    fn address(&self) -> &str {
        "the mapped server"
    }
}
