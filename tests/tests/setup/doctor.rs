//! What `doctor` finds, each planted and then mended with the statement that it gives.

use postgres::Client;
use promo_guard_tests::{server, table};

/// Findings of a topic as (level, detail, remediation).
fn findings(db: &mut Client, topic: &str) -> Vec<Vec<String>> {
    table(db, &format!("SELECT level, detail, remediation FROM promo_guard.doctor() WHERE topic = '{topic}'"))
}

#[test]
fn a_healthy_installation_has_nothing_but_ok() {
    let (mut db, _) = server().bound_database();
    db.batch_execute("CREATE INDEX ON promo_attempts (attempted_at); ANALYZE").unwrap();
    let levels = table(&mut db, "SELECT DISTINCT level FROM promo_guard.doctor()");
    assert_eq!(levels, [["ok"]]);
}

#[test]
fn the_worst_comes_first_and_every_remediation_is_a_statement() {
    let (mut db, _) = server().database();
    let rows = table(&mut db, "SELECT level, remediation FROM promo_guard.doctor()");
    assert_eq!(rows[0], ["error", "SELECT * FROM promo_guard.bind();"]);
    let order = |level: &str| ["error", "warn", "note", "ok"].iter().position(|l| *l == level).unwrap();
    assert!(rows.windows(2).all(|w| order(&w[0][0]) <= order(&w[1][0])), "{rows:?}");
}

#[test]
fn a_missing_time_index_is_mended_by_its_remediation() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_attempts SELECT g, g, md5(g::text), 'INVALID', 'API', '2026-01-01Z'::timestamptz + g * interval '1 s' FROM generate_series(1, 20000) AS g; ANALYZE",
    )
    .unwrap();
    let found = findings(&mut db, "indexes");
    assert_eq!((found.len(), found[0][0].as_str()), (1, "warn"));
    assert_eq!(found[0][2], "CREATE INDEX CONCURRENTLY ON public.promo_attempts (attempted_at);");
    db.batch_execute(&found[0][2]).unwrap();
    assert!(findings(&mut db, "indexes").is_empty());
}

#[test]
fn who_was_here_before_is_not_to_be_looked_up_by_a_scan() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "DROP INDEX promo_attempts_user_id_attempted_at_idx, promo_redemptions_user_id_idx, purchases_user_id_created_at_idx;
         CREATE INDEX ON promo_attempts (attempted_at); CREATE INDEX ON promo_redemptions (created_at); CREATE INDEX ON purchases (created_at);
         UPDATE pg_class SET reltuples = 5e6 WHERE oid IN ('promo_attempts'::regclass, 'promo_redemptions'::regclass, 'purchases'::regclass)",
    )
    .unwrap();
    let found = findings(&mut db, "indexes");
    let said: Vec<_> = found.iter().map(|f| (f[0].as_str(), f[2].as_str())).collect();
    let expected = ["promo_attempts", "promo_redemptions", "purchases"]
        .map(|table| format!("CREATE INDEX CONCURRENTLY ON public.{table} (user_id);"));
    assert_eq!(said, expected.each_ref().map(|statement| ("warn", statement.as_str())));
    for statement in &expected {
        db.batch_execute(statement).unwrap();
    }
    assert!(findings(&mut db, "indexes").is_empty());
}

#[test]
fn what_every_page_reads_whole_is_a_note_where_there_are_many_rows() {
    let (mut db, _) = server().bound_database();
    db.batch_execute("CREATE INDEX ON promo_attempts (attempted_at)").unwrap();
    assert!(findings(&mut db, "indexes").is_empty());
    db.batch_execute(
        "UPDATE pg_class SET reltuples = 1e6 WHERE oid IN ('promo_codes'::regclass, 'promo_redemptions'::regclass, 'purchases'::regclass)",
    )
    .unwrap();
    let said: Vec<_> =
        findings(&mut db, "indexes").into_iter().map(|f| (f[0].clone(), f[2].clone())).collect();
    let expected = [
        "promo_codes (status)",
        "promo_codes (updated_at)",
        "promo_codes (created_at)",
        "promo_codes (campaign_name)",
        "promo_redemptions (created_at)",
        "purchases (created_at)",
    ]
    .map(|of| ("note".to_owned(), format!("CREATE INDEX CONCURRENTLY ON public.{of};")));
    assert_eq!(said, expected);
    for (_, statement) in &expected {
        db.batch_execute(statement).unwrap();
    }
    assert!(findings(&mut db, "indexes").is_empty());
}

#[test]
fn a_large_table_in_order_of_time_is_offered_a_block_range_index() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_attempts SELECT g, g, md5((g % 9)::text), 'INVALID', 'API', '2026-01-01Z'::timestamptz + g * interval '1 s' FROM generate_series(1, 20000) AS g; ANALYZE;
         UPDATE pg_class SET reltuples = 5e6 WHERE oid = 'promo_attempts'::regclass",
    )
    .unwrap();
    assert_eq!(
        findings(&mut db, "indexes")[0][2],
        "CREATE INDEX CONCURRENTLY ON public.promo_attempts USING brin (attempted_at);"
    );
}

#[test]
fn dropped_renamed_and_changed_tables_are_found() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "ALTER TABLE promo_codes RENAME COLUMN target_scope TO scope; ALTER TABLE purchases RENAME TO sales",
    )
    .unwrap();
    let details: Vec<_> = findings(&mut db, "binding").into_iter().map(|f| f[1].clone()).collect();
    assert!(
        details.iter().any(|d| d.contains("public.promo_codes has no column target_scope any more")),
        "{details:?}"
    );
    assert!(
        details.iter().any(|d| d.contains("public.purchases, bound as purchases, is gone or renamed")),
        "{details:?}"
    );
    // reading goes on: a view follows a rename, and so does the remediation
    db.batch_execute("SELECT promo_guard.blast_radius()").unwrap();
    let rebind =
        table(&mut db, "SELECT remediation FROM promo_guard.doctor() WHERE detail LIKE '%gone or renamed%'");
    assert_eq!(rebind, [["SELECT * FROM promo_guard.bind(purchases => 'public.sales');"]]);
    db.batch_execute("ALTER TABLE promo_codes RENAME COLUMN scope TO target_scope").unwrap();
    db.batch_execute(&rebind[0][0]).unwrap();
    let found = findings(&mut db, "binding");
    assert!(found.iter().all(|f| f[0] == "ok"), "{found:?}");

    db.batch_execute("DROP TABLE promo_attempts CASCADE").unwrap();
    let found = findings(&mut db, "binding");
    assert!(
        found.iter().any(|f| f[0] == "error" && f[1].contains("The view promo_guard.attempts is gone")),
        "{found:?}"
    );
}

#[test]
fn roles_that_can_walk_around_the_guard_are_named_and_the_remediation_leaves_them_the_rest() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(
        "CREATE ROLE bypasser LOGIN; GRANT SELECT, UPDATE ON promo_codes TO bypasser;
         CREATE ROLE column_bypasser; GRANT UPDATE (status, used_total) ON promo_codes TO column_bypasser;
         CREATE ROLE harmless; GRANT UPDATE (used_total) ON promo_codes TO harmless; GRANT UPDATE ON promo_attempts TO harmless;
         GRANT UPDATE (status) ON promo_codes TO PUBLIC;",
    )
    .unwrap();
    let found = findings(&mut db, "rights");
    let roles: Vec<_> = found.iter().filter_map(|f| f[1].split(' ').nth(1)).collect();
    assert_eq!(roles, ["PUBLIC", "bypasser", "column_bypasser"], "{found:?}");
    for f in &found {
        db.batch_execute(&f[2]).unwrap();
    }
    assert!(findings(&mut db, "rights").is_empty());
    let mut bypasser = server().connect_as("bypasser", &name);
    bypasser.batch_execute("UPDATE promo_codes SET used_total = used_total").unwrap();
    assert_eq!(
        promo_guard_tests::refused(&mut bypasser, "UPDATE promo_codes SET status = 'ACTIVE'").code,
        "42501"
    );
}

#[test]
fn tables_of_a_superuser_are_warned_of() {
    let (mut db, _) = server().bound_database();
    db.batch_execute("ALTER TABLE promo_codes OWNER TO postgres").unwrap();
    let found = findings(&mut db, "rights");
    assert!(found.iter().any(|f| f[1].contains("belong to postgres, a superuser")), "{found:?}");
    assert!(found.iter().any(|f| f[1].contains("several owners (postgres, shop)")), "{found:?}");
}

#[test]
fn trap_14_rows_dated_in_the_future_are_counted_apart() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_attempts SELECT g, NULL, repeat('b', 64), 'INVALID', 'API', now() + interval '2 days' FROM generate_series(1, 3) AS g",
    )
    .unwrap();
    let found = findings(&mut db, "times");
    assert!(
        found[0][0] == "warn" && found[0][1].starts_with("3 rows of attempts are dated in the future"),
        "{found:?}"
    );
    assert_eq!(
        table(&mut db, "SELECT attempts FROM promo_guard.blast_radius() WHERE status IS NULL"),
        [["0"]]
    );
    db.batch_execute(&found[0][2]).unwrap();
}

#[test]
fn library_and_sql_version_apart_is_an_error() {
    let (mut db, _) = server().bound_database();
    db.batch_execute("UPDATE pg_extension SET extversion = '0.0.9' WHERE extname = 'promo_guard'").unwrap();
    let found = findings(&mut db, "version");
    assert_eq!(
        (found[0][0].as_str(), found[0][2].as_str()),
        ("error", "ALTER EXTENSION promo_guard UPDATE;")
    );
    assert_eq!(table(&mut db, "SELECT promo_guard.version()")[0][0], env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_broken_chain_is_found_wherever_it_is_broken() {
    let plant = |sql: &str| {
        let (mut db, _) = server().bound_database();
        db.batch_execute(
            "SELECT promo_guard.set_policy('guard_min_users', '3', 'one'); SELECT promo_guard.set_policy('guard_min_users', '4', 'two');",
        )
        .unwrap();
        assert_eq!(findings(&mut db, "chain")[0][0], "ok");
        db.batch_execute(sql).unwrap();
        findings(&mut db, "chain")
    };
    for (sql, what) in [
        ("UPDATE promo_guard.action_log SET reason = 'three' WHERE reason = 'one'", "the row was altered"),
        (
            "UPDATE promo_guard.action_log SET at = at + interval '1 s' WHERE reason = 'two'",
            "the row was altered",
        ),
        ("DELETE FROM promo_guard.action_log WHERE reason = 'one'", "missing or was altered"),
        ("DELETE FROM promo_guard.action_log WHERE action = 'bind'", "missing or was altered"),
    ] {
        let found = plant(sql);
        assert!(found.iter().any(|f| f[0] == "error" && f[1].contains(what)), "{sql}: {found:?}");
    }
}

/// The shop with 60 purchases at 15 % in the last hours, rounded half up, one of them 10 too much; 12 of erased users with one use
/// each allowed.
const LAWFUL: &str = "
    ALTER TABLE promo_redemptions DROP CONSTRAINT promo_redemptions_promo_code_id_fkey;
    INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, discount_value, target_scope, status, valid_from, valid_until, used_total)
    VALUES (1, repeat('1', 64), 'P', 'Fifteen', 'PERCENT_DISCOUNT', 15, 'ALL', 'ACTIVE', now() - interval '9 days', now() + interval '9 days', 60);
    INSERT INTO purchases
    SELECT md5(g::text)::uuid, CASE WHEN g <= 12 THEN 0 ELSE g END, 'plan', 3400 + 7 * g, d.d, 3400 + 7 * g - d.d, 'CREDITED', 1, t.t, t.t, t.t
    FROM generate_series(1, 60) AS g,
         LATERAL (SELECT round((3400 + 7 * g) * 0.15)::integer + CASE WHEN g = 60 THEN 10 ELSE 0 END) AS d (d),
         LATERAL (SELECT now() - g * interval '10 min') AS t (t);
    INSERT INTO promo_redemptions
    SELECT p.id, 1, p.user_id, 'APPLIED', NULL, p.id, NULL, p.created_at, p.credited_at, p.credited_at FROM purchases AS p";

#[test]
fn a_policy_that_explains_the_violations_is_suggested_and_not_applied() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(LAWFUL).unwrap();
    let count = |db: &mut Client| {
        table(
            db,
            "SELECT rule, violations FROM promo_guard.settlement_summary('1 day') WHERE violations > 0 ORDER BY rule",
        )
    };
    let before = count(&mut db);
    assert_eq!(before[0], ["over_redeemed", "1"]);
    let wrong: i64 = before[1][1].parse().unwrap();
    assert!(before[1][0] == "wrong_discount" && wrong > 20, "{before:?}");
    let found = findings(&mut db, "arithmetic");
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0][0], "note");
    assert!(
        found[0][1].starts_with(&format!(
            "Policy discount_rounding = half_up would explain {} of {wrong} violations of wrong_discount",
            wrong - 1
        )),
        "{found:?}"
    );
    assert!(
        found[1][1]
            .starts_with("Policy nobody_user_ids = {0} would explain 1 of 1 violations of over_redeemed")
    );
    assert_eq!(count(&mut db), before, "nothing was applied");
    for finding in &found {
        db.batch_execute(&finding[2]).unwrap();
    }
    assert_eq!(count(&mut db), [["wrong_discount", "1"]], "the one that is truly off");
    assert!(findings(&mut db, "arithmetic").is_empty());
}

#[test]
fn violations_that_no_policy_explains_bring_no_suggestion() {
    let (mut db, _) = server().bound_database();
    db.batch_execute(LAWFUL).unwrap();
    db.batch_execute(
        "UPDATE purchases SET discount_stars_amount = 100 + base_stars_amount % 7, stars_amount = base_stars_amount - 100 - base_stars_amount % 7;
         UPDATE promo_redemptions SET user_id = 7 WHERE user_id = 0; UPDATE purchases SET user_id = 7 WHERE user_id = 0",
    )
    .unwrap();
    assert!(findings(&mut db, "arithmetic").is_empty());
}
