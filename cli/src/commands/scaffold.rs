//! `promoctl setup --scaffold`: what the database has, what could serve, and a call of `bind()` to paste.

use std::io::{self, Write};

use promo_guard_core::binding::Entity;

use crate::args::{Format, SetupArguments};
use crate::error::{Error, Status};
use crate::output::table::{ALERT, Fit, HEADING, Layout, PASTE, page_width, styled};
use crate::output::text::{grouped, visible, wrapped};
use crate::output::{Kind, Part, Printing, Rows, Value, column, stdout, write_parts};
use crate::scaffold::{self, Proposal, Table};
use crate::session::Session;

/// Below this a proposal is marked.
const DOUBTFUL: f64 = 0.7;

/// Runs the command.
pub fn run(arguments: &SetupArguments, session: &mut Session, printing: Printing) -> Result<Status, Error> {
    let (tables, unreadable) = session.read(|work| {
        let (mut tables, unreadable) = work.catalog()?;
        known(arguments, &tables)?;
        let places: Vec<(usize, usize)> = {
            let chosen = scaffold::choose(&tables, |entity| given(arguments, &tables, entity));
            let wanted = scaffold::columns_of_words(&chosen, &tables);
            let place = |(table, field): (&Table, &scaffold::Field)| {
                let at = tables.iter().position(|t| std::ptr::eq(t, table))?;
                Some((at, table.fields.iter().position(|f| f.name == field.name)?))
            };
            wanted.into_iter().filter_map(place).collect()
        };
        for (table, field) in places {
            let closed = format!("{}.{}", tables[table].shown(), tables[table].fields[field].name);
            if !unreadable.contains(&closed) {
                let words = work.words_of(&tables[table], &tables[table].fields[field])?;
                tables[table].fields[field].words = words;
            }
        }
        Ok((tables, unreadable))
    })?;
    let proposal = scaffold::propose(&tables, |entity| given(arguments, &tables, entity));
    let statements = scaffold::statements(&proposal);
    let mut out = stdout(printing.format);
    if printing.format == Format::Table {
        page(&mut out, &proposal, &tables, &unreadable, &statements)?;
    } else {
        let (found, columns, missing) = (found(&proposal), columns(&proposal), missing(&proposal));
        let parts = [
            Part::Fact("tables_seen", Value::Int(i64::try_from(tables.len()).unwrap_or(i64::MAX))),
            Part::Table("tables", "Tables", &found),
            Part::Table("columns", "Columns", &columns),
            Part::Table("missing", "Not found", &missing),
            Part::Fact("statements", Value::Text(statements.join("\n\n"))),
        ];
        write_parts(&mut out, printing.format, &parts)?;
    }
    out.flush()?;
    Ok(if proposal.mapped(Entity::Campaigns).is_some() { Status::Fine } else { Status::Findings })
}

fn named(arguments: &SetupArguments, entity: Entity) -> Option<&str> {
    match entity {
        Entity::Campaigns => arguments.codes.as_deref(),
        Entity::Attempts => arguments.attempts.as_deref(),
        Entity::Redemptions => arguments.redemptions.as_deref(),
        Entity::Purchases => arguments.purchases.as_deref(),
        Entity::Ledger => None,
    }
}

fn given<'a>(arguments: &SetupArguments, tables: &'a [Table], entity: Entity) -> Option<&'a Table> {
    named(arguments, entity).and_then(|name| scaffold::named_table(tables, name))
}

/// A table that was named must be there.
fn known(arguments: &SetupArguments, tables: &[Table]) -> Result<(), Error> {
    for entity in Entity::ALL {
        if let Some(name) =
            named(arguments, entity).filter(|name| scaffold::named_table(tables, name).is_none())
        {
            return Err(Error::usage_with_hint(
                format!("there is no table \"{}\" in this database", visible(name)),
                "Write schema.name as \\dt *.* shows it in psql.",
            ));
        }
    }
    Ok(())
}

fn percent(confidence: f64) -> Value {
    Value::Int((confidence * 100.0).round().clamp(0.0, 100.0) as i64)
}

fn rows(names: &[(&str, Kind)], rows: Vec<Vec<Value>>) -> Rows {
    Rows { columns: names.iter().map(|(name, kind)| column(name, *kind)).collect(), rows }
}

fn found(proposal: &Proposal<'_>) -> Rows {
    let names = [
        ("entity", Kind::Text),
        ("bound_to", Kind::Text),
        ("confidence", Kind::Int),
        ("rows", Kind::Int),
        ("reason", Kind::Text),
    ];
    let line = |entity: &str, candidate: &scaffold::Candidate<'_>| {
        let rows = if candidate.table.rows < 0 { Value::Null } else { Value::Int(candidate.table.rows) };
        vec![
            Value::Text(entity.to_owned()),
            Value::Text(candidate.table.quoted()),
            percent(candidate.confidence),
            rows,
            Value::Text(candidate.why.clone()),
        ]
    };
    let mut lines: Vec<Vec<Value>> = Entity::ALL
        .into_iter()
        .filter_map(|entity| proposal.chosen.of(entity).map(|candidate| line(entity.view(), candidate)))
        .collect();
    lines.extend(proposal.chosen.users.as_ref().map(|candidate| line("users", candidate)));
    rows(&names, lines)
}

fn columns(proposal: &Proposal<'_>) -> Rows {
    let names = [
        ("entity", Kind::Text),
        ("canonical", Kind::Text),
        ("source", Kind::Text),
        ("confidence", Kind::Int),
        ("note", Kind::Text),
        ("unmapped", Kind::List),
    ];
    let lines = proposal.entities.iter().flat_map(|mapped| {
        mapped.found.iter().map(|found| {
            vec![
                Value::Text(mapped.entity.view().to_owned()),
                Value::Text(found.column.name.to_owned()),
                Value::Text(found.shown.clone()),
                percent(found.confidence),
                found.note.clone().map_or(Value::Null, Value::Text),
                Value::List(found.unknown.clone()),
            ]
        })
    });
    rows(&names, lines.collect())
}

fn missing(proposal: &Proposal<'_>) -> Rows {
    let names =
        [("entity", Kind::Text), ("canonical", Kind::Text), ("required", Kind::Bool), ("costs", Kind::Text)];
    let lines = proposal.missing().into_iter().map(|(entity, column)| {
        let costs = column.map_or_else(|| scaffold::costs(entity), |column| column.costs);
        vec![
            Value::Text(entity.view().to_owned()),
            column.map_or(Value::Null, |column| Value::Text(column.name.to_owned())),
            Value::Bool(column.is_none_or(|column| column.required)),
            Value::Text(costs.to_owned()),
        ]
    });
    rows(&names, lines.collect())
}

fn page(
    out: &mut impl Write,
    proposal: &Proposal<'_>,
    tables: &[Table],
    unreadable: &[String],
    statements: &[String],
) -> io::Result<()> {
    let seen = grouped(i64::try_from(tables.len()).unwrap_or(i64::MAX));
    writeln!(out, "{}", styled(HEADING, &format!("Proposal from {seen} tables. Nothing was changed.")))?;
    for mapped in &proposal.entities {
        let Some(candidate) = proposal.chosen.of(mapped.entity) else { continue };
        let how = if mapped.by_view { ", by a view" } else { "" };
        writeln!(out, "\n{}", heading(mapped.entity.view(), candidate, how))?;
        writeln!(out, "{}", wrapped(&visible(&format!("Reason: {}.", candidate.why)), page_width(), "  "))?;
        let mut layout =
            Layout::new(page_width(), &[("column", Fit::Left), ("%", Fit::Right), ("source", Fit::Wrap)]);
        for found in &mapped.found {
            let mut source = visible(&found.shown);
            if let Some(note) = &found.note {
                source = format!("{source}; {}", visible(note));
            }
            if !found.unknown.is_empty() {
                source = format!("{source}; not mapped: {}", visible(&found.unknown.join(", ")));
            }
            let share = percent(found.confidence).plain();
            let style = if found.confidence < DOUBTFUL { ALERT } else { anstyle::Style::new() };
            let mark = if found.confidence < DOUBTFUL { format!("{share}?") } else { share };
            layout.row([found.column.name.to_owned(), styled(style, &mark), source]);
        }
        layout.write(out)?;
    }
    if let Some(candidate) = &proposal.chosen.users {
        writeln!(out, "\n{}", heading("users", candidate, ", not bound: only its ids are read"))?;
    }
    writeln!(out, "\n{}", styled(HEADING, "Not found"))?;
    let mut missing = proposal.missing();
    missing.sort_by_key(|(_, column)| column.is_some_and(|column| !column.required));
    for (entity, column) in missing {
        let line = match column {
            None => format!("{entity}: {}.", scaffold::costs(entity)),
            Some(column) if column.costs.starts_with("nothing is computed") => continue,
            Some(column) if (entity, column.name) == (Entity::Campaigns, "status") => styled(
                ALERT,
                "campaigns.status: required. The table has no switch. Add one, such as enabled boolean NOT NULL DEFAULT true, and let the checkout refuse a code that is not enabled.",
            ),
            Some(column) if column.required => {
                styled(ALERT, &format!("{entity}.{}: required. Write it into the view.", column.name))
            }
            Some(column) => format!("{entity}.{}: {}.", column.name, column.costs),
        };
        writeln!(out, "{}", wrapped(&line, page_width(), "  "))?;
    }
    let ours = unreadable.iter().filter(|place| {
        proposal.entities.iter().any(|m| place.starts_with(&format!("{}.", m.table.shown())))
    });
    let closed: Vec<&str> = ours.map(String::as_str).collect();
    if !closed.is_empty() {
        let line =
            format!("This role may not read {}. Their values were not read.", visible(&closed.join(", ")));
        writeln!(out, "\n{}", wrapped(&line, page_width(), ""))?;
    }
    writeln!(out, "\n{}", styled(HEADING, "To paste into psql. Check what is marked ? first."))?;
    for statement in statements {
        writeln!(out)?;
        for line in statement.lines() {
            writeln!(out, "{}", styled(PASTE, &visible(line)))?;
        }
    }
    Ok(())
}

fn heading(entity: &str, candidate: &scaffold::Candidate<'_>, how: &str) -> String {
    let rows = match candidate.table.rows {
        ..0 => String::new(),
        n => format!(", about {} rows", grouped(n)),
    };
    let share = percent(candidate.confidence).plain();
    styled(HEADING, &visible(&format!("{entity}: {} ({share} %{rows}){how}", candidate.table.shown())))
}
