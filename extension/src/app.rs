//! Reading the application's tables through the adapter views, with no more rights than the application has.
//!
//! A view of the application's, a cast, an operator or a policy behind a table can hold code of its owner's. Were it run
//! with the rights of our definer functions, the owner of a table could do what the owner of the extension may. So every
//! statement that touches the application's objects runs as the owner of its campaigns' table (DESIGN, Security).

use crate::citus;
use crate::db::{self, Row};
use crate::failure::{Answer, OrReport, report};
use crate::window::moment;
use pgrx::datum::DatumWithOid;
use pgrx::pg_sys;
use pgrx::spi::SpiResult;
use promo_guard_core::binding::Entity;
use promo_guard_core::{Micros, Refusal, SqlState, policy, reach};
use std::rc::Rc;

/// The application, as far as it is bound.
#[derive(Clone)]
pub struct App {
    owner: pg_sys::Oid,
    keyed: bool,
    /// User ids that stand for no particular user: policy `nobody_user_ids`.
    nobody: Rc<[i64]>,
}

impl App {
    /// The application behind the adapter views that a function is about to read.
    ///
    /// # Errors
    /// 55000 where one of them does not exist, and on a worker of Citus; 42501 where the application's owner cannot read it.
    pub fn open(views: &[Entity]) -> Answer<Self> {
        citus::must_be_coordinator()?;
        // The view of the campaigns always: its table's owner is the one who reads.
        let asked = Entity::ALL.iter().filter(|view| **view == Entity::Campaigns || views.contains(view));
        let names: Vec<String> = asked.map(|view| view.view().to_owned()).collect();
        let found = db::read(include_str!("../../sql/query/setup/app_owner.sql"), &[names.into()], |row| {
            Ok((
                db::text(row, 1)?,
                db::flag(row, 2)?,
                row.get::<pg_sys::Oid>(3)?,
                row.text(4)?,
                db::flag(row, 5)?,
                db::flag(row, 6)?,
                row.text(7)?,
            ))
        })?;
        if let Some((view, ..)) = found.iter().find(|(_, exists, ..)| !exists) {
            return Err(report(not_bound(view)));
        }
        let Some((_, _, Some(owner), Some(name), _, keyed, nobody)) = found.first() else {
            return Err(report(
                Refusal::new(
                    SqlState::ObjectNotInPrerequisiteState,
                    "the view promo_guard.campaigns reads no table",
                )
                .detail("Statements run as the owner of the campaigns' table, and this view reads no table.")
                .hint("A view written by hand must read the application's own table."),
            ));
        };
        if let Some((view, ..)) = found.iter().find(|(.., readable, _, _)| !readable) {
            return Err(report(
                Refusal::new(
                    SqlState::InsufficientPrivilege,
                    format!("role {} cannot read promo_guard.{view}", db::ident(name)),
                )
                .detail(
                    "promo_guard reads the application's tables as their owner, through the adapter views.",
                )
                .hint(format!(
                    "GRANT USAGE ON SCHEMA promo_guard TO {0}; GRANT SELECT ON promo_guard.{view} TO {0}; or all that is needed: SELECT * FROM promo_guard.bind();",
                    db::ident(name)
                )),
            ));
        }
        let nobody = match nobody {
            Some(value) => policy::nobody(value).or_report()?,
            None => Vec::new(),
        };
        Ok(Self { owner: *owner, keyed: *keyed, nobody: nobody.into() })
    }

    /// The application of that owner, for `bind`: views that it has just made are not yet seen by the reading of [`App::open`].
    pub fn owned_by(owner: pg_sys::Oid) -> Self {
        Self { owner, keyed: false, nobody: Rc::from([]) }
    }

    /// Whether ids of campaigns are numbers made of keys, which the view shows beside them.
    pub const fn keyed(&self) -> bool {
        self.keyed
    }

    /// The role as whom its objects are read.
    pub const fn owner(&self) -> pg_sys::Oid {
        self.owner
    }

    /// Rows of a reading statement over the adapter views; `:user(a)` in it is the user of row `a`, null for nobody in particular.
    pub fn read<T>(
        &self,
        sql: &str,
        args: &[DatumWithOid<'_>],
        take: impl FnMut(&Row<'_>) -> SpiResult<T>,
    ) -> Answer<Vec<T>> {
        let _as_owner = RunAs::restricted(self.owner);
        db::read(&policy::with_users(sql, &self.nobody), args, take)
    }

    /// The same of attempts at times that arrive by a join, such as a time for each campaign: `:within(a)` in the statement is the
    /// condition that attempt `a` lies in one of these spans, in a form by which partitions are excluded before they are locked.
    pub fn read_within<T>(
        &self,
        sql: &str,
        spans: impl IntoIterator<Item = (Micros, Micros)>,
        mut args: Vec<DatumWithOid<'_>>,
        take: impl FnMut(&Row<'_>) -> SpiResult<T>,
    ) -> Answer<Vec<T>> {
        let ranges = reach::ranges(spans);
        let sql = reach::with_ranges(sql, args.len() + 1, ranges.len());
        args.extend(ranges.iter().flat_map(|(from, until)| [moment(*from).into(), moment(*until).into()]));
        self.read(&sql, &args, take)
    }

    /// The one value of a statement over the adapter views, a bytea: see [`db::bytes`].
    pub fn bytes<T>(
        &self,
        sql: &str,
        args: &[DatumWithOid<'_>],
        take: impl FnOnce(&[u8]) -> T,
    ) -> Answer<Option<T>> {
        let _as_owner = RunAs::restricted(self.owner);
        db::bytes(&policy::with_users(sql, &self.nobody), args, take)
    }
}

/// The refusal of whatever needs a binding.
pub fn not_bound(view: &str) -> Refusal {
    Refusal::new(SqlState::ObjectNotInPrerequisiteState, "promo_guard is not bound to an application")
        .detail(format!("There is no view promo_guard.{view}."))
        .hint("SELECT * FROM promo_guard.bind();")
}

/// Another role's rights, for as long as this lives.
pub struct RunAs {
    user: pg_sys::Oid,
    context: i32,
}

impl RunAs {
    /// As `role`, without temporary objects, deferred triggers, or a way to change the role: what is called from here
    /// leaves nothing behind that would run later with other rights.
    pub fn restricted(role: pg_sys::Oid) -> Self {
        let (mut user, mut context) = (pg_sys::InvalidOid, 0);
        let more = (pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_RESTRICTED_OPERATION) as i32;
        // SAFETY: both only read and set this backend's current user. An error resets it with the (sub)transaction.
        unsafe {
            pg_sys::GetUserIdAndSecContext(&raw mut user, &raw mut context);
            pg_sys::SetUserIdAndSecContext(role, context | more);
        }
        Self { user, context }
    }
}

impl Drop for RunAs {
    fn drop(&mut self) {
        // SAFETY: gives back what `restricted` took.
        unsafe { pg_sys::SetUserIdAndSecContext(self.user, self.context) }
    }
}
