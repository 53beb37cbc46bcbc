//! What the catalog says of the application's tables.

use promo_guard_core::binding::{SqlType, quote_ident};

/// A table or a view.
#[derive(Clone, Debug)]
pub struct Table {
    pub schema: String,
    pub name: String,
    /// The planner's estimate; less than 0 where there is none.
    pub rows: i64,
    pub partitioned: bool,
    pub fields: Vec<Field>,
    pub links: Vec<Link>,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub sql_type: SqlType,
    pub nullable: bool,
    /// It is the primary key by itself.
    pub key: bool,
    pub unique: bool,
    /// The labels of an enum, or values of a status that were read.
    pub words: Vec<String>,
}

/// A foreign key of one column.
#[derive(Clone, Debug)]
pub struct Link {
    pub column: String,
    /// Schema and name of the table that it refers to.
    pub table: (String, String),
    pub to: String,
}

impl Table {
    /// Schema and name, quoted.
    pub fn quoted(&self) -> String {
        format!("{}.{}", ident(&self.schema), ident(&self.name))
    }

    /// Schema and name as people write them.
    pub fn shown(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    pub fn is(&self, named: &(String, String)) -> bool {
        self.schema == named.0 && self.name == named.1
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Its primary key, where that is one column.
    pub fn key(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.key)
    }

    /// The column that refers to another table.
    pub fn link_to(&self, other: &Table) -> Option<&Link> {
        self.links.iter().find(|link| other.is(&link.table))
    }
}

impl Field {
    pub fn is_integer(&self) -> bool {
        matches!(self.sql_type.base.as_str(), "int2" | "int4" | "int8")
    }

    pub fn is_decimal(&self) -> bool {
        matches!(self.sql_type.base.as_str(), "numeric" | "float4" | "float8")
    }

    pub fn is_text(&self) -> bool {
        matches!(self.sql_type.base.as_str(), "text" | "varchar" | "bpchar" | "citext" | "name")
    }

    pub fn is_boolean(&self) -> bool {
        self.sql_type.base == "bool"
    }

    pub fn is_time(&self) -> bool {
        matches!(self.sql_type.base.as_str(), "timestamptz" | "timestamp" | "date")
    }
}

/// A name as SQL reads it: bare where it can be.
pub fn ident(name: &str) -> String {
    // Words that mean something in a FROM or a SELECT.
    const RESERVED: [&str; 24] = [
        "all",
        "analyse",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "case",
        "check",
        "column",
        "default",
        "desc",
        "end",
        "from",
        "group",
        "limit",
        "offset",
        "order",
        "primary",
        "references",
        "select",
        "table",
        "user",
        "when",
    ];
    let bare = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && !RESERVED.contains(&name);
    if bare { name.to_owned() } else { quote_ident(name) }
}

/// An expression of the time of a column in UTC.
pub fn time_of(alias: &str, field: &Field) -> String {
    let name = format!("{alias}.{}", ident(&field.name));
    if field.sql_type.base == "date" { format!("{name}::timestamp AT TIME ZONE 'UTC'") } else { name }
}
