//! Asks a server for its name by srvsvc (MS-SRVS), authenticated in each way that a client of ours has for a password, and checks
//! the answers. `ci/interop/services` runs it against Samba.
//!
//! `srvsvc MAPPER DOMAIN USER NAME`: the address of the endpoint mapper, the account, whose password comes in `PASSWORD`, and what the
//! server calls itself. It prints a PASS or FAIL line for each thing tried, and ends with 1 when anything failed.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example tells what came of it")]

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dcerpc::mgmt::{self, InqIfIdsResponse};
use dcerpc::ndr::{Format, Reader, Writer};
use dcerpc::security::{Level, Provider};
use dcerpc::{DecodeError, SyntaxId};
use peer::Tap;
use peer::client::{Association, Call, Mapper, Options, Outcome, Security, Stub};
use peer::transport::TcpConnector;
use security::{Credentials, Initiator, Password};
use uuid::uuid;

const SRVSVC: SyntaxId = SyntaxId::new(uuid!("4b324fc8-1670-01d3-1278-5a47bf6ee188"), 3, 0);
/// The opnum of NetrServerGetInfo.
const SERVER_GET_INFO: u16 = 21;
/// The level of what it tells: SERVER_INFO_101.
const INFO_101: u32 = 101;
const LIMIT: Duration = Duration::from_secs(5);
const WAYS: [(&str, Provider, Level); 6] = [
    ("ntlm/privacy", Provider::NTLM, Level::PRIVACY),
    ("ntlm/integrity", Provider::NTLM, Level::INTEGRITY),
    ("ntlm/pkt", Provider::NTLM, Level::PKT),
    ("negotiate/privacy", Provider::NEGOTIATE, Level::PRIVACY),
    ("negotiate/integrity", Provider::NEGOTIATE, Level::INTEGRITY),
    ("negotiate/pkt", Provider::NEGOTIATE, Level::PKT),
];

/// What is asked for.
struct Samba {
    mapper: SocketAddr,
    domain: String,
    user: String,
    name: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (Ok([mapper, domain, user, name]), Ok(password)) = (<[String; 4]>::try_from(words), std::env::var("PASSWORD"))
    else {
        eprintln!("usage: PASSWORD=… srvsvc MAPPER DOMAIN USER NAME");
        return ExitCode::from(2);
    };
    let Ok(mapper) = mapper.parse() else {
        eprintln!("srvsvc: {mapper} is no address");
        return ExitCode::from(2);
    };
    let samba = Samba { mapper, domain, user, name };
    let mut all = true;
    for (way, provider, level) in WAYS {
        all &= told(&format!("{way}/mapper"), &samba.maps(provider, level, &password).await);
        all &= told(&format!("{way}/srvsvc"), &samba.tells_its_name(provider, level, &password).await);
        let wrong = match samba.tells_its_name(provider, level, "wrong").await {
            Ok(()) => Err("a wrong password was taken".to_owned()),
            Err(_) => Ok(()),
        };
        all &= told(&format!("{way}/wrong-password"), &wrong);
    }
    if all { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn told(what: &str, outcome: &Result<(), String>) -> bool {
    match outcome {
        Ok(()) => println!("PASS samba/{what}"),
        Err(why) => println!("FAIL samba/{what}: {why}"),
    }
    outcome.is_ok()
}

impl Samba {
    fn options(&self, provider: Provider, level: Level, password: &str) -> Options {
        let (user, domain) = (self.user.clone(), self.domain.clone());
        let initiator = Initiator::new(Credentials { user, domain, password: Password::new(password) });
        let security = Some(Security::computed(move || initiator.context(provider, level)));
        Options { security, ..Options::default() }
    }

    /// The endpoint mapper tells an authenticated client what it tells an anonymous one.
    async fn maps(&self, provider: Provider, level: Level, password: &str) -> Result<(), String> {
        let port = |options| async {
            let mapper = Mapper::new(Arc::new(TcpConnector::new(self.mapper.to_string())), Tap::off(), options, LIMIT);
            mapper.endpoint(SRVSVC).await.map(|endpoint| endpoint.port).map_err(|why| why.to_string())
        };
        let (anonymous, authenticated) =
            (port(Options::default()).await?, port(self.options(provider, level, password)).await?);
        expect("the port that an anonymous client is told", &authenticated, &anonymous)
    }

    /// NetrServerGetInfo, and beside it on the same connection what the server has.
    async fn tells_its_name(&self, provider: Provider, level: Level, password: &str) -> Result<(), String> {
        let mapper = Arc::new(TcpConnector::new(self.mapper.to_string()));
        let endpoint = Mapper::new(mapper, Tap::off(), Options::default(), LIMIT).endpoint(SRVSVC).await;
        let port = endpoint.map_err(|why| why.to_string())?.port;
        let connector = Arc::new(TcpConnector::new(SocketAddr::new(self.mapper.ip(), port).to_string()));
        let association = Association::new(connector, Tap::off(), self.options(provider, level, password));
        let asked = self.ask(&association).await;
        association.close_all().await;
        asked
    }

    async fn ask(&self, association: &Association) -> Result<(), String> {
        let (stub, format) = call(association, SRVSVC, SERVER_GET_INFO, Stub::from_format(server_get_info)).await?;
        let (name, status) = read_name(&stub, format).map_err(|why| why.to_string())?;
        expect("the status", &status, &0)?;
        expect("the name", &name, &self.name)?;
        let (stub, format) = call(association, mgmt::INTERFACE, mgmt::INQ_IF_IDS, Stub::from(Bytes::new())).await?;
        let told = InqIfIdsResponse::decode(&stub, format).map_err(|why| why.to_string())?.value;
        let interfaces = told.if_id_vector.unwrap_or_default().if_id.elements;
        expect("that mgmt names srvsvc", &interfaces.contains(&Some(SRVSVC)), &true)
    }
}

async fn call(
    association: &Association,
    interface: SyntaxId,
    opnum: u16,
    stub: Stub,
) -> Result<(Bytes, Format), String> {
    match association.call(&Call::new(interface, opnum, stub)).await {
        Outcome::Returned { stub, format } => Ok((stub, format)),
        other => Err(format!("opnum {opnum}: {other}")),
    }
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, found {found:?}")) }
}

/// ServerName NULL, Level 101.
fn server_get_info(format: Format) -> Bytes {
    let mut writer = Writer::new(format);
    writer.unique(None::<&()>, |_, ()| {});
    writer.u32(INFO_101);
    writer.finish()
}

/// The name in an answer, and its status: a union of pointers, then SERVER_INFO_101, then what it points to.
fn read_name(stub: &Bytes, format: Format) -> Result<(String, u32), DecodeError> {
    let mut reader = Reader::new(stub, format);
    reader.u32("Level")?;
    if !reader.referent("ServerInfo101")? {
        return Ok((String::new(), reader.u32("return")?));
    }
    reader.u32("sv101_platform_id")?;
    let named = reader.referent("sv101_name")?;
    for field in ["sv101_version_major", "sv101_version_minor", "sv101_type"] {
        reader.u32(field)?;
    }
    let commented = reader.referent("sv101_comment")?;
    let name = if named { reader.wide_string("sv101_name")?.units } else { Vec::new() };
    if commented {
        reader.wide_string("sv101_comment")?;
    }
    let status = reader.u32("return")?;
    let name = name.split(|unit| *unit == 0).next().unwrap_or_default();
    Ok((String::from_utf16_lossy(name), status))
}
