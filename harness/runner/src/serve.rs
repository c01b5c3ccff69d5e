//! `serve`: the reference server, for people who write a client.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use dcerpc::security::Account;
use peer::server::{Authentication, Identity, Server, ServerOptions};
use peer::{Misbehaviour, Variant};
use security::{Accounts, Credentials, Keytab};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::LocalSet;

use crate::arguments::Serve;
use crate::diagnostic::did_you_mean;
use crate::exit::Exit;
use crate::platform::Ending;
use crate::principal::{password_of, ticket_mistake};
use crate::selftest;
use crate::stimulus;
use crate::terminal::{say, unprintable};

/// Serves until it is interrupted or a stimulus shuts it down.
///
/// # Errors
/// The exit code, with the words for it.
pub(crate) fn serve(arguments: &Serve) -> Result<(), (Exit, String)> {
    let mistake = |why: String| (Exit::Mistake, why);
    let misbehaviour = arguments.misbehave.as_deref().map(selftest::misbehaviour).transpose();
    let misbehaviour = misbehaviour.map_err(|why| mistake(format!("--misbehave: {why}")))?;
    let variant = arguments.variant.as_deref().map(variant).transpose();
    let variant = variant.map_err(|why| mistake(format!("--variant: {why}")))?;
    let authentication = authentication(arguments, misbehaviour)?;
    let failed = |error: std::io::Error| (Exit::Environment, error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    LocalSet::new().block_on(&runtime, async {
        let server = Server::new(ServerOptions { misbehaviour, variant, authentication, ..ServerOptions::default() });
        let listener = bind(arguments.listen).await?;
        let listening = listener.local_addr().map_err(failed)?.to_string();
        let mut ready = Map::from_iter([("listening".to_owned(), json!(listening))]);
        if let Some(address) = arguments.endpoint_mapper {
            let mapper = bind(address).await?;
            let port = listener.local_addr().map_err(failed)?.port();
            let told = json!(mapper.local_addr().map_err(failed)?.to_string());
            ready.insert("endpoint_mapper".to_owned(), told);
            let server = server.clone();
            tokio::task::spawn_local(async move {
                if let Err(error) = server.listen_as_mapper(mapper, port).await {
                    tracing::warn!(%error, "the endpoint mapper can't accept any more");
                }
            });
        }
        if let Some(address) = arguments.stimulus {
            let listener = bind(address).await?;
            let told = json!(listener.local_addr().map_err(failed)?.to_string());
            ready.insert("stimulus".to_owned(), told);
            let source = server.clone();
            tokio::task::spawn_local(stimulus::listen(listener, move |request| {
                let answer = source.source(request);
                async { answer }
            }));
        }
        let mut ending = Ending::listen().map_err(failed)?;
        let mut out = std::io::stdout();
        let told = writeln!(out, "{}", Value::Object(ready)).and_then(|()| out.flush());
        // Nobody else knows the ports.
        told.map_err(|error| (Exit::Environment, unprintable(&error)))?;
        tokio::select! {
            served = server.listen(listener) => served.map_err(failed),
            () = ending.asked_for() => Ok(()),
        }
    })
}

/// Whom the server takes in: nobody who authenticates when no account and no keytab is named. Anonymous clients come in always.
fn authentication(
    arguments: &Serve,
    misbehaviour: Option<Misbehaviour>,
) -> Result<Option<Authentication>, (Exit, String)> {
    if arguments.accounts.is_empty() && arguments.keytab.is_none() {
        return Ok(None);
    }
    let mut credentials = Vec::new();
    let mut accounts = Vec::new();
    for (user, variable) in &arguments.accounts {
        let password = password_of(variable)
            .map_err(|why| (Exit::Environment, format!("the password of {user}: the variable {variable} {why}")))?;
        credentials.push(Credentials { user: user.clone(), domain: String::new(), password });
        accounts.push((Account { user: user.clone(), domain: String::new() }, Identity::user(user, true)));
    }
    let mut acceptor = Accounts::new(credentials);
    if let Some(path) = &arguments.keytab {
        let keytab = Keytab::open(path).map_err(|error| (Exit::Mistake, format!("--keytab: {error}")))?;
        acceptor = acceptor.with_keytab(keytab, None);
    }
    if let Some(mistake) = misbehaviour.and_then(ticket_mistake) {
        acceptor = acceptor.with_mistake(mistake);
    }
    let mut authentication = Authentication::new(Arc::new(acceptor), accounts);
    authentication.on_refusal = Some(Arc::new(|why| say(format!("pan-harness: login refused: {why}"))));
    Ok(Some(authentication))
}

fn variant(name: &str) -> Result<Variant, String> {
    Variant::from_name(name).ok_or_else(|| {
        let hint = did_you_mean(name, Variant::ALL.iter().map(|one| one.name()));
        let hint = hint.unwrap_or_else(|| "`pan-harness list variants` lists them".to_owned());
        format!("no variant is called `{name}`; {hint}")
    })
}

async fn bind(address: SocketAddr) -> Result<TcpListener, (Exit, String)> {
    TcpListener::bind(address).await.map_err(|error| (Exit::Environment, format!("can't listen at {address}: {error}")))
}
