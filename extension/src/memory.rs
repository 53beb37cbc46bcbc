//! A failed allocation ends the statement or the session, and never the server.
//!
//! Rust aborts a process whose allocation fails. A backend that aborts makes the postmaster end all others and recover. So:
//! what grows large asks first and fails with 53200 ([`ask_for`]); any other failed allocation ends the session as PostgreSQL's
//! own last resort does, FATAL 53200: the transaction is rolled back, locks are freed, other sessions go on.
//! Where the server itself takes the last bytes, its error frees a reserve ([`reserved`]): pgrx copies an error to carry it
//! through Rust, and where it cannot, it tries until the server's stack of errors is full, which is a PANIC.

use pgrx::pg_sys;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{PgLogLevel, PgSqlErrorCode};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{c_char, c_int};
use std::sync::atomic::{AtomicPtr, Ordering};

/// The system's allocator. A failed allocation ends the session.
struct LastResort;

/// Memory that is freed to have room for the message of an error.
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
    // pgrx's guard around it would be one more place for an error to start from.
    fn geterrcode() -> c_int;
    fn errfinish(file: *const c_char, line: c_int, function: *const c_char);
}

#[global_allocator]
static ALLOCATOR: LastResort = LastResort;

// SAFETY: all memory is the system allocator's. Where there is none, the process ends and nothing returns.
unsafe impl GlobalAlloc for LastResort {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is handed on.
        let given = unsafe { System.alloc(layout) };
        if given.is_null() { end(layout.size()) } else { given }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is handed on.
        let given = unsafe { System.alloc_zeroed(layout) };
        if given.is_null() { end(layout.size()) } else { given }
    }

    #[inline]
    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
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
/// What one must leave, for what does not ask.
const LEFT: usize = 4 << 20;

/// Fails with 53200 where so many bytes cannot be allocated, or too little would be left beside them. The statement ends, its memory
/// is freed, the session goes on. The allocator must not call this: it may not unwind.
pub fn ask_for(bytes: usize) {
    if bytes >= LARGE && !can_have(bytes.saturating_add(LEFT)) {
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

/// Allocates the reserve, where there is none. Called when the library is loaded, and before each statement.
pub fn keep_reserve() {
    if RESERVE.load(Ordering::Relaxed).is_null() {
        // SAFETY: the layout has a size. Null means that there is no reserve.
        RESERVE.store(unsafe { System.alloc(RESERVED) }, Ordering::Relaxed);
    }
}

fn release_reserve() {
    let reserve = RESERVE.swap(std::ptr::null_mut(), Ordering::Relaxed);
    if !reserve.is_null() {
        // SAFETY: it came from `keep_reserve`, and the swap left it to this caller alone.
        unsafe { System.dealloc(reserve, RESERVED) }
    }
}

/// Takes a callback off the server's list, also where a panic leaves the function.
struct Listed(*mut pg_sys::ErrorContextCallback);

impl Drop for Listed {
    fn drop(&mut self) {
        // SAFETY: what `reserved` found in the list.
        unsafe { pg_sys::error_context_stack = self.0 }
    }
}

/// Runs a statement of the server's. Where that is out of memory, the reserve is freed before the error leaves it.
pub fn reserved<T>(statement: impl FnOnce() -> T) -> T {
    keep_reserve();
    // SAFETY: the callback lives as long as this function, and `Listed` takes it off the list before.
    unsafe {
        let previous = pg_sys::error_context_stack;
        let mut callback =
            pg_sys::ErrorContextCallback { previous, callback: Some(in_an_error), arg: std::ptr::null_mut() };
        let _listed = Listed(previous);
        pg_sys::error_context_stack = &raw mut callback;
        statement()
    }
}

/// Called by the server while it puts an error together. It adds nothing to it.
unsafe extern "C-unwind" fn in_an_error(_: *mut std::ffi::c_void) {
    // SAFETY: the server calls this within an error.
    if unsafe { geterrcode() } == pg_sys::errcodes::PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY as c_int {
        release_reserve();
    }
}

/// Ends the session. FATAL leaves through the server's exit and unwinds nothing.
#[cold]
#[inline(never)]
fn end(size: usize) -> ! {
    release_reserve();
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
