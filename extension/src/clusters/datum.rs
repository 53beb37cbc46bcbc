//! Reading hashes and words off their datums, whatever type the application gave them, with nothing copied in the usual case.

use crate::varlena::bytes;
use pgrx::pg_sys;
use promo_guard_core::attempt::Outcome;
use promo_guard_core::clusters::Stored;
use std::ffi::CStr;

/// How a column of hashes is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashType {
    /// text, varchar.
    Text,
    /// char(n), padded with blanks.
    Padded,
    /// bytea.
    Bytes,
    /// Anything else, by its output function.
    Shown(pg_sys::Oid),
}

impl HashType {
    /// Of a type, or of the one beneath a domain.
    pub fn of(oid: pg_sys::Oid) -> Self {
        // SAFETY: looks a type up; of one that does not exist it gives the oid back.
        match unsafe { pg_sys::getBaseType(oid) } {
            pg_sys::TEXTOID | pg_sys::VARCHAROID => Self::Text,
            pg_sys::BPCHAROID => Self::Padded,
            pg_sys::BYTEAOID => Self::Bytes,
            other => {
                let (mut function, mut varlena) = (pg_sys::InvalidOid, false);
                // SAFETY: both are places for one value each.
                unsafe { pg_sys::getTypeOutputInfo(other, &raw mut function, &raw mut varlena) };
                Self::Shown(function)
            }
        }
    }

    /// A hash of this type.
    ///
    /// # Safety
    /// `datum` is a value of this type, not null, that lives as long as the answer is used.
    pub unsafe fn read<'a>(self, datum: pg_sys::Datum) -> Stored<'a> {
        // SAFETY: as promised by the caller.
        unsafe {
            match self {
                Self::Shown(function) => {
                    Stored::Text(CStr::from_ptr(pg_sys::OidOutputFunctionCall(function, datum)).to_bytes())
                }
                _ => self.stored(bytes(datum)),
            }
        }
    }

    /// What these bytes of a column are.
    fn stored(self, bytes: &[u8]) -> Stored<'_> {
        match self {
            Self::Bytes => Stored::Bytes(bytes),
            Self::Padded => Stored::Text(unpadded(bytes)),
            Self::Text | Self::Shown(_) => Stored::Text(bytes),
        }
    }
}

/// An outcome from text.
///
/// # Safety
/// `datum` is a text, not null.
pub unsafe fn outcome(datum: pg_sys::Datum) -> Outcome {
    // SAFETY: as promised by the caller.
    Outcome::read(unsafe { bytes(datum) })
}

fn unpadded(text: &[u8]) -> &[u8] {
    let blanks = text.iter().rev().take_while(|byte| **byte == b' ').count();
    &text[..text.len() - blanks]
}
