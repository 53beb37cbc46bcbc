//! The aggregate `settle_sketch`: core's sketch over the rows of one side, by all workers that PostgreSQL sends.

use pgrx::prelude::*;
use pgrx::{Internal, PgMemoryContexts, pg_sys};
use promo_guard_core::settle::Sketch;

/// A state that lives, and is dropped, with the aggregate's memory context and not with the row's.
fn state(fcinfo: pg_sys::FunctionCallInfo, sketch: Sketch) -> Internal {
    let mut context = std::ptr::null_mut();
    // SAFETY: takes the call's own information and only writes the context.
    if unsafe { pg_sys::AggCheckCallContext(fcinfo, &raw mut context) } == 0 {
        ereport!(
            ERROR,
            PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            "a support function of settle_sketch was called by itself"
        );
    }
    // SAFETY: the context outlives every call of this aggregate.
    unsafe { PgMemoryContexts::For(context).switch_to(|_| Internal::new(sketch)) }
}

#[pg_extern(sql = false)]
fn settle_sketch_add(
    mut sketch: Internal,
    class: Option<i32>,
    token: Option<i64>,
    use_key: Option<i64>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Internal {
    if !sketch.initialized() {
        sketch = state(fcinfo, Sketch::default());
    }
    // SAFETY: only functions of this file make this aggregate's state, which is a sketch.
    let Some(mine) = (unsafe { sketch.get_mut::<Sketch>() }) else { return sketch };
    if let Some(class) = class {
        mine.add_row(class, token);
    }
    if let Some(key) = use_key {
        mine.add_use(key);
    }
    sketch
}

#[pg_extern(sql = false)]
fn settle_sketch_combine(mut a: Internal, b: Internal, fcinfo: pg_sys::FunctionCallInfo) -> Internal {
    if !a.initialized() {
        a = state(fcinfo, Sketch::default());
    }
    // SAFETY: as above; the two states are different ones.
    if let (Some(mine), Some(theirs)) = unsafe { (a.get_mut::<Sketch>(), b.get::<Sketch>()) } {
        mine.merge(theirs);
    }
    a
}

#[pg_extern(sql = false)]
fn settle_sketch_bytes(sketch: Internal) -> Vec<u8> {
    // SAFETY: as above.
    unsafe { sketch.get::<Sketch>() }.map_or_else(|| Sketch::default().to_bytes(), Sketch::to_bytes)
}

#[pg_extern(sql = false)]
fn settle_sketch_read(bytes: &[u8], _unused: Internal) -> Internal {
    // A state that was sent by a worker lives no longer than it takes to combine it.
    Internal::new(read(bytes))
}

/// A sketch that a worker, or the aggregate, has written.
pub fn read(bytes: &[u8]) -> Sketch {
    Sketch::from_bytes(bytes).unwrap_or_else(|_| {
        ereport!(
            ERROR,
            PgSqlErrorCode::ERRCODE_DATA_CORRUPTED,
            "a sketch of settlement cannot be read",
            "Its bytes are not those that this version of promo_guard writes."
        );
        #[expect(unreachable_code, reason = "the macro does not know that ERROR does not return")]
        Sketch::default()
    })
}
