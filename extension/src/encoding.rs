//! All text here is UTF-8, as all of Rust's is. In a database of another encoding names and reasons would have to be converted
//! on the way in and out, and some cannot be, so that promo_guard refuses to work there at all.

use crate::failure::{Answer, report};
use pgrx::pg_sys;
use promo_guard_core::{Refusal, SqlState};

/// # Errors
/// 0A000 in a database whose encoding is not UTF8. The install script says the same, in the same words.
pub fn must_be_utf8() -> Answer<()> {
    // SAFETY: reads one number of this process, set before a session's first statement.
    let encoding = unsafe { pg_sys::GetDatabaseEncoding() };
    if encoding == pg_sys::pg_enc::PG_UTF8 as i32 {
        return Ok(());
    }
    // SAFETY: gives the name of the database's own encoding, a constant.
    let name = unsafe { std::ffi::CStr::from_ptr(pg_sys::GetDatabaseEncodingName()) }.to_string_lossy();
    Err(report(
        Refusal::new(SqlState::FeatureNotSupported, "promo_guard needs a database with encoding UTF8")
            .detail(format!(
                "The encoding of this database is {name}. promo_guard handles all names and reasons as UTF-8."
            ))
            .hint(
                "Create a database with ENCODING 'UTF8' TEMPLATE template0, and move the data with pg_dump and pg_restore. Clients may use any encoding.",
            ),
    ))
}

/// The same when the library is loaded, before the server reads a function's arguments. A server or session that loads it at its
/// start has no snapshot then and must go on; [`must_be_utf8`] is called again with each of the extension's statements.
///
/// # Errors
/// As [`must_be_utf8`].
pub fn must_be_utf8_in_a_statement() -> Answer<()> {
    // SAFETY: reads this process's state.
    if unsafe { pg_sys::ActiveSnapshotSet() } { must_be_utf8() } else { Ok(()) }
}
