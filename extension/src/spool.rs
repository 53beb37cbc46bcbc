//! A long answer, written where the server itself keeps such: a few megabytes in memory, beyond that in a temporary file. It is
//! handed on row by row, so that a million rows take no more of our memory than one.

use crate::app::{App, RunAs};
use crate::failure::{Answer, OrReport as _};
use crate::memory;
use pgrx::datum::{DatumWithOid, FromDatum};
use pgrx::pg_sys;
use pgrx::prelude::*;
use std::ffi::CString;

/// Kilobytes of an answer that stay in memory. Not work_mem, which a statement may need much of: rows are read in order.
const IN_MEMORY: i32 = 4096;

/// The rows of a statement, in order.
pub struct Spool {
    store: *mut pg_sys::Tuplestorestate,
    slot: *mut pg_sys::TupleTableSlot,
}

/// The row that a [`Spool`] stands at.
pub struct Stored(*mut pg_sys::TupleTableSlot);

unsafe extern "C-unwind" {
    // Not among pgrx's bindings. It fills in the receiver's fields and raises nothing.
    fn SetTuplestoreDestReceiverParams(
        receiver: *mut pg_sys::DestReceiver,
        store: *mut pg_sys::Tuplestorestate,
        context: pg_sys::MemoryContext,
        detoast: bool,
        target: pg_sys::TupleDesc,
        message: *const core::ffi::c_char,
    );
}

impl Spool {
    /// Runs a reading statement over the adapter views, whose columns are of these types.
    ///
    /// To be called by a function that returns a set, in the memory that lasts until its last row.
    pub fn fill(
        app: &App,
        sql: &str,
        args: Vec<DatumWithOid<'static>>,
        types: &[pg_sys::Oid],
    ) -> Answer<Self> {
        // SAFETY: all that is made here is made in the caller's memory context and freed with it. Temporary files belong to the
        // resource owner of the caller's query. An error leaves both to the server, as in its own functions.
        unsafe {
            let context = pg_sys::CurrentMemoryContext;
            let store = pg_sys::tuplestore_begin_heap(false, false, IN_MEMORY);
            let columns = pg_sys::CreateTemplateTupleDesc(types.len() as i32);
            for (number, sql_type) in (1..).zip(types) {
                pg_sys::TupleDescInitEntry(columns, number, c"".as_ptr(), *sql_type, -1, 0);
            }
            let slot = pg_sys::MakeSingleTupleTableSlot(columns, &raw const pg_sys::TTSOpsMinimalTuple);
            let text = CString::new(sql).unwrap_or_default();
            let params = parameters(&args);
            let _as_owner = RunAs::restricted(app.owner());
            Spi::connect(|_| {
                let receiver = pg_sys::CreateDestReceiver(pg_sys::CommandDest::DestTuplestore);
                SetTuplestoreDestReceiverParams(
                    receiver,
                    store,
                    context,
                    true,
                    std::ptr::null_mut(),
                    std::ptr::null(),
                );
                let options = pg_sys::SPIExecuteOptions {
                    params,
                    read_only: true,
                    must_return_tuples: true,
                    dest: receiver,
                    ..Default::default()
                };
                memory::reserved(|| {
                    spi_answer(pg_sys::SPI_execute_extended(text.as_ptr(), &raw const options))
                })
            })
            .or_report()?;
            drop(args);
            Ok(Self { store, slot })
        }
    }

    /// Reads every row, then stands before the first again.
    pub fn each(&mut self, mut see: impl FnMut(&Stored)) {
        while let Some(row) = self.advance() {
            see(&row);
        }
        // SAFETY: the store lives until the last row was handed on by `next`.
        unsafe { pg_sys::tuplestore_rescan(self.store) };
    }

    /// The next row; frees all after the last.
    pub fn next(&mut self) -> Option<Stored> {
        if self.store.is_null() {
            return None;
        }
        if let Some(row) = self.advance() {
            return Some(row);
        }
        // SAFETY: both live until here.
        unsafe {
            pg_sys::ExecDropSingleTupleTableSlot(self.slot);
            pg_sys::tuplestore_end(self.store);
        }
        self.store = std::ptr::null_mut();
        None
    }

    fn advance(&mut self) -> Option<Stored> {
        // SAFETY: both live until the last row was handed on. A row from a file is read into the current memory context and freed by
        // the slot at the next one: so it must lie where the slot lies, not where the caller has the memory of one row, which is
        // reset before that.
        unsafe {
            let caller = pg_sys::MemoryContextSwitchTo((*self.slot).tts_mcxt);
            let found = pg_sys::tuplestore_gettupleslot(self.store, true, false, self.slot);
            pg_sys::MemoryContextSwitchTo(caller);
            found.then_some(Stored(self.slot))
        }
    }
}

impl Stored {
    /// A column, counted from 1.
    pub fn get<T: FromDatum>(&self, column: i32) -> Option<T> {
        // SAFETY: the slot holds the current row; the caller reads a column as the type that it has.
        unsafe {
            if i32::from((*self.0).tts_nvalid) < column {
                pg_sys::slot_getsomeattrs_int(self.0, column);
            }
            let at = column as usize - 1;
            let is_null = *(*self.0).tts_isnull.add(at);
            T::from_datum(*(*self.0).tts_values.add(at), is_null)
        }
    }
}

/// What SPI answers to a statement that returns rows.
fn spi_answer(code: i32) -> pgrx::spi::SpiResult<()> {
    pgrx::spi::Spi::check_status(code).map(|_| ())
}

/// The parameters of a statement; null where it has none, as the server itself does it: an empty list is what some extensions
/// (Citus) read as one with parameters.
///
/// # Safety
/// Called within a transaction; the values live as long as the statement runs.
unsafe fn parameters(args: &[DatumWithOid<'_>]) -> pg_sys::ParamListInfo {
    if args.is_empty() {
        return std::ptr::null_mut();
    }
    // SAFETY: the list has room for so many parameters, and each is filled in.
    unsafe {
        let list = pg_sys::makeParamList(args.len() as i32);
        let places = (*list).params.as_mut_slice(args.len());
        for (place, arg) in places.iter_mut().zip(args) {
            let datum = arg.datum().map(|datum| datum.sans_lifetime());
            place.value = datum.unwrap_or(pg_sys::Datum::null());
            place.isnull = datum.is_none();
            place.pflags = pg_sys::PARAM_FLAG_CONST as u16;
            place.ptype = arg.oid();
        }
        list
    }
}
