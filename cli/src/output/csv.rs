//! CSV: one table, a header line, values as they are.

use std::io::{self, Write};

use super::Rows;
use super::text::visible;

/// Writes a table. What goes into a file or a pipe is exact; on a terminal, control characters are written out.
pub fn rows(to: &mut impl Write, rows: &Rows, terminal: bool) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(rows.columns.iter().map(|column| column.name)).map_err(io::Error::from)?;
    for row in &rows.rows {
        let values = row.iter().map(|value| if terminal { visible(&value.plain()) } else { value.plain() });
        writer.write_record(values).map_err(io::Error::from)?;
    }
    writer.flush()
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, Value, column};
    use super::*;

    #[test]
    fn exact_in_a_file_and_harmless_on_a_terminal() {
        let table = Rows {
            columns: vec![column("id", Kind::Id), column("name", Kind::Text)],
            rows: vec![
                vec![Value::Id(7), Value::Text("a,\"b\"\u{1b}[31m".to_owned())],
                vec![Value::Null, Value::Null],
            ],
        };
        let written = |terminal| {
            let mut out = Vec::new();
            rows(&mut out, &table, terminal).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(false), "id,name\n7,\"a,\"\"b\"\"\u{1b}[31m\"\n,\n");
        assert_eq!(written(true), "id,name\n7,\"a,\"\"b\"\"\\u001b[31m\"\n,\n");
    }
}
