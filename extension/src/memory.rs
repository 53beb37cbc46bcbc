//! A failed allocation ends the statement or the session, and never the server.
//!
//! Rust aborts a process whose allocation fails. A backend that aborts makes the postmaster end all others and recover. So:
//! what grows large asks first and fails with 53200 ([`ask_for`]); any other failed allocation ends the session as PostgreSQL's
//! own last resort does, FATAL 53200: the transaction is rolled back, locks are freed, other sessions go on.
//! The limit: where the server itself takes the very last bytes, pgrx has none to carry its error, and panics.

use pgrx::pg_sys;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{PgLogLevel, PgSqlErrorCode};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{c_char, c_int};
use std::sync::atomic::{AtomicPtr, Ordering};

/// The system's allocator. A failed allocation ends the session.
struct LastResort;

/// Memory that is freed to have room for the last message.
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

// SAFETY: all memory is the system allocator's. Where there is none, the process ends and nothing returns.
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

/// Larger allocations are rare: something grows.
const LARGE: usize = 64 << 10;
/// What a large one must leave: pgrx needs memory to report an error of the server's, and panics where it has none.
const LEFT: usize = 2 << 20;

/// Whether nothing would be left beside an allocation of this size.
#[inline]
fn takes_the_last(size: usize) -> bool {
    size >= LARGE && !can_have(size.saturating_add(LEFT))
}

/// Fails with 53200 where so many bytes cannot be allocated, or too little would be left beside them. The statement ends, its memory
/// is freed, the session goes on. The allocator must not call this: it may not unwind.
pub fn ask_for(bytes: usize) {
    if bytes >= LARGE && !can_have(bytes.saturating_add(2 * LEFT)) {
        ErrorReport::new(PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY, "out of memory", "promo_guard")
            .set_detail(format!("promo_guard needs {bytes} more bytes."))
            .set_hint("Use a shorter lookback or a smaller policy cluster_max_attempts.")
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

/// Allocates the reserve. Called once a process, when the library is loaded.
pub fn keep_reserve() {
    // SAFETY: the layout has a size. Null means that there is no reserve.
    let reserve = unsafe { System.alloc(RESERVED) };
    let before = RESERVE.swap(reserve, Ordering::Relaxed);
    release(before);
}

fn release(reserve: *mut u8) {
    if !reserve.is_null() {
        // SAFETY: it came from `keep_reserve`, and the swap left it to this caller alone.
        unsafe { System.dealloc(reserve, RESERVED) }
    }
}

/// Ends the session. FATAL leaves through the server's exit and unwinds nothing.
#[cold]
#[inline(never)]
fn end(size: usize) -> ! {
    release(RESERVE.swap(std::ptr::null_mut(), Ordering::Relaxed));
    // SAFETY: as the macro ereport does it.
    unsafe {
        if errstart(pg_sys::FATAL as c_int, std::ptr::null()) {
            errcode(pg_sys::errcodes::PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY as c_int);
            errmsg_internal(c"out of memory".as_ptr());
            errdetail_internal(c"promo_guard needs %zu more bytes. Use a shorter lookback or a smaller policy cluster_max_attempts.".as_ptr(), size);
            errfinish(c"memory.rs".as_ptr(), line!() as c_int, c"end".as_ptr());
        }
    }
    std::process::abort()
}
