//! Which columns of the attempts have an index, so that a probe or the beginning of a time costs next to nothing.

use crate::db;
use crate::failure::Answer;
use crate::setup::{relation, views};
use crate::snapshot;
use promo_guard_core::binding::Entity;

/// Whether each is served. Behind a view written by hand nobody knows: then it is not.
#[derive(Debug, Clone, Copy, Default)]
pub struct Served {
    /// By an index or by partitions.
    pub user: bool,
    /// The same.
    pub code: bool,
    /// By an index.
    pub time: bool,
}

/// Asked once a snapshot.
pub fn served() -> Answer<Served> {
    snapshot::once("served", || {
        let memory = views::remembered()?.into_iter().find(|r| r.bound && r.entity == Entity::Attempts);
        let Some((memory, (schema, name))) = memory.and_then(|m| m.relation.clone().map(|r| (m, r))) else {
            return Ok(Served::default());
        };
        let Some(table) = relation::find(&schema, &name)? else { return Ok(Served::default()) };
        let column = |canonical: &str| memory.columns[canonical].as_str().map(ToOwned::to_owned);
        let (user, code, time) = (column("user_id"), column("code_hash"), column("attempted_at"));
        let asked: Vec<String> = [&user, &code, &time].into_iter().flatten().cloned().collect();
        let found = db::look_up(
            include_str!("../../../../sql/query/clusters/served.sql"),
            &[table.into(), asked.into()],
            |row| Ok((db::text(row, 1)?, db::flag(row, 2)?)),
        )?;
        let by = |column: Option<String>| {
            found.iter().find(|(name, _)| Some(name) == column.as_ref()).map(|(_, indexed)| *indexed)
        };
        Ok(Served { user: by(user).is_some(), code: by(code).is_some(), time: by(time) == Some(true) })
    })
}
