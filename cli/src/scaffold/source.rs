//! What stands for a canonical column: as `bind()` takes it, and as an expression of a view.

use promo_guard_core::binding::{Column, Family, quote_literal};
use serde_json::{Map, Value as Json, json};

use super::facts::{Field, ident};

/// A canonical column with what stands for it.
#[derive(Clone, Debug)]
pub struct Found {
    pub column: &'static Column,
    /// What `bind()` takes for it.
    pub json: Json,
    /// The expression over the aliases of the view.
    pub sql: String,
    /// How it is shown to a person.
    pub shown: String,
    /// From 0 to 1.
    pub confidence: f64,
    /// What a person should know of it.
    pub note: Option<String>,
    /// The alias of the other table that it stands in.
    pub joined: Option<String>,
    /// It is an id that is a key, which a number is made of.
    pub keyed: bool,
    /// Values that have no meaning yet.
    pub unknown: Vec<String>,
    /// The column of words behind it, and what they mean.
    pub field: String,
    pub mapped: Vec<(String, &'static str)>,
}

impl Found {
    fn new(column: &'static Column, json: Json, sql: String, shown: String, confidence: f64) -> Found {
        Found {
            column,
            json,
            sql,
            shown,
            confidence,
            note: None,
            joined: None,
            keyed: false,
            unknown: Vec::new(),
            field: String::new(),
            mapped: Vec::new(),
        }
    }

    /// A column as it is.
    pub fn plain(column: &'static Column, alias: &str, field: &Field, confidence: f64) -> Found {
        let sql = format!("{alias}.{}", ident(&field.name));
        Found::new(column, field.name.clone().into(), sql, field.name.clone(), confidence)
    }

    /// A column of decimal amounts, in hundredths.
    pub fn hundredths(column: &'static Column, alias: &str, field: &Field, confidence: f64) -> Found {
        let sql = format!("round({alias}.{} * 100)::bigint", ident(&field.name));
        let shown = format!("{} in hundredths", field.name);
        Found::new(column, json!({ "column": field.name, "scale": 2 }), sql, shown, confidence)
    }

    /// An expression.
    pub fn expression(column: &'static Column, sql: String, confidence: f64) -> Found {
        Found::new(column, json!({ "sql": sql }), sql.clone(), sql, confidence)
    }

    /// A constant.
    pub fn constant(column: &'static Column, value: &str, confidence: f64) -> Found {
        let sql = format!("{}::{}", quote_literal(value), column.family.null_type());
        Found::new(column, json!({ "value": value }), sql, format!("always {value}"), confidence)
    }

    /// A column of other words. `written` are the words to write for ours.
    pub fn words(
        column: &'static Column,
        alias: &str,
        field: &Field,
        words: &[(String, &'static str)],
        written: &[(&'static str, String)],
        confidence: f64,
    ) -> Found {
        let map: Map<String, Json> =
            words.iter().map(|(theirs, ours)| (theirs.clone(), (*ours).into())).collect();
        let mut json = json!({ "column": field.name, "words": map });
        if !written.is_empty() {
            let writes: Map<String, Json> =
                written.iter().map(|(ours, theirs)| ((*ours).to_owned(), theirs.clone().into())).collect();
            json["writes"] = writes.into();
        }
        let word = format!("rtrim({alias}.{}::text)", ident(&field.name));
        let cases: String = words
            .iter()
            .map(|(theirs, ours)| format!(" WHEN {} THEN {}", quote_literal(theirs), quote_literal(ours)))
            .collect();
        let sql = format!("CASE {word}{cases} ELSE {word} END");
        let pairs: Vec<String> = words.iter().map(|(theirs, ours)| format!("{theirs} = {ours}")).collect();
        Found::new(column, json, sql, format!("{} ({})", field.name, pairs.join(", ")), confidence)
    }

    /// The same with a shorter form for people.
    pub fn shown_as(mut self, shown: impl Into<String>) -> Found {
        self.shown = shown.into();
        self
    }

    pub fn noted(mut self, note: impl Into<String>) -> Found {
        self.note = Some(note.into());
        self
    }

    /// Whether a column of this type can stand for it as it is, or in one step.
    pub fn fits(column: &Column, field: &Field) -> bool {
        match column.family {
            Family::Id => !field.is_time() && !field.is_boolean() && !field.is_decimal() && !is_json(field),
            Family::Key => !field.is_time() && !field.is_boolean() && !is_json(field),
            Family::Hash => field.is_text() || field.sql_type.base == "bytea",
            Family::Label => field.is_text() || field.sql_type.is_enum,
            Family::Time => field.is_time(),
            Family::Count => field.is_integer() || field.is_decimal(),
            Family::Flag => field.is_boolean(),
            Family::Json => is_json(field),
            Family::Opaque => false,
        }
    }
}

fn is_json(field: &Field) -> bool {
    matches!(field.sql_type.base.as_str(), "json" | "jsonb")
}
