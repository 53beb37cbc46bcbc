//! What the statements of one snapshot need not find out twice: how the application is bound, and as whom it is read. The page that
//! somebody opens in an incident is five functions, and each of them would ask the catalogs the same.

use crate::failure::Answer;
use pgrx::pg_sys;
use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

/// Definitions of relations that changed, as far as this process was told.
static CHANGES: AtomicU64 = AtomicU64::new(0);

/// What was found out at a moment, each under a name.
type Found = (Moment, HashMap<String, Box<dyn Any>>);

thread_local! {
    static FOUND: RefCell<Option<Found>> = const { RefCell::new(None) };
}

/// All that an answer of the catalogs depends on: what is visible, which definitions this process knows, and who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    snapshot: Snapshot,
    changes: u64,
    role: pg_sys::Oid,
}

impl Moment {
    /// Now; none where two moments could look alike and see different rows.
    pub fn now() -> Option<Self> {
        listen();
        Some(Self {
            snapshot: Snapshot::now()?,
            changes: CHANGES.load(Ordering::Relaxed),
            // SAFETY: only tells which role is set.
            role: unsafe { pg_sys::GetOuterUserId() },
        })
    }
}

/// What `find` finds, which is asked once a moment. Of the catalogs and our own tables alone: what the application's rows say may
/// depend on more.
///
/// # Errors
/// Those of `find`, which are not kept.
pub fn once<T: Clone + 'static>(name: &str, find: impl FnOnce() -> Answer<T>) -> Answer<T> {
    let Some(moment) = Moment::now() else { return find() };
    let known = FOUND.with_borrow(|found| {
        let (of, found) = found.as_ref()?;
        found.get(name).filter(|_| *of == moment)?.downcast_ref::<T>().cloned()
    });
    if let Some(known) = known {
        return Ok(known);
    }
    let answer = find()?;
    // Finding it may have brought news of a changed definition.
    if Moment::now().as_ref() == Some(&moment) {
        FOUND.with_borrow_mut(|found| {
            let of_moment = found.take().filter(|(of, _)| *of == moment);
            let (_, known) = found.insert(of_moment.unwrap_or_else(|| (moment, HashMap::new())));
            known.insert(name.to_owned(), Box::new(answer.clone()));
        });
    }
    Ok(answer)
}

/// What decides which rows a snapshot sees.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Snapshot {
    bounds: (pg_sys::TransactionId, pg_sys::TransactionId),
    running: Vec<pg_sys::TransactionId>,
    running_below: Vec<pg_sys::TransactionId>,
    command: pg_sys::CommandId,
    on_standby: bool,
}

impl Snapshot {
    /// The one that statements read by now; none where two of them could be equal and see different rows.
    fn now() -> Option<Self> {
        // SAFETY: the active snapshot lives as long as the statement; its arrays are as long as it says.
        unsafe {
            if pg_sys::GetTopTransactionIdIfAny() != pg_sys::InvalidTransactionId
                || !pg_sys::ActiveSnapshotSet()
            {
                return None;
            }
            let snapshot = pg_sys::GetActiveSnapshot().as_ref()?;
            if snapshot.snapshot_type != pg_sys::SnapshotType::SNAPSHOT_MVCC || snapshot.suboverflowed {
                return None;
            }
            let list = |start: *const pg_sys::TransactionId, n: usize| {
                if n == 0 { Vec::new() } else { std::slice::from_raw_parts(start, n).to_vec() }
            };
            Some(Self {
                bounds: (snapshot.xmin, snapshot.xmax),
                running: list(snapshot.xip, snapshot.xcnt as usize),
                running_below: list(snapshot.subxip, usize::try_from(snapshot.subxcnt).ok()?),
                command: snapshot.curcid,
                on_standby: snapshot.takenDuringRecovery,
            })
        }
    }
}

/// Counts every relation whose definition changes from now on.
fn listen() {
    static LISTENING: Once = Once::new();
    // SAFETY: registers once a process a function that only adds to a number.
    LISTENING.call_once(|| unsafe {
        pg_sys::CacheRegisterRelcacheCallback(Some(changed), pg_sys::Datum::from(0));
    });
}

#[pgrx::pg_guard]
extern "C-unwind" fn changed(_argument: pg_sys::Datum, _relation: pg_sys::Oid) {
    CHANGES.fetch_add(1, Ordering::Relaxed);
}
