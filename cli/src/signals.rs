//! Ctrl-C and its kin: cancel the running query, put the terminal right, leave with 128 + the signal's number.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::termios::{SetArg, Termios, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator;

use pg_connect_settings::Canceller;

/// How long the server gets to end a cancelled query before we leave without its answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long a sleeper takes to notice a signal.
const MOMENT: Duration = Duration::from_millis(50);

/// What the signal thread needs to know of the main one.
#[derive(Default)]
struct Shared {
    /// The first signal that came; 0 = none.
    caught: AtomicI32,
    /// A statement is running on the server.
    querying: AtomicBool,
    /// A loop checks for a caught signal at every turn, and ends in order.
    watched: AtomicBool,
    /// How to cancel a running statement.
    canceller: Mutex<Option<Canceller>>,
    /// How the terminal was before a password prompt switched its echo off.
    terminal: Mutex<Option<Termios>>,
}

/// A handle on the signal thread. Cheap to clone.
#[derive(Clone)]
pub struct Signals(Arc<Shared>);

impl Signals {
    /// Starts listening for SIGINT, SIGTERM and SIGHUP.
    pub fn install() -> io::Result<Signals> {
        let shared = Arc::new(Shared::default());
        let mut incoming = iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let listener = Arc::clone(&shared);
        thread::spawn(move || {
            for signal in incoming.forever() {
                listener.handle(signal);
            }
        });
        Ok(Signals(shared))
    }

    /// The signal that came, if one did.
    pub fn caught(&self) -> Option<i32> {
        match self.0.caught.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(signal),
        }
    }

    /// From now on a signal cancels queries of this session.
    pub fn watch_session(&self, canceller: Canceller) {
        *self.0.canceller.lock().unwrap_or_else(PoisonError::into_inner) = Some(canceller);
    }

    /// Runs a statement; a signal that comes meanwhile cancels it on the server.
    pub fn during_query<T>(&self, query: impl FnOnce() -> T) -> T {
        self.0.querying.store(true, Ordering::SeqCst);
        let answer = query();
        self.0.querying.store(false, Ordering::SeqCst);
        answer
    }

    /// Runs something that looks for a caught signal at every turn. The first signal does not end the process: the
    /// work itself ends and reports its progress. A second one does.
    pub fn during_watch<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.watched.store(true, Ordering::SeqCst);
        let outcome = work();
        self.0.watched.store(false, Ordering::SeqCst);
        outcome
    }

    /// Sleeps, but no longer than until a signal comes. Within [`Signals::during_watch`].
    pub fn sleep(&self, length: Duration) {
        let end = Instant::now() + length;
        while self.caught().is_none() && Instant::now() < end {
            thread::sleep(MOMENT.min(end.saturating_duration_since(Instant::now())));
        }
    }

    /// Runs a prompt that changes the terminal; a signal that comes meanwhile restores it to `before`.
    pub fn during_prompt<T>(&self, before: Option<Termios>, prompt: impl FnOnce() -> T) -> T {
        let set = |state| *self.0.terminal.lock().unwrap_or_else(PoisonError::into_inner) = state;
        set(before);
        let answer = prompt();
        set(None);
        answer
    }
}

impl Shared {
    /// Cancels what runs, or leaves at once where nothing does or where the person asks twice.
    fn handle(&self, signal: i32) {
        if let Some(before) = self.terminal.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &before);
            eprintln!();
        }
        let first = self.caught.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        let querying = self.querying.load(Ordering::SeqCst);
        if first && !querying && self.watched.load(Ordering::SeqCst) {
            return;
        }
        if !first || !querying {
            std::process::exit(128 + signal);
        }
        let canceller = self.canceller.lock().unwrap_or_else(PoisonError::into_inner).clone();
        thread::spawn(move || {
            // The main thread gets the server's "canceling statement" and ends by itself; this is for a server that is
            // no longer there to answer.
            if let Some(canceller) = canceller {
                let _ = canceller.cancel();
            }
            thread::sleep(PATIENCE);
            eprintln!("promoctl: interrupted; the server did not confirm that the query was cancelled");
            std::process::exit(128 + signal);
        });
    }
}
