//! The bytes of values that PostgreSQL stores with their length.

use pgrx::pg_sys;

/// The bytes of a text or bytea: where they lie, or where PostgreSQL puts those that are compressed or stored elsewhere.
///
/// # Safety
/// `datum` is a varlena, not null, that lives as long as the answer is used.
pub unsafe fn bytes<'a>(datum: pg_sys::Datum) -> &'a [u8] {
    // SAFETY: as promised by the caller.
    unsafe { pgrx::varlena_to_byte_slice(pg_sys::pg_detoast_datum_packed(datum.cast_mut_ptr())) }
}
