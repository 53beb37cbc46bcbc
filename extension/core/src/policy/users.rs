//! User ids that stand for no particular user (policy `nobody_user_ids`), written into statements.

use super::{Value, find};
use crate::Refusal;

/// The ids in a stored value of `nobody_user_ids`.
///
/// # Errors
/// 22023 for a value that this version cannot read.
pub fn nobody(stored: &str) -> Result<Vec<i64>, Refusal> {
    match find("nobody_user_ids")?.read(stored)? {
        Value::Numbers(ids) => Ok(ids),
        _ => Ok(Vec::new()),
    }
}

/// The user of a row; null for an id that stands for no particular user.
pub fn user_of(row: &str, nobody: &[i64]) -> String {
    let column = format!("{row}.user_id");
    if nobody.is_empty() {
        return column;
    }
    let ids: Vec<String> = nobody.iter().map(|id| format!("({id})")).collect();
    format!("(CASE WHEN {column} NOT IN ({}) THEN {column} END)", ids.join(", "))
}

/// The statement with `:user(row)` replaced by the user of that row. Under the default policy it is the bare column, which keeps
/// its index.
pub fn with_users(sql: &str, nobody: &[i64]) -> String {
    let mut parts = sql.split(":user(");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((row, rest)) => {
                out.push_str(&user_of(row, nobody));
                out.push_str(rest);
            }
            None => out.push_str(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_bare_column_and_listed_ids_are_null() {
        let sql = "SELECT :user(a)::bigint, :user(r) FROM x";
        assert_eq!(with_users(sql, &[]), "SELECT a.user_id::bigint, r.user_id FROM x");
        assert_eq!(
            with_users("SELECT :user(a)::bigint", &[0, -1]),
            "SELECT (CASE WHEN a.user_id NOT IN ((0), (-1)) THEN a.user_id END)::bigint"
        );
        assert_eq!(with_users("SELECT 1", &[0]), "SELECT 1");
        assert_eq!(nobody("{0,-1}").unwrap(), [0, -1]);
        assert!(nobody("{guest}").is_err());
    }
}
