//! JSON that a caller gives. pgrx's own type panics on JSON that PostgreSQL holds and serde_json does not read: nested deeper
//! than 128, or with a number beyond a double. From a caller that is bad input, and no bug of ours.

use crate::failure::{Answer, report};
use pgrx::callconv::{Arg, ArgAbi};
use pgrx::nullable::Nullable;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use pgrx::{FromDatum, pg_sys};
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
