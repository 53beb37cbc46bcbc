//! Memory that is not to be had ends the statement, or the session, and never the server.
//!
//! What grows large asks first, and where there is no room the statement fails with 53200 ([`ask_for`]). For all else:
//!
//! Rust aborts a process that gets no memory, and a backend that aborts takes all others with it: the server starts anew. Here it
//! ends as PostgreSQL's own last resort does, FATAL with 53200: what was not committed is taken back, locks are freed, nobody
//! else notices. A [helper](crate::threads) has the server's thread do it.

use pgrx::pg_sys;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{PgLogLevel, PgSqlErrorCode};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{CStr, c_char, c_int};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::time::Duration;

/// The system's allocator, but for what happens where it has nothing left.
struct LastResort;

/// Kept back, and given up so that the end has room to be told.
static RESERVE: AtomicPtr<u8> = AtomicPtr::new(std::ptr::null_mut());
const RESERVED: Layout = match Layout::from_size_align(1 << 20, 16) {
    Ok(layout) => layout,
    Err(_) => Layout::new::<u8>(),
};

unsafe extern "C-unwind" {
    // pgrx's own report of an error allocates, and its FATAL unwinds.
    fn errstart(level: c_int, domain: *const c_char) -> bool;
    fn errcode(code: c_int) -> c_int;
    fn errmsg_internal(format: *const c_char, ...) -> c_int;
    fn errdetail_internal(format: *const c_char, ...) -> c_int;
    fn errfinish(file: *const c_char, line: c_int, function: *const c_char);
}

#[global_allocator]
static ALLOCATOR: LastResort = LastResort;

// SAFETY: all memory is the system allocator's; where there is none, the process ends and nothing returns.
unsafe impl GlobalAlloc for LastResort {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if takes_the_last(layout.size()) {
            end(layout.size())
        }
        // SAFETY: the caller's promise is handed on.
        let given = unsafe { System.alloc(layout) };
        if given.is_null() { end(layout.size()) } else { given }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if takes_the_last(layout.size()) {
            end(layout.size())
        }
        // SAFETY: the caller's promise is handed on.
        let given = unsafe { System.alloc_zeroed(layout) };
        if given.is_null() { end(layout.size()) } else { given }
    }

    #[inline]
    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Before, not after: what is dropped on the way out must find the old place.
        if takes_the_last(size) {
            end(size)
        }
        // SAFETY: the caller's promise is handed on.
        let given = unsafe { System.realloc(old, layout, size) };
        if given.is_null() { end(size) } else { given }
    }

    #[inline]
    unsafe fn dealloc(&self, given: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is handed on.
        unsafe { System.dealloc(given, layout) }
    }
}

/// From this size on an allocation is a rare thing and a part of something that grows.
const LARGE: usize = 64 << 10;
/// What such a one must leave: pgrx needs memory for an error of the server's own, and the server panics where it has none.
const LEFT: usize = 2 << 20;

/// Whether nothing would be left beside an allocation of this size.
#[inline]
fn takes_the_last(size: usize) -> bool {
    size >= LARGE && !can_have(size.saturating_add(LEFT))
}

/// Fails with 53200 where so many bytes are not to be had, or nothing much would be left beside them: the statement ends, what it had
/// comes back, the session goes on. Not to be called by the allocator, which may not unwind.
pub fn ask_for(bytes: usize) {
    if bytes >= LARGE && !can_have(bytes.saturating_add(2 * LEFT)) {
        ErrorReport::new(PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY, "out of memory", "promo_guard")
            .set_detail(format!("promo_guard wanted {bytes} bytes more."))
            .set_hint("A shorter lookback, or a smaller policy cluster_max_attempts, needs less.")
            .report(PgLogLevel::ERROR);
    }
}

#[cold]
#[inline(never)]
fn can_have(size: usize) -> bool {
    let Ok(layout) = Layout::from_size_align(size, 16) else { return false };
    // SAFETY: the layout has a size, and what is given is given back. The call must not be optimised away.
    unsafe {
        let probe = std::hint::black_box(System.alloc(layout));
        if !probe.is_null() {
            System.dealloc(probe, layout);
        }
        !probe.is_null()
    }
}

/// The server's own thread, which loads the library.
static SERVERS: OnceLock<libc::pthread_t> = OnceLock::new();

fn this_thread() -> libc::pthread_t {
    // SAFETY: it asks for nothing.
    unsafe { libc::pthread_self() }
}

/// What a helper wanted and did not get.
static WANTED: AtomicUsize = AtomicUsize::new(0);

/// Ends the session where a helper wanted memory that is not to be had. Only the server's thread may, and it does at its next pulse.
pub fn heed_helpers() {
    match WANTED.load(Ordering::Relaxed) {
        0 => (),
        size => end_because(c"A helper of promo_guard's asked for %zu bytes. A shorter lookback, or a smaller cluster_max_attempts, needs less.", size),
    }
}

/// Waits for the end of the session, as a helper that cannot go on.
fn leave_it_to_the_server(size: usize) -> ! {
    WANTED.store(size.max(1), Ordering::Relaxed);
    // It may have given up itself, and wait for this helper: then there is no other way out.
    std::thread::sleep(PATIENCE);
    std::process::abort()
}

/// Far longer than from one pulse to the next.
const PATIENCE: Duration = Duration::from_secs(60);

/// Keeps the reserve back, once a process: when the library is loaded.
pub fn keep_reserve() {
    SERVERS.get_or_init(this_thread);
    // SAFETY: the layout has a size. Null is fine: then there is no reserve.
    let reserve = unsafe { System.alloc(RESERVED) };
    let before = RESERVE.swap(reserve, Ordering::Relaxed);
    release(before);
}

fn release(reserve: *mut u8) {
    if !reserve.is_null() {
        // SAFETY: it came from `keep_reserve`, and whoever swapped it out has it alone.
        unsafe { System.dealloc(reserve, RESERVED) }
    }
}

/// Ends the session. FATAL leaves through the server's exit and jumps nowhere, so no frame of ours is passed over or seen again.
#[cold]
#[inline(never)]
fn end(size: usize) -> ! {
    if SERVERS.get().is_some_and(|servers| *servers != this_thread()) {
        leave_it_to_the_server(size);
    }
    end_because(c"promo_guard asked for %zu bytes. A shorter lookback, or a smaller cluster_max_attempts, needs less.", size)
}

/// The same by the server's thread; `why` has a place for the size.
fn end_because(why: &CStr, size: usize) -> ! {
    release(RESERVE.swap(std::ptr::null_mut(), Ordering::Relaxed));
    // SAFETY: as `ereport` does it, in the server's own thread.
    unsafe {
        if errstart(pg_sys::FATAL as c_int, std::ptr::null()) {
            errcode(pg_sys::errcodes::PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY as c_int);
            errmsg_internal(c"out of memory".as_ptr());
            errdetail_internal(why.as_ptr(), size);
            errfinish(c"memory.rs".as_ptr(), line!() as c_int, c"end".as_ptr());
        }
    }
    std::process::abort()
}
