//! Ctrl-C, or another request to end: no further scenario begins, the running ones end, and the report of what ran is written.

use tokio::sync::watch;

use crate::platform::Ending;

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
                // What was launched is to end with us, whichever way that is asked for.
                let Ok(mut ending) = Ending::listen() else { return };
                loop {
                    ending.asked_for().await;
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
