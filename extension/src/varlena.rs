//! The bytes of values that PostgreSQL stores with their length.

use pgrx::pg_sys;

/// The bytes of a text or bytea where they lie in the row as they are, and PostgreSQL is not needed to get at them.
///
/// # Safety
/// As for [`bytes`].
#[inline]
pub unsafe fn bytes_in_place<'a>(datum: pg_sys::Datum) -> Option<&'a [u8]> {
    // SAFETY: as promised by the caller.
    unsafe {
        let value = datum.cast_mut_ptr::<pg_sys::varlena>();
        let short = pgrx::varatt_is_1b(value) && !pgrx::varatt_is_1b_e(value);
        (short || pgrx::varatt_is_4b_u(value)).then(|| pgrx::varlena_to_byte_slice(value))
    }
}

/// The bytes of a text or bytea.
///
/// # Safety
/// `datum` is a varlena, not null, that lives as long as the answer is used.
pub unsafe fn bytes<'a>(datum: pg_sys::Datum) -> &'a [u8] {
    // SAFETY: a varlena says of itself how it is stored; one that is compressed or elsewhere is copied to this call's memory.
    unsafe {
        bytes_in_place(datum).unwrap_or_else(|| {
            let value = datum.cast_mut_ptr::<pg_sys::varlena>();
            pgrx::varlena_to_byte_slice(pg_sys::pg_detoast_datum_packed(value))
        })
    }
}
