//! Statements that a session has run before, parsed and analysed: an incident's page is looked at again and again, and is forty
//! statements each time.
//!
//! PostgreSQL looks itself after what it has prepared: a view or a table that changed, a search path, a row level policy and whom it
//! holds for make it analyse the statement anew. What it does not look after is asked here: whatever a statement's words could have
//! been resolved to, and by whom. Then all are forgotten, and the session is like a new one. What a statement answers does not
//! depend on whether it was kept.

use pgrx::datum::DatumWithOid;
use pgrx::spi::{Spi, SpiResult};
use pgrx::{PgList, pg_sys};
use std::cell::RefCell;
use std::ffi::CString;
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

/// No more statements than these are kept, those used last ...
const MOST: usize = 64;
/// ... and of those no more than take so many bytes together.
const MOST_BYTES: usize = 4 << 20;
/// A plan for good is no larger: that of a table of hundreds of partitions is made each time, for those that the values leave.
const LARGEST_PLAN: usize = MOST_BYTES / 8;

/// What may change the meaning of a word, or who may use it, without a relation that the statement reads being changed.
const MEANINGS: [pg_sys::SysCacheIdentifier::Type; 8] = [
    pg_sys::SysCacheIdentifier::AUTHMEMMEMROLE,
    pg_sys::SysCacheIdentifier::AUTHOID,
    pg_sys::SysCacheIdentifier::CASTSOURCETARGET,
    pg_sys::SysCacheIdentifier::ENUMOID,
    pg_sys::SysCacheIdentifier::NAMESPACEOID,
    pg_sys::SysCacheIdentifier::OPEROID,
    pg_sys::SysCacheIdentifier::PROCOID,
    pg_sys::SysCacheIdentifier::TYPEOID,
];

/// Changes of meanings, as far as this process was told.
static CHANGES: AtomicU64 = AtomicU64::new(0);

/// How a statement is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    /// Each time for the values at hand, which decide what is best.
    EachTime,
    /// Once, for any values: of a statement that looks up by keys, whatever they are.
    ForGood,
}

impl Planned {
    fn options(self) -> i32 {
        let more = match self {
            Self::EachTime => pg_sys::CURSOR_OPT_CUSTOM_PLAN,
            Self::ForGood => pg_sys::CURSOR_OPT_GENERIC_PLAN,
        };
        // As SPI does for a statement that it does not keep.
        (pg_sys::CURSOR_OPT_PARALLEL_OK | more) as i32
    }
}

/// A prepared statement. It is freed with the last who uses it, which may be a call that another one runs within.
pub struct Plan(pg_sys::SPIPlanPtr);

impl Plan {
    /// What SPI executes.
    pub const fn pointer(&self) -> pg_sys::SPIPlanPtr {
        self.0
    }

    /// What it takes, as it is now.
    fn bytes(&self) -> usize {
        // SAFETY: a plan that was prepared has its statements in memory of their own, and so has a plan that is made for good.
        unsafe {
            let taken = |context| pg_sys::MemoryContextMemAllocated(context, true);
            let sources =
                PgList::<pg_sys::CachedPlanSource>::from_pg(pg_sys::SPI_plan_get_plan_sources(self.0));
            sources
                .iter_ptr()
                .filter_map(|source| source.as_ref())
                .map(|source| {
                    taken(source.context) + source.gplan.as_ref().map_or(0, |plan| taken(plan.context))
                })
                .sum()
        }
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        // SAFETY: it was kept, so that it is nobody's else, and it is not used after this.
        unsafe {
            pg_sys::SPI_freeplan(self.0);
        }
    }
}

/// A statement that was kept, and all that it was analysed for.
struct Kept {
    sql: Box<str>,
    types: Box<[pg_sys::Oid]>,
    planned: Planned,
    /// Who may use a schema is looked at when a name is resolved.
    role: pg_sys::Oid,
    /// None where its plan for good was too large: it is planned each time from now on.
    plan: Option<Rc<Plan>>,
    bytes: usize,
}

#[derive(Default)]
struct Session {
    changes: u64,
    /// Those used last come last.
    kept: Vec<Kept>,
}

impl Session {
    /// Forgets those for which there is no room, from the last one back.
    fn fit(&mut self) {
        let mut room = MOST_BYTES;
        let fits = |kept: &&Kept| {
            let left = room.checked_sub(kept.bytes);
            room = left.unwrap_or_default();
            left.is_some()
        };
        let fitting = self.kept.iter().rev().take(MOST).take_while(fits).count();
        self.kept.drain(..self.kept.len() - fitting);
    }
}

thread_local! {
    // Never dropped: at the end of a process PostgreSQL's memory is not to be touched any more.
    static SESSION: ManuallyDrop<RefCell<Session>> = ManuallyDrop::default();
}

/// The statement, prepared, by the role that is in charge now. To be called where SPI is connected.
///
/// # Errors
/// Those of SPI.
pub fn plan(sql: &str, args: &[DatumWithOid<'_>], planned: Planned) -> SpiResult<Rc<Plan>> {
    listen();
    // SAFETY: the one is what every lock does too, the other only tells who is in charge.
    let role = unsafe {
        pg_sys::AcceptInvalidationMessages();
        pg_sys::GetUserId()
    };
    let changes = CHANGES.load(Ordering::Relaxed);
    let known = SESSION.with(|session| {
        let mut session = session.borrow_mut();
        if session.changes != changes {
            session.changes = changes;
            session.kept.clear();
        }
        let place = session.kept.iter().rposition(|kept| {
            *kept.sql == *sql
                && kept.role == role
                && kept.planned == planned
                && kept.types.iter().copied().eq(args.iter().map(DatumWithOid::oid))
        })?;
        let kept = session.kept.remove(place);
        let plan = kept.plan.clone();
        if plan.is_some() {
            session.kept.push(kept);
        }
        Some(plan)
    });
    let options = match known {
        Some(Some(plan)) => return Ok(plan),
        Some(None) => Planned::EachTime.options(),
        None => planned.options(),
    };
    let text = CString::new(sql).unwrap_or_default();
    let mut types: Vec<pg_sys::Oid> = args.iter().map(DatumWithOid::oid).collect();
    // SAFETY: so many types as there are parameters; what SPI refuses it says by a null.
    let plan = unsafe {
        let count = types.len() as i32;
        let made = pg_sys::SPI_prepare_cursor(text.as_ptr(), count, types.as_mut_ptr(), options);
        if made.is_null() {
            Spi::check_status(pg_sys::SPI_result)?;
        }
        // It answers 0 to any plan that is not kept yet.
        pg_sys::SPI_keepplan(made);
        Rc::new(Plan(made))
    };
    let bytes = plan.bytes();
    let kept =
        Kept { sql: sql.into(), types: types.into(), planned, role, plan: Some(Rc::clone(&plan)), bytes };
    SESSION.with(|session| {
        let mut session = session.borrow_mut();
        session.kept.push(kept);
        session.fit();
    });
    Ok(plan)
}

/// To be told of a statement that is planned for good, when it has been executed: by now its plan is there, and large where a table
/// has hundreds of partitions.
pub fn executed(plan: &Rc<Plan>) {
    SESSION.with(|session| {
        let mut session = session.borrow_mut();
        let is_it = |kept: &&mut Kept| kept.plan.as_ref().is_some_and(|kept| Rc::ptr_eq(kept, plan));
        let Some(kept) = session.kept.iter_mut().rfind(is_it) else { return };
        kept.bytes = plan.bytes();
        if kept.bytes > LARGEST_PLAN {
            (kept.plan, kept.bytes) = (None, 0);
        }
        session.fit();
    });
}

/// Counts every change of a meaning from now on.
fn listen() {
    static LISTENING: Once = Once::new();
    // SAFETY: registers once a process a function that only adds to a number.
    LISTENING.call_once(|| unsafe {
        for cache in MEANINGS {
            pg_sys::CacheRegisterSyscacheCallback(cache as i32, Some(changed), pg_sys::Datum::from(0));
        }
    });
}

#[pgrx::pg_guard]
extern "C-unwind" fn changed(_argument: pg_sys::Datum, _cache: core::ffi::c_int, _hash: u32) {
    CHANGES.fetch_add(1, Ordering::Relaxed);
}

/// Parameters as the planner's constants.
///
/// # Safety
/// Their values must live as long as the statement runs.
pub unsafe fn parameters(args: &[DatumWithOid<'_>]) -> pg_sys::ParamListInfo {
    // SAFETY: the list is made with room for so many.
    unsafe {
        let list = pg_sys::makeParamList(args.len() as i32);
        for (i, arg) in args.iter().enumerate() {
            let param = (*list).params.as_mut_ptr().add(i);
            let datum = arg.datum();
            (*param).isnull = datum.is_none();
            (*param).value = datum.map_or(pg_sys::Datum::from(0), |datum| datum.sans_lifetime());
            (*param).ptype = arg.oid();
            (*param).pflags = pg_sys::PARAM_FLAG_CONST as u16;
        }
        list
    }
}
