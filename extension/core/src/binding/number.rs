//! The number of a key: ids are bigint everywhere, so a uuid or a text is shown as a number made of it.
//!
//! It is the first 63 bits of the SHA-256 of the key's text in UTF-8. The expression has immutable built-in functions alone, so that
//! an index of the application's table can hold it, and gives the same on every server.

/// The column of the view `campaigns` that shows the key itself. It follows from `id`: nobody maps it.
pub const KEY: &str = "key";

/// The number of a key as SQL; `key` is the key's text, as SQL.
pub fn number_of(key: &str) -> String {
    // decode() reads \ as the beginning of an escape; every other byte stands for itself. chr(92) is \ however strings are quoted.
    let bytes = format!("decode(replace({key}, chr(92), chr(92) || chr(92)), 'escape')");
    format!("('x' || encode(substr(sha256({bytes}), 1, 8), 'hex'))::bit(63)::bigint")
}

/// Whether both are the same expression, however PostgreSQL prints them: with or without brackets, the table's alias, and casts of
/// what is text already.
pub fn same_number(a: &str, b: &str) -> bool {
    let bare = |sql: &str| {
        let sql = sql.replace("::text", "").replace("t.", "");
        sql.chars().filter(|c| !matches!(c, '(' | ')' | '"') && !c.is_whitespace()).collect::<String>()
    };
    bare(a) == bare(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_known_however_it_is_printed() {
        let ours = number_of("t.\"id\"::text");
        let printed = "((('x'::text || encode(substr(sha256(decode(replace((id)::text, chr(92), (chr(92) || chr(92))), 'escape'::text)), 1, 8), 'hex'::text)))::bit(63))::bigint";
        assert!(same_number(&ours, printed));
        assert!(!same_number(&ours, &printed.replace("id)", "other)")));
        assert!(!same_number(&ours, &printed.replace("63", "62")));
    }
}
