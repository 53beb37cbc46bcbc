//! Whether a view is still the one that `bind()` made, after its table or a column of it was renamed.
//!
//! PostgreSQL prints a view with the present names of what it reads, so a rename changes the text of a view that nobody
//! touched. What a rename cannot change is the shape: which columns of the view are a plain column, a cast one, or a null.

/// Takes an identifier, quoted or not, off the front of `text`; gives it and the rest.
fn identifier(text: &str) -> Option<(&str, &str)> {
    let end = if let Some(inner) = text.strip_prefix('"') {
        let mut quotes = inner.match_indices('"').map(|(i, _)| i).peekable();
        loop {
            let i = quotes.next()?;
            if quotes.peek() == Some(&(i + 1)) {
                quotes.next(); // a doubled quote is part of the name
            } else {
                break i + 2;
            }
        }
    } else {
        text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len())
    };
    (end > 0).then(|| text.split_at(end))
}

/// How the number of a key begins, up to the key, as PostgreSQL prints it: see [`super::number_of`].
const NUMBER: &str = "((('x'::text || encode(substr(sha256(decode(replace(";

/// A column of the application's at the start of `text`, and what follows it. Versions before 16 print `t.id`, later ones
/// `id`. What is no column: numbers, and words of the language, which are printed in capitals, but for two.
fn column(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = identifier(text.strip_prefix("t.").unwrap_or(text))?;
    let word = name.starts_with(|c: char| c.is_ascii_digit()) || name.chars().any(|c| c.is_ascii_uppercase());
    let is_name = name.starts_with('"') || !(word || name == "true" || name == "false");
    is_name.then_some((name, rest))
}

/// An expression without the table's alias, which versions of PostgreSQL from 16 on leave out.
fn without_alias(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let begins =
            !made.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$' || c == '.' || c == '"');
        if begins && let Some(after) = rest.strip_prefix("t.") {
            rest = after;
            continue;
        }
        made.push(c);
        rest = &rest[c.len_utf8()..];
    }
    made
}

/// One column of the view.
#[derive(PartialEq, Eq)]
struct Column<'a> {
    /// What it is made of, with the name of the application's column left out.
    made: String,
    /// The application's column, none for a typed null.
    source: Option<&'a str>,
    /// Its own name.
    name: &'a str,
}

/// The table that a view reads, and its columns. None where it is not of the kind that `bind()` makes.
fn read(definition: &str) -> Option<(&str, Vec<Column<'_>>)> {
    let (columns, from) = definition.trim().strip_prefix("SELECT ")?.split_once("\n   FROM ")?;
    let (_, rest) = identifier(from)?;
    let rest = match rest.strip_prefix('.') {
        Some(table) => identifier(table)?.1,
        None => rest,
    };
    if rest.trim_end() != " t;" {
        return None;
    }
    let columns = columns.split(",\n").map(|text| {
        let text = text.trim();
        let inner = text.strip_prefix(NUMBER).unwrap_or(text).trim_start_matches('(');
        let open = &text[..text.len() - inner.len()];
        Some(match column(inner) {
            Some((source, rest)) => {
                let (rest, name) = rest.rsplit_once(" AS ").unwrap_or((rest, source));
                Column { made: format!("{open}?{rest}"), source: Some(source), name }
            }
            None => {
                let (value, name) = text.rsplit_once(" AS ")?;
                Column { made: without_alias(value), source: None, name }
            }
        })
    });
    Some((from, columns.collect::<Option<_>>()?))
}

/// Whether both are the same view, whichever versions of PostgreSQL printed them.
pub fn same_view(a: &str, b: &str) -> bool {
    a == b || read(a).is_some_and(|a| Some(a) == read(b))
}

/// Whether both are views of one table `t` with the same columns made in the same way, whatever the table's names are.
pub fn same_shape(a: &str, b: &str) -> bool {
    let shape = |text| {
        let (_, columns) = read(text)?;
        Some(columns.into_iter().map(|c| (c.made, c.name.to_owned(), c.source.is_some())).collect::<Vec<_>>())
    };
    shape(a).is_some_and(|a| Some(a) == shape(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NUMBERED: &str = " SELECT ((('x'::text || encode(substr(sha256(decode(replace((t.id)::text, chr(92), (chr(92) || chr(92))), 'escape'::text)), 1, 8), 'hex'::text)))::bit(63))::bigint AS id,\n    (t.id)::text AS key\n   FROM app.codes t;";

    #[test]
    fn a_key_may_be_renamed_and_its_number_not_be_made_otherwise() {
        for renamed in ["(uid)", "(t.uid)", "(t.\"u id\")"] {
            let renamed = NUMBERED.replace("(t.id)", renamed);
            assert!(same_shape(NUMBERED, &renamed), "{renamed}");
        }
        assert!(same_view(NUMBERED, &NUMBERED.replace("t.id", "id")));
        for edited in
            [NUMBERED.replace("bit(63)", "bit(62)"), NUMBERED.replace("(t.id)::text, ", "'a'::text, ")]
        {
            assert!(!same_shape(NUMBERED, &edited), "{edited}");
        }
    }

    const MADE: &str = " SELECT t.id,\n    t.h AS code_hash,\n    (t.mood)::text AS status,\n    NULL::bigint AS user_id\n   FROM app.codes t;";

    /// The same view as PostgreSQL 16 and later print it.
    const LATER: &str = " SELECT id,\n    h AS code_hash,\n    (mood)::text AS status,\n    NULL::bigint AS user_id\n   FROM app.codes t;";

    #[test]
    fn another_version_prints_the_same_view_differently() {
        assert!(same_view(MADE, LATER) && same_view(LATER, LATER));
        assert!(!same_view(MADE, &LATER.replace("h AS", "g AS")));
    }

    #[test]
    fn an_expression_is_the_same_whichever_version_printed_it() {
        let made = |alias: &str| {
            MADE.replace(
                "NULL::bigint AS user_id",
                &format!("CASE rtrim(({alias}state)::text)\n            WHEN 'a.t.b'::text THEN round({alias}x * 2)\n        END AS user_id"),
            )
        };
        assert!(same_view(&made("t."), &made("")));
        assert!(!same_view(&made("t."), &made("t.").replace("* 2", "* 3")));
    }

    #[test]
    fn a_rename_leaves_the_shape_and_an_edit_does_not() {
        for renamed in [
            MADE.replace("app.codes", "app.\"Codes, \"\"new\"\"\""),
            MADE.replace("app.codes", "codes"),
            MADE.replace("t.id", "t.\"I d\" AS id"),
            MADE.replace("(t.mood)", "(t.\"t.x\")"),
            MADE.replace("t.h AS code_hash", "t.code_hash"),
            LATER.replace("app.codes", "app.other"),
            LATER.replace("(mood)", "(\"Mood\")"),
        ] {
            assert!(same_shape(MADE, &renamed), "{renamed}");
            assert!(!same_view(MADE, &renamed), "{renamed}");
        }
        for edited in [
            MADE.replace(" t;", " t\n  WHERE t.id > 0;"),
            MADE.replace("(t.mood)::text", "t.mood"),
            MADE.replace("NULL::bigint", "0"),
            MADE.replace("app.codes t;", "app.codes t\n     JOIN app.more m USING (id);"),
            MADE.replace(",\n    NULL::bigint AS user_id", ""),
            LATER.replace("h AS", "0 AS"),
            LATER.replace("h AS", "lower(h) AS"),
            LATER.replace("h AS", "CURRENT_USER AS"),
            LATER.replace("h AS", "true AS"),
            "SELECT 1".to_owned(),
        ] {
            assert!(!same_shape(MADE, &edited), "{edited}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(a in ".{0,80}", cut in 0..MADE.len()) {
            same_shape(&a, MADE);
            same_view(&a, LATER);
            same_shape(&MADE[cut..], &MADE[..cut]);
        }
    }
}
