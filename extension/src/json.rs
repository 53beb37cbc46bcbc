//! JSON that a caller gives. pgrx's own type panics on JSON that PostgreSQL holds and serde_json does not read: nested deeper
//! than 128, or with a number beyond a double. From a caller that is bad input, and no bug of ours.

use crate::failure::{Answer, report};
use pgrx::callconv::{Arg, ArgAbi, BoxRet, FcInfo};
use pgrx::datum::Datum;
use pgrx::nullable::Nullable;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use pgrx::{FromDatum, IntoDatum, JsonB, pg_sys};
use promo_guard_core::jsonb;
use promo_guard_core::{Refusal, SqlState};
use serde_json::Value;

/// A jsonb argument, read or not.
pub struct Json(Result<Value, String>);

impl Json {
    /// Its value.
    ///
    /// # Errors
    /// 22023, naming the argument, where it cannot be read.
    pub fn value(self, argument: &str) -> Answer<Value> {
        self.0.map_err(|why| {
            report(
                Refusal::new(
                    SqlState::InvalidParameterValue,
                    format!("{argument} is no JSON that can be meant"),
                )
                .detail(format!("It cannot be read: {why}."))
                .hint("Give one object, nested as its comment says, with numbers in a usual range."),
            )
        })
    }
}

impl FromDatum for Json {
    unsafe fn from_polymorphic_datum(datum: pg_sys::Datum, is_null: bool, _: pg_sys::Oid) -> Option<Json> {
        if is_null {
            return None;
        }
        // SAFETY: the caller says that it is a jsonb; jsonb_out detoasts it and gives a string of its own.
        let text =
            unsafe { pgrx::direct_function_call::<&std::ffi::CStr>(pg_sys::jsonb_out, &[Some(datum)]) }?;
        Some(Json(serde_json::from_slice(text.to_bytes()).map_err(|error| error.to_string())))
    }
}

// SAFETY: as pgrx does it for its own type: the argument is unboxed as what FromDatum makes of it.
unsafe impl<'fcx> ArgAbi<'fcx> for Json {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        // SAFETY: the argument is declared as jsonb.
        let given = unsafe { arg.unbox_arg_using_from_datum() };
        given.unwrap_or_else(|| Json(Err("it is null".to_owned())))
    }

    unsafe fn unbox_nullable_arg(arg: Arg<'_, 'fcx>) -> Nullable<Self> {
        // SAFETY: the argument is declared as jsonb.
        unsafe { arg.unbox_arg_using_from_datum().into() }
    }
}

// SAFETY: it is jsonb in SQL, as the declarations written by hand say.
unsafe impl SqlTranslatable for Json {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(Json);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Ok(SqlMappingRef::literal("jsonb"));
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> = Ok(ReturnsRef::One(SqlMappingRef::literal("jsonb")));
}

/// A jsonb that is given back, written as it is stored: a page has thousands, and PostgreSQL would have to read each from text.
pub struct Stored(pub jsonb::Json);

impl IntoDatum for Stored {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        const HEADER: usize = 4;
        let Some(bytes) = self.0.bytes() else { return JsonB(Value::from(&self.0)).into_datum() };
        let length = bytes.len() + HEADER;
        // SAFETY: so many bytes are asked for, and all of them are written; they are what a jsonb's are.
        unsafe {
            let value = pg_sys::palloc(length).cast::<pg_sys::varlena>();
            pgrx::set_varsize_4b(value, length as i32);
            value.cast::<u8>().add(HEADER).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            Some(pg_sys::Datum::from(value))
        }
    }

    fn type_oid() -> pg_sys::Oid {
        pg_sys::JSONBOID
    }
}

// SAFETY: as pgrx does it for its own type.
unsafe impl BoxRet for Stored {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> Datum<'fcx> {
        match self.into_datum() {
            // SAFETY: the function is declared as giving a jsonb.
            Some(datum) => unsafe { fcinfo.return_raw_datum(datum) },
            None => fcinfo.return_null(),
        }
    }
}

// SAFETY: as above.
unsafe impl SqlTranslatable for Stored {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(Stored);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Ok(SqlMappingRef::literal("jsonb"));
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> = Ok(ReturnsRef::One(SqlMappingRef::literal("jsonb")));
}
