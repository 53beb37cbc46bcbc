//! Whether a text can stand between brackets as one SQL expression. What it computes is checked in the view that is made of it.

/// Checks it.
///
/// # Errors
/// What is wrong, to follow "The expression".
pub fn check(sql: &str) -> Result<(), &'static str> {
    let mut depth = 0_u32;
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // A doubled quote ends one text and begins the next.
            '\'' | '"' if !chars.by_ref().any(|other| other == c) => {
                return Err("has a quote that is not closed");
            }
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.checked_sub(1).ok_or("closes a bracket that was not opened")?,
            ',' if depth == 0 => return Err("is a list"),
            ';' => return Err("has a semicolon"),
            '\\' => return Err("has a backslash"),
            '$' => return Err("has a dollar sign"),
            '-' if chars.peek() == Some(&'-') => return Err("has a comment"),
            '/' if chars.peek() == Some(&'*') => return Err("has a comment"),
            _ => {}
        }
    }
    if depth > 0 {
        return Err("has a bracket that is not closed");
    }
    if sql.trim().is_empty() {
        return Err("is empty");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;
    use proptest::prelude::*;

    #[test]
    fn one_expression_passes_and_nothing_that_leaves_its_brackets() {
        for good in
            ["a", "coalesce(t.\"x;\", 'it''s; --')", "CASE WHEN a THEN 1 ELSE 2 END", "a[1]", "a - 1 / 2"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            " ",
            "a; b",
            "a) FROM x",
            "(a",
            "a, b",
            "a -- b",
            "a /* b",
            "'a",
            "\"a",
            "E'\\''",
            "$$a$$",
            "a]",
            "1) AS x, (2",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(sql in ".{0,40}") {
            let _ = check(&sql);
        }
    }
}
