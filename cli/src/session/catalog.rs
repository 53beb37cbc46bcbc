//! What the catalog says of the application's tables, for a scaffold: it needs neither the extension nor a right beyond reading.

use postgres::types::Type;
use promo_guard_core::binding::SqlType;
use serde_json::Value as Json;

use super::work::{Work, get};
use crate::error::Error;
use crate::scaffold::{Field, Link, Table};

/// Rows of a table that are read for the values of a status.
const SAMPLE: i64 = 2_000;
/// A column with more values than this is no status.
const MOST_WORDS: usize = 30;

impl Work<'_> {
    /// The tables, those of the search_path first; and columns that this role may not read.
    pub fn catalog(&mut self) -> Result<(Vec<Table>, Vec<String>), Error> {
        let path = self.query("SELECT pg_catalog.current_schemas(false)::pg_catalog.text[]", &[])?;
        let path: Vec<String> = path.first().map_or(Ok(Vec::new()), |row| get(row, 0))?;
        // Operators and functions of the application's have no part in what follows.
        self.run("SET LOCAL search_path = pg_catalog")?;
        let rows = self.query(include_str!("catalog.sql"), &[(&path, Type::TEXT_ARRAY)])?;
        let mut unreadable = Vec::new();
        let mut tables = Vec::new();
        for row in &rows {
            let document: Json = get(row, 0)?;
            let table = table(&document);
            let closed = list(&document["fields"]).filter(|field| field["readable"] == false);
            unreadable.extend(closed.map(|field| format!("{}.{}", table.shown(), text(&field["name"]))));
            tables.push(table);
        }
        Ok((tables, unreadable))
    }

    /// The values of a status column, where it has few and all look like words: from the planner's statistics and from a sample.
    pub fn words_of(&mut self, table: &Table, field: &Field) -> Result<Vec<String>, Error> {
        let statistics = self.query(
            "SELECT v FROM pg_stats AS s, unnest(s.most_common_vals::text::text[]) AS v
             WHERE s.schemaname = $1::text AND s.tablename = $2::text AND s.attname = $3::text AND s.n_distinct BETWEEN 0 AND 30",
            &[(&table.schema, Type::TEXT), (&table.name, Type::TEXT), (&field.name, Type::TEXT)],
        )?;
        let mut words = statistics.iter().map(|row| get(row, 0)).collect::<Result<Vec<String>, Error>>()?;
        let column = crate::scaffold::ident(&field.name);
        let sql = format!(
            "SELECT DISTINCT s.v FROM (SELECT rtrim(t.{column}::text) AS v FROM {} AS t LIMIT {SAMPLE}) AS s WHERE s.v IS NOT NULL ORDER BY 1 LIMIT 31",
            table.quoted()
        );
        self.limit_locks()?;
        self.run("SAVEPOINT promoctl_sample")?;
        match self.query(&sql, &[]) {
            Ok(rows) => {
                words.extend(rows.iter().map(|row| get(row, 0)).collect::<Result<Vec<String>, Error>>()?)
            }
            // Locked, or refused by a policy of the table's: its words are then what the statistics have.
            Err(Error::Server(_) | Error::Advised { .. } | Error::TimedOut { .. }) => {
                self.run("ROLLBACK TO SAVEPOINT promoctl_sample")?
            }
            Err(other) => return Err(other),
        }
        words.sort_unstable();
        words.dedup();
        // Anything else may be a secret that stands in a column of that name.
        let is_word = |word: &String| {
            word.len() <= 40
                && word.starts_with(char::is_alphabetic)
                && word.chars().all(|c| c.is_alphanumeric() || "_-. :".contains(c))
                && word.chars().filter(char::is_ascii_digit).count() < 4
        };
        if words.len() > MOST_WORDS || !words.iter().all(is_word) {
            return Ok(Vec::new());
        }
        Ok(words)
    }
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

fn list(json: &Json) -> impl Iterator<Item = &Json> {
    json.as_array().into_iter().flatten()
}

fn table(document: &Json) -> Table {
    let field = |json: &Json| Field {
        name: text(&json["name"]),
        sql_type: SqlType {
            name: text(&json["type"]),
            base: text(&json["base"]),
            is_enum: json["is_enum"] == true,
        },
        nullable: json["nullable"] == true,
        key: json["key"] == true,
        unique: json["unique"] == true,
        words: list(&json["words"]).map(text).collect(),
    };
    let link = |json: &Json| Link {
        column: text(&json["column"]),
        table: (text(&json["schema"]), text(&json["table"])),
        to: text(&json["to"]),
    };
    Table {
        schema: text(&document["schema"]),
        name: text(&document["name"]),
        rows: document["rows"].as_i64().unwrap_or(-1),
        partitioned: document["partitioned"] == true,
        fields: list(&document["fields"]).map(field).collect(),
        links: list(&document["links"]).map(link).collect(),
    }
}
