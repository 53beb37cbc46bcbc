//! Tables dropped or changed, columns that are lacking and what each costs, casts that lose an index.

use super::finding::{Finding, Level, Standing};
use crate::app::App;
use crate::db;
use crate::failure::Answer;
use crate::records;
use crate::setup::{keys, relation, views, words};
use crate::window::micros;
use promo_guard_core::binding::{Entity, Given, quote_literal};

const REBIND: &str = "SELECT * FROM promo_guard.bind();";

/// Numbers and flags that fix_campaign() and rotate() write.
const FIXED: [&str; 4] = ["max_total_uses", "max_uses_per_user", "new_users_only", "first_purchase_only"];

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
    numbers(findings)?;
    let entities: Vec<Entity> = bound.iter().map(|s| s.entity).collect();
    // A policy that cannot be read is reported under "policy".
    let reach = db::attempt(records::policy)?.unwrap_or_default().verdict_reach();
    let since = micros(db::clock()).saturating_sub(reach.micros());
    let unknown = match words::unknown(&entities, Some(since), || App::open(&entities))? {
        Ok(unknown) => unknown,
        Err(_) if entities.len() < 4 => Vec::new(), // reported above
        Err(why) => {
            let detail = format!("The values of statuses and results cannot be read: {why}.");
            findings.push(Finding::new(Level::Error, "words", detail).mend(REBIND));
            Vec::new()
        }
    };
    for unknown in unknown {
        let standing = bound.iter().find(|s| s.entity == unknown.entity);
        let theirs = standing.and_then(|s| s.column(unknown.column));
        findings.push(
            Finding::new(
                Level::Warn,
                "words",
                format!(
                    "{}. Rows with these values are ignored. Map each value to one of {}.",
                    unknown.sentence(),
                    unknown.known.join(", ")
                ),
            )
            .mend(unknown.remedy(theirs)),
        );
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

/// Numbers made of keys that do not tell campaigns apart.
fn numbers(findings: &mut Vec<Finding>) -> Answer<()> {
    // What cannot be read is reported elsewhere.
    let Ok(app) = App::open(&[Entity::Campaigns]) else { return Ok(()) };
    if !app.keyed() {
        return Ok(());
    }
    match db::attempt(|| Ok((keys::collisions(&app)?, keys::other_numbers(&app)?)))? {
        Ok((shared, others)) => {
            for (id, keys) in shared {
                let refusal = crate::keys::collision(id, &keys);
                findings.push(
                    Finding::new(
                        Level::Error,
                        "keys",
                        format!("{}: {}", refusal.message, refusal.detail.unwrap_or_default()),
                    )
                    .mend(format!("SELECT id, key FROM promo_guard.campaigns WHERE id = {id};")),
                );
            }
            if others > 0 {
                findings.push(Finding::new(
                    Level::Error,
                    "keys",
                    format!("The view promo_guard.campaigns shows {others} campaigns with another id than the number of their key: their records go by the wrong id. Show promo_guard.key_number of the key."),
                ));
            }
        }
        Err(why) => findings.push(Finding::new(
            Level::Error,
            "keys",
            format!("The keys of the view promo_guard.campaigns cannot be read: {why}."),
        )),
    }
    Ok(())
}

fn one(standing: &Standing, findings: &mut Vec<Finding>) -> Answer<()> {
    let entity = standing.entity;
    let Some(view) = views::standing(entity)? else {
        let detail = format!(
            "The view promo_guard.{entity} is gone: it was dropped, or its table was dropped with CASCADE."
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
                db::ident(schema),
                db::ident(name)
            );
            // The view went along with a rename, and knows the new name.
            let now = db::read(
                include_str!("../../../../sql/query/setup/table_behind_view.sql"),
                &[view.oid.into()],
                |row| db::text(row, 1),
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
            None if by_hand || column.rare || standing.memory.has(column.name) => {}
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
    } else if entity == Entity::Campaigns {
        declaration(standing, table, findings)?;
    }
    Ok(())
}

/// Whether the columns that a hand-written view is written through say the same as the view: else pause(), fix_campaign() and
/// rotate() would write the wrong value, or to the wrong column.
fn declaration(standing: &Standing, table: &relation::Relation, findings: &mut Vec<Finding>) -> Answer<()> {
    let (Some(key), Some(status)) = (standing.quoted("id"), standing.quoted("status")) else { return Ok(()) };
    let said = &standing.memory.columns["status"];
    let made = match Entity::Campaigns.column("status").map(|c| Given::parse(Entity::Campaigns, c, said)) {
        Some(Ok(Given::Made(made))) => Some(made),
        _ => None,
    };
    // Several of the application's words may mean one status.
    let means = |word: &str| {
        let theirs: Vec<String> = match &made {
            Some(made) => {
                let words = made.read_words().into_iter().filter(|(_, ours)| ours == word);
                let words: Vec<String> = words.map(|(theirs, _)| quote_literal(&theirs)).collect();
                if words.is_empty() {
                    made.written(word).iter().map(|w| quote_literal(w)).collect()
                } else {
                    words
                }
            }
            None => vec![quote_literal(word)],
        };
        if theirs.is_empty() {
            return "true".to_owned();
        }
        format!("rtrim(t.{status}::text) IN ({})", theirs.join(", "))
    };
    let is_keyed = App::open(&[Entity::Campaigns]).is_ok_and(|app| app.keyed());
    let same = if is_keyed { format!("t.{key}::text = v.key") } else { format!("t.{key} = v.id") };
    // A view may show something else for a null, and times in another type.
    let numbers: Vec<(&str, &str)> = Entity::Campaigns
        .columns()
        .iter()
        .filter(|column| FIXED.contains(&column.name))
        .filter(|column| standing.memory.columns[column.name].is_string())
        .filter_map(|column| Some((column.name, standing.column(column.name)?)))
        .collect();
    let differing: Vec<String> = numbers
        .iter()
        .map(|(name, theirs)| {
            let theirs = db::ident(theirs);
            format!("count(*) FILTER (WHERE t.{theirs} IS NOT NULL AND v.{name} IS DISTINCT FROM t.{theirs})")
        })
        .collect();
    let sql = format!(
        "SELECT count(*) FILTER (WHERE t.{key} IS NULL),
                count(*) FILTER (WHERE t.{key} IS NOT NULL AND CASE v.status WHEN 'ACTIVE' THEN {} WHEN 'PAUSED' THEN {} END IS FALSE),
                ARRAY[{}]::bigint[]
         FROM promo_guard.campaigns AS v LEFT JOIN {} AS t ON {same}",
        means("ACTIVE"),
        means("PAUSED"),
        differing.join(", "),
        table.qualified()
    );
    let counted = db::attempt(|| {
        let app = App::open(&[Entity::Campaigns])?;
        app.read(&sql, &[], |row| {
            let differing = row.get::<Vec<i64>>(3)?.unwrap_or_default();
            Ok((db::number(row, 1)?, db::number(row, 2)?, differing))
        })
    })?;
    let campaigns = |n: i64| promo_guard_core::words::counted(n, "campaign");
    let mut found = |detail: String, columns: &str| {
        let mend = format!("SELECT * FROM promo_guard.bind(columns => '{{\"campaigns\": {{{columns}}}}}');");
        findings.push(Finding::new(Level::Error, "binding", detail).mend(mend));
    };
    let status_again =
        r#""id": "...", "status": {"column": "...", "writes": {"ACTIVE": "...", "PAUSED": "..."}}"#;
    match counted {
        Ok(rows) => {
            for (missing, other, differing) in rows {
                if missing > 0 {
                    found(
                        format!(
                            "{} of the view promo_guard.campaigns have no row in {} by its column {key}: they cannot be changed.",
                            campaigns(missing),
                            table.qualified()
                        ),
                        status_again,
                    );
                }
                if other > 0 {
                    found(
                        format!(
                            "The view promo_guard.campaigns shows {} with another status than the column {status} of {} means: pause() would write the wrong value.",
                            campaigns(other),
                            table.qualified()
                        ),
                        status_again,
                    );
                }
                for ((name, theirs), n) in numbers.iter().zip(differing).filter(|(_, n)| *n > 0) {
                    found(
                        format!(
                            "The view promo_guard.campaigns shows {} with another {name} than the column {} of {}: a change would write to the wrong column.",
                            campaigns(n),
                            db::ident(theirs),
                            table.qualified()
                        ),
                        &format!(r#""{name}": "...""#),
                    );
                }
            }
        }
        Err(why) => found(
            format!(
                "What bind() was told of the columns of {} does not fit the view promo_guard.campaigns: {why}.",
                table.qualified()
            ),
            status_again,
        ),
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
        if !standing.memory.columns[column.name].is_string() {
            continue;
        }
        let theirs =
            standing.column(column.name).and_then(|name| table.columns.iter().find(|(n, _)| n == name));
        let ours = shown.iter().find(|(n, _)| n == column.name);
        if let (Some((name, theirs)), Some((_, ours))) = (theirs, ours)
            && theirs.name != ours.name
            && keys::number(table, column, name).is_none()
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
