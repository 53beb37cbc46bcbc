//! An answer of many rows, given as a whole. Given one by one, PostgreSQL would come back for each, and set and reset the settings
//! that the function is declared with every time.

use crate::failure::report;
use pgrx::callconv::{BoxRet, FcInfo};
use pgrx::datum::Datum;
use pgrx::htup::IntoHeapTuple;
use pgrx::pgrx_sql_entity_graph::metadata::{
    ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable, TypeOrigin,
};
use pgrx::{IntoDatum, PgLogLevel, PgMemoryContexts, pg_sys};
use promo_guard_core::{Refusal, SqlState};

/// The rows that a function of `RETURNS TABLE` gives.
pub struct Table<Row>(pub Vec<Row>);

impl<Row: IntoHeapTuple> Table<Row> {
    /// Puts the rows where the caller looks for them.
    ///
    /// # Safety
    /// `fcinfo` is that of the call that is going on, of a function that is declared with these columns.
    unsafe fn put(self, fcinfo: pg_sys::FunctionCallInfo) -> Option<()> {
        // SAFETY: as promised by the caller; what is made here lives as long as the caller's query, as PostgreSQL has it made.
        unsafe {
            let info = (*fcinfo).resultinfo.cast::<pg_sys::ReturnSetInfo>().as_mut()?;
            let allowed = info.allowedModes as u32;
            let whole = pg_sys::SetFunctionReturnMode::SFRM_Materialize;
            if info.type_ != pg_sys::NodeTag::T_ReturnSetInfo || allowed & whole == 0 {
                return None;
            }
            let random = allowed & pg_sys::SetFunctionReturnMode::SFRM_Materialize_Random != 0;
            let query = PgMemoryContexts::For((*info.econtext).ecxt_per_query_memory);
            let mut columns = std::ptr::null_mut();
            let (store, kind) = query_memory(query, || {
                let kind = pg_sys::get_call_result_type(fcinfo, std::ptr::null_mut(), &raw mut columns);
                (pg_sys::tuplestore_begin_heap(random, false, pg_sys::work_mem), kind)
            });
            if kind != pg_sys::TypeFuncClass::TYPEFUNC_COMPOSITE {
                return None;
            }
            info.returnMode = whole;
            info.setResult = store;
            info.setDesc = columns;
            let mut room = PgMemoryContexts::new("promo_guard row");
            for row in self.0 {
                pgrx::check_for_interrupts!();
                room.switch_to(|_| pg_sys::tuplestore_puttuple(store, row.into_heap_tuple(columns)));
                room.reset();
            }
        }
        Some(())
    }
}

/// Runs something in a memory context.
unsafe fn query_memory<T>(mut context: PgMemoryContexts, make: impl FnOnce() -> T) -> T {
    // SAFETY: the caller gives a context that lives.
    unsafe { context.switch_to(|_| make()) }
}

// SAFETY: what is returned is what a function that gives a whole set returns: nothing.
unsafe impl<Row: IntoHeapTuple> BoxRet for Table<Row> {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> Datum<'fcx> {
        // SAFETY: it is the call that is going on; the declaration is the install script's.
        if unsafe { self.put(fcinfo.as_mut_ptr()) }.is_none() {
            let message = "the rows cannot be given where this was called";
            let refusal = Refusal::new(SqlState::ObjectNotInPrerequisiteState, message);
            report(refusal.hint("SELECT * FROM the function.")).report(PgLogLevel::ERROR);
        }
        fcinfo.return_null()
    }
}

// SAFETY: it is declared by hand, as RETURNS TABLE.
unsafe impl<Row> SqlTranslatable for Table<Row> {
    const TYPE_IDENT: &'static str = "promo_guard::table::Table";
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Err(ArgumentError::Table);
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> =
        Ok(ReturnsRef::One(SqlMappingRef::literal("record")));
}

/// A `text[]`, written as it is stored.
pub struct Texts(pub Vec<String>);

impl IntoDatum for Texts {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        const NUMBER: usize = 4;
        let padded = |text: &String| (NUMBER + text.len()).next_multiple_of(NUMBER);
        // Length, dimensions, no nulls, the elements' type; of one dimension its length and where it begins.
        let header = NUMBER * if self.0.is_empty() { 4 } else { 6 };
        let length = header + self.0.iter().map(padded).sum::<usize>();
        // SAFETY: so many bytes are asked for, filled with zeros, and written to in order.
        unsafe {
            let value = pg_sys::palloc0(length).cast::<u8>();
            pgrx::set_varsize_4b(value.cast(), length as i32);
            let numbers = value.cast::<u32>();
            numbers.add(1).write(u32::from(!self.0.is_empty()));
            numbers.add(3).write(pg_sys::TEXTOID.to_u32());
            if !self.0.is_empty() {
                numbers.add(4).write(self.0.len() as u32);
                numbers.add(5).write(1);
            }
            let mut at = value.add(header);
            for text in &self.0 {
                pgrx::set_varsize_4b(at.cast(), (NUMBER + text.len()) as i32);
                at.add(NUMBER).copy_from_nonoverlapping(text.as_ptr(), text.len());
                at = at.add(padded(text));
            }
            Some(pg_sys::Datum::from(value))
        }
    }

    fn type_oid() -> pg_sys::Oid {
        pg_sys::TEXTARRAYOID
    }
}
