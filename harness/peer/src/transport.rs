//! What carries the octets: TCP, or a pipe in memory.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, DuplexStream, Join, WriteHalf};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;

/// The half of a connection that is read. Dropping both halves ends the connection.
pub type Reading = Box<dyn AsyncRead + Send + Sync + Unpin>;

/// The half of a connection that is written.
pub type Writing = Box<dyn Write>;

/// What a connection's writing half can do.
pub trait Write: AsyncWrite + Send + Sync + Unpin {
    /// Ends the connection with a reset, as far as the transport knows such a thing, once the other half is dropped.
    fn abort(self: Box<Self>);
}

/// A connection: two halves and the names of its ends.
pub struct Link {
    /// What is read.
    pub reading: Reading,
    /// What is written.
    pub writing: Writing,
    /// Address of the end that opened it.
    pub client: String,
    /// Address of the end that accepted it.
    pub server: String,
}

impl Link {
    /// A TCP connection that was opened here.
    ///
    /// # Errors
    /// When the connection has ended already.
    pub fn opened(stream: TcpStream) -> io::Result<Self> {
        let (client, server) = (stream.local_addr()?, stream.peer_addr()?);
        Self::tcp(stream, client.to_string(), server.to_string())
    }

    /// A TCP connection that was accepted here.
    ///
    /// # Errors
    /// When the connection has ended already.
    pub fn accepted(stream: TcpStream) -> io::Result<Self> {
        let (client, server) = (stream.peer_addr()?, stream.local_addr()?);
        Self::tcp(stream, client.to_string(), server.to_string())
    }

    /// Both ends of a pipe in memory that holds `capacity` octets in each direction: the client's end, then the server's.
    #[must_use]
    pub fn pair(client: &str, server: &str, capacity: usize) -> (Self, Self) {
        let (near, far) = tokio::io::duplex(capacity);
        let link = |stream| {
            let (reading, writing) = tokio::io::split(stream);
            Self {
                reading: Box::new(reading),
                writing: Box::new(writing),
                client: client.into(),
                server: server.into(),
            }
        };
        (link(near), link(far))
    }

    /// Both halves as one stream.
    #[must_use]
    pub fn into_stream(self) -> Join<Reading, Writing> {
        tokio::io::join(self.reading, self.writing)
    }

    fn tcp(stream: TcpStream, client: String, server: String) -> io::Result<Self> {
        // A PDU is one write and waits for its answer: nothing is to be gained by holding it back.
        stream.set_nodelay(true)?;
        let (reading, writing) = stream.into_split();
        Ok(Self { reading: Box::new(reading), writing: Box::new(writing), client, server })
    }
}

impl Write for OwnedWriteHalf {
    fn abort(self: Box<Self>) {
        // Without this option the end of the socket would be orderly; when it can't be set, it is.
        let stream: &TcpStream = (*self).as_ref();
        let _ = stream.set_zero_linger();
        self.forget();
    }
}

impl Write for WriteHalf<DuplexStream> {
    fn abort(self: Box<Self>) {}
}

/// A connection about to be opened.
pub type Connecting<'a> = Pin<Box<dyn Future<Output = io::Result<Link>> + Send + 'a>>;

/// Opens connections to one server.
pub trait Connector: Send + Sync {
    /// Opens one.
    fn connect(&self) -> Connecting<'_>;

    /// The server's address, for people.
    fn address(&self) -> &str;
}

/// Opens TCP connections.
#[derive(Clone, Debug)]
pub struct TcpConnector {
    address: String,
}

impl TcpConnector {
    /// To `host:port`; an IPv6 address stands in brackets.
    #[must_use]
    pub fn new(address: impl Into<String>) -> Self {
        Self { address: address.into() }
    }
}

impl Connector for TcpConnector {
    fn connect(&self) -> Connecting<'_> {
        Box::pin(async { Link::opened(TcpStream::connect(&self.address).await?) })
    }

    fn address(&self) -> &str {
        &self.address
    }
}

/// Opens pipes in memory and hands the other end to a server.
#[derive(Clone)]
pub struct DuplexConnector {
    accept: Arc<dyn Fn(Link) + Send + Sync>,
    name: String,
    opened: Arc<AtomicU64>,
}

impl DuplexConnector {
    const CAPACITY: usize = 64 << 10;

    /// To the server of that name, which `accept` gives its ends to.
    #[must_use]
    pub fn new(name: impl Into<String>, accept: impl Fn(Link) + Send + Sync + 'static) -> Self {
        Self { accept: Arc::new(accept), name: name.into(), opened: Arc::default() }
    }
}

impl Connector for DuplexConnector {
    fn connect(&self) -> Connecting<'_> {
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        let (near, far) = Link::pair(&format!("client:{number}"), &self.name, Self::CAPACITY);
        (self.accept)(far);
        Box::pin(std::future::ready(Ok(near)))
    }

    fn address(&self) -> &str {
        &self.name
    }
}

/// Opens no connection: nobody listens there.
#[derive(Clone, Debug)]
pub struct Refusing {
    name: String,
}

impl Refusing {
    /// At the address of that name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }
}

impl Connector for Refusing {
    fn connect(&self) -> Connecting<'_> {
        Box::pin(std::future::ready(Err(io::ErrorKind::ConnectionRefused.into())))
    }

    fn address(&self) -> &str {
        &self.name
    }
}

/// Opens connections on which a request of RPC over HTTP comes first ([MS-RPCH] 2.1.2.1.1): wrong for [MS-PAN].
pub(crate) struct OverHttp(pub(crate) Arc<dyn Connector>);

impl Connector for OverHttp {
    fn connect(&self) -> Connecting<'_> {
        Box::pin(async {
            let mut link = self.0.connect().await?;
            link.writing
                .write_all(
                    b"RPC_IN_DATA /rpc/rpcproxy.dll?localhost:593 HTTP/1.1\r\nContent-Length: 1073741824\r\n\r\n",
                )
                .await?;
            Ok(link)
        })
    }

    fn address(&self) -> &str {
        self.0.address()
    }
}
