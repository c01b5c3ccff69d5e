//! Ctrl-C or SIGTERM: no further scenario begins, the running ones end, and the report of what ran is written.

use tokio::sync::watch;

/// Told when the user interrupts the run.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens for it from now on. A second one ends the process at once.
    pub(crate) fn listen() -> Self {
        let (tell, told) = watch::channel(false);
        std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
            runtime.block_on(async {
                while asked_to_end().await.is_ok() {
                    if tell.send_replace(true) {
                        std::process::exit(crate::exit::Exit::Interrupted.code().into());
                    }
                }
            });
        });
        Self(told)
    }

    /// Whether it was interrupted.
    pub(crate) fn is_told(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is.
    pub(crate) async fn told(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|told| *told).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Waits for Ctrl-C, or for another request to end: what was launched is to end with us.
#[cfg(unix)]
async fn asked_to_end() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked_to_end() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
