//! What is wrong with this installation, or could be better, and the statement that fixes it.

mod arithmetic;
mod binding;
mod citus;
mod finding;
mod guard;
mod indexes;
mod references;
mod rights;
mod state;

use self::finding::Standing;
use super::relation;
use super::views;
use pgrx::prelude::*;

#[pg_extern(sql = false)]
fn doctor() -> crate::failure::returned::Result<
    TableIterator<
        'static,
        (
            name!(level, &'static str),
            name!(topic, &'static str),
            name!(detail, String),
            name!(remediation, Option<String>),
        ),
    >,
> {
    let mut findings = Vec::new();
    let mut bound = Vec::new();
    for memory in views::remembered()?.into_iter().filter(|m| m.bound) {
        let oid = match &memory.relation {
            Some((schema, name)) => relation::find(schema, name)?,
            None => None,
        };
        let table = match oid {
            Some(oid) => Some(relation::inspect(memory.entity, oid)?),
            None => None,
        };
        bound.push(Standing { entity: memory.entity, memory, table });
    }
    bound.sort_by_key(|s| s.entity);

    state::versions(&mut findings)?;
    state::policy(&mut findings);
    binding::examine(&bound, &mut findings)?;
    citus::examine(&bound, &mut findings)?;
    indexes::examine(&bound, &mut findings)?;
    rights::examine(&bound, &mut findings)?;
    state::history(&bound, &mut findings)?;
    guard::examine(&bound, &mut findings)?;
    arithmetic::examine(&mut findings)?;
    state::future_rows(&mut findings)?;
    state::chains(&mut findings)?;
    references::examine(&mut findings)?;
    state::bakes(&mut findings)?;

    findings.sort_by_key(|f| f.level);
    Ok(TableIterator::new(findings.into_iter().map(|f| (f.level.word(), f.topic, f.detail, f.remediation))))
}
