//! Tables dropped or changed, columns that are lacking and what each costs, casts that lose an index.

use super::finding::{Finding, Level, Standing};
use crate::failure::Answer;
use crate::setup::{relation, views};
use promo_guard_core::binding::{Entity, quote_literal};

const REBIND: &str = "SELECT * FROM promo_guard.bind();";

pub(super) fn examine(bound: &[Standing], findings: &mut Vec<Finding>) -> Answer<()> {
    for entity in Entity::ALL.into_iter().filter(|e| e.required()) {
        if !bound.iter().any(|s| s.entity == entity) {
            findings.push(
                Finding::new(
                    Level::Error,
                    "binding",
                    format!("{entity} is not bound: nothing can read {}.", entity.table()),
                )
                .mend(REBIND),
            );
        }
    }
    for standing in bound {
        one(standing, findings)?;
    }
    if bound.iter().filter(|s| s.entity.required()).count() == 4
        && findings.iter().all(|f| f.topic != "binding" || f.level > Level::Warn)
    {
        let tables: Vec<_> = bound
            .iter()
            .map(|s| {
                let table =
                    s.table.as_ref().map_or_else(|| "a view written by hand".to_owned(), |t| t.qualified());
                format!("{} = {table}", s.entity)
            })
            .collect();
        findings.push(Finding::new(Level::Ok, "binding", format!("Bound: {}.", tables.join(", "))));
    }
    Ok(())
}

fn one(standing: &Standing, findings: &mut Vec<Finding>) -> Answer<()> {
    let entity = standing.entity;
    let Some(view) = views::standing(entity)? else {
        let detail = format!(
            "The view promo_guard.{entity} is gone: its table was dropped with CASCADE, or somebody dropped it."
        );
        findings.push(Finding::new(Level::Error, "binding", detail).mend(REBIND));
        return Ok(());
    };
    let by_hand = view.by_hand(Some(&standing.memory))?;
    if by_hand {
        findings.push(Finding::new(
            Level::Note,
            "binding",
            format!("The view promo_guard.{entity} is written by hand: promo_guard reads what it shows and checks only that its columns are there."),
        ));
    }
    let shown = relation::columns(view.oid)?;
    for column in entity.columns().iter().filter(|c| !c.rare && !shown.iter().any(|(n, _)| n == c.name)) {
        findings.push(
            Finding::new(
                Level::Error,
                "binding",
                format!("The view promo_guard.{entity} has no column {}.", column.name),
            )
            .mend(REBIND),
        );
    }
    let Some(table) = &standing.table else {
        if let Some((schema, name)) = &standing.memory.relation {
            let gone = format!(
                "The table {}.{}, bound as {entity}, is gone or renamed: nothing can be changed.",
                crate::db::ident(schema),
                crate::db::ident(name)
            );
            // The view went along with a rename, and knows the new name.
            let now = crate::db::read(
                include_str!("../../../../sql/query/setup/table_behind_view.sql"),
                &[view.oid.into()],
                |row| crate::db::text(row, 1),
            )?;
            let table = now.into_iter().next().unwrap_or_else(|| "schema.table".to_owned());
            let call = format!("bind({} => {})", entity.table(), quote_literal(&table));
            findings.push(
                Finding::new(Level::Error, "binding", gone)
                    .mend(format!("SELECT * FROM promo_guard.{call};")),
            );
        }
        return Ok(());
    };
    for column in entity.columns() {
        match standing.column(column.name) {
            Some(name) => {
                if !table.columns.iter().any(|(n, _)| n == name) {
                    findings.push(
                        Finding::new(
                            Level::Error,
                            "binding",
                            format!("{} has no column {name} any more.", table.qualified()),
                        )
                        .mend(REBIND),
                    );
                }
            }
            None if by_hand || column.rare => {}
            None => findings.push(Finding::new(
                Level::Note,
                "columns",
                format!(
                    "{} has no {}: {}. If it has another name there, say so with bind(columns => ...).",
                    table.qualified(),
                    column.name,
                    column.costs
                ),
            )),
        }
    }
    if !by_hand {
        casts(standing, table, &shown, findings);
    }
    Ok(())
}

/// A column whose type in the view is not its type in the table is cast there.
fn casts(
    standing: &Standing,
    table: &relation::Relation,
    shown: &[(String, promo_guard_core::binding::SqlType)],
    findings: &mut Vec<Finding>,
) {
    for column in standing.entity.columns() {
        let theirs =
            standing.column(column.name).and_then(|name| table.columns.iter().find(|(n, _)| n == name));
        let ours = shown.iter().find(|(n, _)| n == column.name);
        if let (Some((name, theirs)), Some((_, ours))) = (theirs, ours)
            && theirs.name != ours.name
        {
            findings.push(Finding::new(
                Level::Warn,
                "casts",
                format!(
                    "{}.{name} is of type {} and is cast to {}: its indexes and statistics are lost to promo_guard.",
                    table.qualified(),
                    theirs.name,
                    ours.name
                ),
            ));
        }
        if let Some((name, theirs)) = theirs
            && theirs.base == "timestamp"
        {
            findings.push(Finding::new(
                Level::Note,
                "times",
                format!("{}.{name} has no time zone: it is read as UTC.", table.qualified()),
            ));
        }
    }
}
