//! The last picture of a window, kept for whoever asks for the same one in the same snapshot: the functions of the triage page
//! read the window once between them.
//!
//! A picture is given again only where reading would see the same rows: the snapshot is equal in all that decides what is visible,
//! the transaction has written nothing (so that neither a change of its own nor a savepoint rolled back matters), no relation's
//! definition has changed, and rows come straight from tables, whose answer depends on no setting and no role. It is gone with
//! the transaction.

use super::picture::{Which, picture};
use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::setup::{relation, views};
use crate::snapshot::{self, Moment};
use crate::window::{Window, micros};
use pgrx::{PgXactCallbackEvent, pg_sys, register_xact_callback};
use promo_guard_core::Micros;
use promo_guard_core::attempt::CodeHash;
use promo_guard_core::binding::Entity;
use promo_guard_core::clusters::{Event, Pair, Picture};
use promo_guard_core::policy::Policy;
use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// A larger picture is not kept: the next statement may need the memory.
const MOST_BYTES: usize = 32 << 20;

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

struct Kept {
    key: Key,
    picture: Rc<Picture>,
    /// What else was found out about the same, each under a name.
    beside: HashMap<&'static str, Box<dyn Any>>,
}

/// All that a picture depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    moment: Moment,
    owner: pg_sys::Oid,
    from: Micros,
    until: Micros,
    limit: i64,
}

impl Key {
    fn now(app: &App, policy: &Policy, window: Window) -> Option<Self> {
        Some(Self {
            moment: Moment::now()?,
            owner: app.owner(),
            from: micros(window.from),
            until: micros(window.until),
            limit: policy.cluster_max_attempts(),
        })
    }
}

/// The picture of all attempts of a window: the one that is kept, else a new one.
///
/// # Errors
/// As [`picture`].
pub fn whole_picture(app: &App, policy: &Policy, window: Window) -> Answer<Rc<Picture>> {
    let key = Key::now(app, policy, window);
    if let Some(picture) = key.as_ref().and_then(kept) {
        return Ok(picture);
    }
    // The old one first: two at once are too many.
    forget();
    let picture = Rc::new(picture(app, policy, window, Which::All)?);
    if let Some(key) = key
        && size(&picture) <= MOST_BYTES
        && straight_from_a_table(Entity::Attempts)?
        && straight_from_a_table(Entity::Campaigns)?
    {
        KEPT.replace(Some(Kept { key, picture: Rc::clone(&picture), beside: HashMap::new() }));
        for end in [PgXactCallbackEvent::Commit, PgXactCallbackEvent::Abort, PgXactCallbackEvent::Prepare] {
            register_xact_callback(end, forget);
        }
    }
    Ok(picture)
}

/// The same where it is kept and has every attempt; nothing is read for it.
pub fn kept_picture(app: &App, policy: &Policy, window: Window) -> Option<Rc<Picture>> {
    kept(&Key::now(app, policy, window)?).filter(|picture| picture.uncounted == 0)
}

/// What `find` finds, which is asked once where the picture of the window is kept; else every time. Of attempts, campaigns and our own
/// tables alone, by this policy and window and nothing else.
///
/// # Errors
/// Those of `find`, which are not kept.
pub fn beside<T: Clone + 'static>(
    app: &App,
    policy: &Policy,
    window: Window,
    name: &'static str,
    find: impl FnOnce() -> Answer<T>,
) -> Answer<T> {
    if let Some(known) = noted(app, policy, window, name) {
        return Ok(known);
    }
    let answer = find()?;
    note(app, policy, window, name, answer.clone());
    Ok(answer)
}

/// What was noted under this name, where the picture of the window is kept.
pub fn noted<T: Clone + 'static>(
    app: &App,
    policy: &Policy,
    window: Window,
    name: &'static str,
) -> Option<T> {
    let key = Key::now(app, policy, window)?;
    KEPT.with_borrow(|kept| {
        let kept = kept.as_ref().filter(|kept| kept.key == key)?;
        kept.beside.get(name)?.downcast_ref::<T>().cloned()
    })
}

/// Notes something that was found out since the picture of the window was made, where that is kept. Finding it may have brought
/// news of a changed definition: then it is not kept any more.
pub fn note<T: 'static>(app: &App, policy: &Policy, window: Window, name: &'static str, found: T) {
    let Some(key) = Key::now(app, policy, window) else { return };
    KEPT.with_borrow_mut(|kept| {
        if let Some(kept) = kept.as_mut().filter(|kept| kept.key == key) {
            kept.beside.insert(name, Box::new(found));
        }
    });
}

fn kept(key: &Key) -> Option<Rc<Picture>> {
    KEPT.with_borrow(|kept| {
        kept.as_ref().filter(|kept| kept.key == *key).map(|kept| Rc::clone(&kept.picture))
    })
}

fn forget() {
    drop(KEPT.take());
}

fn size(picture: &Picture) -> usize {
    size_of::<CodeHash>() * picture.codes.len()
        + size_of::<i64>() * picture.users.len()
        + size_of::<Pair>() * picture.pairs.len()
        + size_of::<u32>() * picture.starts.len()
        + size_of::<Event>() * picture.events.len()
}

/// Whether a view is the one that `bind()` made, over an ordinary table.
pub fn straight_from_a_table(entity: Entity) -> Answer<bool> {
    snapshot::once(&format!("straight from a table: {entity}"), || is_straight(entity))
}

fn is_straight(entity: Entity) -> Answer<bool> {
    let remembered = views::remembered()?.into_iter().find(|r| r.bound && r.entity == entity);
    let Some(standing) = views::standing(entity)? else { return Ok(false) };
    if standing.by_hand(remembered.as_ref())? {
        return Ok(false);
    }
    let Some((schema, name)) = remembered.and_then(|r| r.relation) else { return Ok(false) };
    let Some(table) = relation::find(&schema, &name)? else { return Ok(false) };
    let plain = db::look_up(include_str!("../../../sql/query/clusters/plain.sql"), &[table.into()], |row| {
        db::flag(row, 1)
    })?;
    Ok(plain == [true])
}
