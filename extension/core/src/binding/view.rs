//! The text of an adapter view. Names are the application's and may be anything, so every one is quoted.

use super::fit::{SqlType, comparable};
use super::{Column, Entity, number_of};
use std::fmt::Write as _;

/// Where a canonical column comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The application's column, to be read or written; none for what is made of none, or of several.
    pub name: Option<String>,
    /// What stands in the view in its place.
    pub made: Option<String>,
    /// The type of either.
    pub sql_type: SqlType,
    /// The type that it is cast to, where it must be.
    pub cast: Option<String>,
    /// The text of the key, as SQL, where a number made of it is shown.
    pub key: Option<String>,
    /// As it was given to `bind`, and is remembered.
    pub given: serde_json::Value,
}

impl Source {
    /// The application's column as it is.
    pub fn column(name: String, sql_type: SqlType, cast: Option<String>) -> Self {
        let given = name.clone().into();
        Self { name: Some(name), made: None, sql_type, cast, key: None, given }
    }

    /// The same as the number of the key that it is.
    pub fn numbered(self) -> Self {
        let key = format!("{}::text", self.expression());
        let sql_type = SqlType { name: "bigint".to_owned(), base: "int8".to_owned(), is_enum: false };
        Self { made: Some(number_of(&key)), sql_type, cast: None, key: Some(key), ..self }
    }

    /// The text of the key, to be shown beside the number; none where there is none.
    pub fn of_key(&self) -> Option<Self> {
        let sql_type = SqlType { name: "text".to_owned(), base: "text".to_owned(), is_enum: false };
        let made = Some(self.key.clone()?);
        Some(Self { name: None, made, sql_type, cast: None, key: None, given: serde_json::Value::Null })
    }

    /// What stands in the view.
    fn expression(&self) -> String {
        let column = || format!("t.{}", quote_ident(self.name.as_deref().unwrap_or_default()));
        let shown = self.made.clone().unwrap_or_else(column);
        match &self.cast {
            Some(cast) if self.made.is_some() => format!("({shown})::{cast}"),
            Some(cast) => format!("{shown}::{cast}"),
            None => shown,
        }
    }
}

/// A table of the application's as it will be shown.
#[derive(Debug, Clone)]
pub struct Bound {
    /// As what.
    pub entity: Entity,
    /// Schema and name of the table.
    pub relation: (String, String),
    /// A source for each canonical column, in the entity's order; `None` where the application has none.
    pub columns: Vec<Option<Source>>,
}

/// Columns that are compared with each other.
const HASHES: [(Entity, &str); 2] = [(Entity::Attempts, "code_hash"), (Entity::Campaigns, "code_hash")];
const PURCHASE_IDS: [(Entity, &str); 3] = [
    (Entity::Purchases, "id"),
    (Entity::Redemptions, "applied_purchase_id"),
    (Entity::Ledger, "purchase_id"),
];

fn source_mut<'a>(bounds: &'a mut [Bound], (entity, column): (Entity, &str)) -> Option<&'a mut Source> {
    let i = entity.columns().iter().position(|c| c.name == column)?;
    bounds.iter_mut().find(|b| b.entity == entity)?.columns[i].as_mut()
}

/// Casts what must be compared and does not compare natively.
///
/// Hashes: the campaigns' side becomes what the attempts' side is, whose table is the large one and whose index counts.
/// Purchase ids: all of them become text, since text that is no uuid must be found dangling and not raise an error.
pub fn reconcile(bounds: &mut [Bound]) {
    let [attempts, campaigns] = HASHES;
    if let Some(target) = source_mut(bounds, attempts).map(|s| s.sql_type.clone())
        && let Some(mine) = source_mut(bounds, campaigns)
        && !comparable(&mine.sql_type, &target)
    {
        mine.cast = Some(target.name);
    }
    let types: Vec<SqlType> =
        PURCHASE_IDS.iter().filter_map(|id| Some(source_mut(bounds, *id)?.sql_type.clone())).collect();
    if types.windows(2).any(|pair| !comparable(&pair[0], &pair[1])) {
        for id in PURCHASE_IDS {
            if let Some(mine) = source_mut(bounds, id)
                && !matches!(mine.sql_type.base.as_str(), "text" | "varchar")
            {
                mine.cast = Some("text".to_owned());
            }
        }
    }
}

impl Bound {
    pub(super) fn source(&self, column: &str) -> Option<&Source> {
        let i = self.entity.columns().iter().position(|c| c.name == column)?;
        self.columns[i].as_ref()
    }

    /// The view's columns: a rare one only where the application has it, so that views written by hand may replace it without.
    fn shown(&self) -> impl Iterator<Item = (&'static Column, Option<&Source>)> {
        let all = self.entity.columns().iter().zip(self.columns.iter().map(Option::as_ref));
        all.filter(|(column, source)| !column.rare || source.is_some())
    }

    /// The types that missing columns borrow, so that comparisons with them stay well-typed.
    fn null_type(&self, column: &Column, others: &[Bound]) -> String {
        let me = (self.entity, column.name);
        [&HASHES[..], &PURCHASE_IDS[..]]
            .into_iter()
            .find(|group| group.contains(&me))
            .and_then(|group| {
                group.iter().find_map(|(entity, c)| others.iter().find(|o| o.entity == *entity)?.source(c))
            })
            .map_or_else(
                || column.family.null_type().to_owned(),
                |s| s.cast.clone().unwrap_or_else(|| s.sql_type.name.clone()),
            )
    }
}

impl Bound {
    /// The types of the view's columns, as PostgreSQL writes them.
    pub fn column_types(&self, others: &[Bound]) -> Vec<String> {
        self.shown()
            .map(|(column, source)| match source {
                None => self.null_type(column, others),
                Some(Source { cast: Some(cast), .. }) => cast.clone(),
                Some(Source { sql_type, .. }) => sql_type.name.clone(),
            })
            .collect()
    }
}

/// An identifier, quoted.
pub fn quote_ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string constant, quoted, whatever `standard_conforming_strings` says.
pub fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// `CREATE OR REPLACE VIEW promo_guard.… AS SELECT …` over the application's table.
pub fn create_view(bound: &Bound, others: &[Bound]) -> String {
    let mut sql = format!("CREATE OR REPLACE VIEW promo_guard.{} AS SELECT", bound.entity);
    for (i, (column, source)) in bound.shown().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        let expression = match source {
            None => format!("NULL::{}", bound.null_type(column, others)),
            Some(source) => source.expression(),
        };
        // Writing to a String cannot fail.
        let _ = write!(sql, "{comma}\n    {expression} AS {}", quote_ident(column.name));
    }
    let (schema, table) = &bound.relation;
    let _ = write!(sql, "\nFROM {}.{} AS t", quote_ident(schema), quote_ident(table));
    sql
}

/// COMMENTs for the view and its columns.
pub fn comment_statements(bound: &Bound) -> Vec<String> {
    let entity = bound.entity;
    let view = format!("promo_guard.{entity}");
    let mut statements = vec![format!("COMMENT ON VIEW {view} IS {}", sentence(entity.description()))];
    statements.extend(bound.shown().map(|(c, _)| {
        format!("COMMENT ON COLUMN {view}.{} IS {}", quote_ident(c.name), sentence(c.description))
    }));
    statements
}

fn sentence(description: &str) -> String {
    quote_literal(&format!("{description}."))
}

#[cfg(test)]
mod tests {
    use super::super::{Fit, fit};
    use super::*;
    use proptest::prelude::*;

    fn sql_type(name: &str, base: &str) -> SqlType {
        SqlType { name: name.into(), base: base.into(), is_enum: false }
    }

    fn attempts(hash: SqlType) -> Bound {
        let columns = Entity::Attempts
            .columns()
            .iter()
            .map(|c| (c.name == "code_hash").then(|| Source::column("H\"ash".into(), hash.clone(), None)))
            .collect();
        Bound { entity: Entity::Attempts, relation: ("app".into(), "Tries; drop".into()), columns }
    }

    fn campaigns(hash: Option<SqlType>) -> Bound {
        let columns = Entity::Campaigns
            .columns()
            .iter()
            .map(|c| {
                hash.clone().filter(|_| c.name == "code_hash").map(|t| Source::column("h".into(), t, None))
            })
            .collect();
        Bound { entity: Entity::Campaigns, relation: ("app".into(), "c".into()), columns }
    }

    #[test]
    fn the_small_table_is_cast_to_the_large_one_and_never_the_other_way_round() {
        let char64 = || sql_type("character(64)", "bpchar");
        let mut same = [attempts(char64()), campaigns(Some(char64()))];
        reconcile(&mut same);
        assert!(!create_view(&same[1], &same).contains("::character(64) AS \"code_hash\""));
        let mut text = [attempts(char64()), campaigns(Some(sql_type("text", "text")))];
        reconcile(&mut text);
        assert!(create_view(&text[1], &text).contains("t.\"h\"::character(64) AS \"code_hash\""));
        assert!(create_view(&text[0], &text).contains("t.\"H\"\"ash\" AS \"code_hash\""));
        let missing = create_view(&campaigns(None), &text);
        assert!(missing.contains("NULL::character(64) AS \"code_hash\""), "{missing}");
    }

    #[test]
    fn hostile_names_stay_names() {
        let sql = create_view(&attempts(sql_type("text", "text")), &[]);
        assert!(sql.contains("t.\"H\"\"ash\" AS \"code_hash\""));
        assert!(sql.ends_with("FROM \"app\".\"Tries; drop\" AS t"));
    }

    #[test]
    fn every_canonical_column_is_described_and_says_what_it_costs() {
        for entity in Entity::ALL {
            let columns = vec![None; entity.columns().len()];
            let bound = Bound { entity, relation: ("app".into(), "t".into()), columns };
            let rare = entity.columns().iter().filter(|c| c.rare).count();
            assert_eq!(comment_statements(&bound).len(), entity.columns().len() - rare + 1);
            let view = create_view(&bound, &[]);
            assert!(
                entity.columns().iter().all(|c| c.rare != view.contains(&format!("AS \"{}\"", c.name))),
                "{view}"
            );
            for c in entity.columns() {
                assert!(!c.description.is_empty() && !c.costs.is_empty(), "{entity}.{}", c.name);
            }
        }
    }

    #[test]
    fn only_enums_and_json_are_cast() {
        let mood = SqlType { is_enum: true, ..sql_type("mood", "mood") };
        assert_eq!(fit(super::super::Family::Label, &mood), Fit::Cast("text"));
        assert_eq!(fit(super::super::Family::Time, &sql_type("timestamp", "timestamp")), Fit::AsIs);
        assert_eq!(fit(super::super::Family::Id, &sql_type("uuid", "uuid")), Fit::Number);
        assert_eq!(fit(super::super::Family::Id, &sql_type("numeric", "numeric")), Fit::No);
    }

    proptest! {
        #[test]
        fn a_quoted_name_ends_where_it_ends(name in ".{1,30}") {
            let quoted = quote_ident(&name);
            let inner = &quoted[1..quoted.len() - 1];
            prop_assert!(!inner.replace("\"\"", "").contains('"'));
            prop_assert_eq!(inner.replace("\"\"", "\""), name);
        }
    }
}
