//! Whether a column's type can serve, and at what price.

use super::Family;

/// A column's type as PostgreSQL describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlType {
    /// As it is written, with its modifier: `character(64)`.
    pub name: String,
    /// The name in `pg_type` of the type underneath all domains: `bpchar`.
    pub base: String,
    /// Whether that is an enum.
    pub is_enum: bool,
}

/// How a column serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// As it is: indexes, statistics and pruning stay.
    AsIs,
    /// Cast to this type: they are lost on this column.
    Cast(&'static str),
    /// As a number made of it: see [`super::number_of`]. An index on that number serves.
    Number,
    /// Not at all.
    No,
}

/// Whether a column of type `found` can serve as one of `family`.
pub fn fit(family: Family, found: &SqlType) -> Fit {
    let base = found.base.as_str();
    let integer = matches!(base, "int2" | "int4" | "int8");
    let text = matches!(base, "text" | "varchar" | "bpchar");
    let serves = match family {
        Family::Id | Family::Count => integer,
        Family::Key => integer || text || matches!(base, "uuid" | "bytea" | "numeric"),
        Family::Hash => text || base == "bytea",
        Family::Label => text || base == "name",
        Family::Time => matches!(base, "timestamptz" | "timestamp"),
        Family::Flag => base == "bool",
        Family::Json => base == "jsonb",
        Family::Opaque => {
            integer
                || text
                || found.is_enum
                || matches!(
                    base,
                    "name" | "uuid" | "bytea" | "numeric" | "inet" | "cidr" | "macaddr" | "macaddr8"
                )
        }
    };
    match family {
        _ if serves => Fit::AsIs,
        Family::Label if found.is_enum => Fit::Cast("text"),
        Family::Json if base == "json" => Fit::Cast("jsonb"),
        Family::Id if is_key(found) => Fit::Number,
        _ => Fit::No,
    }
}

/// Whether an id of this type is shown as a number made of it.
pub fn is_key(sql_type: &SqlType) -> bool {
    matches!(sql_type.base.as_str(), "uuid" | "text" | "varchar" | "bpchar")
}

/// Two columns that are compared with each other: whether they compare natively, index and all.
pub(super) fn comparable(a: &SqlType, b: &SqlType) -> bool {
    let class = |t: &SqlType| match t.base.as_str() {
        "int2" | "int4" | "int8" => "integer".to_owned(),
        "text" | "varchar" => "text".to_owned(),
        other => other.to_owned(),
    };
    class(a) == class(b)
}
