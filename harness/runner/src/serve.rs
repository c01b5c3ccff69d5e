//! `serve`: the reference server, for people who write a client.

use std::io::Write as _;
use std::net::SocketAddr;

use peer::Misbehaviour;
use peer::server::{Server, ServerOptions};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::LocalSet;

use crate::arguments::Serve;
use crate::diagnostic::did_you_mean;
use crate::exit::Exit;
use crate::stimulus;

/// Serves until it is interrupted or a stimulus shuts it down.
///
/// # Errors
/// The exit code, with the words for it.
pub(crate) fn serve(arguments: &Serve) -> Result<(), (Exit, String)> {
    let misbehaviour = arguments.misbehave.as_deref().map(misbehaviour).transpose()?;
    let failed = |error: std::io::Error| (Exit::Environment, error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    LocalSet::new().block_on(&runtime, async {
        let server = Server::new(ServerOptions { misbehaviour, ..ServerOptions::default() });
        let listener = bind(arguments.listen).await?;
        let listening = listener.local_addr().map_err(failed)?.to_string();
        let mut ready = json!({"listening": listening});
        if let Some(address) = arguments.stimulus {
            let listener = bind(address).await?;
            let stimulus = listener.local_addr().map_err(failed)?.to_string();
            ready = json!({"listening": listening, "stimulus": stimulus});
            let source = server.clone();
            tokio::task::spawn_local(stimulus::listen(listener, move |request| {
                let answer = source.source(request);
                async { answer }
            }));
        }
        let mut out = std::io::stdout();
        writeln!(out, "{ready}").and_then(|()| out.flush()).map_err(failed)?;
        tokio::select! {
            served = server.listen(listener) => served.map_err(failed),
            ended = end_asked_for() => ended.map_err(failed),
        }
    })
}

fn misbehaviour(name: &str) -> Result<Misbehaviour, (Exit, String)> {
    Misbehaviour::ALL.iter().copied().find(|one| one.name() == name).ok_or_else(|| {
        let hint = did_you_mean(name, Misbehaviour::ALL.iter().map(|one| one.name()));
        let hint = hint.unwrap_or_else(|| "`pan-harness list misbehaviours` lists them".to_owned());
        (Exit::Mistake, format!("--misbehave: no misbehaviour is called `{name}`; {hint}"))
    })
}

async fn bind(address: SocketAddr) -> Result<TcpListener, (Exit, String)> {
    TcpListener::bind(address).await.map_err(|error| (Exit::Environment, format!("can't listen at {address}: {error}")))
}

/// Ctrl-C, or SIGTERM where there is such a thing.
async fn end_asked_for() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
