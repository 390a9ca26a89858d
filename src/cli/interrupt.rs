//! What happens when somebody ends the program: at once, and nothing is left behind.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::CliError;
use crate::site::TemplateError;

/// Whether the program is to end. While something is written it ends as soon as the half-written is removed.
#[derive(Clone, Default)]
pub(super) struct Stop(Arc<State>);

#[derive(Default)]
struct State {
    is_asked_for: AtomicBool,
    is_put_off: AtomicBool,
    writing: Mutex<()>,
}

impl Stop {
    /// Ends the program when it is interrupted or asked to go.
    pub(super) fn on_interrupt() -> Result<Self, CliError> {
        let stop = Self::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| CliError::Message(format!("cannot start: {error}")))?;
        let asked = stop.clone();
        std::thread::spawn(move || {
            loop {
                let code = runtime.block_on(signal());
                // Whoever presses Ctrl-C in an editor means the editor.
                if !asked.0.is_put_off.load(Ordering::SeqCst) {
                    asked.0.is_asked_for.store(true, Ordering::SeqCst);
                    let _nothing_is_half_written = asked.writing();
                    end(code);
                }
            }
        });
        Ok(stop)
    }

    /// Makes a file of a site, unless the program is about to end: then there is no need for it.
    pub(super) fn unless_asked_for<T>(
        &self,
        make: impl FnOnce() -> Result<T, TemplateError>,
    ) -> Result<T, TemplateError> {
        if self.0.is_asked_for.load(Ordering::SeqCst) {
            return Err(TemplateError::plain("stopped"));
        }
        make()
    }

    /// The program does not end while the guard lives.
    pub(super) fn writing(&self) -> MutexGuard<'_, ()> {
        self.0.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another program has the terminal, and with it the keys that end a program; or it has given it back.
    pub(super) fn put_off(&self, is_put_off: bool) {
        self.0.is_put_off.store(is_put_off, Ordering::SeqCst);
    }

    /// Whether another program has the terminal.
    pub(super) fn is_put_off(&self) -> bool {
        self.0.is_put_off.load(Ordering::SeqCst)
    }
}

/// Waits for a signal, and gives the exit code that shells expect after it.
#[cfg(unix)]
async fn signal() -> i32 {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => 130,
        _ = terminate.recv() => 143,
    }
}

#[cfg(not(unix))]
async fn signal() -> i32 {
    let _ = tokio::signal::ctrl_c().await;
    130
}

#[expect(clippy::exit, reason = "other threads may be in the middle of anything that leaves no trace")]
fn end(code: i32) -> ! {
    std::process::exit(code)
}
