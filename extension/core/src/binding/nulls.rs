//! Columns that a hand-written view shows as a typed null: the application lacks them.

/// Whether the view of this definition, as PostgreSQL prints it, shows a constant null under that name. A union is not looked into.
pub fn shows_null(definition: &str, name: &str) -> bool {
    // The query's own FROM stands three spaces in; those of its subqueries stand deeper.
    let list = definition.split("\n   FROM ").next().unwrap_or(definition);
    let end = format!(" AS {name}");
    !definition.contains("UNION")
        && list.lines().any(|line| {
            let line = line.trim_start().trim_end_matches([',', ';']);
            let line = line.strip_prefix("SELECT ").unwrap_or(line);
            line.strip_prefix("NULL::")
                .and_then(|rest| rest.strip_suffix(end.as_str()))
                .is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || "_ .\"()".contains(c)))
        })
}

#[cfg(test)]
mod tests {
    use super::shows_null;

    #[test]
    fn a_typed_null_is_told_from_everything_else() {
        let view = " SELECT NULL::bigint AS used_total,\n    c.id,\n    NULL::timestamp without time zone AS updated_at,\n    \
                    COALESCE(NULL::text, c.x) AS target_scope,\n    q.promo_type\n   FROM shop.codes c,\n    LATERAL ( SELECT NULL::text AS promo_type\n           FROM x) q;";
        for (name, null) in [
            ("used_total", true),
            ("updated_at", true),
            ("target_scope", false),
            ("promo_type", false),
            ("id", false),
        ] {
            assert_eq!(shows_null(view, name), null, "{name}");
        }
        assert!(shows_null(" SELECT NULL::text AS a;", "a"), "a view of no table");
        assert!(!shows_null(" SELECT NULL::text AS a\nUNION\n SELECT 'x' AS a;", "a"));
    }
}
