//! `promoctl setup`: bind, attach the history, grant access, then check the result with doctor().

use std::io::{self, Write};

use serde_json::{Map, Value as Json};

use super::doctor;
use super::triage::words::capital;
use crate::args::{Format, SetupArguments};
use crate::error::{Error, Status};
use crate::output::table::{ALERT, Fit, HEADING, Layout, PLAIN, PageWriter, nothing, page_width, styled};
use crate::output::text::{visible, wrapped};
use crate::output::{Kind, Part, Printing, Row, Rows, Value, answer_parts, column, no_csv};
use crate::session::{Argument, Call, Session, Work};

/// Checks the arguments before connecting.
pub fn check(arguments: &SetupArguments, printing: Printing) -> Result<(), Error> {
    if printing.format == Format::Csv {
        return Err(no_csv());
    }
    mapping(&arguments.map).map(drop)
}

/// Runs the command.
pub fn run(arguments: &SetupArguments, session: &mut Session, printing: Printing) -> Result<Status, Error> {
    let mut work = if arguments.dry_run { session.rehearse() } else { session.change() }?;
    let (bound, steps) = change(arguments, &mut work)?;
    let findings = if arguments.dry_run {
        // The doctor checks the result before it is rolled back.
        let findings = work.fetch(&Call::new("doctor"))?;
        work.roll_back()?;
        findings
    } else {
        work.commit()?;
        // The locks are released by now, so the doctor blocks no other session.
        session.read(|work| work.fetch(&Call::new("doctor"))).map_err(|cause| Error::Step {
            told: "setup is complete, but doctor() failed".to_owned(),
            cause: Box::new(cause),
        })?
    };

    let parts = [
        Part::Fact("dry_run", Value::Bool(arguments.dry_run)),
        Part::Table("bound", "Bound", &bound),
        Part::Table("steps", "Steps", &steps),
        Part::Table("doctor", "Doctor", &findings),
    ];
    answer_parts(printing, &parts, None, |out| write_page(out, arguments, &bound, &steps, &findings))?;
    Ok(doctor::status(&findings))
}

/// All changes, in one transaction: the rows of `bind()`, and a row for each further step.
fn change(arguments: &SetupArguments, work: &mut Work<'_>) -> Result<(Rows, Rows), Error> {
    let failed = |step: String| {
        move |cause| Error::Step {
            told: format!("{step} failed; nothing was changed"),
            cause: Box::new(cause),
        }
    };
    let bound =
        work.fetch(&bind(arguments)?).map_err(failed("binding the application's tables".to_owned()))?;

    let columns = vec![column("step", Kind::Text), column("outcome", Kind::Text)];
    let mut steps = Rows { columns, rows: Vec::new() };
    let mut done =
        |step: String, outcome: String| steps.rows.push(vec![Value::Text(step), Value::Text(outcome)]);
    if !arguments.no_history {
        let outcome =
            work.tell("attach_history", None).map_err(failed("attaching the status history".to_owned()))?;
        done("history".to_owned(), outcome);
    }
    for (function, kind, roles) in
        [("grant_reader", "reader", &arguments.reader), ("grant_operator", "operator", &arguments.operator)]
    {
        for role in roles {
            let outcome =
                work.tell(function, Some(role)).map_err(failed(format!("making {role} a {kind}")))?;
            done(format!("{kind} {role}"), outcome);
        }
    }
    Ok((bound, steps))
}

/// The call of `bind()`. Tables are looked up by the server on this session's search_path.
fn bind(arguments: &SetupArguments) -> Result<Call, Error> {
    let mut call = Call::new("bind");
    for (name, table) in [
        ("promo_codes", &arguments.codes),
        ("promo_attempts", &arguments.attempts),
        ("promo_redemptions", &arguments.redemptions),
        ("purchases", &arguments.purchases),
        ("ledger", &arguments.ledger),
    ] {
        call = call.with_some(name, "regclass", table.as_ref());
    }
    let columns = mapping(&arguments.map)?;
    Ok(if columns.is_empty() {
        call
    } else {
        call.with("columns", Argument::As("jsonb", Json::Object(columns).to_string()))
    })
}

/// `entity.column=name` as the object that `bind()` takes; an empty name becomes null: the application has no such column.
fn mapping(given: &[String]) -> Result<Map<String, Json>, Error> {
    let mut entities = Map::new();
    for text in given {
        let parsed = text.split_once('=').and_then(|(left, name)| {
            let (entity, canonical) = left.split_once('.')?;
            (!entity.is_empty() && !canonical.is_empty()).then_some((entity, canonical, name))
        });
        let Some((entity, canonical, name)) = parsed else {
            return Err(Error::usage_with_hint(
                format!("--map \"{text}\" is not ENTITY.COLUMN=NAME"),
                "For example: --map attempts.code_hash=hash_of_code",
            ));
        };
        let columns = entities.entry(entity).or_insert_with(|| Json::Object(Map::new()));
        if let Json::Object(columns) = columns {
            let name = if name.is_empty() { Json::Null } else { Json::String(name.to_owned()) };
            columns.insert(canonical.to_owned(), name);
        }
    }
    Ok(entities)
}

/// The page for people.
fn write_page(
    out: &mut impl Write,
    arguments: &SetupArguments,
    bound: &Rows,
    steps: &Rows,
    findings: &Rows,
) -> io::Result<()> {
    writeln!(out, "{}", styled(HEADING, "Bound"))?;
    write_bound(out, bound, arguments.all)?;
    for row in steps.iter() {
        out.title(&capital(&row.words("step")))?;
        out.below(PLAIN, &row.words("outcome"))?;
    }
    out.title("Doctor")?;
    doctor::write_list(out, findings)?;
    if arguments.dry_run {
        writeln!(out, "\n{}", styled(ALERT, "Dry run: everything was rolled back. Nothing was changed."))?;
    }
    Ok(())
}

/// One line for each entity with its missing and renamed columns; with `all` a table of every column.
fn write_bound(out: &mut impl Write, bound: &Rows, all: bool) -> io::Result<()> {
    let found = |row: &Row<'_>| row.holds("found");
    if all {
        let titles = [("entity", Fit::Left), ("column", Fit::Left), ("bound to", Fit::Wrap)];
        let mut layout = Layout::new(page_width(), &titles);
        for row in bound.iter() {
            let place = match (found(&row), row.holds("required")) {
                (true, _) => row.shown("bound_to").unwrap_or_else(nothing),
                (false, true) => "missing, required".to_owned(),
                (false, false) => "missing, optional".to_owned(),
            };
            layout.row([row.words("entity"), row.words("canonical"), place]);
        }
        return layout.write(out);
    }

    let mut entities: Vec<&str> = bound.values("entity").filter_map(Value::text).collect();
    entities.dedup();
    for entity in entities {
        let rows = bound.only(|row| row.is("entity", entity));
        let place = rows.iter().find_map(|row| row.text("bound_to").map(split_column));
        let relation = place.map_or_else(String::new, |(relation, _)| visible(relation));
        let count = rows.count(found);
        writeln!(out, "  {:<12} {relation}: {count} of {} columns", visible(entity), rows.len())?;

        let missing = rows.iter().filter(|row| !found(row)).map(|row| row.words("canonical"));
        let renamed = rows.iter().filter_map(|row| {
            let (_, column) = split_column(row.text("bound_to")?);
            let canonical = row.text("canonical")?;
            (column != canonical).then(|| format!("{} = {}", visible(canonical), visible(&column)))
        });
        for (remark, columns) in [("missing", missing.collect()), ("renamed", renamed.collect::<Vec<_>>())] {
            if !columns.is_empty() {
                let line = format!("{remark}: {}", columns.join(", "));
                writeln!(out, "{}", wrapped(&line, page_width(), "               "))?;
            }
        }
    }
    Ok(())
}

/// `schema.table.column` as the relation, still quoted, and the column's plain name. A dot within quotes is part of a name,
/// and a remark in brackets behind it (such as "written by hand") is not.
fn split_column(place: &str) -> (&str, String) {
    let mut quoted = false;
    let remark = place.char_indices().find(|&(_, character)| {
        quoted ^= character == '"';
        character == ' ' && !quoted
    });
    let place = remark.map_or(place, |(at, _)| &place[..at]);
    quoted = false;
    let dot = place
        .char_indices()
        .filter(|&(_, character)| {
            quoted ^= character == '"';
            character == '.' && !quoted
        })
        .last();
    let (relation, column) = dot.map_or(("", place), |(at, _)| (&place[..at], &place[at + 1..]));
    let plain = column.strip_prefix('"').and_then(|column| column.strip_suffix('"'));
    (relation, plain.map_or_else(|| column.to_owned(), |name| name.replace("\"\"", "\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_relation_and_a_column() {
        for (place, relation, column) in [
            ("public.promo_codes.id", "public.promo_codes", "id"),
            ("\"My.Shop\".\"Co.des\".\"Odd \"\"one\"\".x\"", "\"My.Shop\".\"Co.des\"", "Odd \"one\".x"),
            ("promo_guard.campaigns.id (written by hand)", "promo_guard.campaigns", "id"),
            ("id", "", "id"),
        ] {
            assert_eq!(split_column(place), (relation, column.to_owned()));
        }
    }

    #[test]
    fn a_mapping_becomes_the_object_that_bind_takes() {
        let given =
            ["attempts.code_hash=hash_of_code", "attempts.result=Odd.Name=x", "campaigns.target_scope="];
        let columns = mapping(&given.map(str::to_owned)).unwrap();
        assert_eq!(
            Json::Object(columns),
            serde_json::json!({
                "attempts": {"code_hash": "hash_of_code", "result": "Odd.Name=x"},
                "campaigns": {"target_scope": null}
            })
        );
        for wrong in ["attempts", "attempts=x", ".x=y", "a.=y"] {
            assert!(mapping(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
