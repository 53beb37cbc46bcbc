//! Settings that a function changes while it runs.

use pgrx::pg_sys;

/// How long a changing function waits for a lock.
const LOCK_TIMEOUT: &std::ffi::CStr = c"3s";

/// Settings that hold for as long as this lives, as a function's own SET clause would.
pub struct Settings(i32);

impl Settings {
    /// What the other functions have in their SET clauses, and a lock_timeout.
    pub fn safe() -> Self {
        let settings = Self::lock_timeout();
        set(c"search_path", c"pg_catalog, pg_temp");
        set(c"TimeZone", c"UTC");
        set(c"DateStyle", c"ISO, MDY");
        set(c"IntervalStyle", c"postgres");
        set(c"extra_float_digits", c"1");
        set(c"quote_all_identifiers", c"off");
        settings
    }

    /// A lock_timeout alone.
    pub fn lock_timeout() -> Self {
        Self::one(c"lock_timeout", LOCK_TIMEOUT)
    }

    /// A search_path alone.
    pub fn search_path(path: &std::ffi::CStr) -> Self {
        Self::one(c"search_path", path)
    }

    fn one(name: &std::ffi::CStr, value: &std::ffi::CStr) -> Self {
        // SAFETY: opens a nest level that Drop closes; an error closes it with the (sub)transaction.
        let level = unsafe { pg_sys::NewGUCNestLevel() };
        set(name, value);
        Self(level)
    }
}

fn set(name: &std::ffi::CStr, value: &std::ffi::CStr) {
    // SAFETY: both are C strings, of settings that any role may set; the value is kept in the open nest level.
    unsafe {
        pg_sys::set_config_option(
            name.as_ptr(),
            value.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_SAVE,
            true,
            0,
            false,
        );
    }
}

impl Drop for Settings {
    fn drop(&mut self) {
        // While an error is on its way out, the abort of the (sub)transaction restores the settings itself.
        if !std::thread::panicking() {
            // SAFETY: closes the nest level that was opened here.
            unsafe { pg_sys::AtEOXact_GUC(true, self.0) }
        }
    }
}
