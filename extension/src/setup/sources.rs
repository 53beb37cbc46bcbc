//! Where each canonical column comes from, and everything that is wrong with it, reported together.

use super::relation::Relation;
use crate::db;
use crate::failure::{Answer, report};
use promo_guard_core::binding::{
    Bound, Column, Entity, Family, Fit, Given, KEY, Made, Mapping, Source, SqlType, fit,
};
use promo_guard_core::{Refusal, SqlState};
use serde_json::Value;
use std::fmt::Write as _;

/// What is wrong, in the order in which it was found.
#[derive(Default)]
pub struct Problems(Vec<Refusal>);

impl Problems {
    pub fn add(&mut self, problem: Refusal) {
        self.0.push(problem);
    }

    /// A table that was neither given nor found.
    pub fn no_table(&mut self, entity: Entity, path: &[String]) {
        let argument = format!("{} => 'schema.table'", entity.table());
        let refusal = Refusal::new(
            SqlState::UndefinedTable,
            format!("no table \"{}\" on the search_path", entity.table()),
        )
        .detail(format!("The search_path is {}.", path.join(", ")));
        // One call names all that are missing.
        let first = self.0.iter_mut().find(|p| p.code == SqlState::UndefinedTable);
        if let Some(hint) = first.and_then(|first| first.hint.as_mut()) {
            *hint = hint.replace(");", &format!(", {argument});"));
            self.0.push(refusal);
        } else {
            self.0.push(refusal.hint(format!("SELECT * FROM promo_guard.bind({argument});")));
        }
    }

    /// One error with all of them; its code is that of the first.
    ///
    /// # Errors
    /// Where there are any.
    pub fn refuse(self) -> Answer<()> {
        let mut problems = self.0.into_iter();
        let Some(first) = problems.next() else { return Ok(()) };
        let rest: Vec<Refusal> = problems.collect();
        if rest.is_empty() {
            return Err(report(first));
        }
        let mut detail = first.detail.clone().unwrap_or_default();
        let mut hints = first.hint.clone().unwrap_or_default();
        for problem in &rest {
            // Writing to a String cannot fail.
            let _ =
                write!(detail, "\n{}. {}", problem.message, problem.detail.as_deref().unwrap_or_default());
            if let Some(hint) = problem.hint.as_deref().filter(|hint| !hints.contains(hint)) {
                let _ = write!(hints, "\n{hint}");
            }
        }
        let more = if rest.len() == 1 {
            "1 more problem".to_owned()
        } else {
            format!("{} more problems", rest.len())
        };
        Err(report(
            Refusal::new(first.code, format!("{} (and {more})", first.message)).detail(detail).hint(hints),
        ))
    }
}

/// One table to be bound.
pub struct Look<'a> {
    pub relation: &'a Relation,
    pub entity: Entity,
    pub mapping: &'a Mapping,
    /// What the last `bind` was told, where it was of this table.
    pub recalled: Option<&'a Value>,
    pub by_hand: bool,
    /// Whether a view that is written by hand shows the campaigns' keys.
    pub shows_keys: bool,
}

impl Look<'_> {
    fn get(&self, name: &str) -> Option<&(String, SqlType)> {
        self.relation.columns.iter().find(|(n, _)| n == name)
    }

    fn have(&self) -> String {
        self.relation.columns.iter().map(|(n, _)| db::ident(n)).collect::<Vec<_>>().join(", ")
    }

    fn example(&self, column: &Column, what: &str) -> String {
        format!("columns => '{{\"{}\": {{\"{}\": {what}}}}}'", self.entity, column.name)
    }

    /// What was said of a column: now, else the last time.
    fn given(&self, column: &'static Column) -> Option<Given> {
        if let Some(given) = self.mapping.get(self.entity, column.name) {
            return Some(given.clone());
        }
        match self.recalled.map(|r| &r[column.name])? {
            Value::Bool(false) => Some(Given::Lacks),
            // A name that is gone is looked for anew.
            Value::String(name) => self.get(name).map(|_| Given::Column(name.clone())),
            said @ Value::Object(_) => Given::parse(self.entity, column, said).ok(),
            _ => None,
        }
    }

    /// Whether an id may be a key. A view written by hand must show the key, since a row is changed by it.
    fn may_be_key(&self, column: &Column) -> bool {
        !self.by_hand || self.shows_keys || (self.entity, column.name) != (Entity::Campaigns, "id")
    }

    /// Where a canonical column comes from; none where the application lacks it, or where it is a problem.
    pub fn source(&self, column: &'static Column, problems: &mut Problems) -> Answer<Option<Source>> {
        if column.name == KEY {
            return Ok(None); // it follows from the id
        }
        let usual = || [column.usual, column.name].into_iter().find(|name| self.get(name).is_some());
        let found = match self.given(column) {
            Some(Given::Made(made)) => return self.made(column, &made, problems),
            Some(Given::Column(name)) => Some(name),
            Some(Given::Lacks) => None,
            // A column of that name often holds something else: "web", "telegram".
            None if column.family == Family::Opaque => None,
            None => usual().map(str::to_owned),
        };
        let Some(name) = found else {
            if column.required && !self.by_hand {
                problems.add(
                    Refusal::new(
                        SqlState::UndefinedColumn,
                        format!(
                            "{} has no column for \"{}\".\"{}\"",
                            self.relation.qualified(),
                            self.entity,
                            column.name
                        ),
                    )
                    .detail(format!(
                        "It is needed: {}. Columns there are {}.",
                        column.description,
                        self.have()
                    ))
                    .hint(self.example(column, "\"its name there\"")),
                );
            }
            return Ok(None);
        };
        let Some((name, sql_type)) = self.column(column, &name, problems) else { return Ok(None) };
        match fit(column.family, sql_type) {
            Fit::AsIs => Ok(Some(Source::column(name.clone(), sql_type.clone(), None))),
            Fit::Cast(target) => {
                Ok(Some(Source::column(name.clone(), sql_type.clone(), Some(target.to_owned()))))
            }
            Fit::Number if self.may_be_key(column) => {
                Ok(Some(Source::column(name.clone(), sql_type.clone(), None).numbered()))
            }
            Fit::Number | Fit::No => {
                if !self.by_hand {
                    problems.add(self.unfit(column, &format!("column {}", db::ident(name)), sql_type));
                }
                Ok(None)
            }
        }
    }

    /// A column of the application's by name.
    fn column(&self, column: &Column, name: &str, problems: &mut Problems) -> Option<&(String, SqlType)> {
        let found = self.get(name);
        if found.is_none() {
            problems.add(
                Refusal::new(
                    SqlState::UndefinedColumn,
                    format!(
                        "{} has no column {}, to which \"{}\".\"{}\" is mapped",
                        self.relation.qualified(),
                        db::ident(name),
                        self.entity,
                        column.name
                    ),
                )
                .detail(format!("Its columns are {}.", self.have()))
                .hint(self.example(column, "\"...\"")),
            );
        }
        found
    }

    fn unfit(&self, column: &Column, what: &str, sql_type: &SqlType) -> Refusal {
        let way_out = match (column.family, sql_type.base.as_str()) {
            (Family::Count, "numeric") => {
                self.example(column, "{\"column\": \"...\", \"scale\": 2}") + " for amounts with two decimals"
            }
            (Family::Label, "bool") => self.example(
                column,
                &format!(
                    "{{\"column\": \"...\", \"words\": {{\"true\": \"{}\", \"false\": \"{}\"}}}}",
                    column.words.first().unwrap_or(&"..."),
                    column.words.get(1).unwrap_or(&"...")
                ),
            ),
            _ => self.example(column, "\"...\""),
        };
        Refusal::new(
            SqlState::DatatypeMismatch,
            format!("{what} of {} is of type {}", self.relation.qualified(), sql_type.name),
        )
        .detail(format!(
            "For \"{}\".\"{}\" it must be {}.",
            self.entity,
            column.name,
            column.family.accepts()
        ))
        .hint(format!(
            "Write the adapter view promo_guard.{} by hand, or map another column: {way_out}",
            self.entity
        ))
    }

    /// A column that is made of something.
    fn made(&self, column: &'static Column, made: &Made, problems: &mut Problems) -> Answer<Option<Source>> {
        let named = match &made.column {
            Some(name) => match self.column(column, name, problems) {
                Some(found) => Some(found),
                None => return Ok(None),
            },
            None => None,
        };
        let name = named.map(|(name, _)| name.clone());
        let source = |shown: Option<String>, sql_type: SqlType, cast| {
            Some(Source {
                name: name.clone(),
                made: shown,
                sql_type,
                cast,
                key: None,
                given: made.json.clone(),
            })
        };
        let text =
            |name: &str, base: &str| SqlType { name: name.to_owned(), base: base.to_owned(), is_enum: false };
        let (shown, sql_type) = match (made.expression(column.family), named) {
            (Some((sql, Some(known))), _) => {
                if let Some((_, theirs)) = named.filter(|_| known == "bigint")
                    && !matches!(theirs.base.as_str(), "numeric" | "int2" | "int4" | "int8")
                {
                    problems.add(self.unfit(column, "the scaled column", theirs));
                    return Ok(None);
                }
                let base = match known {
                    "bigint" => "int8",
                    "timestamp with time zone" => "timestamptz",
                    "boolean" => "bool",
                    other => other,
                };
                (Some(sql), text(known, base))
            }
            (Some((sql, None)), _) => match self.type_of(column, &sql, problems)? {
                Some(sql_type) => (Some(sql), sql_type),
                None => return Ok(None),
            },
            (None, Some((_, sql_type))) => (None, sql_type.clone()),
            (None, None) => return Ok(None),
        };
        match fit(column.family, &sql_type) {
            Fit::AsIs => Ok(source(shown, sql_type, None)),
            Fit::Cast(target) => Ok(source(shown, sql_type, Some(target.to_owned()))),
            Fit::Number if self.may_be_key(column) => Ok(source(shown, sql_type, None).map(Source::numbered)),
            // A view written by hand shows it; the column is only written.
            Fit::Number | Fit::No if self.by_hand => Ok(source(shown, sql_type, None)),
            Fit::Number | Fit::No => {
                problems.add(self.unfit(column, "the value", &sql_type));
                Ok(None)
            }
        }
    }

    /// The type of an expression of the table's row, without computing it. Beside a column of the row an aggregate has no place.
    fn type_of(&self, column: &Column, sql: &str, problems: &mut Problems) -> Answer<Option<SqlType>> {
        let (schema, table) = (db::ident(&self.relation.schema), db::ident(&self.relation.name));
        let asked = format!("SELECT {sql} AS x, t.ctid FROM {schema}.{table} AS t LIMIT 0");
        let oid = db::attempt(|| db::column_type(&asked))?;
        let described = |why: String| {
            Refusal::new(
                SqlState::InvalidParameterValue,
                format!("the expression for \"{}\".\"{}\" cannot be computed", self.entity, column.name),
            )
            .detail(why)
            .hint(format!(
                "It is an expression over the columns of {} as t: {}.",
                self.relation.qualified(),
                self.have()
            ))
        };
        let oid = match oid {
            Ok(oid) => oid,
            Err(why) => {
                problems.add(described(format!("PostgreSQL says: {why}.")));
                return Ok(None);
            }
        };
        let found = db::read(include_str!("../../../sql/query/setup/type.sql"), &[oid.into()], |row| {
            Ok(SqlType { name: db::text(row, 1)?, base: db::text(row, 2)?, is_enum: db::flag(row, 3)? })
        })?;
        Ok(found.into_iter().next())
    }
}

/// Whether the view that was just made computes each expression from its row alone, and the same way each time.
///
/// # Errors
/// 22023 for an expression with a query, an aggregate, a set or a volatile function.
pub fn check_view(entity: Entity, bound: &Bound) -> Answer<()> {
    let made = bound.columns.iter().flatten().any(|source| source.made.is_some());
    if !made {
        return Ok(());
    }
    let found = db::run(
        include_str!("../../../sql/query/setup/view_expressions.sql"),
        &[entity.view().into()],
        |row| db::text(row, 1),
    )?;
    let Some(what) = found.into_iter().next() else { return Ok(()) };
    let sql: Vec<&str> = bound
        .columns
        .iter()
        .flatten()
        .filter_map(|s| s.made.as_deref())
        .filter(|s| s.starts_with('('))
        .collect();
    Err(report(
        Refusal::new(SqlState::InvalidParameterValue, format!("an expression for \"{entity}\" {what}"))
            .detail(format!("The expressions are: {}.", sql.join("; ").replace('\n', "")))
            .hint("An expression computes a value from the columns of its row alone. For anything else write the view by hand."),
    ))
}
