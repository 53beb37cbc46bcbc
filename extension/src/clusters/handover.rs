//! How a finished tally gets from the aggregate to the function that asked for it: within the process, and not as a value. Of
//! ten million attempts a value would be 90 MB, copied three times on its way through the executor.

use promo_guard_core::clusters::Tally;
use std::cell::RefCell;

enum Shelf {
    /// Nobody waits.
    Closed,
    /// Somebody waits.
    Open,
    /// It is there.
    Full(Box<Tally>),
}

thread_local! {
    static SHELF: RefCell<Shelf> = const { RefCell::new(Shelf::Closed) };
}

/// As long as this lives, the next finished tally is put aside for it.
pub struct Waiting(());

impl Waiting {
    /// Waits.
    pub fn begin() -> Self {
        SHELF.replace(Shelf::Open);
        Self(())
    }

    /// The tally, if one was put aside.
    pub fn take(self) -> Option<Tally> {
        match SHELF.replace(Shelf::Closed) {
            Shelf::Full(tally) => Some(*tally),
            Shelf::Open | Shelf::Closed => None,
        }
    }
}

impl Drop for Waiting {
    // Also on an error: whatever was put aside goes with the statement.
    fn drop(&mut self) {
        SHELF.replace(Shelf::Closed);
    }
}

/// Puts a tally aside where somebody waits for it; else gives it back.
pub fn put(tally: Tally) -> Option<Tally> {
    SHELF.with_borrow_mut(|shelf| match shelf {
        Shelf::Open => {
            *shelf = Shelf::Full(Box::new(tally));
            None
        }
        Shelf::Closed | Shelf::Full(_) => Some(tally),
    })
}
