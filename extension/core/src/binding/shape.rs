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

/// The view's columns as (what it is made of, its name), with the names of the table and its columns left out.
fn shape(definition: &str) -> Option<Vec<(String, &str)>> {
    let (columns, from) = definition.trim().strip_prefix("SELECT ")?.split_once("\n   FROM ")?;
    let (_, rest) = identifier(from)?;
    let rest = match rest.strip_prefix('.') {
        Some(table) => identifier(table)?.1,
        None => rest,
    };
    if rest.trim_end() != " t;" {
        return None;
    }
    let mut shape = Vec::new();
    for column in columns.split(",\n") {
        let column = column.trim();
        let Some(at) = column.find("t.").filter(|at| column[..*at].chars().all(|c| c == '(')) else {
            let (value, name) = column.rsplit_once(" AS ")?;
            shape.push((value.to_owned(), name));
            continue;
        };
        let (name, rest) = identifier(&column[at + 2..])?;
        let (rest, name) = rest.rsplit_once(" AS ").unwrap_or((rest, name));
        shape.push((format!("{}t.?{rest}", &column[..at]), name));
    }
    Some(shape)
}

/// Whether both are views of one table `t` with the same columns made in the same way, whatever the table's names are.
pub fn same_shape(a: &str, b: &str) -> bool {
    shape(a).is_some_and(|a| Some(a) == shape(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MADE: &str = " SELECT t.id,\n    t.h AS code_hash,\n    (t.mood)::text AS status,\n    NULL::bigint AS user_id\n   FROM app.codes t;";

    #[test]
    fn a_rename_leaves_the_shape_and_an_edit_does_not() {
        for renamed in [
            MADE.replace("app.codes", "app.\"Codes, \"\"new\"\"\""),
            MADE.replace("app.codes", "codes"),
            MADE.replace("t.id", "t.\"I d\" AS id"),
            MADE.replace("(t.mood)", "(t.\"t.x\")"),
            MADE.replace("t.h AS code_hash", "t.code_hash"),
        ] {
            assert!(same_shape(MADE, &renamed), "{renamed}");
        }
        for edited in [
            MADE.replace(" t;", " t\n  WHERE t.id > 0;"),
            MADE.replace("(t.mood)::text", "t.mood"),
            MADE.replace("NULL::bigint", "0"),
            MADE.replace("app.codes t;", "app.codes t\n     JOIN app.more m USING (id);"),
            MADE.replace(",\n    NULL::bigint AS user_id", ""),
            "SELECT 1".to_owned(),
        ] {
            assert!(!same_shape(MADE, &edited), "{edited}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(a in ".{0,80}", cut in 0..MADE.len()) {
            same_shape(&a, MADE);
            same_shape(&MADE[cut..], &MADE[..cut]);
        }
    }
}
