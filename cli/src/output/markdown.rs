//! Markdown: pipe tables for tickets and chats, in which a campaign's name can be nothing but text.

use std::io::{self, Write};

use super::text::visible;
use super::{Kind, Part, Rows, Value};

/// Writes a table.
pub fn rows(to: &mut impl Write, rows: &Rows) -> io::Result<()> {
    for column in &rows.columns {
        write!(to, "| {} ", column.name)?;
    }
    writeln!(to, "|")?;
    for column in &rows.columns {
        write!(to, "{}", if matches!(column.kind, Kind::Int | Kind::Id) { "| ---: " } else { "| --- " })?;
    }
    writeln!(to, "|")?;
    for row in &rows.rows {
        for value in row {
            write!(to, "| {} ", cell(value))?;
        }
        writeln!(to, "|")?;
    }
    Ok(())
}

/// Writes an answer of several parts: facts as a list, tables under headings.
pub fn parts(to: &mut impl Write, parts: &[Part<'_>]) -> io::Result<()> {
    for part in parts {
        match part {
            Part::Fact(key, value) => writeln!(to, "- {}: {}", key.replace('_', " "), cell(value))?,
            Part::Table(_, title, table) => {
                writeln!(to, "\n## {title}\n")?;
                if table.rows.is_empty() { writeln!(to, "None.")? } else { rows(to, table)? }
            }
            Part::Withheld(_, title, why) => writeln!(to, "\n## {title}\n\n{}", escaped(why))?,
        }
    }
    Ok(())
}

fn cell(value: &Value) -> String {
    match value {
        Value::Time(time) => time.to_string(),
        value => escaped(&value.plain()),
    }
}

/// Text without a meaning in Markdown or HTML. A line end becomes a break, other control characters are written out.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.lines().enumerate() {
        if index > 0 {
            out.push_str("<br>");
        }
        let characters: Vec<char> = visible(line).chars().collect();
        for (at, &character) in characters.iter().enumerate() {
            match character {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '|' | '\\' | '*' | '`' | '[' | ']' | '~' => out.extend(['\\', character]),
                // Within a word an underscore means nothing, and names are full of them.
                '_' => {
                    let letter = |at: Option<usize>| {
                        at.and_then(|at| characters.get(at)).is_some_and(|c| c.is_alphanumeric())
                    };
                    if !(letter(at.checked_sub(1)) && letter(Some(at + 1))) {
                        out.push('\\');
                    }
                    out.push('_');
                }
                other => out.push(other),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{column, time::tests::at};
    use super::*;

    #[test]
    fn a_name_is_nothing_but_text() {
        for (hostile, shown) in [
            ("<script>alert(1)</script> | *x*", "&lt;script&gt;alert(1)&lt;/script&gt; \\| \\*x\\*"),
            ("a\\|b", "a\\\\\\|b"),
            ("two\nlines", "two<br>lines"),
            ("[x](http://e) `c` ~~s~~ &lt;", "\\[x\\](http://e) \\`c\\` \\~\\~s\\~\\~ &amp;lt;"),
            ("failed_attempts _x_", "failed_attempts \\_x\\_"),
            ("\u{1b}[31m", "\\\\u001b\\[31m"),
        ] {
            assert_eq!(escaped(hostile), shown);
        }
    }

    #[test]
    fn a_table() {
        let table = Rows {
            columns: vec![column("id", Kind::Id), column("at", Kind::Time)],
            rows: vec![
                vec![Value::Id(7), Value::Time(at("2026-11-23T20:05:00Z"))],
                vec![Value::Null, Value::Null],
            ],
        };
        let mut out = Vec::new();
        rows(&mut out, &table).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "| id | at |\n| ---: | --- |\n| 7 | 2026-11-23 20:05:00Z |\n|  |  |\n"
        );
    }
}
