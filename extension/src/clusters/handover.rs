//! How a finished tally gets from the aggregate to the function that asked for it: within the process, and not as a value. Of
//! ten million attempts a value would be 90 MB, copied three times on its way through the executor.
//!
//! Likewise a part that never leaves the leader of a parallel statement: it too adds rows, and what it has would be written as bytes and
//! read again although it goes nowhere. A ticket goes in its stead.

use promo_guard_core::clusters::Tally;
use std::cell::{Cell, RefCell};

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

/// What is kept for a ticket, as long as this lives.
pub struct Deposit(u64);

thread_local! {
    static DEPOSITS: RefCell<Vec<(u64, Tally)>> = const { RefCell::new(Vec::new()) };
    static LAST: Cell<u64> = const { Cell::new(0) };
}

/// A number by which a tally is found again, once, within the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(u64);

impl Ticket {
    /// Bytes of a ticket on its way: fewer than any tally has.
    pub const BYTES: usize = 16;
    const MAGIC: u64 = 0x7465_6b63_6974_7470; // "ptticket"

    /// Its bytes.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        (u128::from(self.0) << 64 | u128::from(Self::MAGIC)).to_le_bytes()
    }

    /// The ticket that these bytes are, if they are one.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let all = u128::from_le_bytes(bytes.try_into().ok()?);
        (all as u64 == Self::MAGIC).then_some(Self((all >> 64) as u64))
    }

    /// The tally, unless it was taken before or its deposit is gone.
    pub fn take(self) -> Option<Tally> {
        DEPOSITS.with_borrow_mut(|kept| {
            let at = kept.iter().position(|(number, _)| *number == self.0)?;
            Some(kept.swap_remove(at).1)
        })
    }
}

/// Keeps a tally until it is fetched or the deposit ends.
pub fn deposit(tally: Tally) -> (Deposit, Ticket) {
    let number = LAST.get() + 1;
    LAST.set(number);
    DEPOSITS.with_borrow_mut(|kept| kept.push((number, tally)));
    (Deposit(number), Ticket(number))
}

impl Drop for Deposit {
    // With the statement, also on an error: whoever had the ticket never came.
    fn drop(&mut self) {
        drop(Ticket(self.0).take());
    }
}
