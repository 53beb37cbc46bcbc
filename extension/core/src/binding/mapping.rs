//! `bind`'s argument `columns`: which column of the application serves as which of ours, or what stands in its place.

use super::expression;
use super::view::{quote_ident, quote_literal};
use super::{Column, Entity, Family, KEY};
use crate::{Refusal, SqlState};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What was said of each column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping(BTreeMap<(Entity, &'static str), Given>);

/// What was said of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// The application lacks it.
    Lacks,
    /// Its name there.
    Column(String),
    /// It is made of something.
    Made(Box<Made>),
}

/// How a column is made, and how it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// The application's column, to be read where there is no expression, and to be written.
    pub column: Option<String>,
    /// A constant.
    value: Option<String>,
    /// An expression of the row.
    sql: Option<String>,
    /// The application's words and ours.
    words: BTreeMap<String, String>,
    /// Our words and the application's, for writing.
    writes: BTreeMap<String, String>,
    /// Digits behind the decimal point.
    scale: Option<u32>,
    /// As it was given.
    pub json: Value,
}

const EXAMPLE: &str = r#"For example: columns => '{"attempts": {"code_hash": "hash_of_code", "source": {"value": "API"}, "result": {"column": "outcome", "words": {"ok": "ACCEPTED"}}}}'"#;
/// More digits than any currency has.
const MOST_DIGITS: u64 = 6;

fn bad(message: String) -> Refusal {
    Refusal::new(SqlState::InvalidParameterValue, message)
}

impl Mapping {
    /// Reads and checks it.
    ///
    /// # Errors
    /// 22023 for anything but an object of objects of strings, nulls or objects that say how a column is made, and for entities
    /// or columns that do not exist.
    pub fn parse(json: &Value) -> Result<Self, Refusal> {
        let object = json.as_object().ok_or_else(|| {
            bad("columns must be a JSON object".into()).detail(format!("It is {json}.")).hint(EXAMPLE)
        })?;
        let mut map = BTreeMap::new();
        for (entity_name, columns) in object {
            let entity = Entity::named(entity_name).ok_or_else(|| {
                bad(format!("columns names \"{entity_name}\", which is not an entity"))
                    .detail(format!("The entities are {}.", Entity::ALL.map(Entity::view).join(", ")))
                    .hint(EXAMPLE)
            })?;
            let columns = columns.as_object().ok_or_else(|| {
                bad(format!("columns of \"{entity}\" must be a JSON object"))
                    .detail(format!("It is {columns}."))
                    .hint(EXAMPLE)
            })?;
            for (name, actual) in columns {
                let column = entity.column(name).ok_or_else(|| {
                    let known: Vec<_> = entity.columns().iter().map(|c| c.name).collect();
                    bad(format!("\"{entity}\" has no column \"{name}\" to be mapped"))
                        .detail(format!("Its columns are {}.", known.join(", ")))
                        .hint(EXAMPLE)
                })?;
                if column.name == KEY {
                    return Err(bad(format!("\"{entity}\".\"{KEY}\" cannot be mapped"))
                        .detail("It is the text of the column that id is mapped to.")
                        .hint("columns => '{\"campaigns\": {\"id\": \"its name there\"}}'"));
                }
                map.insert((entity, column.name), Given::parse(entity, column, actual)?);
            }
        }
        Ok(Self(map))
    }

    /// What was said of this column.
    pub fn get(&self, entity: Entity, column: &'static str) -> Option<&Given> {
        self.0.get(&(entity, column))
    }
}

impl Given {
    /// Reads and checks what was said of a column.
    ///
    /// # Errors
    /// 22023.
    pub fn parse(entity: Entity, column: &Column, json: &Value) -> Result<Self, Refusal> {
        match json {
            Value::String(name) => Ok(Self::Column(name.clone())),
            Value::Null => Ok(Self::Lacks),
            Value::Object(_) => Made::parse(entity, column, json).map(|made| Self::Made(Box::new(made))),
            other => Err(bad(format!("column \"{entity}\".\"{}\" is mapped to {other}", column.name))
                .detail("A column is mapped to the name of the application's column, to null where it has none, or to an object with column, value or sql.")
                .hint(EXAMPLE)),
        }
    }
}

/// A constant as text.
fn scalar(json: &Value) -> Option<String> {
    match json {
        Value::String(text) => Some(text.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

impl Made {
    fn parse(entity: Entity, column: &Column, json: &Value) -> Result<Self, Refusal> {
        let place = format!("\"{entity}\".\"{}\"", column.name);
        let wrong =
            |detail: String| bad(format!("column {place} is mapped to {json}")).detail(detail).hint(EXAMPLE);
        let mut made = Self { json: json.clone(), ..Self::default() };
        for (key, value) in json.as_object().into_iter().flatten() {
            let text = || {
                scalar(value)
                    .ok_or_else(|| wrong(format!("\"{key}\" must be a text, a number or a boolean.")))
            };
            match key.as_str() {
                "column" => made.column = Some(text()?),
                "value" => made.value = Some(text()?),
                "sql" => {
                    let sql = text()?;
                    expression::check(&sql).map_err(|why| wrong(format!("The expression {why}.")))?;
                    made.sql = Some(sql);
                }
                "scale" => {
                    let digits = value.as_u64().filter(|n| *n <= MOST_DIGITS);
                    let digits = digits.ok_or_else(|| {
                        wrong(format!("\"scale\" must be a whole number from 0 to {MOST_DIGITS}."))
                    })?;
                    made.scale = u32::try_from(digits).ok();
                }
                "words" | "writes" => {
                    let pairs = value
                        .as_object()
                        .ok_or_else(|| wrong(format!("\"{key}\" must be an object of words.")))?;
                    let list = if key == "words" { &mut made.words } else { &mut made.writes };
                    for (from, to) in pairs {
                        let to = scalar(to).ok_or_else(|| {
                            wrong(format!("\"{key}\" has \"{from}\": {to}, which is no word."))
                        })?;
                        list.insert(from.clone(), to);
                    }
                }
                other => {
                    return Err(wrong(format!(
                        "\"{other}\" is not known; column, value, sql, words, writes and scale are."
                    )));
                }
            }
        }
        made.check(entity, column).map_err(wrong)?;
        Ok(made)
    }

    fn check(&self, entity: Entity, column: &Column) -> Result<(), String> {
        match (&self.column, &self.value, &self.sql) {
            (None, None, None) => {
                return Err("It names neither a column, nor a value, nor an expression.".to_owned());
            }
            (_, Some(_), Some(_)) | (Some(_), Some(_), _) => {
                return Err("A value stands alone.".to_owned());
            }
            (Some(_), None, Some(_)) if self.writes.is_empty() => {
                return Err(
                    "An expression needs no column, unless \"writes\" says what is written to it.".to_owned()
                );
            }
            _ => {}
        }
        if !self.words.is_empty() {
            if column.family != Family::Label || self.sql.is_some() || self.value.is_some() {
                return Err("\"words\" translates a column of words or a boolean; an expression translates by itself.".to_owned());
            }
            let unknown =
                self.words.values().find(|w| !column.words.is_empty() && !column.words.contains(&w.as_str()));
            if let Some(word) = unknown {
                return Err(format!("\"{word}\" is not a known word; {} are.", column.words.join(", ")));
            }
        }
        if !self.writes.is_empty() {
            if (entity, column.name) != (Entity::Campaigns, "status") || self.column.is_none() {
                return Err("\"writes\" is for a column that campaigns.status is written to.".to_owned());
            }
            if let Some(word) = self.writes.keys().find(|w| !column.words.contains(&w.as_str())) {
                return Err(format!("\"{word}\" is not a known status; {} are.", column.words.join(", ")));
            }
        }
        if self.scale.is_some() && (column.family != Family::Count || self.column.is_none()) {
            return Err("\"scale\" is for a column of amounts.".to_owned());
        }
        Ok(())
    }

    /// What stands in the view, and its type where it is known without asking PostgreSQL. None: the column as it is.
    pub fn expression(&self, family: Family) -> Option<(String, Option<&'static str>)> {
        if let Some(value) = &self.value {
            let null = family.null_type();
            return Some((format!("{}::{null}", quote_literal(value)), Some(null)));
        }
        if let Some(sql) = &self.sql {
            return Some((format!("(\n{sql}\n)"), None));
        }
        let column = format!("t.{}", quote_ident(self.column.as_deref()?));
        if let Some(scale) = self.scale {
            return Some((format!("round({column} * {})::bigint", 10_u64.pow(scale)), Some("bigint")));
        }
        if self.words.is_empty() {
            return None;
        }
        let word = format!("rtrim({column}::text)");
        let mut sql = format!("CASE {word}");
        for (theirs, ours) in &self.words {
            // Writing to a String cannot fail.
            let _ = write!(sql, " WHEN {} THEN {}", quote_literal(theirs), quote_literal(ours));
        }
        Some((format!("{sql} ELSE {word} END"), Some("text")))
    }

    /// The application's word for ours; none where there is not exactly one.
    pub fn written(&self, word: &str) -> Option<String> {
        if let Some(theirs) = self.writes.get(word) {
            return Some(theirs.clone());
        }
        if self.words.is_empty() && self.writes.is_empty() {
            return Some(word.to_owned());
        }
        let mut theirs = self.words.iter().filter(|(_, ours)| *ours == word).map(|(theirs, _)| theirs);
        let only = theirs.next().cloned();
        only.filter(|_| theirs.next().is_none())
    }

    /// The application's words and ours, for what is read from the column that is written.
    pub fn read_words(&self) -> BTreeMap<String, String> {
        let mut words: BTreeMap<String, String> =
            self.writes.iter().map(|(ours, theirs)| (theirs.clone(), ours.clone())).collect();
        words.extend(self.words.iter().map(|(theirs, ours)| (theirs.clone(), ours.clone())));
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn given(entity: Entity, name: &'static str, said: Value) -> Result<Given, Refusal> {
        let map = Mapping::parse(&json!({ entity.view(): { name: said } }))?;
        Ok(map.get(entity, name).unwrap().clone())
    }

    fn made(entity: Entity, name: &'static str, said: Value) -> Made {
        match given(entity, name, said).unwrap() {
            Given::Made(made) => *made,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_canonical_name_and_the_usual_one_mean_the_same_column() {
        for name in ["code_hash", "normalized_code_hash"] {
            let mapping = Mapping::parse(&json!({"attempts": {name: "H"}})).unwrap();
            assert_eq!(mapping.get(Entity::Attempts, "code_hash"), Some(&Given::Column("H".into())));
            assert_eq!(mapping.get(Entity::Attempts, "result"), None);
        }
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for bad in [
            json!(null),
            json!([]),
            json!({"attempts": 1}),
            json!({"tries": {}}),
            json!({"attempts": {"colour": "x"}}),
            json!({"campaigns": {"key": "id"}}),
            json!({"attempts": {"result": 7}}),
            json!({"attempts": {"result": {}}}),
            json!({"attempts": {"result": {"colour": "x"}}}),
            json!({"attempts": {"result": {"column": ["x"]}}}),
            json!({"attempts": {"result": {"column": "x", "value": "y"}}}),
            json!({"attempts": {"result": {"column": "x", "sql": "y"}}}),
            json!({"attempts": {"result": {"column": "x", "words": {"ok": "TAKEN"}}}}),
            json!({"attempts": {"result": {"column": "x", "words": {"ok": null}}}}),
            json!({"attempts": {"result": {"column": "x", "words": "ok"}}}),
            json!({"attempts": {"result": {"sql": "x", "words": {"ok": "ACCEPTED"}}}}),
            json!({"attempts": {"result": {"column": "x", "writes": {"ACCEPTED": "ok"}}}}),
            json!({"attempts": {"user_id": {"column": "x", "words": {"a": "b"}}}}),
            json!({"campaigns": {"status": {"column": "x", "writes": {"GONE": "y"}}}}),
            json!({"campaigns": {"status": {"sql": "x", "writes": {"ACTIVE": "y"}}}}),
            json!({"purchases": {"status": {"column": "x", "scale": 2}}}),
            json!({"purchases": {"stars_amount": {"column": "x", "scale": 7}}}),
            json!({"purchases": {"stars_amount": {"column": "x", "scale": "2"}}}),
            json!({"purchases": {"stars_amount": {"sql": "1; DROP TABLE x"}}}),
        ] {
            let refusal = Mapping::parse(&bad).unwrap_err();
            assert_eq!(refusal.code, SqlState::InvalidParameterValue, "{bad}");
            assert!(refusal.detail.is_some() && refusal.hint.is_some(), "{bad}");
        }
    }

    #[test]
    fn words_are_translated_in_both_directions() {
        let status = made(
            Entity::Campaigns,
            "status",
            json!({"column": "state", "words": {"active": "ACTIVE", "draft": "PAUSED", "disabled": "PAUSED", "it's": "EXPIRED"},
                   "writes": {"PAUSED": "disabled"}}),
        );
        let (sql, sql_type) = status.expression(Family::Label).unwrap();
        assert_eq!(sql_type, Some("text"));
        assert!(sql.starts_with("CASE rtrim(t.\"state\"::text) WHEN 'active' THEN 'ACTIVE'"), "{sql}");
        assert!(sql.contains("WHEN 'it''s' THEN 'EXPIRED'"), "{sql}");
        assert_eq!(status.written("ACTIVE").as_deref(), Some("active"));
        assert_eq!(status.written("PAUSED").as_deref(), Some("disabled"));
        assert_eq!(status.written("DEPLETED"), None, "no word of theirs means it");
        let two = made(
            Entity::Campaigns,
            "status",
            json!({"column": "s", "words": {"on": "ACTIVE", "live": "ACTIVE", "off": "PAUSED"}}),
        );
        assert_eq!(two.written("ACTIVE"), None, "two words of theirs mean it");
        let flag = made(
            Entity::Campaigns,
            "status",
            json!({"column": "enabled", "words": {"true": "ACTIVE", "false": "PAUSED"}}),
        );
        assert_eq!(flag.written("PAUSED").as_deref(), Some("false"));
    }

    #[test]
    fn a_constant_a_scale_and_an_expression_stand_in_place_of_a_column() {
        let shown = |name, said, family| made(Entity::Purchases, name, said).expression(family).unwrap();
        assert_eq!(
            shown("stars_amount", json!({"column": "net", "scale": 2}), Family::Count).0,
            "round(t.\"net\" * 100)::bigint"
        );
        assert_eq!(shown("product_code", json!({"value": "it's"}), Family::Label).0, "'it''s'::text");
        assert_eq!(
            shown("credited_at", json!({"sql": "coalesce(paid, made)"}), Family::Time).0,
            "(\ncoalesce(paid, made)\n)"
        );
        let derived = made(
            Entity::Campaigns,
            "status",
            json!({"sql": "CASE WHEN t.on THEN 'ACTIVE' ELSE 'PAUSED' END", "column": "on", "writes": {"ACTIVE": true, "PAUSED": false}}),
        );
        assert_eq!(derived.written("PAUSED").as_deref(), Some("false"));
        assert_eq!(derived.read_words()["true"], "ACTIVE");
    }
}
