//! The aggregate `promo_guard.tally`: attempts become a [`Tally`] in the executor, in as many processes as the planner likes.
//!
//! The state lives in the aggregate's memory context and is dropped with it, whether the statement ends, fails or is cancelled.
//! The transition function is a bare one: pgrx would look at every argument of every row. A state is handed from function to
//! function as a pointer that only the executor keeps, so none of these can be called with one that is not ours: from SQL
//! nobody can make a value of type internal.

use super::datum::{self, HashType};
use crate::failure::{Answer, report};
use crate::{memory, varlena};
use pgrx::prelude::*;
use pgrx::{PgMemoryContexts, pg_sys};
use promo_guard_core::attempt::Outcome;
use promo_guard_core::clusters::{Damaged, Host, Limit, Stored, Tally};
use promo_guard_core::{Refusal, SqlState};

struct State {
    /// Gone once it was handed on.
    tally: Option<Tally>,
    hashes: HashType,
}

/// What takes long ends where the statement was cancelled, and what wants memory where there is none.
pub const HOST: Host = Host { pulse: give_up, room: memory::ask_for };

/// Ends what takes long where the statement was cancelled.
pub fn give_up() {
    pgrx::check_for_interrupts!();
}

/// Puts a state where the aggregate's states live, which is not where one row's values do.
fn keep(state: State, fcinfo: pg_sys::FunctionCallInfo) -> Answer<pg_sys::Datum> {
    let mut context = std::ptr::null_mut();
    // SAFETY: fcinfo is that of the call that is going on.
    if fcinfo.is_null() || unsafe { pg_sys::AggCheckCallContext(fcinfo, &raw mut context) } == 0 {
        return Err(report(
            Refusal::new(SqlState::ObjectNotInPrerequisiteState, "called outside of an aggregate")
                .hint("It is a part of the aggregate promo_guard.tally."),
        ));
    }
    let kept = PgMemoryContexts::For(context).leak_and_drop_on_delete(state);
    Ok(pg_sys::Datum::from(kept))
}

/// Declares a function that PostgreSQL calls by its bare convention.
macro_rules! bare {
    ($info:ident) => {
        /// Says how the function of this name is called.
        #[unsafe(no_mangle)]
        pub extern "C-unwind" fn $info() -> *const pg_sys::Pg_finfo_record {
            const V1: &pg_sys::Pg_finfo_record = &pg_sys::Pg_finfo_record { api_version: 1 };
            V1
        }
    };
}
bare!(pg_finfo_tally_add);
bare!(pg_finfo_tally_merge);
bare!(pg_finfo_tally_save);
bare!(pg_finfo_tally_load);

/// An argument of the call, unless it is null.
///
/// # Safety
/// `fcinfo` is that of the call that is going on, and it has so many arguments.
#[inline]
unsafe fn argument(fcinfo: pg_sys::FunctionCallInfo, n: usize) -> Option<pg_sys::Datum> {
    // SAFETY: as promised by the caller.
    unsafe {
        let argument = &*(*fcinfo).args.as_ptr().add(n);
        (!argument.isnull).then_some(argument.value)
    }
}

/// The state that an argument holds.
///
/// # Safety
/// As for [`argument`]; and every internal value that the executor hands to these functions is a [`State`] of ours.
unsafe fn state<'a>(fcinfo: pg_sys::FunctionCallInfo, n: usize) -> Option<&'a mut State> {
    // SAFETY: as promised by the caller.
    unsafe { argument(fcinfo, n).and_then(|kept| kept.cast_mut_ptr::<State>().as_mut()) }
}

/// What the call gives back.
unsafe fn answer(fcinfo: pg_sys::FunctionCallInfo, answer: Option<pg_sys::Datum>) -> pg_sys::Datum {
    // SAFETY: fcinfo is that of the call that is going on.
    unsafe { (*fcinfo).isnull = answer.is_none() };
    answer.unwrap_or(pg_sys::Datum::null())
}

/// `tally_add(internal, code_hash "any", user_id bigint, result text, attempted_at timestamptz, since timestamptz,
/// until timestamptz, max_attempts bigint)`: adds a row.
///
/// # Safety
/// Called by the executor with these eight arguments.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tally_add(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: the executor gives eight arguments; the first is null or a state of ours; the others are of the types that the
    // install script declares.
    unsafe {
        let kept = match argument(fcinfo, 0) {
            Some(kept) => kept,
            None => begin(fcinfo).unwrap_or_else(|e| raise(e)),
        };
        let state = &mut *kept.cast_mut_ptr::<State>();
        if let (Some(at), Some(tally)) = (argument(fcinfo, 4), &mut state.tally) {
            // A code that is not there is a code of its own.
            let code = argument(fcinfo, 1).map_or(Stored::Text(b""), |datum| state.hashes.read(datum));
            let user = argument(fcinfo, 2).map(|datum| datum.value() as i64);
            let outcome = argument(fcinfo, 3).map_or(Outcome::Other, |datum| datum::outcome(datum));
            tally.add(code, user, outcome, at.value() as i64);
        }
        answer(fcinfo, Some(kept))
    }
}

/// The state before the first row.
///
/// # Safety
/// As `tally_add`.
#[cold]
#[inline(never)]
unsafe fn begin(fcinfo: pg_sys::FunctionCallInfo) -> Answer<pg_sys::Datum> {
    // SAFETY: as promised by the caller.
    let (since, until, most, oid) = unsafe {
        let oid = pg_sys::get_fn_expr_argtype((*fcinfo).flinfo, 1);
        (argument(fcinfo, 5), argument(fcinfo, 6), argument(fcinfo, 7), oid)
    };
    let (Some(since), Some(until), Some(most)) = (since, until, most) else {
        let refusal = Refusal::new(SqlState::NullValueNotAllowed, "the window of promo_guard.tally is null");
        return Err(report(refusal.hint("since, until and max_attempts are the same for every row.")));
    };
    let limit = Limit::attempts(most.value() as i64);
    let tally = Tally::new(since.value() as i64, until.value() as i64, limit).hosted(HOST);
    keep(State { tally: Some(tally), hashes: HashType::of(oid) }, fcinfo)
}

/// `tally_merge(internal, internal)`: adds a part, which was made for this call alone by `tally_load` and is used up.
///
/// # Safety
/// Called by the executor with two states of ours.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tally_merge(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    pgrx::check_for_interrupts!();
    // SAFETY: as promised by the caller.
    let (kept, into, part) = unsafe { (argument(fcinfo, 0), state(fcinfo, 0), state(fcinfo, 1)) };
    let part = part.and_then(|part| part.tally.take());
    let merged = match (kept, into, part) {
        (kept, _, None) => Ok(kept),
        (Some(kept), Some(into), Some(part)) => into
            .tally
            .as_mut()
            .ok_or(Damaged::LOST)
            .and_then(|tally| tally.merge(part))
            .map_err(damaged)
            .map(|()| Some(kept)),
        (_, _, Some(part)) => keep(State { tally: Some(part), hashes: HashType::Text }, fcinfo).map(Some),
    };
    // SAFETY: as promised by the caller.
    unsafe { answer(fcinfo, merged.unwrap_or_else(|e| raise(e))) }
}

/// `tally_save(internal)`: the state as bytes; it is used up. The aggregate's final function does the same.
///
/// # Safety
/// Called by the executor with a state of ours.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tally_save(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: as promised by the caller.
    unsafe {
        let tally = state(fcinfo, 0).and_then(|state| state.tally.take());
        answer(fcinfo, tally.map(as_bytea))
    }
}

/// `tally_load(bytea, internal)`: the state of bytes, for the next `tally_merge` alone.
///
/// # Safety
/// Called by the executor with what `tally_save` gave.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn tally_load(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: as promised by the caller.
    unsafe {
        let Some(bytes) = argument(fcinfo, 0) else { return answer(fcinfo, None) };
        let tally = Tally::from_bytes(varlena::bytes(bytes), HOST).map_err(damaged);
        // In the memory of this row: it is merged at once.
        let loaded =
            tally.and_then(|tally| keep(State { tally: Some(tally), hashes: HashType::Text }, fcinfo));
        answer(fcinfo, Some(loaded.unwrap_or_else(|e| raise(e))))
    }
}

/// PostgreSQL's MaxAllocSize.
const MOST: usize = 0x3fff_ffff;
const HEADER: usize = 4;

/// A tally as a bytea.
fn as_bytea(mut tally: Tally) -> pg_sys::Datum {
    tally.fit(MOST - HEADER);
    let length = tally.bytes_len();
    // The server copies what the statement gives. It must not take the last memory for that: pgrx could not report the error then.
    memory::ask_for(2 * length);
    bytea(length, |place| tally.write(place))
}

/// A bytea of PostgreSQL's, written in place: every byte of it.
fn bytea(length: usize, write: impl FnOnce(&mut [u8])) -> pg_sys::Datum {
    // SAFETY: so many bytes are asked for, which is fewer than there can be or an error of PostgreSQL's.
    unsafe {
        let value = pg_sys::palloc(length + HEADER).cast::<pg_sys::varlena>();
        pgrx::set_varsize_4b(value, (length + HEADER) as i32);
        write(std::slice::from_raw_parts_mut(value.cast::<u8>().add(HEADER), length));
        pg_sys::Datum::from(value)
    }
}

fn raise(report: pg_sys::panic::ErrorReport) -> ! {
    report.report(PgLogLevel::ERROR);
    unreachable!("an error does not return")
}

fn damaged(what: Damaged) -> pg_sys::panic::ErrorReport {
    report(
        Refusal::new(SqlState::InvalidParameterValue, format!("this is no tally of promo_guard's: {what}"))
            .hint("It is a part of the aggregate promo_guard.tally."),
    )
}
