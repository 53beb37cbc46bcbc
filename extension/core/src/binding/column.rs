//! A canonical column.

/// What kind of value a column holds, which decides the types that can serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A campaign's or user's id: an integer, or a number made of a key.
    Id,
    /// A redemption's, purchase's or attempt's id: anything that compares.
    Key,
    /// A code hash: text of some kind, or bytes.
    Hash,
    /// A word: text of some kind, or an enum.
    Label,
    /// A moment.
    Time,
    /// A whole number.
    Count,
    /// True or false.
    Flag,
    /// JSON.
    Json,
    /// An opaque value: only whether two are equal is of interest. It is never looked for by its name, which many tables use for
    /// something else, such as the kind of an app.
    Opaque,
}

/// A column of an adapter view.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in the view: fixed.
    pub name: &'static str,
    /// Its name in the reference schema, looked for when no mapping is given.
    pub usual: &'static str,
    /// What it holds.
    pub family: Family,
    /// Whether the runbook names it: without it nothing works.
    pub required: bool,
    /// Whether few applications have it: a view written by hand may leave it out, and its lack is not reported.
    pub rare: bool,
    /// The values that rules know; empty where any serves.
    pub words: &'static [&'static str],
    /// What it means, for its COMMENT.
    pub description: &'static str,
    /// What cannot be known without it.
    pub costs: &'static str,
}

pub(super) const fn column(name: &'static str, family: Family, description: &'static str) -> Column {
    Column {
        name,
        usual: name,
        family,
        required: false,
        rare: false,
        words: &[],
        description,
        costs: "nothing is computed from it yet",
    }
}

impl Column {
    pub(super) const fn usual(self, usual: &'static str) -> Self {
        Self { usual, ..self }
    }

    pub(super) const fn required(self) -> Self {
        Self { required: true, costs: "nothing works without it", ..self }
    }

    pub(super) const fn words(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }

    pub(super) const fn rare(self) -> Self {
        Self { rare: true, ..self }
    }

    pub(super) const fn costs(self, costs: &'static str) -> Self {
        Self { costs, ..self }
    }
}

impl Family {
    /// The type of the typed NULL that stands for a column the application lacks.
    pub const fn null_type(self) -> &'static str {
        match self {
            Self::Id | Self::Count => "bigint",
            Self::Key | Self::Hash | Self::Label | Self::Opaque => "text",
            Self::Time => "timestamp with time zone",
            Self::Flag => "boolean",
            Self::Json => "jsonb",
        }
    }

    /// The types that serve, in words.
    pub const fn accepts(self) -> &'static str {
        match self {
            Self::Id => "an integer type (smallint, integer, bigint), uuid, text, varchar or char(n)",
            Self::Key => "an integer, uuid, text or bytea type",
            Self::Hash => "text, varchar, char(n) or bytea",
            Self::Label => "text, varchar, char(n), name or an enum",
            Self::Time => "timestamptz, or timestamp (read as UTC)",
            Self::Count => "an integer type (smallint, integer, bigint)",
            Self::Flag => "boolean",
            Self::Json => "jsonb or json",
            Self::Opaque => "text, uuid, inet, macaddr, bytea, numeric, an integer type or an enum",
        }
    }
}
